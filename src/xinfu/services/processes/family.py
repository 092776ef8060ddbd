"""The table of hooks in which negotiations and transfers differ; `steps` and `peer_messages` hold what they share."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

import msgspec

from xinfu.dsp import Machine, Message, Process, Refusal, Role, Transition
from xinfu.dsp.binding import MessageTable
from xinfu.dsp.negotiation import ContractNegotiationAck, ContractNegotiationError
from xinfu.dsp.transfer import TransferError, TransferProcessAck
from xinfu.errors import NotFoundError
from xinfu.odrl import Policy
from xinfu.ports.column import Word
from xinfu.ports.records import Act, Event, Order, ProcessKind, outbox
from xinfu.ports.records import Family as FamilyName
from xinfu.ports.store import Step
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.offering.offers import Assessment
from xinfu.services.parts import Parts
from xinfu.services.refusals import RefusalText

P = TypeVar("P", bound=Process[Any, Any, Any])
M = TypeVar("M", bound=Message)
K = TypeVar("K", bound=StrEnum)

Claims = dict[str, tuple[str, ...]]


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The act to take now, the acts that remain after it, and the reasons if it is a refusal."""

    act: Act
    rest: tuple[Act, ...] = ()
    reasons: tuple[RefusalText, ...] = ()


class NewProcess(msgspec.Struct, Generic[P], frozen=True, kw_only=True):
    """The result of a first message; `assessment` is our offer, if the message made us read it."""

    outcome: Transition[P] | Refusal
    event: Event
    assessment: Assessment | None = None


class Acceptance(msgspec.Struct, Generic[P], frozen=True, kw_only=True):
    """A message that was taken: the process after it, and the event to decide on, if any."""

    record: P
    event: Event | None = None
    created: bool = False
    assessment: Assessment | None = None


class MessageContent(msgspec.Struct, frozen=True, kw_only=True):
    """The content of the message for an act.

    Attributes:
        claims: who was proven to ask, for a start. reasons: for an end. offer: other terms, of OFFER and COUNTER.
    """

    claims: Claims = msgspec.field(default_factory=dict)
    reasons: tuple[RefusalText, ...] = ()
    offer: Policy | None = None


NO_CONTENT: Final = MessageContent()


class OpeningKey(msgspec.Struct, Generic[P], frozen=True, kw_only=True):
    """The identity of a first message: the column of its sender's pid, that pid, and our role in the new process."""

    column: Word[P, str]
    pid: str
    role: Role


@dataclass(frozen=True, kw_only=True)
class Family(Generic[P, M, K]):
    """A kind of process, as a table: its state machine, its records, and its own consequences.

    What is called `step` may write; a hook that is None has nothing to do.

    Attributes:
        kinds: what its messages do. ack: the process as the peer shows it. error: the peer's refusal.
        termination: a message that ends the process.
        records: where its processes lie in a step.
        messages: its messages, with their paths.
        acknowledgement: the process as the peer may see it.
        not_found: no such process, or not for the one who asks.
        acknowledged: the event when the peer has taken our first message.
        events: the event that a message of the peer is, where something is to be decided.
        quiet: events on which nothing is done unless a stored answer says so.
        first: by what a first message is known; an address in it that we would never call is refused before anything
            is stored (R-CN-04, R-TP-06): InputError.
        check: the same refusal, of a message for an open process.
        check_repeat: refuses a first message under the pid of a process that another one opened: ProtocolError.
        open: what a first message opens; nothing is stored yet. ProtocolError: what it names is not there, or not for
            its sender.
        admit: the process after a message that is a legal move, from before, after and the message. ProtocolError: it
            is refused all the same.
        keep: keeps what a message of the peer carries beside what the record holds.
        leave: what ends as soon as a message of ours is on its way.
        follow: the consequences of a new state; with the reason, and the peer's message by which it came about.
        claims: what the peer is proven to be, for an event of a context that does not say.
        is_waited_for: whether the peer waits for something of ours, whatever event it is.
        choose: what to do on an event: the stored answer that fits, else the default; with our offer, where it was
            looked at already.
        compose: the message of an act. ConflictError: such a process does not have this act.
        stop: stops what runs of a process that no longer does, after the commit that says so.
    """

    name: FamilyName
    machine: Machine[P, M, Any, K, Any]
    kinds: type[K]
    ack: type[ContractNegotiationAck] | type[TransferProcessAck]
    error: type[ContractNegotiationError] | type[TransferError]
    termination: Callable[..., M]
    records: ProcessKind[P, Any]
    messages: MessageTable[K]
    acknowledgement: Callable[[P], Message]
    not_found: Callable[[], NotFoundError]
    acknowledged: Event
    events: Mapping[K, Event]
    quiet: frozenset[Event]
    check: Callable[[Parts, M], None] | None = None
    first: Callable[[Parts, M], OpeningKey[P]]
    check_repeat: Callable[[P, Arrival], None] | None = None
    open: Callable[[Step, Parts, Arrival, M], Awaitable[NewProcess[P]]]
    admit: Callable[[Step, P, P, M], Awaitable[P]]
    keep: Callable[[Step, Parts, P, M], Awaitable[None]] | None = None
    leave: Callable[[Step, P, K], Awaitable[None]] | None = None
    follow: Callable[[Step, Parts, P, str | None, M | None], Awaitable[None]]
    claims: Callable[[Parts, str, outbox.ProcessEvent], Awaitable[Claims]] | None = None
    is_waited_for: Callable[[P], bool] | None = None
    choose: Callable[[Step, Parts, P, Event, Order, Assessment | None], Awaitable[Choice]]
    compose: Callable[[Step, Parts, P, Act, MessageContent], Awaitable[M]]
    stop: Callable[[Parts, P], None] | None = None
