"""The records of a participant context, as frozen structs.

Every record belongs to one participant context (D-01). A record is stored as one JSON document, with the
columns by which it is found; fields are only ever added, with a default. Secrets are never in a record
in the clear: they are envelopes of the keyring (D-06).
"""

from typing import Any, Final

from xinfu.ports.kind import Kind
from xinfu.ports.records.agreement import (
    AGREEMENTS,
    DUTIES,
    PAYMENTS,
    AgreementRecord,
    AgreementState,
    Deadline,
    DeadlineKind,
    DutyRecord,
    PaymentRecord,
)
from xinfu.ports.records.answer import ANSWERS, Act, Answer, Event
from xinfu.ports.records.contract import (
    CONTRACT_TEMPLATES,
    CONTRACTS,
    ContractDecision,
    ContractRecord,
    ContractSide,
    StoredTemplate,
)
from xinfu.ports.records.identity import (
    HELD_CREDENTIALS,
    ISSUED_CREDENTIALS,
    KEYS,
    PARTICIPANTS,
    HeldCredential,
    IssuedCredential,
    KeyRecord,
    KeyState,
    KeyUse,
    KnownParticipant,
)
from xinfu.ports.records.node import (
    DATA_PLANES,
    HOSTED_CONTEXTS,
    ContextLimits,
    HostedContext,
    RegisteredPlane,
)
from xinfu.ports.records.offering import (
    ASSETS,
    DEFINITIONS,
    MANIFESTS,
    POLICIES,
    Asset,
    Bound,
    ContractDefinition,
    Criterion,
    PolicyDefinition,
    StoredManifest,
)
from xinfu.ports.records.outbox import Family, Order, OutboxRow
from xinfu.ports.records.process import NEGOTIATIONS, TRANSFERS, ProcessKind
from xinfu.ports.records.programme import (
    PROGRAMME_STATES,
    PROGRAMMES,
    ProgrammeEvent,
    ProgrammeRecord,
    ProgrammeState,
    SignedProgramme,
)
from xinfu.ports.records.secrets import ADDRESSES, SECRETS, SealedAddress, SealedSecret
from xinfu.ports.records.use import GRANTS, KEYED_READS, Grant, KeyedRead, ResultAccount
from xinfu.ports.records.vault import VAULT_OBJECTS, VaultObject, VaultState

__all__ = [
    "ADDRESSES",
    "AGREEMENTS",
    "ANSWERS",
    "ASSETS",
    "CONTRACTS",
    "CONTRACT_TEMPLATES",
    "DATA_PLANES",
    "DEFINITIONS",
    "DUTIES",
    "GRANTS",
    "HELD_CREDENTIALS",
    "HOSTED_CONTEXTS",
    "ISSUED_CREDENTIALS",
    "KEYED_READS",
    "KEYS",
    "KINDS",
    "MANIFESTS",
    "NEGOTIATIONS",
    "PARTICIPANTS",
    "PAYMENTS",
    "POLICIES",
    "PROGRAMMES",
    "PROGRAMME_STATES",
    "SECRETS",
    "TRANSFERS",
    "VAULT_OBJECTS",
    "Act",
    "AgreementRecord",
    "AgreementState",
    "Answer",
    "Asset",
    "Bound",
    "ContextLimits",
    "ContractDecision",
    "ContractDefinition",
    "ContractRecord",
    "ContractSide",
    "Criterion",
    "Deadline",
    "DeadlineKind",
    "DutyRecord",
    "Event",
    "Family",
    "Grant",
    "HeldCredential",
    "HostedContext",
    "IssuedCredential",
    "KeyRecord",
    "KeyState",
    "KeyUse",
    "KeyedRead",
    "KnownParticipant",
    "Order",
    "OutboxRow",
    "PaymentRecord",
    "PolicyDefinition",
    "ProcessKind",
    "ProgrammeEvent",
    "ProgrammeRecord",
    "ProgrammeState",
    "RegisteredPlane",
    "ResultAccount",
    "SealedAddress",
    "SealedSecret",
    "SignedProgramme",
    "StoredManifest",
    "StoredTemplate",
    "VaultObject",
    "VaultState",
]

KINDS: Final[tuple[Kind[Any], ...]] = tuple(
    each for each in tuple(globals().values()) if isinstance(each, Kind)
)
"""Every kind of record above."""
