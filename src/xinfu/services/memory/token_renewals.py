"""Renewals of endpoint tokens under way in this process, one for each transfer; all callers share the outcome.

Kept in memory on purpose: a renewal elsewhere at the same moment gets the same tokens from the provider.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable

from xinfu.dsp import DataAddress
from xinfu.errors import XinfuError


class Renewals:
    """The renewals under way; each goes on even if the caller that began it is gone."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Task[DataAddress | XinfuError]] = {}

    async def join(self, key: Hashable, work: Callable[[], Awaitable[DataAddress]]) -> DataAddress:
        """Return the outcome of the renewal under way for `key`; without one, start `work` and return its outcome.

        Raises:
            What `work` raises, to everyone who waits for it.
        """
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.ensure_future(_outcome(work))
            self._under_way[key] = task
            task.add_done_callback(lambda _: self._under_way.pop(key))
        outcome = await asyncio.shield(task)
        if isinstance(outcome, XinfuError):
            raise outcome
        return outcome


async def _outcome(work: Callable[[], Awaitable[DataAddress]]) -> DataAddress | XinfuError:
    """Run `work`, and return an error as a value, so that none stays unseen if all callers have gone."""
    try:
        return await work()
    except XinfuError as error:
        return error
