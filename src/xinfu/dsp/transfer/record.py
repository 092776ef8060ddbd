"""TransferProcess: everything that one side knows of a transfer, as a frozen record."""

from typing import Any

import msgspec

from xinfu.dsp import process
from xinfu.dsp.address import DataAddress
from xinfu.dsp.process import Process
from xinfu.dsp.terms import Role
from xinfu.dsp.transfer.messages import TransferProcessAck, TransferRequestMessage
from xinfu.dsp.transfer.states import Kind, State


class Draft(process.ProcessDraft, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a message changes in a transfer."""

    data_address: DataAddress | None = None


class TransferProcess(Process[State, Kind, Draft], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A transfer process as one side keeps it.

    Attributes:
        environment: where the consumer declared to use the data, in the codes of TC609 (执行环境); a declaration.
        declared: what else it stated of its use, by left operand: program, algorithm, model, device, region.
        pull: the consumer fetches; otherwise the provider pushes to the address of the request.
        data_address: where to fetch (pull) or push, without its tokens: those are kept sealed elsewhere.
        address_due: the consumer started a suspended pull again, and the provider owes a fresh address.
        destination: where to push, as our own operator stated it.
        private: free properties of our own operator.
        dataplane: what our own operator wants a data plane to know.
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
        """Whether the consumer of a pull still waits for where to fetch; a push needs none from us."""
        return self.pull and self.address_due


def acknowledgement(record: TransferProcess) -> TransferProcessAck:
    """The process as the peer may see it (R-TP-13); before its first acknowledgement as if it had come."""
    return TransferProcessAck(
        id=record.id,
        consumer_pid=record.consumer_pid or "",
        provider_pid=record.provider_pid or "",
        state=record.state or State.REQUESTED,
    )


def is_same_request(record: TransferProcess, message: TransferRequestMessage, peer: str) -> bool:
    """Whether `message` from `peer` asks again for what `record` already is (R-TP-07).

    The caller looks the record up by peer and consumer pid; if this holds, it answers with that record,
    whatever its state, and repeats the start message if there was one.
    """
    return (record.role, record.peer, record.consumer_pid) == (Role.PROVIDER, peer, message.consumer_pid)
