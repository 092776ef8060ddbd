"""Queries that are stopped, databases that die, and memory that stays flat."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from tests.dataplanes.tables.conftest import Database, Plane, asking, read
from tests.dataplanes.tables.test_results import COLUMNS, endless, many
from tests.stores import postgres_server

from xinfu.dataplanes.tables.plane import Tables
from xinfu.errors import StoreError
from xinfu.ports.dataplane import Secrets
from xinfu.ports.sources import TableSource


async def sessions() -> int:
    """Statements of ours that run at the server."""
    connection = await asyncpg.connect(postgres_server.one()[0].url("postgres"))
    try:
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'xinfu' AND state <> 'idle'"
                " AND datname LIKE 't%' AND query NOT LIKE '%pg_stat_activity%'"
            )
        )
    finally:
        await connection.close()


@pytest.mark.parametrize("moment", ["before the first row", "between rows"])
async def test_a_stop_ends_the_query_and_its_readers(filled: Database, tables: Tables, moment: str) -> None:
    source = filled.query(endless(filled)) if moment == "before the first row" else many(filled, 10**8)
    begun = asyncio.Event()

    async def reading() -> None:
        async with tables.open(source, asking("csv")) as answer:
            async for _ in answer.chunks():
                begun.set()

    reader = asyncio.create_task(reading())
    if moment == "between rows":
        await begun.wait()
    else:
        await asyncio.sleep(0.3)  # the query runs, which nobody can see from outside
    tables.stop("bureau", transfer="moving")
    with pytest.raises(StoreError) as ended:
        async with asyncio.timeout(30):
            await reader
    async with asyncio.timeout(30):
        await tables.close()  # the thread has let go of the query, or this would wait for ever
    assert ended.value.code == "result.gone"
    if filled.engine == "postgresql":
        async with asyncio.timeout(30):
            while await sessions():
                await asyncio.sleep(0.05)


async def test_a_query_that_never_gives_a_row_is_not_published_and_keeps_no_thread(
    filled: Database, plane_of: Plane
) -> None:
    tables = plane_of(running=1, check_s=0.3)
    unending = filled.query(endless(filled))
    async with asyncio.timeout(30):
        refused = await asyncio.gather(*(tables.check(unending) for _ in range(3)), return_exceptions=True)
        assert [getattr(each, "code", each) for each in refused] == ["source.too-slow"] * 3
        assert await read(tables, filled.query("SELECT 1 AS a"), asking("csv")) == b"a\r\n1\r\n"
        await tables.close()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_session_that_is_ended_while_reading_breaks_the_result_off(
    filled: Database, tables: Tables
) -> None:
    with pytest.raises(StoreError) as ended:
        async with tables.open(many(filled, 10**8), asking("csv")) as answer:
            async for _ in answer.chunks():
                await asyncio.to_thread(postgres_server.one()[0].kill_sessions)
    assert ended.value.code == "source.broken-off"
    assert await read(tables, filled.query("SELECT 1 AS a"), asking("csv")) == b"a\r\n1\r\n"


@pytest.mark.parametrize("database", ["sqlite", "duckdb"], indirect=True)
async def test_a_file_that_is_replaced_while_reading_gives_the_whole_of_what_was_opened(
    database: Database, tables: Tables, tmp_path: Path
) -> None:
    database.run(f"CREATE TABLE many AS {database.numbers(100_000, COLUMNS)}")
    other = Database(engine=database.engine, place=str(tmp_path / "other"))
    other.run("CREATE TABLE many (i INTEGER, station VARCHAR(20), pm DOUBLE PRECISION)")
    async with tables.open(database.table("many"), asking("csv")) as answer:
        Path(other.place).replace(database.place)
        lines = b"".join([chunk async for chunk in answer.chunks()]).count(b"\n")
    assert lines == 100_001
    assert await read(tables, database.table("many"), asking("jsonl")) == b""


@pytest.mark.parametrize("database", ["sqlite", "duckdb"], indirect=True)
async def test_a_file_that_is_cut_while_reading_breaks_the_result_off(
    database: Database, tables: Tables
) -> None:
    database.run(f"CREATE TABLE many AS {database.numbers(1_000_000, COLUMNS)}")
    with pytest.raises(StoreError) as ended:
        async with tables.open(database.table("many"), asking("csv")) as answer:
            with Path(database.place).open("r+b") as file:
                file.truncate(1024 * 1024)
            async for _ in answer.chunks():
                pass
    assert ended.value.code in {"source.broken-off", "source.unreachable"}


async def test_a_database_that_is_gone_is_unreachable_and_says_no_more(
    filled: Database, tables: Tables
) -> None:
    source = filled.table()
    if filled.engine == "postgresql":
        place = filled.place.replace("?host=/", "?host=/nowhere/")
        source = TableSource(engine="postgresql", database=place, table="readings")
    else:
        Path(filled.place).unlink()
    with pytest.raises(StoreError) as ended:
        await read(tables, source, asking("csv"))
    assert ended.value.code == "source.unreachable"
    assert filled.place not in str(ended.value) + ended.value.help_en


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_wrong_password_is_unreachable_and_the_right_one_comes_from_a_secret(
    database: Database, tables: Tables
) -> None:
    name = database.place.split("/")[3].partition("?")[0]
    database.run(
        f"CREATE ROLE secured LOGIN PASSWORD '{postgres_server.PASSWORD}'"
        if not await known_role("secured")
        else "SELECT 1",
        "CREATE TABLE t (a INTEGER)",
        "GRANT SELECT ON t TO PUBLIC",
    )
    place = postgres_server.one()[0].url(name, user="secured")
    source = TableSource(engine="postgresql", database=place, table="t", secret="warehouse")
    assert await tables.check(source, secrets=Secrets({"warehouse": postgres_server.PASSWORD}))
    with pytest.raises(StoreError) as refused:
        await tables.check(source, secrets=Secrets({"warehouse": "wrong-password"}))
    assert refused.value.code == "source.unreachable"
    assert "wrong-password" not in str(refused.value)


async def known_role(name: str) -> bool:
    """Whether the server has a role."""
    connection = await asyncpg.connect(postgres_server.one()[0].url("postgres"))
    try:
        return bool(await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name))
    finally:
        await connection.close()


async def test_the_loop_stays_free_while_a_query_works(filled: Database, tables: Tables) -> None:
    reader = asyncio.create_task(read(tables, filled.query(endless(filled)), asking("csv")))
    turns = 0
    for _ in range(50):
        await asyncio.sleep(0.01)
        turns += 1
    assert turns == 50
    assert not reader.done()
    tables.stop("bureau", transfer="moving")
    with pytest.raises(StoreError):
        await reader


READS = """
import asyncio, hashlib, resource, sys
from pathlib import Path
from tests.dataplanes.tables.conftest import asking
from xinfu.dataplanes.own_files import OwnFiles
from xinfu.dataplanes.tables.plane import Tables
from xinfu.dataplanes.tables.results import ResultLimits
from xinfu.peers.databases import DatabaseHosts
from xinfu.peers.rules import OutboundRules
from xinfu.ports.dataplane import Secrets
from xinfu.ports.sources import TableSource

def peak():
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024

async def main():
    folder, engine, place, format_ = sys.argv[1:]
    tables = Tables(Path(folder), ResultLimits(), DatabaseHosts(OutboundRules(development=True)), OwnFiles())
    small = TableSource(engine=engine, database=place, query="SELECT * FROM wide WHERE i < 10")
    async with tables.open(small, asking(format_)) as answer:
        async for _ in answer.chunks():
            pass
    before = peak()
    source = TableSource(engine=engine, database=place, table="wide")
    size = 0
    async with tables.open(source, asking(format_)) as answer:
        async for chunk in answer.chunks():
            size += len(chunk)
    print(size, before, peak())
    await tables.close()

asyncio.run(main())
"""
WIDE_ROWS = 65_000
WIDE_MIB = 300
GROWTH_MIB = 280
"""Less than the table; a good part of it is what DuckDB may use for itself (128 MB)."""


@pytest.fixture(scope="module")
def wide_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Database]:
    """A table of 300 MiB of each engine, made once."""
    made: dict[str, Database] = {}

    def wide(engine: str) -> Database:
        if engine not in made:
            folder = tmp_path_factory.mktemp("wide")
            place = postgres_server.one()[0].bare() if engine == "postgresql" else str(folder / engine)
            made[engine] = Database(engine=engine, place=place)
            text = {"sqlite": "hex(randomblob(2560))", "duckdb": "repeat(md5(i::VARCHAR), 160)"}
            columns = f"i, {text.get(engine, 'repeat(md5(i::text), 160)')} AS text"
            made[engine].run(f"CREATE TABLE wide AS {made[engine].numbers(WIDE_ROWS, columns)}")
        return made[engine]

    return wide


@pytest.mark.slow
@pytest.mark.parametrize("format_", ["csv", "parquet"])
@pytest.mark.parametrize("engine", ["sqlite", "duckdb", "postgresql"])
def test_memory_is_flat_whatever_the_size_of_the_table(
    wide_of: Callable[[str], Database], tmp_path: Path, engine: str, format_: str
) -> None:
    """The whole table passes through a process that could not hold it."""
    database = wide_of(engine)
    done = subprocess.run(
        [sys.executable, "-c", READS, tmp_path / "results", engine, database.place, format_],
        env={
            "PYTHONPATH": ":".join(sys.path),
            "MALLOC_ARENA_MAX": "2",
            "ARROW_DEFAULT_MEMORY_POOL": "system",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    size, before, peak = map(int, done.stdout.split())
    assert size > WIDE_MIB * 2**20 or format_ == "parquet"
    assert peak - before < GROWTH_MIB, f"{before} MiB, then {peak} MiB"
