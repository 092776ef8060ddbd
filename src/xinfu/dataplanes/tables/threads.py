"""Blocking reads off the loop, in threads of their own, so that long queries never hold up the reading of files."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")

_INTERRUPT_EVERY_S: Final = 0.05


class Threads:
    """A pool with a thread for each query that may run at once, and one more to check a table that is published."""

    def __init__(self, size: int) -> None:
        self._pool = ThreadPoolExecutor(size + 1, thread_name_prefix="table")

    async def run(self, work: Callable[[], T], *, interrupt: Callable[[], None] | None = None) -> T:
        """Run `work` in a thread, and return its result. A cancelled caller interrupts the work and waits for it.

        Whatever the work uses may be closed afterwards. The interrupt is repeated until the work ends: an interrupt
        a moment before a statement begins is lost.
        """
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            while not future.done():
                if interrupt is not None:
                    interrupt()
                await _a_moment(future)
            if not future.cancelled():
                future.exception()  # taken, so that nobody misses it
            raise

    def close(self) -> None:
        """Shut down the threads; their work has been cancelled before."""
        self._pool.shutdown(wait=False, cancel_futures=True)


async def _a_moment(future: "asyncio.Future[T]") -> None:
    """Wait a moment for the work, even if the waiting task is cancelled again."""
    try:
        await asyncio.wait({future}, timeout=_INTERRUPT_EVERY_S)
    except asyncio.CancelledError:
        return
