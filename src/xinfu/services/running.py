"""What runs at this moment, so that it can be stopped at once.

A running use is found by its agreement and its transfer. Stopping sets its signal; whoever streams waits for
the next chunk and for the signal at the same time, so a stream that stands still stops as fast as one that
flows. Kept in memory on purpose: what runs in this process ends with it.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from xinfu.errors import RefusedError


class Run:
    """One running use; `agreement` is told as soon as the step that opens the use knows it."""

    def __init__(self, context: str, transfer: str) -> None:
        self.context = context
        self.transfer = transfer
        self.agreement: str | None = None
        self.stopped = asyncio.Event()
        self.reason: RefusedError | None = None

    def stop(self, reason: RefusedError) -> None:
        """End the use; the first reason counts."""
        if self.reason is None:
            self.reason = reason
            self.stopped.set()


class Running:
    """All running uses of this process."""

    def __init__(self) -> None:
        self._runs: set[Run] = set()

    @contextmanager
    def begin(self, context: str, transfer: str) -> Iterator[Run]:
        """Register a use for as long as the block lasts.

        It has to be there before its step commits: a stop that commits after that step must find it.
        """
        run = Run(context, transfer)
        self._runs.add(run)
        try:
            yield run
        finally:
            self._runs.discard(run)

    def stop(
        self, context: str, reason: RefusedError, *, agreement: str | None = None, transfer: str | None = None
    ) -> int:
        """Stop every use of this agreement, or of this transfer; gives how many."""
        met = [
            run
            for run in self._runs
            if run.context == context
            and (agreement is None or run.agreement == agreement)
            and (transfer is None or run.transfer == transfer)
        ]
        for run in met:
            run.stop(reason)
        return len(met)

    def __len__(self) -> int:
        return len(self._runs)
