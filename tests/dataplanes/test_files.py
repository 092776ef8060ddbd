"""Files and folders as sources: manifests, stamps, and what lies outside (D-17, threat F1)."""

import hashlib
import os
import threading
from pathlib import Path

import pytest

from xinfu.dataplanes.files import Files
from xinfu.dataplanes.own_files import OwnFiles
from xinfu.errors import InputError, IntegrityError, NotFoundError
from xinfu.evidence import CHUNK_BYTES, Manifest
from xinfu.ports.sources import FileSource, FolderSource, Source

FILES = Files(OwnFiles())


def file_source(path: Path) -> Source:
    return FileSource(path=str(path))


def folder_source(path: Path) -> Source:
    return FolderSource(path=str(path))


async def read(source: Source, path: str, start: int, end: int, stamp: str | None = None) -> bytes:
    known = {file.path: file.stamp for file in await FILES.files(source)}
    async with FILES.open(source, path, stamp=stamp or known[path]) as opened:
        return b"".join([chunk async for chunk in opened.chunks(start, end)])


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 7])
async def test_a_manifest_names_each_mebibyte(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "a").write_bytes(data)
    source = file_source(tmp_path / "a")
    [file] = await FILES.files(source)
    measured = await FILES.measure(source, file)
    chunks = [data[at : at + CHUNK_BYTES] for at in range(0, size, CHUNK_BYTES)]
    assert measured == Manifest.of(size, [hashlib.sha256(chunk).digest() for chunk in chunks])


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 10), (5, CHUNK_BYTES + 5), (CHUNK_BYTES, 2 * CHUNK_BYTES), (7, 7), (0, 2 * CHUNK_BYTES + 9)],
)
async def test_any_range_gives_exactly_its_bytes_cut_at_chunk_borders(
    tmp_path: Path, start: int, end: int
) -> None:
    data = os.urandom(2 * CHUNK_BYTES + 9)
    (tmp_path / "a").write_bytes(data)
    source = file_source(tmp_path / "a")
    [file] = await FILES.files(source)
    async with FILES.open(source, "", stamp=file.stamp) as opened:
        chunks = [chunk async for chunk in opened.chunks(start, end)]
    assert b"".join(chunks) == data[start:end]
    borders = [start + sum(map(len, chunks[:n])) for n in range(1, len(chunks))]
    assert all(border % CHUNK_BYTES == 0 for border in borders)


async def test_a_folder_lists_regular_files_in_order_and_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / "b.csv").write_text("b")
    (tmp_path / "in" / "sub" / "a.csv").write_text("a")
    (tmp_path / "outside").write_text("secret")
    (tmp_path / "in" / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "in" / "linked").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(tmp_path / "in" / "pipe")
    found = await FILES.files(folder_source(tmp_path / "in"))
    assert [file.path for file in found] == ["b.csv", "sub/a.csv"]


@pytest.mark.parametrize(
    "path",
    [
        "../outside",
        "sub/../../outside",
        "/etc/passwd",
        "link",
        "linked/outside",
        "sub//a.csv",
        "./b.csv",
        "b.csv/",
        "",
        "b.csv\0",
        "..\\outside",
        "pipe",
        "sub",
        "missing",
        "b.csv/x",
    ],
)
async def test_a_path_that_is_no_file_of_the_folder_is_not_found(tmp_path: Path, path: str) -> None:
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / "b.csv").write_text("b")
    (tmp_path / "in" / "sub" / "a.csv").write_text("a")
    (tmp_path / "outside").write_text("secret")
    (tmp_path / "in" / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "in" / "linked").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(tmp_path / "in" / "pipe")
    with pytest.raises(NotFoundError) as refused:
        await read(folder_source(tmp_path / "in"), path, 0, 1, stamp="any")
    assert refused.value.code == "file.not-found"


async def test_a_renaming_thread_never_leads_out_of_the_folder(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    (inside / "sub").mkdir(parents=True)
    (inside / "sub" / "a").write_text("inside")
    outside.mkdir()
    (outside / "a").write_text("SECRET")
    source = folder_source(inside)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            (inside / "sub").rename(inside / "kept")
            (inside / "sub").symlink_to(outside, target_is_directory=True)
            (inside / "sub").unlink()
            (inside / "kept").rename(inside / "sub")

    thread = threading.Thread(target=swap)
    thread.start()
    seen: set[bytes] = set()
    try:
        for _ in range(300):
            try:
                seen.add(await read(source, "sub/a", 0, 6))
            except (NotFoundError, KeyError, IntegrityError, OSError):
                continue
    finally:
        stop.set()
        thread.join()
    assert b"SECRET" not in seen


@pytest.mark.parametrize("change", ["shrink", "grow", "rewrite"])
async def test_a_file_that_changes_while_it_is_read_ends_the_stream(tmp_path: Path, change: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * (3 * CHUNK_BYTES))
    source = file_source(path)
    [file] = await FILES.files(source)
    got = []
    with pytest.raises(IntegrityError) as ended:
        async with FILES.open(source, "", stamp=file.stamp) as opened:
            async for chunk in opened.chunks(0, file.size_bytes):
                got.append(chunk)
                with path.open("r+b") as stream:
                    if change == "shrink":
                        stream.truncate(CHUNK_BYTES)
                    elif change == "grow":
                        stream.seek(0, os.SEEK_END)
                        stream.write(b"y")
                    else:
                        stream.write(b"y")
    assert ended.value.code == "source.changed"
    assert got == [b"x" * CHUNK_BYTES]


async def test_a_file_that_was_replaced_since_it_was_published_is_not_served(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    source = file_source(path)
    [file] = await FILES.files(source)
    path.unlink()
    path.write_text("new")
    with pytest.raises(IntegrityError) as refused:
        await read(source, "", 0, 3, stamp=file.stamp)
    assert refused.value.code == "source.changed"


@pytest.mark.parametrize("kind", [FileSource, FolderSource])
async def test_a_source_that_is_not_there_is_named(
    tmp_path: Path, kind: type[FileSource | FolderSource]
) -> None:
    with pytest.raises(InputError) as refused:
        await FILES.files(kind(path=str(tmp_path / "gone")))
    assert refused.value.code == "source.missing"
    assert "gone" in refused.value.en


async def test_a_pipe_or_device_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError) as refused:
        await FILES.files(file_source(tmp_path / "pipe"))
    assert refused.value.code == "source.missing"
