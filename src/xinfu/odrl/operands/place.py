"""Operands of place: `spatial`, where the use takes place, as the consumer declares it.

Who wants it attested asks for a claim instead, such as `MembershipCredential.region`.
"""

from typing import Final

from xinfu.odrl.model.situation import Fact, FactKind, Situation
from xinfu.odrl.operands.entry import Control, Operand
from xinfu.odrl.values.regions import Region, read_region
from xinfu.odrl.values.sorts import Sort


def _place(situation: Situation) -> Region | None:
    return None if situation.spatial is None else read_region(situation.spatial)


SPATIAL: Final = Operand(
    name="spatial",
    sort=Sort.REGION,
    fact=Fact(kind=FactKind.SPATIAL),
    read=_place,
    at_use=True,
    control=Control.CONTRACT,
    missing="fact.missing",
    failed="spatial.outside",
    zh="使用地域",
    en="place of use",
    example="CN-HN",
)
