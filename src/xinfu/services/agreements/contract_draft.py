"""The draft of a digital contract that follows from every agreement: same rules, a local id, unsigned.

It stays a draft until a platform gives it a number. It is computed from the agreement whenever it is read, under the
agreement's own id, and stored once it is taken up; so an agreement without a contract costs nothing, and the draft
shows codes that are filled in later.
"""

from datetime import datetime
from functools import lru_cache
from typing import Final

import msgspec
from msgspec.structs import replace

from xinfu import odrl
from xinfu.contracts import DigitalContract, ExecutionNodes, Party, PartyType, Product, Status
from xinfu.odrl import AtomicConstraint, Policy
from xinfu.odrl.values.sorts import read_moment
from xinfu.ports.records import (
    AGREEMENTS,
    ASSETS,
    CONTRACTS,
    PARTICIPANTS,
    AgreementRecord,
    AgreementState,
    ContractRecord,
    ContractSide,
)
from xinfu.ports.store import Step
from xinfu.services.contexts.context import Context
from xinfu.services.parts import RecordParts

LONGEST_NAME: Final = 128
LONGEST_ABSTRACT: Final = 1024
REMEMBERED: Final = 256
_OVER: Final = (AgreementState.EXPIRED, AgreementState.FULFILLED, AgreementState.TERMINATED)


async def of_agreement(step: Step, parts: RecordParts, wire_id: str) -> ContractRecord | None:
    """Return the main contract of an agreement: the stored one, else its draft; None if there is no such agreement."""
    kept = await find_record(step, wire_id)
    if kept is not None:
        return kept
    found = await step.of(AGREEMENTS).find(AGREEMENTS.wire_id.equals(wire_id), limit=1)
    return await draft(step, parts, found[0]) if found else None


async def find_record(step: Step, wire_id: str) -> ContractRecord | None:
    """Return the stored main contract of an agreement; None until it has been taken up."""
    where = (
        CONTRACTS.agreement.equals(wire_id),
        CONTRACTS.side.equals(ContractSide.PARTY),
        CONTRACTS.amends.equals(""),
    )
    listed = await step.of(CONTRACTS).find(*where, limit=1)
    return listed[0] if listed else None


async def take_up(step: Step, parts: RecordParts, wire_id: str) -> tuple[ContractRecord | None, bool]:
    """Lock an agreement; return its contract, and whether that is stored already. None without such an agreement.

    Until the step ends nobody else can take it up, and the agreement cannot end.
    """
    found = await step.of(AGREEMENTS).find(AGREEMENTS.wire_id.equals(wire_id), limit=1)
    if not found:
        return None, False
    agreement = await step.of(AGREEMENTS).lock(found[0].id)
    kept = await find_record(step, wire_id)
    if kept is not None:
        return await step.of(CONTRACTS).lock(kept.id), True
    return await draft(step, parts, agreement), False


async def draft(step: Step, parts: RecordParts, agreement: AgreementRecord) -> ContractRecord:
    """The draft of an agreement as a record that is not stored; it has ended if the agreement is over."""
    contract = await draft_of(step, parts, agreement)
    if agreement.state in _OVER:
        contract = replace(contract, status=Status.ENDED)
    return ContractRecord(
        id=agreement.id,
        context=agreement.context,
        agreement=agreement.wire_id,
        begun_by="",
        contract=contract,
        created=agreement.concluded,
        updated=agreement.updated,
    )


async def draft_of(step: Step, parts: RecordParts, agreement: AgreementRecord) -> DigitalContract:
    """Build the contract that follows from the agreement alone."""
    ours = parts.contexts.get(agreement.context)
    title = await _title(step, agreement)
    us, them = _us(ours, agreement), await _them(step, agreement)
    provider, consumer = (us, them) if agreement.role == "provider" else (them, us)
    said = _said(replace(agreement.policy, id=None))
    return DigitalContract(
        number=agreement.id,
        name=f"{title[: LONGEST_NAME - 6]}使用合约",
        abstract=said.abstract,
        created=agreement.concluded,
        begins=agreement.concluded,
        ends=end_of(agreement.policy),
        parties=(provider, consumer),
        policy=agreement.policy,
        levels=dict(said.levels),
        products=(Product(id=agreement.dataset, name=title, owner=provider.entity),),
        nodes=ExecutionNodes(provider=provider.node or provider.id, consumer=consumer.node or consumer.id),
    )


class RuleSummary(msgspec.Struct, frozen=True):
    """A summary of the rules in a few sentences, with the level of control of each."""

    abstract: str
    levels: tuple[tuple[str, str], ...]


@lru_cache(maxsize=REMEMBERED)
def _said(policy: Policy) -> RuleSummary:
    """Summarize the rules; cached, since agreements about one offer differ only in their ids."""
    return RuleSummary(
        " ".join(odrl.sentences(policy, "zh"))[:LONGEST_ABSTRACT],
        tuple((each.rule, each.level.value) for each in odrl.levels(policy)),
    )


def end_of(policy: Policy) -> datetime | None:
    """The moment at which the last permission ends; None if a permission has no end of its own."""
    ends = [_end(rule.constraints) for rule in policy.permissions]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _end(constraints: tuple[odrl.Constraint, ...]) -> datetime | None:
    """The earliest end that the constraints set for a rule; None if they set none."""
    found = [
        moment.start.replace(microsecond=0)
        for each in constraints
        if isinstance(each, AtomicConstraint)
        and each.left == "dateTime"
        and each.operator in ("lt", "lteq")
        and (moment := read_moment(each.values[0])) is not None
    ]
    return min(found, default=None)


async def _title(step: Step, agreement: AgreementRecord) -> str:
    """Return the provider's title of the dataset; its id if this node does not provide it."""
    asset = await step.of(ASSETS).get(agreement.dataset) if agreement.role == "provider" else None
    titles = asset.title if asset else {}
    return titles.get("zh") or titles.get("en") or agreement.dataset


def _us(ours: Context, agreement: AgreementRecord) -> Party:
    return Party(
        type=PartyType.PROVIDER if agreement.role == "provider" else PartyType.CONSUMER,
        participant=ours.participant,
        entity=ours.entity,
        name=ours.name.get("zh", ""),
        node=ours.connector,
    )


async def _them(step: Step, agreement: AgreementRecord) -> Party:
    known = await step.of(PARTICIPANTS).find(PARTICIPANTS.did.equals(agreement.peer), limit=1)
    return Party(
        type=PartyType.CONSUMER if agreement.role == "provider" else PartyType.PROVIDER,
        participant=agreement.peer,
        entity=known[0].entity if known else "",
        name=known[0].name if known else "",
        node=known[0].connector if known else "",
    )
