"""Work on what others sent that takes long, done beside the loop so that everything else of the node goes on.

What is worked on is bounded before, so that no single call into C keeps the interpreter for itself for long.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Aside(Protocol):
    """Where long work is done. Safe to share between tasks."""

    async def do(self, work: Callable[[], T]) -> T:
        """What `work` gives, or the error that it raises. It must touch nothing that the loop changes."""
        ...


class AtOnce:
    """Does it where it is asked for: for short work, and where nobody else waits (an `Aside`)."""

    async def do(self, work: Callable[[], T]) -> T:
        """What `work` gives."""
        return work()
