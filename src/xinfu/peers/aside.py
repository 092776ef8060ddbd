"""The adapter of `ports/aside.py`: one thread beside the loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class ThreadAside:
    """One thread; work that comes while it is busy waits its turn, and the loop waits for nothing (an `Aside`)."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="xinfu-aside")

    async def do(self, work: Callable[[], T]) -> T:
        """What `work` gives."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        """Take no further work, and wait for none."""
        self._thread.shutdown(wait=False, cancel_futures=True)
