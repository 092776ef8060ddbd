"""A simulated loop that waits for a real database: time stands still while the database has something to say.

Simulated time goes on only when nothing is ready, no call to the database is under way, and every session has
heard what was told by NOTIFY. So no timer ever fires because the machine is slow.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from tests.simulation.loop import SimulatedLoop

PATIENCE_S: Final = 60.0
"""How long the database may leave a call without an answer, in real seconds: longer than any lock is waited for."""


class WiredLoop(SimulatedLoop):
    """A loop with real sockets in simulated time."""

    def __init__(self, limit_s: float) -> None:
        self._calls = 0
        self._settling: list[Callable[[], bool]] = []
        super().__init__(limit_s)

    @contextmanager
    def call(self) -> Iterator[None]:
        """A call to the database is under way while the block lasts."""
        self._calls += 1
        try:
            yield
        finally:
            self._calls -= 1

    def before_time(self, settle: Callable[[], bool]) -> None:
        """Have `settle` asked before time goes on: False means that it has begun to work for that."""
        self._settling.append(settle)

    def wait(self, timeout: float | None) -> list[Any]:
        if (found := self.wire.poll(0)) or timeout == 0:
            return found
        if self._calls:
            if not (found := self.wire.poll(PATIENCE_S)):
                raise AssertionError(f"the database has left a call unanswered for {PATIENCE_S:.0f} seconds")
            return found
        if all(settle() for settle in self._settling):
            return super().wait(timeout)
        return []
