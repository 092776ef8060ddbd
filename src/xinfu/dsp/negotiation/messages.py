"""The messages of a contract negotiation.

Field names are those of the wire in Python's spelling; `wire_type` is the short `@type`. `reason` may hold any
JSON (T-03). Follows: Dataspace Protocol 2025-1, Contract Negotiation Protocol, Message Types.
"""

from typing import Any, ClassVar, Final

from xinfu.dsp.agreement import Agreement
from xinfu.dsp.binding import MessageRow, MessageTable
from xinfu.dsp.message import Message
from xinfu.dsp.negotiation.states import Kind, State
from xinfu.odrl import Policy


class ContractRequestMessage(Message, frozen=True, kw_only=True):
    """The consumer's request for an agreement on `offer`.

    Exactly one of `callback_address` (opens a negotiation) and `provider_pid` (answers an offer) is present.
    `purpose` is our own addition: the purpose for which the consumer declares to use the data.
    """

    wire_type: ClassVar[str] = "ContractRequestMessage"

    consumer_pid: str
    provider_pid: str | None = None
    callback_address: str | None = None
    offer: Policy
    purpose: str | None = None


class ContractOfferMessage(Message, frozen=True, kw_only=True):
    """The provider's offer of an agreement.

    Exactly one of `callback_address` (opens a negotiation) and `consumer_pid` (answers a request) is present.
    """

    wire_type: ClassVar[str] = "ContractOfferMessage"

    provider_pid: str
    consumer_pid: str | None = None
    callback_address: str | None = None
    offer: Policy


class ContractAgreementMessage(Message, frozen=True, kw_only=True):
    """The provider's agreement to the terms."""

    wire_type: ClassVar[str] = "ContractAgreementMessage"

    provider_pid: str
    consumer_pid: str
    agreement: Agreement


class ContractAgreementVerificationMessage(Message, frozen=True, kw_only=True):
    """The consumer's confirmation of the agreement."""

    wire_type: ClassVar[str] = "ContractAgreementVerificationMessage"

    provider_pid: str
    consumer_pid: str


class ContractNegotiationEventMessage(Message, frozen=True, kw_only=True):
    """The consumer's acceptance of an offer (ACCEPTED), or the provider's finalization (FINALIZED)."""

    wire_type: ClassVar[str] = "ContractNegotiationEventMessage"

    provider_pid: str
    consumer_pid: str
    event_type: State


class ContractNegotiationTerminationMessage(Message, frozen=True, kw_only=True):
    """A side's end of the negotiation; a reason is optional (R-CN-12)."""

    wire_type: ClassVar[str] = "ContractNegotiationTerminationMessage"

    provider_pid: str
    consumer_pid: str
    code: str | None = None
    reason: tuple[Any, ...] = ()


class ContractNegotiationAck(Message, frozen=True, kw_only=True):
    """The negotiation as the other side may see it: the answer to an opening message and to GET."""

    wire_type: ClassVar[str] = "ContractNegotiation"

    provider_pid: str
    consumer_pid: str
    state: State


class ContractNegotiationError(Message, frozen=True, kw_only=True):
    """The answer to a refused message. A pid that is not known is the empty string (T-02)."""

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
    """The kind of `message`: its effect on a negotiation."""
    if isinstance(message, ContractNegotiationEventMessage):
        return Kind.ACCEPT if message.event_type is State.ACCEPTED else Kind.FINALIZE
    return _KINDS[type(message)]
