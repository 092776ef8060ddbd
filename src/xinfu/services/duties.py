"""Duties of agreements: made when they are agreed on, triggered, proven, overdue; an entry of evidence a move.

Both sides keep the same duties. Each triggers and lapses them by its own clock; who owes hands in proofs, who is owed
decides what they are worth, and its word is followed. A duty that was not done in time refuses the next use; what is
due in addition then is a duty of its own, and only with that done is the first one remedied.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from xinfu.dsp.notice import DutyNotice
from xinfu.errors import ConflictError, InputError, NotFoundError
from xinfu.evidence import instant
from xinfu.evidence.entry import Fact
from xinfu.odrl import Decision, Duty, Effect, Policy, Reason
from xinfu.odrl.compile import BEFORE_USE
from xinfu.odrl.duties import (
    TABLE,
    DutyMove,
    DutyState,
    Trigger,
    consequences,
    duty_at,
    owed,
    target,
    time_of,
    trigger_of,
)
from xinfu.odrl.proofs import Assurance, Proof, lacking, wanted_of
from xinfu.ports.clock import Clock
from xinfu.ports.records import AgreementRecord, DeadlineKind, DutyRecord
from xinfu.ports.store import Step
from xinfu.services import notices
from xinfu.services.parts import Parts
from xinfu.services.proof import note, policy_digest
from xinfu.verdict import Verdict

TOPIC: Final = "duties"
"""Told whenever a duty has moved."""
BY_TIME: Final = "time"
"""Who moved it, where nobody did but the clock."""
_READ: Final = frozenset({"reviewPolicy", "acceptTracking"})
"""Duties whose proof has to name the policy."""


async def agreed(step: Step, clock: Clock, agreement: AgreementRecord) -> None:
    """The duties of a new agreement; those that nothing else triggers are due."""
    for key, duty in owed(agreement.policy):
        record = await _open(step, clock, agreement, key, duty)
        if record.trigger is Trigger.AGREEMENT:
            await _trigger(step, clock, record, duty, agreement.concluded)


async def used(
    step: Step, clock: Clock, agreement: AgreementRecord, keys: Sequence[str], transfer: str
) -> None:
    """A use under these duties has taken place; each is triggered once a transfer, and the consumer is told.

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
            await _tell(step, clock, agreement, triggered, triggered_at=now)


async def ended(step: Step, clock: Clock, agreement: AgreementRecord) -> None:
    """The agreement has come to its end: what waited for that is due, and what can never come is void."""
    now = clock.now()
    was_used = await step.transfers.count({"agreement": agreement.wire_id}) > 0
    for record in await _open_ones(step, agreement.id):
        duty = duty_at(agreement.policy, record.key)
        if (
            record.trigger is Trigger.END
            and record.state is DutyState.PENDING
            and was_used
            and duty is not None
        ):
            await _trigger(step, clock, record, duty, now)
        elif _is_void(record, was_used=was_used):
            await move(step, clock, record, DutyMove.VOID, by=BY_TIME)


async def look(step: Step, clock: Clock, id_: str) -> None:
    """A moment of the duty has come: it is due now, or overdue; or there is another moment to wait for."""
    try:
        record = await step.duties.lock(id_)
    except NotFoundError:
        await step.deadlines.drop(DeadlineKind.DUTY, id_)
        return
    now = clock.now()
    if record.state is DutyState.PENDING and record.opens is not None and record.opens <= now:
        record = await move(step, clock, record, DutyMove.TRIGGER, by=BY_TIME)
    if record.state is DutyState.DUE and record.deadline is not None and record.deadline <= now:
        await move(step, clock, record, DutyMove.LAPSE, by=BY_TIME)
    else:
        await _set_moment(step, record)


async def fulfil(parts: Parts, context: str, id_: str, proof: Proof | None) -> DutyRecord:
    """Hand in the proof of a duty of ours; of one that we are owed, say yes to the proof that was handed in.

    Args:
        proof: None, where the other side has handed one in. What a plane of this node did is handed in with the
            assurance OBSERVED.

    Raises:
        NotFoundError: `duty.not-found`. ConflictError: `duty.no-proof`, `duty.wrong-state`.
        InputError: `duty.proof-incomplete`.
    """
    async with parts.store.step(context) as step:
        record, agreement = await _held(step, id_)
        proof = proof or (None if record.owes else record.proof)
        if proof is None:
            raise _no_proof()
        if record.owes:
            return await prove(step, parts.clock, agreement, record, proof)
        return await accept(step, parts.clock, agreement, record, proof)


async def decide(
    parts: Parts, context: str, id_: str, decided: DutyMove, *, reason: str | None
) -> DutyRecord:
    """Refuse a proof, waive a duty that we are owed, or declare it breached; the other side's node is told.

    Raises:
        NotFoundError: `duty.not-found`. ConflictError: `duty.not-owed`, `duty.wrong-state`.
    """
    async with parts.store.step(context) as step:
        record, agreement = await _held(step, id_)
        if record.owes:
            raise ConflictError(
                "duty.not-owed",
                "We owe this duty; only the other side can decide on it.",
                "该义务由我方承担，只能由对方作出决定。",
            )
        changes: dict[str, Any] = {"proof": None} if decided is DutyMove.REFUSE else {}
        record = await move(step, parts.clock, record, decided, by=agreement.role, reason=reason, **changes)
        await _tell(step, parts.clock, agreement, record)
        return record


async def prove(
    step: Step, clock: Clock, agreement: AgreementRecord, record: DutyRecord, proof: Proof
) -> DutyRecord:
    """The same for a duty of ours, in the caller's step, which holds it; the other side's node decides.

    Raises:
        As `fulfil`.
    """
    _check(agreement.policy, record, proof)
    record = await move(step, clock, record, DutyMove.CLAIM, by=agreement.role, proof=proof)
    await _tell(step, clock, agreement, record)
    return record


async def proven(
    step: Step, clock: Clock, agreement: AgreementRecord, record: DutyRecord, proof: Proof, *, by: str
) -> DutyRecord:
    """Who owes the duty proves it; done where its word is enough, else it waits for ours.

    Raises:
        InputError: `duty.proof-incomplete`. ConflictError: `duty.wrong-state`.
    """
    duty = _check(agreement.policy, record, proof)
    if proof.assurance is not Assurance.OBSERVED:
        proof = replace(proof, assurance=Assurance.SELF_DECLARED)  # nobody else's word is its to give
    if wanted_of(duty).by_both:
        return await move(step, clock, record, DutyMove.CLAIM, by=by, proof=proof)
    return await _count(step, clock, record, proof, by=by)


async def accept(
    step: Step, clock: Clock, agreement: AgreementRecord, record: DutyRecord, proof: Proof
) -> DutyRecord:
    """Say yes to a proof, whichever way it came; in the caller's step, which holds the duty.

    Raises:
        As `fulfil`.
    """
    _check(agreement.policy, record, proof)
    both = replace(proof, assurance=max(proof.assurance, Assurance.COUNTER_SIGNED, key=list(Assurance).index))
    record = await _count(step, clock, record, both, by=agreement.role)
    await _tell(step, clock, agreement, record)
    return record


async def follow(
    step: Step, clock: Clock, record: DutyRecord, state: DutyState, *, by: str, reason: str | None = None
) -> DutyRecord:
    """Go the shortest way to where the one who is owed says that the duty stands; where none leads, stay."""
    for each in _way(record.state, state):
        record = await move(step, clock, record, each, by=by, reason=reason)
    return record


async def find(step: Step, agreement: AgreementRecord, key: str, transfer: str) -> DutyRecord | None:
    """The duty that both sides know under this key and transfer, the newest."""
    where = {"agreement": agreement.id, "transfer": transfer}
    found = [each for each in await step.duties.find(where, limit=1000) if each.key == key]
    return found[-1] if found else None


async def triggered_elsewhere(
    step: Step, clock: Clock, agreement: AgreementRecord, key: str, transfer: str, at: datetime
) -> DutyRecord | None:
    """The provider has seen a use; the duty is ours from the same moment on. None: there is no such duty."""
    duty = duty_at(agreement.policy, key)
    if duty is None or trigger_of(duty) is not Trigger.USE:
        return None
    record = await _of_transfer(step, clock, agreement, key, duty, transfer)
    if record is None:
        return await find(step, agreement, key, transfer)
    at = min(max(at, agreement.concluded), clock.now())
    return await _trigger(step, clock, replace(record, transfer=transfer), duty, at)


async def landed(step: Step, clock: Clock, wire_id: str, transfer: str) -> None:
    """Data has come from a provider whose node tells us nothing of duties: what follows from its use is due.

    Which permission the use went by only the provider knows; where there are several, nothing is taken for granted.

    Args:
        transfer: the provider's pid of it.
    """
    for agreement in await step.agreements.find({"wire_id": wire_id, "role": "consumer"}, limit=1):
        if len(agreement.policy.permissions) == 1:
            for key, _ in owed(agreement.policy):
                await triggered_elsewhere(step, clock, agreement, key, transfer, clock.now())


async def overdue(step: Step, agreement: AgreementRecord) -> DutyRecord | None:
    """A duty of the agreement that was not done in time; while there is one, nothing is used."""
    if not _has_duties(agreement.policy):
        return None
    where = {"agreement": agreement.id, "state": (str(DutyState.OVERDUE), str(DutyState.BREACHED))}
    found = await step.duties.find(where, limit=1)
    return found[0] if found else None


def denied(late: DutyRecord) -> Decision:
    """The no to a use while a duty is overdue: which one, since when, and what would help."""
    since = instant(late.deadline) if late.deadline else ""
    code = "duty.overdue" if late.state is DutyState.OVERDUE else "duty.breached"
    reason = Reason(
        code=code,
        verdict="no",
        rule=late.key,
        path=late.key,
        operand=late.action,
        action=late.action,
        wanted=(since,),
    )
    return Decision(effect=Effect.DENY, verdict=Verdict.NO, reasons=(reason,))


async def done(step: Step, agreement: AgreementRecord) -> frozenset[str]:
    """Keys of the duties of the agreement as a whole that are done."""
    if not _has_duties(agreement.policy):
        return frozenset()
    where = {"agreement": agreement.id, "transfer": ""}
    return frozenset(each.key for each in await step.duties.find(where, limit=1000) if each.state.is_done)


async def are_all_over(step: Step, agreement: str) -> bool:
    """Whether nothing is left to be done."""
    return not await _open_ones(step, agreement)


async def move(
    step: Step,
    clock: Clock,
    record: DutyRecord,
    move: DutyMove,
    *,
    by: str,
    reason: str | None = None,
    **changes: Any,
) -> DutyRecord:
    """One move of a duty: its state, its evidence, its next moment, and what follows.

    Raises:
        ConflictError: `duty.wrong-state`.
    """
    to = target(record.state, move)
    if to is None:
        raise ConflictError(
            "duty.wrong-state",
            f"A duty that is {record.state} cannot {move}.",
            f"义务处于 {record.state} 状态，不能执行 {move}。",
            facts={"state": str(record.state)},
        )
    after = replace(record, state=to, reason=reason, updated=clock.now(), **changes)
    await step.duties.save(after)
    await _set_moment(step, after)
    await _note(step, clock, record.state, after, by=by)
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
    now = clock.now()
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
        owes=agreement.role == "consumer",
        trigger=trigger_of(duty),
        created=now,
        updated=now,
    )
    await step.duties.add(record)
    return record


async def _of_transfer(
    step: Step, clock: Clock, agreement: AgreementRecord, key: str, duty: Duty, transfer: str
) -> DutyRecord | None:
    """The duty to be triggered by this transfer: the one that waits for a first use, else one more; None: it was."""
    if await find(step, agreement, key, transfer) is not None:
        return None
    await step.alone(f"duty {agreement.id} {key}")
    if await find(step, agreement, key, transfer) is not None:
        return None
    waiting = await find(step, agreement, key, "")
    if waiting is not None and waiting.state is DutyState.PENDING:
        return await step.duties.lock(waiting.id)
    return await _open(step, clock, agreement, key, duty)


async def _trigger(step: Step, clock: Clock, record: DutyRecord, duty: Duty, at: datetime) -> DutyRecord:
    """Due from now on, or from the moment that the duty names."""
    time = time_of(duty, at)
    record = replace(record, opens=time.opens, deadline=time.deadline)
    if time.opens is not None and time.opens > clock.now():
        await step.duties.save(record)
        await _set_moment(step, record)
        return record
    return await move(step, clock, record, DutyMove.TRIGGER, by=BY_TIME)


async def _add_consequences(step: Step, clock: Clock, record: DutyRecord) -> None:
    """Its time is over: what is due in addition is due from then on."""
    agreement = await step.agreements.get(record.agreement)
    duty = duty_at(agreement.policy, record.key) if agreement else None
    if agreement is None or duty is None:
        return
    for key, inner in consequences(record.key, duty):
        added = await _open(step, clock, agreement, key, inner, parent=record)
        await _trigger(step, clock, added, inner, record.deadline or clock.now())


async def _count(step: Step, clock: Clock, record: DutyRecord, proof: Proof, *, by: str) -> DutyRecord:
    """A proof that is enough: done, or if it comes late, remedied as soon as all that was due in addition is done."""
    if record.state is not DutyState.OVERDUE:
        return await move(step, clock, record, DutyMove.FULFIL, by=by, proof=proof)
    record = await move(step, clock, record, DutyMove.CLAIM, by=by, proof=proof)
    if await _added_are(step, record):
        return await move(step, clock, record, DutyMove.REMEDY, by=by)
    return record


async def _followed(step: Step, clock: Clock, record: DutyRecord) -> None:
    """The end of a duty: of one that was due in addition, it may settle the one before; of the last, the agreement."""
    await step.deadlines.put(DeadlineKind.AGREEMENT, record.agreement, clock.now())
    before = await step.duties.get(record.parent) if record.parent else None
    if before is None or before.state is not DutyState.OVERDUE:
        return
    if record.state is DutyState.BREACHED:
        await move(step, clock, before, DutyMove.BREACH, by=BY_TIME)
    elif not before.owes and _is_proven(before) and await _added_are(step, before):
        await move(step, clock, before, DutyMove.REMEDY, by=BY_TIME)


def _is_proven(record: DutyRecord) -> bool:
    """Whether what was handed in is enough, with our word where it takes that."""
    if record.proof is None:
        return False
    alone = record.proof.assurance in {Assurance.SELF_DECLARED, Assurance.OBSERVED}
    return not alone or not wanted_of(Duty(action=record.action)).by_both


async def _added_are(step: Step, record: DutyRecord) -> bool:
    """Whether all that became due in addition is done."""
    return all(each.state.is_done for each in await step.duties.find({"parent": record.id}, limit=1000))


async def _open_ones(step: Step, agreement: str) -> list[DutyRecord]:
    states = [str(state) for state in DutyState if not state.is_end]
    return await step.duties.find({"agreement": agreement, "state": states}, limit=1000)


async def _held(step: Step, id_: str) -> tuple[DutyRecord, AgreementRecord]:
    """The duty, held until the step ends, and its agreement."""
    record = await step.duties.lock(id_)
    agreement = await step.agreements.get(record.agreement)
    if agreement is None:
        raise not_found()
    return record, agreement


async def _set_moment(step: Step, record: DutyRecord) -> None:
    """When the duty has to be looked at next."""
    moment = {DutyState.PENDING: record.opens, DutyState.DUE: record.deadline}.get(record.state)
    if moment is None:
        await step.deadlines.drop(DeadlineKind.DUTY, record.id)
    else:
        await step.deadlines.put(DeadlineKind.DUTY, record.id, moment)


async def _tell(
    step: Step,
    clock: Clock,
    agreement: AgreementRecord,
    record: DutyRecord,
    *,
    triggered_at: datetime | None = None,
) -> None:
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
    await notices.promise(step, clock, agreement, f"duty-{record.state}", notice)


async def _note(step: Step, clock: Clock, before: DutyState, record: DutyRecord, *, by: str) -> None:
    facts: dict[str, Fact] = {
        "duty": record.key,
        "action": record.action,
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
    await note(
        step,
        clock,
        "duty.state",
        facts,
        process=record.id,
        agreement=record.wire_id,
        peer=record.peer,
    )


def not_found() -> NotFoundError:
    """No such duty, or not between us and the one who asks."""
    return NotFoundError("duty.not-found", "There is no such duty.", "没有这项义务。")


def _no_proof() -> ConflictError:
    return ConflictError(
        "duty.no-proof",
        "No proof was handed in.",
        "尚未提交履行证明。",
        help_en="Give the proof that you have, or waive the duty.",
        help_zh="请提供已有的证明，或免除该义务。",
    )


def _check(policy: Policy, record: DutyRecord, proof: Proof) -> Duty:
    """The duty, if the proof states what it asks for."""
    duty = duty_at(policy, record.key)
    if duty is None:
        raise not_found()
    missing = list(lacking(duty, proof))
    if duty.action in _READ and policy_digest(policy) not in proof.digests:
        missing.append("digests")
    if missing:
        names = ", ".join(missing)
        raise InputError(
            "duty.proof-incomplete",
            f"The proof of {duty.action} does not count: {names} is missing or does not fit.",
            f"“{duty.action}”的履行证明无效：{names} 缺失或不符。",
            facts={"fields": names},
        )
    return duty


def _has_duties(policy: Policy) -> bool:
    return next(owed(policy), None) is not None


def _is_void(record: DutyRecord, *, was_used: bool) -> bool:
    """Whether what the duty belongs to was never used, so that it never will be due."""
    if record.state is DutyState.PENDING:
        return not was_used or (record.trigger is Trigger.USE and record.deadline is None)
    return record.state is DutyState.DUE and record.action in BEFORE_USE


def _way(before: DutyState, after: DutyState) -> list[DutyMove]:
    """The shortest way through the table; empty where there is none."""
    ways: dict[DutyState, list[DutyMove]] = {before: []}
    waiting = [before]
    for state in waiting:
        for each, to in TABLE[state].items():
            if to not in ways:
                ways[to] = [*ways[state], each]
                waiting.append(to)
    return ways.get(after, [])
