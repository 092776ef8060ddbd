"""Every statement of stores/sql as PostgreSQL reads it: understood, bound, and led by an index."""

import asyncio

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.stores.postgres_server import Server
from tests.stores.test_statements import ALL

from xinfu.stores import postgres_leases, postgres_session
from xinfu.stores.postgres_place import Database
from xinfu.stores.postgres_session import escape_cell, number_values
from xinfu.stores.sql.statements import Statement

EVERY = {**ALL, "claim in one": postgres_leases.CLAIM}


async def plan_of(connection: asyncpg.Connection, statement: Statement) -> str:
    """How PostgreSQL goes about it."""
    text, names = number_values(statement)
    await connection.execute(f"PREPARE one AS {text}")
    values = f"({', '.join(['NULL'] * len(names))})" if names else ""
    rows = await connection.fetch(f"EXPLAIN (COSTS OFF) EXECUTE one{values}")
    await connection.execute("DEALLOCATE one")
    return "\n".join(row[0] for row in rows)


@pytest.fixture(scope="module")
def plans(server: Server) -> dict[str, str]:
    """Statement -> plan, on a connection as the store has it."""
    url = server.database()

    async def explained() -> dict[str, str]:
        connection = await Database(url, wait_s=1).connect()
        try:
            return {name: await plan_of(connection, statement) for name, statement in EVERY.items()}
        finally:
            await connection.close()

    return asyncio.run(explained())


def test_every_statement_is_understood_and_walks_an_index(plans: dict[str, str]) -> None:
    assert len(plans) > 120
    assert {name: plan for name, plan in plans.items() if "Seq Scan" in plan} == {}


def test_a_claim_skips_what_others_hold_and_walks_in_the_order_of_readiness(plans: dict[str, str]) -> None:
    plan = plans["claim in one"]
    assert "LockRows" in plan
    assert "outbox_by_ready" in plan
    assert "outbox_by_queue" in plan


def test_a_name_is_one_value_however_often_it_stands_there() -> None:
    statement = Statement("SELECT :a, :b, :a::text FROM t WHERE x = ':'", lock="FOR UPDATE")
    assert number_values(statement) == ("SELECT $1, $2, $1::text FROM t WHERE x = ':' FOR UPDATE", ("a", "b"))


TEXTS = st.text(st.sampled_from("\x00\x01\x02\x03a")) | st.text()


@given(one=TEXTS, other=TEXTS)
@settings(max_examples=300, deadline=None)
def test_any_text_is_kept_without_u0000_in_the_same_order(one: str, other: str) -> None:
    first, second = escape_cell(one), escape_cell(other)
    assert isinstance(first, str)
    assert isinstance(second, str)
    assert "\x00" not in first
    assert postgres_session.unescape_cell(first) == one
    assert (first < second) is (one < other)
