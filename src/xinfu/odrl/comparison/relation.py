"""How two policies stand to each other: equivalent, one within the other, conflicting, or unknown.

Conflicting are two of which each permits what the other does not, or of which one permits for less. What cannot be
proven is unknown, and needs a person.
"""

from enum import StrEnum

import msgspec

from xinfu.odrl.comparison.subsume import WitnessedVerdict, conflicts, names_target, within
from xinfu.odrl.engine.registry import REGISTRY, Registry
from xinfu.odrl.model.policy import Policy
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
        silent: which names no target, 0 or 1, where the other names one for all its rules. It is taken to be about that
            target, as an offer in a catalog is.
    """

    relation: Relation
    inner: int | None
    proofs: tuple[WitnessedVerdict, WitnessedVerdict]
    clash: WitnessedVerdict
    silent: int | None = None


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
    return Comparison(relation=relation, inner=inner, proofs=proofs, clash=clash, silent=_silent(one, other))


def _silent(one: Policy, other: Policy) -> int | None:
    pairs = enumerate(((one, other), (other, one)))
    return next((i for i, (a, b) in pairs if not names_target(a) and b.target is not None), None)
