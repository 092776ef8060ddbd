"""Turns of callers that ask for the same thing at the same time, in memory: one after the other."""

import asyncio
from collections.abc import Hashable
from contextlib import AbstractAsyncContextManager
from weakref import WeakValueDictionary


class Turns:
    """A lock for each thing that is asked for, kept as long as somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    def of(self, asked: Hashable) -> AbstractAsyncContextManager[None]:
        """The lock of `asked`, for one caller at a time."""
        return self._locks.setdefault(asked, asyncio.Lock())
