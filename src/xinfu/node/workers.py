"""The loops of a node: dispatch what is promised, and give the logs their order.

Both sleep until something happens: a commit tells them at once, and the dispatcher sets one timer for the next
due row. While nothing is due, no timer runs and the database is not asked (issue "no polling").
"""

import asyncio
import contextlib
import logging
from datetime import timedelta

from xinfu.errors import XinfuError
from xinfu.services.dispatch import work
from xinfu.services.keys import KeyCabinet
from xinfu.services.parts import Parts
from xinfu.services.sequencer import BATCH, sequence

_log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
AT_ONCE = 64
"""Promises kept at the same time."""
GATHER_S = 0.05
"""How long the sequencer gathers entries before it signs a checkpoint."""


class Dispatcher:
    """Claims rows that are due and keeps them, many at once, each process in order."""

    def __init__(self, parts: Parts, owner: str) -> None:
        self._parts = parts
        self._owner = owner
        self._wake = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    def told(self, topics: frozenset[str]) -> None:
        """A commit happened."""
        if "outbox" in topics:
            self._wake.set()

    async def run(self) -> None:
        """Until cancelled; then what runs is given a moment, and its leases are ended."""
        await self._parts.store.free(self._owner)
        self._wake.set()
        try:
            while True:
                await self._wait()
                self._wake.clear()
                await self._claim()
        finally:
            if self._running:
                await asyncio.wait(self._running, timeout=2)
            with contextlib.suppress(XinfuError):
                await self._parts.store.free(self._owner)

    async def _wait(self) -> None:
        """Until a commit wakes us, or the next row is due."""
        if self._wake.is_set():
            return
        due = await self._parts.store.next_due()
        if due is None:
            await self._wake.wait()
            return
        left = (due - self._parts.clock.now()).total_seconds()
        if left > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), left)

    async def _claim(self) -> None:
        free = AT_ONCE - len(self._running)
        if free <= 0:
            return
        now = self._parts.clock.now()
        rows = await self._parts.store.claim(self._owner, now=now, lease_until=now + LEASE, limit=free)
        for row in rows:
            task = asyncio.create_task(work(self._parts, row))
            self._running.add(task)
            task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        """What stands behind the row in its process can go on now."""
        self._running.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("a promise failed", exc_info=task.exception())
        self._wake.set()


class Sequencer:
    """Numbers the entries of every context's log soon after they were appended."""

    def __init__(self, parts: Parts, keys: KeyCabinet) -> None:
        self._parts = parts
        self._keys = keys
        self._wake = asyncio.Event()

    def told(self, topics: frozenset[str]) -> None:
        """A commit happened."""
        if "log" in topics:
            self._wake.set()

    async def run(self) -> None:
        """Until cancelled; what is left is numbered at the next start."""
        self._wake.set()
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER_S)
            self._wake.clear()
            for context in self._parts.contexts:
                await self._number(context.id, context.participant)

    async def _number(self, context: str, origin: str) -> None:
        try:
            while True:
                done = await sequence(
                    self._parts.store,
                    context,
                    signer=self._keys.log_signer(context),
                    origin=origin,
                    now=self._parts.clock.now(),
                )
                if done < BATCH:
                    return
        except XinfuError:
            _log.exception("the log of %s could not be numbered", context)
            await asyncio.sleep(1)
            self._wake.set()
