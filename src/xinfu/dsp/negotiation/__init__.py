"""Contract negotiation: its messages, its table of states, and its process."""

from xinfu.dsp.negotiation.messages import (
    MESSAGES,
    ContractAgreementMessage,
    ContractAgreementVerificationMessage,
    ContractNegotiationAck,
    ContractNegotiationError,
    ContractNegotiationEventMessage,
    ContractNegotiationTerminationMessage,
    ContractOfferMessage,
    ContractRequestMessage,
    NegotiationMessage,
    kind_of,
)
from xinfu.dsp.negotiation.open import open_received, open_to_send
from xinfu.dsp.negotiation.process import MACHINE
from xinfu.dsp.negotiation.record import ContractNegotiation, acknowledgement
from xinfu.dsp.negotiation.states import Kind, State

__all__ = [
    "MACHINE",
    "MESSAGES",
    "ContractAgreementMessage",
    "ContractAgreementVerificationMessage",
    "ContractNegotiation",
    "ContractNegotiationAck",
    "ContractNegotiationError",
    "ContractNegotiationEventMessage",
    "ContractNegotiationTerminationMessage",
    "ContractOfferMessage",
    "ContractRequestMessage",
    "Kind",
    "NegotiationMessage",
    "State",
    "acknowledgement",
    "kind_of",
    "open_received",
    "open_to_send",
]
