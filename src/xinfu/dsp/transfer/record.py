"""TransferProcess: everything that one side knows about a transfer, as a frozen record."""

from typing import Any

import msgspec

from xinfu.dsp import process
from xinfu.dsp.address import DataAddress
from xinfu.dsp.process import Process
from xinfu.dsp.terms import Role
from xinfu.dsp.transfer.messages import TransferProcessAck, TransferRequestMessage
from xinfu.dsp.transfer.states import Kind, State


class Draft(process.ProcessDraft, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The changes that a message makes in a transfer."""

    data_address: DataAddress | None = None


class TransferProcess(Process[State, Kind, Draft], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A transfer process as one side stores it.

    Attributes:
        environment: where the consumer declares to use the data, in the codes of TC609 (执行环境); not verified.
        declared: its other statements on the use, by left operand: program, algorithm, model, device, region.
        pull: whether the consumer fetches; otherwise the provider pushes to the address of the request.
        data_address: the address to fetch from (pull) or push to, without its tokens, which are stored sealed elsewhere.
        address_due: the consumer started a suspended pull again, and the provider owes a new address.
        destination: the address to push to, as our own operator stated it.
        private: free properties of our own operator.
        dataplane: properties that our own operator passes to a data plane.
    """

    agreement_id: str
    format: str
    environment: str | None = None
    declared: dict[str, str] = msgspec.field(default_factory=dict)
    pull: bool = True
    data_address: DataAddress | None = None
    address_due: bool = False
    suspended_by: Role | None = None
    destination: dict[str, Any] | None = None
    private: dict[str, Any] = msgspec.field(default_factory=dict)
    dataplane: dict[str, Any] | None = None

    @property
    def owes_address(self) -> bool:
        """Whether the consumer of a pull still waits for an address; a push needs no address from the provider."""
        return self.pull and self.address_due


def acknowledgement(record: TransferProcess) -> TransferProcessAck:
    """The transfer as the peer may see it (R-TP-13); before the first acknowledgement, as if that had arrived."""
    return TransferProcessAck(
        id=record.id,
        consumer_pid=record.consumer_pid or "",
        provider_pid=record.provider_pid or "",
        state=record.state or State.REQUESTED,
    )


def is_same_request(record: TransferProcess, message: TransferRequestMessage, peer: str) -> bool:
    """Whether `message` from `peer` requests again the transfer in `record` (R-TP-07).

    The caller finds the record by peer and consumer pid. If this is true, it answers with that record,
    in any state, and repeats the start message if there was one.
    """
    return (record.role, record.peer, record.consumer_pid) == (Role.PROVIDER, peer, message.consumer_pid)
