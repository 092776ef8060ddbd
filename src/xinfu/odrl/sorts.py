"""Kinds of value, read from text: moment, count, term, party, region, claim.

A reader gives None for a text that is not of its kind; the constraint is then unknown, and refused when it
is published. Dates and times need an offset: a time without one is nobody's time.
Follows: XML Schema 1.1 datatypes; DSP-RULES T-07 (a time without seconds is read).
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from xinfu.odrl.regions import Region, read_region
from xinfu.odrl.terms import short

MAX_DIGITS: Final = 64


class Sort(StrEnum):
    """The kinds of value that an operand can have."""

    INSTANT = "instant"
    COUNT = "count"
    TERM = "term"
    PARTY = "party"
    REGION = "region"
    CLAIM = "claim"


class Moment(msgspec.Struct, frozen=True):
    """A stretch of time, from `start` up to but not including `end`, in steps of a microsecond.

    An instant is one step long, a date its whole day; an instant between two steps has no length.
    """

    start: datetime
    end: datetime


Value = Moment | int | Decimal | str | Region

_STEP: Final = timedelta(microseconds=1)
_MOMENT: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-]\d\d:\d\d)",
    re.ASCII,
)
_COUNT: Final = re.compile(rf"\+?(\d{{1,{MAX_DIGITS}}})(?:\.0{{1,{MAX_DIGITS}}})?", re.ASCII)
_DECIMAL: Final = re.compile(rf"[+-]?(?=\.?\d)\d{{0,{MAX_DIGITS}}}(?:\.\d{{0,{MAX_DIGITS}}})?", re.ASCII)


def read_moment(text: str) -> Moment | None:
    """A dateTime as one microsecond, a date as its whole day; None without an offset or out of range."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        start = datetime(int(year), int(month), int(day), tzinfo=_zone(zone))
        if hour is None:
            return Moment(start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC))
        start += _time_of_day(int(hour), int(minute), int(second or 0))
        return _instant(start.astimezone(UTC), fraction or "")
    except (ValueError, OverflowError):
        return None


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    if offset > timedelta(hours=14) or text[4:6] > "59":
        raise ValueError(text)
    return timezone(-offset if text[0] == "-" else offset)


def _time_of_day(hour: int, minute: int, second: int) -> timedelta:
    """Since midnight; 24:00:00 is the end of the day (XML Schema)."""
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and (minute or second)):
        raise ValueError("no time of day")
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _instant(second: datetime, fraction: str) -> Moment:
    start = second + int(fraction[:6].ljust(6, "0")) * _STEP
    if fraction[6:].strip("0"):
        return Moment(start + _STEP, start + _STEP)
    return Moment(start, start + _STEP)


def read_count(text: str) -> int | None:
    """A whole number, 0 or above, at most 64 digits; `5` and `5.0` are the same."""
    found = _COUNT.fullmatch(text.strip())
    return int(found[1]) if found else None


def read_decimal(text: str) -> Decimal | None:
    """A decimal number without exponent, at most 64 digits on each side of the point."""
    return Decimal(text.strip()) if _DECIMAL.fullmatch(text.strip()) else None


def read_term(text: str) -> str | None:
    """A name: IRIs and prefixes of ODRL are shortened, anything else stands for itself."""
    return short(text.strip()) or None


def read_party(text: str) -> str | None:
    """An identifier, compared letter by letter."""
    return text.strip() or None


READERS: Final[dict[Sort, Callable[[str], Value | None]]] = {
    Sort.INSTANT: read_moment,
    Sort.COUNT: read_count,
    Sort.TERM: read_term,
    Sort.PARTY: read_party,
    Sort.REGION: read_region,
    Sort.CLAIM: read_party,
}
"""How the text of a value of each sort is read."""
