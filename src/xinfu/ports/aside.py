"""Aside: runs long work on received data outside the event loop, so that the node stays responsive.

The size of the data is bounded beforehand, so that no single call into C occupies the interpreter for long.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Aside(Protocol):
    """A runner of long work. Safe to share between tasks."""

    async def do(self, work: Callable[[], T]) -> T:
        """Return the result of `work`, or raise its error. `work` must not touch anything that the loop changes."""
        ...


class AtOnce:
    """An `Aside` that runs the work in the calling task: for short work, or when nothing else waits."""

    async def do(self, work: Callable[[], T]) -> T:
        """Return the result of `work`."""
        return work()
