"""Operands of time: `dateTime`, the moment of the use, and `inForceDate`, EDC's name for the same.

`inForceDate` may also be counted from the agreement; `anchor` makes a moment of that.
"""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from xinfu.odrl.operands.operand import Control, Operand
from xinfu.odrl.situation import Fact, FactKind, Situation
from xinfu.odrl.sorts import Sort
from xinfu.odrl.terms import IN_FORCE


def _now(situation: Situation) -> datetime | None:
    now = situation.now
    return None if now is None or now.tzinfo is None else now


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
