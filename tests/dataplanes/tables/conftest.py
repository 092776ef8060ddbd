"""The same small table in each kind of database, and the plane that reads it."""

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest
from tests.stores import postgres_server

from xinfu.dataplanes.own_files import OwnFiles
from xinfu.dataplanes.tables.plane import Tables
from xinfu.dataplanes.tables.results import ResultLimits
from xinfu.peers.databases import DatabaseHosts
from xinfu.peers.rules import OutboundRules
from xinfu.ports.dataplane import LiveRequest, Reader
from xinfu.ports.sources import LiveSource, Parameter, TableSource

ENGINES = ("sqlite", "duckdb", "postgresql")
READER = Reader(context="bureau", agreement="agreed", transfer="moving")
_names = (f"result-{number}" for number in itertools.count())


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """A database of one kind."""

    engine: Any
    place: str

    def run(self, *statements: str) -> None:
        """Run statements that write."""
        if self.engine == "sqlite":
            with sqlite3.connect(self.place) as connection:
                for statement in statements:
                    connection.execute(statement)
            connection.close()
        elif self.engine == "duckdb":
            with duckdb.connect(self.place) as opened:
                for statement in statements:
                    opened.execute(statement)
        else:
            name = self.place.split("/")[3].partition("?")[0]
            with ThreadPoolExecutor(1) as thread:  # it runs a loop of its own
                thread.submit(postgres_server.one()[0].sql, *statements, database=name).result()

    def numbers(self, count: int, columns: str = "i") -> str:
        """A SELECT of `columns` over i = 1, 2, 3 ... `count`."""
        if self.engine == "sqlite":
            counting = f"SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}"
            return f"WITH RECURSIVE n(i) AS ({counting}) SELECT {columns} FROM n"
        return f"SELECT {columns} FROM generate_series(1, {count}) AS n(i)"

    def table(self, name: str = "readings", **given: Any) -> TableSource:
        """A table of it as a source."""
        return TableSource(engine=self.engine, database=self.place, table=name, **given)

    def query(self, query: str, *parameters: Parameter, **given: Any) -> TableSource:
        """A query over it as a source."""
        return TableSource(
            engine=self.engine, database=self.place, query=query, parameters=parameters, **given
        )


def parameter(text: str, **given: Any) -> Parameter:
    """NAME:TYPE."""
    name, _, type_ = text.partition(":")
    return Parameter(name=name, type=type_, **given)  # type: ignore[arg-type]  # a test may say anything


def asking(format_: str = "csv", *said: tuple[str, str], **given: Any) -> LiveRequest:
    """What a consumer asks for."""
    told = {"reader": READER, "fresh": next(_names), **given}
    return LiveRequest(query=(("format", format_), *said), **told)


async def read(tables: Tables, source: LiveSource, request: LiveRequest) -> bytes:
    """A whole answer."""
    async with tables.open(source, request) as answer:
        return b"".join([chunk async for chunk in answer.chunks()])


@pytest.fixture(scope="session", autouse=True)
def postgres() -> Iterator[None]:
    """Stops the server of PostgreSQL that the first test of it has started."""
    yield
    postgres_server.end()


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """An empty database of each kind."""
    if request.param == "postgresql":
        return Database(engine="postgresql", place=postgres_server.one()[0].bare())
    return Database(engine=request.param, place=str(tmp_path / f"data.{request.param}"))


@pytest.fixture
def filled(database: Database) -> Database:
    """With a table of readings in it."""
    database.run(
        "CREATE TABLE readings (id INTEGER, day DATE, station VARCHAR(20), pm DOUBLE PRECISION)",
        "INSERT INTO readings VALUES (1, '2024-01-01', '株洲', 35.5), (2, '2024-01-02', 'a,\"b\"', NULL),"
        " (3, '2024-01-02', '', 1e300), (9007199254740993, '2024-01-03', NULL, -0.1)"
        if database.engine == "sqlite"
        else "INSERT INTO readings VALUES (1, '2024-01-01', '株洲', 35.5), (2, '2024-01-02', 'a,\"b\"', NULL),"
        " (3, '2024-01-02', '', 1e300), (4, '2024-01-03', NULL, -0.1)",
    )
    return database


Plane = Callable[..., Tables]


@pytest.fixture
async def plane_of(tmp_path: Path) -> AsyncIterator[Plane]:
    """Makes planes with their own bounds."""
    made: list[Tables] = []

    def make(**limits: Any) -> Tables:
        reach = DatabaseHosts(OutboundRules(development=True))
        made.append(Tables(tmp_path / "results", ResultLimits(**limits), reach, OwnFiles()))
        return made[-1]

    yield make
    for each in made:
        await each.close()


@pytest.fixture
def tables(plane_of: Plane) -> Tables:
    """A plane with ordinary bounds."""
    return plane_of()


async def until(what: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(30):
        while not what():
            await asyncio.sleep(0.005)
