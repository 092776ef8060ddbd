"""Text in both languages, and the format of moments on a page."""

from datetime import datetime, timedelta, timezone
from typing import Final

from msgspec import Struct

BEIJING_TIME: Final = timezone(timedelta(hours=8))


class Text(Struct, frozen=True, kw_only=True):
    """The same words in both languages."""

    en: str
    zh: str


def clock_time(moment: datetime) -> str:
    """A moment in Beijing time to the millisecond, as in `18:00:00.000`."""
    return moment.astimezone(BEIJING_TIME).isoformat(sep=" ", timespec="milliseconds")[11:23]


def minute(moment: datetime) -> str:
    """A moment in Beijing time to the minute, as in `2024-12-24 18:00`."""
    return moment.astimezone(BEIJING_TIME).isoformat(sep=" ", timespec="minutes")[:16]
