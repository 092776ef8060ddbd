"""Records of stored answers: rules that answer without a person (D-30)."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from xinfu.ports.column import Word
from xinfu.ports.kind import DatedKind


class Event(StrEnum):
    """The events in a process that a stored answer can react to."""

    REQUESTED = "requested"
    COUNTERED = "countered"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    AGREED = "agreed"
    VERIFIED = "verified"
    FINALIZED = "finalized"
    REQUEST_ACKNOWLEDGED = "request-acknowledged"
    TRANSFER_REQUESTED = "transfer-requested"
    TRANSFER_REQUEST_ACKNOWLEDGED = "transfer-request-acknowledged"
    TRANSFER_STARTED = "transfer-started"
    AGREEMENT_CONCLUDED = "agreement-concluded"
    CONTRACT_RECEIVED = "contract-received"
    CONTRACT_SIGNED = "contract-signed"
    CONTRACT_FILED = "contract-filed"


class Act(StrEnum):
    """The acts of a stored answer. HOLD asks a person, NOTHING sends nothing.

    AGREE_WITHIN agrees to our own terms, and to other terms that are within our current offer. SIGN signs a
    contract that states the terms of one of our agreements and nothing more, SIGN_WITHIN only if they are also within
    our current offer; FILE files a contract that all parties have signed. PULL fetches the data of a filed contract into
    our vault.
    """

    OFFER = "offer"
    COUNTER = "counter"
    ACCEPT = "accept"
    AGREE = "agree"
    AGREE_WITHIN = "agree-within"
    VERIFY = "verify"
    FINALIZE = "finalize"
    TERMINATE = "terminate"
    HOLD = "hold"
    NOTHING = "nothing"
    START = "start"
    SUSPEND = "suspend"
    COMPLETE = "complete"
    SIGN = "sign"
    SIGN_WITHIN = "sign-within"
    FILE = "file"
    PULL = "pull"


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stored answer (D-30): on an event in a matching process, do these acts one after another.

    The first match by `priority` (higher first), then by id, applies. A field of None matches every process.
    Each act after the first is sent when the one before is acknowledged.
    """

    id: str
    context: str
    on: Event
    do: tuple[Act, ...]
    dataset: str | None = None
    agreement: str | None = None
    peer: str | None = None
    priority: int = 0
    reason: str | None = None
    version: int = 1
    created: datetime
    updated: datetime


class _Answers(DatedKind[Answer]):
    on = Word[Answer, Event](lambda answer: answer.on)
    dataset = Word[Answer, str](lambda answer: answer.dataset, optional=True)
    agreement = Word[Answer, str](lambda answer: answer.agreement, optional=True)
    peer = Word[Answer, str](lambda answer: answer.peer, optional=True)
    indexed = ("on",)


ANSWERS: Final = _Answers("answer", "answers", "自动应答", Answer)
