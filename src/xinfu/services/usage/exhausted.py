"""Refusals of what is used up: each names what was granted, what is spent, and when it is counted anew."""

from datetime import datetime
from typing import Final

from xinfu.errors import RefusedError
from xinfu.evidence import instant
from xinfu.odrl import Duration, Measure, Meter, Reserve

_SAID: Final[dict[Measure, tuple[str, str, str]]] = {
    Measure.COUNT: (
        "count.exhausted",
        "{limit} uses were granted, and {spent} are spent.",
        "共许可使用 {limit} 次，已用 {spent} 次。",
    ),
    Measure.BYTES: (
        "bytes.exhausted",
        "{limit} bytes were granted, and {spent} are spent; {asked} more were asked for.",
        "共许可 {limit} 字节，已用 {spent} 字节；本次还需 {asked} 字节。",
    ),
    Measure.ROWS: (
        "rows.exhausted",
        "{limit} rows were granted, and {spent} are spent; {asked} more were asked for.",
        "共许可 {limit} 条记录，已用 {spent} 条；本次还需 {asked} 条。",
    ),
    Measure.METERED: (
        "time.exhausted",
        "{limit} of use were granted, and {spent} are spent.",
        "共许可使用 {limit}，已用 {spent}。",
    ),
}
_UNITS: Final = {
    Measure.COUNT: ("uses", "次"),
    Measure.BYTES: ("bytes", "字节"),
    Measure.ROWS: ("rows", "条"),
}


def exhausted(reserve: Reserve, *, spent: int, asked: int, now: datetime) -> RefusedError:
    """More was asked for than is left.

    Args:
        spent: what is set aside by others at this moment included.
    """
    meter, limit = reserve.meter, reserve.limit or 0
    code, en, zh = _SAID[meter.measure]
    said = {"limit": _amount(meter, limit), "spent": _amount(meter, spent), "asked": _amount(meter, asked)}
    resets = meter.ends(now)
    help_en, help_zh = _help(meter, limit - spent, resets)
    return RefusedError(
        code,
        en.format(**said),
        zh.format(**said),
        help_en=help_en,
        help_zh=help_zh,
        facts=said | ({"resets": instant(resets)} if resets else {}),
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
    """The last use was too short a time ago."""
    return RefusedError(
        "time.too-soon",
        f"Two uses have to be {apart} apart, and the last one was at {instant(last)}.",
        f"两次使用须间隔 {apart}，上次使用为 {instant(last)}。",
        help_en="Wait until the interval is over.",
        help_zh="请等待间隔期满。",
        facts={"interval": str(apart), "last": instant(last)},
    )
