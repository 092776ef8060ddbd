"""What happens in a transfer process: pure functions over the record and the table.

`receive` takes the peer's message, `send` puts ours on its way, `acknowledged` applies it when the peer has
answered 2xx (R-GEN-11). While ours is on its way the peer may be a step ahead: see `xinfu.dsp.moves`.

One move is not in the table: after the consumer has started a suspended pull again, the transfer is
STARTED and the consumer has no address, for the old one is void (R-TP-12). The provider then hands over the
fresh one in one more start message, which leaves the state STARTED: see `late.py`.

Follows: Dataspace Protocol 2025-1, Transfer Process Protocol; DSP-RULES R-TP, R-IDM.
"""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from xinfu.dsp import faults, moves, reasons, repeats
from xinfu.dsp.outcome import Reconciled, Refusal, Repeat, Standing, Transition
from xinfu.dsp.terms import Role
from xinfu.dsp.transfer import late
from xinfu.dsp.transfer.change import moved
from xinfu.dsp.transfer.messages import (
    TransferMessage,
    TransferRequestMessage,
    TransferStartMessage,
    TransferSuspensionMessage,
    TransferTerminationMessage,
    kind_of,
)
from xinfu.dsp.transfer.record import Draft, TransferProcess
from xinfu.dsp.transfer.states import TABLE, Kind, State, target
from xinfu.errors import ProtocolError

_FAMILY: Final = "transfer"
_DECIDING: Final = frozenset({Kind.COMPLETE, Kind.TERMINATE})
"""Messages of ours that no termination of ours replaces while they are on their way."""


def receive(
    record: TransferProcess,
    message: TransferMessage,
    sender_role: Role,
    body_digest: str,
    now: datetime,
) -> Transition[TransferProcess] | Repeat[TransferProcess] | Refusal:
    """What the peer's `message` makes of the transfer.

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
    move = _settle(record, message, kind)
    if move is None:
        return Refusal(error=faults.wrong_state(_FAMILY, kind, sender_role, record.state))
    if isinstance(move, moves.Crossed):
        return Refusal(error=faults.crossed(_FAMILY, kind, record.sending or ""))
    before = _arrived(record, now) if move.acknowledged else record
    return Transition(
        record=_accepted(before, message, move, sender_role, body_digest, now),
        acknowledged=move.acknowledged,
        drop_sending=move.drop_sending,
    )


def send(record: TransferProcess, message: TransferMessage, now: datetime) -> TransferProcess:
    """The transfer with our `message` on its way; the state waits for the acknowledgement.

    A termination takes the place of another message on its way, except a completion.

    Raises:
        ConflictError: `transfer.wrong-state` when it is no move of ours, `transfer.busy` while another is
            on its way, `transfer.not-open` while the peer's pid is not known, `transfer.wrong-pid` when
            it names another process.
    """
    kind = kind_of(message)
    if record.state is None and record.sending is not None:
        raise faults.unknown_peer_pid(_FAMILY)
    if target(record.state, kind, record.role) is None and not late.may_send(record, kind):
        raise faults.cannot_send(_FAMILY, kind, record.role, record.state)
    if record.sending is not None and (kind is not Kind.TERMINATE or record.sending in _DECIDING):
        raise faults.busy(_FAMILY, record.sending)
    if record.peer_pid is None:
        raise faults.unknown_peer_pid(_FAMILY)
    if isinstance(message, TransferRequestMessage) or not _names(record, message):
        raise faults.sent_wrong_pid(_FAMILY)
    return replace(record, sending=kind, draft=_draft(message), held=False, updated=now)


def acknowledged(
    record: TransferProcess, kind: Kind, now: datetime, *, peer_pid: str | None = None
) -> TransferProcess:
    """The transfer after the peer answered 2xx to our message of `kind`.

    An answer to a message that is no longer on its way changes nothing.

    Args:
        peer_pid: the peer's pid, if its answer to our request tells it.
    """
    if record.sending is not kind:
        return record
    return _arrived(_learned(record, peer_pid), now)


def dropped(record: TransferProcess, now: datetime) -> TransferProcess:
    """The transfer after our message on its way was given up; the state stays."""
    return replace(record, sending=None, draft=None, updated=now)


def failed(
    record: TransferProcess, now: datetime, *, code: str | None = None, reason: tuple[str, ...] = ()
) -> TransferProcess:
    """The transfer after we gave it up, without the peer: TERMINATED by us, unless it is over."""
    given_up = dropped(record, now)
    if record.is_over:
        return given_up
    return moved(given_up, State.TERMINATED, Kind.TERMINATE, record.role, now, code=code, reason=reason)


def reconcile(record: TransferProcess, peer_state: State, now: datetime) -> Reconciled[TransferProcess]:
    """What the peer's own state, read with GET, says about ours (D-12)."""
    reached = None if record.sending is None else target(record.state, record.sending, record.role)
    if reached is peer_state and not record.is_over:
        return Reconciled(record=_arrived(record, now), standing=Standing.ACKNOWLEDGED)
    if record.state is peer_state:
        return Reconciled(record=record, standing=Standing.UNCHANGED)
    if peer_state.is_terminal and not record.is_over:
        kind = Kind.COMPLETE if peer_state is State.COMPLETED else Kind.TERMINATE
        ended = moved(dropped(record, now), peer_state, kind, record.role.other, now)
        return Reconciled(record=ended, standing=Standing.ENDED)
    return Reconciled(record=record, standing=Standing.DIVERGED)


def _settle(
    record: TransferProcess, message: TransferMessage, kind: Kind
) -> moves.Move[State] | moves.Crossed | None:
    if late.is_address(record, message):
        return moves.Move(to=State.STARTED)
    if late.is_sending(record):
        move = moves.settle(TABLE, record.state, None, record.role, kind)
        return replace(move, drop_sending=True) if isinstance(move, moves.Move) else move
    move = moves.settle(TABLE, record.state, record.sending, record.role, kind)
    if isinstance(move, moves.Move) and late.still_owes(record, kind):
        return replace(move, drop_sending=False)
    return move


def _misaddressed(record: TransferProcess, message: TransferMessage) -> ProtocolError | None:
    """Which pid of the body is not that of the transfer (R-HTTP-14)."""
    if isinstance(message, TransferRequestMessage):
        return faults.already_open(_FAMILY)
    if message.consumer_pid != record.consumer_pid:
        return faults.wrong_pid(_FAMILY, "consumerPid")
    learns = record.role is Role.CONSUMER and record.provider_pid is None and bool(message.provider_pid)
    if message.provider_pid != record.provider_pid and not learns:
        return faults.wrong_pid(_FAMILY, "providerPid")
    return None


def _names(record: TransferProcess, message: TransferMessage) -> bool:
    return not isinstance(message, TransferRequestMessage) and (
        (message.consumer_pid, message.provider_pid) == (record.consumer_pid, record.provider_pid)
    )


def _learned(record: TransferProcess, peer_pid: str | None) -> TransferProcess:
    if not peer_pid or record.role is Role.PROVIDER or record.provider_pid is not None:
        return record
    return replace(record, provider_pid=peer_pid)


def _arrived(record: TransferProcess, now: datetime) -> TransferProcess:
    """The transfer after our message on its way took effect."""
    if record.sending is None:
        return record
    draft = record.draft or Draft()
    # what is no move of the table is the address that was due: it leaves the state STARTED
    to = target(record.state, record.sending, record.role) or State.STARTED
    after = moved(
        record,
        to,
        record.sending,
        record.role,
        now,
        address=draft.data_address,
        code=draft.code,
        reason=draft.reason,
    )
    return replace(after, sending=None, draft=None, last_received=None)


def _accepted(
    record: TransferProcess,
    message: TransferMessage,
    move: moves.Move[State],
    sender: Role,
    digest: str,
    now: datetime,
) -> TransferProcess:
    draft = _draft(message)
    after = moved(
        _learned(record, None if isinstance(message, TransferRequestMessage) else message.provider_pid),
        move.to,
        kind_of(message),
        sender,
        now,
        address=draft.data_address,
        code=draft.code,
        reason=draft.reason,
    )
    return replace(
        after,
        sending=None if move.drop_sending else record.sending,
        draft=None if move.drop_sending else record.draft,
        last_received=digest,
        seen=repeats.remember(record, message, digest),
        held=False,
    )


def _draft(message: TransferMessage) -> Draft:
    match message:
        case TransferStartMessage(data_address=address):
            return Draft(data_address=address.redacted() if address else None)
        case TransferSuspensionMessage() | TransferTerminationMessage():
            return Draft(code=message.code, reason=reasons.texts(message.reason))
        case _:
            return Draft()
