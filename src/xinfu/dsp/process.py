"""A process of the Dataspace Protocol: a record, a table of states, and what a message makes of it.

A negotiation and a transfer are two tables of one machine. Both sides of a process run the same one; it is handed the
time and does no I/O. `receive` takes the peer's message, `send` puts ours on its way, `acknowledged` applies it when
the peer has answered 2xx (R-GEN-11). While ours is on its way the peer may be a step ahead: see `xinfu.dsp.moves`.

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
    """Where a process stands; each sort of process has its own, in the wire's words."""

    @property
    def is_terminal(self) -> bool:
        """No message leads on from here (R-GEN-10)."""
        return self.value in _TERMINAL


State = TypeVar("State", bound=ProcessState)
Kind = TypeVar("Kind", bound=StrEnum)


class ProcessDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a message changes; of ours on its way, once it is acknowledged. Each sort of process adds its own."""

    code: str | None = None
    reason: tuple[str, ...] = ()


D = TypeVar("D", bound=ProcessDraft)


class Process(msgspec.Struct, Generic[State, Kind, D], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A process as one side keeps it.

    Attributes:
        id: the pid that we gave; the same as `consumer_pid` or `provider_pid`, by `role`.
        context: the participant context it belongs to.
        participant: our own participant id; `peer` the counterparty's.
        state: None until the first message is acknowledged.
        peer_base: the address below which our messages of this process go.
        sending: our own message that is not acknowledged yet; `draft` is what it will change.
        last_received: digest of the message that led to the present state.
        seen: digests of accepted messages that have an id; `opening` that of the message that opened.
        held: it waits for a person.
        callbacks: whom our own operator wants told of its events, as he stated it.
        trace: the `traceparent` under which it began here.
        version: kept by the store.
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
        """The pid that the other side gave; None until we learn it."""
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
        """Nothing leads on from its state."""
        return self.state is not None and self.state.is_terminal


P = TypeVar("P", bound=Process[Any, Any, Any])
M = TypeVar("M", bound=Message)

_TERMINATE: Final = "TERMINATE"


@dataclass(frozen=True, kw_only=True)
class Machine(Generic[P, M, State, Kind, D]):
    """The one machine over a table, with all in which a sort of process differs from the other.

    Attributes:
        name: "negotiation" or "transfer"; leads the codes of what it refuses.
        table: state, message and sender to the next state.
        deciding: messages of ours that no termination of ours replaces while they are on their way.
        ends: the states in which the peer may have ended it alone, with the message that leads there.
        kind: what a message does.
        pids: the consumer's and the provider's pid in a message.
        opens: whether a message would open a process.
        draft: what a message changes.
        change: the record after a move, in the fields that only this sort of process has.
        settle: where a message of the peer leads; `moves.settle` over the table, and the exceptions to it.
        fit: the record to which the peer's message applies, or why its content does not fit.
        may_send: whether a message of ours is legal that is no move of the table.
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
        """What the peer's `message` makes of the process.

        Args:
            sender_role: the role in which the peer sent it, given by the path it came to.
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
        """The process with our `message` on its way; the state waits for the acknowledgement.

        A termination takes the place of another message on its way, except one that decides.

        Raises:
            ConflictError: `<name>.wrong-state` when it is no move of ours, `<name>.busy` while another is on its
                way, `<name>.not-open` while the peer's pid is not known, `<name>.wrong-pid` when it names another
                process.
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
        """The process after the peer answered 2xx to our message of `kind`.

        An answer to a message that is no longer on its way changes nothing.

        Args:
            peer_pid: the peer's pid, if its answer to our first message tells it.
        """
        if record.sending is not kind:
            return record
        return self._arrived(_learned(record, peer_pid), now)

    def dropped(self, record: P, now: datetime) -> P:
        """The process after our message on its way was given up; the state stays."""
        return replace(record, sending=None, draft=None, updated=now)

    def failed(self, record: P, now: datetime, *, code: str | None = None, reason: tuple[str, ...] = ()) -> P:
        """The process after we gave it up, without the peer: TERMINATED by us, unless it is over."""
        dropped = self.dropped(record, now)
        if record.is_over:
            return dropped
        to, kind = next((to, kind) for to, kind in self.ends.items() if kind == _TERMINATE)
        return self._moved(
            dropped, to, kind, record.role, replace(self.no_draft, code=code, reason=reason), now
        )

    def reconcile(self, record: P, peer_state: State, now: datetime) -> Reconciliation[P]:
        """What the peer's own state, read with GET, says about ours (D-12, R-GEN-12)."""
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
        """Which pid of the body is not that of the process (R-HTTP-14)."""
        if self.opens(message):
            return faults.already_open(self.name)
        consumer, provider = self.pids(message)
        if consumer != record.consumer_pid and not _learns(record, Role.CONSUMER, consumer):
            return faults.wrong_pid(self.name, "consumerPid")
        if provider != record.provider_pid and not _learns(record, Role.PROVIDER, provider):
            return faults.wrong_pid(self.name, "providerPid")
        return None

    def _arrived(self, record: P, now: datetime) -> P:
        """The process after our message on its way took effect."""
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
        """The process in state `to` after `kind` by `by`; what is over waits for nobody."""
        after = replace(self.change(record, to, kind, by, draft), state=to, updated=now)
        if kind == _TERMINATE:
            after = replace(after, terminated_by=by, code=draft.code, reason=draft.reason)
        return replace(after, held=False) if to.is_terminal else after


def _learns(record: Process[Any, Any, Any], whose: Role, pid: str | None) -> bool:
    """Whether `pid` is the peer's, not known so far."""
    return record.role is not whose and record.peer_pid is None and bool(pid)


def _learned(record: P, peer_pid: str | None) -> P:
    if not peer_pid or record.peer_pid is not None:
        return record
    if record.role is Role.CONSUMER:
        return replace(record, provider_pid=peer_pid)
    return replace(record, consumer_pid=peer_pid)
