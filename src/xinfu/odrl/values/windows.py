"""Windows: the stretch of time over which something is counted, and whose it is.

A window is half-open and begins by the clock and the calendar of the policy's zone: an hour, a day, a week from
Monday, a month, a year. When it ends the next begins, with nothing spent. Follows: usage-control §6.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Final

from xinfu.odrl.values.durations import SECOND, Duration, read_duration


class Window(StrEnum):
    """Over which time is counted; the value is its length as xsd:duration."""

    MINUTE = "PT1M"
    HOUR = "PT1H"
    DAY = "P1D"
    WEEK = "P7D"
    MONTH = "P1M"
    YEAR = "P1Y"


class CounterOwner(StrEnum):
    """The owner of a counter."""

    AGREEMENT = "agreement"
    """For one rule of one agreement."""
    PARTICIPANT = "participant"
    """For the participant that receives, over all its agreements on the dataset."""


class Per(StrEnum):
    """The unit to which a price applies."""

    USE = "use"


Unit = Window | CounterOwner | Per
"""What can be said of a counter: `unitOfCount eq day`, `unitOfCount eq participant`, of a price `unitOfCount eq use`."""

LENGTHS: Final[Mapping[Window, Duration]] = {
    Window.MINUTE: Duration(0, 60 * SECOND),
    Window.HOUR: Duration(0, 3600 * SECOND),
    Window.DAY: Duration(0, 86_400 * SECOND),
    Window.WEEK: Duration(0, 7 * 86_400 * SECOND),
    Window.MONTH: Duration(1, 0),
    Window.YEAR: Duration(12, 0),
}
_WORDS: Final[Mapping[str, Unit]] = {
    **{window.name.lower(): window for window in Window},
    "agreement": CounterOwner.AGREEMENT,
    "participant": CounterOwner.PARTICIPANT,
    "assignee": CounterOwner.PARTICIPANT,
    "use": Per.USE,
}
_INTO_THE_NEXT: Final[Mapping[Window, timedelta]] = {
    Window.MINUTE: timedelta(minutes=1),
    Window.HOUR: timedelta(hours=1),
    Window.DAY: timedelta(days=1),
    Window.WEEK: timedelta(days=7),
    Window.MONTH: timedelta(days=32),
    Window.YEAR: timedelta(days=366),
}
"""From the beginning of a window to somewhere in the one behind it."""


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


_BEGINS: Final[Mapping[Window, Callable[[datetime], datetime]]] = {
    Window.MINUTE: lambda at: at.replace(second=0, microsecond=0),
    Window.HOUR: lambda at: at.replace(minute=0, second=0, microsecond=0),
    Window.DAY: _midnight,
    Window.WEEK: lambda at: _midnight(at) - timedelta(days=at.weekday()),
    Window.MONTH: lambda at: _midnight(at).replace(day=1),
    Window.YEAR: lambda at: _midnight(at).replace(month=1, day=1),
}


def read_window(text: str) -> Window | None:
    """A window by its name (`day`) or length (`P1D`, `PT24H`); None if `text` does not name one."""
    found = read_unit(text)
    return found if isinstance(found, Window) else None


def read_unit(text: str) -> Unit | None:
    """The window, owner of a counter or unit of a price that `text` names; None if it names none."""
    said = text.strip()
    length = read_duration(said)
    if length is None:
        return _WORDS.get(said)
    return next((window for window, known in LENGTHS.items() if known == length), None)


def begins(window: Window, at: datetime, zone: timezone) -> datetime:
    """The beginning, in UTC, of the window in which `at` lies."""
    return _BEGINS[window](at.astimezone(zone)).astimezone(UTC)


def ends(window: Window, at: datetime, zone: timezone) -> datetime:
    """The beginning, in UTC, of the window behind the one in which `at` lies."""
    beyond = _BEGINS[window](at.astimezone(zone)) + _INTO_THE_NEXT[window]
    return _BEGINS[window](beyond).astimezone(UTC)
