"""A party's clock: simulated time, and how far it is off."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

START: Final = datetime(2026, 3, 1, 8, tzinfo=UTC)


class PartyClock:
    """A `Clock` whose time and identifiers are the same in every run.

    Args:
        number: tells the identifiers of one party from those of the other.
        seconds: the simulated time since START; what `off` says is added to it.
    """

    def __init__(self, number: int, seconds: Callable[[], float], first_id: int = 0) -> None:
        self.off = timedelta(0)
        self._number = number
        self._seconds = seconds
        self._given = first_id

    def now(self) -> datetime:
        """This moment as the party believes it."""
        return START + timedelta(seconds=self._seconds()) + self.off

    def is_trusted(self) -> bool:
        """The party believes what it sees."""
        return True

    def new_id(self) -> str:
        """The next identifier, in the form of a UUIDv7."""
        self._given += 1
        high, low = divmod(self._given, 0x1000)
        return f"urn:uuid:019cc0de-{high:04x}-7{low:03x}-8000-{self._number:012x}"
