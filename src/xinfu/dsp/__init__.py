"""Dataspace Protocol 2025-1, both roles, as pure values: no I/O, no clock.

`read` and `write` turn bodies into messages and back. `process` is the state machine over a table of states;
`negotiation` and `transfer` hold the two tables and the differences between them. Outcomes are values, not errors.
"""

from xinfu.dsp import negotiation, transfer
from xinfu.dsp.address import DataAddress, EndpointProperty, Renewal, bearer_address, edc_address
from xinfu.dsp.agreement import Agreement, conclude
from xinfu.dsp.catalog import (
    Catalog,
    CatalogError,
    CatalogRequestMessage,
    DataService,
    Dataset,
    DatasetRequestMessage,
    Distribution,
)
from xinfu.dsp.limits import PageBounds
from xinfu.dsp.message import Message
from xinfu.dsp.negotiation import (
    ContractAgreementMessage,
    ContractAgreementVerificationMessage,
    ContractNegotiation,
    ContractNegotiationAck,
    ContractNegotiationError,
    ContractNegotiationEventMessage,
    ContractNegotiationTerminationMessage,
    ContractOfferMessage,
    ContractRequestMessage,
    NegotiationMessage,
)
from xinfu.dsp.outcome import PeerFinding, Reconciliation, Refusal, Repeat, Transition
from xinfu.dsp.process import Machine, Process
from xinfu.dsp.terms import (
    BINDING,
    DSP_CONTEXT,
    GRADE_KEY,
    HTTP_ENDPOINT,
    HTTP_PULL,
    HTTP_PUSH,
    VERSION,
    VERSION_PATH,
    Role,
)
from xinfu.dsp.transfer import (
    TransferCompletionMessage,
    TransferError,
    TransferMessage,
    TransferProcess,
    TransferProcessAck,
    TransferRequestMessage,
    TransferStartMessage,
    TransferSuspensionMessage,
    TransferTerminationMessage,
)
from xinfu.dsp.version import VersionAuth, VersionEntry, VersionResponse
from xinfu.dsp.wire import digest, read, write

__all__ = [
    "BINDING",
    "DSP_CONTEXT",
    "GRADE_KEY",
    "HTTP_ENDPOINT",
    "HTTP_PULL",
    "HTTP_PUSH",
    "VERSION",
    "VERSION_PATH",
    "Agreement",
    "Catalog",
    "CatalogError",
    "CatalogRequestMessage",
    "ContractAgreementMessage",
    "ContractAgreementVerificationMessage",
    "ContractNegotiation",
    "ContractNegotiationAck",
    "ContractNegotiationError",
    "ContractNegotiationEventMessage",
    "ContractNegotiationTerminationMessage",
    "ContractOfferMessage",
    "ContractRequestMessage",
    "DataAddress",
    "DataService",
    "Dataset",
    "DatasetRequestMessage",
    "Distribution",
    "EndpointProperty",
    "Machine",
    "Message",
    "NegotiationMessage",
    "PageBounds",
    "PeerFinding",
    "Process",
    "Reconciliation",
    "Refusal",
    "Renewal",
    "Repeat",
    "Role",
    "TransferCompletionMessage",
    "TransferError",
    "TransferMessage",
    "TransferProcess",
    "TransferProcessAck",
    "TransferRequestMessage",
    "TransferStartMessage",
    "TransferSuspensionMessage",
    "TransferTerminationMessage",
    "Transition",
    "VersionAuth",
    "VersionEntry",
    "VersionResponse",
    "bearer_address",
    "conclude",
    "digest",
    "edc_address",
    "negotiation",
    "read",
    "transfer",
    "write",
]
