"""Clock: the time and new identifiers, handed to whoever needs them."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The source of the current time and of new identifiers; tests pass a clock that they set."""

    def now(self) -> datetime:
        """This moment, aware, UTC."""
        ...

    def is_trusted(self) -> bool:
        """Whether this moment can be gone by.

        False while the time has jumped and nobody can tell whether it is right: nothing is used then, and what
        cannot be undone waits.
        """
        ...

    def new_id(self) -> str:
        """A fresh identifier, `urn:uuid:` and a UUIDv7, so that later ids sort later (D-21)."""
        ...
