"""Single flight: whoever wants the same thing at the same time waits for one fetch of it."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """A guard that runs at most one fetch per key at a time.

    A fetch belongs to nobody: it goes on when the one who began it is cancelled. It gives a value for
    failure too, so that no error stays unseen when all who waited have gone.
    """

    def __init__(self) -> None:
        self._under_way: dict[K, asyncio.Task[V]] = {}

    def is_under_way(self, key: K) -> bool:
        """Whether `join` would wait for a fetch that has begun."""
        return key in self._under_way

    async def join(self, key: K, fetch: Callable[[], Coroutine[object, object, V]]) -> V:
        """The result of the fetch for `key` that is under way, else of `fetch`, which begins now."""
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(self._run(key, fetch))
            self._under_way[key] = task
        return await asyncio.shield(task)

    async def _run(self, key: K, fetch: Callable[[], Coroutine[object, object, V]]) -> V:
        try:
            return await fetch()
        finally:
            del self._under_way[key]
