"""Offers: their ids, who may see them, and whether a request matches them.

An offer's id is `<definition>:<asset>:<policy>`, each part percent-encoded, so it is unique to its dataset
(R-CAT-12) and needs no table of its own.
"""

from datetime import datetime
from urllib.parse import quote, unquote

import msgspec
from msgspec.structs import replace

from xinfu import odrl
from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.odrl import Decision, Phase, Policy, PolicyKind, Program, Situation
from xinfu.ports.records import ASSETS, DEFINITIONS, POLICIES, Asset, ContractDefinition, PolicyDefinition
from xinfu.ports.store import Step
from xinfu.services.contexts.context import Context
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.memory.audience import Claims, decide
from xinfu.services.offering import errors
from xinfu.services.offering.grading import grade_of, is_withheld
from xinfu.verdict import Verdict


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """Our offer with a given id, as read in this step.

    Attributes:
        asset: what it is about; None: we have no such asset.
        grade: of the asset; None: it has none.
        definition: what makes the offer, with `policy`; both None where it is not made: there is none, or the grade of
            its asset withholds it.
    """

    asset: Asset | None
    grade: int | None
    definition: ContractDefinition | None = None
    policy: PolicyDefinition | None = None


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """A request compared with our own offer: `fits` if the rules are the same; `decision` on this party."""

    ours: Policy
    fits: bool
    decision: Decision


def offer_id(definition: str, asset: str, policy: str) -> str:
    """The id under which an asset is offered."""
    return ":".join(quote(part, safe="") for part in (definition, asset, policy))


def offer_of(definition: str, asset: str, policy: PolicyDefinition) -> Policy:
    """The offer as shown in a catalog: our policy under the offer's id, without a target."""
    return replace(
        policy.policy,
        kind=PolicyKind.OFFER,
        id=offer_id(definition, asset, policy.id),
        target=None,
        timestamp=None,
    )


async def assess(step: Step, context: Context, id_: str, dataset: str, now: datetime) -> Assessment:
    """Read our offer with this id and its asset; once for a request, because neither changes within a step."""
    parts = [unquote(part) for part in id_.split(":")]
    asset = await step.of(ASSETS).get(dataset)
    gone = Assessment(asset=asset, grade=None if asset is None else grade_of(asset, context))
    if asset is None or len(parts) != 3 or parts[1] != dataset:
        return gone
    definition = await step.of(DEFINITIONS).get(parts[0])
    if definition is None or definition.contract_policy != parts[2]:
        return gone
    if definition.id not in {under.definition for under in await step.offerings.of(dataset)}:
        return gone
    policy = await step.of(POLICIES).get(parts[2])
    if policy is None or is_withheld(policy.policy, gone.grade, now):
        return gone
    return replace(gone, definition=definition, policy=policy)


async def must_see(step: Step, assessment: Assessment, arrival: Arrival, now: datetime) -> Policy:
    """Our offer, if the sender of a message may see it.

    Raises:
        ProtocolError: `offer.unknown` (R-CN-02, A-05): no such offer, not for this caller, or not of this target.
    """
    definition, policy = assessment.definition, assessment.policy
    if definition is None or policy is None or assessment.asset is None:
        raise errors.OFFER_UNKNOWN()
    if not await visible(step, definition, arrival.peer, arrival.caller.participant.claims, now):
        raise errors.OFFER_UNKNOWN()
    return offer_of(definition.id, assessment.asset.id, policy)


def with_our_ids(asked: Policy, ours: Policy) -> Policy:
    """The requested policy, with the ids of our rules restored if the peer dropped them (decision 0050)."""
    if not odrl.lost_its_ids(asked, ours) or odrl.equivalent(asked, ours):
        return asked
    return replace(
        asked,
        permissions=ours.permissions,
        prohibitions=ours.prohibitions,
        obligations=ours.obligations,
    )


def judge(
    assessment: Assessment, record: ContractNegotiation, claims: Claims, now: datetime
) -> Judgement | None:
    """Compare a negotiation's current offer with ours; None if ours is gone."""
    if assessment.policy is None:
        return None
    policy = assessment.policy.policy
    alike = replace(
        policy, target=record.offer.target, assigner=record.offer.assigner, assignee=record.offer.assignee
    )
    decision = _decided(policy, record, claims, now)
    fits = odrl.equivalent(record.offer, alike)
    return Judgement(ours=alike, fits=fits, decision=decision)


def is_narrower(ours: Policy, record: ContractNegotiation, claims: Claims, now: datetime) -> bool:
    """Whether the terms on the table are ours or stricter in every step, proven, and both allow this party.

    False for terms that contain anything this node cannot judge, and where no proof is found.
    """
    both = [odrl.anchor(policy, now) for policy in (ours, record.offer)]
    return lies_within(ours, record.offer, now) and all(
        _decided(each, record, claims, now).verdict is Verdict.YES for each in both
    )


def lies_within(ours: Policy, terms: Policy, now: datetime) -> bool:
    """Whether terms are ours or stricter in every step, proven."""
    mine, theirs = (odrl.anchor(policy, now) for policy in (ours, terms))
    return odrl.within(theirs, mine).verdict is Verdict.YES and all(
        each.effect is odrl.ChangeEffect.STRICTER for each in odrl.difference(mine, theirs)
    )


async def ours_of(step: Step, context: Context, record: ContractNegotiation, now: datetime) -> Policy | None:
    """Our own current offer, under which the negotiation was opened; None if it is gone."""
    found = await assess(step, context, record.offer.id or "", record.dataset, now)
    return None if found.policy is None else found.policy.policy


def _decided(policy: Policy, record: ContractNegotiation, claims: Claims, now: datetime) -> Decision:
    situation = Situation(
        now=now, assignee=record.peer, claims=claims, target=record.dataset, purpose=record.purpose
    )
    return _at_negotiation(odrl.compile(odrl.anchor(policy, now)), situation)


def _at_negotiation(program: Program, situation: Situation) -> Decision:
    """Judge what is known at the negotiation, including a declared purpose; leave the rest to the use."""
    decision = odrl.evaluate(program, situation, phase=Phase.NEGOTIATION)
    if situation.purpose is None or decision.verdict is not Verdict.YES:
        return decision
    at_use = odrl.evaluate(program, situation)
    purposes = tuple(each for each in at_use.reasons if each.operand == "purpose")
    if not purposes:
        return decision
    return replace(at_use, reasons=purposes)


async def visible(
    step: Step, definition: ContractDefinition, peer: str, claims: Claims, now: datetime
) -> bool:
    """Whether the definition's access policy lets this participant see the offer (R-CAT-14)."""
    access = await step.of(POLICIES).get(definition.access_policy)
    return access is not None and decide(access.policy, peer, claims, now).verdict is Verdict.YES
