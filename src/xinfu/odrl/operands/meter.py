"""Operands of what is counted at a use: uses, bytes, rows, time of use; and those that say how it is counted.

Each reads what the use would come to: a count is judged as if this use were counted, bytes and rows as if one more
left. How much really leaves is set aside before it does (services/usage).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from xinfu.odrl.model.meters import Measure, Meter
from xinfu.odrl.model.situation import Fact, FactKind, Situation
from xinfu.odrl.operands.entry import Control, Operand
from xinfu.odrl.values.durations import Duration
from xinfu.odrl.values.sorts import Sort

_LIMITS: Final = frozenset({"lt", "lteq"})
"""Operators of limits that can be kept exactly, whoever else reads at the same time."""


class _Kind(msgspec.Struct, frozen=True, kw_only=True):
    """The properties of one measure's operand."""

    sort: Sort
    failed: str
    zh: str
    en: str
    example: str
    inside: Control | None = None


_KINDS: Final = {
    Measure.COUNT: _Kind(
        sort=Sort.COUNT, failed="count.exhausted", zh="使用次数", en="number of uses", example="10"
    ),
    Measure.BYTES: _Kind(
        sort=Sort.SIZE, failed="bytes.exhausted", zh="数据量", en="amount of data", example="10 GB"
    ),
    Measure.ROWS: _Kind(
        sort=Sort.COUNT,
        failed="rows.exhausted",
        zh="数据记录数",
        en="number of rows",
        example="10000",
        inside=Control.CLOSED,
    ),
    Measure.METERED: _Kind(
        sort=Sort.DURATION,
        failed="time.exhausted",
        zh="累计使用时长",
        en="time of use in all",
        example="PT10H",
        inside=Control.CLOSED,
    ),
}


def counted_operand(measure: Measure, name: str = "") -> Callable[[str], Operand]:
    """The operand of something that adds up, by the key of its rule."""

    def on(meter: Meter) -> Operand:
        kind = _KINDS[measure]
        return Operand(
            name=name or measure.value,
            sort=kind.sort,
            operators=_LIMITS,
            fact=Fact(kind=FactKind.COUNT, name=meter.key, meter=meter),
            read=_with_this_use(meter),
            at_use=True,
            control=Control.PROVIDER,
            missing="fact.missing",
            failed=kind.failed,
            zh=kind.zh,
            en=kind.en,
            example=kind.example,
            meter=meter,
            on=on,
            inside=kind.inside,
        )

    return lambda rule: on(Meter(rule=rule, measure=measure))


def _with_this_use(meter: Meter) -> Callable[[Situation], int | Duration | None]:
    """`count lteq 5` holds for the fifth use and not for the sixth."""
    key, is_time = meter.key, meter.measure is Measure.METERED

    def read(situation: Situation) -> int | Duration | None:
        spent = situation.counts.get(key)
        if spent is None or spent < 0:
            return None
        return Duration(0, spent + 1) if is_time else spent + 1

    return read


def _now(situation: Situation) -> datetime | None:
    return situation.now


UNIT_OF_COUNT: Final = Operand(
    name="unitOfCount",
    sort=Sort.UNIT,
    fact=Fact(kind=FactKind.NOW),
    read=_now,
    control=Control.PROVIDER,
    missing="fact.missing",
    failed="value.incomparable",
    zh="计数单位",
    en="unit of count",
    example="day",
)
TIME_WINDOW: Final = msgspec.structs.replace(
    UNIT_OF_COUNT, name="timeWindow", sort=Sort.WINDOW, zh="时间窗口", en="time window", example="P1D"
)
