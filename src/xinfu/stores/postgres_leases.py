"""Leases of many workers: which worker holds which, which workers are alive, and how leases of dead workers end.

A lease is kept as `owner@number`. The number is the worker's own; its session holds an advisory lock of that
number for as long as it lives.
"""

from datetime import datetime
from typing import Final

from xinfu.ports.records import OutboxRow
from xinfu.stores.sql import outbox
from xinfu.stores.sql.rows import micros, number, text
from xinfu.stores.sql.statements import Row, Session, Statement, sql

CLASS: Final = 0x78696E66
"""The first half of the numbers of our advisory locks; a worker's own number is the second."""

_NAMES: Final = ", ".join(f"outbox.{name}" for name in outbox.NAMES)
CLAIM: Final = sql(
    "WITH lazily AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),",
    "picked AS MATERIALIZED (SELECT id, ready FROM outbox WHERE ready <= :now AND",
    outbox.IS_FIRST,
    "ORDER BY ready, id LIMIT :limit FOR UPDATE SKIP LOCKED)",
    "UPDATE outbox SET owner = :owner, ready = :until FROM picked, lazily WHERE outbox.id = picked.id",
    "RETURNING",
    f"{_NAMES}, picked.ready",
)
"""The claim of stores/sql/outbox.py in one statement: a lease need not reach the disk."""

_OWNERS: Final = Statement("SELECT DISTINCT owner FROM outbox WHERE owner IS NOT NULL")
_ALIVE: Final = Statement(
    "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = :class AND objsubid = 2 AND granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def tag(owner: str, life: int) -> str:
    """The name under which a lease of `owner` by this worker is stored."""
    return f"{owner}@{life}"


async def claim(
    session: Session, owner: str, *, now: datetime, lease_until: datetime, limit: int
) -> list[OutboxRow]:
    """Lease rows that are ready and the first of their queue; rows that have waited longest come first."""
    rows = await session.write_rows(
        CLAIM, now=micros(now), limit=limit, owner=owner, until=micros(lease_until)
    )
    return [outbox.read(row) for row in sorted(rows, key=_waiting)]


def _waiting(row: Row) -> tuple[int, int]:
    return number(row[-1]), number(row[0])


async def free(session: Session, owner: str, life: int) -> None:
    """End the leases that worker `life` took as `owner`, and those of workers of that name that are dead."""
    for name, of, alive in await _owners(session, life):
        if name == owner and (of == life or not alive):
            await outbox.free(session, tag(name, of))


async def free_the_dead(session: Session, life: int) -> None:
    """End the leases of all workers that are dead."""
    for name, of, alive in await _owners(session, life):
        if not alive:
            await outbox.free(session, tag(name, of))


async def _owners(session: Session, life: int) -> list[tuple[str, int, bool]]:
    """The owner name and number of each lease holder, and whether its worker is alive."""
    owners = [text(row[0]).rpartition("@") for row in await session.rows(_OWNERS)]
    if not owners:
        return []
    # Asked for after the owners: whoever has died since then was alive when it took its lease.
    alive = {number(row[0]) for row in await session.rows(_ALIVE, **{"class": CLASS})} | {life}
    return [(name, int(of), int(of) in alive) for name, _, of in owners]
