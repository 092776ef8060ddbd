"""Turns of those who ask for the same at the same moment, in memory: one after the other, whatever others ask for."""

import asyncio
from collections.abc import Hashable
from contextlib import AbstractAsyncContextManager
from weakref import WeakValueDictionary


class Turns:
    """A lock for each thing that is asked for, as long as somebody holds it or waits."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    def of(self, asked: Hashable) -> AbstractAsyncContextManager[None]:
        """The turn of one of those that ask for `asked`."""
        return self._locks.setdefault(asked, asyncio.Lock())
