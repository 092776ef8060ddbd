"""The enforcement point (PEP), through which every use of data passes, whatever the source and whoever the reader.

begin, within the bound on reads -> open in one step: admission, payment, the entry `use.begun` -> read, with a stop
check at every chunk, an end when the policy's time is over and the policy evaluated again while the read lasts ->
settle in one step, even if the reader is gone. Refusals are recorded as well.

A `Way` defines what differs between sources, but not the order: files (use.py), a series of small reads (series.py),
live sources and results (live.py), the vault of the consumer (vault/reading.py).
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import datetime
from functools import partial
from typing import Generic, Protocol, TypeVar

from xinfu.errors import XinfuError
from xinfu.ports.clock import Clock
from xinfu.services.memory.running import Run
from xinfu.services.parts import DataParts, Parts
from xinfu.services.usage.ending import check, stop_at
from xinfu.services.usage.rechecks import recheck


class AnyOpening(Protocol):
    """The result of the step that opened a use.

    Attributes:
        until: when the policy's answer can change by time alone; None: never.
    """

    @property
    def until(self) -> datetime | None: ...


class Reading(ABC):
    """The read of a use, between its two steps; valid inside the block that opened it.

    Attributes:
        delivered: bytes that may have left.
        is_told: what a head says of the data may have left.
    """

    def __init__(self, run: Run, until: datetime | None, clock: Clock) -> None:
        self._run = run
        self._until = until
        self._clock = clock
        self.delivered = 0
        self.is_told = False

    @property
    @abstractmethod
    def is_whole(self) -> bool:
        """Whether all bytes of the read have left."""

    def tell(self) -> None:
        """Record that the head of the answer is about to leave, which may disclose facts of the data."""
        self.is_told = True

    def check(self) -> None:
        """Check that nothing has ended the use; called at every chunk.

        Raises:
            RefusedError: why it ends.
        """
        check(self._run, self._until, self._clock.now())

    def at_stop(self, cut: Callable[[], None]) -> None:
        """Call `cut` at the moment when the use has to stop, even while a chunk is on its way."""
        self._run.at_stop(cut)


OpeningT = TypeVar("OpeningT", bound=AnyOpening)
ReadingT = TypeVar("ReadingT", bound=Reading)


class Way(ABC, Generic[OpeningT, ReadingT]):
    """A way of using data: its two steps, and how its bytes are opened between them.

    Attributes:
        context: whose data it is. process: the transfer or object whose end stops it.
        is_read: the bound on reads counts it; False for what only carries reads that are counted themselves.
    """

    is_read = True

    def __init__(self, parts: Parts, context: str, process: str) -> None:
        self.parts = parts
        self.context = context
        self.process = process

    @abstractmethod
    async def open(self, run: Run) -> OpeningT:
        """Take the step before the first byte, and register the agreement with `run`.

        Raises:
            XinfuError: the use is refused; nothing was taken.
        """

    @abstractmethod
    async def record_refusal(self, error: XinfuError) -> None:
        """Record a refusal by `open`."""

    @abstractmethod
    def read(self, opening: OpeningT, run: Run) -> AbstractAsyncContextManager[ReadingT]:
        """Open the source for as long as the block lasts."""

    @abstractmethod
    async def ask_again(self, opening: OpeningT) -> object:
        """Evaluate the policy again, to find out whether the use may go on.

        Raises:
            RefusedError: it may not.
        """

    @abstractmethod
    async def settle(self, opening: OpeningT, reading: ReadingT | None, outcome: str) -> None:
        """Take the step after the last byte.

        Args:
            reading: None: its source was not opened.
            outcome: "completed", "cut", or the code of what ended it.
        """


@asynccontextmanager
async def enforce(way: Way[OpeningT, ReadingT]) -> AsyncIterator[ReadingT]:
    """Open a use; leaving the block settles and records it, however it ended.

    Raises (on entering):
        CapacityError: `context.full`. XinfuError: what the way raises.
    """
    with _registered(way) as run:
        try:
            opening = await way.open(run)
        except XinfuError as error:
            await way.record_refusal(error)
            raise
        outcome = "cut"
        reading: ReadingT | None = None
        try:
            asking = partial(way.ask_again, opening)
            with stop_at(opening.until, way.parts.clock.now(), run), recheck(way.parts, run, asking):
                async with way.read(opening, run) as reading:
                    yield reading
            outcome = "completed" if reading.is_whole else "cut"
        except XinfuError as error:
            outcome = error.code
            raise
        finally:
            if outcome == "cut" and run.reason is not None:  # its reader stood still, and never saw why
                outcome = run.reason.code
            await asyncio.shield(way.settle(opening, reading, outcome))


@contextmanager
def count_read(parts: DataParts, context: str, process: str) -> Iterator[Run]:
    """Register a read, within the bound on reads of its context.

    Raises:
        CapacityError: `context.full`.
    """
    bound = parts.contexts.limits_of(context).reads
    with parts.running.begin(context, process, at_most=bound) as run:
        yield run


@contextmanager
def _registered(way: Way[OpeningT, ReadingT]) -> Iterator[Run]:
    if way.is_read:
        with count_read(way.parts, way.context, way.process) as run:
            yield run
    else:
        with way.parts.running.follow(way.context, way.process) as run:
            yield run
