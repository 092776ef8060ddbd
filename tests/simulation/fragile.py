"""A real store in a process that can die at each of its commits.

Dying before a commit leaves nothing of the step; dying after it leaves everything and nobody was told.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from types import TracebackType
from typing import TypeVar

from xinfu.errors import StoreError
from xinfu.ports.records import Deadline, OutboxRow
from xinfu.ports.store import Counters, Step, Store

T = TypeVar("T")
Die = Callable[[str], bool]
"""Whether the party dies now, before or after a commit; if so, it is dead when this returns."""


class FragileStore:
    """A `Store` over the one that is `real`."""

    def __init__(self, real: Store, die: Die) -> None:
        self.real = real
        self.die = die
        self.full = False
        """Its disk is full: no step can be committed."""

    def step(self, context: str, *, lazy: bool = False) -> AbstractAsyncContextManager[Step]:
        return _FragileStep(self, self.real.step(context, lazy=lazy), lazy=lazy)

    def view(self, context: str) -> AbstractAsyncContextManager[Step]:
        return self.real.view(context)

    def quotas(self, context: str) -> Counters:
        return self.real.quotas(context)

    async def contexts(self) -> list[str]:
        return await self.real.contexts()

    async def claim(
        self, owner: str, *, now: datetime, lease_until: datetime, limit: int = 64
    ) -> list[OutboxRow]:
        claimed = self.real.claim(owner, now=now, lease_until=lease_until, limit=limit)
        return await self._lazily(claimed)

    async def release(self, ids: Sequence[int], *, now: datetime) -> None:
        await self._lazily(self.real.release(ids, now=now))

    def entrust(self, owner: str, *, lease: timedelta, take: Callable[[Sequence[OutboxRow]], None]) -> None:
        self.real.entrust(owner, lease=lease, take=take)

    async def free(self, owner: str) -> None:
        if self.die("before"):
            raise asyncio.CancelledError
        await self.real.free(owner)

    async def next_due(self) -> datetime | None:
        return await self.real.next_due()

    async def deadlines(self, *, limit: int = 64) -> list[Deadline]:
        return await self.real.deadlines(limit=limit)

    def watch(self, notify: Callable[[frozenset[str]], None]) -> Callable[[], None]:
        return self.real.watch(notify)

    async def close(self) -> None:
        await self.real.close()

    def flushed(self) -> None:
        """All that was committed so far is durable."""

    async def _lazily(self, work: Awaitable[T]) -> T:
        done = await work
        if self.die("after"):
            raise asyncio.CancelledError
        return done


class _FragileStep:
    def __init__(self, store: FragileStore, inner: AbstractAsyncContextManager[Step], *, lazy: bool) -> None:
        self._store = store
        self._inner = inner
        self._lazy = lazy

    async def __aenter__(self) -> Step:
        return await self._inner.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            await self._inner.__aexit__(kind, error, trace)
            return
        if self._store.full:
            fault = StoreError("store.full", "The disk is full.", "磁盘已满。")
            await self._inner.__aexit__(type(fault), fault, None)
            raise fault
        if self._store.die("before"):
            end = asyncio.CancelledError()
            await self._inner.__aexit__(type(end), end, None)
            raise end
        await self._inner.__aexit__(None, None, None)
        if not self._lazy:
            self._store.flushed()
        if self._store.die("after"):
            raise asyncio.CancelledError
