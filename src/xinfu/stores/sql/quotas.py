"""Counters with reservations: never one too many, under any concurrency (usage-control §6, threat P4).

What is asked for is set aside by one conditional UPDATE whose row count is the grant; nothing is read first
and written later. A reservation is `held` until it is `committed` or has `expired`; an expired one counted in
full, so a late commit of it changes nothing.

The name of a counter is kept apart from what it counted, in the transaction in which it begins. Where the name is kept
and the row is gone, the counter does not begin again.
"""

from datetime import datetime, timedelta
from typing import Final

from xinfu.stores.sql import errors
from xinfu.stores.sql.rows import micros, moment, number, text
from xinfu.stores.sql.statements import Cell, Session, Statement, insert_new
from xinfu.stores.sql.tables import COUNTER_NAMES, COUNTERS, RESERVATIONS

REMEMBERED: Final = timedelta(days=1)
"""How long after its expiry a settled reservation is still known, for those who repeat themselves."""
FORGOTTEN_AT_ONCE: Final = 1000

_NEW_COUNTER: Final = insert_new(COUNTERS, ("context", "counter", "used", "held"))
_NEW_NAME: Final = insert_new(COUNTER_NAMES)
_NAME: Final = Statement("SELECT counter FROM counter_names WHERE context = :context AND counter = :counter")
_MISSING: Final = Statement(
    "SELECT n.counter FROM counter_names AS n WHERE n.context = :context AND NOT EXISTS ("
    "SELECT 1 FROM counters AS c WHERE c.context = n.context AND c.counter = n.counter"
    ") ORDER BY n.counter LIMIT :limit"
)
_FORGET_NAMES: Final = Statement(
    "DELETE FROM counter_names WHERE context = :context AND counter >= :first AND counter < :before "
    "AND NOT EXISTS (SELECT 1 FROM counters AS c WHERE c.context = counter_names.context "
    "AND c.counter = counter_names.counter)"
)
_NEW_RESERVATION: Final = insert_new(RESERVATIONS)
_RESERVE: Final = Statement(
    "UPDATE counters SET held = held + :amount "
    "WHERE context = :context AND counter = :counter AND used + held + :amount <= :limit"
)
_SETTLE_COUNTER: Final = Statement(
    "UPDATE counters SET used = used + :counted, held = held - :released "
    "WHERE context = :context AND counter = :counter"
)
_RESERVATION: Final = Statement(
    "SELECT counter, amount FROM reservations WHERE context = :context AND id = :id", lock="FOR UPDATE"
)
_FORGET: Final = Statement("DELETE FROM reservations WHERE context = :context AND id = :id")
_COMMIT_HELD: Final = Statement(
    "UPDATE reservations SET state = 'committed', counted = :counted "
    "WHERE context = :context AND id = :id AND state = 'held' AND amount >= :counted RETURNING counter, amount"
)
_EXPIRE_HELD: Final = Statement(
    "UPDATE reservations SET state = 'expired', counted = :counted "
    "WHERE context = :context AND id = :id AND state = 'held'"
)
_USED: Final = Statement("SELECT used, held FROM counters WHERE context = :context AND counter = :counter")
_FORGET_COUNTERS: Final = Statement(
    "DELETE FROM counters WHERE context = :context AND counter >= :first AND counter < :before AND held = 0"
)
_MARKS: Final = Statement(
    "SELECT first_use, last_use FROM counters WHERE context = :context AND counter = :counter"
)
_MARK_FIRST: Final = Statement(
    "UPDATE counters SET first_use = :at, last_use = :at "
    "WHERE context = :context AND counter = :counter AND last_use IS NULL"
)
_MARK_NEXT: Final = Statement(
    "UPDATE counters SET last_use = CASE WHEN last_use > :at THEN last_use ELSE :at END "
    "WHERE context = :context AND counter = :counter AND last_use = :last"
)
_PAST: Final = Statement(
    "SELECT id, counter, amount FROM reservations "
    "WHERE context = :context AND state = 'held' AND expires <= :now ORDER BY counter, id",
    lock="FOR UPDATE",
)
_SETTLED_LONG_AGO: Final = Statement(
    "SELECT id FROM reservations WHERE context = :context AND state = :state AND expires <= :before LIMIT :limit"
)


class QuotasTable:
    """Implements `Quotas` of ports/store.py."""

    __slots__ = ("_context", "_session")

    def __init__(self, session: Session, context: str) -> None:
        self._session = session
        self._context = context

    async def reserve(
        self, counter: str, amount: int, *, limit: int, reservation: str, expires: datetime
    ) -> bool:
        if amount < 1:
            raise errors.RESERVATION_EMPTY(amount=amount)
        held = await self._session.write(
            _NEW_RESERVATION,
            context=self._context,
            id=reservation,
            counter=counter,
            amount=amount,
            state="held",
            counted=0,
            expires=micros(expires),
        )
        if not held:
            return await self._same(reservation, counter, amount)
        return await self.set_aside(counter, amount, limit, reservation=reservation)

    async def commit(self, reservation: str, *, amount: int) -> None:
        held = (
            await self._session.write_rows(
                _COMMIT_HELD, context=self._context, id=reservation, counted=amount
            )
            if amount >= 0
            else []
        )
        if held:
            await self._count(held[0][0], amount, held[0][1])
            return
        _, reserved = await self._reservation(reservation)
        if not 0 <= amount <= reserved:
            raise errors.RESERVATION_EXCEEDED(amount=amount, reserved=reserved)

    async def used(self, counter: str) -> tuple[int, int]:
        rows = await self._session.rows(_USED, context=self._context, counter=counter)
        return (number(rows[0][0]), number(rows[0][1])) if rows else (0, 0)

    async def forget(self, first: str, before: str) -> int:
        span: dict[str, Cell] = {"context": self._context, "first": first, "before": before}
        gone = await self._session.write(_FORGET_COUNTERS, **span)
        await self._session.write(_FORGET_NAMES, **span)
        return gone

    async def missing(self, limit: int) -> list[str]:
        rows = await self._session.rows(_MISSING, context=self._context, limit=limit)
        return [text(row[0]) for row in rows]

    async def mark(self, counter: str, at: datetime, *, last: datetime | None) -> bool:
        wanted: dict[str, Cell] = {"context": self._context, "counter": counter, "at": micros(at)}
        if last is not None:
            return await self._session.write(_MARK_NEXT, **wanted, last=micros(last)) > 0
        await self._begin(counter)
        return await self._session.write(_MARK_FIRST, **wanted) > 0

    async def marks(self, counter: str) -> tuple[datetime | None, datetime | None]:
        rows = await self._session.rows(_MARKS, context=self._context, counter=counter)
        if not rows and await self._session.rows(_NAME, context=self._context, counter=counter):
            raise errors.COUNTER_MISSING(counter=counter)
        first, last = rows[0] if rows else (None, None)
        return _moment(first), _moment(last)

    async def expire(self, now: datetime) -> int:
        past = await self._session.write_rows(_PAST, context=self._context, now=micros(now))
        for reservation, counter, amount in past:
            await self._expire(reservation, counter, amount)
        for state in ("committed", "expired"):
            await self._forget(state, micros(now - REMEMBERED))
        return len(past)

    async def set_aside(self, counter: str, amount: int, limit: int, *, reservation: str) -> bool:
        """Whether a written reservation is granted. If it is not, its row is deleted."""
        granted = False
        try:
            granted = await self._set_aside(counter, amount, limit)
        finally:
            if not granted:
                await self._session.write(_FORGET, context=self._context, id=reservation)
        return granted

    async def _set_aside(self, counter: str, amount: int, limit: int) -> bool:
        wanted: dict[str, Cell] = {
            "context": self._context,
            "counter": counter,
            "amount": amount,
            "limit": limit,
        }
        if await self._session.write(_RESERVE, **wanted):
            return True
        # None was there, or too little was left; another step may have made the counter a moment ago.
        await self._begin(counter)
        return await self._session.write(_RESERVE, **wanted) > 0

    async def _begin(self, counter: str) -> None:
        """Make the counter, unless it is there.

        Raises:
            IntegrityError: `counter.missing`: it began once, and its row is gone.
        """
        named: dict[str, Cell] = {"context": self._context, "counter": counter}
        if await self._session.write(_NEW_NAME, **named):
            await self._session.write(_NEW_COUNTER, **named, used=0, held=0)
        elif not await self._session.rows(_USED, **named):
            raise errors.COUNTER_MISSING(counter=counter)

    async def _same(self, reservation: str, counter: str, amount: int) -> bool:
        if await self._reservation(reservation) != (counter, amount):
            raise errors.RESERVATION_EXISTS(reservation=reservation)
        return True

    async def _reservation(self, reservation: str) -> tuple[Cell, int]:
        rows = await self._session.write_rows(_RESERVATION, context=self._context, id=reservation)
        if not rows:
            raise errors.RESERVATION_NOT_FOUND(reservation=reservation)
        counter, amount = rows[0]
        return counter, number(amount)

    async def _expire(self, reservation: Cell, counter: Cell, reserved: Cell) -> None:
        settled = await self._session.write(
            _EXPIRE_HELD, context=self._context, id=reservation, counted=reserved
        )
        if settled:
            await self._count(counter, reserved, reserved)

    async def _count(self, counter: Cell, counted: Cell, released: Cell) -> None:
        await self._session.write(
            _SETTLE_COUNTER,
            context=self._context,
            counter=counter,
            counted=counted,
            released=released,
        )

    async def _forget(self, state: str, before: int) -> None:
        rows = await self._session.rows(
            _SETTLED_LONG_AGO,
            context=self._context,
            state=state,
            before=before,
            limit=FORGOTTEN_AT_ONCE,
        )
        for row in rows:
            await self._session.write(_FORGET, context=self._context, id=row[0])


def _moment(cell: Cell) -> datetime | None:
    return None if cell is None else moment(cell)
