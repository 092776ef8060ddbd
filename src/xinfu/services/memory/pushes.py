"""What a node pushes at this moment: each push in a task of its own, so that no message waits behind bytes."""

import asyncio
from collections.abc import Callable, Coroutine


class Pushes:
    """The pushes of this process; `free` has a place for each that may move bytes at the same time."""

    def __init__(self, at_once: int = 16) -> None:
        self._running: dict[int, asyncio.Task[None]] = {}
        self.free = asyncio.Semaphore(at_once)

    def start(self, row: int, work: Callable[[], Coroutine[object, object, None]]) -> None:
        """Push in the background; a row that is pushed already goes on."""
        if row not in self._running:
            task = asyncio.create_task(work())
            self._running[row] = task
            task.add_done_callback(lambda _: self._running.pop(row, None))

    async def close(self) -> None:
        """Break off; the rows stay, and the next start of the node goes on with them."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
