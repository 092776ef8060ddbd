"""Nothing is asked of the database while nothing is due: in simulated hours, and in two seconds of real nodes."""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from tests.nodes import world as open_world
from tests.simulation import people
from tests.simulation.stage import staged
from tests.simulation.template import CONSUMER
from tests.simulation.world import World

from xinfu.node.observed_store import ObservedStore
from xinfu.stores.sqlite import SqliteStore


def listen(store: SqliteStore, heard: Callable[[str], None]) -> None:
    """Tell `heard` of each statement from now on, whatever connection it takes."""
    connections = [store._writer._connection, *store._readers._idle]
    for each in connections:
        each.set_trace_callback(heard)
    store._readers._connect = partial(_heard, store._readers._connect, heard)


def _heard(connect: Callable[[], sqlite3.Connection], heard: Callable[[str], None]) -> sqlite3.Connection:
    connection = connect()
    connection.set_trace_callback(heard)
    return connection


def test_an_hour_in_which_nothing_is_due_passes_without_a_statement() -> None:
    statements: list[str] = []

    async def story(world: World) -> None:
        await people.open_negotiation(world.parties[CONSUMER], "request")
        await world.loop.stillness()
        for party in world.parties.values():
            assert isinstance(party.store.real, SqliteStore)
            listen(party.store.real, statements.append)
        await asyncio.sleep(3600)
        assert statements == []
        await people.request(world.parties[CONSUMER], people.other_terms())
        assert statements

    staged(story)


async def _calm(statements: list[str]) -> None:
    """Until half a second passes without a statement: what the exchange woke has looked and lain down again."""
    async with asyncio.timeout(30):
        while True:
            statements.clear()
            await asyncio.sleep(0.5)
            if not statements:
                return


@pytest.mark.slow
async def test_real_nodes_ask_nothing_in_two_seconds_after_an_exchange(tmp_path: Path) -> None:
    statements: list[str] = []
    async with open_world(tmp_path) as world:
        await world.provider.publish("air")
        await world.agree("air")
        for site in (world.provider, world.consumer, world.issuer):
            await site.numbered()
            observed = site.node.parts.store
            assert isinstance(observed, ObservedStore)
            store = observed.kept
            assert isinstance(store, SqliteStore)
            listen(store, statements.append)
        await _calm(statements)
        await asyncio.sleep(2)
        assert statements == []
        await world.negotiate("air")
        assert statements
