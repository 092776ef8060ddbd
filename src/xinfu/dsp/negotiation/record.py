"""ContractNegotiation: everything that one side knows about a negotiation, as a frozen record."""

from xinfu.dsp import process
from xinfu.dsp.agreement import Agreement
from xinfu.dsp.negotiation.messages import ContractNegotiationAck
from xinfu.dsp.negotiation.states import Kind, State
from xinfu.dsp.process import Process
from xinfu.dsp.terms import Role
from xinfu.odrl import Policy


class Draft(process.ProcessDraft, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The changes that a message makes in a negotiation."""

    offer: Policy | None = None
    agreement: Agreement | None = None


class ContractNegotiation(Process[State, Kind, Draft], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contract negotiation as one side stores it.

    Attributes:
        offer: the current offer, made by `offered_by`, for `dataset`.
        previous: the offer that it replaced; None if it is the first of this negotiation.
        then_pull: whether the data is requested automatically once the negotiation is finalized.
    """

    offer: Policy
    previous: Policy | None = None
    offered_by: Role
    agreement: Agreement | None = None
    then_pull: bool = False


def acknowledgement(record: ContractNegotiation) -> ContractNegotiationAck:
    """The negotiation as the peer may see it (R-CN-15); before the first acknowledgement, as if that had arrived."""
    unopened = State.REQUESTED if record.role is Role.CONSUMER else State.OFFERED
    return ContractNegotiationAck(
        id=record.id,
        consumer_pid=record.consumer_pid or "",
        provider_pid=record.provider_pid or "",
        state=record.state or unopened,
    )
