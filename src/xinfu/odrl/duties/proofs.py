"""The proofs that a duty was done: the fields that each kind of duty requires, and the party that confirms them.

A proof is a claim of the debtor, unless a node's own plane made it. If money or consent is owed, the claim alone
does not count: the creditor has to confirm it. Follows: usage-control §7.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from xinfu.odrl.model.policy import AtomicConstraint, Duty, leaves
from xinfu.odrl.values.quantities import Quantity, order_quantities, read_money

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LONGEST: Final = 2000
_MOST: Final = 1000


class Assurance(StrEnum):
    """How much a proof is worth, the weakest first."""

    SELF_DECLARED = "self-declared"
    """The debtor says so, signed."""
    COUNTER_SIGNED = "counter-signed"
    """The creditor has confirmed it as well."""
    OBSERVED = "observed"
    """A node's own plane did it, or saw it done."""
    ATTESTED = "attested"
    """Hardware or a third party vouches for it."""


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The proof submitted for a duty.

    Attributes:
        method: how it was done, for example "key-destruction" or "overwritten".
        digests: SHA-256 of its subjects, lower-case hex: objects deleted, the message or the records sent,
            the publication, the consent, the policy that was read.
        link: where it can be seen.
        receipt: id of a third party's receipt, for a payment or a destroyed key.
        amount: a decimal number in `currency`.
        statement: in words.
    """

    assurance: Assurance = Assurance.SELF_DECLARED
    method: str = ""
    digests: tuple[str, ...] = ()
    link: str = ""
    receipt: str = ""
    amount: str = ""
    currency: str = ""
    statement: str = ""


class ProofDemand(msgspec.Struct, frozen=True):
    """The fields that a proof must state, and whether the creditor has to confirm it."""

    fields: tuple[str, ...]
    by_both: bool = False


PROOFS: Final[Mapping[str, ProofDemand]] = {
    "delete": ProofDemand(("method", "digests")),
    "uninstall": ProofDemand(("method",)),
    "inform": ProofDemand(("digests",)),
    "logRecordSend": ProofDemand(("digests",)),
    "alert": ProofDemand(("statement",)),
    "attribute": ProofDemand(("link", "digests")),
    "cc:Attribution": ProofDemand(("link", "digests")),
    "cc:Notice": ProofDemand(("link", "digests")),
    "compensate": ProofDemand(("receipt", "amount", "currency"), by_both=True),
    "obtainConsent": ProofDemand(("digests",), by_both=True),
    "reviewPolicy": ProofDemand(("digests",)),
    "acceptTracking": ProofDemand(("digests",)),
}
"""By the action of the duty; any other duty is proven by a statement, which the creditor confirms."""
_OTHERS: Final = ProofDemand(("statement",), by_both=True)


def demand_of(duty: Duty) -> ProofDemand:
    """The fields that a proof of `duty` must state."""
    return PROOFS.get(duty.action, _OTHERS)


def missing_fields(duty: Duty, proof: Proof) -> tuple[str, ...]:
    """Names of the fields of `proof` that are missing, malformed, or not what `duty` asks for; empty if none are."""
    missing = {name for name in demand_of(duty).fields if not getattr(proof, name)}
    if len(proof.digests) > _MOST or not all(_DIGEST.fullmatch(each) for each in proof.digests):
        missing.add("digests")
    texts = ("method", "link", "receipt", "currency", "statement")
    missing |= {name for name in texts if len(getattr(proof, name)) > _LONGEST}
    if proof.amount and proof.currency and not _pays(duty, proof):
        missing.add("amount")
    return tuple(sorted(missing))


def _pays(duty: Duty, proof: Proof) -> bool:
    """Whether the proof states the amount that the duty names, or any amount if it names none."""
    paid = read_money(f"{proof.amount} {proof.currency}")
    return paid is not None and all(
        each is not None and order_quantities(paid, each) == 0 for each in owed_by(duty)
    )


def owed_by(duty: Duty) -> tuple[Quantity | None, ...]:
    """The amounts that `duty` names; None for an amount that cannot be read."""
    return tuple(
        read_money(f"{part.values[0]} {part.unit or ''}")
        for constraint in duty.constraints
        for part, _ in leaves(constraint, "")
        if isinstance(part, AtomicConstraint) and part.left == "payAmount" and len(part.values) == 1
    )
