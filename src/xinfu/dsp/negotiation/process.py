"""What happens in a contract negotiation: pure functions over the record and the table.

`receive` takes the peer's message, `send` puts ours on its way, `acknowledged` applies it when the peer has
answered 2xx (R-GEN-11). While ours is on its way the peer may be a step ahead: see `xinfu.dsp.moves`.

    outcome = receive(record, message, Role.PROVIDER, digest, now)
    record = send(record, message, now)            # sending is set, the state is not
    record = acknowledged(record, Kind.ACCEPT, now)

Follows: Dataspace Protocol 2025-1, Contract Negotiation Protocol; DSP-RULES R-CN, R-IDM.
"""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from xinfu.dsp import faults, moves, reasons, repeats
from xinfu.dsp.negotiation.fit import misfit
from xinfu.dsp.negotiation.messages import (
    ContractAgreementMessage,
    ContractNegotiationTerminationMessage,
    ContractOfferMessage,
    ContractRequestMessage,
    NegotiationMessage,
    kind_of,
)
from xinfu.dsp.negotiation.record import ContractNegotiation, Draft
from xinfu.dsp.negotiation.states import TABLE, Kind, State, target
from xinfu.dsp.outcome import Reconciled, Refusal, Repeat, Standing, Transition
from xinfu.dsp.terms import Role
from xinfu.errors import ProtocolError

_FAMILY: Final = "negotiation"
_DECIDING: Final = frozenset({Kind.FINALIZE, Kind.TERMINATE})
"""Messages of ours that no termination of ours replaces while they are on their way."""


def receive(
    record: ContractNegotiation,
    message: NegotiationMessage,
    sender_role: Role,
    body_digest: str,
    now: datetime,
) -> Transition[ContractNegotiation] | Repeat[ContractNegotiation] | Refusal:
    """What the peer's `message` makes of the negotiation.

    Args:
        sender_role: the role in which the peer sent it, given by the path it came to.
        body_digest: SHA-256 of the canonical body.
    """
    kind = kind_of(message)
    if sender_role is record.role:
        return Refusal(error=faults.wrong_side(_FAMILY, kind, sender_role))
    if repeats.is_repeat(record, body_digest):
        return Repeat(record=record)
    fault = _misaddressed(record, message)
    if fault is not None:
        return Refusal(error=fault)
    move = moves.settle(TABLE, record.state, record.sending, record.role, kind)
    if move is None and _agrees_anew(record, kind):
        move = moves.Move(to=State.AGREED, drop_sending=True)
    if move is None:
        return Refusal(error=faults.wrong_state(_FAMILY, kind, sender_role, record.state))
    if isinstance(move, moves.Crossed):
        return Refusal(error=faults.crossed(_FAMILY, kind, record.sending or ""))
    before = _arrived(record, now) if move.acknowledged else record
    fault = misfit(before, message)
    if fault is not None:
        return Refusal(error=fault)
    return Transition(
        record=_accepted(before, message, move, sender_role, body_digest, now),
        acknowledged=move.acknowledged,
        drop_sending=move.drop_sending,
    )


def send(record: ContractNegotiation, message: NegotiationMessage, now: datetime) -> ContractNegotiation:
    """The negotiation with our `message` on its way; the state waits for the acknowledgement.

    A termination takes the place of another message on its way, except a finalisation.

    Raises:
        ConflictError: `negotiation.wrong-state` when it is no move of ours, `negotiation.busy` while
            another is on its way, `negotiation.not-open` while the peer's pid is not known,
            `negotiation.wrong-pid` when it names another process.
    """
    kind = kind_of(message)
    if record.state is None and record.sending is not None:
        raise faults.unknown_peer_pid(_FAMILY)
    if target(record.state, kind, record.role) is None:
        raise faults.cannot_send(_FAMILY, kind, record.role, record.state)
    if record.sending is not None and (kind is not Kind.TERMINATE or record.sending in _DECIDING):
        raise faults.busy(_FAMILY, record.sending)
    if record.peer_pid is None:
        raise faults.unknown_peer_pid(_FAMILY)
    if (message.consumer_pid, message.provider_pid) != (record.consumer_pid, record.provider_pid):
        raise faults.sent_wrong_pid(_FAMILY)
    return replace(record, sending=kind, draft=_draft(message), held=False, updated=now)


def acknowledged(
    record: ContractNegotiation, kind: Kind, now: datetime, *, peer_pid: str | None = None
) -> ContractNegotiation:
    """The negotiation after the peer answered 2xx to our message of `kind`.

    An answer to a message that is no longer on its way changes nothing.

    Args:
        peer_pid: the peer's pid, if its answer to our first message tells it.
    """
    if record.sending is not kind:
        return record
    return _arrived(_learned(record, peer_pid), now)


def dropped(record: ContractNegotiation, now: datetime) -> ContractNegotiation:
    """The negotiation after our message on its way was given up; the state stays."""
    return replace(record, sending=None, draft=None, updated=now)


def failed(
    record: ContractNegotiation, now: datetime, *, code: str | None = None, reason: tuple[str, ...] = ()
) -> ContractNegotiation:
    """The negotiation after we gave it up, without the peer: TERMINATED by us, unless it is over."""
    if record.is_over:
        return dropped(record, now)
    return _ended(dropped(record, now), record.role, code, reason, now)


def reconcile(
    record: ContractNegotiation, peer_state: State, now: datetime
) -> Reconciled[ContractNegotiation]:
    """What the peer's own state, read with GET, says about ours (D-12, R-GEN-12)."""
    moved = None if record.sending is None else target(record.state, record.sending, record.role)
    if moved is peer_state and not record.is_over:
        return Reconciled(record=_arrived(record, now), standing=Standing.ACKNOWLEDGED)
    if record.state is peer_state:
        return Reconciled(record=record, standing=Standing.UNCHANGED)
    if peer_state is State.TERMINATED and not record.is_over:
        ended = _ended(dropped(record, now), record.role.other, None, (), now)
        return Reconciled(record=ended, standing=Standing.ENDED)
    return Reconciled(record=record, standing=Standing.DIVERGED)


def _agrees_anew(record: ContractNegotiation, kind: Kind) -> bool:
    """Whether the provider says its agreement again before it has our verification (R-IDM-02).

    EDC, when it has lost our acknowledgement, repeats it under a new id, of the message and of the agreement. The
    last one counts, and a verification of the first that is on its way is sent anew.
    """
    waiting = record.state is State.AGREED and record.sending in {None, Kind.VERIFY}
    return kind is Kind.AGREE and record.role is Role.CONSUMER and waiting


def _misaddressed(record: ContractNegotiation, message: NegotiationMessage) -> ProtocolError | None:
    """Which pid of the body is not that of the negotiation (R-HTTP-14)."""
    if isinstance(message, ContractRequestMessage | ContractOfferMessage) and message.callback_address:
        return faults.already_open(_FAMILY)
    if message.consumer_pid != record.consumer_pid and not _learns(
        record, Role.CONSUMER, message.consumer_pid
    ):
        return faults.wrong_pid(_FAMILY, "consumerPid")
    if message.provider_pid != record.provider_pid and not _learns(
        record, Role.PROVIDER, message.provider_pid
    ):
        return faults.wrong_pid(_FAMILY, "providerPid")
    return None


def _learns(record: ContractNegotiation, whose: Role, pid: str | None) -> bool:
    """Whether `pid` is the peer's, not known so far."""
    return record.role is not whose and record.peer_pid is None and bool(pid)


def _learned(record: ContractNegotiation, peer_pid: str | None) -> ContractNegotiation:
    if not peer_pid or record.peer_pid is not None:
        return record
    if record.role is Role.CONSUMER:
        return replace(record, provider_pid=peer_pid)
    return replace(record, consumer_pid=peer_pid)


def _arrived(record: ContractNegotiation, now: datetime) -> ContractNegotiation:
    """The negotiation after our message on its way took effect."""
    if record.sending is None:
        return record
    draft = record.draft or Draft()
    to = target(record.state, record.sending, record.role)
    moved = replace(
        record,
        state=to,
        sending=None,
        draft=None,
        last_received=None,
        offer=draft.offer or record.offer,
        previous=record.offer if draft.offer and record.state is not None else record.previous,
        offered_by=record.role if draft.offer else record.offered_by,
        agreement=draft.agreement or record.agreement,
        updated=now,
    )
    if to is State.TERMINATED:
        return _ended(moved, record.role, draft.code, draft.reason, now)
    return moved


def _accepted(
    record: ContractNegotiation,
    message: NegotiationMessage,
    move: moves.Move[State],
    sender: Role,
    digest: str,
    now: datetime,
) -> ContractNegotiation:
    moved = replace(
        _learned(record, message.provider_pid if sender is Role.PROVIDER else message.consumer_pid),
        state=move.to,
        sending=None if move.drop_sending else record.sending,
        draft=None if move.drop_sending else record.draft,
        last_received=digest,
        seen=repeats.remember(record, message, digest),
        held=False,
        updated=now,
    )
    match message:
        case ContractRequestMessage():
            purpose = message.purpose or record.purpose
            return replace(
                moved, offer=message.offer, previous=record.offer, offered_by=sender, purpose=purpose
            )
        case ContractOfferMessage():
            return replace(moved, offer=message.offer, previous=record.offer, offered_by=sender)
        case ContractAgreementMessage():
            return replace(moved, agreement=message.agreement)
        case ContractNegotiationTerminationMessage():
            return _ended(moved, sender, message.code, reasons.texts(message.reason), now)
        case _:
            return moved


def _ended(
    record: ContractNegotiation, by: Role, code: str | None, reason: tuple[str, ...], now: datetime
) -> ContractNegotiation:
    return replace(
        record,
        state=State.TERMINATED,
        terminated_by=by,
        code=code,
        reason=reason,
        held=False,
        updated=now,
    )


def _draft(message: NegotiationMessage) -> Draft:
    match message:
        case ContractRequestMessage() | ContractOfferMessage():
            return Draft(offer=message.offer)
        case ContractAgreementMessage():
            return Draft(agreement=message.agreement)
        case ContractNegotiationTerminationMessage():
            return Draft(code=message.code, reason=reasons.texts(message.reason))
        case _:
            return Draft()
