"""Statements: they render for PostgreSQL too, walk an index, and bind every value."""

import asyncio
import importlib
import pkgutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

import xinfu.stores.sql
from xinfu.stores.sql import kinds, offerings, outbox, records, schema
from xinfu.stores.sql.records import Kind
from xinfu.stores.sql.statements import Statement, sql
from xinfu.stores.sqlite import open_store

POSTGRES = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
SQLITE = sqlite.dialect()


def _in(value: object) -> Iterator[Statement]:
    if isinstance(value, Statement):
        yield value
    elif isinstance(value, Kind):
        for each in (value.get, value.hold, value.add, value.save, value.remove):
            yield each
    elif isinstance(value, dict):
        for each in value.values():
            yield from _in(each)
    elif isinstance(value, tuple):
        for each in value:
            yield from _in(each)


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(xinfu.stores.sql.__path__):
        yield importlib.import_module(f"xinfu.stores.sql.{found.name}")


def _built() -> Iterator[tuple[str, Statement]]:
    for kind in (each for each in vars(kinds).values() if isinstance(each, Kind)):
        for after in (True, False):
            shape = ((kind.columns[-1], 0), ("id", 4))
            yield f"{kind.name} found {after}", records.finding(kind, shape, after, newest_first=after)
        yield f"{kind.name} counted", records.counting(kind, (("id", 0),))
    for after in (True, False):
        yield f"any asset {after}", offerings.any_asset(after, not after)
        yield f"named {after}", offerings.named(4, after, not after)
    yield "assets", offerings.assets_among(4)
    yield "pairs", offerings.pairs_among(4)


ALL = {
    **{
        f"{module.__name__.rsplit('.', 1)[-1]} {name} {place}": statement
        for module in _modules()
        for name, value in vars(module).items()
        for place, statement in enumerate(_in(value))
    },
    **dict(_built()),
}


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """An empty store with statistics of none, so the planner goes by the indexes alone."""
    path: Path = tmp_path_factory.mktemp("statements") / "store.db"

    async def make() -> None:
        await (await open_store(path)).close()

    asyncio.run(make())
    with closing(sqlite3.connect(path)) as opened:
        yield opened


def test_there_are_statements_to_look_at() -> None:
    assert len(ALL) > 120


@pytest.mark.parametrize("name", ALL)
def test_every_statement_renders_for_postgresql(name: str) -> None:
    text = ALL[name].rendered(POSTGRES).text
    assert "?" not in text
    assert "POSTCOMPILE" not in text


@pytest.mark.parametrize("name", ALL)
def test_every_statement_walks_an_index(name: str, connection: sqlite3.Connection) -> None:
    rendered = ALL[name].rendered(SQLITE)
    plan = connection.execute(
        f"EXPLAIN QUERY PLAN {rendered.text}", [None] * rendered.text.count("?")
    ).fetchall()
    scans = [detail for *_, detail in plan if detail.startswith("SCAN") and "INDEX" not in detail]
    assert [scan for scan in scans if not scan.startswith("SCAN anon_")] == [], "but for a page's own rows"


def test_a_row_is_found_by_each_index_of_the_outbox(connection: sqlite3.Connection) -> None:
    rendered = outbox.CLAIM.rendered(SQLITE)
    values = rendered.arrange({"now": 0, "count": 64})
    plan = str(connection.execute(f"EXPLAIN QUERY PLAN {rendered.text}", values).fetchall())
    assert "outbox_by_ready" in plan
    assert "outbox_by_process" in plan
    assert "TEMP B-TREE" not in plan, "the index gives the order"


def test_a_value_that_is_not_given_is_an_error_and_not_a_null() -> None:
    table = schema.ASSETS
    rendered = sql(select(table.c.id).where(table.c.id == bindparam("id"))).rendered(SQLITE)
    with pytest.raises(KeyError):
        rendered.arrange({})
    assert rendered.arrange({"id": None}) == (None,)
