"""Reservations in steps of their own, each with all that come while the one before is written (group commit).

A call while nothing runs begins at once; calls while a group runs form the next group. No call returns before its
group is durable, and if the group cannot be committed, none of its calls was granted anything.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Final

from xinfu.errors import InputError, XinfuError
from xinfu.stores.sql.quota_batches import Batch, Call, CommittedAmount, Outcome, Reservation
from xinfu.stores.sql.quotas import QuotasTable

TOGETHER: Final = 64
"""Calls in one group."""

Writing = Callable[[str], AbstractAsyncContextManager[Batch]]
"""Opens a transaction of a context."""
Looking = Callable[[str], AbstractAsyncContextManager[QuotasTable]]


class QuotaGroups:
    """The counters of all contexts, for calls that need no further statement in their step.

    Args:
        writing: opens the transaction of a group. looking: a view.
    """

    def __init__(self, writing: Writing, looking: Looking) -> None:
        self._writing = writing
        self._looking = looking
        self._of: dict[str, GroupedQuotas] = {}

    def of(self, context: str) -> "GroupedQuotas":
        """The counters of a context."""
        found = self._of.get(context)
        if found is None:
            found = self._of[context] = GroupedQuotas(context, self._writing, self._looking)
        return found


class GroupedQuotas:
    """Implements `Counters` of ports/store.py for one context."""

    def __init__(self, context: str, writing: Writing, looking: Looking) -> None:
        self._context = context
        self._writing = writing
        self._looking = looking
        self._waiting: list[tuple[Call, asyncio.Future[bool]]] = []
        self._running: asyncio.Task[None] | None = None

    async def reserve(
        self, counter: str, amount: int, *, limit: int, reservation: str, expires: datetime
    ) -> bool:
        asked = Reservation(
            counter=counter, amount=amount, limit=limit, reservation=reservation, expires=expires
        )
        return await self._join(asked)

    async def commit(self, reservation: str, *, amount: int) -> None:
        await self._join(CommittedAmount(reservation=reservation, amount=amount))

    async def used(self, counter: str) -> tuple[int, int]:
        async with self._looking(self._context) as table:
            return await table.used(counter)

    async def forget(self, first: str, before: str) -> int:
        async with self._writing(self._context) as batch:
            return await batch.forget(first, before)

    def _join(self, call: Call) -> Awaitable[bool]:
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((call, done))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return done

    async def _run(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
                await self._do(group)
        finally:
            self._running = None

    async def _do(self, group: list[tuple[Call, asyncio.Future[bool]]]) -> None:
        try:
            outcomes = await self._written([call for call, _ in group])
            for (_, done), outcome in zip(group, outcomes, strict=True):
                _tell(done, outcome)
        finally:
            for _, done in group:  # nobody waits for what has broken
                done.cancel()

    async def _written(self, calls: list[Call]) -> list[Outcome]:
        try:
            async with self._writing(self._context) as batch:
                return await batch.done(calls)
        except InputError as error:  # what one of them says cannot be stored: the others go without it
            if len(calls) == 1:
                return [error]
            return [(await self._written([call]))[0] for call in calls]
        except XinfuError as error:
            return [error] * len(calls)


def _tell(done: asyncio.Future[bool], outcome: Outcome) -> None:
    if done.done():  # whoever asked has gone away
        return
    if isinstance(outcome, XinfuError):
        done.set_exception(outcome)
    else:
        done.set_result(outcome)
