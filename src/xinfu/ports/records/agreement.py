"""Agreements, the duties that follow from them, and what was paid under them."""

from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

import msgspec

from xinfu.odrl import Policy
from xinfu.odrl.duties.life import DutyState, Trigger
from xinfu.odrl.duties.proofs import Proof
from xinfu.ports.kind import Kind


class AgreementState(StrEnum):
    """The life of an agreement."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    EXPIRED = "EXPIRED"
    FULFILLED = "FULFILLED"
    TERMINATED = "TERMINATED"


class AgreementRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A concluded agreement. `id` is ours, `wire_id` the one both sides use in messages (D-21).

    `epoch` rises with each suspension, resumption and end; a stream that began under an older epoch stops.
    `until` is when it expires; None: time alone never ends it. `suspended_by` is who has suspended it, and `suspended_too`
    the other one where both have; each lifts its own suspension. `retired` is since when we have suspended it as retired. `ended_clause` names the clause under which one side ended it; without one the end
    is the ender's breach (D-23). `renews` and `renewed_by` are wire ids of the agreements before and after it.
    `peer_epoch` is the newest epoch that the other side has named; what it said in an older one came late.
    `end_shared` says that both sides have stated the same end to each other.
    `contract` is our id of its digital contract, once that is filed: from then on what happens is reported.
    """

    id: str
    context: str
    wire_id: str
    negotiation: str
    role: Literal["consumer", "provider"]
    peer: str
    dataset: str
    policy: Policy
    purpose: str | None = None
    state: AgreementState = AgreementState.ACTIVE
    epoch: int = 0
    until: datetime | None = None
    suspended_by: str | None = None
    suspended_too: str | None = None
    renews: str | None = None
    renewed_by: str | None = None
    ended_by: str | None = None
    ended_clause: str | None = None
    reason: str | None = None
    claims: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    retired: datetime | None = None
    peer_epoch: int = 0
    end_shared: bool = False
    contract: str = ""
    concluded: datetime
    updated: datetime

    @property
    def suspenders(self) -> frozenset[str]:
        """Participant ids of those who have suspended it; it goes on when none is left."""
        return frozenset({self.suspended_by, self.suspended_too} - {None})  # type: ignore[arg-type]


AGREEMENTS: Final = Kind("agreement", "agreements", "协议", AgreementRecord)


class DutyRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A duty of an agreement as one side keeps it; both sides keep the same one, each under an id of its own.

    Attributes:
        agreement: our id of it; `wire_id` the one both sides use.
        key: where the duty stands in the agreement's policy, `permission[0].duty[1]`.
        transfer: the provider's pid of the transfer that triggered it; "" for the agreement as a whole.
        owes: we have to do it. watches: we neither owe it nor say how it stands; what the other side says, counts.
            Else we are owed, and say so.
        debtor: who owes it, creditor: to whom: "consumer", "provider", or the name of a third party.
        opens: not due before; deadline: overdue from then on. Both are None until it is triggered.
        proof: what was handed in last.
        parent: our id of the duty that was not done in time, where this one is a consequence of that.
        reason: why a proof was refused, or the duty waived or breached, in words.
    """

    id: str
    context: str
    agreement: str
    wire_id: str
    key: str
    action: str
    transfer: str = ""
    peer: str
    owes: bool
    watches: bool = False
    debtor: str = "consumer"
    creditor: str = "provider"
    state: DutyState = DutyState.PENDING
    trigger: Trigger
    opens: datetime | None = None
    deadline: datetime | None = None
    proof: Proof | None = None
    parent: str = ""
    reason: str | None = None
    created: datetime
    updated: datetime


DUTIES: Final = Kind("duty", "duties", "义务", DutyRecord)


class DeadlineKind(StrEnum):
    """What has to be looked at when a moment has come."""

    DUTY = "duty"
    AGREEMENT = "agreement"


class Deadline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A moment at which a record has to be looked at; a record has one at most."""

    context: str
    kind: DeadlineKind
    id: str
    due: datetime


class PaymentRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A payment that was settled under an agreement, as who was paid recorded it; both sides keep it.

    Attributes:
        agreement: our id of it; `wire_id` the one both sides use.
        receipt: id of the receipt, once in all agreements.
        amount: a decimal number above 0, in `currency` (ISO 4217).
        settled: when it was recorded by who was paid.
    """

    id: str
    context: str
    agreement: str
    wire_id: str
    peer: str
    dataset: str
    receipt: str
    amount: str
    currency: str
    settled: datetime
    created: datetime


PAYMENTS: Final = Kind("payment", "payments", "付款", PaymentRecord)
