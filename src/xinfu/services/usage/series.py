"""A series of small reads under one use; each read is checked, counted and recorded separately.

A use waits for the disk before its first byte. A series has one step before the first byte of up to 64 reads: it
pays for all of them, and its entry `use.begun` holds their number (`times`). Each read is then checked for a stop,
for the time and for a change of the file; its bytes count before they leave, and it has its own `use` entry, written
together with those of its neighbours as soon as the disk is free.

A series ends with the first read that it must not serve, which then goes the ordinary way and is refused there.
What was not read is given back; after a crash all of it counts.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from xinfu.errors import XinfuError
from xinfu.ports.dataplane import OpenSource
from xinfu.services.memory.running import Run
from xinfu.services.parts import Parts
from xinfu.services.usage.enforcement import Reading
from xinfu.services.usage.opening import Opening, ReadRecord, record_reads

_log = logging.getLogger(__name__)


class WholeRead:
    """A read in a series, with all of its bytes."""

    def __init__(self, opening: Opening, data: bytes, started: datetime) -> None:
        self.asset = opening.asset
        self.manifest = opening.manifest
        self.span = opening.span
        self.data = data
        self.started = started
        self.is_withheld = False

    def withhold(self) -> None:
        """Mark the read as not delivered: its reader is gone, and none of its bytes has left."""
        self.is_withheld = True


class Series(Reading):
    """A use shared by many reads, between its two steps."""

    def __init__(self, parts: Parts, opening: Opening, opened: OpenSource, run: Run) -> None:
        super().__init__(run, opening.until, parts.clock)
        self._parts = parts
        self._opening = opening
        self._opened = opened
        self._left = opening.times
        self._in_hands = 0
        self._ended = False
        self._news = asyncio.Event()
        self._told: Callable[[], None] = _nobody
        self.unrecorded: list[ReadRecord] = []

    @property
    def is_whole(self) -> bool:
        """Whether all paid reads of the series have been made."""
        return not self._left

    def when_ended(self, told: Callable[[], None]) -> None:
        """Set the callback that runs once, when the series ends."""
        self._told = told

    def end(self) -> None:
        """End the series: it serves no further read."""
        if not self._ended:
            self._ended = True
            self._news.set()
            self._told()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[WholeRead | None]:
        """The bytes of one more read, counted as delivered when they are handed over; None if the series is over."""
        self._in_hands += 1
        try:
            whole = await self._whole() if self._may_go_on() else None
            if whole is None or not self._may_go_on():
                self.end()
                yield None
                return
            self._left -= 1
            self.delivered += len(whole.data)
            if not self._left:
                self.end()
            outcome = "cut"
            try:
                yield whole
                outcome = "completed"
            finally:
                if whole.is_withheld:
                    self._left += 1
                    self.delivered -= len(whole.data)
                self._note(whole, outcome)
        finally:
            self._in_hands -= 1
            self._news.set()

    async def recorded(self) -> None:
        """Record what was read, until the series has ended and every reader is gone.

        What the store did not take stays in `unrecorded`, and ends the series.
        """
        while not self._ended or self._in_hands:
            await self._news.wait()
            self._news.clear()
            if self.unrecorded and not self._ended:
                await self._record()

    def _may_go_on(self) -> bool:
        over = self._opening.is_over(self._parts.clock.now())
        return not self._ended and self._run.reason is None and not over

    async def _whole(self) -> WholeRead | None:
        started, span = self._parts.clock.now(), self._opening.span
        try:
            data = b"".join([chunk async for chunk in self._opened.chunks(span.start, span.end)])
        except XinfuError:  # told to whoever reads it the ordinary way
            return None
        return WholeRead(self._opening, data, started)

    def _note(self, whole: WholeRead, outcome: str) -> None:
        ended = self._parts.clock.now()
        delivered = 0 if whole.is_withheld else len(whole.data)
        self.unrecorded.append(
            ReadRecord(delivered=delivered, outcome=outcome, started=whole.started, ended=ended)
        )

    async def _record(self) -> None:
        batch = tuple(self.unrecorded)
        try:
            async with self._parts.store.step(self._opening.ask.context) as step:
                await record_reads(step, self._parts, self._opening, batch)
        except XinfuError as error:
            _log.warning("a series ends", extra={"code": error.code})
            self.end()
        else:
            del self.unrecorded[: len(batch)]


def _nobody() -> None:
    """The default callback, which does nothing."""
