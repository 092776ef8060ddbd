"""The automatic answer: what goes through unseen, and what waits for a person (D-30).

A stored answer that fits the event decides first. Without one: our own terms are agreed when the policy
allows this party, other terms wait for a person, and each later step of an agreed path is taken.
"""

import logging
from datetime import datetime
from typing import Final, assert_never

import msgspec
from msgspec.structs import replace

from xinfu.dsp import Role
from xinfu.dsp import negotiation as protocol
from xinfu.dsp.negotiation import ContractNegotiation, NegotiationMessage, State
from xinfu.errors import ConflictError
from xinfu.odrl import Policy
from xinfu.ports.records import Act, Answer, Event, OutboxRow
from xinfu.ports.store import Step
from xinfu.services.contexts import Context
from xinfu.services.evidence.notes import claims_again
from xinfu.services.exchange import AFTER_A_CRASH, Arrival, Reply
from xinfu.services.offering import grading, offers
from xinfu.services.offering.offers import Assessment
from xinfu.services.parts import Parts
from xinfu.services.processes import negotiation, transfer
from xinfu.services.processes.negotiation import Accepted, Opening, Order
from xinfu.services.refusals import Told, as_reason, told
from xinfu.verdict import Verdict

_log = logging.getLogger(__name__)

_OFFER_GONE = Told(code="offer.withdrawn", message="The offer was withdrawn.", message_zh="该要约已下架。")
_COUNTER_REFUSED = Told(
    code="offer.differs",
    message="The terms differ from our offer, and we do not negotiate them.",
    message_zh="条款与我方要约不同，我方不接受改动。",
    help="Send the offer as it stands in our catalog.",
    help_zh="请按我方目录中的要约原样发送。",
)
_BY_RULE = Told(
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


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What to do now, what is left to do after it, and the reasons when it is a refusal."""

    act: Act
    rest: tuple[Act, ...] = ()
    reasons: tuple[Told, ...] = ()


async def open_received(parts: Parts, arrival: Arrival, message: Opening) -> Reply:
    """A peer opens a negotiation: taken, and answered in the same step where a rule decides.

    Raises:
        As `negotiation.open_received`; InputError: `address.refused` (R-CN-04). Nothing was stored.
    """
    negotiation.check_callback(parts, message)
    async with parts.store.step(arrival.context.id) as step:
        accepted = await negotiation.open_received(step, parts, arrival, message)
        return await _replied(step, parts, arrival, accepted)


async def receive(parts: Parts, arrival: Arrival, pid: str, message: NegotiationMessage) -> Reply:
    """A peer's message for an open negotiation: taken, and answered in the same step where a rule decides.

    Raises:
        As `negotiation.receive`.
    """
    async with parts.store.step(arrival.context.id) as step:
        accepted = await negotiation.receive(step, parts, arrival, pid, message)
        return await _replied(step, parts, arrival, accepted)


async def answer(parts: Parts, row: OutboxRow) -> None:
    """Decide on an event of a negotiation that was left for later, in one step."""
    order = msgspec.json.decode(row.payload, type=Order)
    if not order.claims:  # a person let it go on, after however long
        order = replace(order, claims=await claims_again(parts, row.context, row.process, row.peer))
    async with parts.store.step(row.context) as step:
        # The process first, as everyone does: so nobody waits in a circle.
        record = await step.negotiations.lock(row.process)
        if not await step.outbox.done(row.id):
            return
        if not record.held and not record.is_over:
            await _decide(step, parts, record, Event(row.kind), order, due=parts.clock.now())


async def _replied(step: Step, parts: Parts, arrival: Arrival, accepted: Accepted) -> Reply:
    """The acknowledgement, and our answer, which leaves only after it has gone out (D-11, R-CN-16)."""
    record = accepted.record
    if accepted.event is not None and not record.is_over:
        order = Order(claims=dict(arrival.caller.participant.claims))
        due = parts.clock.now() + AFTER_A_CRASH
        await _decide(step, parts, record, accepted.event, order, due=due, assessment=accepted.assessment)
    if accepted.event is Event.FINALIZED and record.then_pull:
        await _pull(step, parts, record)
    return negotiation.reply(record, created=accepted.created, release=record.id)


async def _pull(step: Step, parts: Parts, record: ContractNegotiation) -> None:
    """Ask for the data of what has just been agreed."""
    context = parts.contexts.get(record.context)
    for agreement in await step.agreements.find({"negotiation": record.id}, limit=1):
        await transfer.request_in(step, parts, context, agreement, base=record.peer_base)


async def _decide(
    step: Step,
    parts: Parts,
    record: ContractNegotiation,
    event: Event,
    order: Order,
    *,
    due: datetime,
    assessment: Assessment | None = None,
) -> None:
    """Choose and act. An act that no longer fits is left out; what else fails is tried again later."""
    try:
        choice = await _choose(step, parts, record, event, order, assessment)
        await perform(step, parts, record, choice.act, reasons=choice.reasons, due=due)
    except ConflictError as error:
        _log.info("answer no longer fits", extra={"process_id": record.id, "code": error.code})
        return
    if choice.rest:
        left = replace(order, acts=tuple(str(act) for act in choice.rest))
        await negotiation.add_order(step, record, event, left, due=due)


async def perform(
    step: Step,
    parts: Parts,
    record: ContractNegotiation,
    act: Act,
    *,
    offer: Policy | None = None,
    reasons: tuple[Told, ...] = (),
    due: datetime | None = None,
) -> ContractNegotiation:
    """Do one act in a negotiation: put its message on its way, or let it wait.

    Raises:
        ConflictError: the act is no move of ours now, or not one of a negotiation.
    """
    message: NegotiationMessage
    pids = {"consumer_pid": record.consumer_pid or "", "provider_pid": record.provider_pid or ""}
    match act:
        case Act.NOTHING:
            return record
        case Act.HOLD:
            held = replace(record, held=True, updated=parts.clock.now())
            await step.negotiations.save(held)
            step.publish(record.id)
            return held
        case Act.OFFER:
            message = protocol.ContractOfferMessage(**pids, offer=offer or record.offer)
        case Act.COUNTER:
            message = protocol.ContractRequestMessage(
                **pids, offer=offer or record.offer, purpose=record.purpose
            )
        case Act.ACCEPT:
            message = protocol.ContractNegotiationEventMessage(**pids, event_type=State.ACCEPTED)
        case Act.AGREE:
            message = negotiation.agreement_message(parts, record)
        case Act.VERIFY:
            message = protocol.ContractAgreementVerificationMessage(**pids)
        case Act.FINALIZE:
            message = protocol.ContractNegotiationEventMessage(**pids, event_type=State.FINALIZED)
        case Act.TERMINATE:
            code = reasons[0].code if reasons else None
            message = protocol.ContractNegotiationTerminationMessage(
                **pids, code=code, reason=as_reason(reasons)
            )
        case (
            Act.AGREE_WITHIN | Act.START | Act.SUSPEND | Act.COMPLETE | Act.SIGN | Act.SIGN_WITHIN | Act.FILE
        ):
            raise ConflictError(
                "answer.wrong-act", f"{act} is no act of a negotiation.", f"{act} 不是协商中的动作。"
            )
        case _ as never:
            assert_never(never)
    return await negotiation.post(step, parts, record, message, due=due)


async def stored_answer(
    step: Step, event: Event, *, peer: str, dataset: str | None = None, agreement: str | None = None
) -> Answer | None:
    """The stored answer that counts: highest priority first, then lowest id."""
    found: list[Answer] = []
    after: str | None = None
    while page := await step.answers.find({"on": str(event)}, after=after, limit=1000):
        after = page[-1].id
        found += [
            each
            for each in page
            if each.dataset in {None, dataset}
            and each.agreement in {None, agreement}
            and each.peer in {None, peer}
        ]
    return min(found, key=lambda each: (-each.priority, each.id)) if found else None


async def _choose(
    step: Step,
    parts: Parts,
    record: ContractNegotiation,
    event: Event,
    order: Order,
    assessment: Assessment | None,
) -> Choice:
    """What to do on `event`: the stored answer that fits, else the default; as far as our offer and its grade go along.

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
    """What is left of an answer, what a stored answer says, or the default, before our offer is looked at."""
    if order.acts:
        return _chosen(tuple(Act(act) for act in order.acts), order.reason)
    stored = await stored_answer(step, event, peer=record.peer, dataset=record.dataset)
    if stored is not None:
        return _chosen(stored.do, stored.reason)
    return Choice(act=_DEFAULTS.get(event, Act.NOTHING))


def _as_graded(
    assessment: Assessment, record: ContractNegotiation, choice: Choice, now: datetime, *, asked: bool
) -> Choice:
    """What was chosen, as far as the grade of our dataset goes along: a person agrees to data of the highest one.

    Terms that have become too weak for its grade meanwhile are offered and agreed on no more.
    """
    if assessment.asset is None:
        return choice
    if grading.is_withheld(record.offer, assessment.grade, now):
        return Choice(act=Act.TERMINATE, reasons=(_OFFER_GONE,))
    return Choice(act=Act.HOLD) if asked and grading.is_by_hand(assessment.grade) else choice


def _chosen(acts: tuple[Act, ...], reason: str | None) -> Choice:
    act, *rest = acts or (Act.NOTHING,)
    reasons: tuple[Told, ...] = ()
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
    """Our own terms and a party that they allow: agree. Denied: say why. Other terms: a person decides, or no.

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
        return Choice(act=Act.TERMINATE, reasons=told(judged.decision.reasons))
    if judged.fits:
        return Choice(act=Act.AGREE)
    return Choice(act=Act.TERMINATE, reasons=(_COUNTER_REFUSED,))
