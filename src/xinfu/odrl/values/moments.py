"""Moments that people give: each has an offset, or it is nobody's time."""

from datetime import datetime

from xinfu.errors import InputError
from xinfu.odrl.values.sorts import read_moment


def moment_of(code: str, given: datetime | str) -> datetime:
    """The moment that is given; of a day its beginning.

    Raises:
        InputError: under `code`: it has no offset, or is no moment at all.
    """
    if isinstance(given, datetime) and given.tzinfo is not None:
        return given
    moment = read_moment(given) if isinstance(given, str) else None
    if moment is not None:
        return moment.start
    if isinstance(given, datetime) or read_moment(f"{given}Z") is not None:
        said = "A moment without an offset is nobody's time.", "没有时区的时刻无法确定。"
    else:
        said = f'"{given[:40]}" is no moment.', f"“{given[:40]}”不是时刻。"
    raise InputError(
        code,
        *said,
        help_en="Write it like 2026-12-31T23:59:59+08:00.",
        help_zh="请写成类似 2026-12-31T23:59:59+08:00 的形式。",
    )
