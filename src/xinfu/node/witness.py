"""The loop that compares evidence logs with those of peers: at the start, and after a log has grown.

It sleeps while nothing is recorded, and asks each peer at most once in a while; no message waits for it.
"""

import asyncio
import logging
from typing import Final

from xinfu.errors import XinfuError
from xinfu.services.background.peer_logs import ask_all
from xinfu.services.parts import Parts

_log = logging.getLogger(__name__)

PAUSE_S: Final = 10.0
"""How long a log grows before its peers are told and asked."""
AT_MOST_S: Final = 60.0
"""How long one round may take for a context."""


class Witness:
    """Asks the peers of every context about their logs, and shows them ours.

    Args:
        pause_s: the shortest time between two rounds.

    Attributes:
        alive: it runs.
        rounds: how often all were asked.
    """

    def __init__(self, parts: Parts, *, pause_s: float = PAUSE_S) -> None:
        self._parts = parts
        self._pause_s = pause_s
        self._grown = asyncio.Event()
        self.alive = False
        self.rounds = 0

    def told(self, topics: frozenset[str]) -> None:
        """A commit happened, here or at another worker."""
        if "checkpoint" in topics or "missed" in topics:
            self._grown.set()

    async def run(self) -> None:
        """Until cancelled. The first round is at once: a store that was set back learns it from its peers."""
        self.alive = True
        try:
            while True:
                self._grown.clear()
                for context in self._parts.contexts:
                    await self._ask(context.id)
                self.rounds += 1
                await asyncio.sleep(self._pause_s)
                await self._grown.wait()
        finally:
            self.alive = False

    async def _ask(self, context: str) -> None:
        try:
            async with asyncio.timeout(AT_MOST_S):
                await ask_all(self._parts, context)
        except TimeoutError:
            _log.warning("peers are slow to tell of their logs", extra={"context": context})
        except XinfuError as error:
            _log.warning("evidence logs were not compared", extra={"context": context, "code": error.code})
