"""The messages of a contract negotiation.

Names are those of the wire in Python's spelling; `wire_type` is the short `@type`. `reason` may hold any
JSON (T-03). Follows: Dataspace Protocol 2025-1, Contract Negotiation Protocol, Message Types.
"""

from typing import Any, ClassVar, Final

from xinfu.dsp.agreement import Agreement
from xinfu.dsp.binding import MessageRow, MessageTable
from xinfu.dsp.message import Message
from xinfu.dsp.negotiation.states import Kind, State
from xinfu.odrl import Policy


class ContractRequestMessage(Message, frozen=True, kw_only=True):
    """The consumer asks for an agreement on `offer`.

    Exactly one of `callback_address` (opens a negotiation) and `provider_pid` (answers an offer) is there.
    `purpose` is our own addition: for what the consumer declares to use the data.
    """

    wire_type: ClassVar[str] = "ContractRequestMessage"

    consumer_pid: str
    provider_pid: str | None = None
    callback_address: str | None = None
    offer: Policy
    purpose: str | None = None


class ContractOfferMessage(Message, frozen=True, kw_only=True):
    """The provider offers an agreement on `offer`.

    Exactly one of `callback_address` (opens a negotiation) and `consumer_pid` (answers a request) is there.
    """

    wire_type: ClassVar[str] = "ContractOfferMessage"

    provider_pid: str
    consumer_pid: str | None = None
    callback_address: str | None = None
    offer: Policy


class ContractAgreementMessage(Message, frozen=True, kw_only=True):
    """The provider agrees and states the agreement."""

    wire_type: ClassVar[str] = "ContractAgreementMessage"

    provider_pid: str
    consumer_pid: str
    agreement: Agreement


class ContractAgreementVerificationMessage(Message, frozen=True, kw_only=True):
    """The consumer confirms the agreement."""

    wire_type: ClassVar[str] = "ContractAgreementVerificationMessage"

    provider_pid: str
    consumer_pid: str


class ContractNegotiationEventMessage(Message, frozen=True, kw_only=True):
    """The consumer accepts an offer (ACCEPTED), or the provider closes the negotiation (FINALIZED)."""

    wire_type: ClassVar[str] = "ContractNegotiationEventMessage"

    provider_pid: str
    consumer_pid: str
    event_type: State


class ContractNegotiationTerminationMessage(Message, frozen=True, kw_only=True):
    """One side ends the negotiation; it need not say why (R-CN-12)."""

    wire_type: ClassVar[str] = "ContractNegotiationTerminationMessage"

    provider_pid: str
    consumer_pid: str
    code: str | None = None
    reason: tuple[Any, ...] = ()


class ContractNegotiationAck(Message, frozen=True, kw_only=True):
    """The process as the other side may see it: answer to a request and to GET."""

    wire_type: ClassVar[str] = "ContractNegotiation"

    provider_pid: str
    consumer_pid: str
    state: State


class ContractNegotiationError(Message, frozen=True, kw_only=True):
    """A message was refused. A pid that is not known is the empty string (T-02)."""

    wire_type: ClassVar[str] = "ContractNegotiationError"

    provider_pid: str = ""
    consumer_pid: str = ""
    code: str | None = None
    reason: tuple[Any, ...] = ()


NegotiationMessage = (
    ContractRequestMessage
    | ContractOfferMessage
    | ContractAgreementMessage
    | ContractAgreementVerificationMessage
    | ContractNegotiationEventMessage
    | ContractNegotiationTerminationMessage
)


MESSAGES: Final = MessageTable[Kind](
    family="negotiations",
    rows=(
        MessageRow(path="request", message=ContractRequestMessage, kinds=(Kind.REQUEST,), opens=True),
        MessageRow(path="offers", message=ContractOfferMessage, kinds=(Kind.OFFER,), opens=True),
        MessageRow(path="agreement", message=ContractAgreementMessage, kinds=(Kind.AGREE,)),
        MessageRow(
            path="agreement/verification",
            message=ContractAgreementVerificationMessage,
            kinds=(Kind.VERIFY,),
        ),
        MessageRow(
            path="events", message=ContractNegotiationEventMessage, kinds=(Kind.ACCEPT, Kind.FINALIZE)
        ),
        MessageRow(
            path="termination", message=ContractNegotiationTerminationMessage, kinds=(Kind.TERMINATE,)
        ),
    ),
)
_KINDS: Final = {row.message: row.kinds[0] for row in MESSAGES.rows}


def kind_of(message: NegotiationMessage) -> Kind:
    """What `message` does to a negotiation."""
    if isinstance(message, ContractNegotiationEventMessage):
        return Kind.ACCEPT if message.event_type is State.ACCEPTED else Kind.FINALIZE
    return _KINDS[type(message)]
