"""Agreements and their duties."""

from datetime import datetime

from xinfu.api.policy import PolicyView
from xinfu.api.shape import View


class AgreementView(View, frozen=True, kw_only=True):
    """An agreement. `id` is ours, `wire_id` the one that both sides use.

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
    until: datetime | None = None
    suspended_by: str | None = None
    suspended_too: str | None = None
    renews: str | None = None
    renewed_by: str | None = None
    ended_by: str | None
    ended_clause: str | None
    breach: bool = False
    reason: str | None
    concluded: datetime
    updated: datetime


class ProofView(View, frozen=True, kw_only=True):
    """What was handed in for a duty, and how much it is worth."""

    assurance: str
    method: str = ""
    digests: list[str] = []
    link: str = ""
    receipt: str = ""
    amount: str = ""
    currency: str = ""
    statement: str = ""


class DutyView(View, frozen=True, kw_only=True):
    """A duty. `agreement` is our id; `owes` says that it is ours to do; `wants` are the fields of its proof.

    `debtor` and `creditor` are "consumer", "provider", or the name of a third party; `watches`: it is for the other side
    to say how it stands.
    """

    id: str
    agreement: str
    wire_id: str
    key: str
    action: str
    transfer: str
    peer: str
    owes: bool
    watches: bool = False
    debtor: str = ""
    creditor: str = ""
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
    """A payment under an agreement. `agreement` is our id; `amount` a decimal number in `currency`."""

    id: str
    agreement: str
    wire_id: str
    peer: str
    dataset: str
    receipt: str
    amount: str
    currency: str
    settled: datetime
