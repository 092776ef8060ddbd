"""Blocking reads off the loop, in threads of their own, so that long queries never hold up the reading of files."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")

_INTERRUPT_EVERY_S: Final = 0.05


class Threads:
    """As many threads as queries may run at once, and one more for what is asked when a table is published."""

    def __init__(self, size: int) -> None:
        self._pool = ThreadPoolExecutor(size + 1, thread_name_prefix="table")

    async def run(self, work: Callable[[], T], *, interrupt: Callable[[], None] | None = None) -> T:
        """The result of `work`. When the caller is cancelled, `interrupt` makes the work end, and it is awaited.

        Whatever the work uses may be closed afterwards. The interrupt is said again until it is heard: one that
        comes a moment before a statement begins is lost.
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
        """Let go of the threads; what ran has been cancelled before."""
        self._pool.shutdown(wait=False, cancel_futures=True)


async def _a_moment(future: "asyncio.Future[T]") -> None:
    """Wait for the work for a moment, however often the one who waits is cancelled again."""
    try:
        await asyncio.wait({future}, timeout=_INTERRUPT_EVERY_S)
    except asyncio.CancelledError:
        return
