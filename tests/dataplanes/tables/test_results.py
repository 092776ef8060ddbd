"""Results: kept, read again by range, bounded, forgotten."""

import asyncio
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.dataplanes.tables.conftest import READER, Database, Plane, asking, read, until

from xinfu.dataplanes.tables.plane import Tables
from xinfu.errors import StoreError
from xinfu.evidence import CHUNK_BYTES, Manifest
from xinfu.ports.dataplane import LiveRequest
from xinfu.ports.sources import TableSource

COLUMNS = "i, 'station ' || CAST(i AS VARCHAR(20)) AS station, i * 0.5 AS pm"


def many(database: Database, rows: int = 90_000) -> TableSource:
    """A query of many rows, about 27 bytes each as CSV."""
    return database.query(database.numbers(rows, COLUMNS))


def again(request: LiveRequest, start: int, end: int) -> LiveRequest:
    """The same request, for these bytes of what is kept."""
    return LiveRequest(reader=request.reader, query=request.query, part=(start, end))


def manifest_of(data: bytes) -> Manifest:
    """The manifest of these bytes."""
    chunks = [data[at : at + CHUNK_BYTES] for at in range(0, len(data), CHUNK_BYTES)]
    return Manifest.of(len(data), [hashlib.sha256(chunk).digest() for chunk in chunks])


def files(folder: Path) -> list[Path]:
    """Files of results that lie in the folder."""
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "lock"]


async def test_a_result_is_the_same_bytes_again_and_by_range(filled: Database, tables: Tables) -> None:
    source, request = many(filled), asking("csv")
    whole = await read(tables, source, request)
    filled.run("DROP TABLE readings")  # nobody asks the database again
    assert await read(tables, source, asking("csv")) == whole
    assert len(whole) > 2 * CHUNK_BYTES
    for start, end in ((0, 10), (CHUNK_BYTES - 3, CHUNK_BYTES + 3), (len(whole) - 5, len(whole))):
        assert await read(tables, source, again(request, start, end)) == whole[start:end]
    kept = await tables.kept(source, request, wait=False)
    assert kept is not None
    assert kept.name == request.fresh
    assert kept.manifest == manifest_of(whole)


async def test_a_cut_read_goes_on_with_the_bytes_of_the_same_moment(filled: Database, tables: Tables) -> None:
    source, request = many(filled), asking("csv")
    got = b""
    async with tables.open(source, request) as answer:
        assert answer.size is None
        async for chunk in answer.chunks():
            got += chunk
            if len(got) > CHUNK_BYTES:
                break
    kept = await tables.kept(source, request, wait=True)
    assert kept is not None
    rest = await read(tables, source, again(request, len(got), kept.manifest.size))
    assert manifest_of(got + rest) == kept.manifest


@pytest.mark.parametrize(
    "database", ["sqlite", "postgresql"], indirect=True
)  # DuckDB has one writer, or readers
async def test_what_the_database_becomes_meanwhile_is_not_in_the_result(
    filled: Database, tables: Tables
) -> None:
    if filled.engine == "sqlite":
        filled.run("PRAGMA journal_mode = WAL")
    filled.run(f"CREATE TABLE many AS {filled.numbers(50_000, COLUMNS)}")
    async with tables.open(filled.table("many"), asking("csv")) as answer:
        filled.run("DELETE FROM many")
        lines = b"".join([chunk async for chunk in answer.chunks()]).count(b"\n")
    assert lines == 50_001
    assert (await read(tables, filled.query("SELECT count(*) AS n FROM many"), asking())) == b"n\r\n0\r\n"


async def test_readers_at_once_share_one_query(filled: Database, tables: Tables) -> None:
    source = many(filled)
    first, second = await asyncio.gather(
        read(tables, source, asking("csv")), read(tables, source, asking("csv"))
    )
    assert first == second
    kept = await tables.kept(source, asking("csv"), wait=False)
    assert kept is not None


async def test_readers_never_share_results_of_others(filled: Database, tables: Tables) -> None:
    other = LiveRequest(query=(("format", "csv"),), fresh="theirs")
    await read(tables, filled.table(), asking("csv"))
    assert await tables.kept(filled.table(), other, wait=False) is None
    assert await tables.kept(filled.table(), asking("jsonl"), wait=False) is None


async def test_a_part_of_what_is_not_kept_is_not_made_up(filled: Database, tables: Tables) -> None:
    with pytest.raises(StoreError) as refused:
        await read(tables, filled.table(), again(asking("csv"), 0, 10))
    assert refused.value.code == "result.gone"


async def test_a_result_that_does_not_fit_ends_and_leaves_nothing(
    filled: Database, plane_of: Plane, tmp_path: Path
) -> None:
    tables = plane_of(size_bytes=3 * CHUNK_BYTES)
    with pytest.raises(StoreError) as ended:
        await read(tables, many(filled, 2_000_000), asking("csv"))
    assert ended.value.code == "result.too-large"
    await until(lambda: files(tmp_path / "results") == [])
    assert (await read(tables, filled.table(), asking("csv"))).startswith(b"id,")


async def test_a_reader_that_stands_still_lets_the_query_write_no_more_than_the_bound(
    filled: Database, plane_of: Plane
) -> None:
    tables = plane_of(size_bytes=3 * CHUNK_BYTES)
    with pytest.raises(StoreError) as ended:
        async with tables.open(many(filled, 2_000_000), asking("csv")) as answer:
            await anext(answer.chunks())
            with pytest.raises(StoreError):  # nobody reads, and the query ended by itself
                await tables.kept(many(filled, 2_000_000), asking("csv"), wait=True)
            async for _ in answer.chunks():
                pass
    assert ended.value.code == "result.too-large"


async def test_the_oldest_result_that_nobody_reads_makes_room(filled: Database, plane_of: Plane) -> None:
    tables = plane_of(number=2)
    for name in ("csv", "jsonl", "arrow"):
        await read(tables, filled.table(), asking(name))
    assert await tables.kept(filled.table(), asking("csv"), wait=False) is None
    assert await tables.kept(filled.table(), asking("arrow"), wait=False) is not None
    async with tables.open(filled.table(), asking("jsonl")), tables.open(filled.table(), asking("arrow")):
        with pytest.raises(StoreError) as refused:
            await read(tables, filled.table(), asking("csv"))
    assert refused.value.code == "result.no-room"


async def test_a_result_that_nobody_asks_for_is_forgotten(
    filled: Database, plane_of: Plane, tmp_path: Path
) -> None:
    tables = plane_of(idle_s=0.01)
    await read(tables, filled.table(), asking("csv"))
    await until(lambda: files(tmp_path / "results") == [])
    assert await tables.kept(filled.table(), asking("csv"), wait=False) is None


async def test_what_stops_is_forgotten_at_once(filled: Database, tables: Tables, tmp_path: Path) -> None:
    await read(tables, filled.table(), asking("csv"))
    tables.stop("bureau", transfer="another")
    tables.stop("another", transfer=READER.transfer)
    assert await tables.kept(filled.table(), asking("csv"), wait=False) is not None
    tables.stop("bureau", agreement=READER.agreement)
    assert await tables.kept(filled.table(), asking("csv"), wait=False) is None
    assert files(tmp_path / "results") == []


async def test_a_query_that_takes_too_long_is_ended(filled: Database, plane_of: Plane) -> None:
    tables = plane_of(query_s=0.2)
    with pytest.raises(StoreError) as ended:
        await read(tables, filled.query(endless(filled)), asking("csv"))
    assert ended.value.code == "result.too-slow"


def endless(database: Database) -> str:
    """A query that works for hours before its first row."""
    if database.engine == "sqlite":
        return database.numbers(10**12, "count(*) AS n")
    series = "generate_series(1, 1000000)"
    return f"SELECT count(*) AS n FROM {series} AS a(i), {series} AS b(j) WHERE i + j = 3"


async def test_files_of_results_are_for_the_node_alone(
    filled: Database, tables: Tables, tmp_path: Path
) -> None:
    await read(tables, filled.table(), asking("csv"))
    [file] = files(tmp_path / "results")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.dataplanes.tables.conftest import asking, read
from xinfu.dataplanes.own_files import OwnFiles
from xinfu.dataplanes.tables.plane import Tables
from xinfu.dataplanes.tables.results import ResultLimits
from xinfu.ports.sources import TableSource

async def main():
    tables = Tables(Path(sys.argv[1]), ResultLimits(), None, OwnFiles())
    source = TableSource(engine="sqlite", database=sys.argv[2], table="readings")
    await read(tables, source, asking("csv"))
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_what_a_killed_process_left_is_removed_and_what_a_living_one_keeps_is_not(
    filled: Database, plane_of: Plane, tmp_path: Path
) -> None:
    folder = tmp_path / "results"
    living = plane_of()
    await read(living, filled.table(), asking("csv"))
    [kept] = files(folder)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    words = [sys.executable, "-c", KILLED, str(folder), filled.place]
    await asyncio.to_thread(lambda: subprocess.run(words, env=environment, check=False))
    assert len(files(folder)) == 2
    await read(plane_of(), filled.table(), asking("csv"))
    assert len(files(folder)) == 2
    assert kept in files(folder)


async def test_closing_removes_everything(filled: Database, tables: Tables, tmp_path: Path) -> None:
    await read(tables, filled.table(), asking("csv"))
    await tables.close()
    assert list((tmp_path / "results").iterdir()) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_full_disk_ends_the_result(filled: Database, plane_of: Plane, tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file where a folder should be")
    with pytest.raises(StoreError) as ended:
        await read(plane_of(), filled.table(), asking("csv"))
    assert ended.value.code == "result.folder"
