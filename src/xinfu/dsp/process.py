"""A process of the Dataspace Protocol: a record, a table of states, and the machine that applies messages.

Negotiations and transfers use the same machine with different tables. Both sides of a process run it; it is given the
time and does no I/O. `receive` applies the peer's message, `send` puts ours in transit, and `acknowledged` applies ours
once the peer has answered 2xx (R-GEN-11). While ours is in transit the peer may be one state ahead: see
`xinfu.dsp.moves`.

    outcome = MACHINE.receive(record, message, Role.PROVIDER, digest, now)
    record = MACHINE.send(record, message, now)            # sending is set, the state is not
    record = MACHINE.acknowledged(record, Kind.ACCEPT, now)

Follows: Dataspace Protocol 2025-1; DSP-RULES R-GEN, R-CN, R-TP, R-IDM.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec.structs import replace

from xinfu.dsp import faults, moves, repeats
from xinfu.dsp.message import Message
from xinfu.dsp.outcome import PeerFinding, Reconciliation, Refusal, Repeat, Transition
from xinfu.dsp.terms import Role
from xinfu.errors import ProtocolError

_TERMINAL: Final = frozenset({"FINALIZED", "COMPLETED", "TERMINATED"})


class ProcessState(StrEnum):
    """The base of the states of a process; negotiations and transfers have their own, in the words of the wire."""

    @property
    def is_terminal(self) -> bool:
        """Whether no message can change the state any more (R-GEN-10)."""
        return self.value in _TERMINAL


State = TypeVar("State", bound=ProcessState)
Kind = TypeVar("Kind", bound=StrEnum)


class ProcessDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The changes that a message makes; ours makes them once acknowledged. Each kind of process adds its own fields."""

    code: str | None = None
    reason: tuple[str, ...] = ()


D = TypeVar("D", bound=ProcessDraft)


class Process(msgspec.Struct, Generic[State, Kind, D], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A process as one side stores it.

    Attributes:
        id: the pid that we gave; the same as `consumer_pid` or `provider_pid`, depending on `role`.
        context: the participant context it belongs to.
        participant: our own participant id; `peer` is the counterparty's.
        state: None until the first message is acknowledged.
        peer_base: the address below which our messages of this process are posted.
        sending: our own message that is not acknowledged yet; `draft` holds the changes that it will make.
        last_received: digest of the message that led to the present state.
        seen: digests of accepted messages that have an id; `opening` is the digest of the opening message.
        held: whether it waits for a person.
        callbacks: the callbacks for its events that our own operator requested, as stated.
        trace: the `traceparent` under which it began here.
        version: maintained by the store.
    """

    id: str
    context: str
    participant: str
    role: Role
    peer: str
    consumer_pid: str | None = None
    provider_pid: str | None = None
    state: State | None = None
    peer_base: str
    dataset: str
    purpose: str | None = None
    sending: Kind | None = None
    draft: D | None = None
    last_received: str | None = None
    seen: tuple[str, ...] = ()
    opening: str | None = None
    terminated_by: Role | None = None
    code: str | None = None
    reason: tuple[str, ...] = ()
    held: bool = False
    callbacks: tuple[dict[str, Any], ...] = ()
    trace: str | None = None
    created: datetime
    updated: datetime
    version: int = 0

    @property
    def peer_pid(self) -> str | None:
        """The pid that the other side gave; None until it is known."""
        return self.provider_pid if self.role is Role.CONSUMER else self.consumer_pid

    @property
    def provider(self) -> str:
        """Participant id of the provider: the assigner of an agreement (R-POL-09)."""
        return self.peer if self.role is Role.CONSUMER else self.participant

    @property
    def consumer(self) -> str:
        """Participant id of the consumer: the assignee of an agreement (R-POL-09)."""
        return self.participant if self.role is Role.CONSUMER else self.peer

    @property
    def is_over(self) -> bool:
        """Whether the process is in a terminal state."""
        return self.state is not None and self.state.is_terminal


P = TypeVar("P", bound=Process[Any, Any, Any])
M = TypeVar("M", bound=Message)

_TERMINATE: Final = "TERMINATE"


@dataclass(frozen=True, kw_only=True)
class Machine(Generic[P, M, State, Kind, D]):
    """The state machine over a table; its fields hold the differences between negotiations and transfers.

    Attributes:
        name: "negotiation" or "transfer", the first part of its error codes.
        table: state -> (message kind, sender) -> next state.
        deciding: kinds of our messages in transit that our termination does not replace.
        ends: terminal states that the peer can enter by itself -> the kind of message that leads there.
        kind: the kind of a message.
        pids: the consumer's and the provider's pid in a message.
        opens: whether a message would open a process.
        draft: the changes that a message makes; `no_draft` is none.
        change: the record with the changes in the fields that only this kind of process has.
        settle: the result of a message of the peer: `moves.settle` over the table, with the exceptions to it.
        fit: the record to which the peer's message applies, or the error if its content does not fit.
        may_send: whether we may send a message that the table does not list.
    """

    name: str
    table: Mapping[State | None, Mapping[tuple[Kind, Role], State]]
    deciding: frozenset[Kind]
    ends: Mapping[State, Kind]
    kind: Callable[[M], Kind]
    pids: Callable[[M], tuple[str | None, str | None]]
    opens: Callable[[M], bool]
    draft: Callable[[M], D]
    no_draft: D
    change: Callable[[P, State, Kind, Role, D], P]
    settle: Callable[[P, M, Kind], moves.Move[State] | moves.Crossing | None]
    fit: Callable[[P, M], P | ProtocolError]
    may_send: Callable[[P, Kind], bool]

    def receive(
        self, record: P, message: M, sender_role: Role, body_digest: str, now: datetime
    ) -> Transition[P] | Repeat[P] | Refusal:
        """Apply the peer's `message` to the process.

        Args:
            sender_role: the role in which the peer sent it, given by the path of the request.
            body_digest: SHA-256 of the canonical body.
        """
        kind = self.kind(message)
        if sender_role is record.role:
            return Refusal(error=faults.wrong_side(self.name, kind, sender_role))
        if repeats.is_repeat(record, body_digest):
            return Repeat(record=record)
        fault = self._misaddressed(record, message)
        if fault is not None:
            return Refusal(error=fault)
        move = self.settle(record, message, kind)
        if move is None:
            return Refusal(error=faults.wrong_state(self.name, kind, sender_role, record.state))
        if isinstance(move, moves.Crossing):
            return Refusal(error=faults.crossed(self.name, kind, record.sending or ""))
        before = self.fit(self._arrived(record, now) if move.acknowledged else record, message)
        if isinstance(before, ProtocolError):
            return Refusal(error=before)
        return Transition(
            record=self._accepted(before, message, move, sender_role, body_digest, now),
            acknowledged=move.acknowledged,
            drop_sending=move.drop_sending,
        )

    def send(self, record: P, message: M, now: datetime) -> P:
        """Put our `message` in transit; the state changes only with the acknowledgement.

        A termination replaces another message in transit, unless that is of a deciding kind.

        Raises:
            ConflictError: `<name>.wrong-state` if our role cannot send it now, `<name>.busy` while another message is
                in transit, `<name>.not-open` while the peer's pid is not known, `<name>.wrong-pid` if it names
                another process.
        """
        kind = self.kind(message)
        if record.state is None and record.sending is not None:
            raise faults.unknown_peer_pid(self.name)
        legal = moves.target(self.table, record.state, kind, record.role) is not None
        if not legal and not self.may_send(record, kind):
            raise faults.cannot_send(self.name, kind, record.role, record.state)
        if record.sending is not None and (kind != _TERMINATE or record.sending in self.deciding):
            raise faults.busy(self.name, record.sending)
        if record.peer_pid is None:
            raise faults.unknown_peer_pid(self.name)
        if self.pids(message) != (record.consumer_pid, record.provider_pid):
            raise faults.sent_wrong_pid(self.name)
        return replace(record, sending=kind, draft=self.draft(message), held=False, updated=now)

    def acknowledged(self, record: P, kind: Kind, now: datetime, *, peer_pid: str | None = None) -> P:
        """Apply our message of `kind` after the peer has answered 2xx to it.

        An answer to a message that is no longer in transit changes nothing.

        Args:
            peer_pid: the peer's pid, if its answer to our first message states it.
        """
        if record.sending is not kind:
            return record
        return self._arrived(_learned(record, peer_pid), now)

    def dropped(self, record: P, now: datetime) -> P:
        """The process without our message in transit, which was given up; the state is unchanged."""
        return replace(record, sending=None, draft=None, updated=now)

    def failed(self, record: P, now: datetime, *, code: str | None = None, reason: tuple[str, ...] = ()) -> P:
        """The process after we gave it up without the peer: TERMINATED by us, unless it was over already."""
        dropped = self.dropped(record, now)
        if record.is_over:
            return dropped
        to, kind = next((to, kind) for to, kind in self.ends.items() if kind == _TERMINATE)
        return self._moved(
            dropped, to, kind, record.role, replace(self.no_draft, code=code, reason=reason), now
        )

    def reconcile(self, record: P, peer_state: State, now: datetime) -> Reconciliation[P]:
        """Compare our process with the peer's state, read with GET, and update ours (D-12, R-GEN-12)."""
        over = record.is_over
        sending = record.sending
        reached = None if sending is None else moves.target(self.table, record.state, sending, record.role)
        if reached is peer_state and not over:
            return Reconciliation(record=self._arrived(record, now), standing=PeerFinding.ACKNOWLEDGED)
        if record.state is peer_state:
            return Reconciliation(record=record, standing=PeerFinding.UNCHANGED)
        if peer_state in self.ends and not over:
            kind, by = self.ends[peer_state], record.role.other
            ended = self._moved(self.dropped(record, now), peer_state, kind, by, self.no_draft, now)
            return Reconciliation(record=ended, standing=PeerFinding.ENDED)
        return Reconciliation(record=record, standing=PeerFinding.DIVERGED)

    def _misaddressed(self, record: P, message: M) -> ProtocolError | None:
        """The error for a message with a wrong pid (R-HTTP-14), or an opening message; None if neither."""
        if self.opens(message):
            return faults.already_open(self.name)
        consumer, provider = self.pids(message)
        if consumer != record.consumer_pid and not _learns(record, Role.CONSUMER, consumer):
            return faults.wrong_pid(self.name, "consumerPid")
        if provider != record.provider_pid and not _learns(record, Role.PROVIDER, provider):
            return faults.wrong_pid(self.name, "providerPid")
        return None

    def _arrived(self, record: P, now: datetime) -> P:
        """Apply our message in transit to the process."""
        if record.sending is None:
            return record
        # what is no move of the table leaves the state as it is
        to = moves.target(self.table, record.state, record.sending, record.role) or record.state
        if to is None:
            return record
        draft = record.draft or self.no_draft
        after = self._moved(record, to, record.sending, record.role, draft, now)
        return replace(after, sending=None, draft=None, last_received=None)

    def _accepted(
        self, record: P, message: M, move: moves.Move[State], sender: Role, digest: str, now: datetime
    ) -> P:
        consumer, provider = self.pids(message)
        learned = _learned(record, provider if sender is Role.PROVIDER else consumer)
        after = self._moved(learned, move.to, self.kind(message), sender, self.draft(message), now)
        return replace(
            after,
            sending=None if move.drop_sending else record.sending,
            draft=None if move.drop_sending else record.draft,
            last_received=digest,
            seen=repeats.remember(record, message, digest),
            held=False,
        )

    def _moved(self, record: P, to: State, kind: Kind, by: Role, draft: D, now: datetime) -> P:
        """Move the process to state `to` after `kind` by `by`; a terminal state ends a hold."""
        after = replace(self.change(record, to, kind, by, draft), state=to, updated=now)
        if kind == _TERMINATE:
            after = replace(after, terminated_by=by, code=draft.code, reason=draft.reason)
        return replace(after, held=False) if to.is_terminal else after


def _learns(record: Process[Any, Any, Any], whose: Role, pid: str | None) -> bool:
    """Whether `pid` is the peer's pid, and was not known before."""
    return record.role is not whose and record.peer_pid is None and bool(pid)


def _learned(record: P, peer_pid: str | None) -> P:
    if not peer_pid or record.peer_pid is not None:
        return record
    if record.role is Role.CONSUMER:
        return replace(record, provider_pid=peer_pid)
    return replace(record, consumer_pid=peer_pid)
