"""Streams: answers that last, each to one who listens. Bounded in number, and ended when the node stops."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from xinfu.services.memory import errors

MOST: Final = 64


class Streams:
    """Who listens now.

    Attributes:
        patience_s: how long one who listens may take nothing before the stream is dropped.
        beat_s: after how long without news a sign of life is sent.
        stopping: set when the node stops.
    """

    def __init__(self) -> None:
        self.patience_s = 30.0
        self.beat_s = 15.0
        self.stopping = asyncio.Event()
        self._open = 0

    def __len__(self) -> int:
        return self._open

    def must_have_room(self) -> None:
        """Refuse one more than the node bears.

        Raises:
            ConflictError: `events.too-many`.
        """
        if self._open >= MOST:
            raise errors.EVENTS_TOO_MANY(most=MOST)

    @contextmanager
    def opened(self) -> Iterator[None]:
        """One more listens for as long as the block lasts."""
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1
