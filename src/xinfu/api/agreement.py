"""Agreements and their duties."""

from datetime import datetime
from typing import Annotated

import msgspec

from xinfu.api.policy import PolicyView
from xinfu.api.shape import View


class AgreementView(View, frozen=True, kw_only=True):
    """An agreement. `id` is this node's own id, `wire_id` the id that both sides use.

    `breach`: one side ended or suspended it under no clause (`ended_clause`), which is recorded as its breach.
    `suspended_by` has suspended it, and `suspended_too` where both sides have; each side resumes its own suspension.
    """

    id: str
    wire_id: str
    negotiation: str
    role: str
    peer: str
    dataset: str
    policy: PolicyView
    purpose: str | None
    state: str
    until: datetime | None
    suspended_by: str | None
    suspended_too: str | None
    renews: str | None
    renewed_by: str | None
    ended_by: str | None
    ended_clause: str | None
    breach: bool
    reason: str | None
    concluded: datetime
    updated: datetime


Assurance = Annotated[
    str,
    msgspec.Meta(extra_json_schema={"enum": ["attested", "counter-signed", "observed", "self-declared"]}),
]


class ProofView(View, frozen=True, kw_only=True):
    """The proof handed in for a duty, and how strong it is (`assurance`)."""

    assurance: Assurance
    method: str = ""
    digests: list[str] = []
    link: str = ""
    receipt: str = ""
    amount: str = ""
    currency: str = ""
    statement: str = ""


class DutyView(View, frozen=True, kw_only=True):
    """A duty as this side keeps it.

    Attributes:
        agreement: our id of it.
        key: where the duty stands in the agreement's policy.
        transfer: the provider's pid of the transfer that triggered it; "" for the agreement as a whole.
        owes: we have to do it. watches: the other side says how it stands; neither we nor it may owe it.
        debtor: who owes it, creditor: to whom: "consumer", "provider", or the name of a third party.
        wants: fields that its proof must have. by_both: the other side has to say yes to a proof.
        parent: id of the duty that was not done in time, where this one is its consequence.
    """

    id: str
    agreement: str
    wire_id: str
    key: str
    action: str
    transfer: str
    peer: str
    owes: bool
    watches: bool
    debtor: str
    creditor: str
    state: str
    trigger: str
    opens: datetime | None
    deadline: datetime | None
    wants: list[str]
    by_both: bool
    proof: ProofView | None
    parent: str
    reason: str | None
    created: datetime
    updated: datetime


class PaymentView(View, frozen=True, kw_only=True):
    """A payment as this side keeps it.

    Attributes:
        agreement: our id of it.
        settled: when it was recorded by who was paid, and counts from.
    """

    id: str
    agreement: str
    wire_id: str
    peer: str
    dataset: str
    receipt: str
    amount: str
    currency: str
    settled: datetime
