"""What runs at this moment, so that it can be stopped at once.

A running use is found by its agreement and its transfer. Stopping it cuts its connection there and then, before the
call that stops it goes on, so a stream that stands still stops as fast as one that flows, and a thousand as one;
settling what they used comes after. Kept in memory on purpose: what runs in this process ends with it.

What stops is told as a topic of the step that ends it, so that it stops at every worker of the node.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from xinfu.errors import RefusedError
from xinfu.services.contexts.bounds import full
from xinfu.services.memory import errors

_STOP: Final = "stop"


class Run:
    """One running use; its agreement is told (`under`) as soon as the step that opens the use knows it."""

    def __init__(self, context: str, transfer: str, *, is_read: bool = True) -> None:
        self.context = context
        self.transfer = transfer
        self.is_read = is_read
        self.agreement: str | None = None
        self.epoch = 0
        self.stopped = asyncio.Event()
        self.reason: RefusedError | None = None
        self._early: dict[str, RefusedError] = {}
        self._cut: list[Callable[[], None]] = []

    def under(self, agreement: str, epoch: int) -> None:
        """The use runs under this agreement; a stop of it that came a moment too early counts."""
        self.agreement, self.epoch = agreement, epoch
        if agreement in self._early:
            self.stop(self._early[agreement])

    def meet(self, agreement: str | None, transfer: str | None, reason: RefusedError) -> bool:
        """End the use if it runs under this agreement or for this transfer; says whether it does."""
        if transfer is not None and transfer != self.transfer:
            return False
        if agreement is not None and self.agreement is None:
            self._early[agreement] = reason
        if agreement is not None and agreement != self.agreement:
            return False
        self.stop(reason)
        return True

    def stop(self, reason: RefusedError) -> None:
        """End the use; the first reason counts."""
        if self.reason is None:
            self.reason = reason
            self.stopped.set()
            for cut in self._cut:
                cut()

    def at_stop(self, cut: Callable[[], None]) -> None:
        """Call `cut` in the very moment in which the use is stopped; at once, where that has been."""
        self._cut.append(cut)
        if self.reason is not None:
            cut()


class Running:
    """All running uses of this process."""

    def __init__(self) -> None:
        self._runs: set[Run] = set()

    @contextmanager
    def begin(self, context: str, transfer: str, *, at_most: int | None) -> Iterator[Run]:
        """Register a read for as long as the block lasts.

        It has to be there before its step commits: a stop that commits after that step must find it.

        Args:
            at_most: how many reads of the context may run here at once; None: as many as there are.

        Raises:
            CapacityError: `context.full`.
        """
        if at_most is not None and self._reads(context) >= at_most:
            raise full("reads", at_most)
        with self._registered(Run(context, transfer)) as run:
            yield run

    @contextmanager
    def follow(self, context: str, transfer: str) -> Iterator[Run]:
        """Register what a stop has to reach and what hands nothing out by itself, so that no bound counts it."""
        with self._registered(Run(context, transfer, is_read=False)) as run:
            yield run

    def _reads(self, context: str) -> int:
        return sum(run.is_read and run.context == context for run in self._runs)

    @contextmanager
    def _registered(self, run: Run) -> Iterator[Run]:
        self._runs.add(run)
        try:
            yield run
        finally:
            self._runs.discard(run)

    def stop(
        self, context: str, reason: RefusedError, *, agreement: str | None = None, transfer: str | None = None
    ) -> int:
        """Stop every use of this agreement, or of this transfer; gives how many."""
        there = [run for run in self._runs if run.context == context]
        return sum(run.meet(agreement, transfer, reason) for run in there)

    def told(self, topics: frozenset[str]) -> None:
        """A commit happened, here or at another worker; stop what it stops.

        While no other worker can be heard ("deaf"), nothing goes on: a stop could not reach it.
        """
        for each in stops_in(topics):
            self.stop(
                each.context,
                errors.USE_STOPPED(code=each.code),
                agreement=each.agreement,
                transfer=each.transfer,
            )
        if "deaf" in topics:
            for run in self.runs():
                run.stop(errors.USE_DEAF())

    def runs(self) -> list[Run]:
        """What runs now."""
        return list(self._runs)

    def __len__(self) -> int:
        return len(self._runs)


def stop_topic(context: str, reason: RefusedError, *, agreement: str = "", transfer: str = "") -> str:
    """What a step publishes that ends an agreement or a transfer."""
    return f"{_STOP}\n{context}\n{reason.code}\n{agreement}\n{transfer}"


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """What a step has ended: all that runs under an agreement, or for a transfer."""

    context: str
    code: str
    agreement: str | None
    transfer: str | None


def stops_in(topics: Iterable[str]) -> Iterator[Stop]:
    """The stops among what a step published."""
    for topic in topics:
        kind, *words = topic.split("\n")
        if kind == _STOP:
            context, code, agreement, transfer = words
            yield Stop(context=context, code=code, agreement=agreement or None, transfer=transfer or None)
