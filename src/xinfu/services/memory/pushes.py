"""The pushes under way in a node, each in a task of its own, so that no message waits behind bytes."""

import asyncio
from collections.abc import Callable, Coroutine


class Pushes:
    """The pushes of this process; the semaphore `free` limits how many move bytes at the same time."""

    def __init__(self, at_once: int = 16) -> None:
        self._running: dict[int, asyncio.Task[None]] = {}
        self.free = asyncio.Semaphore(at_once)

    def start(self, row: int, work: Callable[[], Coroutine[object, object, None]]) -> None:
        """Start a push in the background, unless the row is being pushed already."""
        if row not in self._running:
            task = asyncio.create_task(work())
            self._running[row] = task
            task.add_done_callback(lambda _: self._running.pop(row, None))

    async def close(self) -> None:
        """Cancel all pushes; their rows stay in the outbox, and the next start of the node goes on with them."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
