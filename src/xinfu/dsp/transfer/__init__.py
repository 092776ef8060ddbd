"""Transfer process: its messages, its table of states, and the process itself."""

from xinfu.dsp.transfer.messages import (
    MESSAGES,
    TransferCompletionMessage,
    TransferError,
    TransferMessage,
    TransferProcessAck,
    TransferRequestMessage,
    TransferStartMessage,
    TransferSuspensionMessage,
    TransferTerminationMessage,
    is_pull,
    kind_of,
)
from xinfu.dsp.transfer.open import open_received, open_to_send
from xinfu.dsp.transfer.process import MACHINE
from xinfu.dsp.transfer.record import TransferProcess, acknowledgement, is_same_request
from xinfu.dsp.transfer.states import Kind, State

__all__ = [
    "MACHINE",
    "MESSAGES",
    "Kind",
    "State",
    "TransferCompletionMessage",
    "TransferError",
    "TransferMessage",
    "TransferProcess",
    "TransferProcessAck",
    "TransferRequestMessage",
    "TransferStartMessage",
    "TransferSuspensionMessage",
    "TransferTerminationMessage",
    "acknowledgement",
    "is_pull",
    "is_same_request",
    "kind_of",
    "open_received",
    "open_to_send",
]
