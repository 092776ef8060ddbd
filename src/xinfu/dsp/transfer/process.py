"""The transfer as a process: its table, and its differences from a negotiation.

One move is not in the table: after the consumer has started a suspended pull again, the transfer is
STARTED and the consumer has no address, because the old one is void (R-TP-12). The provider then sends a
new one in one more start message, and the state remains STARTED: see `fresh_address.py`.

Follows: Dataspace Protocol 2025-1, Transfer Process Protocol; DSP-RULES R-TP, R-IDM.
"""

from typing import Final

from msgspec.structs import replace

from xinfu.dsp import moves, reasons
from xinfu.dsp.process import Machine
from xinfu.dsp.terms import Role
from xinfu.dsp.transfer import fresh_address
from xinfu.dsp.transfer.messages import (
    TransferMessage,
    TransferRequestMessage,
    TransferStartMessage,
    TransferSuspensionMessage,
    TransferTerminationMessage,
    kind_of,
)
from xinfu.dsp.transfer.record import Draft, TransferProcess
from xinfu.dsp.transfer.states import TABLE, Kind, State


def _opens(message: TransferMessage) -> bool:
    return isinstance(message, TransferRequestMessage)


def _pids(message: TransferMessage) -> tuple[str | None, str | None]:
    if isinstance(message, TransferRequestMessage):
        return message.consumer_pid, None
    return message.consumer_pid, message.provider_pid


def _settle(
    record: TransferProcess, message: TransferMessage, kind: Kind
) -> moves.Move[State] | moves.Crossing | None:
    if fresh_address.is_address(record, message):
        return moves.Move(to=State.STARTED)
    if fresh_address.is_sending(record):
        move = moves.settle(TABLE, record.state, None, record.role, kind)
        return replace(move, drop_sending=True) if isinstance(move, moves.Move) else move
    move = moves.settle(TABLE, record.state, record.sending, record.role, kind)
    if isinstance(move, moves.Move) and fresh_address.still_owes(record, kind):
        return replace(move, drop_sending=False)
    return move


def _change(record: TransferProcess, to: State, kind: Kind, by: Role, draft: Draft) -> TransferProcess:
    """Apply a draft to the record; the address of a pull is void once it is not STARTED (R-TP-12).

    A start by the provider brings a new address; after a start by the consumer the provider owes one.
    """
    changes: dict[str, object] = {}
    if kind is Kind.START:
        changes |= _started(record, by, draft)
    elif kind is Kind.SUSPEND:
        changes |= {"suspended_by": by, "code": draft.code, "reason": draft.reason}
    if to is not State.STARTED and record.pull:
        changes |= {"data_address": None, "address_due": False}
    return replace(record, **changes)


def _started(record: TransferProcess, by: Role, draft: Draft) -> dict[str, object]:
    due = record.pull and by is Role.CONSUMER
    fresh = draft.data_address if record.pull else record.data_address
    return {"suspended_by": None, "code": None, "reason": (), "address_due": due, "data_address": fresh}


def _draft(message: TransferMessage) -> Draft:
    match message:
        case TransferStartMessage(data_address=address):
            return Draft(data_address=address.redacted() if address else None)
        case TransferSuspensionMessage() | TransferTerminationMessage():
            return Draft(code=message.code, reason=reasons.texts(message.reason))
        case _:
            return Draft()


MACHINE: Final = Machine[TransferProcess, TransferMessage, State, Kind, Draft](
    name="transfer",
    table=TABLE,
    deciding=frozenset({Kind.COMPLETE, Kind.TERMINATE}),
    ends={State.COMPLETED: Kind.COMPLETE, State.TERMINATED: Kind.TERMINATE},
    kind=kind_of,
    pids=_pids,
    opens=_opens,
    draft=_draft,
    no_draft=Draft(),
    change=_change,
    settle=_settle,
    fit=lambda record, _: record,
    may_send=fresh_address.may_send,
)
