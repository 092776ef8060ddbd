"""Duties of agreements: opened at the conclusion, then triggered, proven or overdue; each change has evidence.

Both sides keep the same duties. Each triggers and lapses them by its own clock; the debtor submits proofs, the creditor
decides on them, and its decision is followed (`duty_parties`). A duty that was not done in time refuses the next use;
its consequences are duties of their own, and only once they are done is the first one remedied.
"""

import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from xinfu.dsp.notice import DutyNotice
from xinfu.errors import NotFoundError
from xinfu.evidence import instant
from xinfu.evidence.entry import Fact
from xinfu.odrl import Duty
from xinfu.odrl.control.lifetime import is_spendable
from xinfu.odrl.duties.life import (
    TABLE,
    DutyMove,
    DutyState,
    Trigger,
    consequences,
    duty_at,
    first_key,
    owed_duties,
    target,
    time_of,
    trigger_of,
)
from xinfu.odrl.duties.proofs import Assurance, demand_of
from xinfu.odrl.engine.compile import BEFORE_USE
from xinfu.ports.clock import Clock
from xinfu.ports.records import (
    AGREEMENTS,
    DUTIES,
    TRANSFERS,
    AgreementRecord,
    AgreementState,
    DeadlineKind,
    DutyRecord,
)
from xinfu.ports.store import Step
from xinfu.services.agreements import errors, notices, usage_reports
from xinfu.services.agreements.duty_parties import stance
from xinfu.services.evidence.notes import record_entry

TOPIC: Final = "duties"
"""The topic that is published whenever a duty has changed."""
_OPEN: Final = tuple(state for state in DutyState if not state.is_end)
BY_TIME: Final = "time"
"""The author of a change that the clock alone made."""


async def begin_duties(step: Step, clock: Clock, agreement: AgreementRecord) -> None:
    """Open the duties of a new agreement; those that the agreement itself triggers become due."""
    for key, duty in owed_duties(agreement.policy):
        record = await _open(step, clock, agreement, key, duty)
        if record.trigger is Trigger.AGREEMENT:
            await _trigger(step, clock, record, duty, agreement.concluded)


async def trigger_by_use(
    step: Step, clock: Clock, agreement: AgreementRecord, keys: Sequence[str], transfer: str
) -> None:
    """Trigger these duties after a use, each once for a transfer, and notify the consumer.

    Args:
        transfer: the provider's pid of the transfer.
    """
    for key in keys:
        duty = duty_at(agreement.policy, key)
        if duty is None or trigger_of(duty) is not Trigger.USE:
            continue
        record = await _of_transfer(step, clock, agreement, key, duty, transfer)
        if record is not None:
            now = clock.now()
            triggered = await _trigger(step, clock, replace(record, transfer=transfer), duty, now)
            await promise_duty_state(step, clock, agreement, triggered, triggered_at=now)


async def trigger_by_end(step: Step, clock: Clock, agreement: AgreementRecord) -> None:
    """Trigger the duties that waited for the end of the agreement, and void those that can no longer fall due."""
    now = clock.now()
    was_used = await step.of(TRANSFERS).count(TRANSFERS.agreement.equals(agreement.wire_id)) > 0
    async for record in _open_ones(step, agreement.id):
        duty = duty_at(agreement.policy, record.key)
        if (
            record.trigger is Trigger.END
            and record.state is DutyState.PENDING
            and was_used
            and duty is not None
        ):
            await _trigger(step, clock, record, duty, now)
        elif _is_void(record, was_used=was_used):
            await move_duty(step, clock, record, DutyMove.VOID, by=BY_TIME)


async def look(step: Step, clock: Clock, id_: str) -> None:
    """Check a duty at its deadline: trigger it, mark it overdue, or set its next deadline."""
    try:
        record = await step.of(DUTIES).lock(id_)
    except NotFoundError:
        await step.deadlines.drop(DeadlineKind.DUTY, id_)
        return
    now = clock.now()
    if record.state is DutyState.PENDING and record.opens is not None and record.opens <= now:
        record = await move_duty(step, clock, record, DutyMove.TRIGGER, by=BY_TIME)
    if record.state is DutyState.DUE and record.deadline is not None and record.deadline <= now:
        await move_duty(step, clock, record, DutyMove.LAPSE, by=BY_TIME)
    else:
        await _set_moment(step, record)


async def follow(
    step: Step, clock: Clock, record: DutyRecord, state: DutyState, *, by: str, reason: str | None = None
) -> DutyRecord:
    """Move the duty by the shortest path to the state that the creditor reports; without a path, change nothing."""
    for each in _way(record.state, state):
        record = await move_duty(step, clock, record, each, by=by, reason=reason)
    return record


async def find(step: Step, agreement: AgreementRecord, key: str, transfer: str) -> DutyRecord | None:
    """Find the newest duty that both sides know under this key and transfer.

    A duty that several permissions share is kept once; an older node may name it by another of its places.
    """
    where = (DUTIES.agreement.equals(agreement.id), DUTIES.transfer.equals(transfer))
    found = await step.of(DUTIES).find(*where, limit=1000)
    keys = (key, first_key(agreement.policy, key))
    return next((each for wanted in keys for each in reversed(found) if each.key == wanted), None)


async def trigger_elsewhere(
    step: Step, clock: Clock, agreement: AgreementRecord, key: str, transfer: str, at: datetime
) -> DutyRecord | None:
    """Trigger the duty at the time of the use that the provider reports; None if there is no such duty."""
    key = first_key(agreement.policy, key)
    duty = duty_at(agreement.policy, key)
    if duty is None or trigger_of(duty) is not Trigger.USE:
        return None
    record = await _of_transfer(step, clock, agreement, key, duty, transfer)
    if record is None:
        return await find(step, agreement, key, transfer)
    at = min(max(at, agreement.concluded), clock.now())
    return await _trigger(step, clock, replace(record, transfer=transfer), duty, at)


async def trigger_by_landing(step: Step, clock: Clock, wire_id: str, transfer: str) -> None:
    """Trigger the duties of a use for data of a provider whose node sends no notices about duties.

    Only the provider knows which permission the use went by; if there are several, nothing is triggered.

    Args:
        transfer: the provider's pid of it.
    """
    for agreement in await step.of(AGREEMENTS).find(
        AGREEMENTS.wire_id.equals(wire_id), AGREEMENTS.role.equals("consumer"), limit=1
    ):
        if len(agreement.policy.permissions) == 1:
            for key, _ in owed_duties(agreement.policy):
                await trigger_elsewhere(step, clock, agreement, key, transfer, clock.now())


async def are_all_over(step: Step, agreement: str) -> bool:
    """Whether no duty of the agreement is open."""
    where = (DUTIES.agreement.equals(agreement), DUTIES.state.among(_OPEN))
    return not await step.of(DUTIES).find(*where, limit=1)


async def move_duty(
    step: Step,
    clock: Clock,
    record: DutyRecord,
    move: DutyMove,
    *,
    by: str,
    reason: str | None = None,
    **changes: Any,
) -> DutyRecord:
    """Change the state of a duty: save it, record evidence, set the next deadline and apply the consequences.

    Raises:
        ConflictError: `duty.wrong-state`.
    """
    to = target(record.state, move)
    if to is None:
        raise errors.DUTY_WRONG_STATE(state=record.state, move=move)
    after = replace(record, state=to, reason=reason, updated=clock.now(), **changes)
    await step.of(DUTIES).save(after)
    await _set_moment(step, after)
    await _record(step, clock, record.state, after, by=by)
    step.publish(after.id)
    step.publish(TOPIC)
    if move is DutyMove.LAPSE:
        await _add_consequences(step, clock, after)
    elif after.state.is_end:
        await _followed(step, clock, after)
    return after


async def _open(
    step: Step,
    clock: Clock,
    agreement: AgreementRecord,
    key: str,
    duty: Duty,
    *,
    parent: DutyRecord | None = None,
) -> DutyRecord:
    now, ours = clock.now(), stance(agreement, key)
    record = DutyRecord(
        id=clock.new_id(),
        context=agreement.context,
        agreement=agreement.id,
        wire_id=agreement.wire_id,
        key=key,
        action=duty.action,
        transfer=parent.transfer if parent else "",
        parent=parent.id if parent else "",
        peer=agreement.peer,
        owes=ours.owes,
        watches=ours.watches,
        debtor=ours.debtor,
        creditor=ours.creditor,
        trigger=trigger_of(duty),
        created=now,
        updated=now,
    )
    await step.of(DUTIES).add(record)
    return record


async def _of_transfer(
    step: Step, clock: Clock, agreement: AgreementRecord, key: str, duty: Duty, transfer: str
) -> DutyRecord | None:
    """Return the duty for this transfer to trigger: the pending one or a new one; None if it exists already."""
    if await find(step, agreement, key, transfer) is not None:
        return None
    await step.alone(f"duty {agreement.id} {key}")
    if await find(step, agreement, key, transfer) is not None:
        return None
    waiting = await find(step, agreement, key, "")
    if waiting is not None and waiting.state is DutyState.PENDING:
        return await step.of(DUTIES).lock(waiting.id)
    return await _open(step, clock, agreement, key, duty)


async def _trigger(step: Step, clock: Clock, record: DutyRecord, duty: Duty, at: datetime) -> DutyRecord:
    """Set the times of a duty, and trigger it now or at the moment that the duty names."""
    time = time_of(duty, at)
    record = replace(record, opens=time.opens, deadline=time.deadline)
    if time.opens is not None and time.opens > clock.now():
        await step.of(DUTIES).save(record)
        await _set_moment(step, record)
        return record
    return await move_duty(step, clock, record, DutyMove.TRIGGER, by=BY_TIME)


async def _add_consequences(step: Step, clock: Clock, record: DutyRecord) -> None:
    """Open and trigger the consequences of an overdue duty, counted from its deadline."""
    agreement = await step.of(AGREEMENTS).get(record.agreement)
    duty = duty_at(agreement.policy, record.key) if agreement else None
    if agreement is None or duty is None:
        return
    for key, inner in consequences(record.key, duty):
        added = await _open(step, clock, agreement, key, inner, parent=record)
        await _trigger(step, clock, added, inner, record.deadline or clock.now())


async def _followed(step: Step, clock: Clock, record: DutyRecord) -> None:
    """Apply what follows from the end of a duty: it may settle its parent duty or fulfil the agreement."""
    await _reported(step, clock, record)
    await _may_be_the_last(step, clock, record)
    before = await step.of(DUTIES).lock(record.parent) if record.parent else None
    if before is None or before.state is not DutyState.OVERDUE:
        return
    if record.state is DutyState.BREACHED:
        await move_duty(step, clock, before, DutyMove.BREACH, by=BY_TIME)
    elif (
        not (before.owes or before.watches)
        and _is_proven(before)
        and await are_consequences_done(step, before)
    ):
        remedied = await move_duty(step, clock, before, DutyMove.REMEDY, by=BY_TIME)
        agreement = await step.of(AGREEMENTS).get(before.agreement)
        if agreement is not None:
            await promise_duty_state(step, clock, agreement, remedied)


async def _reported(step: Step, clock: Clock, record: DutyRecord) -> None:
    """Report to the parties of a filed contract a duty that we fulfilled, or the breach of a duty that we are owed."""
    agreement = await step.of(AGREEMENTS).get(record.agreement)
    if agreement is None:
        return
    if record.owes and record.state.is_done:
        await usage_reports.report_fulfilment(step, clock, agreement)
    elif not (record.owes or record.watches) and record.state is DutyState.BREACHED:
        await usage_reports.report_breach(step, clock, agreement, record.key)


async def _may_be_the_last(step: Step, clock: Clock, record: DutyRecord) -> None:
    """Schedule a check whether a provided agreement with limited uses is fulfilled by the end of this duty."""
    agreement = await step.of(AGREEMENTS).get(record.agreement)
    if agreement is None or agreement.role != "provider":
        return
    if agreement.state is AgreementState.ACTIVE and is_spendable(agreement.policy):
        await step.deadlines.put(DeadlineKind.AGREEMENT, agreement.id, clock.now())


def _is_proven(record: DutyRecord) -> bool:
    """Whether the submitted proof is enough, with our confirmation if the duty needs one."""
    if record.proof is None:
        return False
    alone = record.proof.assurance in {Assurance.SELF_DECLARED, Assurance.OBSERVED}
    return not alone or not demand_of(Duty(action=record.action)).by_both


async def are_consequences_done(step: Step, record: DutyRecord) -> bool:
    """Whether all consequences of an overdue duty are done."""
    return all(
        each.state.is_done for each in await step.of(DUTIES).find(DUTIES.parent.equals(record.id), limit=1000)
    )


async def _open_ones(step: Step, agreement: str) -> AsyncIterator[DutyRecord]:
    """Yield the open duties of an agreement, oldest first."""
    after: str | None = None
    while page := await step.of(DUTIES).find(
        DUTIES.agreement.equals(agreement), DUTIES.state.among(_OPEN), after=after, limit=1000
    ):
        after = page[-1].id
        for record in page:
            yield record


async def _set_moment(step: Step, record: DutyRecord) -> None:
    """Set the deadline at which the duty is checked next, or drop it."""
    moment = {DutyState.PENDING: record.opens, DutyState.DUE: record.deadline}.get(record.state)
    if moment is None:
        await step.deadlines.drop(DeadlineKind.DUTY, record.id)
    else:
        await step.deadlines.put(DeadlineKind.DUTY, record.id, moment)


async def promise_duty_state(
    step: Step,
    clock: Clock,
    agreement: AgreementRecord,
    record: DutyRecord,
    *,
    triggered_at: datetime | None = None,
) -> None:
    """Queue a notice of the duty's state to the other side's node, with the proof if we owe the duty."""
    notice = DutyNotice(
        agreement=record.wire_id,
        duty=record.key,
        transfer=record.transfer,
        state=record.state,
        at=clock.now(),
        triggered=triggered_at,
        proof=record.proof if record.owes else None,
        reason=record.reason,
    )
    await notices.promise_notice(step, clock, agreement, f"duty-{record.state}", notice)


async def _record(step: Step, clock: Clock, before: DutyState, record: DutyRecord, *, by: str) -> None:
    facts: dict[str, Fact] = {
        "duty": record.key,
        "action": record.action,
        "debtor": record.debtor,
        "from": str(before),
        "to": str(record.state),
        "by": by,
    }
    moments = {"opens": record.opens, "deadline": record.deadline}
    facts |= {name: instant(moment) for name, moment in moments.items() if moment is not None}
    facts |= {
        name: text for name, text in {"transfer": record.transfer, "reason": record.reason}.items() if text
    }
    if record.proof is not None:  # its words came in a message, which is kept beside that message's own entry
        facts["proof"] = hashlib.sha256(msgspec.json.encode(record.proof, order="sorted")).hexdigest()
        facts["assurance"] = str(record.proof.assurance)
    await record_entry(
        step,
        clock,
        "duty.state",
        facts,
        process=record.id,
        agreement=record.wire_id,
        peer=record.peer,
    )


def duty_not_found() -> NotFoundError:
    """The error that there is no such duty between us and the caller."""
    return errors.DUTY_NOT_FOUND()


def _is_void(record: DutyRecord, *, was_used: bool) -> bool:
    """Whether the duty can no longer fall due, or is due for a use that will not come."""
    if record.state is DutyState.PENDING:
        return not was_used or (record.trigger is Trigger.USE and record.deadline is None)
    return record.state is DutyState.DUE and record.action in BEFORE_USE


def _way(before: DutyState, after: DutyState) -> list[DutyMove]:
    """The shortest path through the table of states; empty if there is none."""
    ways: dict[DutyState, list[DutyMove]] = {before: []}
    waiting = [before]
    for state in waiting:
        for each, to in TABLE[state].items():
            if to not in ways:
                ways[to] = [*ways[state], each]
                waiting.append(to)
    return ways.get(after, [])
