"""Many reservations and settlements in one transaction, with as few statements as a single one takes.

Reservations on one counter are set aside together where all of them fit, else one after the other, so that nobody is
refused for the sake of another who asked for more. Rows are locked in one order, reservations before counters and
counters by their names, so that the transactions of several workers wait for one another and never in a circle.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

import msgspec

from xinfu.errors import ConflictError, InputError, IntegrityError, NotFoundError, XinfuError
from xinfu.stores.sql.quotas import QuotasTable
from xinfu.stores.sql.rows import micros, number, pad, text
from xinfu.stores.sql.statements import Cell, Session, Statement, among, sql


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """The arguments of `Quotas.reserve`."""

    counter: str
    amount: int
    limit: int
    reservation: str
    expires: datetime


class CommittedAmount(msgspec.Struct, frozen=True, kw_only=True):
    """The arguments of `Quotas.commit`: how much of a reservation counts."""

    reservation: str
    amount: int


Call = Reservation | CommittedAmount
C = TypeVar("C", Reservation, CommittedAmount)
Outcome = bool | XinfuError
"""Whether a reservation was granted, True of a settling; or why it could not be done."""


class Batch:
    """The calls of one transaction."""

    def __init__(self, session: Session, context: str) -> None:
        self._session = session
        self._context = context
        self._table = QuotasTable(session, context)

    async def done(self, calls: Sequence[Call]) -> list[Outcome]:
        """Make all calls, and return the outcome of each, in order.

        Raises:
            StoreError: the transaction cannot go on. InputError: `store.text-unusable`, for a value of one call.
        """
        asked = await self._insert(_first([each for each in calls if isinstance(each, Reservation)]))
        settled = await self._commit(_first([each for each in calls if isinstance(each, CommittedAmount)]))
        await self._lock({each.counter for each in asked} | {counter for _, counter, _, _ in settled})
        granted = await self._set_aside(asked)
        await self._count(settled)
        outcomes: list[Outcome] = []
        found = granted | {id_: True for id_, _, _, _ in settled}
        for each in calls:  # a repeat, or one that cannot be done, is looked at for itself
            known = found.pop(each.reservation, None)
            outcomes.append(await self._alone(each) if known is None else known)
        return outcomes

    async def forget(self, first: str, before: str) -> int:
        """Implements `Quotas.forget`."""
        return await self._table.forget(first, before)

    async def _insert(self, asked: Sequence[Reservation]) -> list[Reservation]:
        """Insert the reservations, and return the new ones."""
        if not asked:
            return []
        values: dict[str, Cell] = {"context": self._context}
        rows = pad([(e.reservation, e.counter, e.amount, micros(e.expires)) for e in asked])
        found = await self._session.write_rows(_inserting(len(rows)), **values, **_named(rows))
        new = {text(row[0]) for row in found}
        return [each for each in asked if each.reservation in new]

    async def _commit(self, counted: Sequence[CommittedAmount]) -> list[tuple[str, str, int, int]]:
        """Commit the held reservations; return reservation, counter, amount and counted amount of each."""
        if not counted:
            return []
        rows = pad([(each.reservation, each.amount) for each in counted])
        found = await self._session.write_rows(_committing(len(rows)), context=self._context, **_named(rows))
        return [(text(a), text(b), number(c), number(d)) for a, b, c, d in found]

    async def _lock(self, counters: Iterable[str]) -> None:
        """Lock the counters, in the order of their names."""
        names = pad(sorted(counters)) if counters else []
        if len(names) > 1:
            values: dict[str, Cell] = {f"counter_{place}": name for place, name in enumerate(names)}
            await self._session.write_rows(_locking(len(names)), context=self._context, **values)

    async def _set_aside(self, asked: Sequence[Reservation]) -> dict[str, Outcome]:
        """Whether each reservation was granted, or the error that its counter is missing."""
        fitting = await self._set_aside_together(asked)
        granted: dict[str, Outcome] = {each.reservation: each.counter in fitting for each in asked}
        for each in sorted(asked, key=lambda one: one.counter):
            if each.counter not in fitting:
                granted[each.reservation] = await self._set_one_aside(each)
        return granted

    async def _set_one_aside(self, asked: Reservation) -> Outcome:
        try:
            return await self._table.set_aside(
                asked.counter, asked.amount, asked.limit, reservation=asked.reservation
            )
        except IntegrityError as error:  # the others of the group go on
            return error

    async def _set_aside_together(self, asked: Sequence[Reservation]) -> set[str]:
        """Set the sum aside on each counter that has room for all of it, and return the names of these counters."""
        if not asked:
            return set()
        totals, limits = Counter[str](), dict[str, int]()
        for each in asked:
            totals[each.counter] += each.amount
            limits[each.counter] = min(each.limit, limits.get(each.counter, each.limit))
        rows = pad([(name, total, limits[name]) for name, total in sorted(totals.items())])
        found = await self._session.write_rows(_granting(len(rows)), context=self._context, **_named(rows))
        return {text(row[0]) for row in found}

    async def _count(self, settled: Sequence[tuple[str, str, int, int]]) -> None:
        if not settled:
            return
        used, released = Counter[str](), Counter[str]()
        for _, counter, amount, counted in settled:
            used[counter] += counted
            released[counter] += amount
        rows = pad([(name, used[name], released[name]) for name in sorted(released)])
        await self._session.write(_settling(len(rows)), context=self._context, **_named(rows))

    async def _alone(self, call: Call) -> Outcome:
        try:
            if isinstance(call, CommittedAmount):
                await self._table.commit(call.reservation, amount=call.amount)
                return True
            return await self._table.reserve(
                call.counter,
                call.amount,
                limit=call.limit,
                reservation=call.reservation,
                expires=call.expires,
            )
        except (ConflictError, InputError, IntegrityError, NotFoundError) as error:
            return error


def _first(calls: Sequence[C]) -> list[C]:
    """The first call for each reservation, without calls whose amount is too small."""
    found: dict[str, C] = {}
    for each in calls:
        if each.amount >= isinstance(each, Reservation):
            found.setdefault(each.reservation, each)
    return list(found.values())


def _named(rows: Sequence[Sequence[Cell]]) -> dict[str, Cell]:
    """The cells under the names that `_values` uses."""
    return {f"v{i}_{place}": cell for place, row in enumerate(rows) for i, cell in enumerate(row)}


def _values(count: int, *types: str) -> str:
    """A VALUES list of `count` rows; the casts in the first row set the types."""
    rows = [[f":v{i}_{place}" for i in range(len(types))] for place in range(count)]
    rows[0] = [f"CAST({name} AS {kind})" for name, kind in zip(rows[0], types, strict=True)]
    return "VALUES " + ", ".join(f"({', '.join(row)})" for row in rows)


@lru_cache
def _inserting(count: int) -> Statement:
    rows = (f"(:context, :v0_{i}, :v1_{i}, :v2_{i}, :v3_{i}, 'held', 0)" for i in range(count))
    columns = "(context, id, counter, amount, expires, state, counted)"
    return sql(
        "INSERT INTO reservations", columns, "VALUES", ", ".join(rows), "ON CONFLICT DO NOTHING RETURNING id"
    )


@lru_cache
def _committing(count: int) -> Statement:
    return sql(
        "UPDATE reservations SET state = 'committed', counted = told.column2",
        f"FROM ({_values(count, 'TEXT', 'BIGINT')}) AS told",
        "WHERE reservations.context = :context AND reservations.id = told.column1 AND state = 'held'",
        "AND amount >= told.column2 RETURNING id, counter, amount, counted",
    )


@lru_cache
def _locking(count: int) -> Statement:
    chosen = among("counter", "counter", count)
    return sql(
        "SELECT counter FROM counters WHERE context = :context AND",
        chosen,
        "ORDER BY counter",
        lock="FOR UPDATE",
    )


@lru_cache
def _granting(count: int) -> Statement:
    return sql(
        "UPDATE counters SET held = held + told.column2",
        f"FROM ({_values(count, 'TEXT', 'BIGINT', 'BIGINT')}) AS told",
        "WHERE counters.context = :context AND counters.counter = told.column1",
        "AND used + held + told.column2 <= told.column3 RETURNING counter",
    )


@lru_cache
def _settling(count: int) -> Statement:
    return sql(
        "UPDATE counters SET used = used + told.column2, held = held - told.column3",
        f"FROM ({_values(count, 'TEXT', 'BIGINT', 'BIGINT')}) AS told",
        "WHERE counters.context = :context AND counters.counter = told.column1",
    )
