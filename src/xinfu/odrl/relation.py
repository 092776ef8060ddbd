"""How two policies stand to each other: equivalent, one within the other, conflicting, or unknown.

Conflicting are two of which each permits what the other does not, or of which one permits for less. What cannot be
proven is unknown, and needs a person.
"""

from enum import StrEnum

import msgspec

from xinfu.odrl.policy import Policy
from xinfu.odrl.registry import REGISTRY, Registry
from xinfu.odrl.subsume import Proof, conflicts, within
from xinfu.verdict import Verdict


class Relation(StrEnum):
    """How two policies stand to each other."""

    EQUIVALENT = "equivalent"
    WITHIN = "within"
    CONFLICTING = "conflicting"
    UNKNOWN = "unknown"


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two policies, compared.

    Attributes:
        inner: which lies within the other, 0 or 1; None unless just one does.
        proofs: that the first lies within the second, and that the second lies within the first.
        clash: that one permits what the other prohibits.
    """

    relation: Relation
    inner: int | None
    proofs: tuple[Proof, Proof]
    clash: Proof


def compare(one: Policy, other: Policy, *, registry: Registry = REGISTRY) -> Comparison:
    """How `one` and `other` stand to each other, with what shows it."""
    proofs = (within(one, other, registry=registry), within(other, one, registry=registry))
    clash = conflicts(one, other, registry=registry)
    verdicts = [proof.verdict for proof in proofs]
    inner = None
    if verdicts == [Verdict.YES, Verdict.YES]:
        relation = Relation.EQUIVALENT
    elif Verdict.YES in verdicts:
        relation, inner = Relation.WITHIN, verdicts.index(Verdict.YES)
    elif verdicts == [Verdict.NO, Verdict.NO]:
        relation = Relation.CONFLICTING
    else:
        relation = Relation.UNKNOWN
    return Comparison(relation=relation, inner=inner, proofs=proofs, clash=clash)
