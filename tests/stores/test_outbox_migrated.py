"""What waits in the outbox of version 0015 still waits after the migration, each promise in its kind."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
from tests.ports.store_samples import CONTEXT, NOW, PEER, PROMISES, later
from tests.stores.postgres_server import Server
from tests.stores.test_migrations import of_version, script_to

from xinfu.ports.records.outbox import UnreadablePromise
from xinfu.ports.store import Store
from xinfu.stores import postgres
from xinfu.stores.sql.rows import micros
from xinfu.stores.sqlite import open_sqlite

ORDER = b'{"claims":{"role":["buyer","broker"]},"acts":["agree"],"reason":"r"}'
OLD: tuple[tuple[str, str, str, str, str, str, bytes, int], ...] = (
    ("transfer", "t", "message", "START", PEER, "https://peer.example/x", b"\x00\xff", 1),
    ("negotiation", "n", "message", "AGREE", PEER, "https://x", b'{"a":1}', 0),
    ("negotiation", "n2", "answer", "requested", PEER, "", ORDER, 0),
    ("transfer", "t2", "flow", "transfer-requested", PEER, "", b'{"claims":{},"acts":[],"reason":null}', 0),
    (
        "transfer",
        "callback:1:urn:uuid:t3",
        "callback",
        "transfer.process.started",
        "",
        "https://hook.example",
        b"\x01\x80",
        1,
    ),
    ("transfer", "push:urn:uuid:t4", "push", "PUSH", PEER, "", b"urn:uuid:t4", 0),
    ("agreement", "notices a", "notice", "agreement-suspend", PEER, "", b'{"move":"suspend"}', 0),
    ("agreement", "standing a", "notice", "agreement-standing", PEER, "", b'{"state":"ACTIVE"}', 0),
    ("agreement", "a", "stop", "suspend", PEER, "", b"", 0),
    ("contract", "a2", "answer", "agreement-concluded", PEER, "", b"", 0),
    ("contract", "c", "answer", "contract-received", PEER, "", b"", 0),
    ("contract", f"c {PEER}", "interface", "contractNegotiate", PEER, "", b"", 0),
    ("contract", "c ", "interface", "fulfillmentProof", "", "", b'{"proof":"p"}', 0),
)
"""The rows that version 0015 wrote for PROMISES: family, process, delivery, kind, peer, url, payload, sealed."""
BROKEN = (
    ("negotiation", "b1", "answer", "requested", PEER, "", b"{\xff", 0),
    ("negotiation", "b2", "answer", "no-event", PEER, "", ORDER, 0),
    ("transfer", "b3", "callback", "transfer.process.started", "", "https://hook.example", b"", 1),
    ("transfer", "push:b4", "push", "PUSH", PEER, "", b"\xff", 0),
    ("negotiation", "b5", "teleport", "requested", PEER, "", b"", 0),
    ("teleport", "b6", "message", "AGREE", PEER, "https://x", b"{}", 0),
)
"""Rows that no program could keep."""
NAMES = "family, process, delivery, kind, peer, url, payload, sealed, context, attempts, due, created, ready, last_error, trace"
FIRST = (CONTEXT, 2, micros(NOW), micros(NOW), micros(NOW), "peer.timeout", "00-11-22-01")


def rows() -> Iterator[tuple[Any, ...]]:
    """The broken rows, each with the rows that wait behind them."""
    for each in (*BROKEN, *OLD):
        yield (*each, *FIRST)


async def still_waits(store: Store) -> None:
    """Every promise is claimed in its kind, in its queue, with its tries; a broken one is told as such."""
    claimed = await store.claim("me", now=NOW, lease_until=later(60))
    broken, read = claimed[: len(BROKEN)], claimed[len(BROKEN) :]
    assert [row.promise for row in read] == list(PROMISES)
    assert [row.promise.queue for row in claimed] == [each[1] for each in (*BROKEN, *OLD)]
    assert {type(row.promise) for row in broken} == {UnreadablePromise}
    for row in claimed:
        assert (row.context, row.attempts, row.due, row.created) == (CONTEXT, 2, NOW, NOW)
        assert (row.last_error, row.trace) == ("peer.timeout", "00-11-22-01")
    async with store.step(CONTEXT) as step:
        assert await step.outbox.drop("n", kind="AGREE") == 1
        assert await step.outbox.drop("n2") == 0
        assert await step.outbox.done(read[0].id)
        behind = await step.outbox.add(PROMISES[4], due=NOW)
        assert [row.id for row in await step.outbox.of(PROMISES[4].queue)] == [read[4].id, behind]


async def test_what_waits_in_an_old_outbox_still_waits(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    of_version(path, "0015")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(f"INSERT INTO outbox ({NAMES}) VALUES ({', '.join('?' * 15)})", rows())
    store = await open_sqlite(path)
    await still_waits(store)
    await store.close()


async def test_what_waits_in_an_old_outbox_on_postgresql_still_waits(server: Server) -> None:
    url = await asyncio.to_thread(server.bare)
    connection = await asyncpg.connect(url)
    await connection.execute(await asyncio.to_thread(script_to, "0015"))
    places = ", ".join(f"${place}" for place in range(1, 16))
    await connection.executemany(f"INSERT INTO outbox ({NAMES}) VALUES ({places})", rows())
    await connection.close()
    store = await postgres.open_postgres(url)
    await still_waits(store)
    await store.close()
