"""The uses and transfers that run at this moment, so that they can be stopped at once.

A running use is found by its agreement and its transfer. Stopping it cuts its connection at once, before the call
that stops it goes on, so a stalled stream stops as fast as a flowing one, and a thousand as fast as one; what they used
is settled afterwards. Kept in memory on purpose: what runs in this process ends with it.

A stop is published as a topic of its step, so that it reaches every worker of the node.
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
    """A running use; `under` sets its agreement as soon as the step that opens the use knows it."""

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
        """Set the agreement of the use, and apply a stop of that agreement that came a moment too early."""
        self.agreement, self.epoch = agreement, epoch
        if agreement in self._early:
            self.stop(self._early[agreement])

    def meet(self, agreement: str | None, transfer: str | None, reason: RefusedError) -> bool:
        """Stop the use if it matches the agreement and the transfer (None: any), and return whether it does."""
        if transfer is not None and transfer != self.transfer:
            return False
        if agreement is not None and self.agreement is None:
            self._early[agreement] = reason
        if agreement is not None and agreement != self.agreement:
            return False
        self.stop(reason)
        return True

    def stop(self, reason: RefusedError) -> None:
        """Stop the use; the first reason counts."""
        if self.reason is None:
            self.reason = reason
            self.stopped.set()
            for cut in self._cut:
                cut()

    def at_stop(self, cut: Callable[[], None]) -> None:
        """Call `cut` in the moment in which the use is stopped; at once if it has been."""
        self._cut.append(cut)
        if self.reason is not None:
            cut()


class Running:
    """The running uses of this process."""

    def __init__(self) -> None:
        self._runs: set[Run] = set()

    @contextmanager
    def begin(self, context: str, transfer: str, *, at_most: int | None) -> Iterator[Run]:
        """Register a read for as long as the block lasts.

        It has to be there before its step commits: a stop that commits after that step must find it.

        Args:
            at_most: how many reads of the context may run here at once; None: no limit.

        Raises:
            CapacityError: `context.full`.
        """
        if at_most is not None and self._reads(context) >= at_most:
            raise full("reads", at_most)
        with self._registered(Run(context, transfer)) as run:
            yield run

    @contextmanager
    def follow(self, context: str, transfer: str) -> Iterator[Run]:
        """Register a run that a stop has to reach but that hands out no data, so that no limit counts it."""
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
        """Stop the uses under this agreement or for this transfer, and return their number."""
        there = [run for run in self._runs if run.context == context]
        return sum(run.meet(agreement, transfer, reason) for run in there)

    def told(self, topics: frozenset[str]) -> None:
        """Stop the uses that the topics of a commit stop, made here or by another worker.

        While other workers cannot be heard ("deaf"), all uses are stopped, since a stop could not reach them.
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
        """The uses that run now."""
        return list(self._runs)

    def __len__(self) -> int:
        return len(self._runs)


def stop_topic(context: str, reason: RefusedError, *, agreement: str = "", transfer: str = "") -> str:
    """The topic that a step publishes when it ends an agreement or a transfer."""
    return f"{_STOP}\n{context}\n{reason.code}\n{agreement}\n{transfer}"


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """A published stop of all uses under an agreement or for a transfer."""

    context: str
    code: str
    agreement: str | None
    transfer: str | None


def stops_in(topics: Iterable[str]) -> Iterator[Stop]:
    """The stops among the topics of a step."""
    for topic in topics:
        kind, *words = topic.split("\n")
        if kind == _STOP:
            context, code, agreement, transfer = words
            yield Stop(context=context, code=code, agreement=agreement or None, transfer=transfer or None)
