"""Notices between xinfu nodes: deliver queued notices, and take received ones.

A notice changes only what its sender may change: either side suspends or ends an agreement, the debtor of a duty proves
it, the creditor states its state, and a provider states what it was paid. A repeated notice is answered with the
current state. To a side that does not run xinfu nothing is sent; our duties are then followed here alone, and their
records say so.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import msgspec
from msgspec.structs import replace

from xinfu.dsp.notice import (
    PATH,
    AgreementNotice,
    DutyNotice,
    Notice,
    NoticeAnswer,
    PaymentNotice,
    StandingNotice,
    read_answer,
    read_notice,
)
from xinfu.errors import InputError, PeerError, RefusedError
from xinfu.odrl.duties.life import DutyMove, DutyState
from xinfu.ports.peer import DeliveryOutcome, DeliveryResult, Pace
from xinfu.ports.records import (
    AGREEMENTS,
    DUTIES,
    NEGOTIATIONS,
    TRANSFERS,
    AgreementRecord,
    AgreementState,
    DutyRecord,
    OutboxRow,
    outbox,
)
from xinfu.ports.records.outbox import NodeNotice
from xinfu.ports.store import Step
from xinfu.services.agreements import duties, duty_proofs, lifecycle, renewal, settling
from xinfu.services.agreements.duty_parties import other
from xinfu.services.agreements.lifecycle import AgreementMove
from xinfu.services.background import errors
from xinfu.services.evidence.notes import record_received, record_sent
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.exchange.tokens import claim
from xinfu.services.parts import DataParts, PeerParts, RecordParts
from xinfu.services.usage import payments

_log = logging.getLogger(__name__)

BackOff = Callable[[OutboxRow], timedelta]

TRIES: Final = 8
"""Tries of a notice that the other node refuses, since it may not have the agreement yet."""
SETTLED: Final = "settled"
"""The answer to a payment that is known."""
_TARGETS: Final = {
    str(AgreementMove.SUSPEND): AgreementState.SUSPENDED,
    str(AgreementMove.RESUME): AgreementState.ACTIVE,
    str(AgreementMove.TERMINATE): AgreementState.TERMINATED,
    str(AgreementMove.FULFIL): AgreementState.FULFILLED,
}
_NOBODY: Final = frozenset({"peer.no-service", "peer.no-version"})
HERE_ONLY: Final = "followed on this side only: the other side is not a xinfu node"


async def receive(parts: DataParts, arrival: Arrival) -> NoticeAnswer:
    """Take a notice of the other side, in one step.

    Raises:
        ProtocolError: `notice.unreadable`. NotFoundError: `agreement.not-found`, `duty.not-found`.
        ConflictError: the sender may not change it. InputError: `duty.proof-incomplete`, `payment.*`.
    """
    notice = read_notice(arrival.body)
    stopped: AgreementRecord | None = None
    async with parts.store.step(arrival.context.id) as step:
        await claim(step, arrival)
        record = await _agreement(step, arrival, notice.agreement)
        if isinstance(notice, AgreementNotice):
            stopped = await _changed(step, parts, record, notice)
            answer, process = settling.SideState.of(stopped).answer(), record.id
        elif isinstance(notice, StandingNotice):
            stopped = await _settled(step, parts, record, notice)
            answer, process = settling.SideState.of(stopped).answer(), record.id
        elif isinstance(notice, PaymentNotice):
            paid = await payments.receive(step, parts.clock, record, notice)
            answer, process = NoticeAnswer(state=SETTLED), paid.id
        else:
            duty = await _duty(step, parts, record, notice)
            answer, process = NoticeAnswer(state=str(duty.state), reason=duty.reason), duty.id
        await record_received(step, parts.clock, arrival, type_=_type_of(notice), process=process)
    if stopped is not None:
        lifecycle.stop_running(parts, stopped)
    return answer


async def deliver_notice(parts: DataParts, row: OutboxRow, told: NodeNotice, back_off: BackOff) -> None:
    """Deliver a queued notice to the other side's node, or schedule another try while the node is away."""
    try:
        base = await _node_of(parts, row.context, told)
    except PeerError as error:
        away = DeliveryResult(outcome=DeliveryOutcome.UNREACHABLE, code=error.code)
        await _not_now(parts, row, told, away, back_off)
        return
    if base is None:
        await _keep_here(parts, row, told)
        return
    url = base.rstrip("/") + PATH
    if isinstance(told, outbox.StateQuestion):
        told = await settling.current(parts, row.context, told)
    sent = await parts.counterparty.deliver(context=row.context, peer=told.peer, url=url, body=told.body)
    if sent.outcome is DeliveryOutcome.ACKNOWLEDGED:
        await _taken(parts, row, told, url, sent)
    else:
        await _not_now(parts, row, told, sent, back_off)


async def _not_now(
    parts: RecordParts, row: OutboxRow, told: NodeNotice, sent: DeliveryResult, back_off: BackOff
) -> None:
    """Schedule another try, or give the notice up if it is hopeless."""
    asks = isinstance(told, outbox.StateQuestion)
    hopeless = _is_hopeless(parts, row, sent, lasts=settling.ASKED_FOR if asks else parts.give_up_after)
    if hopeless:
        _log.warning("a notice was not taken", extra={"peer": told.peer, "code": sent.code})
    async with parts.store.step(row.context) as step:
        if hopeless:
            await _not_taken(step, parts, row, told)
            return
        pause = settling.pause(row) if asks else back_off(row)
        await step.outbox.retry(row.id, due=parts.clock.now() + pause, error=sent.code or str(sent.outcome))


def _is_hopeless(parts: RecordParts, row: OutboxRow, sent: DeliveryResult, *, lasts: timedelta) -> bool:
    away = sent.outcome in {DeliveryOutcome.FAILING, DeliveryOutcome.UNREACHABLE, DeliveryOutcome.UNREADABLE}
    if away:
        return parts.clock.now() - row.created >= lasts
    return row.attempts + 1 >= TRIES


async def _not_taken(step: Step, parts: RecordParts, row: OutboxRow, told: NodeNotice) -> None:
    """Give a notice up; after a notice about an agreement's state, queue a question for that state."""
    if not await step.outbox.done(row.id) or isinstance(told, outbox.StateQuestion):
        return
    record = await step.of(AGREEMENTS).get(told.agreement)
    if record is not None and isinstance(read_notice(told.body), AgreementNotice):
        await settling.ask(step, parts, record)


async def _agreement(step: Step, arrival: Arrival, wire_id: str) -> AgreementRecord:
    """Lock the agreement with this wire id, if it is with the sender."""
    for found in await step.of(AGREEMENTS).find(
        AGREEMENTS.wire_id.equals(wire_id), AGREEMENTS.peer.equals(arrival.peer), limit=1
    ):
        return await step.of(AGREEMENTS).lock(found.id)
    raise lifecycle.agreement_not_found()


async def _changed(
    step: Step, parts: RecordParts, record: AgreementRecord, notice: AgreementNotice
) -> AgreementRecord:
    if notice.move == "renew":
        for new in await step.of(AGREEMENTS).find(
            AGREEMENTS.wire_id.equals(notice.renewed_by or ""), AGREEMENTS.peer.equals(record.peer), limit=1
        ):
            await renewal.link(step, parts, record, await step.of(AGREEMENTS).lock(new.id), by=record.peer)
            return record
        raise lifecycle.agreement_not_found()
    to = _target(notice)
    if to is AgreementState.FULFILLED and record.role == "provider":
        raise errors.AGREEMENT_NOT_OURS()
    await settling.drop_question(step, parts, record)
    theirs = settling.SideState(state=to, by=record.peer, clause=notice.clause, reason=notice.reason)
    return await settling.settle(step, parts, record, replace(theirs, epoch=notice.epoch))


async def _settled(
    step: Step, parts: RecordParts, record: AgreementRecord, notice: StandingNotice
) -> AgreementRecord:
    theirs = settling.SideState.told(notice)
    if theirs is None:
        raise errors.NOTICE_UNREADABLE()
    await settling.drop_question(step, parts, record)
    return await settling.settle(step, parts, record, theirs)


def _target(notice: AgreementNotice) -> AgreementState:
    """The state to which the sender has moved the agreement."""
    found = _TARGETS.get(notice.move)
    if found is None:
        raise errors.NOTICE_UNREADABLE()
    return found


async def _duty(step: Step, parts: RecordParts, record: AgreementRecord, notice: DutyNotice) -> DutyRecord:
    """Apply a notice to its duty, and return the duty."""
    if record.role == "consumer" and notice.triggered is not None:
        found = await duties.trigger_elsewhere(
            step, parts.clock, record, notice.duty, notice.transfer, notice.triggered
        )
    else:
        found = await duties.find(step, record, notice.duty, notice.transfer)
    if found is None:
        raise duties.duty_not_found()
    found = await step.of(DUTIES).lock(found.id)
    if found.state.is_end or notice.triggered is not None:
        return found
    theirs = other(record.role)
    if found.owes or found.watches:
        return await duties.follow(step, parts.clock, found, notice.state, by=theirs, reason=notice.reason)
    if notice.proof is not None and found.debtor == theirs:
        return await duty_proofs.prove_duty(step, parts.clock, record, found, notice.proof, by=theirs)
    return found


async def _taken(parts: DataParts, row: OutboxRow, told: NodeNotice, url: str, sent: DeliveryResult) -> None:
    """Record that the other node took a notice, and adopt its answer about the agreement or a duty that we owe."""
    notice, answer = read_notice(told.body), read_answer(sent.body)
    if isinstance(notice, AgreementNotice | StandingNotice):
        await _answered(parts, row, told, url, sent, notice)
        return
    async with parts.store.step(row.context) as step:
        if not await step.outbox.done(row.id):
            return
        record = await step.of(AGREEMENTS).get(told.agreement)
        duty, theirs = None, ""
        if record is not None and isinstance(notice, DutyNotice):
            duty, theirs = await duties.find(step, record, notice.duty, notice.transfer), other(record.role)
        await record_sent(
            step,
            parts.clock,
            type_=_type_of(notice),
            body=told.body,
            url=url,
            process=duty.id if duty else told.agreement,
            peer=told.peer,
            status=sent.status,
            token=sent.token,
        )
        if duty is not None and duty.owes and answer is not None and answer.state in set(DutyState):
            locked = await step.of(DUTIES).lock(duty.id)
            state = DutyState(answer.state)
            await duties.follow(step, parts.clock, locked, state, by=theirs, reason=answer.reason)


async def _answered(
    parts: DataParts,
    row: OutboxRow,
    told: NodeNotice,
    url: str,
    sent: DeliveryResult,
    notice: AgreementNotice | StandingNotice,
) -> None:
    """Adopt the other node's state of the agreement if it prevails; ask again if ours changed or still differs.

    The other node may have changed its state meanwhile, and its notice of that may have come before this answer. If it is
    the other node that has to adopt our state, the question shows it that state.
    """
    answer = read_answer(sent.body)
    theirs = None if answer is None else settling.SideState.told(answer)
    settled: AgreementRecord | None = None
    async with parts.store.step(row.context) as step:
        record = await step.of(AGREEMENTS).lock(told.agreement)
        if not await step.outbox.done(row.id):
            return
        await record_sent(
            step,
            parts.clock,
            type_=_type_of(notice),
            body=told.body,
            url=url,
            process=record.id,
            peer=told.peer,
            status=sent.status,
            token=sent.token,
        )
        if theirs is not None:
            settled = await settling.settle(step, parts, record, theirs)
            went_over = settled.state is not record.state and not lifecycle.is_over(settled.state)
            differs = settled.state is not theirs.state and not isinstance(told, outbox.StateQuestion)
            if went_over or differs:
                await settling.ask(step, parts, settled, after=timedelta(0))
    if settled is not None and settled.state is not record.state:
        lifecycle.stop_running(parts, settled)


async def _keep_here(parts: RecordParts, row: OutboxRow, told: NodeNotice) -> None:
    """Settle a notice to a side that does not run xinfu: nothing is sent, and our proof counts only at this node."""
    notice = read_notice(told.body)
    async with parts.store.step(row.context) as step:
        if not await step.outbox.done(row.id):
            return
        record = await step.of(AGREEMENTS).get(told.agreement)
        if record is None or not isinstance(notice, DutyNotice):
            return
        duty = await duties.find(step, record, notice.duty, notice.transfer)
        if duty is not None and duty.owes and notice.proof is not None and not duty.state.is_end:
            duty = await step.of(DUTIES).lock(duty.id)
            late = duty.state is DutyState.OVERDUE
            move = DutyMove.REMEDY if late else DutyMove.FULFIL
            await duties.move_duty(step, parts.clock, duty, move, by=duty.debtor, reason=HERE_ONLY)


async def _node_of(parts: PeerParts, context: str, told: NodeNotice) -> str | None:
    """The base address of the other side's node; None if it does not run xinfu or can no longer be found.

    Raises:
        PeerError: the node is away for now.
    """
    try:
        found = await parts.counterparty.find(told.peer, at=await _base(parts, context, told))
    except PeerError as error:
        if error.code in _NOBODY:
            return None
        raise
    except (InputError, RefusedError):
        return None
    if found.pace is Pace.UNKNOWN:
        raise errors.PEER_VERSION_UNKNOWN()
    return found.base if found.pace is Pace.AT_ONCE else None


async def _base(parts: RecordParts, context: str, told: NodeNotice) -> str | None:
    """The other side's address from the negotiation or the newest transfer; None: look it up by its name."""
    async with parts.store.view(context) as view:
        record = await view.of(AGREEMENTS).get(told.agreement)
        if record is None:
            return None
        negotiation = await view.of(NEGOTIATIONS).get(record.negotiation)
        if negotiation is not None:
            return negotiation.peer_base
        where = (TRANSFERS.agreement.equals(record.wire_id), TRANSFERS.peer.equals(record.peer))
        moving = await view.of(TRANSFERS).find(*where, limit=1, newest_first=True)
    return moving[0].peer_base if moving else None


def _type_of(notice: Notice) -> str:
    return str(msgspec.inspect.type_info(type(notice)).tag)  # type: ignore[attr-defined]
