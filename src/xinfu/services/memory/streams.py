"""Event streams: lasting answers to listeners, limited in number and ended when the node stops."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from xinfu.services.memory import errors

MOST: Final = 64


class Streams:
    """The open event streams of this process.

    Attributes:
        patience_s: how long a listener may take nothing before its stream is dropped.
        beat_s: the time without news after which a sign of life is sent.
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
        """Refuse a new stream if `MOST` are open.

        Raises:
            ConflictError: `events.too-many`.
        """
        if self._open >= MOST:
            raise errors.EVENTS_TOO_MANY(most=MOST)

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Count a stream as open for as long as the block lasts."""
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1
