"""Kinds of value, and how each is read from text.

A reader gives None for a text that is not of its kind; the constraint is then unknown, and refused when it
is published. Dates and times need an offset: a time without one is nobody's time. Claims are compared by value, whoever
spelled it: the issuer of a credential chooses how. Identifiers are compared letter
by letter, and one that has to be ASCII is not read with letters of another script.
Follows: XML Schema 1.1 datatypes; DSP-RULES T-07 (a time without seconds is read).
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec

from xinfu.odrl.values.addresses import Address, read_address
from xinfu.odrl.values.durations import Duration, read_duration
from xinfu.odrl.values.quantities import (
    MAX_DIGITS,
    Quantity,
    read_money,
    read_quantity,
    read_ratio,
    read_size,
)
from xinfu.odrl.values.regions import Region, read_region
from xinfu.odrl.values.terms import short
from xinfu.odrl.values.windows import Unit, read_unit, read_window


class Sort(StrEnum):
    """The kinds of value that an operand can have."""

    INSTANT = "instant"
    DURATION = "duration"
    COUNT = "count"
    SIZE = "size"
    DECIMAL = "decimal"
    MONEY = "money"
    RATIO = "ratio"
    TERM = "term"
    PARTY = "party"
    ID = "id"
    ADDRESS = "address"
    REGION = "region"
    EVENT = "event"
    UNIT = "unit"
    WINDOW = "window"
    CLAIM = "claim"


class Moment(msgspec.Struct, frozen=True):
    """A stretch of time, from `start` up to but not including `end`, in steps of a microsecond.

    An instant is one step long, a date its whole day; an instant between two steps has no length.
    """

    start: datetime
    end: datetime


Value = Moment | Duration | int | Decimal | Quantity | str | Address | Region | Unit

UNITED: Final = frozenset({Sort.SIZE, Sort.DECIMAL, Sort.MONEY})
"""Sorts whose values have a unit, behind the number or beside it (`odrl:unit`)."""
EVENTS: Final = frozenset({"policyUsage"})
"""Events that are known: `policyUsage` is a use under the policy (ODRL 2.2, 3.10.2)."""

_STEP: Final = timedelta(microseconds=1)
_MOMENT: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-]\d\d:\d\d)",
    re.ASCII,
)
_COUNT: Final = re.compile(rf"\+?(\d{{1,{MAX_DIGITS}}})(?:\.0{{1,{MAX_DIGITS}}})?", re.ASCII)
_NUMBER: Final = re.compile(rf"(-?)(0|[1-9]\d{{0,{MAX_DIGITS}}})(?:\.(\d{{1,{MAX_DIGITS}}}))?", re.ASCII)
_ASCII_ID: Final = re.compile(r"(?:did|https?):", re.IGNORECASE)


@lru_cache(maxsize=4096)
def read_moment(text: str) -> Moment | None:
    """A dateTime as one microsecond, a date as its whole day; None without an offset or out of range."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        start = datetime(int(year), int(month), int(day), tzinfo=_zone(zone))
        if hour is None:
            return Moment(start.astimezone(UTC), _next_day(start))
        start += _time_of_day(int(hour), int(minute), int(second or 0))
        return _instant(start.astimezone(UTC), fraction or "")
    except (ValueError, OverflowError):
        return None


def _next_day(start: datetime) -> datetime:
    """The end of a day; that of the last day there is, the last moment there is."""
    try:
        return (start + timedelta(days=1)).astimezone(UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


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


def read_term(text: str) -> str | None:
    """A name: IRIs and prefixes of ODRL are shortened, anything else is unchanged."""
    return short(text.strip()) or None


def read_id(text: str) -> str | None:
    """An identifier, compared letter by letter; a DID or an address of the web is ASCII, or it is none."""
    said = text.strip()
    is_disguised = _ASCII_ID.match(said) is not None and not said.isascii()
    return None if is_disguised or not said.isprintable() else said or None


def read_claim(text: str) -> str | None:
    """The value of a claim in one spelling, so that equal values are equal texts (R-ODRL, 3.12 `eq`).

    `5.0` is `5`, and an instant is written in UTC. A number with a leading zero, like a code, and whatever is neither a
    number nor a time stay as they are.
    """
    said = read_id(text)
    if said is None:
        return None
    number = _NUMBER.fullmatch(said)
    if number is not None:
        fraction = (number[3] or "").rstrip("0")
        whole = number[2] + (f".{fraction}" if fraction else "")
        return whole if whole == "0" else number[1] + whole
    moment = read_moment(said)
    return said if moment is None or moment.start == moment.end else _spelled(moment)


def read_number(text: str) -> Decimal | None:
    """The number that a claim is; None for any other text, also for a code that begins with a zero."""
    said = text.strip()
    return Decimal(said) if _NUMBER.fullmatch(said) else None


def _spelled(moment: Moment) -> str:
    """A moment as text: an instant in UTC, a day by the offset at which it begins at midnight."""
    if moment.end - moment.start == _STEP:
        return moment.start.isoformat().replace("+00:00", "Z")
    since = moment.start - moment.start.replace(hour=0, minute=0, second=0, microsecond=0)
    offset = -since if since <= timedelta(hours=12) else timedelta(days=1) - since
    minutes = offset // timedelta(minutes=1)
    zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    return f"{(moment.start + offset).date().isoformat()}{zone}"


def read_event(text: str) -> str | None:
    """The short name of a known event; None for any other text."""
    name = short(text.strip())
    return name if name in EVENTS else None


READERS: Final[dict[Sort, Callable[[str], Value | None]]] = {
    Sort.INSTANT: read_moment,
    Sort.DURATION: read_duration,
    Sort.COUNT: read_count,
    Sort.SIZE: read_size,
    Sort.DECIMAL: read_quantity,
    Sort.MONEY: read_money,
    Sort.RATIO: read_ratio,
    Sort.TERM: read_term,
    Sort.PARTY: read_id,
    Sort.ID: read_id,
    Sort.ADDRESS: read_address,
    Sort.REGION: read_region,
    Sort.EVENT: read_event,
    Sort.UNIT: read_unit,
    Sort.WINDOW: read_window,
    Sort.CLAIM: read_claim,
}
"""How the text of a value of each sort is read."""
