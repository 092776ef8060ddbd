"""Sealed files: they come back as they were written, and nothing that was done to them stays unseen."""

import hashlib
import os
import random
import re
import resource
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.dataplanes.vault.places import MASTER, OTHER, SPOT, file_of, key_of, landed, read, vault_in

from xinfu.dataplanes.vault.folder import FolderVault
from xinfu.dataplanes.vault.folders import Handle
from xinfu.dataplanes.vault.sealing import HEAD_BYTES, SEALED_BYTES
from xinfu.errors import ConflictError, StoreError, XinfuError
from xinfu.evidence import CHUNK_BYTES, Manifest
from xinfu.ports.vault import SealedContent, Spot
from xinfu.signers.keyring import MasterKeyring

MIB = CHUNK_BYTES
CONTENT = random.Random(5).randbytes(3 * MIB + 123)


def root_of(content: bytes) -> str:
    chunks = [content[at : at + MIB] for at in range(0, len(content), MIB)]
    return Manifest.of(len(content), [hashlib.sha256(chunk).digest() for chunk in chunks]).root


async def refused(vault: FolderVault, sealed: SealedContent, spot: Spot = SPOT) -> str:
    """The code with which reading is refused."""
    with pytest.raises(XinfuError) as caught:
        await read(vault, sealed, spot=spot)
    return caught.value.code


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 3 * MIB + 7])
@pytest.mark.parametrize("pieces", [MIB, 300_000])
async def test_what_landed_comes_back_and_has_the_root_of_its_content(
    tmp_path: Path, size: int, pieces: int
) -> None:
    vault, content = vault_in(tmp_path), CONTENT[:size]
    sealed = await landed(vault, content, pieces=pieces)
    assert (sealed.size_bytes, sealed.root) == (size, root_of(content))
    assert await read(vault, sealed) == content


@settings(max_examples=60, deadline=None)
@given(st.data())
async def test_any_range_gives_exactly_its_bytes(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    vault = vault_in(tmp_path_factory.mktemp("vault"))
    content = CONTENT[: data.draw(st.integers(0, len(CONTENT)))]
    sealed = await landed(vault, content)
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, len(content)))
    assert await read(vault, sealed, start, end) == content[start:end]


async def test_no_byte_of_the_content_lies_on_the_disk(tmp_path: Path) -> None:
    mark = b"PM2.5 at station songjia: 77"
    await landed(vault_in(tmp_path), mark * 50_000, pieces=4096)
    lying = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(lying) == 2
    assert not [each for each in lying if mark[:8] in each]


async def test_folders_and_files_are_for_the_node_alone(tmp_path: Path) -> None:
    root = tmp_path / "vault"
    await landed(vault_in(root), b"x")
    assert {path.stat().st_mode & 0o777 for path in root.rglob("*") if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in [root, *root.rglob("*")] if path.is_dir()} == {0o700}


async def test_a_cut_landing_goes_on_from_whole_chunks(tmp_path: Path) -> None:
    vault = vault_in(tmp_path)
    await vault.make_key(SPOT.context, SPOT.object)
    async with vault.land(SPOT, goes_on=False) as landing:
        await landing.write(CONTENT[: 2 * MIB + 77])
    async with vault.land(SPOT, goes_on=True) as landing:
        assert landing.size_bytes == 2 * MIB
        await landing.write(CONTENT[2 * MIB :])
        sealed = await landing.finish()
    assert sealed.root == root_of(CONTENT)
    assert await read(vault, sealed) == CONTENT


@pytest.mark.parametrize("left", [0, 5, HEAD_BYTES, HEAD_BYTES + 99, HEAD_BYTES + SEALED_BYTES + 99])
async def test_what_a_killed_process_left_is_taken_up_as_far_as_it_is_whole(
    tmp_path: Path, left: int
) -> None:
    vault = vault_in(tmp_path)
    await landed(vault, CONTENT)
    os.truncate(file_of(tmp_path, SPOT), left)
    async with vault.land(SPOT, goes_on=True) as landing:
        assert landing.size_bytes == max(0, left - HEAD_BYTES) // SEALED_BYTES * MIB
        await landing.write(CONTENT[landing.size_bytes :])
        sealed = await landing.finish()
    assert await read(vault, sealed) == CONTENT


async def test_a_finished_file_is_finished_again_when_nobody_noted_it(tmp_path: Path) -> None:
    vault, content = vault_in(tmp_path), CONTENT[: 2 * MIB]
    first = await landed(vault, content)
    async with vault.land(SPOT, goes_on=True) as landing:
        assert landing.size_bytes == MIB
        await landing.write(content[MIB:])
        assert await landing.finish() == first


async def test_a_file_that_is_written_anew_has_a_fresh_key(tmp_path: Path) -> None:
    vault = vault_in(tmp_path)
    first = await landed(vault, CONTENT)
    before = file_of(tmp_path, SPOT).read_bytes()
    second = await landed(vault, CONTENT)
    assert first.salt != second.salt
    assert file_of(tmp_path, SPOT).read_bytes()[HEAD_BYTES:] != before[HEAD_BYTES:]
    file_of(tmp_path, SPOT).write_bytes(before)  # the earlier writing, put back
    assert await refused(vault, second) == "vault.damaged"


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[HEAD_BYTES + SEALED_BYTES + 5] ^= 1
    path.write_bytes(data)


def cut_by_a_byte(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def cut_by_the_last_chunk(path: Path) -> None:
    os.truncate(path, HEAD_BYTES + 3 * SEALED_BYTES)


def swapped(path: Path) -> None:
    data = path.read_bytes()
    at = [HEAD_BYTES + n * SEALED_BYTES for n in range(3)]
    path.write_bytes(data[: at[0]] + data[at[1] : at[2]] + data[at[0] : at[1]] + data[at[2] :])


def repeated(path: Path) -> None:
    data = path.read_bytes()
    at = [HEAD_BYTES + n * SEALED_BYTES for n in range(3)]
    path.write_bytes(data[: at[1]] + data[at[0] : at[1]] + data[at[2] :])


def lengthened(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0" * SEALED_BYTES)


def beheaded(path: Path) -> None:
    path.write_bytes(b"\0" * HEAD_BYTES + path.read_bytes()[HEAD_BYTES:])


def linked(path: Path) -> None:
    elsewhere = path.with_name("elsewhere")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


HARM = [flipped, cut_by_a_byte, cut_by_the_last_chunk, swapped, repeated, lengthened, beheaded, linked]


@pytest.mark.parametrize("harm", HARM, ids=[each.__name__ for each in HARM])
async def test_what_was_done_to_a_sealed_file_is_found(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    vault = vault_in(tmp_path)
    sealed = await landed(vault, CONTENT)
    harm(file_of(tmp_path, SPOT))
    assert await refused(vault, sealed) == "vault.damaged"


async def test_a_file_cut_at_a_chunk_never_passes_for_a_shorter_one(tmp_path: Path) -> None:
    """Not even where the record of its size was changed with it."""
    vault = vault_in(tmp_path)
    sealed = await landed(vault, CONTENT)
    os.truncate(file_of(tmp_path, SPOT), HEAD_BYTES + 2 * SEALED_BYTES)
    assert await refused(vault, replace(sealed, size_bytes=2 * MIB)) == "vault.damaged"


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(SPOT, object=OTHER),
        replace(SPOT, agreement="urn:uuid:b"),
        replace(SPOT, context="bank"),
        replace(SPOT, path="2026/01.csv"),
    ],
    ids=["object", "agreement", "context", "path"],
)
async def test_a_sealed_file_opens_at_its_own_spot_alone(tmp_path: Path, elsewhere: Spot) -> None:
    vault = vault_in(tmp_path)
    sealed = await landed(vault, CONTENT[:99])
    await vault.make_key(elsewhere.context, elsewhere.object)
    target = file_of(tmp_path, elsewhere)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target != file_of(tmp_path, SPOT):
        shutil.copy(file_of(tmp_path, SPOT), target)
    assert await refused(vault, sealed, elsewhere) == "vault.damaged"


async def test_a_key_of_another_object_opens_nothing(tmp_path: Path) -> None:
    vault = vault_in(tmp_path)
    sealed = await landed(vault, CONTENT[:99])
    await vault.make_key(SPOT.context, OTHER)
    shutil.copy(key_of(tmp_path, replace(SPOT, object=OTHER)), key_of(tmp_path, SPOT))
    assert await refused(vault, sealed) == "keyring.broken"


async def test_another_master_key_opens_nothing(tmp_path: Path) -> None:
    sealed = await landed(vault_in(tmp_path), CONTENT[:99])
    assert await refused(vault_in(tmp_path, b"n" * 32), sealed) == "keyring.unknown-key"
    rotated = FolderVault(tmp_path, MasterKeyring([b"n" * 32, MASTER]))
    assert await read(rotated, sealed) == CONTENT[:99]


async def test_a_full_disk_keeps_what_arrived(tmp_path: Path) -> None:
    vault = vault_in(tmp_path)
    await vault.make_key(SPOT.context, SPOT.object)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with vault.land(SPOT, goes_on=False) as landing:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MIB, hard))
        try:
            with pytest.raises(StoreError) as caught:
                await landing.write(CONTENT)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.code == "vault.full"
    async with vault.land(SPOT, goes_on=True) as landing:
        assert landing.size_bytes == MIB
        await landing.write(CONTENT[MIB:])
        sealed = await landing.finish()
    assert await read(vault, sealed) == CONTENT


async def test_a_file_is_written_by_one_at_a_time(tmp_path: Path) -> None:
    vault = vault_in(tmp_path)
    await vault.make_key(SPOT.context, SPOT.object)
    async with vault.land(SPOT, goes_on=False):
        with pytest.raises(ConflictError) as caught:
            async with vault.land(SPOT, goes_on=True):
                pass
    assert caught.value.code == "vault.busy"


def test_a_file_is_closed_when_no_thread_is_at_it_any_more(tmp_path: Path) -> None:
    """Else a thread that a cancelled task left behind could write into a file that is opened later."""
    descriptor = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    handle, at_it, may_go = Handle(descriptor), threading.Event(), threading.Event()

    def work() -> int:
        with handle.held() as held:
            at_it.set()
            may_go.wait(10)
            return os.pwrite(held, b"x", 0)

    with ThreadPoolExecutor(2) as threads:
        working = threads.submit(work)
        at_it.wait(10)
        closing = threads.submit(handle.close)
        assert os.fstat(descriptor).st_size == 0
        may_go.set()
        assert working.result(10) == 1
        closing.result(10)
    assert (tmp_path / "file").read_bytes() == b"x"
    with pytest.raises(OSError, match="closed"), handle.held():
        pass
    handle.close()


async def test_a_link_in_place_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    vault, away = vault_in(tmp_path / "vault"), tmp_path / "away"
    away.mkdir()
    await vault.make_key(SPOT.context, SPOT.object)
    (tmp_path / "vault" / "objects").symlink_to(away)
    with pytest.raises(StoreError) as caught:
        async with vault.land(SPOT, goes_on=False):
            pass
    assert caught.value.code == "vault.unwritable"
    assert not list(away.iterdir())


@pytest.mark.parametrize("name", ["..", "a/../b", "/etc", "", "urn:uuid:../../x"])
async def test_no_id_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        await vault_in(tmp_path / "vault").make_key(SPOT.context, name)
    assert not list(tmp_path.rglob("*"))


@pytest.mark.parametrize(
    "path", ["../../escaped", "/etc/escaped", "a/../../escaped", "a\0b", ".", "~", "x" * 5000]
)
async def test_no_name_of_a_provider_becomes_a_path(tmp_path: Path, path: str) -> None:
    vault = vault_in(tmp_path / "vault")
    spot = replace(SPOT, path=path)
    sealed = await landed(vault, b"content", spot)
    assert await read(vault, sealed, spot=spot) == b"content"
    files = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert {each.relative_to(tmp_path).parts[:2] for each in files} == {
        ("vault", "objects"),
        ("vault", "keys"),
    }
    assert all(re.fullmatch(r"[0-9a-f-]+", each.name) for each in files)


async def test_a_vault_that_is_not_mounted_says_so(tmp_path: Path) -> None:
    vault = vault_in(tmp_path / "vault")
    sealed = await landed(vault, CONTENT[:99])
    (tmp_path / "vault" / "objects").rename(tmp_path / "objects")
    assert await refused(vault, sealed) == "vault.file-missing"
    (tmp_path / "vault").rename(tmp_path / "unmounted")
    assert await refused(vault, sealed) == "vault.key-missing"
