"""Limits on what is counted, in words: how much, over which time, for which party."""

from typing import Final

from xinfu.odrl.model.meters import Measure, Meter, Selection
from xinfu.odrl.model.policy import AtomicConstraint
from xinfu.odrl.operands import Operand
from xinfu.odrl.values.durations import Duration
from xinfu.odrl.values.sorts import read_count
from xinfu.odrl.values.terms import short
from xinfu.odrl.values.windows import CounterOwner, Window, read_unit
from xinfu.odrl.words.lexicon import Words, length, pick

_WHAT: Final[dict[Measure, Words]] = {
    Measure.COUNT: ("使用 {0} 次", "{0} uses"),
    Measure.ROWS: ("读取 {0} 条记录", "{0} rows"),
    Measure.BYTES: ("传输 {0} 数据", "{0} of data"),
    Measure.METERED: ("使用 {0}", "{0} of use"),
}
_OVER: Final[dict[Window | None, Words]] = {
    None: ("合计", "in all"),
    Window.MINUTE: ("每分钟", "a minute"),
    Window.HOUR: ("每小时", "an hour"),
    Window.DAY: ("每日", "a day"),
    Window.WEEK: ("每周", "a week"),
    Window.MONTH: ("每月", "a month"),
    Window.YEAR: ("每年", "a year"),
}
_SO_FAR: Final[dict[Window | None, Words]] = {
    None: ("此前合计{0}", "{0} before, in all"),
    Window.MINUTE: ("该分钟内此前{0}", "{0} before, in that minute"),
    Window.HOUR: ("该小时内此前{0}", "{0} before, in that hour"),
    Window.DAY: ("当日此前{0}", "{0} before, on that day"),
    Window.WEEK: ("当周此前{0}", "{0} before, in that week"),
    Window.MONTH: ("当月此前{0}", "{0} before, in that month"),
    Window.YEAR: ("当年此前{0}", "{0} before, in that year"),
}
_AT_MOST: Final[Words] = ("{1}最多{0}", "at most {0} {1}")
_LESS_THAN: Final[dict[Measure, Words]] = {
    Measure.BYTES: ("{1}传输数据少于 {0}", "less than {0} of data {1}"),
    Measure.METERED: ("{1}使用少于 {0}", "less than {0} of use {1}"),
}
_BYTES: Final[Words] = ("{0} 字节", "{0} bytes")
_CLOCK: Final[Words] = (
    "时间窗口按 {0} 时间起算{1}。",
    "Windows of time begin by the clock of {0}.",
)
_EAST_EIGHT: Final = 8 * 60
_EACH_USE: Final[Words] = ("（每次使用从已付款项中扣除）", " (each use takes as much of what was paid)")
_PAID_IN: Final[Words] = ("（{0}）", " ({0})")
_PAID_BY: Final[Words] = (
    "（同一参与方的各份协议合并计算）",
    " (over all agreements of the participant)",
)
_BY_PARTICIPANT: Final[Words] = (
    "（同一参与方的各份协议合并计数）",
    " (counted over all agreements of the participant)",
)


def limit(constraint: AtomicConstraint, operand: Operand, selection: Selection, language: str) -> str:
    """A limit on what adds up, as a condition without a full stop.

    Args:
        selection: how the selectors next to the constraint count it; its own unit adds to them.
    """
    measure = operand.meter.measure if operand.meter is not None else Measure.COUNT
    chosen = selection.with_unit(read_unit(short(constraint.unit or "")))
    whole = measure in (Measure.COUNT, Measure.ROWS)
    value = constraint.values[0]
    if whole:
        value = str((read_count(value) or 0) - (constraint.operator == "lt"))
    elif measure is Measure.METERED:
        value = length(value, language)
    elif measure is Measure.BYTES:
        value = f"{value} {constraint.unit or ''}".strip()
        value = pick(_BYTES, language).format(value) if value.isdigit() else value
    over = pick(_OVER[chosen.window], language)
    by = pick(_BY_PARTICIPANT, language) if chosen.whose is CounterOwner.PARTICIPANT else ""
    if constraint.operator == "lt" and not whole:
        return pick(_LESS_THAN[measure], language).format(value, over) + by
    return pick(_AT_MOST, language).format(pick(_WHAT[measure], language).format(value), over) + by


def so_far(meter: Meter, spent: int, language: str) -> str:
    """The count of a meter in words; `spent` in the measure's own unit, time of use in microseconds."""
    said = length(str(Duration(0, spent)), language) if meter.measure is Measure.METERED else str(spent)
    if meter.measure is Measure.BYTES:
        said = pick(_BYTES, language).format(said)
    counted = pick(_WHAT[meter.measure], language).format(said)
    by = pick(_BY_PARTICIPANT, language) if meter.selection.whose is CounterOwner.PARTICIPANT else ""
    return pick(_SO_FAR[meter.selection.window], language).format(counted) + by


def payment(condition: str, selection: Selection, language: str) -> str:
    """A condition on a payment in words, with what it is a price of, over which time and for which party."""
    said = [condition]
    if selection.per_use:
        said.append(pick(_EACH_USE, language))
    if selection.window is not None:
        said.append(pick(_PAID_IN, language).format(pick(_OVER[selection.window], language)))
    by = pick(_PAID_BY, language) if selection.whose is CounterOwner.PARTICIPANT else ""
    return "".join(said) + by


def clock(zone: int, language: str) -> str:
    """The clock by which windows begin, as a sentence; `zone` in minutes east of UTC."""
    hours, minutes = divmod(abs(zone), 60)
    name = f"UTC{'+' if zone > 0 else '-'}{hours:02}:{minutes:02}"
    return pick(_CLOCK, language).format(name, "（东八区）" if zone == _EAST_EIGHT else "")
