"""Operands of the use itself: what it is for (`purpose`) and how often (`count`)."""

from collections.abc import Callable
from typing import Final

from xinfu.odrl.operands.operand import Control, Operand
from xinfu.odrl.situation import Fact, FactKind, Situation
from xinfu.odrl.sorts import Sort
from xinfu.odrl.terms import short


def _purpose(situation: Situation) -> str | None:
    return short(situation.purpose) if situation.purpose else None


def _number_of_this_use(counter: str) -> Callable[[Situation], int | None]:
    """The use asked for, counted from 1: `count lteq 5` holds for the fifth use and not for the sixth."""

    def read(situation: Situation) -> int | None:
        spent = situation.counts.get(counter)
        return None if spent is None or spent < 0 else spent + 1

    return read


PURPOSE: Final = Operand(
    name="purpose",
    sort=Sort.TERM,
    fact=Fact(kind=FactKind.PURPOSE),
    read=_purpose,
    at_use=True,
    control=Control.CONTRACT,
    missing="fact.missing",
    failed="purpose.not-included",
    zh="目的",
    en="purpose",
    example="research",
)


def count(counter: str) -> Operand:
    """`count` on the counter of one rule."""
    return Operand(
        name="count",
        sort=Sort.COUNT,
        fact=Fact(kind=FactKind.COUNT, name=counter),
        read=_number_of_this_use(counter),
        at_use=True,
        control=Control.PROVIDER,
        missing="fact.missing",
        failed="count.exhausted",
        zh="使用次数",
        en="number of uses",
        example="10",
    )
