"""Moments in the two forms of the standards: ISO 8601 with its offset, and YYYYMMDDHHMMSS.

The short form has no zone and is always Beijing time (UTC+08:00). ISO 8601 without an offset is refused,
because it is ambiguous. Both forms are read everywhere; a setting chooses the form that is written.
Follows: TC609-6-2025-14, table 1 and annexes B and C.
"""

import re
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Final

from xinfu.contracts import errors

BEIJING: Final = timezone(timedelta(hours=8))
_COMPACT: Final = re.compile(r"[0-9]{14}")
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


class Dates(StrEnum):
    """The forms in which moments are written."""

    ISO = "iso"
    COMPACT = "compact"


def read_compact(text: str) -> datetime:
    """Read a moment from YYYYMMDDHHMMSS, in Beijing time.

    Raises:
        ValueError: the text is not such a moment.
    """
    if not _COMPACT.fullmatch(text):
        raise ValueError("not fourteen digits")
    parts = [int(text[a:b]) for a, b in ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14))]
    return datetime(*parts, tzinfo=BEIJING)  # type: ignore[arg-type,misc]  # six whole numbers


def compact(moment: datetime) -> str:
    """Write a moment as YYYYMMDDHHMMSS in Beijing time, without fractions of a second."""
    local = moment.astimezone(BEIJING)
    return f"{local.year:04}{local.month:02}{local.day:02}{local.hour:02}{local.minute:02}{local.second:02}"


def read_moment(text: str, field: str) -> datetime:
    """Read a moment in either form; the result is aware.

    Args:
        field: the name of its field, for the error sentence.

    Raises:
        InputError: `contract.moment`.
    """
    try:
        return read_compact(text) if text.isdecimal() else _read_iso(text)
    except ValueError as error:
        raise errors.CONTRACT_MOMENT(field=field, text=text[:40]) from error


def write_moment(moment: datetime, dates: Dates) -> str:
    """Write a moment in the form of `dates`, in Beijing time and whole seconds."""
    if dates is Dates.COMPACT:
        return compact(moment)
    return moment.astimezone(BEIJING).isoformat(timespec="seconds")


def _read_iso(text: str) -> datetime:
    if not _ISO.fullmatch(text):
        raise ValueError("not ISO 8601 with an offset")
    return datetime.fromisoformat(text)
