"""What a Step holds: the records of a participant context, as frozen structs.

Every record belongs to one participant context (D-01). Records are stored as one JSON document beside the
columns by which they are found; a field is only ever added, with a default. Secrets never stand in a record
in the clear: they are envelopes of the keyring (D-06).
"""

from xinfu.ports.records.agreement import (
    AgreementRecord,
    AgreementState,
    Deadline,
    DeadlineKind,
    DutyRecord,
    PaymentRecord,
)
from xinfu.ports.records.answer import Act, Answer, Event
from xinfu.ports.records.contract import ContractAnswered, ContractRecord, ContractSide, KeptTemplate
from xinfu.ports.records.identity import (
    HeldCredential,
    IssuedCredential,
    KeyRecord,
    KeyState,
    KeyUse,
    KnownParticipant,
)
from xinfu.ports.records.node import ContextLimits, HostedContext, RegisteredPlane
from xinfu.ports.records.offering import (
    Asset,
    Bound,
    ContractDefinition,
    Criterion,
    PolicyDefinition,
    StoredManifest,
)
from xinfu.ports.records.outbox import Delivery, Family, OutboxRow
from xinfu.ports.records.sealed import SealedAddress, SealedSecret
from xinfu.ports.records.use import Grant, KeyedRead, ResultAccount
from xinfu.ports.records.vault import VaultObject, VaultState

__all__ = [
    "Act",
    "AgreementRecord",
    "AgreementState",
    "Answer",
    "Asset",
    "Bound",
    "ContextLimits",
    "ContractAnswered",
    "ContractDefinition",
    "ContractRecord",
    "ContractSide",
    "Criterion",
    "Deadline",
    "DeadlineKind",
    "Delivery",
    "DutyRecord",
    "Event",
    "Family",
    "Grant",
    "HeldCredential",
    "HostedContext",
    "IssuedCredential",
    "KeptTemplate",
    "KeyRecord",
    "KeyState",
    "KeyUse",
    "KeyedRead",
    "KnownParticipant",
    "OutboxRow",
    "PaymentRecord",
    "PolicyDefinition",
    "RegisteredPlane",
    "ResultAccount",
    "SealedAddress",
    "SealedSecret",
    "StoredManifest",
    "VaultObject",
    "VaultState",
]
