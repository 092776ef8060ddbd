"""Runs long work on received data outside the event loop, so that the node stays responsive.

What is worked on is bounded before, so that no single call into C keeps the interpreter for itself for long.
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
    """Does it where it is asked for: for short work, and where nobody else waits (an `Aside`)."""

    async def do(self, work: Callable[[], T]) -> T:
        """Return the result of `work`."""
        return work()
