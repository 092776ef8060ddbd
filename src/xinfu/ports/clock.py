"""Clock: the source of the current time and of new identifiers."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The source of the current time and of new identifiers; tests pass a clock that they set."""

    def now(self) -> datetime:
        """This moment, aware, UTC."""
        ...

    def is_trusted(self) -> bool:
        """Whether the current time can be trusted.

        False while the time has jumped and it is unknown whether it is right: no data is used then, and acts that
        cannot be undone wait.
        """
        ...

    def new_id(self) -> str:
        """A fresh identifier, `urn:uuid:` and a UUIDv7, so that later ids sort later (D-21)."""
        ...
