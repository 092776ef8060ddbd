"""Explain whether X may do Y with Z now, by the agreements that X has, else by the offers that X could negotiate.

The answer is the decision that a use would get, made in a view: nothing is spent and nothing recorded. X's claims are
taken from the credentials in its newest message, checked again now.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from xinfu import odrl
from xinfu.errors import InputError
from xinfu.odrl import REGISTRY, Decision, Effect, Phase, Policy, PolicyKind, Reason, Registry, Situation
from xinfu.odrl.control.grades import check_offer
from xinfu.odrl.control.levels import DOWNLOAD
from xinfu.odrl.model.situation import Marks
from xinfu.odrl.values.moments import moment_of
from xinfu.ports.records import AGREEMENTS, ASSETS, POLICIES, AgreementRecord, AgreementState, Asset
from xinfu.ports.store import Step
from xinfu.services.agreements import lifecycle
from xinfu.services.contexts.context import Context
from xinfu.services.identity import known_claims
from xinfu.services.identity.known_claims import Claims
from xinfu.services.memory import audience
from xinfu.services.offering import grading, offers
from xinfu.services.parts import PeerParts, RecordParts
from xinfu.services.refusals import RefusalText, refusal_text, refusal_texts
from xinfu.services.usage.decide import AT_THE_NODE, decide
from xinfu.services.usage.facts import Channel
from xinfu.services.usage.forms import registry_of
from xinfu.verdict import Verdict

LOOKED_AT: Final = 20
"""Agreements of one participant about one dataset that are considered, the newest first."""


class Basis(StrEnum):
    """The basis of an answer."""

    AGREEMENT = "agreement"
    OFFER = "offer"
    NOTHING = "nothing"


class UseQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question whether `participant` may do `action` with `dataset`.

    Attributes:
        action: "use" means to receive the data, in any place that the participant chooses.
        purpose: what it would declare; None: what was agreed on.
        at: when, a text or a moment; None: now.
    """

    participant: str
    dataset: str
    action: str = "use"
    purpose: str | None = None
    at: datetime | str | None = None


class VaultVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of our own vault on the use of a landed object, with the reasons if it is not allowed."""

    object: str
    verdict: Verdict
    told: tuple[RefusalText, ...] = ()


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a question whether a use is allowed.

    Attributes:
        participant, dataset: the participant and the dataset in question.
        verdict: YES: it may. Never YES from an offer, since an agreement is needed first.
        under: our id of the agreement, or the id of the offer; "" where there is none.
        decision: of the policy; None if it was not evaluated.
        told: the reasons why it is not YES, with what would help.
        negotiable: whether an offer would be agreed with this participant as it is.
        claims: the claims that the participant's credentials prove now.
        landed: for one of our agreements, the verdicts on the objects in our vault under it.
    """

    participant: str
    dataset: str
    verdict: Verdict
    basis: Basis
    under: str = ""
    policy: Policy | None = None
    decision: Decision | None = None
    told: tuple[RefusalText, ...] = ()
    negotiable: Verdict | None = None
    claims: Claims = {}
    landed: tuple[VaultVerdict, ...] = ()
    at: datetime


async def explain(parts: PeerParts, context: str, question: UseQuestion) -> Explanation:
    """Answer a question about one of our datasets.

    Raises:
        InputError: `explain.moment`: a time without an offset.
    """
    at = resolve_moment(parts, question.at)
    claims = await known_claims.claims_of(parts, context, question.participant)
    async with parts.store.view(context) as view:
        found = await view.of(AGREEMENTS).find(
            AGREEMENTS.peer.equals(question.participant),
            AGREEMENTS.dataset.equals(question.dataset),
            AGREEMENTS.role.equals("provider"),
            limit=LOOKED_AT,
            newest_first=True,
        )
        answers = [await _by_agreement(view, parts, each, question, claims, at) for each in found]
        if not answers or all(each.decision is None for each in answers):
            answers += await _by_offers(view, parts.contexts.get(context), question, claims, at)
    return min(answers, key=nearness, default=_nothing(question, claims, at))


def resolve_moment(parts: RecordParts, asked: datetime | str | None) -> datetime:
    """The moment that a question is about; now if it names none.

    Raises:
        InputError: `explain.moment`: not a moment, or one without an offset.
    """
    return moment_of("explain.moment", asked or parts.clock.now())


async def dry_run(
    parts: PeerParts, context: str, policy: Policy, question: UseQuestion
) -> list[tuple[str, Explanation]]:
    """Explain whether each known participant could use a dataset under terms, in the order of `known_participants`.

    Args:
        question: asked with each participant in turn.
    """
    at = resolve_moment(parts, question.at)
    async with parts.store.view(context) as view:
        everyone = await known_claims.known_participants(view)
        registry = registry_of(await view.of(ASSETS).get(question.dataset))
    answers: list[tuple[str, Explanation]] = []
    for participant in everyone:
        asked = msgspec.structs.replace(question, participant=participant)
        claims = await known_claims.claims_of(parts, context, participant)
        answers.append((participant, explain_terms(policy, asked, claims, at, registry=registry)))
    return answers


async def _by_agreement(
    view: Step,
    parts: RecordParts,
    agreement: AgreementRecord,
    question: UseQuestion,
    claims: Claims,
    at: datetime,
) -> Explanation:
    if agreement.state is not AgreementState.ACTIVE:
        return over(agreement, question.participant, at)
    decision = await decide(
        view,
        parts,
        agreement,
        claims=claims,
        purpose=question.purpose or agreement.purpose,
        now=at,
        action=None if question.action == "use" else question.action,
        channel=Channel(is_open=True),
        counted=AT_THE_NODE,
        explain=True,
    )
    return under_agreement(agreement, question.participant, decision, claims, at)


def under_agreement(
    agreement: AgreementRecord, participant: str, decision: Decision, claims: Claims, at: datetime
) -> Explanation:
    """The explanation of a decision under an active agreement."""
    return Explanation(
        participant=participant,
        dataset=agreement.dataset,
        verdict=decision.verdict,
        basis=Basis.AGREEMENT,
        under=agreement.id,
        policy=agreement.policy,
        decision=decision,
        told=refusal_texts(decision.reasons),
        claims=claims,
        at=at,
    )


def over(agreement: AgreementRecord, participant: str, at: datetime) -> Explanation:
    """The explanation that an agreement is not active, so that nothing may be used under it."""
    return Explanation(
        participant=participant,
        dataset=agreement.dataset,
        verdict=Verdict.NO,
        basis=Basis.AGREEMENT,
        under=agreement.id,
        policy=agreement.policy,
        told=(refusal_text(lifecycle.ended(agreement)),),
        at=at,
    )


async def _by_offers(
    view: Step, ours: Context, question: UseQuestion, claims: Claims, at: datetime
) -> list[Explanation]:
    """Explain for each visible offer whether the participant would get it agreed, and how a use would be decided."""
    answers: list[Explanation] = []
    asset = await view.of(ASSETS).get(question.dataset)
    registry = registry_of(asset)
    for under in await view.offerings.of(question.dataset):
        access = await view.of(POLICIES).get(under.access)
        contract = await view.of(POLICIES).get(under.contract)
        if access is None or contract is None or asset is None:
            continue
        shown = audience.decide(access.policy, question.participant, claims, at)
        if shown.verdict is Verdict.YES:
            id_ = offers.offer_id(under.definition, question.dataset, contract.id)
            held = _withheld(asset, ours, contract.policy, id_, question, claims, at)
            answers.append(
                held or explain_terms(contract.policy, question, claims, at, under=id_, registry=registry)
            )
    return answers


def _withheld(
    asset: Asset,
    ours: Context,
    policy: Policy,
    under: str,
    question: UseQuestion,
    claims: Claims,
    at: datetime,
) -> Explanation | None:
    """Explain that the grade of an asset forbids an offer of it; None if it does not."""
    try:
        check_offer(policy, grading.required_grade(grading.grade_of(asset, ours), asset.id), asset.id, at)
    except InputError as error:
        return Explanation(
            participant=question.participant,
            dataset=question.dataset,
            verdict=Verdict.NO,
            basis=Basis.OFFER,
            under=under,
            policy=policy,
            told=(refusal_text(error),),
            negotiable=Verdict.NO,
            claims=claims,
            at=at,
        )
    return None


def explain_terms(
    policy: Policy,
    question: UseQuestion,
    claims: Claims,
    at: datetime,
    *,
    under: str = "",
    registry: Registry = REGISTRY,
) -> Explanation:
    """Explain how terms that are not agreed yet would decide on an agreement, and on a first use right after it.

    Args:
        registry: what is known of the source that they are about.
    """
    terms = msgspec.structs.replace(policy, kind=PolicyKind.AGREEMENT)
    program = odrl.compile(odrl.anchor(terms, at), registry=registry)
    situation = Situation(
        now=at,
        assignee=question.participant,
        claims=claims,
        action=DOWNLOAD if question.action == "use" else question.action,
        target=question.dataset,
        purpose=question.purpose,
        agreed=at,
        counts=dict.fromkeys(program.counters, 0),
        marks=dict.fromkeys(program.counters, Marks()),
    )
    decision = odrl.evaluate(program, situation, explain=True)
    return Explanation(
        participant=question.participant,
        dataset=question.dataset,
        verdict=Verdict.NO,
        basis=Basis.OFFER,
        under=under,
        policy=policy,
        decision=decision,
        told=refusal_texts((Reason(code="policy.not-agreed", verdict="no"), *decision.reasons)),
        negotiable=odrl.evaluate(program, situation, phase=Phase.NEGOTIATION).verdict,
        claims=claims,
        at=at,
    )


def nearness(answer: Explanation) -> tuple[bool, bool, bool, int]:
    """The sort key of answers: YES first, then those with a decision, then those not denied, then by fewest reasons."""
    refused = answer.decision is not None and answer.decision.effect is Effect.DENY
    return (
        answer.verdict is not Verdict.YES,
        answer.decision is None,
        refused,
        len(answer.told),
    )


def _nothing(question: UseQuestion, claims: Claims, at: datetime) -> Explanation:
    absent = RefusalText(
        code="dataset.not-offered",
        message="Nothing of that name is offered to this participant, and there is no agreement.",
        message_zh="没有向该参与方提供此数据产品，也没有相关协议。",
        help="Publish it under an access policy that lets the participant see it.",
        help_zh="请以允许该参与方查看的访问策略发布。",
    )
    return Explanation(
        participant=question.participant,
        dataset=question.dataset,
        verdict=Verdict.NO,
        basis=Basis.NOTHING,
        told=(absent,),
        claims=claims,
        at=at,
    )
