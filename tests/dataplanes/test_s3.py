"""Objects of a real S3 server as sources: keys are taken exactly, what changed is not served, nothing leaks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.object_store import ACCESS, SECRET, FilledBucket, ObjectStore, serving
from tests.peers.wire import Wire, answering

from xinfu.dataplanes import s3_store
from xinfu.dataplanes.s3 import AHEAD, S3
from xinfu.errors import InputError, IntegrityError, NotFoundError, PeerError, RefusedError, StoreError
from xinfu.evidence import CHUNK_BYTES
from xinfu.node.clock import SystemClock
from xinfu.peers.bodies import StreamedBody
from xinfu.peers.outbound import HttpOutbound
from xinfu.peers.rules import AllowEntry, OutboundRules
from xinfu.ports.dataplane import Secrets
from xinfu.ports.sources import S3Source

pytestmark = pytest.mark.peer("s3")

SECRETS = Secrets({"access": ACCESS, "secret": SECRET})


@pytest.fixture
def bucket(object_store: ObjectStore) -> FilledBucket:
    """A fresh bucket."""
    return object_store.bucket()


@pytest.fixture
async def plane() -> AsyncIterator[S3]:
    """The plane, in development."""
    outbound = HttpOutbound(OutboundRules(development=True))
    yield S3(outbound, SystemClock())
    await outbound.close()


def source(bucket: FilledBucket, key: str | None = None, *, prefix: str | None = None) -> S3Source:
    """An object of a bucket, or all below a prefix."""
    return S3Source(
        endpoint=bucket.endpoint,
        bucket=bucket.name,
        key=key,
        prefix=prefix,
        access_key="access",
        secret_key="secret",
    )


async def read(plane: S3, place: S3Source, path: str = "", start: int = 0, end: int | None = None) -> bytes:
    """What a range of a file of a source gives."""
    stamps = {each.path: each for each in await plane.files(place, secrets=SECRETS)}
    file = stamps[path]
    async with plane.open(place, path, stamp=file.stamp, secrets=SECRETS) as opened:
        return b"".join(
            [chunk async for chunk in opened.chunks(start, file.size_bytes if end is None else end)]
        )


@pytest.mark.parametrize(
    "key",
    [
        "air.csv",
        "2026/01/air.csv",
        "空气质量/2026 年+1.csv",
        "%2e%2e/x",
        "a%00b",
        "..a/b..",
        "a?x=1&y#z",
        "a\\b",
        "line\nbreak",
        "~tilde-_.!'()*",
        "deep/" * 40 + "x",
        "k" * 200,
    ],
)
async def test_an_object_is_read_by_exactly_its_key(bucket: FilledBucket, plane: S3, key: str) -> None:
    for near in {key[:-1], key.replace("%2e", "2e"), key.replace("%00", "0"), key.replace("\n", "")} - {key}:
        bucket.put_exactly(near, b"another")
    bucket.put_exactly(key, b"the right one")
    assert await read(plane, source(bucket, key)) == b"the right one"


@pytest.mark.parametrize("key", ["../x", "a/../b", "..", "a\0b", "k" * 1025, "气" * 400])
async def test_a_key_that_climbs_or_is_none_is_refused(bucket: FilledBucket, plane: S3, key: str) -> None:
    with pytest.raises(InputError, match=r"bucket\.key-invalid"):
        await plane.files(source(bucket, key), secrets=SECRETS)


async def test_a_prefix_gives_all_objects_below_it_by_pages(
    bucket: FilledBucket, plane: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_store, "PAGE", 7)
    names = [f"{number:03}/空气.csv" for number in range(40)]
    for name in names:
        bucket.put(f"2026/{name}", name.encode())
    bucket.put("2025/old.csv", b"not asked for")
    bucket.put_exactly("2026/empty-folder/", b"")
    place = source(bucket, prefix="2026/")
    found = await plane.files(place, secrets=SECRETS)
    assert [each.path for each in found] == names
    assert await read(plane, place, names[17]) == names[17].encode()


async def test_a_prefix_without_any_object_has_no_files(bucket: FilledBucket, plane: S3) -> None:
    assert await plane.files(source(bucket, prefix="none/"), secrets=SECRETS) == []


@pytest.mark.parametrize("path", ["", "../2025/old.csv", "a/../b", "/a", "a\0", "a//b"])
async def test_a_path_never_leads_out_of_the_prefix(bucket: FilledBucket, plane: S3, path: str) -> None:
    bucket.put("2025/old.csv", b"not asked for")
    with pytest.raises(NotFoundError, match=r"file\.not-found"):
        async with plane.open(source(bucket, prefix="2026/"), path, stamp="x", secrets=SECRETS):
            pass


async def test_an_object_whose_name_is_no_path_is_told_by_name(bucket: FilledBucket, plane: S3) -> None:
    bucket.put("2026/air.csv", b"1")
    bucket.put("2026\\x/air.csv", b"1")
    with pytest.raises(InputError, match=r"source\.key-unsafe") as caught:
        await plane.files(source(bucket, prefix="2026"), secrets=SECRETS)
    assert (
        "2026/air.csv" in caught.value.en
    )  # its rest "/air.csv" is no name; a slash behind the prefix helps
    with pytest.raises(InputError, match=r"source\.key-unsafe"):
        await plane.files(source(bucket, prefix=""), secrets=SECRETS)


async def test_a_range_gives_its_bytes_cut_at_chunks(bucket: FilledBucket, plane: S3) -> None:
    content = bytes(range(256)) * (5 * 4096 + 3)
    bucket.put("big", content)
    place = source(bucket, "big")
    (file,) = await plane.files(place, secrets=SECRETS)
    start, end = CHUNK_BYTES - 5, 4 * CHUNK_BYTES + 9
    async with plane.open(place, "", stamp=file.stamp, secrets=SECRETS) as opened:
        chunks = [chunk async for chunk in opened.chunks(start, end)]
    assert [len(chunk) for chunk in chunks] == [5, CHUNK_BYTES, CHUNK_BYTES, CHUNK_BYTES, 9]
    assert b"".join(chunks) == content[start:end]


async def test_an_object_that_went_up_in_parts_has_one_stamp(
    bucket: FilledBucket, plane: S3, tmp_path: Path
) -> None:
    large = tmp_path / "large"
    large.write_bytes(b"x" * (13 * CHUNK_BYTES))
    bucket.put("a/large", large)
    (alone,) = await plane.files(source(bucket, "a/large"), secrets=SECRETS)
    (below,) = await plane.files(source(bucket, prefix="a/"), secrets=SECRETS)
    assert alone.stamp == below.stamp


@pytest.mark.parametrize(
    "change", [b"another!", b"longer than before", b""], ids=["same-size", "longer", "empty"]
)
async def test_what_changes_while_it_is_read_ends_the_stream(
    bucket: FilledBucket, plane: S3, change: bytes
) -> None:
    bucket.put("big", b"x" * (8 * CHUNK_BYTES))
    place = source(bucket, "big")
    (file,) = await plane.files(place, secrets=SECRETS)
    async with plane.open(place, "", stamp=file.stamp, secrets=SECRETS) as opened:
        chunks = opened.chunks(0, file.size_bytes)
        assert await anext(chunks) == b"x" * CHUNK_BYTES
        bucket.put("big", change * CHUNK_BYTES)
        with pytest.raises(IntegrityError, match=r"source\.changed"):
            async for chunk in chunks:
                assert chunk == b"x" * CHUNK_BYTES


@pytest.mark.parametrize("gone", [True, False], ids=["removed", "written"])
async def test_what_changed_since_it_was_published_is_not_opened(
    bucket: FilledBucket, plane: S3, gone: bool
) -> None:
    bucket.put("a", b"one")
    place = source(bucket, "a")
    (file,) = await plane.files(place, secrets=SECRETS)
    if gone:
        bucket.delete("a")
    else:
        bucket.put("a", b"two")
    with pytest.raises(IntegrityError, match=r"source\.changed"):
        async with plane.open(place, "", stamp=file.stamp, secrets=SECRETS):
            pass


@pytest.mark.parametrize(
    "place", [{"key": "none"}, {"key": "a", "bucket": "no-such-bucket"}, {"prefix": "", "bucket": "none"}]
)
async def test_what_is_not_there_cannot_be_published(
    bucket: FilledBucket, plane: S3, place: dict[str, str]
) -> None:
    with pytest.raises(InputError, match=r"source\.missing"):
        await plane.files(replace(source(bucket), **place), secrets=SECRETS)


async def test_wrong_keys_are_told_by_the_code_of_the_store_and_never_shown(
    bucket: FilledBucket, plane: S3
) -> None:
    bucket.put("a", b"one")
    wrong = Secrets({"access": ACCESS, "secret": "the wrong secret"})
    with pytest.raises(StoreError, match=r"source\.refused") as caught:
        await plane.files(source(bucket, prefix=""), secrets=wrong)
    said = caught.value.en + caught.value.zh + caught.value.help_en + repr(caught.value.facts)
    assert "SignatureDoesNotMatch" in said
    assert ACCESS not in said
    assert "wrong secret" not in said
    assert bucket.endpoint not in said


@pytest.mark.parametrize(
    "changes", [{"key": None}, {"prefix": "a/"}, {"secret_key": None}], ids=["neither", "both", "half-keys"]
)
async def test_a_source_that_is_not_whole_is_refused(
    bucket: FilledBucket, plane: S3, changes: dict[str, str | None]
) -> None:
    place = replace(source(bucket, "a"), **changes)
    with pytest.raises(InputError, match=r"source\.bucket-incomplete"):
        await plane.files(place, secrets=SECRETS)


async def test_an_address_is_called_only_where_the_operator_lets_sources_be(bucket: FilledBucket) -> None:
    bucket.put("a", b"one")
    loopback = AllowEntry(cidr="127.0.0.0/8", http=True)
    lists = {
        "nothing": OutboundRules(),
        "for-others": OutboundRules(allow=(loopback,)),
        "for-sources": OutboundRules(sources=(loopback,)),
    }
    outcomes = {}
    for name, rules in lists.items():
        outbound = HttpOutbound(rules)
        try:
            found = await S3(outbound, SystemClock()).files(source(bucket, "a"), secrets=SECRETS)
            outcomes[name] = str(len(found))
        except (RefusedError, InputError) as error:
            outcomes[name] = error.code
        finally:
            await outbound.close()
    assert outcomes == {"nothing": "address.refused", "for-others": "address.refused", "for-sources": "1"}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_no_redirect_is_followed(plane: S3, status: int) -> None:
    async with Wire().open() as other:
        raw = f"HTTP/1.1 {status} X\r\nLocation: {other.url()}\r\nContent-Length: 0\r\n\r\n".encode()
        async with Wire(answering(raw)).open() as wire:
            place = S3Source(endpoint=f"http://127.0.0.1:{wire.port}", bucket="air", key="a")
            with pytest.raises(StoreError, match=r"source\.refused"):
                await plane.files(place)
        assert other.heads == []


async def test_an_open_bucket_is_asked_without_keys(plane: S3) -> None:
    head = b'HTTP/1.1 200 OK\r\nETag: "e"\r\nLast-Modified: Fri, 02 Jan 2026 03:04:05 GMT\r\nContent-Length: 9\r\n\r\n'
    async with Wire(answering(head)).open() as wire:
        place = S3Source(endpoint=f"http://127.0.0.1:{wire.port}", bucket="air", key="/lead//ing")
        (file,) = await plane.files(place)
    assert file.size_bytes == 9
    assert wire.heads[0].startswith("HEAD /air//lead//ing HTTP/1.1\r\n")
    assert "authorization" not in wire.heads[0].lower()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n<a>",
        b"garbage\r\n\r\n",
    ],
)
async def test_what_is_no_store_is_told_apart(plane: S3, answer: bytes) -> None:
    async with Wire(answering(answer)).open() as wire:
        place = S3Source(endpoint=f"http://127.0.0.1:{wire.port}", bucket="air", prefix="")
        with pytest.raises(PeerError):
            await plane.files(place)


async def test_a_store_that_dies_breaks_the_stream_off(plane: S3, tmp_path: Path) -> None:
    with serving(tmp_path) as own:
        bucket = own.bucket()
        bucket.put("big", b"x" * (12 * CHUNK_BYTES))
        place = source(bucket, "big")
        (file,) = await plane.files(place, secrets=SECRETS)
        async with plane.open(place, "", stamp=file.stamp, secrets=SECRETS) as opened:
            chunks = opened.chunks(0, file.size_bytes)
            first = await anext(chunks)
            own.kill()
            with pytest.raises(StoreError, match=r"source\.broken-off") as caught:
                async for chunk in chunks:
                    assert chunk == first
        assert bucket.endpoint not in caught.value.en + caught.value.help_en
        with pytest.raises(StoreError, match=r"source\.unreachable") as caught:
            async with plane.open(place, "", stamp=file.stamp, secrets=SECRETS):
                pass
        assert bucket.endpoint not in caught.value.en + caught.value.help_en


async def test_a_reader_that_goes_away_leaves_no_call_behind(bucket: FilledBucket, plane: S3) -> None:
    bucket.put("big", b"x" * (8 * CHUNK_BYTES))
    place = source(bucket, "big")
    (file,) = await plane.files(place, secrets=SECRETS)
    before = asyncio.all_tasks()
    async with (
        plane.open(place, "", stamp=file.stamp, secrets=SECRETS) as opened,
        aclosing(opened.chunks(0, file.size_bytes)) as chunks,
    ):
        await anext(chunks)
    assert asyncio.all_tasks() == before


async def test_no_more_is_asked_for_than_a_few_chunks_ahead(
    bucket: FilledBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("big", b"x" * (24 * CHUNK_BYTES))
    asked: list[str] = []
    outbound = HttpOutbound(OutboundRules(development=True))
    sent = outbound.stream

    def counting(method: str, url: str, **more: Any) -> AbstractAsyncContextManager[StreamedBody]:
        asked.append(more["headers"].get("range", ""))
        return sent(method, url, **more)

    monkeypatch.setattr(outbound, "stream", counting)
    plane, place = S3(outbound, SystemClock()), source(bucket, "big")
    (file,) = await plane.files(place, secrets=SECRETS)
    async with (
        plane.open(place, "", stamp=file.stamp, secrets=SECRETS) as opened,
        aclosing(opened.chunks(0, file.size_bytes)) as chunks,
    ):
        asked.clear()
        for taken in range(1, 5):
            await anext(chunks)
            assert len(asked) <= taken - 1 + AHEAD
    assert asked == [
        f"bytes={at}-{at + CHUNK_BYTES - 1}" for at in range(0, len(asked) * CHUNK_BYTES, CHUNK_BYTES)
    ]
    await outbound.close()


async def test_an_empty_object_has_a_manifest_and_no_bytes(bucket: FilledBucket, plane: S3) -> None:
    bucket.put("empty", b"")
    place = source(bucket, "empty")
    (file,) = await plane.files(place, secrets=SECRETS)
    manifest = await plane.measure(place, file, secrets=SECRETS)
    assert (manifest.size, manifest.chunks) == (0, ())
    assert await read(plane, place) == b""
