"""Fills the structs of `xinfu.api`, which `/api/v1` answers, from records.

A view never holds a token, a key or the real place of an asset's bytes beyond what its operator wrote.
"""

from typing import Any, TypeVar

import msgspec

from xinfu import odrl
from xinfu.api import (
    AgreementView,
    Difference,
    NegotiationView,
    PolicyDefinitionView,
    PolicyView,
    RulesView,
    TransferView,
    Waiting,
)
from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.dsp.transfer import TransferProcess
from xinfu.odrl import Policy
from xinfu.ports.records import AgreementRecord, PolicyDefinition
from xinfu.services.agreements import lifecycle
from xinfu.services.processes.counters import Difference as OfferDifference

V = TypeVar("V")


class ReasonForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reason, which the other side reads. `clause` names the clause of the contract, if any."""

    reason: str | None = None
    clause: str | None = None


class NoForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An empty body."""


def policy_view(policy: Policy) -> PolicyView:
    """A policy as ODRL and as sentences."""
    return PolicyView(
        odrl=odrl.write(policy),
        rules=RulesView(
            zh=odrl.sentences(policy, "zh"), en=odrl.sentences(policy, "en"), levels=odrl_levels(policy)
        ),
    )


def odrl_levels(policy: Policy) -> list[dict[str, str]]:
    """Return the level of enforcement of each rule."""
    return [msgspec.to_builtins(level) for level in odrl.levels(policy)]


def policy_definition_view(record: PolicyDefinition) -> PolicyDefinitionView:
    """A stored policy, shown."""
    return PolicyDefinitionView(
        id=record.id, policy=policy_view(record.policy), created=record.created, updated=record.updated
    )


def negotiation_view(
    record: ContractNegotiation, waiting: Waiting | None = None, difference: OfferDifference | None = None
) -> NegotiationView:
    """A negotiation, shown."""
    return NegotiationView(
        id=record.id,
        role=str(record.role),
        peer=record.peer,
        state=str(record.state or "REQUESTING"),
        sending=str(record.sending) if record.sending else None,
        held=record.held,
        dataset=record.dataset,
        offer=policy_view(record.offer),
        offered_by=str(record.offered_by),
        purpose=record.purpose,
        agreement=record.agreement.id if record.agreement else None,
        consumer_pid=record.consumer_pid,
        provider_pid=record.provider_pid,
        code=record.code,
        reason=[_unfolded(each) for each in record.reason],
        created=record.created,
        updated=record.updated,
        waiting=waiting,
        difference=None if difference is None else to_view(difference, Difference),
    )


def agreement_view(record: AgreementRecord) -> AgreementView:
    """An agreement, shown."""
    return AgreementView(
        id=record.id,
        wire_id=record.wire_id,
        negotiation=record.negotiation,
        role=record.role,
        peer=record.peer,
        dataset=record.dataset,
        policy=policy_view(record.policy),
        purpose=record.purpose,
        state=str(record.state),
        until=record.until,
        suspended_by=record.suspended_by,
        suspended_too=record.suspended_too,
        renews=record.renews,
        renewed_by=record.renewed_by,
        ended_by=record.ended_by,
        ended_clause=record.ended_clause,
        breach=lifecycle.is_breach(record),
        reason=record.reason,
        concluded=record.concluded,
        updated=record.updated,
    )


def transfer_view(record: TransferProcess, waiting: Waiting | None = None) -> TransferView:
    """A transfer, shown."""
    return TransferView(
        id=record.id,
        role=str(record.role),
        peer=record.peer,
        state=str(record.state or "REQUESTING"),
        sending=str(record.sending) if record.sending else None,
        held=record.held,
        agreement=record.agreement_id,
        dataset=record.dataset,
        format=record.format,
        purpose=record.purpose,
        environment=record.environment,
        declared=record.declared,
        consumer_pid=record.consumer_pid,
        provider_pid=record.provider_pid,
        code=record.code,
        reason=[_unfolded(each) for each in record.reason],
        created=record.created,
        updated=record.updated,
        waiting=waiting,
    )


def _unfolded(reason: str) -> Any:
    """Decode a reason that travelled as JSON; any other text stays text."""
    if not reason.startswith("{"):
        return reason
    try:
        return msgspec.json.decode(reason)
    except msgspec.DecodeError:
        return reason


def to_view(value: object, view: type[V]) -> V:
    """Convert an internal value to its view, which has the same fields in plain types."""
    return msgspec.convert(msgspec.to_builtins(value), view)
