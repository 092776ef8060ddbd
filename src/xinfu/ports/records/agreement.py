"""Records of agreements, of the duties that follow from them, and of payments under them."""

from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

import msgspec

from xinfu.dsp import Role
from xinfu.odrl import Policy
from xinfu.odrl.duties.life import DutyState, Trigger
from xinfu.odrl.duties.proofs import Proof
from xinfu.ports.column import Number, Word
from xinfu.ports.kind import DatedKind, Kind


class AgreementState(StrEnum):
    """The states of an agreement."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    EXPIRED = "EXPIRED"
    FULFILLED = "FULFILLED"
    TERMINATED = "TERMINATED"


class AgreementRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A concluded agreement. `id` is ours, `wire_id` the id that both sides use in messages (D-21).

    `epoch` rises with each suspension, resumption and end; a stream that began under an older epoch stops.
    `until` is the time of its expiry; None: it never expires. `suspended_by` is the participant that has suspended it,
    and `suspended_too` the other one if both have; each lifts its own suspension. `retired` is the time since which we
    have suspended it as retired. `ended_clause` names the clause under which one side ended it; an end without a clause
    is a breach by that side (D-23). `renews` and `renewed_by` are wire ids of the agreements before and after it.
    `peer_epoch` is the newest epoch that the other side has stated; its messages with an older one arrived late.
    `end_shared` means that both sides have stated the same end to each other.
    `contract` is our id of its digital contract once that is filed: from then on events are reported.
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
        """Ids of the participants that have suspended it; it resumes when none is left."""
        return frozenset({self.suspended_by, self.suspended_too} - {None})  # type: ignore[arg-type]


class _Agreements(Kind[AgreementRecord]):
    wire_id = Word[AgreementRecord, str](lambda agreement: agreement.wire_id)
    negotiation = Word[AgreementRecord, str](lambda agreement: agreement.negotiation)
    role = Word[AgreementRecord, Role | Literal["consumer", "provider"]](lambda agreement: agreement.role)
    peer = Word[AgreementRecord, str](lambda agreement: agreement.peer)
    dataset = Word[AgreementRecord, str](lambda agreement: agreement.dataset)
    state = Word[AgreementRecord, AgreementState](lambda agreement: agreement.state)
    created = Number[AgreementRecord, datetime](lambda agreement: agreement.concluded)
    indexed = ("wire_id", "negotiation", "peer", "dataset", "dataset state", "state")


AGREEMENTS: Final = _Agreements("agreement", "agreements", "协议", AgreementRecord)


class DutyRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A duty of an agreement as one side stores it; both sides store it, each with its own id.

    Attributes:
        agreement: our id of the agreement; `wire_id` is the id that both sides use.
        key: place of the duty in the agreement's policy, `permission[0].duty[1]`.
        transfer: the provider's pid of the transfer that triggered it; "" for the agreement as a whole.
        owes: we have to do it. watches: we neither owe it nor decide on it; the other side's decision counts.
            If both are False, we decide on it.
        debtor, creditor: the sides that owe it and are owed it: "consumer", "provider", or the name of a third party.
        opens: time before which it is not due; deadline: time from which it is overdue. Both are None until it is
            triggered.
        proof: the last proof that was submitted.
        parent: our id of the duty that was not done in time, if this one is its consequence.
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


class _Duties(DatedKind[DutyRecord]):
    agreement = Word[DutyRecord, str](lambda duty: duty.agreement)
    key = Word[DutyRecord, str](lambda duty: duty.key)
    action = Word[DutyRecord, str](lambda duty: duty.action)
    transfer = Word[DutyRecord, str](lambda duty: duty.transfer)
    peer = Word[DutyRecord, str](lambda duty: duty.peer)
    state = Word[DutyRecord, DutyState](lambda duty: duty.state)
    parent = Word[DutyRecord, str](lambda duty: duty.parent)
    owes = Number[DutyRecord, bool](lambda duty: duty.owes)
    indexed = ("agreement", "agreement state", "agreement transfer", "transfer", "state", "peer", "parent")


DUTIES: Final = _Duties("duty", "duties", "义务", DutyRecord)


class DeadlineKind(StrEnum):
    """The kinds of record that have deadlines."""

    DUTY = "duty"
    AGREEMENT = "agreement"


class Deadline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time at which a record has to be examined; a record has at most one."""

    context: str
    kind: DeadlineKind
    id: str
    due: datetime


class PaymentRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A payment settled under an agreement, as recorded by the side that was paid; both sides store it.

    Attributes:
        agreement: our id of the agreement; `wire_id` is the id that both sides use.
        receipt: id of the receipt, unique in all agreements.
        amount: a decimal number above 0, in `currency` (ISO 4217).
        settled: when the side that was paid recorded it.
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


class _Payments(DatedKind[PaymentRecord]):
    agreement = Word[PaymentRecord, str](lambda payment: payment.agreement)
    peer = Word[PaymentRecord, str](lambda payment: payment.peer)
    dataset = Word[PaymentRecord, str](lambda payment: payment.dataset)
    receipt = Word[PaymentRecord, str](lambda payment: payment.receipt)
    indexed = ("agreement", "peer dataset", "receipt")


PAYMENTS: Final = _Payments("payment", "payments", "付款", PaymentRecord)
