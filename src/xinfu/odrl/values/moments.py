"""Moments that people give: each has an offset, or it is nobody's time."""

from datetime import datetime

from xinfu.odrl import errors
from xinfu.odrl.values.sorts import read_moment


def moment_of(code: str, given: datetime | str) -> datetime:
    """The moment that is given; of a day its beginning.

    Raises:
        InputError: under `code`: it has no offset, or is not a moment.
    """
    if isinstance(given, datetime) and given.tzinfo is not None:
        return given
    moment = read_moment(given) if isinstance(given, str) else None
    if moment is not None:
        return moment.start
    if isinstance(given, datetime) or read_moment(f"{given}Z") is not None:
        raise errors.MOMENT_WITHOUT_OFFSET(code=code)
    raise errors.MOMENT_UNREADABLE(code=code, given=given[:40])
