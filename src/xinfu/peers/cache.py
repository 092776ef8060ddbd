"""Answers that are kept for a short life and asked for once, however many wait for them."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Generic, TypeVar

from xinfu.errors import XinfuError

Key = TypeVar("Key")
Value = TypeVar("Value")


class TimedCache(Generic[Key, Value]):
    """Values by key.

    Args:
        life_s: how long a value is kept.
        failure_life_s: how long an error is kept, so that a broken peer is not asked at every call.
        most: how many keys are kept; the oldest go first.
    """

    def __init__(self, *, life_s: float, failure_life_s: float = 5.0, most: int = 4096) -> None:
        self._life = life_s
        self._failure_life = failure_life_s
        self._most = most
        self._kept: dict[Key, tuple[asyncio.Task[Value], float]] = {}

    async def get(self, key: Key, make: Callable[[], Coroutine[None, None, Value]]) -> Value:
        """The value of `key`: kept, under way, or made now.

        Raises:
            What `make` raised; a XinfuError also from memory.
        """
        now = asyncio.get_running_loop().time()
        task, until = self._kept.get(key, (None, 0.0))
        if task is None or (task.done() and (now >= until or task.cancelled())):
            task = self._start(key, make)
        # A caller that is cancelled leaves the work to the others that wait for it.
        return await asyncio.shield(task)

    def put(self, key: Key, value: Value) -> None:
        """Keep a value that was learned elsewhere."""

        async def known() -> Value:
            return value

        self._start(key, known)

    def _start(self, key: Key, make: Callable[[], Coroutine[None, None, Value]]) -> asyncio.Task[Value]:
        self._kept.pop(key, None)
        while len(self._kept) >= self._most:
            self._kept.pop(next(iter(self._kept)))
        task = asyncio.get_running_loop().create_task(make())
        self._kept[key] = (task, 0.0)
        task.add_done_callback(lambda done: self._keep(key, done))
        return task

    def _keep(self, key: Key, task: asyncio.Task[Value]) -> None:
        """Set how long the result is kept; a cancelled task or an unexpected exception is not kept."""
        if key not in self._kept or self._kept[key][0] is not task:
            return
        error = None if task.cancelled() else task.exception()
        if task.cancelled() or (error is not None and not isinstance(error, XinfuError)):
            del self._kept[key]
            return
        life = self._life if error is None else self._failure_life
        self._kept[key] = (task, asyncio.get_running_loop().time() + life)
