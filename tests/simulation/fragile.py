"""A real SQLite store in a party that can die at each of its commits.

Dying before a commit leaves nothing of the step; dying after it leaves everything and nobody was told. In a power
cut everything since the last commit that was flushed is gone as well: the write-ahead log is cut there.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from xinfu.errors import StoreError
from xinfu.ports.records import Deadline, OutboxRow
from xinfu.ports.store import Counting, Step
from xinfu.stores.sqlite import SqliteStore

T = TypeVar("T")
Die = Callable[[str], bool]
"""Whether the party dies now, before or after a commit; if so, it is dead when this returns."""


class FragileStore:
    """A `Store` over the file at `path`."""

    def __init__(self, path: Path, die: Die) -> None:
        self.path = path
        self.die = die
        self.flushed = 0
        self.full = False
        """Its disk is full: no step can be committed."""
        self.real = SqliteStore(path, durable=False, busy_timeout_s=1.0)

    def step(self, context: str, *, lazy: bool = False) -> AbstractAsyncContextManager[Step]:
        return _FragileStep(self, self.real.step(context, lazy=lazy), lazy=lazy)

    def view(self, context: str) -> AbstractAsyncContextManager[Step]:
        return self.real.view(context)

    def quotas(self, context: str) -> Counting:
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

    def mark(self) -> None:
        """All that was committed so far lies on the disk."""
        log = self.path.with_name(self.path.name + "-wal")
        self.flushed = log.stat().st_size if log.exists() else 0

    def after_power_cut(self, target: Path) -> None:
        """Copy what a disk would hold now: the file, and its log as far as it was flushed."""
        log = self.path.with_name(self.path.name + "-wal")
        shutil.copyfile(self.path, target)
        if log.exists():
            target.with_name(target.name + "-wal").write_bytes(log.read_bytes()[: self.flushed])

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
            self._store.mark()
        if self._store.die("after"):
            raise asyncio.CancelledError
