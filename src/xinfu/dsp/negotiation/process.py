"""The contract negotiation as a process: its table, and its differences from a transfer.

Follows: Dataspace Protocol 2025-1, Contract Negotiation Protocol; DSP-RULES R-CN, R-IDM.
"""

from typing import Final

from msgspec.structs import replace

from xinfu.dsp import moves, reasons
from xinfu.dsp.negotiation.fit import fit
from xinfu.dsp.negotiation.messages import (
    ContractAgreementMessage,
    ContractNegotiationTerminationMessage,
    ContractOfferMessage,
    ContractRequestMessage,
    NegotiationMessage,
    kind_of,
)
from xinfu.dsp.negotiation.record import ContractNegotiation, Draft
from xinfu.dsp.negotiation.states import TABLE, Kind, State
from xinfu.dsp.process import Machine
from xinfu.dsp.terms import Role


def _opens(message: NegotiationMessage) -> bool:
    if not isinstance(message, ContractRequestMessage | ContractOfferMessage):
        return False
    return bool(message.callback_address)


def _pids(message: NegotiationMessage) -> tuple[str | None, str | None]:
    return message.consumer_pid, message.provider_pid


def _settle(
    record: ContractNegotiation, _: NegotiationMessage, kind: Kind
) -> moves.Move[State] | moves.Crossing | None:
    move = moves.settle(TABLE, record.state, record.sending, record.role, kind)
    if move is None and _agrees_anew(record, kind):
        return moves.Move(to=State.AGREED, drop_sending=True)
    return move


def _agrees_anew(record: ContractNegotiation, kind: Kind) -> bool:
    """Whether the provider sends its agreement again before it has our verification (R-IDM-02).

    If EDC has lost our acknowledgement, it repeats the agreement with new ids of the message and of the agreement. The
    last agreement counts, and our verification of an earlier one that is in transit is sent again.
    """
    waiting = record.state is State.AGREED and record.sending in {None, Kind.VERIFY}
    return kind is Kind.AGREE and record.role is Role.CONSUMER and waiting


def _change(record: ContractNegotiation, _: State, kind: Kind, by: Role, draft: Draft) -> ContractNegotiation:
    """Apply a draft to the record: an offer replaces the one before it, an agreement is added to the offer."""
    if draft.offer is not None:
        before = record.previous if record.state is None else record.offer
        return replace(record, offer=draft.offer, previous=before, offered_by=by)
    if kind is Kind.AGREE:
        return replace(record, agreement=draft.agreement or record.agreement)
    return record


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


MACHINE: Final = Machine[ContractNegotiation, NegotiationMessage, State, Kind, Draft](
    name="negotiation",
    table=TABLE,
    deciding=frozenset({Kind.FINALIZE, Kind.TERMINATE}),
    ends={State.TERMINATED: Kind.TERMINATE},
    kind=kind_of,
    pids=_pids,
    opens=_opens,
    draft=_draft,
    no_draft=Draft(),
    change=_change,
    settle=_settle,
    fit=fit,
    may_send=lambda _, __: False,
)
