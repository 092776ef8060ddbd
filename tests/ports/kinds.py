"""Each kind of source, made with as many bytes as a test wants, and how it dies.

A new kind is one more entry of `KINDS`. What a kind cannot do stands in `CANNOT`, with the reason.
"""

import asyncio
import csv
import functools
import io
import os
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec
import pyarrow.ipc
import pyarrow.parquet
import pytest
from tests.dataplanes.api import Api, serving
from tests.object_store import ACCESS, REGION, SECRET, ObjectStore
from tests.object_store import serving as serving_objects
from tests.stores import postgres_server

from xinfu.ports.sources import FileSource, FolderSource, HttpSource, S3Source, Source, TableSource

MIB: Final = 1024 * 1024
WIDTH: Final = 900
"""Bytes of a row, about."""
FOR_EVER: Final = 10**9


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A source that is there.

    Attributes:
        is_right: whether these are its bytes.
        tail: what follows the transfer's address.
        die: makes it end in the middle of what it gives.
    """

    source: Source
    is_right: Callable[[bytes], bool]
    tail: str = ""
    secrets: dict[str, str] = {}
    die: Callable[[], object] = lambda: None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a source is made: a fresh folder, and what is let go of behind the test.

    Attributes:
        mortal: it is to die, so it is nobody else's.
    """

    folder: Path
    stack: AsyncExitStack
    request: pytest.FixtureRequest
    mortal: bool = False


Make = Callable[[Place, int], Awaitable[Made]]


async def a_file(place: Place, size: int) -> Made:
    path, data = place.folder / "air.csv", os.urandom(size)
    path.write_bytes(data)
    return Made(
        source=FileSource(path=str(path)),
        is_right=lambda came: came == data,
        die=lambda: os.truncate(path, MIB),
    )


async def a_folder(place: Place, size: int) -> Made:
    made = await a_file(place, size)
    return msgspec.structs.replace(made, source=FolderSource(path=str(place.folder)), tail="/files/air.csv")


async def an_api(place: Place, size: int) -> Made:
    data = os.urandom(size)
    talk = serving(data, dies_after=size // 2 if place.mortal else None)
    api = await place.stack.enter_async_context(Api(talk).open())
    return Made(source=HttpSource(url=api.url), is_right=lambda came: came == data)


async def an_object(place: Place, size: int) -> Made:
    data = os.urandom(size)
    store: ObjectStore = (
        place.stack.enter_context(serving_objects(place.folder))
        if place.mortal
        else place.request.getfixturevalue("object_store")
    )
    bucket = store.bucket()
    bucket.put("air.csv", data)
    source = S3Source(
        endpoint=bucket.endpoint,
        region=REGION,
        bucket=bucket.name,
        key="air.csv",
        access_key="access",
        secret_key="secret",
    )
    return Made(
        source=source,
        is_right=lambda came: came == data,
        secrets={"access": ACCESS, "secret": SECRET},
        die=store.kill,
    )


def numbers(engine: str, rows: int) -> str:
    """A query of so many rows of 900 bytes each."""
    if engine == "sqlite":
        counting = f"SELECT 1 WHERE {rows} > 0 UNION ALL SELECT id + 1 FROM n WHERE id < {rows}"
        return f"WITH RECURSIVE n(id) AS ({counting}) SELECT id, printf('%0{WIDTH}d', id) AS what FROM n"
    if engine == "duckdb":
        return (
            f"SELECT i AS id, lpad(i::VARCHAR, {WIDTH}, '0') AS what FROM generate_series(1, {rows}) AS n(i)"
        )
    # in FROM it would be made whole before its first row comes
    return f"SELECT i AS id, lpad(i::text, {WIDTH}, '0') AS what FROM (SELECT generate_series(1, {rows}) AS i) AS n"


async def a_table(place: Place, size: int, *, engine: Any, format_: Any) -> Made:
    rows = size // WIDTH
    database, die = await asyncio.to_thread(_database, engine, place)
    query = numbers(engine, rows)
    if place.mortal:
        query = numbers(engine, FOR_EVER)
        if engine == "sqlite":  # what it has made up itself, no file can take away
            query = "SELECT b.id, b.what FROM air AS a CROSS JOIN air AS b"

    def is_right(came: bytes) -> bool:
        wanted = [(number, str(number).zfill(WIDTH)) for number in range(1, rows + 1)]
        try:
            return READ[format_](came) == wanted
        except (pyarrow.ArrowException, ValueError):
            return False

    source = TableSource(engine=engine, database=database, query=query, formats=(format_,))
    return Made(source=source, is_right=is_right, die=die)


def _database(engine: str, place: Place) -> tuple[str, Callable[[], object]]:
    path = place.folder / "air.db"
    if engine == "postgresql":
        server = postgres_server.one()[0]
        return server.url("postgres"), server.kill_sessions  # its queries need no table
    if engine == "duckdb":
        duckdb.connect(str(path)).close()
    else:
        with closing(sqlite3.connect(path)) as database, database:
            database.execute(f"CREATE TABLE air AS {numbers('sqlite', 20_000 if place.mortal else 0)}")
    return str(path), lambda: os.truncate(path, MIB)


Rows = Sequence[tuple[int, str]]


def _csv(came: bytes) -> Rows:
    _, *told = csv.reader(io.StringIO(came.decode(), newline=""))
    return [(int(number), what) for number, what in told]


def _jsonl(came: bytes) -> Rows:
    return [(each["id"], each["what"]) for each in map(msgspec.json.decode, came.splitlines())]


def _of_columns(table: Any) -> Rows:
    return list(zip(table["id"].to_pylist(), table["what"].to_pylist(), strict=True))


READ: Final[dict[str, Callable[[bytes], Rows]]] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "parquet": lambda came: _of_columns(pyarrow.parquet.read_table(io.BytesIO(came))),
    "arrow": lambda came: _of_columns(pyarrow.ipc.open_stream(io.BytesIO(came)).read_all()),
}
TABLES: Final[dict[str, Make]] = {
    f"{engine}-{format_}": functools.partial(a_table, engine=engine, format_=format_)
    for engine in ("sqlite", "duckdb", "postgresql")
    for format_ in READ
}
KINDS: Final[dict[str, Make]] = {
    "file": a_file,
    "folder": a_folder,
    "http": an_api,
    "s3": an_object,
    **TABLES,
}
FLOWING: Final = ("file", "folder", "http", "s3", "sqlite-csv", "duckdb-jsonl", "postgresql-arrow")
"""Kinds that are told apart by how bytes come into being; the format of a result makes no difference there."""
CANNOT: Final = {
    (
        "duckdb-jsonl",
        "die",
    ): "DuckDB holds a small file in memory once it has read it; that a large one which is "
    "cut breaks off is tested in tests/dataplanes/tables/test_stopping.py",
}


def kinds(names: Sequence[str], what: str = "") -> list[Any]:
    """Parameters for a test; what a kind cannot do is left out, `CANNOT` says why."""
    return [
        pytest.param(name, marks=[pytest.mark.peer("s3")] if name == "s3" else [])
        for name in names
        if (name, what) not in CANNOT
    ]
