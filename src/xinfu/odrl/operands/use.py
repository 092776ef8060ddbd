"""The operand of what a use is for: `purpose`, as declared."""

from typing import Final

from xinfu.odrl.model.situation import Fact, FactKind, Situation
from xinfu.odrl.operands.entry import Control, Operand
from xinfu.odrl.values.sorts import Sort
from xinfu.odrl.values.terms import short


def _purpose(situation: Situation) -> str | None:
    return short(situation.purpose.strip()) or None if situation.purpose else None


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
