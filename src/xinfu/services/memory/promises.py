"""Outbox rows that steps of this process have just added: taken up without reading the store.

Each such row was leased to us as it was written, so nobody else takes it up, and after a crash it comes back from
the store. A row that answers a message waits until our acknowledgement has been sent (D-11), or until it falls due by
itself. Kept in memory on purpose: what is lost here is still in the outbox.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from xinfu.ports.clock import Clock
from xinfu.ports.records import OutboxRow


class Promises:
    """The rows that wait until an acknowledgement is sent, and the rows that are ready."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[str, tuple[OutboxRow, asyncio.TimerHandle]] = {}
        self._ready: deque[OutboxRow] = deque()
        self._wake: Callable[[], None] | None = None

    def keeper(self, wake: Callable[[], None]) -> None:
        """Set `wake`, which is called whenever a row becomes ready."""
        self._wake = wake

    def made(self, rows: Sequence[OutboxRow]) -> None:
        """Add rows that a step has committed, each the first of its queue."""
        now = self._clock.now()
        loop = asyncio.get_running_loop()
        for row in rows:
            queue = row.promise.queue
            self._drop(queue)  # it takes the place of one that waited
            left_s = (row.due - now).total_seconds()
            if left_s > 0:
                self._waiting[queue] = (row, loop.call_later(left_s, self._release, queue))
            else:
                self._be_ready(row)

    async def release(self, process: str) -> None:
        """Make the waiting row of a process ready, since our acknowledgement has been sent."""
        self._release(process)

    def take(self, most: int) -> list[OutboxRow]:
        """Remove up to `most` ready rows, and return them for delivery."""
        return [self._ready.popleft() for _ in range(min(most, len(self._ready)))]

    def __len__(self) -> int:
        """The number of rows, ready or waiting."""
        return len(self._waiting) + len(self._ready)

    def _release(self, queue: str) -> None:
        row = self._drop(queue)
        if row is not None:
            self._be_ready(replace(row, due=self._clock.now()))

    def _drop(self, queue: str) -> OutboxRow | None:
        """Remove the waiting row of a queue, and return it; None if there is none."""
        row, timer = self._waiting.pop(queue, (None, None))
        if timer is not None:
            timer.cancel()
        return row

    def _be_ready(self, row: OutboxRow) -> None:
        self._ready.append(row)
        if self._wake is not None:
            self._wake()
