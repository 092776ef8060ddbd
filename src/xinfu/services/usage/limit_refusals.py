"""Refusals of exhausted limits, with the amount granted, the amount spent and the time when counting restarts."""

from datetime import datetime
from typing import Final

from xinfu.errors import RefusedError
from xinfu.evidence import instant
from xinfu.odrl import Duration, Measure, Meter, Reserve
from xinfu.services.usage import errors

_ROWS: Final = {
    Measure.COUNT: errors.COUNT_EXHAUSTED,
    Measure.BYTES: errors.BYTES_EXHAUSTED,
    Measure.ROWS: errors.ROWS_EXHAUSTED,
    Measure.METERED: errors.TIME_EXHAUSTED,
}
_UNITS: Final = {
    Measure.COUNT: ("uses", "次"),
    Measure.BYTES: ("bytes", "字节"),
    Measure.ROWS: ("rows", "条"),
}


def limit_exhausted(reserve: Reserve, *, spent: int, asked: int, now: datetime) -> RefusedError:
    """The error for a request of more than is left under a limit.

    Args:
        spent: what is set aside by others at this moment included.
    """
    meter, limit = reserve.meter, reserve.limit or 0
    resets = meter.ends(now)
    help_en, help_zh = _help(meter, limit - spent, resets)
    return _ROWS[meter.measure](
        {"resets": instant(resets)} if resets else {},
        limit=_amount(meter, limit),
        spent=_amount(meter, spent),
        asked=_amount(meter, asked),
        help_en=help_en,
        help_zh=help_zh,
    )


def _amount(meter: Meter, amount: int) -> str:
    return str(Duration(0, amount)) if meter.measure is Measure.METERED else str(amount)


def _help(meter: Meter, left: int, resets: datetime | None) -> tuple[str, str]:
    said = ("Negotiate again for more.", "如需更多，请重新协商。")
    if resets is not None:
        said = (f"Counting begins anew at {instant(resets)}.", f"{instant(resets)} 起重新计数。")
    if left > 0 and meter.measure in _UNITS:
        en, zh = _UNITS[meter.measure]
        return f"{said[0]} {left} {en} are left; ask for less.", f"{said[1]}尚余 {left} {zh}，可减少请求量。"
    return said


def too_soon(apart: Duration, last: datetime) -> RefusedError:
    """The error for a use too soon after the last one."""
    return errors.TIME_TOO_SOON(interval=apart, last=instant(last))
