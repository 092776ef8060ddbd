"""The messages of a transfer process.

Field names are those of the wire in Python's spelling; `wire_type` is the short `@type`. `reason` may hold any
JSON (T-03). Follows: Dataspace Protocol 2025-1, Transfer Process Protocol, Message Types.
"""

from typing import Any, ClassVar, Final

import msgspec

from xinfu.dsp.address import DataAddress
from xinfu.dsp.binding import MessageRow, MessageTable
from xinfu.dsp.message import Message
from xinfu.dsp.transfer.states import Kind, State


def is_pull(format_: str) -> bool:
    """Whether a format names a pull, in EDC's form `TYPE-PULL`, which a response channel may follow."""
    return "PULL" in format_.split("-")[1:]


class TransferRequestMessage(Message, frozen=True, kw_only=True):
    """The consumer's request for the data of an agreement.

    `data_address` is the address to push to. A pull needs none (R-TP-03), but clients written for EDC send one that
    has no meaning then: use `push_address`. Three members are our own additions. `purpose` is the purpose for which
    the consumer declares to use the data of this transfer, `environment` where it declares to use it, in the codes of
    TC609-6-2025-14 (执行环境), and `declared` its other statements on the use, by left operand
    (`odrl.operands.DECLARED`).
    """

    wire_type: ClassVar[str] = "TransferRequestMessage"

    consumer_pid: str
    agreement_id: str
    format: str
    callback_address: str
    data_address: DataAddress | None = None
    purpose: str | None = None
    environment: str | None = None
    declared: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def push_address(self) -> DataAddress | None:
        """The address to push to; None for a pull, even if it carries an address."""
        return None if is_pull(self.format) else self.data_address


class TransferStartMessage(Message, frozen=True, kw_only=True):
    """The start of a transfer, also after a suspension; for a pull the provider states where to fetch (R-TP-04)."""

    wire_type: ClassVar[str] = "TransferStartMessage"

    provider_pid: str
    consumer_pid: str
    data_address: DataAddress | None = None


class TransferCompletionMessage(Message, frozen=True, kw_only=True):
    """A side's statement that all data has been transferred."""

    wire_type: ClassVar[str] = "TransferCompletionMessage"

    provider_pid: str
    consumer_pid: str


class TransferSuspensionMessage(Message, frozen=True, kw_only=True):
    """A side's temporary stop of the transfer."""

    wire_type: ClassVar[str] = "TransferSuspensionMessage"

    provider_pid: str
    consumer_pid: str
    code: str | None = None
    reason: tuple[Any, ...] = ()


class TransferTerminationMessage(Message, frozen=True, kw_only=True):
    """A side's end of the transfer."""

    wire_type: ClassVar[str] = "TransferTerminationMessage"

    provider_pid: str
    consumer_pid: str
    code: str | None = None
    reason: tuple[Any, ...] = ()


class TransferProcessAck(Message, frozen=True, kw_only=True):
    """The transfer as the other side may see it: the answer to a request and to GET."""

    wire_type: ClassVar[str] = "TransferProcess"

    provider_pid: str
    consumer_pid: str
    state: State


class TransferError(Message, frozen=True, kw_only=True):
    """The answer to a refused message. A pid that is not known is the empty string (T-02)."""

    wire_type: ClassVar[str] = "TransferError"

    provider_pid: str = ""
    consumer_pid: str = ""
    code: str | None = None
    reason: tuple[Any, ...] = ()


TransferMessage = (
    TransferRequestMessage
    | TransferStartMessage
    | TransferCompletionMessage
    | TransferSuspensionMessage
    | TransferTerminationMessage
)


MESSAGES: Final = MessageTable[Kind](
    family="transfers",
    rows=(
        MessageRow(
            path="request", message=TransferRequestMessage, kinds=(Kind.REQUEST,), opens=True, follows=False
        ),
        MessageRow(path="start", message=TransferStartMessage, kinds=(Kind.START,)),
        MessageRow(path="completion", message=TransferCompletionMessage, kinds=(Kind.COMPLETE,)),
        MessageRow(path="suspension", message=TransferSuspensionMessage, kinds=(Kind.SUSPEND,)),
        MessageRow(path="termination", message=TransferTerminationMessage, kinds=(Kind.TERMINATE,)),
    ),
)
_KINDS: Final = {row.message: row.kinds[0] for row in MESSAGES.rows}


def kind_of(message: TransferMessage) -> Kind:
    """The kind of `message`: its effect on a transfer."""
    return _KINDS[type(message)]
