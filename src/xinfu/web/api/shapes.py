"""What `/api/v1` answers: views of the records that are fit to be shown, and pages of them.

A view never holds a token, a key or the real place of an asset's bytes beyond what its operator wrote.
"""

from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from xinfu import odrl
from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.dsp.transfer import TransferProcess
from xinfu.odrl import Policy
from xinfu.ports.records import AgreementRecord, Answer, Asset, ContractDefinition, PolicyDefinition
from xinfu.services.agreements import life
from xinfu.services.processes.counters import Difference

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """Some of a list, oldest first. `next` is the cursor to send as `after`; None on the last page."""

    items: list[T]
    next: str | None
    total: int


class ReasonForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, in words that the other side reads. `clause` names the clause of the contract, if there is one."""

    reason: str | None = None
    clause: str | None = None


class RuleView(msgspec.Struct, frozen=True, kw_only=True):
    """A policy for people: each rule as a sentence, with how far it is enforced."""

    zh: list[str]
    en: list[str]
    levels: list[dict[str, str]]


class PolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """A policy as ODRL and as sentences."""

    odrl: dict[str, Any]
    rules: RuleView


class PolicyDefinitionView(msgspec.Struct, frozen=True, kw_only=True):
    """A stored policy."""

    id: str
    policy: PolicyView
    created: datetime
    updated: datetime


class TermsView(msgspec.Struct, frozen=True, kw_only=True):
    """An offer or agreement under its id."""

    id: str
    policy: PolicyView


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Why something was refused or failed: a stable code, a sentence and what would help, in both languages."""

    code: str
    detail: str
    detail_zh: str
    help: str = ""
    help_zh: str = ""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What a process waits for.

    Attributes:
        waits_for: the peer's DID, "a person here", or "delivery" of what we send.
        whom: whose move it is: "us", "person", "peer", or "nobody" while data flows.
        since: when the process last moved.
        next_try: when we send again; `tries` failed so far; `deadline` is when we give up.
        last_error: code of the last failure; `failure` says it in words, the peer's own where it had any.
        stuck: it will hardly go on by itself: what we send has failed several times, or nothing has moved for long.
    """

    waits_for: str
    whom: str
    since: datetime
    next_try: datetime | None = None
    tries: int = 0
    deadline: datetime | None = None
    last_error: str | None = None
    failure: Fault | None = None
    stuck: bool = False


class NegotiationView(msgspec.Struct, frozen=True, kw_only=True):
    """A negotiation as we see it.

    Attributes:
        sending: our own message that is not acknowledged yet.
        difference: what the current offer changes of the one before it, or of ours; in a list only where a person
            has to decide.
    """

    id: str
    role: str
    peer: str
    state: str
    sending: str | None
    held: bool
    dataset: str
    offer: PolicyView
    offered_by: str
    purpose: str | None
    agreement: str | None
    consumer_pid: str | None
    provider_pid: str | None
    code: str | None
    reason: list[Any]
    created: datetime
    updated: datetime
    waiting: Step | None = None
    difference: Difference | None = None


class AgreementView(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement. `id` is ours, `wire_id` the one that both sides use.

    `breach`: one side ended or suspended it under no clause (`ended_clause`), which is recorded as its breach.
    `suspended_by` has suspended it, and `suspended_too` where both sides have; each side resumes its own suspension.
    """

    id: str
    wire_id: str
    negotiation: str
    role: str
    peer: str
    dataset: str
    policy: PolicyView
    purpose: str | None
    state: str
    until: datetime | None
    suspended_by: str | None
    suspended_too: str | None
    renews: str | None
    renewed_by: str | None
    ended_by: str | None
    ended_clause: str | None
    breach: bool
    reason: str | None
    concluded: datetime
    updated: datetime


class TransferView(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer as we see it."""

    id: str
    role: str
    peer: str
    state: str
    sending: str | None
    held: bool
    agreement: str
    dataset: str
    format: str
    purpose: str | None
    environment: str | None
    declared: dict[str, str]
    consumer_pid: str | None
    provider_pid: str | None
    code: str | None
    reason: list[Any]
    created: datetime
    updated: datetime
    waiting: Step | None = None


def policy_view(policy: Policy) -> PolicyView:
    """A policy as ODRL and as sentences."""
    return PolicyView(
        odrl=odrl.write(policy),
        rules=RuleView(
            zh=odrl.sentences(policy, "zh"), en=odrl.sentences(policy, "en"), levels=odrl_levels(policy)
        ),
    )


def odrl_levels(policy: Policy) -> list[dict[str, str]]:
    """How far each rule is enforced, rule by rule."""
    return [msgspec.to_builtins(level) for level in odrl.levels(policy)]


def policy_definition_view(record: PolicyDefinition) -> PolicyDefinitionView:
    """A stored policy, shown."""
    return PolicyDefinitionView(
        id=record.id, policy=policy_view(record.policy), created=record.created, updated=record.updated
    )


def negotiation_view(
    record: ContractNegotiation, waiting: Step | None = None, difference: Difference | None = None
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
        difference=difference,
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
        breach=life.is_breach(record),
        reason=record.reason,
        concluded=record.concluded,
        updated=record.updated,
    )


def transfer_view(record: TransferProcess, waiting: Step | None = None) -> TransferView:
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
    """A reason that travelled as JSON is JSON again; any other text stays text."""
    if not reason.startswith("{"):
        return reason
    try:
        return msgspec.json.decode(reason)
    except msgspec.DecodeError:
        return reason


__all__ = [
    "AgreementView",
    "Answer",
    "Asset",
    "ContractDefinition",
    "NegotiationView",
    "Page",
    "PolicyDefinitionView",
    "PolicyView",
    "ReasonForm",
    "RuleView",
    "Step",
    "TransferView",
    "agreement_view",
    "negotiation_view",
    "policy_definition_view",
    "policy_view",
    "transfer_view",
]
