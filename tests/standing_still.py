"""How much the loop computes in one go while something is awaited, by processor time, so that a busy machine changes nothing."""

import asyncio
import time
from collections.abc import Awaitable
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Work(NamedTuple):
    """Seconds of processor time.

    Attributes:
        in_one_go: the most that the thread of the loop computed between two turns of the loop.
        aside: what all other threads of the process computed.
    """

    in_one_go: float
    aside: float


async def measured(doing: Awaitable[T]) -> tuple[T, Work]:
    """What was awaited, and the work of the loop and of other threads meanwhile."""
    task = asyncio.ensure_future(doing)
    process, thread = time.process_time(), time.thread_time()
    before, most = thread, 0.0
    while not task.done():
        await asyncio.sleep(0)
        now = time.thread_time()
        most, before = max(most, now - before), now
    return await task, Work(most, time.process_time() - process - (before - thread))
