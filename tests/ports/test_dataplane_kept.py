"""The contract of a DataPlane in ports/dataplane.py: whatever keeps files or objects passes all of it."""

import asyncio
import hashlib
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import pytest
from tests.object_store import ACCESS, SECRET, ObjectStore

from xinfu.dataplanes.files import Files
from xinfu.dataplanes.own_files import OwnFiles
from xinfu.dataplanes.s3 import S3
from xinfu.errors import InputError, IntegrityError, NotFoundError
from xinfu.evidence import CHUNK_BYTES, Manifest
from xinfu.node.clock import SystemClock
from xinfu.peers.outbound import HttpOutbound
from xinfu.peers.rules import OutboundRules
from xinfu.ports.dataplane import DataPlane, FileOf, Secrets
from xinfu.ports.sources import FileSource, FolderSource, S3Source, Source

CONTENT: Final = random.Random(3).randbytes(5 * CHUNK_BYTES + 77)
LIMIT_MIB: Final = 128
LARGE_MIB: Final = 176


@dataclass
class Kept:
    """A plane with a source of many files, and how they come there.

    Attributes:
        many: all files. one: the source that is one of them.
    """

    plane: DataPlane
    many: Source
    one: Callable[[str], Source]
    put: Callable[[str, bytes | Path], Awaitable[None]]
    remove: Callable[[str], Awaitable[None]]
    secrets: Secrets

    async def files(self, source: Source | None = None) -> dict[str, FileOf]:
        """The files of a source by path."""
        found = await self.plane.files(source or self.many, secrets=self.secrets)
        return {file.path: file for file in found}

    async def read(self, source: Source, path: str, start: int, end: int) -> bytes:
        """A range of a file as it is now."""
        stamp = (await self.files(source))[path].stamp
        async with self.plane.open(source, path, stamp=stamp, secrets=self.secrets) as opened:
            return b"".join([chunk async for chunk in opened.chunks(start, end)])


@asynccontextmanager
async def folder(request: pytest.FixtureRequest) -> AsyncIterator[Kept]:
    """Files below a folder."""
    root: Path = request.getfixturevalue("tmp_path") / "kept"
    root.mkdir()

    async def put(name: str, content: bytes | Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content if isinstance(content, bytes) else content.read_bytes())

    async def remove(name: str) -> None:
        (root / name).unlink()

    yield Kept(
        plane=Files(OwnFiles()),
        many=FolderSource(path=str(root)),
        one=lambda name: FileSource(path=str(root / name)),
        put=put,
        remove=remove,
        secrets=Secrets(),
    )


@asynccontextmanager
async def bucket(request: pytest.FixtureRequest) -> AsyncIterator[Kept]:
    """Objects below a prefix, in a real store."""
    store: ObjectStore = request.getfixturevalue("object_store")
    filled, outbound = store.bucket(), HttpOutbound(OutboundRules(development=True))

    def place(key: str | None, prefix: str | None) -> S3Source:
        return S3Source(
            endpoint=filled.endpoint,
            bucket=filled.name,
            key=key,
            prefix=prefix,
            access_key="access",
            secret_key="secret",
        )

    async def put(name: str, content: bytes | Path) -> None:
        await asyncio.to_thread(filled.put, f"kept/{name}", content)

    async def remove(name: str) -> None:
        await asyncio.to_thread(filled.delete, f"kept/{name}")

    yield Kept(
        plane=S3(outbound, SystemClock()),
        many=place(None, "kept/"),
        one=lambda name: place(f"kept/{name}", None),
        put=put,
        remove=remove,
        secrets=Secrets({"access": ACCESS, "secret": SECRET}),
    )
    await outbound.close()


SORTS: Final = {"folder": folder, "bucket": bucket}


@pytest.fixture(
    params=[pytest.param(sort, marks=pytest.mark.peer("s3")) if sort == "bucket" else sort for sort in SORTS]
)
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[Kept]:
    """Each sort of plane that keeps what it gives."""
    async with SORTS[request.param](request) as made:
        yield made


async def test_all_files_are_listed_by_path_with_their_sizes(kept: Kept) -> None:
    for number, name in enumerate(["b.csv", "a/z.csv", "空气/质量.csv", "a/b/c.csv"]):
        await kept.put(name, b"x" * number)
    found = await kept.plane.files(kept.many, secrets=kept.secrets)
    assert [file.path for file in found] == sorted(file.path for file in found)
    assert {file.path: file.size_bytes for file in found} == {
        "b.csv": 0,
        "a/z.csv": 1,
        "空气/质量.csv": 2,
        "a/b/c.csv": 3,
    }


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, len(CONTENT)])
async def test_a_manifest_says_what_is_read(kept: Kept, size: int) -> None:
    await kept.put("air.bin", CONTENT[:size])
    source = kept.one("air.bin")
    file = (await kept.files(source))[""]
    manifest = await kept.plane.measure(source, file, secrets=kept.secrets)
    chunks = [CONTENT[at : min(size, at + CHUNK_BYTES)] for at in range(0, size, CHUNK_BYTES)]
    assert manifest == Manifest.of(size, [hashlib.sha256(chunk).digest() for chunk in chunks])
    assert await kept.read(source, "", 0, size) == CONTENT[:size]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (0, 1),
        (0, CHUNK_BYTES),
        (CHUNK_BYTES - 1, CHUNK_BYTES + 1),
        (5, 4 * CHUNK_BYTES + 5),
        (len(CONTENT) - 1, len(CONTENT)),
        (7, 7),
    ],
)
async def test_a_range_is_its_bytes_cut_at_the_borders_of_chunks(kept: Kept, start: int, end: int) -> None:
    await kept.put("air.bin", CONTENT)
    stamp = (await kept.files())["air.bin"].stamp
    async with kept.plane.open(kept.many, "air.bin", stamp=stamp, secrets=kept.secrets) as opened:
        assert opened.file.size_bytes == len(CONTENT)
        at = start
        async for chunk in opened.chunks(start, end):
            assert chunk == CONTENT[at : at + len(chunk)]
            at += len(chunk)
            assert at == end or at % CHUNK_BYTES == 0
        assert at == end


async def test_reading_goes_on_where_it_ended(kept: Kept) -> None:
    await kept.put("air.bin", CONTENT)
    cut = 2 * CHUNK_BYTES + 11
    first = await kept.read(kept.many, "air.bin", 0, cut)
    assert first + await kept.read(kept.many, "air.bin", cut, len(CONTENT)) == CONTENT


async def test_many_read_the_same_at_once(kept: Kept) -> None:
    await kept.put("air.bin", CONTENT)
    reads = [kept.read(kept.many, "air.bin", number, len(CONTENT)) for number in range(24)]
    assert [CONTENT[number:] for number in range(24)] == await asyncio.gather(*reads)


async def test_a_reader_who_stands_still_holds_up_nobody(kept: Kept) -> None:
    await kept.put("air.bin", CONTENT)
    stamp = (await kept.files())["air.bin"].stamp
    async with kept.plane.open(kept.many, "air.bin", stamp=stamp, secrets=kept.secrets) as opened:
        still = [opened.chunks(0, len(CONTENT)) for _ in range(24)]
        for each in still:
            await anext(each)
        assert await kept.read(kept.many, "air.bin", 0, len(CONTENT)) == CONTENT
        for each in still:
            assert await anext(each) == CONTENT[CHUNK_BYTES : 2 * CHUNK_BYTES]


@pytest.mark.parametrize("change", [CONTENT[::-1], CONTENT + b"x", b""], ids=["written", "longer", "emptied"])
async def test_what_changes_meanwhile_ends_the_stream(kept: Kept, change: bytes) -> None:
    large = CONTENT * 3
    await kept.put("air.bin", large)
    stamp = (await kept.files())["air.bin"].stamp
    async with kept.plane.open(kept.many, "air.bin", stamp=stamp, secrets=kept.secrets) as opened:
        chunks = opened.chunks(0, len(large))
        at = len(await anext(chunks))
        await kept.put("air.bin", change)
        with pytest.raises(IntegrityError, match=r"source\.changed"):
            async for chunk in chunks:
                assert chunk == large[at : at + len(chunk)]
                at += len(chunk)


@pytest.mark.parametrize("act", ["write", "remove"])
async def test_what_changed_before_is_not_opened(kept: Kept, act: str) -> None:
    await kept.put("air.bin", CONTENT)
    source = kept.one("air.bin")
    stamp = (await kept.files(source))[""].stamp
    await (kept.put("air.bin", CONTENT[1:]) if act == "write" else kept.remove("air.bin"))
    with pytest.raises((IntegrityError, InputError), match=r"source\.(changed|missing)"):
        async with kept.plane.open(source, "", stamp=stamp, secrets=kept.secrets):
            pass


@pytest.mark.parametrize(
    "path", ["", "../air.bin", "a/../air.bin", "/air.bin", "a//b", "air.bin\0", "..", "."]
)
async def test_a_path_that_is_none_finds_nothing(kept: Kept, path: str) -> None:
    await kept.put("air.bin", CONTENT)
    with pytest.raises(NotFoundError, match=r"file\.not-found"):
        async with kept.plane.open(kept.many, path, stamp="any", secrets=kept.secrets):
            pass
    with pytest.raises(NotFoundError, match=r"file\.not-found"):
        async with kept.plane.open(kept.one("air.bin"), path or "x", stamp="any", secrets=kept.secrets):
            pass


async def test_a_file_that_is_not_there_cannot_be_published(kept: Kept) -> None:
    with pytest.raises(InputError, match=r"source\.missing"):
        await kept.plane.files(kept.one("nothing.bin"), secrets=kept.secrets)


READS: Final = """
import asyncio, hashlib, resource, sys
import msgspec
from tests.ports.test_dataplane_kept import ACCESS, SECRET
from xinfu.dataplanes.files import Files
from xinfu.dataplanes.own_files import OwnFiles
from xinfu.dataplanes.s3 import S3
from xinfu.node.clock import SystemClock
from xinfu.peers.outbound import HttpOutbound
from xinfu.peers.rules import OutboundRules
from xinfu.ports.dataplane import Secrets
from xinfu.ports.sources import S3Source, Source

async def main(source, limit):
    secrets = Secrets({"access": ACCESS, "secret": SECRET})
    outbound = HttpOutbound(OutboundRules(development=True))
    plane = S3(outbound, SystemClock()) if isinstance(source, S3Source) else Files(OwnFiles())
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    (file,) = await plane.files(source, secrets=secrets)
    manifest = await plane.measure(source, file, secrets=secrets)
    hashed = hashlib.sha256()
    async with plane.open(source, "", stamp=file.stamp, secrets=secrets) as opened:
        async for chunk in opened.chunks(0, file.size_bytes):
            hashed.update(chunk)
    print(manifest.size, hashed.hexdigest())

asyncio.run(main(msgspec.json.decode(sys.argv[1], type=Source), int(sys.argv[2])))
"""


@pytest.mark.slow
async def test_a_file_passes_through_a_process_that_could_not_hold_it(kept: Kept, tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as stream:
        for number in range(LARGE_MIB):
            stream.write(bytes([number % 256]) * CHUNK_BYTES)
    await kept.put("large.bin", large)
    given = msgspec.json.encode(kept.one("large.bin")).decode()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        READS,
        given,
        str(LIMIT_MIB * CHUNK_BYTES),
        env={**os.environ, "PYTHONPATH": ":".join(sys.path), "MALLOC_ARENA_MAX": "2"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    said, wrong = await process.communicate()
    assert process.returncode == 0, wrong.decode()[-2000:]
    whole = await asyncio.to_thread(lambda: hashlib.sha256(large.read_bytes()).hexdigest())
    assert said.decode().split() == [str(LARGE_MIB * CHUNK_BYTES), whole]
