"""TransferProcess: everything that one side knows of a transfer, as a frozen record."""

from datetime import datetime
from typing import Any

import msgspec

from xinfu.dsp.address import DataAddress
from xinfu.dsp.terms import Role
from xinfu.dsp.transfer.messages import TransferProcessAck, TransferRequestMessage
from xinfu.dsp.transfer.states import Kind, State


class Draft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What our message on its way will change once it is acknowledged."""

    data_address: DataAddress | None = None
    code: str | None = None
    reason: tuple[str, ...] = ()


class TransferProcess(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A transfer process as one side keeps it.

    Attributes:
        id: the pid that we gave; the same as `consumer_pid` or `provider_pid`, by `role`.
        context: the participant context it belongs to.
        participant: our own participant id; `peer` the counterparty's.
        state: None until the first message is acknowledged.
        peer_base: the address below which our messages of this process go.
        environment: where the consumer declared to use the data, in the codes of TC609 (执行环境); a declaration.
        declared: what else it stated of its use, by left operand: program, algorithm, model, device, region.
        pull: the consumer fetches; otherwise the provider pushes to the address of the request.
        data_address: where to fetch (pull) or push, without its tokens: those are kept sealed elsewhere.
        address_due: the consumer started a suspended pull again, and the provider owes a fresh address.
        sending: our own message that is not acknowledged yet; `draft` is what it will change.
        last_received: digest of the message that led to the present state.
        seen: digests of accepted messages that have an id; `opening` that of the message that opened.
        held: it waits for a person.
        callbacks: whom our own operator wants told of its events, as he stated it.
        destination: where to push, as our own operator stated it.
        private: free properties of our own operator.
        dataplane: what our own operator wants a data plane to know.
        trace: the `traceparent` under which it began here.
        version: kept by the store.
    """

    id: str
    context: str
    participant: str
    role: Role
    peer: str
    consumer_pid: str | None = None
    provider_pid: str | None = None
    state: State | None = None
    peer_base: str
    agreement_id: str
    dataset: str
    format: str
    purpose: str | None = None
    environment: str | None = None
    declared: dict[str, str] = {}
    pull: bool = True
    data_address: DataAddress | None = None
    address_due: bool = False
    sending: Kind | None = None
    draft: Draft | None = None
    last_received: str | None = None
    seen: tuple[str, ...] = ()
    opening: str | None = None
    suspended_by: Role | None = None
    terminated_by: Role | None = None
    code: str | None = None
    reason: tuple[str, ...] = ()
    held: bool = False
    callbacks: tuple[dict[str, Any], ...] = ()
    destination: dict[str, Any] | None = None
    private: dict[str, Any] = msgspec.field(default_factory=dict)
    dataplane: dict[str, Any] | None = None
    trace: str | None = None
    created: datetime
    updated: datetime
    version: int = 0

    @property
    def peer_pid(self) -> str | None:
        """The pid that the other side gave; None until we learn it."""
        return self.provider_pid if self.role is Role.CONSUMER else self.consumer_pid

    @property
    def owes_address(self) -> bool:
        """Whether the consumer of a pull still waits for where to fetch; a push needs none from us."""
        return self.pull and self.address_due

    @property
    def is_over(self) -> bool:
        """Completed or terminated."""
        return self.state is not None and self.state.is_terminal


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
