"""Clock: the time and new identifiers, handed to whoever needs them."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Where the inside takes the time from; tests hand over one that stands still."""

    def now(self) -> datetime:
        """This moment, aware, UTC."""
        ...

    def new_id(self) -> str:
        """A fresh identifier, `urn:uuid:` and a UUIDv7, so that later ids sort later (D-21)."""
        ...
