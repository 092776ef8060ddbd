"""ContractNegotiation: everything that one side knows of a negotiation, as a frozen record."""

from datetime import datetime
from typing import Any

import msgspec

from xinfu.dsp.agreement import Agreement
from xinfu.dsp.negotiation.messages import ContractNegotiationAck
from xinfu.dsp.negotiation.states import Kind, State
from xinfu.dsp.terms import Role
from xinfu.odrl import Policy


class Draft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What our message on its way will change once it is acknowledged."""

    offer: Policy | None = None
    agreement: Agreement | None = None
    code: str | None = None
    reason: tuple[str, ...] = ()


class ContractNegotiation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contract negotiation as one side keeps it.

    Attributes:
        id: the pid that we gave; the same as `consumer_pid` or `provider_pid`, by `role`.
        context: the participant context it belongs to.
        participant: our own participant id; `peer` the counterparty's.
        state: None until the first message is acknowledged.
        peer_base: the address below which our messages of this process go.
        offer: the current one, by `offered_by`; it is about `dataset`.
        previous: the offer that it took the place of; None where it was the first of this negotiation.
        sending: our own message that is not acknowledged yet; `draft` is what it will change.
        last_received: digest of the message that led to the present state.
        seen: digests of accepted messages that have an id; `opening` that of the message that opened.
        held: it waits for a person.
        then_pull: once it is finalized, its data is asked for without a further word.
        callbacks: whom our own operator wants told of its events, as he stated it.
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
    offer: Policy
    previous: Policy | None = None
    offered_by: Role
    dataset: str
    agreement: Agreement | None = None
    sending: Kind | None = None
    draft: Draft | None = None
    last_received: str | None = None
    seen: tuple[str, ...] = ()
    opening: str | None = None
    terminated_by: Role | None = None
    code: str | None = None
    reason: tuple[str, ...] = ()
    purpose: str | None = None
    held: bool = False
    then_pull: bool = False
    callbacks: tuple[dict[str, Any], ...] = ()
    trace: str | None = None
    created: datetime
    updated: datetime
    version: int = 0

    @property
    def peer_pid(self) -> str | None:
        """The pid that the other side gave; None until we learn it."""
        return self.provider_pid if self.role is Role.CONSUMER else self.consumer_pid

    @property
    def provider(self) -> str:
        """Participant id of the provider: the assigner of an agreement (R-POL-09)."""
        return self.peer if self.role is Role.CONSUMER else self.participant

    @property
    def consumer(self) -> str:
        """Participant id of the consumer: the assignee of an agreement (R-POL-09)."""
        return self.participant if self.role is Role.CONSUMER else self.peer

    @property
    def is_over(self) -> bool:
        """Finalized or terminated."""
        return self.state is not None and self.state.is_terminal


def acknowledgement(record: ContractNegotiation) -> ContractNegotiationAck:
    """The process as the peer may see it (R-CN-15); before its first acknowledgement as if it had come."""
    unopened = State.REQUESTED if record.role is Role.CONSUMER else State.OFFERED
    return ContractNegotiationAck(
        id=record.id,
        consumer_pid=record.consumer_pid or "",
        provider_pid=record.provider_pid or "",
        state=record.state or unopened,
    )
