"""Operands of time: moments (`dateTime`, and `inForceDate`, EDC's name for the same), and stretches that a use has behind it.

`inForceDate` may also be counted from the agreement; `anchor` makes a moment of that. A clock that stands before
the first use makes the time since then unknown: nobody gains time by setting it back.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from xinfu.odrl.model.meters import Measure, Meter
from xinfu.odrl.model.situation import Fact, FactKind, Situation
from xinfu.odrl.operands.entry import Control, Operand
from xinfu.odrl.values.durations import Stretch
from xinfu.odrl.values.sorts import Sort
from xinfu.odrl.values.terms import IN_FORCE


def _now(situation: Situation) -> datetime | None:
    now = situation.now
    return None if now is None or now.tzinfo is None else now


def _since_agreement(situation: Situation) -> Stretch | None:
    now = _now(situation)
    return None if now is None else _between(situation.agreed, now)


def _since_first_use(key: str) -> Callable[[Situation], Stretch | None]:
    """Before the first use no time has gone by."""

    def read(situation: Situation) -> Stretch | None:
        now, marks = _now(situation), situation.marks.get(key)
        return None if now is None or marks is None else _between(marks.first or now, now)

    return read


def _since_last_use(key: str) -> Callable[[Situation], Stretch | None]:
    """Before the first use, time without end."""

    def read(situation: Situation) -> Stretch | None:
        now, marks = _now(situation), situation.marks.get(key)
        if now is None or marks is None:
            return None
        return Stretch(None, now) if marks.last is None else _between(marks.last, now)

    return read


def _between(start: datetime | None, now: datetime) -> Stretch | None:
    return None if start is None or start > now else Stretch(start, now)


DATE_TIME: Final = Operand(
    name="dateTime",
    sort=Sort.INSTANT,
    fact=Fact(kind=FactKind.NOW),
    read=_now,
    control=Control.PROVIDER,
    missing="fact.missing",
    failed="time.outside",
    zh="时间",
    en="time",
    example="2026-12-31T23:59:59+08:00",
)

IN_FORCE_DATE: Final = replace(DATE_TIME, name=IN_FORCE)

DELAY_PERIOD: Final = Operand(
    name="delayPeriod",
    sort=Sort.DURATION,
    operators=frozenset({"gt", "gteq"}),
    fact=Fact(kind=FactKind.AGREED),
    also=(Fact(kind=FactKind.NOW),),
    read=_since_agreement,
    at_use=True,
    control=Control.PROVIDER,
    missing="fact.missing",
    failed="time.too-soon",
    zh="协议达成后的时间",
    en="time since the agreement",
    example="P7D",
)


DELAY_OF_DUTY: Final = replace(
    DELAY_PERIOD,
    operators=frozenset({"eq", "gt", "gteq"}),
    zh="触发后的时间",
    en="time since it was triggered",
    example="P30D",
)
"""The same in a duty, which is not due before: counted from what triggers it (duties.py)."""


def elapsed_time(rule: str) -> Operand:
    """`elapsedTime`, the time since the first use under the agreement."""
    return _elapsed(Meter(rule=rule, measure=Measure.ELAPSED))


def _elapsed(meter: Meter) -> Operand:
    return Operand(
        name="elapsedTime",
        sort=Sort.DURATION,
        operators=frozenset({"lt", "lteq"}),
        fact=Fact(kind=FactKind.COUNT, name=meter.key, meter=meter),
        also=(Fact(kind=FactKind.NOW),),
        read=_since_first_use(meter.key),
        at_use=True,
        control=Control.PROVIDER,
        missing="fact.missing",
        failed="time.exhausted",
        zh="首次使用后的时间",
        en="time since the first use",
        example="PT1H",
        meter=meter,
        on=lambda other: _elapsed(_ever(other)),
    )


def time_interval(rule: str) -> Operand:
    """`timeInterval`, the time since the last use under the agreement."""
    return _interval(Meter(rule=rule, measure=Measure.INTERVAL))


def _interval(meter: Meter) -> Operand:
    return Operand(
        name="timeInterval",
        sort=Sort.DURATION,
        operators=frozenset({"gt", "gteq"}),
        fact=Fact(kind=FactKind.COUNT, name=meter.key, meter=meter),
        also=(Fact(kind=FactKind.NOW),),
        read=_since_last_use(meter.key),
        at_use=True,
        control=Control.PROVIDER,
        missing="fact.missing",
        failed="time.too-soon",
        zh="距上次使用的时间",
        en="time since the last use",
        example="PT1H",
        meter=meter,
        on=lambda other: _interval(_ever(other)),
    )


def _ever(meter: Meter) -> Meter:
    """The meter without its window: moments of use are kept for a chosen party, but not for a span of time."""
    return replace(meter, selection=replace(meter.selection, window=None))
