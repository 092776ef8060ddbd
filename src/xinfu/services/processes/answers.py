"""The automatic answer in a negotiation, and the decisions that wait for a person (D-30).

A stored answer that fits the event decides first. Without one: our own terms are agreed when the policy
allows this party, other terms wait for a person, and each later step of an agreed path is taken.
"""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from xinfu.dsp import Role
from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.ports.records import ANSWERS, Act, Answer, Event, Order
from xinfu.ports.store import Step
from xinfu.services.contexts.context import Context
from xinfu.services.offering import grading, offers
from xinfu.services.offering.offers import Assessment
from xinfu.services.parts import RecordParts
from xinfu.services.processes.family import Choice
from xinfu.services.refusals import RefusalText, refusal_texts
from xinfu.verdict import Verdict

_OFFER_GONE = RefusalText(
    code="offer.withdrawn", message="The offer was withdrawn.", message_zh="该要约已下架。"
)
_COUNTER_REFUSED = RefusalText(
    code="offer.differs",
    message="The terms differ from our offer, and we do not negotiate them.",
    message_zh="条款与我方要约不同，我方不接受改动。",
    help="Send the offer as it stands in our catalog.",
    help_zh="请按我方目录中的要约原样发送。",
)
_BY_RULE = RefusalText(
    code="answer.refused", message="A standing rule refuses this.", message_zh="既定规则拒绝该请求。"
)

_DEFAULTS: Final = {
    Event.REQUESTED: Act.AGREE,
    Event.COUNTERED: Act.AGREE,
    Event.ACCEPTED: Act.AGREE,
    Event.VERIFIED: Act.FINALIZE,
    Event.AGREED: Act.VERIFY,
    Event.OFFERED: Act.HOLD,
}
"""What is done where no stored answer fits."""


async def stored_answer(
    step: Step, event: Event, *, peer: str, dataset: str | None = None, agreement: str | None = None
) -> Answer | None:
    """The stored answer that counts: highest priority first, then lowest id."""
    found: list[Answer] = []
    after: str | None = None
    while page := await step.of(ANSWERS).find(ANSWERS.on.equals(event), after=after, limit=1000):
        after = page[-1].id
        found += [
            each
            for each in page
            if each.dataset in {None, dataset}
            and each.agreement in {None, agreement}
            and each.peer in {None, peer}
        ]
    return min(found, key=lambda each: (-each.priority, each.id)) if found else None


async def choose(
    step: Step,
    parts: RecordParts,
    record: ContractNegotiation,
    event: Event,
    order: Order,
    assessment: Assessment | None,
) -> Choice:
    """Choose the act on `event`: the stored answer that matches, else the default, as our offer and its grade permit.

    Args:
        assessment: our offer, where it was looked at already in this step.
    """
    choice = await _planned(step, record, event, order)
    asked = event in {Event.REQUESTED, Event.COUNTERED}
    ours = record.role is Role.PROVIDER and choice.act in {Act.OFFER, Act.AGREE}
    judged = choice.act is Act.AGREE_WITHIN or (choice.act is Act.AGREE and asked and not order.acts)
    if not ours and not judged:
        return choice
    context, now = parts.contexts.get(record.context), parts.clock.now()
    if assessment is None:
        assessment = await offers.assess(step, context, record.offer.id or "", record.dataset, now)
    if judged:
        narrower = choice.act is Act.AGREE_WITHIN
        found = _judged(assessment, context, record, order, now, narrower=narrower)
        choice = replace(choice, act=Act.AGREE) if found.act is Act.AGREE else found
    if record.role is not Role.PROVIDER or choice.act not in {Act.OFFER, Act.AGREE}:
        return choice
    return _as_graded(assessment, record, choice, now, asked=asked)


async def _planned(step: Step, record: ContractNegotiation, event: Event, order: Order) -> Choice:
    """The rest of an answer already begun, else the stored answer, else the default; our offer is not yet read."""
    if order.acts:
        return _chosen(tuple(Act(act) for act in order.acts), order.reason)
    stored = await stored_answer(step, event, peer=record.peer, dataset=record.dataset)
    if stored is not None:
        return _chosen(stored.do, stored.reason)
    return Choice(act=_DEFAULTS.get(event, Act.NOTHING))


def _as_graded(
    assessment: Assessment, record: ContractNegotiation, choice: Choice, now: datetime, *, asked: bool
) -> Choice:
    """The choice as the grade of our dataset permits it: a person agrees to contracts about the highest grade.

    Terms that have become too weak for the grade meanwhile are no longer offered or agreed on.
    """
    if assessment.asset is None:
        return choice
    if grading.is_withheld(record.offer, assessment.grade, now):
        return Choice(act=Act.TERMINATE, reasons=(_OFFER_GONE,))
    return Choice(act=Act.HOLD) if asked and grading.is_by_hand(assessment.grade) else choice


def _chosen(acts: tuple[Act, ...], reason: str | None) -> Choice:
    act, *rest = acts or (Act.NOTHING,)
    reasons: tuple[RefusalText, ...] = ()
    if act is Act.TERMINATE:
        reasons = (_BY_RULE if reason is None else replace(_BY_RULE, message=reason, message_zh=reason),)
    return Choice(act=act, rest=tuple(rest), reasons=reasons)


def _judged(
    assessment: Assessment,
    context: Context,
    record: ContractNegotiation,
    order: Order,
    now: datetime,
    *,
    narrower: bool,
) -> Choice:
    """Agree to our own terms for a party they allow, refuse a denied party, and hold or refuse other terms.

    A stored AGREE agrees to our own terms only, AGREE_WITHIN also to terms within ours. Neither agrees with a party
    that our own policy denies.

    Args:
        narrower: agree also to other terms that lie within ours.
    """
    judged = offers.judge(assessment, record, order.claims, now)
    if judged is None:
        return Choice(act=Act.TERMINATE, reasons=(_OFFER_GONE,))
    if narrower and not judged.fits and offers.is_narrower(judged.ours, record, order.claims, now):
        return Choice(act=Act.AGREE)
    if not judged.fits and context.hold_counter_offers:
        return Choice(act=Act.HOLD)
    if judged.decision.verdict is not Verdict.YES:
        return Choice(act=Act.TERMINATE, reasons=refusal_texts(judged.decision.reasons))
    if judged.fits:
        return Choice(act=Act.AGREE)
    return Choice(act=Act.TERMINATE, reasons=(_COUNTER_REFUSED,))
