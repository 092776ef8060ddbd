"""Rows of the outbox: what is promised and not yet done.

Each kind of promise is a struct with the ids of what it is about. Promises of one `queue` are kept one after the other.
"""

from datetime import datetime
from typing import ClassVar, Literal, TypeAlias

import msgspec

from xinfu.ports.records.answer import Event

Family: TypeAlias = Literal["negotiation", "transfer"]
"""The two kinds of process."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """The order for a deferred decision: the caller's proven claims, and the remaining acts of an answer."""

    claims: dict[str, tuple[str, ...]] = {}
    acts: tuple[str, ...] = ()
    reason: str | None = None


class _Promise(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="delivery"):
    """A kind of promise. `in_queue` is the pattern of its queue, with the promise as {0}."""

    in_queue: ClassVar[str]

    @property
    def queue(self) -> str:
        """The queue in which it waits; that of a process has the id of the process."""
        return self.in_queue.format(self)


class ProcessMessage(_Promise, frozen=True, kw_only=True, tag="message"):
    """A message to the peer of a process, posted to `url`; `kind` names what it does, such as "AGREE".

    `body` is what is posted; if the message carries an endpoint token, it is `sealed` in an envelope of the keyring.
    """

    in_queue: ClassVar[str] = "{0.process}"
    family: Family
    process: str
    kind: str
    peer: str
    url: str
    body: bytes
    sealed: bool = False


class ProcessEvent(_Promise, frozen=True, kw_only=True, tag="event"):
    """An event of a process, on which the stored answers or the defaults decide."""

    in_queue: ClassVar[str] = "{0.process}"
    family: Family
    process: str
    kind: Event
    peer: str
    order: Order


class CallbackEvent(_Promise, frozen=True, kw_only=True, tag="callback"):
    """An event of a process for its callback address of the place `number`; each address has a queue of its own.

    `kind` is the name of the event, such as "transfer.process.started"; `envelope` holds the body and its header, sealed.
    """

    in_queue: ClassVar[str] = "callback:{0.number}:{0.process}"
    family: Family
    process: str
    number: int
    kind: str
    url: str
    envelope: bytes


class TransferPush(_Promise, frozen=True, kw_only=True, tag="push"):
    """The bytes of a transfer, pushed to its receiver; the messages of the transfer do not wait for them."""

    in_queue: ClassVar[str] = "push:{0.transfer}"
    family: ClassVar[Family] = "transfer"
    kind: ClassVar[str] = "push"
    transfer: str


class NodeNotice(_Promise, frozen=True, kw_only=True, tag="notice"):
    """A notice of a change of an agreement or a duty to the other side, if that runs xinfu.

    `kind` names the change, such as "agreement-suspend"; `body` is the notice as it is posted.
    """

    in_queue: ClassVar[str] = "notices {0.agreement}"
    family: ClassVar[str] = "agreement"
    agreement: str
    kind: str
    peer: str
    body: bytes


class StateQuestion(NodeNotice, frozen=True, kw_only=True, tag="question"):
    """A notice that asks the other side for its state of an agreement; it waits, and other notices do not wait for it."""

    in_queue: ClassVar[str] = "standing {0.agreement}"
    kind: str = "agreement-standing"


class TransferStop(_Promise, frozen=True, kw_only=True, tag="stop"):
    """The transfers of an agreement follow what has become of it; `kind` is the move of the agreement."""

    in_queue: ClassVar[str] = "{0.agreement}"
    family: ClassVar[str] = "agreement"
    agreement: str
    kind: str


class AgreementEvent(_Promise, frozen=True, kw_only=True, tag="agreement-event"):
    """A new agreement, for which the stored answers may begin a contract."""

    in_queue: ClassVar[str] = "{0.agreement}"
    family: ClassVar[str] = "contract"
    kind: ClassVar[Event] = Event.AGREEMENT_CONCLUDED
    agreement: str


class ContractEvent(_Promise, frozen=True, kw_only=True, tag="contract-event"):
    """An event of a contract, on which the stored answers decide."""

    in_queue: ClassVar[str] = "{0.contract}"
    family: ClassVar[str] = "contract"
    contract: str
    kind: Event


class ContractMessage(_Promise, frozen=True, kw_only=True, tag="interface"):
    """A message about a contract through the interface `kind`, built from `content` as it is sent.

    `receiver` is a party or the platform, each with a queue of its own; "" while it is not known who has to receive it.
    """

    in_queue: ClassVar[str] = "{0.contract} {0.receiver}"
    family: ClassVar[str] = "contract"
    contract: str
    kind: str
    receiver: str
    content: bytes = b""


Promise: TypeAlias = (
    ProcessMessage
    | ProcessEvent
    | CallbackEvent
    | TransferPush
    | NodeNotice
    | StateQuestion
    | TransferStop
    | AgreementEvent
    | ContractEvent
    | ContractMessage
)
"""The kinds of work that a step promises to do later."""


class UnreadablePromise(msgspec.Struct, frozen=True, kw_only=True):
    """A promise that the store has in a form which this program does not know; `reason` says where it departs."""

    family: ClassVar[str] = "unknown"
    kind: ClassVar[str] = "promise"
    queue: str
    reason: str


class OutboxRow(msgspec.Struct, frozen=True, kw_only=True):
    """A promise that waits, with its tries. Rows of one queue are done in the order of `id`.

    `trace` is the `traceparent` that it was promised under.
    """

    id: int
    context: str
    promise: Promise | UnreadablePromise
    attempts: int
    due: datetime
    created: datetime
    last_error: str | None = None
    trace: str | None = None
