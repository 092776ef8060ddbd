"""Database queries during an idle minute after some negotiations.

For PostgreSQL, the server's statistics count the transactions of the two databases. SQLite runs inside the node, so
its nodes run in this process, and SQLite reports each statement that it begins.
"""

import asyncio
import json
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import aiohttp
import asyncpg
from tests.stores import postgres_server

from bench.figures import Figure
from bench.nodes import node, prepare
from xinfu.node.build import Node
from xinfu.node.config import load
from xinfu.node.observed_store import ObservedStore
from xinfu.node.run import run_node, urls
from xinfu.stores.sqlite import SqliteStore

IDLE_S = 60
SETTLE_S = 15
NEGOTIATIONS = 5
NAMES = ("provider", "consumer")
_STATISTICS = "SELECT sum(xact_commit + xact_rollback) FROM pg_stat_database WHERE datname = ANY($1)"


async def measure() -> list[Figure]:
    """Measure the count for a pair on SQLite, and for a pair on PostgreSQL."""
    figures = [Figure(name="idle.queries.sqlite", value=await _sqlite(), unit="in 60 s", budget=0)]
    asked = await _postgres()
    if asked is not None:
        figures.append(Figure(name="idle.queries.postgres", value=asked, unit="in 60 s", budget=0))
    return figures


async def _sqlite() -> float:
    statements: list[str] = []
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xinfu-bench-")))
        sides: list[Node] = []
        for name in NAMES:
            (home / name).mkdir()
            prepare(home / name, name)
            sides.append(await stack.enter_async_context(run_node(load(home / name / "node.toml"))))
        keys = [(home / name / "api.key").read_text() for name in NAMES]
        apis = [f"{urls(each)['management']}/api/v1" for each in sides]
        participants = [next(iter(each.parts.contexts)).participant for each in sides]
        await _negotiate(home, apis, keys, participants[0])
        await asyncio.sleep(SETTLE_S)
        for each in sides:
            _listen(each, statements.append)
        await asyncio.sleep(IDLE_S)
        return len(statements)


async def _postgres() -> float | None:
    if postgres_server.binaries() is None:
        return None
    served = postgres_server.serving(fsync=True)
    server = await asyncio.to_thread(served.__enter__)
    try:
        await asyncio.to_thread(server.sql, "ALTER SYSTEM SET autovacuum = off", "SELECT pg_reload_conf()")
        async with AsyncExitStack() as stack:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xinfu-bench-")))
            sides = []
            databases = []
            for name in NAMES:
                (home / name).mkdir()
                url = await asyncio.to_thread(server.database)
                databases.append(url.partition("@/")[2].partition("?")[0])
                prepare(home / name, name, more=f'[store]\nurl = "{url}"\n')
                sides.append(await stack.enter_async_context(node(name, home / name)))
            apis, keys = [each.api for each in sides], [each.api_key for each in sides]
            await _negotiate(home, apis, keys, sides[0].participant)
            statistics = await asyncpg.connect(server.url("postgres"))
            stack.push_async_callback(statistics.close)
            await asyncio.sleep(SETTLE_S)
            before = await statistics.fetchval(_STATISTICS, databases)
            await asyncio.sleep(IDLE_S)
            return float(await statistics.fetchval(_STATISTICS, databases) - before)
    finally:
        await asyncio.to_thread(served.__exit__, None, None, None)


async def _negotiate(home: Path, apis: list[str], keys: list[str], provider: str) -> None:
    source = home / "provider" / "open.txt"
    source.write_text("open\n")
    policy = {"permission": [{"action": "use"}]}
    offered = {
        "asset": {"id": "open", "source": {"kind": "file", "path": str(source)}, "grade": 1},
        "policy": policy,
    }
    asked = {"participant": provider, "dataset": "open"}
    headers = [{"X-Api-Key": key.strip()} for key in keys]
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{apis[0]}/publications", json=offered, headers=headers[0]) as answer:
            answer.raise_for_status()
        for _ in range(NEGOTIATIONS):
            async with session.post(f"{apis[1]}/negotiations", json=asked, headers=headers[1]) as answer:
                opened = json.loads(await answer.read())
            path = f"{apis[1]}/negotiations/{opened['id']}?wait=20"
            async with session.get(path, headers=headers[1]) as answer:
                if (await answer.json())["state"] != "FINALIZED":
                    raise RuntimeError("a negotiation did not end well")


def _listen(side: Node, heard: Callable[[str], None]) -> None:
    """Pass each statement to `heard` from now on, on whichever connection it runs."""
    store = side.parts.store
    kept = store.kept if isinstance(store, ObservedStore) else store
    assert isinstance(kept, SqliteStore)
    for each in (kept._writer._connection, *kept._readers._idle):
        each.set_trace_callback(heard)
    kept._readers._connect = partial(_heard, kept._readers._connect, heard)


def _heard(connect: Callable[[], sqlite3.Connection], heard: Callable[[str], None]) -> sqlite3.Connection:
    connection = connect()
    connection.set_trace_callback(heard)
    return connection
