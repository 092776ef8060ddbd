"""Renewals of endpoint tokens under way in this process, one a transfer: all who want it share its outcome.

Kept in memory on purpose: who renews elsewhere at the same moment is given the same tokens by the provider.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable

from xinfu.dsp import DataAddress
from xinfu.errors import XinfuError


class Renewals:
    """What is under way. A renewal belongs to nobody: it goes on when the one who began it is gone."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Task[DataAddress | XinfuError]] = {}

    async def join(self, key: Hashable, work: Callable[[], Awaitable[DataAddress]]) -> DataAddress:
        """The outcome of the renewal for `key` that is under way, else of `work`, which begins now.

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
    """An error as a value, so that none stays unseen when all who waited have gone."""
    try:
        return await work()
    except XinfuError as error:
        return error
