"""An event loop whose time is simulated: it jumps to the next timer instead of waiting for it.

When nothing is left to run and no timer is set, the loop is still; whoever awaits `stillness` goes on then. A
world that never becomes still has a timer that fires while nothing is due.
"""

import asyncio
import contextvars
import selectors
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar

from tests.simulation.owner import OWNER

T = TypeVar("T")


class _Wire(selectors.DefaultSelector):
    """Asks the loop what to do instead of waiting."""

    def __init__(self, wait: Callable[[float | None], list[Any]]) -> None:
        super().__init__()
        self._wait = wait

    def select(self, timeout: float | None = None) -> list[Any]:
        return self._wait(timeout)

    def poll(self, timeout: float) -> list[Any]:
        """What has come over real sockets; waits for it at most `timeout` real seconds."""
        return super().select(timeout)


class SimulatedLoop(asyncio.SelectorEventLoop):
    """Runs everything in one thread, in an order that depends on nothing but what is run."""

    def __init__(self, limit_s: float) -> None:
        self._moment = 0.0
        self._limit_s = limit_s
        self._still: list[asyncio.Future[None]] = []
        self.wire = _Wire(self.wait)
        super().__init__(self.wire)
        self._clock_resolution = 1e-6
        self.set_task_factory(_owned)

    def time(self) -> float:
        """Seconds since the beginning."""
        return self._moment

    async def stillness(self) -> None:
        """Return when nothing runs and no timer is set."""
        still = self.create_future()
        self._still.append(still)
        await still

    def wait(self, timeout: float | None) -> list[Any]:
        """Let simulated time pass: `timeout` seconds, or to the end of all that was set; gives what came."""
        if timeout is None:
            if not self._still:
                raise AssertionError("nothing will ever happen again, and the schedule is not over")
            for still in self._still:
                still.set_result(None)
            self._still.clear()
        elif timeout > 0:
            self._moment += timeout
            if self._moment > self._limit_s:
                raise AssertionError(f"still at work after {self._limit_s:.0f} simulated seconds")
        return []


def _owned(
    loop: asyncio.AbstractEventLoop,
    coro: Coroutine[Any, Any, T] | Generator[Any, None, T],
    context: contextvars.Context | None = None,
) -> asyncio.Task[T]:
    """A task that its party can find and end."""
    task: asyncio.Task[T] = asyncio.Task(coro, loop=loop, context=context)
    owner = OWNER.get() if context is None else context.get(OWNER)
    if owner is not None:
        owner[task] = None
        task.add_done_callback(lambda done: owner.pop(done, None))
    return task
