"""Counters with reservations: never one too many, under any concurrency (usage-control §6, threat P4).

What is asked for is set aside by one conditional UPDATE whose row count is the grant; nothing is read first
and written later. A reservation is `held` until it is `committed` or has `expired`; an expired one counted in
full, so a late commit of it changes nothing.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, literal, select, update

from xinfu.errors import ConflictError, InputError, NotFoundError
from xinfu.stores.sql.rows import micros, number
from xinfu.stores.sql.schema import COUNTERS, RESERVATIONS
from xinfu.stores.sql.statements import Cell, Session, insert_new, sql

REMEMBERED: Final = timedelta(days=1)
"""How long after its expiry a settled reservation is still known, for those who repeat themselves."""
FORGOTTEN_AT_ONCE: Final = 1000

_counter: Final = COUNTERS.c
_held: Final = RESERVATIONS.c
_at_counter: Final = (
    _counter.context == bindparam("at_context"),
    _counter.counter == bindparam("at_counter"),
)
_at_id: Final = (_held.context == bindparam("at_context"), _held.id == bindparam("at_id"))

_NEW_COUNTER: Final = insert_new(COUNTERS)
_NEW_RESERVATION: Final = insert_new(RESERVATIONS)
_RESERVE: Final = sql(
    update(COUNTERS)
    .where(*_at_counter, _counter.used + _counter.held + bindparam("amount") <= bindparam("limit"))
    .values(held=_counter.held + bindparam("amount"))
)
_SETTLE_COUNTER: Final = sql(
    update(COUNTERS)
    .where(*_at_counter)
    .values(used=_counter.used + bindparam("counted_now"), held=_counter.held - bindparam("released"))
)
_RESERVATION: Final = sql(select(_held.counter, _held.amount, _held.state).where(*_at_id).with_for_update())
_FORGET: Final = sql(delete(RESERVATIONS).where(*_at_id))
_SETTLE: Final = sql(
    update(RESERVATIONS)
    .where(*_at_id, _held.state == literal("held"))
    .values(state=bindparam("new_state"), counted=bindparam("new_counted"))
)
_USED: Final = sql(select(_counter.used, _counter.held).where(*_at_counter))
_PAST: Final = sql(
    select(_held.id, _held.counter, _held.amount)
    .where(
        _held.context == bindparam("at_context"),
        _held.state == literal("held"),
        _held.expires <= bindparam("now"),
    )
    .order_by(_held.counter, _held.id)
    .with_for_update()
)
_SETTLED_LONG_AGO: Final = sql(
    select(_held.id)
    .where(
        _held.context == bindparam("at_context"),
        _held.state == bindparam("at_state"),
        _held.expires <= bindparam("before"),
    )
    .limit(FORGOTTEN_AT_ONCE)
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
            raise InputError(
                "reservation.empty",
                f"A reservation sets aside at least 1, not {amount}.",
                f"预留数量至少为 1，而不是 {amount}。",
            )
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
        granted = await self._set_aside(counter, amount, limit)
        if not granted:
            await self._session.write(_FORGET, at_context=self._context, at_id=reservation)
        return granted

    async def commit(self, reservation: str, *, amount: int) -> None:
        counter, reserved, _ = await self._reservation(reservation)
        if not 0 <= amount <= reserved:
            raise InputError(
                "reservation.exceeded",
                f"{amount} is not within the {reserved} that the reservation set aside.",
                f"{amount} 超出预留的 {reserved}。",
            )
        await self._settle(reservation, counter, reserved, state="committed", counted=amount)

    async def used(self, counter: str) -> tuple[int, int]:
        rows = await self._session.rows(_USED, at_context=self._context, at_counter=counter)
        return (number(rows[0][0]), number(rows[0][1])) if rows else (0, 0)

    async def expire(self, now: datetime) -> int:
        past = await self._session.write_rows(_PAST, at_context=self._context, now=micros(now))
        for reservation, counter, amount in past:
            await self._settle(reservation, counter, amount, state="expired", counted=amount)
        for state in ("committed", "expired"):
            await self._forget(state, micros(now - REMEMBERED))
        return len(past)

    async def _set_aside(self, counter: str, amount: int, limit: int) -> bool:
        wanted: dict[str, Cell] = {
            "at_context": self._context,
            "at_counter": counter,
            "amount": amount,
            "limit": limit,
        }
        if await self._session.write(_RESERVE, **wanted):
            return True
        made = await self._session.write(_NEW_COUNTER, context=self._context, counter=counter, used=0, held=0)
        return made > 0 and await self._session.write(_RESERVE, **wanted) > 0

    async def _same(self, reservation: str, counter: str, amount: int) -> bool:
        if (await self._reservation(reservation))[:2] != (counter, amount):
            raise ConflictError(
                "reservation.exists",
                f"The reservation {reservation!r} was made for another counter or amount.",
                f"预留 {reservation!r} 已用于其他计数器或数量。",
            )
        return True

    async def _reservation(self, reservation: str) -> tuple[Cell, int, Cell]:
        rows = await self._session.write_rows(_RESERVATION, at_context=self._context, at_id=reservation)
        if not rows:
            raise NotFoundError(
                "reservation.not-found",
                f"There is no reservation {reservation!r}.",
                f"没有预留 {reservation!r}。",
            )
        counter, amount, state = rows[0]
        return counter, number(amount), state

    async def _settle(
        self, reservation: Cell, counter: Cell, reserved: Cell, *, state: str, counted: Cell
    ) -> None:
        settled = await self._session.write(
            _SETTLE, at_context=self._context, at_id=reservation, new_state=state, new_counted=counted
        )
        if settled:
            await self._session.write(
                _SETTLE_COUNTER,
                at_context=self._context,
                at_counter=counter,
                counted_now=counted,
                released=reserved,
            )

    async def _forget(self, state: str, before: int) -> None:
        rows = await self._session.rows(
            _SETTLED_LONG_AGO, at_context=self._context, at_state=state, before=before
        )
        for row in rows:
            await self._session.write(_FORGET, at_context=self._context, at_id=row[0])
