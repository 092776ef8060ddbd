"""Counter-offers described: the changes from the previous terms to the current ones."""

from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from xinfu import odrl
from xinfu.dsp import Role
from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.odrl import Change, Policy
from xinfu.odrl.changes.witness_words import describe_proof
from xinfu.ports.store import Step
from xinfu.services.contexts.context import Context
from xinfu.services.offering import offers
from xinfu.verdict import Verdict

_NAMES = {"zh": ("新条款", "原条款"), "en": ("The new offer", "The old one")}


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """The changes that the current offer makes to the one it is compared with.

    Attributes:
        against: "our offer", as it stands in our catalog now, or "the offer before".
        within: "yes" when it is proven to lie within that one, "no" when a situation shows that it does not,
            "unknown" when a person has to look.
        zh: that situation, or why it is unknown, in Chinese; `en` in English.
        changes: step by step; empty when both say the same.
        common: the largest policy that lies within both: what could be countered in turn; None in a list, where
            the current offer lies within, and where nothing common can be proven.
    """

    against: str
    within: str
    zh: str
    en: str
    changes: tuple[Change, ...]
    common: dict[str, Any] | None = None


async def difference_of(
    step: Step, context: Context, record: ContractNegotiation, now: datetime, *, suggest: bool = False
) -> Difference | None:
    """Compare the current offer with the one before it; None if no earlier offer is known.

    A provider compares the consumer's terms with its own current offer, whatever the peer claims that offer to be;
    all other terms are compared with the offer before them.

    Args:
        suggest: look for what both have in common, where the current offer does not lie within the other.
    """
    against, before = "the offer before", record.previous
    if not record.is_over and record.role is Role.PROVIDER and record.offered_by is Role.CONSUMER:
        against, before = "our offer", await offers.ours_of(step, context, record, now)
    if before is None:
        return None
    scope = {name: getattr(record.offer, name) for name in ("target", "assigner", "assignee")}
    old = odrl.anchor(msgspec.structs.replace(before, **scope), now)
    new = odrl.anchor(record.offer, now)
    return _compared(against, old, new, suggest)


@lru_cache(maxsize=256)
def _compared(against: str, old: Policy, new: Policy, suggest: bool) -> Difference:
    """The comparison of two policies, cached so that it is computed once for each pair."""
    if odrl.equivalent(old, new):
        return Difference(against=against, within="yes", zh="", en="", changes=())
    proof = odrl.within(new, old)
    common = odrl.meet(old, new) if suggest and proof.verdict is Verdict.NO else None
    return Difference(
        against=against,
        within=proof.verdict.name.lower(),
        zh=describe_proof(proof, "zh", _NAMES["zh"]),
        en=describe_proof(proof, "en", _NAMES["en"]),
        changes=odrl.difference(old, new),
        common=None if common is None else odrl.write(msgspec.structs.replace(common, id=None)),
    )
