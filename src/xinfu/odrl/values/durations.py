"""Durations: the partial order of xsd:duration, and stretches of time held against them.

A duration is months and microseconds, and a month has no length by itself: `P1M` against `P30D` is undecided,
`P60M` is sixty months. A stretch between two known moments is always decided: the duration is added to its
beginning by the calendar in UTC. Follows: XML Schema 1.1 part 2, 3.3.6 and E.3.3.
"""

import re
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Final

import msgspec

SECOND: Final = 1_000_000
"""Microseconds."""
_DAY: Final = 86_400 * SECOND
_DURATION: Final = re.compile(
    r"P(?=.)(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})D)?"
    r"(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:\.(\d{1,6}))?S)?)?",
    re.ASCII,
)
_PARTS: Final = ("years", "months", "days", "hours", "minutes", "seconds")
_REFERENCES: Final = (1696 * 12 + 8, 1697 * 12 + 1, 1903 * 12 + 2, 1903 * 12 + 6)
"""Months since the year 0 from whose first day two durations are told apart (XML Schema 3.3.6.1)."""
_BEFORE_MONTH: Final = (0, *accumulate((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30)))
"""Days of an ordinary year before each of its months."""


class Duration(msgspec.Struct, frozen=True):
    """A length of time, 0 or above."""

    months: int
    microseconds: int

    @property
    def least_microseconds(self) -> int:
        """The least number of microseconds that it can last, whenever it begins."""
        return min(_from(start, self) - _from(start, _NOTHING) for start in _REFERENCES)

    def __str__(self) -> str:
        """The duration as xsd:duration, to the second."""
        minutes, seconds = divmod(self.microseconds // SECOND, 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        date = "".join(f"{count}{unit}" for count, unit in ((self.months, "M"), (days, "D")) if count)
        parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
        time = "".join(f"{count}{unit}" for count, unit in parts if count)
        return f"P{date}T{time}".removesuffix("T") if date or time else "PT0S"


_NOTHING: Final = Duration(0, 0)


class Stretch(msgspec.Struct, frozen=True):
    """The time between two moments, both in UTC; `start` None: it has no beginning."""

    start: datetime | None
    end: datetime

    def __str__(self) -> str:
        """The length as xsd:duration, to the second; empty if it has no beginning."""
        if self.start is None:
            return ""
        return str(Duration(0, max(0, (self.end - self.start) // timedelta(microseconds=1))))


def read_duration(text: str) -> Duration | None:
    """An xsd:duration, not negative, of at most nine digits a part."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        return None
    years, months, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[:6])
    micros = int((found[7] or "").ljust(6, "0"))
    seconds += 60 * (minutes + 60 * (hours + 24 * days))
    return Duration(years * 12 + months, seconds * SECOND + micros)


def read_parts(text: str) -> tuple[tuple[str, str], ...]:
    """The parts of an xsd:duration as they are written, each a number with its unit: `("30", "days")`."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        return ()
    numbers = [*found.groups()[:5], ".".join(filter(None, found.groups()[5:]))]
    return tuple((number, unit) for number, unit in zip(numbers, _PARTS, strict=True) if number)


def order_durations(one: Duration, other: Duration) -> int | None:
    """Below 0 when `one` is shorter, above when it is longer, 0 when equal; None when it depends on when."""
    signs = {_sign(_from(start, one) - _from(start, other)) for start in _REFERENCES}
    return signs.pop() if len(signs) == 1 else None


def order_of(stretch: Stretch, duration: Duration) -> int:
    """Below 0 when `stretch` is shorter than `duration`, above when it is longer, 0 when they are equal."""
    if stretch.start is None:
        return 1
    end = after(stretch.start, duration)
    return -1 if end is None else _sign((stretch.end - end) // timedelta(microseconds=1))


def after(moment: datetime, duration: Duration) -> datetime | None:
    """The moment that comes `duration` after `moment`, by the calendar in UTC; None beyond the year 9999."""
    start = moment.astimezone(UTC)
    year, month = divmod(start.year * 12 + start.month - 1 + duration.months, 12)
    last = _first_day(year * 12 + month + 1) - _first_day(year * 12 + month)
    try:
        shifted = start.replace(year=year, month=month + 1, day=min(start.day, last))
        return shifted + timedelta(microseconds=duration.microseconds)
    except (ValueError, OverflowError):
        return None


def _from(start: int, duration: Duration) -> int:
    """Microseconds from the year 0 to `duration` after the first day of a month."""
    return _first_day(start + duration.months) * _DAY + duration.microseconds


def _first_day(month: int) -> int:
    """Days from the year 0 to the first day of a month, for any number of months since then."""
    year, place = divmod(month, 12)
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    before = year - 1
    leaps = before // 4 - before // 100 + before // 400
    return 365 * year + leaps + _BEFORE_MONTH[place] + (is_leap and place > 1)


def _sign(difference: int) -> int:
    return (difference > 0) - (difference < 0)
