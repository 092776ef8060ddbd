"""What steps promise to do later, and who has taken it up.

A row can be claimed when it is the first of its process and `ready` has come: due, or a lease has run out.
So rows of one process never overtake one another, and what a dead worker held comes back by itself.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    case,
    delete,
    exists,
    literal,
    null,
    or_,
    select,
    update,
)

from xinfu.ports.records import Delivery, OutboxRow
from xinfu.stores.sql.rows import micros, moment, text
from xinfu.stores.sql.schema import OUTBOX
from xinfu.stores.sql.statements import Row, Session, insert_giving, sql

TOPIC: Final = "outbox"

_NAMES: Final = OutboxRow.__struct_fields__
_ADDED: Final = (*_NAMES[1:], "ready")
_row: Final = OUTBOX.c
_one: Final = (_row.context == bindparam("at_context"), _row.id == bindparam("at_id"))
_of_process: Final = (_row.context == bindparam("at_context"), _row.process == bindparam("at_process"))
_messages: Final = (*_of_process, _row.delivery == literal(Delivery.MESSAGE.value))


def _selected() -> Select[Any]:
    return select(*(_row[name] for name in _NAMES))


def _is_first() -> ColumnElement[bool]:
    """No row of the same process was promised before this one."""
    earlier = OUTBOX.alias("earlier")
    return ~exists().where(
        earlier.c.context == _row.context, earlier.c.process == _row.process, earlier.c.id < _row.id
    )


_ADD: Final = insert_giving(OUTBOX, _ADDED, "id")
_GET: Final = sql(_selected().where(*_one))
_OF: Final = sql(_selected().where(*_of_process).order_by(_row.id))
_DONE: Final = sql(delete(OUTBOX).where(*_one).returning(_row.process))
_ANY: Final = sql(select(_row.id).where(*_of_process).limit(1))
_DROP: Final = sql(delete(OUTBOX).where(*_messages))
_DROP_KIND: Final = sql(delete(OUTBOX).where(*_messages, _row.kind == bindparam("at_kind")))
_RETRY: Final = sql(
    update(OUTBOX)
    .where(*_one)
    .values(
        attempts=_row.attempts + 1,
        due=bindparam("new_due"),
        ready=bindparam("new_due"),
        owner=null(),
        last_error=bindparam("new_error"),
    )
)
CLAIM: Final = sql(
    _selected()
    .where(_row.ready <= bindparam("now"), _is_first())
    .order_by(_row.ready, _row.id)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)
)
_LEASE: Final = sql(
    update(OUTBOX)
    .where(_row.id == bindparam("at_id"))
    .values(owner=bindparam("new_owner"), ready=bindparam("new_ready"))
)
_IS_FREE: Final = or_(_row.owner.is_(None), _row.ready <= bindparam("now"))
_RELEASE: Final = sql(
    update(OUTBOX)
    .where(_row.id == bindparam("at_id"))
    .values(due=bindparam("now"), ready=case((_IS_FREE, bindparam("now")), else_=_row.ready))
)
_FREE: Final = sql(
    update(OUTBOX).where(_row.owner == bindparam("at_owner")).values(owner=null(), ready=_row.due)
)
_NEXT: Final = sql(select(_row.ready).where(_is_first()).order_by(_row.ready).limit(1))


class OutboxTable:
    """Implements `Outbox` of ports/store.py."""

    __slots__ = ("_context", "_session")

    def __init__(self, session: Session, context: str) -> None:
        self._session = session
        self._context = context

    async def add(
        self,
        *,
        family: str,
        process: str,
        delivery: Delivery,
        kind: str,
        peer: str = "",
        url: str = "",
        payload: bytes = b"",
        sealed: bool = False,
        due: datetime,
    ) -> int:
        since = micros(due)
        rows = await self._session.write_rows(
            _ADD,
            context=self._context,
            family=family,
            process=process,
            delivery=delivery.value,
            kind=kind,
            peer=peer,
            url=url,
            payload=payload,
            sealed=int(sealed),
            attempts=0,
            due=since,
            created=since,
            last_error=None,
            ready=since,
        )
        self._session.topic(TOPIC)
        given = rows[0][0]
        assert isinstance(given, int)
        return given

    async def get(self, id: int) -> OutboxRow | None:  # noqa: A002 - the port's own name
        rows = await self._session.rows(_GET, at_context=self._context, at_id=id)
        return _read(rows[0]) if rows else None

    async def done(self, id: int) -> None:  # noqa: A002 - the port's own name
        rows = await self._session.write_rows(_DONE, at_context=self._context, at_id=id)
        if rows:
            await self._tell_of_next(text(rows[0][0]))

    async def retry(self, id: int, *, due: datetime, error: str) -> None:  # noqa: A002 - the port's own name
        changed = await self._session.write(
            _RETRY, at_context=self._context, at_id=id, new_due=micros(due), new_error=error
        )
        if changed:
            self._session.topic(TOPIC)

    async def drop(self, process: str, *, kind: str | None = None) -> int:
        if kind is None:
            gone = await self._session.write(_DROP, at_context=self._context, at_process=process)
        else:
            gone = await self._session.write(
                _DROP_KIND, at_context=self._context, at_process=process, at_kind=kind
            )
        if gone:
            await self._tell_of_next(process)
        return gone

    async def of(self, process: str) -> list[OutboxRow]:
        rows = await self._session.rows(_OF, at_context=self._context, at_process=process)
        return [_read(row) for row in rows]

    async def _tell_of_next(self, process: str) -> None:
        """What stood behind a row that is gone can be claimed now."""
        if await self._session.rows(_ANY, at_context=self._context, at_process=process):
            self._session.topic(TOPIC)


async def claim(
    session: Session, owner: str, *, now: datetime, lease_until: datetime, limit: int
) -> list[OutboxRow]:
    """Lease the first rows of processes that are ready, those that waited longest before the others."""
    rows = await session.write_rows(CLAIM, now=micros(now), count=limit)
    until = micros(lease_until)
    for row in rows:
        await session.write(_LEASE, at_id=row[0], new_owner=owner, new_ready=until)
    return [_read(row) for row in rows]


async def release(session: Session, ids: Sequence[int], *, now: datetime) -> None:
    """Make rows due now; a lease that someone holds stays."""
    touched = 0
    for each in ids:
        touched += await session.write(_RELEASE, at_id=each, now=micros(now))
    if touched:
        session.topic(TOPIC)


async def free(session: Session, owner: str) -> None:
    """End all leases of `owner`."""
    if await session.write(_FREE, at_owner=owner):
        session.topic(TOPIC)


async def next_due(session: Session) -> datetime | None:
    """When the next row can be claimed; None when nothing waits."""
    rows = await session.rows(_NEXT)
    return moment(rows[0][0]) if rows else None


def _read(row: Row) -> OutboxRow:
    fields: dict[str, object] = dict(zip(_NAMES, row, strict=True))
    for name in ("due", "created"):
        fields[name] = moment(row[_NAMES.index(name)])
    return msgspec.convert(fields, OutboxRow, strict=False)
