"""Statements: each walks an index, binds every value, and knows no word of one database alone."""

import asyncio
import importlib
import pkgutil
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import xinfu.stores.sql
from xinfu.ports.kind import Kind
from xinfu.ports.records import AGREEMENTS, ISSUED_CREDENTIALS, NEGOTIATIONS, TRANSFERS
from xinfu.stores.sql import offerings, outbox, records, selections
from xinfu.stores.sql.layouts import LAYOUTS
from xinfu.stores.sql.records import Layout
from xinfu.stores.sql.statements import Statement
from xinfu.stores.sqlite import open_sqlite

VALUE = re.compile(r"(?<!:):([a-z_0-9]+)")
FOREIGN = re.compile(
    r"\b(REPLACE INTO|OR IGNORE|OR REPLACE|IFNULL|GLOB|ROWID|LIMIT \S+,|ILIKE|::)", re.IGNORECASE
)
"""Words that only one of the databases reads."""


def _in(value: object) -> Iterator[Statement]:
    if isinstance(value, Statement):
        yield value
    elif isinstance(value, Layout):
        for each in (value.get, value.hold, value.add, value.remove):
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
    for kind, layout in LAYOUTS.items():
        for after in (True, False):
            shape = ((kind.columns[-1], 1), (kind.id, 4))
            yield (
                f"{layout.name} found {after}",
                records.find_statement(layout, shape, after, newest_first=after),
            )
        yield f"{layout.name} saved", records.save_statement(layout, layout.changing)
        yield f"{layout.name} counted", records.count_statement(layout, ((kind.id, 1),))
    for after in (True, False):
        yield f"any asset {after}", offerings.any_asset(after, not after)
        yield f"shown {after}", offerings.shown_by(4, after, not after, backwards=not after)
    yield "lease", outbox.lease(4)
    yield "assets", offerings.assets_among(4)
    yield "pairs", offerings.pairs_among(4)
    yield "selecting", selections.select_by_terms(4)


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
        await (await open_sqlite(path)).close()

    asyncio.run(make())
    with closing(sqlite3.connect(path)) as opened:
        yield opened


def test_there_are_statements_to_look_at() -> None:
    assert len(ALL) > 120


def plan_of(connection: sqlite3.Connection, statement: Statement) -> list[str]:
    """How SQLite would go about it."""
    values = dict.fromkeys(VALUE.findall(statement.text))
    return [row[-1] for row in connection.execute("EXPLAIN QUERY PLAN " + statement.text, values)]


@pytest.mark.parametrize("name", ALL)
def test_every_statement_walks_an_index(name: str, connection: sqlite3.Connection) -> None:
    scans = [each for each in plan_of(connection, ALL[name]) if each.startswith("SCAN")]
    rows_of_a_page = re.compile(r"SCAN (d\d+|used|\(subquery)")
    assert [each for each in scans if "INDEX" not in each and not rows_of_a_page.match(each)] == []


@pytest.mark.parametrize("name", ALL)
def test_every_statement_is_read_by_every_database(name: str) -> None:
    assert not FOREIGN.search(ALL[name].text)


def test_a_claim_walks_in_the_order_in_which_rows_become_due(connection: sqlite3.Connection) -> None:
    plan = " ".join(plan_of(connection, outbox.CLAIM))
    assert "outbox_by_ready" in plan
    assert "outbox_by_queue" in plan
    assert "TEMP B-TREE" not in plan


def test_a_page_by_one_column_walks_in_the_order_of_ids(connection: sqlite3.Connection) -> None:
    for newest_first in (False, True):
        statement = records.find_statement(
            LAYOUTS[NEGOTIATIONS], ((NEGOTIATIONS.state, 1),), True, newest_first
        )
        plan = " ".join(plan_of(connection, statement))
        assert "negotiations_by_state" in plan
        assert "TEMP B-TREE" not in plan


def test_every_kind_and_the_claim_lock_rows_where_steps_run_at_the_same_time() -> None:
    locking = {name for name, statement in ALL.items() if statement.lock}
    assert len([name for name in locking if name.startswith("layouts")]) == len(LAYOUTS) > 0
    assert "outbox CLAIM 0" in locking


TOGETHER: dict[str, tuple[Kind[Any], str, str]] = {
    "a repeated contract request": (
        NEGOTIATIONS,
        "peer consumer_pid role",
        "by_consumer_pid_and_peer",
    ),
    "a repeated offer": (NEGOTIATIONS, "peer provider_pid role", "by_provider_pid_and_peer"),
    "a transfer that comes early": (NEGOTIATIONS, "agreement peer role", "by_agreement_and_peer"),
    "a repeated transfer request": (TRANSFERS, "peer consumer_pid role", "by_consumer_pid_and_peer"),
    "the agreement of a message": (AGREEMENTS, "wire_id role", "agreements_of_wire_id"),
    "live agreements on an asset": (AGREEMENTS, "dataset role state", "by_dataset_and_state"),
    "revoked credentials": (ISSUED_CREDENTIALS, "revoked", "by_revoked"),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_a_query_by_several_columns_walks_the_narrowest_index(
    name: str, connection: sqlite3.Connection
) -> None:
    kind, columns, index = TOGETHER[name]
    layout, named = LAYOUTS[kind], {each.name: each for each in kind.columns}
    shape = tuple((named[column], 1) for column in columns.split())
    for statement in (
        records.find_statement(layout, shape, after=False, newest_first=False),
        records.count_statement(layout, shape),
    ):
        assert f"{index} (" in " ".join(plan_of(connection, statement))
