"""Implements `ports/aside.py` with one thread next to the event loop."""

import asyncio
import gc
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

HANDOVER_S: Final = 0.0005
"""How long work may go on while the loop waits for its turn."""

T = TypeVar("T")


class ThreadAside:
    """One thread; work that comes while it is busy waits its turn, and the loop waits for nothing (an `Aside`)."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="xinfu-aside")

    async def do(self, work: Callable[[], T]) -> T:
        """Run `work` in the thread and return its result."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _giving_way, work)

    def close(self) -> None:
        """Take no further work, and wait for none."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def _giving_way(work: Callable[[], T]) -> T:
    """Do it so that the loop gets its turn when it asks for one.

    The interpreter hands over after half a millisecond in place of five, for a request of the loop needs several turns.
    And the collector waits: to look through a page of many thousand objects would hold everyone up, while they are
    freed by themselves when they are done with.
    """
    interval_s, collecting = sys.getswitchinterval(), gc.isenabled()
    sys.setswitchinterval(HANDOVER_S)
    gc.disable()
    try:
        return work()
    finally:
        if collecting:
            gc.enable()
        sys.setswitchinterval(interval_s)
