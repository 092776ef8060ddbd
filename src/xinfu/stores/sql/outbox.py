"""Work that steps promise to do later, and the leases of workers on it.

A row can be claimed when it is the first of its queue and `ready` has come: it is due, or its lease has run out.
So rows of one queue never overtake one another, and rows of a dead worker come back by themselves.

The promise stands in `payload` as JSON; `queue`, `delivery` and `kind` repeat what rows are selected by.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

import msgspec

from xinfu.ports.observer import traceparent
from xinfu.ports.records import OutboxRow
from xinfu.ports.records.outbox import Promise, UnreadablePromise
from xinfu.stores.sql.flat_promise import FlatPromise
from xinfu.stores.sql.rows import blob, micros, moment, number, pad, text
from xinfu.stores.sql.statements import Cell, Row, Session, Statement, among, list_names, sql

TOPIC: Final = "outbox"

NAMES: Final = ("id", "context", "queue", "payload", "attempts", "due", "created", "last_error", "trace")
"""The columns that make a row of the port, in the order of `read`."""
_ROWS: Final = sql("SELECT", list_names(NAMES), "FROM outbox WHERE").text
_OF_QUEUE: Final = "context = :context AND queue = :queue"
_EARLIER: Final = f"SELECT 1 FROM outbox WHERE {_OF_QUEUE}"  # noqa: S608 - names of columns
IS_FIRST: Final = (
    "NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE earlier.context = outbox.context "
    "AND earlier.queue = outbox.queue AND earlier.id < outbox.id)"
)
"""No row of the same queue was promised before this one."""

ADD: Final = Statement(
    "INSERT INTO outbox (context, queue, delivery, kind, payload, attempts, due, created, trace, owner, ready) "  # noqa: S608
    "VALUES (:context, :queue, :delivery, :kind, :payload, 0, :due, :due, :trace, "
    f"CASE WHEN EXISTS ({_EARLIER}) THEN NULL ELSE CAST(:owner AS text) END, "
    f"CASE WHEN EXISTS ({_EARLIER}) THEN CAST(:due AS bigint) ELSE CAST(:until AS bigint) END) "
    "RETURNING id, owner"
)
"""The first row of a queue is leased as it is written; later rows wait for the earlier ones."""
GET: Final = sql(_ROWS, "context = :context AND id = :id")
OF: Final = sql(_ROWS, _OF_QUEUE, "ORDER BY id")
DONE: Final = Statement("DELETE FROM outbox WHERE context = :context AND id = :id RETURNING queue")
ANY: Final = sql("SELECT id FROM outbox WHERE", _OF_QUEUE, "LIMIT 1")
DROP: Final = sql("DELETE FROM outbox WHERE", _OF_QUEUE, "AND delivery = 'message'")
DROP_KIND: Final = sql(DROP.text, "AND kind = :kind")
RETRY: Final = Statement(
    "UPDATE outbox SET attempts = attempts + 1, due = :due, ready = :due, owner = NULL, last_error = :error "
    "WHERE context = :context AND id = :id"
)
HOLD: Final = Statement("UPDATE outbox SET ready = :until WHERE context = :context AND id = :id")
CLAIM: Final = sql(
    _ROWS, "ready <= :now AND", IS_FIRST, "ORDER BY ready, id LIMIT :limit", lock="FOR UPDATE SKIP LOCKED"
)
RELEASE: Final = Statement(
    "UPDATE outbox SET due = :now, "
    "ready = CASE WHEN owner IS NULL OR ready <= :now THEN :now ELSE ready END WHERE id = :id"
)
FREE: Final = Statement("UPDATE outbox SET owner = NULL, ready = due WHERE owner = :owner")
NEXT: Final = sql("SELECT ready FROM outbox WHERE", IS_FIRST, "ORDER BY ready LIMIT 1")


_DECODER: Final = msgspec.json.Decoder(Promise | FlatPromise)


class Lease(msgspec.Struct, frozen=True):
    """The owner to which rows of this process are leased as they are written, and for how long after they are due."""

    owner: str
    lasts: timedelta


class OutboxTable:
    """Implements `Outbox` of ports/store.py."""

    __slots__ = ("_context", "_lease", "_session")

    def __init__(self, session: Session, context: str, lease: Lease | None) -> None:
        self._session = session
        self._context = context
        self._lease = lease

    async def add(self, promise: Promise, *, due: datetime) -> int:
        lease, trace = self._lease, traceparent()
        owner, until = (None, due) if lease is None else (lease.owner, due + lease.lasts)
        rows = await self._session.write_rows(
            ADD,
            context=self._context,
            queue=promise.queue,
            delivery=str(promise.__struct_config__.tag),
            kind=str(promise.kind),
            payload=msgspec.json.encode(promise),
            due=micros(due),
            trace=trace,
            owner=owner,
            until=micros(until),
        )
        given, leased = number(rows[0][0]), rows[0][1] is not None
        if leased:
            row = OutboxRow(
                id=given,
                context=self._context,
                promise=promise,
                attempts=0,
                due=due,
                created=due,
                trace=trace,
            )
            self._session.promise(row)
        else:
            self._session.topic(TOPIC)
        return given

    async def get(self, id: int) -> OutboxRow | None:  # noqa: A002 - the port's own name
        rows = await self._session.rows(GET, context=self._context, id=id)
        return read(rows[0]) if rows else None

    async def done(self, id: int) -> bool:  # noqa: A002 - the port's own name
        rows = await self._session.write_rows(DONE, context=self._context, id=id)
        if rows:
            await self._tell_of_next(text(rows[0][0]))
        return bool(rows)

    async def retry(self, id: int, *, due: datetime, error: str) -> None:  # noqa: A002 - the port's own name
        changed = await self._session.write(RETRY, context=self._context, id=id, due=micros(due), error=error)
        if changed:
            self._session.topic(TOPIC)

    async def hold(self, id: int, *, until: datetime) -> bool:  # noqa: A002 - the port's own name
        return bool(await self._session.write(HOLD, context=self._context, id=id, until=micros(until)))

    async def drop(self, process: str, *, kind: str | None = None) -> int:
        if kind is None:
            gone = await self._session.write(DROP, context=self._context, queue=process)
        else:
            gone = await self._session.write(DROP_KIND, context=self._context, queue=process, kind=kind)
        if gone:
            await self._tell_of_next(process)
        return gone

    async def of(self, queue: str) -> list[OutboxRow]:
        rows = await self._session.rows(OF, context=self._context, queue=queue)
        return [read(row) for row in rows]

    async def _tell_of_next(self, queue: str) -> None:
        """Notify of the next row of a queue, which can be claimed now that an earlier one is gone."""
        if await self._session.rows(ANY, context=self._context, queue=queue):
            self._session.topic(TOPIC)


async def claim(
    session: Session, owner: str, *, now: datetime, lease_until: datetime, limit: int
) -> list[OutboxRow]:
    """Lease rows that are ready and the first of their queue; rows that have waited longest come first."""
    rows = await session.write_rows(CLAIM, now=micros(now), limit=limit)
    if rows:
        ids = pad([row[0] for row in rows])
        leased: dict[str, Cell] = {f"id_{place}": each for place, each in enumerate(ids)}
        await session.write(lease(len(ids)), owner=owner, ready=micros(lease_until), **leased)
    return [read(row) for row in rows]


@lru_cache
def lease(count: int) -> Statement:
    """The statement that leases `count` rows to `owner` until `ready`."""
    return sql("UPDATE outbox SET owner = :owner, ready = :ready WHERE", among("id", "id", count))


async def release(session: Session, ids: Sequence[int], *, now: datetime) -> None:
    """Make rows due now; a lease that still runs stays."""
    touched = 0
    for each in sorted(ids):  # in one order, so that two releases never wait for each other
        touched += await session.write(RELEASE, id=each, now=micros(now))
    if touched:
        session.topic(TOPIC)


async def free(session: Session, owner: str) -> None:
    """End all leases of `owner`."""
    if await session.write(FREE, owner=owner):
        session.topic(TOPIC)


async def next_due(session: Session) -> datetime | None:
    """When the next row can be claimed; None if no row waits."""
    rows = await session.rows(NEXT)
    return moment(rows[0][0]) if rows else None


def read(row: Row) -> OutboxRow:
    """Read an OutboxRow from the first columns of a row."""
    id_, context, queue, payload, attempts, due, created, error, trace = row[: len(NAMES)]
    return OutboxRow(
        id=number(id_),
        context=text(context),
        promise=_promise(text(queue), blob(payload)),
        attempts=number(attempts),
        due=moment(due),
        created=moment(created),
        last_error=None if error is None else text(error),
        trace=None if trace is None else text(trace),
    )


def _promise(queue: str, payload: bytes) -> Promise | UnreadablePromise:
    try:
        found = _DECODER.decode(payload)
        return found.promise() if isinstance(found, FlatPromise) else found
    except (msgspec.MsgspecError, ValueError) as error:
        return UnreadablePromise(queue=queue, reason=str(error))
