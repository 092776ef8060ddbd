"""Saving what a transfer carries: cut and resumed, checked, never half in place."""

import contextlib
import errno
import os
import random
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from io import FileIO
from pathlib import Path

import pytest
from tests.client.canned import Canned, root_of, serving

from xinfu.client import Transfer, connect
from xinfu.client.files import unwritable, write_file
from xinfu.client.saving import Part, safe
from xinfu.errors import InputError, IntegrityError, PeerError, RefusedError

MIB = 1 << 20
FULL = Path("/dev/full")
CONTENT = random.Random(7).randbytes(3 * MIB + 123)


@asynccontextmanager
async def transfer_of(canned: Canned) -> AsyncIterator[Transfer]:
    """The transfer of a canned node."""
    async with serving(canned), connect(canned.url, "k" * 20) as node:
        yield await node.transfer("t1")


async def test_a_cut_download_goes_on_from_whole_chunks(tmp_path: Path) -> None:
    canned = Canned({"": CONTENT}, cuts=[2 * MIB + 5])
    async with transfer_of(canned) as transfer:
        saved = await transfer.save(tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert canned.ranges[1] in {f"bytes={MIB}-", f"bytes={2 * MIB}-"}
    assert saved.verified


async def test_a_later_call_goes_on_where_an_earlier_one_was_cancelled(tmp_path: Path) -> None:
    canned = Canned({"": CONTENT})
    Part(tmp_path / "f").open(root_of(CONTENT))
    (tmp_path / "f.part").write_bytes(CONTENT[: MIB + 77])
    async with transfer_of(canned) as transfer:
        saved = await transfer.save(tmp_path / "f")
    assert canned.ranges == [f"bytes={MIB}-"]
    assert saved.resumed_from == MIB
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert sorted(each.name for each in tmp_path.iterdir()) == ["f"]


async def test_a_part_of_another_file_is_thrown_away(tmp_path: Path) -> None:
    Part(tmp_path / "f").open(root_of(b"something else"))
    (tmp_path / "f.part").write_bytes(b"x" * (2 * MIB))
    canned = Canned({"": CONTENT})
    async with transfer_of(canned) as transfer:
        saved = await transfer.save(tmp_path / "f")
    assert canned.ranges == [None]
    assert saved.resumed_from == 0
    assert (tmp_path / "f").read_bytes() == CONTENT


async def test_a_part_without_its_sidecar_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / "f.part").write_bytes(b"x" * (2 * MIB))
    (tmp_path / "f.part.json").write_text("{")
    async with transfer_of(Canned({"": CONTENT})) as transfer:
        await transfer.save(tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT


async def test_a_part_that_rotted_on_disk_never_becomes_the_file(tmp_path: Path) -> None:
    Part(tmp_path / "f").open(root_of(CONTENT))
    (tmp_path / "f.part").write_bytes(b"\x00" * MIB)
    async with transfer_of(Canned({"": CONTENT})) as transfer:
        with pytest.raises(IntegrityError) as caught:
            await transfer.save(tmp_path / "f")
    assert caught.value.code == "data.altered"
    assert list(tmp_path.iterdir()) == []


async def test_bytes_that_are_not_the_published_ones_are_refused(tmp_path: Path) -> None:
    said = CONTENT[:-1] + bytes([CONTENT[-1] ^ 1])
    async with transfer_of(Canned({"": CONTENT}, said=said)) as transfer:
        with pytest.raises(IntegrityError):
            await transfer.save(tmp_path / "f")
    assert not (tmp_path / "f").exists()


async def test_an_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"old")
    async with transfer_of(Canned({"": CONTENT}, cuts=[5] * 9)) as transfer:
        with pytest.raises(PeerError) as caught:
            await transfer.save(tmp_path / "f")
    assert caught.value.code == "data.cut"
    assert (tmp_path / "f").read_bytes() == b"old"


async def test_it_goes_on_through_any_number_of_cuts_that_bring_something(tmp_path: Path) -> None:
    canned = Canned({"": CONTENT}, cuts=[MIB, MIB, MIB])
    async with transfer_of(canned) as transfer:
        await transfer.save(tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert len(canned.ranges) == 4


async def test_a_stream_that_was_stopped_says_why_instead_of_trying_again(tmp_path: Path) -> None:
    reason = {
        "code": "agreement.terminated",
        "message": "It is over.",
        "message_zh": "已终止。",
        "help": "Ask.",
    }
    canned = Canned({"": CONTENT}, cuts=[MIB], on_cut="TERMINATED", reason=[reason])
    async with transfer_of(canned) as transfer:
        with pytest.raises(RefusedError) as caught:
            await transfer.save(tmp_path / "f")
    assert (caught.value.code, caught.value.zh, caught.value.help_en) == (
        "agreement.terminated",
        "已终止。",
        "Ask.",
    )
    assert len(canned.ranges) == 1


@pytest.mark.parametrize("status", [403, 404, 502])
async def test_a_provider_without_manifests_is_saved_and_not_called_verified(
    tmp_path: Path, status: int
) -> None:
    async with transfer_of(Canned({"": CONTENT}, listed=False, unlisted=status)) as transfer:
        saved = await transfer.save(tmp_path / "f")
    assert not saved.verified
    assert (tmp_path / "f").read_bytes() == CONTENT


async def test_a_provider_without_manifests_that_always_cuts_ends_the_tries(tmp_path: Path) -> None:
    canned = Canned({"": CONTENT}, listed=False, cuts=[MIB] * 20)
    async with transfer_of(canned) as transfer:
        with pytest.raises(PeerError):
            await transfer.save(tmp_path / "f")
    assert len(canned.ranges) < 8


async def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    async with transfer_of(Canned({"": b""})) as transfer:
        saved = await transfer.save(tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == b""
    assert saved.verified


async def test_a_folder_is_saved_below_its_name_and_resumed_file_by_file(tmp_path: Path) -> None:
    files = {"a.csv": b"a" * 10, "sub/b.csv": CONTENT, "sub/b.csv.part": b"a name that looks like a part"}
    canned = Canned(files, cuts=[10, 2 * MIB] + [0] * 4)
    async with transfer_of(canned) as transfer:
        with pytest.raises(PeerError):
            await transfer.save(tmp_path / "d")
        canned.cuts.clear()
        saved = await transfer.save(tmp_path / "d")
    found = {
        str(p.relative_to(tmp_path / "d")): p.read_bytes() for p in (tmp_path / "d").rglob("*") if p.is_file()
    }
    assert found == files
    assert saved.resumed_from >= 10 + MIB
    assert not (tmp_path / "d.part").exists()


async def test_progress_is_told_in_bytes_of_the_whole(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    async with transfer_of(Canned({"a": CONTENT, "b": b"bb"})) as transfer:
        await transfer.save(tmp_path / "d", lambda done, total: told.append((done, total)))
    assert told[-1] == (len(CONTENT) + 2, len(CONTENT) + 2)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.parametrize(
    "path",
    [
        *("../x", "/etc/x", "a/../../x", "a/./b", "a//b", "a\\b", "..", ".", "", "a\x00b", "a/"),
        *("\x1b[2Jz", "a\nb", "a\rb", "a\x7f", "a\x85b", "a\u202egpj.exe", "a\u2028b", "\ud800"),
        *("C:/x", "c:x", "con", "CON.csv", "a/nul.txt", "aux .b", "lpt1", "com¹.csv"),
        *("a" * 5000, "a" * 250, "a/" * 2500 + "b"),
    ],
)
def test_a_path_that_could_leave_the_folder_is_refused(path: str) -> None:
    with pytest.raises(IntegrityError) as caught:
        safe(path)
    assert caught.value.code == "data.path-unsafe"


@pytest.mark.parametrize(
    "path", ["a", "a/b.csv", "空气/..csv", "...", "a b", "console.csv", "12:00.csv", "a" * 240]
)
def test_any_other_path_is_kept(path: str) -> None:
    assert str(safe(path)) == path


async def test_a_listing_that_climbs_saves_nothing_outside(tmp_path: Path) -> None:
    async with transfer_of(Canned({"../evil": b"x", "a": b"y"})) as transfer:
        with pytest.raises(IntegrityError):
            await transfer.save(tmp_path / "d")
    assert not (tmp_path / "evil").exists()


async def test_a_place_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    async with transfer_of(Canned({"": CONTENT})) as transfer:
        with pytest.raises(InputError) as caught:
            await transfer.save(tmp_path / "file" / "f")
    assert caught.value.code == "save.failed"


def test_a_full_disk_is_told_and_keeps_what_came(tmp_path: Path) -> None:
    if not FULL.exists():
        pytest.skip("/dev/full is absent")
    part = Part(tmp_path / "f")
    part.open("root")
    part._file = FileIO(FULL, "r+")
    with pytest.raises(InputError) as caught:
        part.write(b"x")
    part.close()
    assert caught.value.code == "save.failed"
    assert "the disk is full" in caught.value.en


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A disk of this size; where none can be mounted, the test is left out."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a disk, and not everywhere")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


async def test_what_came_before_the_disk_was_full_is_kept_and_gone_on_from(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "2m") as disk:
        (disk / "filling").write_bytes(bytes(512 << 10))
        async with transfer_of(Canned({"": CONTENT})) as transfer:
            with pytest.raises(InputError) as caught:
                await transfer.save(disk / "f")
        assert caught.value.code == "save.failed"
        assert "the disk is full" in caught.value.en
        assert "磁盘空间已满" in caught.value.zh
        assert "goes on from there" in caught.value.help_en
        assert (disk / "f.part").stat().st_size >= 1 << 20
        subprocess.run(["mount", "-o", "remount,size=16m", str(disk)], check=True)
        async with transfer_of(Canned({"": CONTENT})) as transfer:
            saved = await transfer.save(disk / "f")
        assert (saved.resumed_from, (disk / "f").read_bytes()) == (1 << 20, CONTENT)


async def test_a_full_disk_is_no_place_for_a_first_byte(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "4k") as disk:
        (disk / "filling").write_bytes(bytes(4096))
        async with transfer_of(Canned({"": CONTENT})) as transfer:
            with pytest.raises(InputError) as caught:
                await transfer.save(disk / "f")
        assert "the disk is full" in caught.value.en
        assert [each.name for each in disk.iterdir()] == ["filling"]


async def test_a_file_that_is_there_is_written_over_only_where_that_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"mine")
    canned = Canned({"": CONTENT})
    async with transfer_of(canned) as transfer:
        with pytest.raises(InputError) as caught:
            await transfer.save(tmp_path / "f", overwrite=False)
        assert caught.value.code == "save.exists"
        assert (tmp_path / "f").read_bytes() == b"mine"
        assert [each.name for each in tmp_path.iterdir()] == ["f"]
        await transfer.save(tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT


async def test_a_file_goes_into_a_folder_that_is_there(tmp_path: Path) -> None:
    async with transfer_of(Canned({"": b"x"})) as transfer:
        saved = await transfer.save(tmp_path)
    assert (saved.path.parent, saved.path.read_bytes()) == (tmp_path, b"x")


async def test_files_of_a_folder_that_differ_stop_it_before_a_byte_is_read(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "b").write_bytes(b"mine")
    async with transfer_of(Canned({"a": b"x", "b": b"y"})) as transfer:
        with pytest.raises(InputError) as caught:
            await transfer.save(tmp_path / "d", overwrite=False)
    assert caught.value.code == "save.exists"
    assert [each.name for each in (tmp_path / "d").iterdir()] == ["b"]


async def test_nothing_stays_of_a_file_that_is_refused(tmp_path: Path) -> None:
    canned = Canned({"": CONTENT})
    canned.refusing = True
    async with transfer_of(canned) as transfer:
        with pytest.raises(RefusedError):
            await transfer.save(tmp_path / "f")
    assert list(tmp_path.iterdir()) == []


WRONG = {errno.EROFS: "read-only", errno.EACCES: "permission", errno.ENOSPC: "full"}


@pytest.mark.parametrize(("number", "said"), WRONG.items(), ids=WRONG.values())
def test_the_advice_fits_what_is_wrong_with_the_place(number: int, said: str) -> None:
    told = unwritable(Path("f"), OSError(number, "?"))
    assert said in told.en
    assert ("Free some space" in told.help_en) is (number == errno.ENOSPC)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "8k") as disk:
        (disk / "page").write_bytes(b"old")
        with pytest.raises(InputError):
            write_file(disk / "page", bytes(1 << 20), overwrite=True)
        assert [(each.name, each.read_bytes()) for each in disk.iterdir()] == [("page", b"old")]


async def test_a_range_is_read_into_memory() -> None:
    canned = Canned({"": b"0123456789"})
    async with transfer_of(canned) as transfer:
        assert await transfer.read(start=3) == b"3456789"
    assert canned.ranges == ["bytes=3-"]
