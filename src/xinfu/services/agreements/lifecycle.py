"""The life of agreements: concluded, suspended, resumed, terminated, expired or fulfilled.

An agreement is known to both sides by its wire id. Its end stops what runs under it at once, whatever the
contract says about who may end it: without a clause the end is recorded as the ender's breach (D-23). The same
step queues the stop of its transfers and a notice to the other side, and triggers the duties that waited for the end.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from xinfu import odrl
from xinfu.dsp import Role
from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.dsp.notice import AgreementNotice
from xinfu.errors import ConflictError, NotFoundError, RefusedError
from xinfu.evidence.entry import Fact
from xinfu.odrl import Policy
from xinfu.odrl.control.lifetime import ends, is_spendable
from xinfu.ports.records import AGREEMENTS, AgreementRecord, AgreementState, DeadlineKind, outbox
from xinfu.ports.store import Step
from xinfu.services.agreements import contract_record, duties, errors, notices, usage_reports
from xinfu.services.evidence.notes import policy_digest, record_entry
from xinfu.services.memory.running import stop_topic
from xinfu.services.parts import DataParts, PeerParts, RecordParts


class AgreementMove(StrEnum):
    """A change to the state of an agreement."""

    SUSPEND = "suspend"
    RESUME = "resume"
    TERMINATE = "terminate"
    EXPIRE = "expire"
    FULFIL = "fulfil"


_ENDS: Final = {
    AgreementMove.TERMINATE: AgreementState.TERMINATED,
    AgreementMove.EXPIRE: AgreementState.EXPIRED,
}

TABLE: Final[Mapping[AgreementState, Mapping[AgreementMove, AgreementState]]] = {
    AgreementState.ACTIVE: {
        AgreementMove.SUSPEND: AgreementState.SUSPENDED,
        AgreementMove.FULFIL: AgreementState.FULFILLED,
        **_ENDS,
    },
    AgreementState.SUSPENDED: {
        AgreementMove.SUSPEND: AgreementState.SUSPENDED,
        AgreementMove.RESUME: AgreementState.ACTIVE,
        AgreementMove.FULFIL: AgreementState.FULFILLED,
        **_ENDS,
    },
    AgreementState.EXPIRED: {},
    AgreementState.FULFILLED: {},
    AgreementState.TERMINATED: {},
}

_MOVES: Final = {
    AgreementState.SUSPENDED: AgreementMove.SUSPEND,
    AgreementState.ACTIVE: AgreementMove.RESUME,
    AgreementState.TERMINATED: AgreementMove.TERMINATE,
}
_NAMES_ZH: Final = {
    AgreementState.SUSPENDED: "中止",
    AgreementState.EXPIRED: "到期",
    AgreementState.FULFILLED: "履行完毕",
}
_BY_TIME: Final = frozenset({AgreementMove.EXPIRE, AgreementMove.FULFIL})


class AgreementChange(msgspec.Struct, frozen=True, kw_only=True):
    """A requested change to an agreement, with its author and its reasons.

    Attributes:
        by: participant id of the one who does it.
        clause: the clause of the contract under which it is done; None is recorded as a breach, unless time or the
            fulfilment of all duties does it.
        retired: since when, if the suspension is a retirement.
        reported: whether the contract's interfaces have reported it already.
        ours: whether our side makes the change, so that transfers and the other side follow; else that side sees to it.
    """

    move: AgreementMove
    by: str
    clause: str | None = None
    reason: str | None = None
    retired: datetime | None = None
    reported: bool = False
    ours: bool = True


def is_over(state: AgreementState) -> bool:
    """Whether the state is final: no change leads out of it."""
    return not TABLE[state]


async def conclude(step: Step, parts: PeerParts, negotiation: ContractNegotiation) -> AgreementRecord:
    """Store the agreement of a finalized negotiation, in the caller's step."""
    agreement = negotiation.agreement
    if agreement is None:
        raise errors.AGREEMENT_MISSING()
    now = parts.clock.now()
    record = AgreementRecord(
        id=parts.clock.new_id(),
        context=negotiation.context,
        wire_id=agreement.id,
        negotiation=negotiation.id,
        role="consumer" if negotiation.role is Role.CONSUMER else "provider",
        peer=negotiation.peer,
        dataset=negotiation.dataset,
        policy=agreement.policy,
        purpose=negotiation.purpose,
        until=ends(odrl.anchor(agreement.policy, now)),
        concluded=now,
        updated=now,
    )
    await _begin(step, parts, record)
    await record_entry(
        step,
        parts.clock,
        "agreement.concluded",
        {
            "policy_digest": policy_digest(agreement.policy),
            "assigner": negotiation.provider,
            "assignee": negotiation.consumer,
            "local_id": record.id,
            "dataset": record.dataset,
        },
        process=negotiation.id,
        agreement=record.wire_id,
        peer=record.peer,
    )
    await contract_record.start_contract(step, parts, record)
    step.publish("agreements")
    return record


async def take_over(
    parts: RecordParts,
    context: str,
    *,
    wire_id: str,
    peer: str,
    dataset: str,
    role: Literal["consumer", "provider"],
    policy: Policy,
    purpose: str | None = None,
) -> AgreementRecord:
    """Store an agreement that was made elsewhere, under the id that both sides know.

    Raises:
        ConflictError: `agreement.exists`.
    """
    now = parts.clock.now()
    async with parts.store.step(context) as step:
        await step.alone(f"agreement {wire_id}")
        if await by_wire_id(step, wire_id, role) is not None:
            raise errors.AGREEMENT_EXISTS()
        record = AgreementRecord(
            id=parts.clock.new_id(),
            context=context,
            wire_id=wire_id,
            negotiation="",
            role=role,
            peer=peer,
            dataset=dataset,
            policy=policy,
            purpose=purpose,
            until=ends(odrl.anchor(policy, now)),
            concluded=now,
            updated=now,
        )
        await _begin(step, parts, record)
        ours = parts.contexts.get(context).participant
        await record_entry(
            step,
            parts.clock,
            "agreement.concluded",
            {
                "policy_digest": policy_digest(policy),
                "assigner": ours if role == "provider" else peer,
                "assignee": peer if role == "provider" else ours,
                "local_id": record.id,
                "dataset": dataset,
                "imported": True,
            },
            agreement=wire_id,
            peer=peer,
        )
    return record


async def by_wire_id(
    step: Step, wire_id: str, role: Role | Literal["consumer", "provider"]
) -> AgreementRecord | None:
    """The agreement that both sides call `wire_id`, in which we have `role`."""
    found = await step.of(AGREEMENTS).find(
        AGREEMENTS.wire_id.equals(wire_id), AGREEMENTS.role.equals(role), limit=1
    )
    return found[0] if found else None


async def of_negotiations(step: Step, ids: Sequence[str]) -> Mapping[str, AgreementRecord]:
    """The agreements that these negotiations concluded, by negotiation id."""
    found = await step.of(AGREEMENTS).find(AGREEMENTS.negotiation.among(ids), limit=1000) if ids else []
    return {each.negotiation: each for each in found}


async def change(
    parts: DataParts,
    context: str,
    id_: str,
    to: AgreementState,
    *,
    by: str,
    clause: str | None = None,
    reason: str | None = None,
    retired: datetime | None = None,
) -> AgreementRecord:
    """Suspend, resume or terminate an agreement; stop its running uses in this call and notify the other side.

    Args:
        by, clause, retired: as `AgreementChange`.

    Raises:
        NotFoundError: `agreement.not-found`.
        ConflictError: `agreement.over`, `agreement.not-suspended`, `agreement.not-ours`.
    """
    wanted = AgreementChange(move=_MOVES[to], by=by, clause=clause, reason=reason, retired=retired)
    async with parts.store.step(context) as step:
        changed = await apply(step, parts, await step.of(AGREEMENTS).lock(id_), wanted)
    stop_running(parts, changed)
    return changed


def is_breach(record: AgreementRecord) -> bool:
    """Whether one side ended or suspended the agreement without a clause of the contract (D-23)."""
    by_one_side = record.state in {AgreementState.TERMINATED, AgreementState.SUSPENDED}
    return by_one_side and record.ended_clause is None


async def apply(
    step: Step, parts: RecordParts, record: AgreementRecord, wanted: AgreementChange
) -> AgreementRecord:
    """Apply a change in the caller's step, which holds the record; call `stop_running` after it.

    Raises:
        As `change`.
    """
    to = TABLE[record.state].get(wanted.move)
    if to is None:
        raise _no_move(record)
    if wanted.move is AgreementMove.RESUME and record.suspenders and wanted.by not in record.suspenders:
        raise errors.AGREEMENT_NOT_OURS()
    left = _suspenders(record, wanted)
    lifted = wanted.move is AgreementMove.RESUME and bool(left)
    to = AgreementState.SUSPENDED if lifted else to
    first, too, *_ = *sorted(left), None, None
    changed = replace(
        record,
        state=to,
        epoch=record.epoch + 1,
        suspended_by=first,
        suspended_too=too,
        ended_by=wanted.by if is_over(to) else record.ended_by,
        ended_clause=record.ended_clause if lifted else wanted.clause,
        reason=record.reason if lifted else wanted.reason,
        retired=_retired(record, wanted) if left else None,
        updated=parts.clock.now(),
    )
    await step.of(AGREEMENTS).save(changed)
    await _record(step, parts, record, changed, wanted)
    if is_over(to):
        await duties.trigger_by_end(step, parts.clock, changed)
        await step.deadlines.drop(DeadlineKind.AGREEMENT, record.id)
        in_time = wanted.move in _BY_TIME
        await contract_record.end_with_agreement(
            step,
            parts,
            changed,
            by=wanted.by,
            in_time=in_time,
            ours=wanted.ours,
            reason=wanted.reason or str(wanted.move),
        )
        if in_time:
            await usage_reports.report_fulfilment(step, parts.clock, changed)
    # Ours were suspended by us; where the other side lifts the last suspension, they go on by us too.
    if wanted.ours or to is AgreementState.ACTIVE:
        await _let_transfers_follow(step, parts, changed, wanted)
    if wanted.ours:
        await _promise_notice(step, parts, changed, wanted)
        if wanted.move is AgreementMove.SUSPEND and not wanted.reported:
            await usage_reports.report_suspension(
                step, parts.clock, changed, wanted.reason or str(wanted.move)
            )
    step.publish(record.id)
    if to is not AgreementState.ACTIVE:
        step.publish(stop_topic(step.context, ended(changed), agreement=record.id))
    return changed


def _suspenders(record: AgreementRecord, wanted: AgreementChange) -> frozenset[str]:
    """Return the sides that suspend the agreement after the change; each side changes only its own suspension."""
    match wanted.move:
        case AgreementMove.SUSPEND:
            return record.suspenders | {wanted.by}
        case AgreementMove.RESUME:
            return record.suspenders - {wanted.by}
    return frozenset()


def _retired(record: AgreementRecord, wanted: AgreementChange) -> datetime | None:
    """The moment since which we have retired the suspended agreement; the other side does not change it."""
    if wanted.ours and wanted.move is AgreementMove.RESUME:
        return None
    return wanted.retired or record.retired


async def replace_end(
    step: Step, parts: RecordParts, record: AgreementRecord, to: AgreementState, wanted: AgreementChange
) -> AgreementRecord:
    """Replace the recorded end of an agreement by another one, without repeating the consequences of an end.

    `settling` decides whether this is allowed.
    """
    changed = replace(
        record,
        state=to,
        ended_by=wanted.by,
        ended_clause=wanted.clause,
        reason=wanted.reason,
        updated=parts.clock.now(),
    )
    await step.of(AGREEMENTS).save(changed)
    await _record(step, parts, record, changed, wanted)
    step.publish(record.id)
    return changed


def stop_running(parts: DataParts, record: AgreementRecord) -> None:
    """Stop the uses under an agreement that is not active, after the step that changed it."""
    if record.state is not AgreementState.ACTIVE:
        parts.running.stop(record.context, ended(record), agreement=record.id)


async def look_at(step: Step, parts: RecordParts, wire_id: str) -> None:
    """Schedule a check whether a provided agreement with limited uses is fulfilled."""
    record = await by_wire_id(step, wire_id, "provider")
    if record is not None and not is_over(record.state) and is_spendable(record.policy):
        await step.deadlines.put(DeadlineKind.AGREEMENT, record.id, parts.clock.now())


async def _begin(step: Step, parts: RecordParts, record: AgreementRecord) -> None:
    """Store a new agreement, with its duties and its end.

    Raises:
        ConflictError: `agreement.exists`: the store has one of this wire id, or of this negotiation.
    """
    try:
        await step.of(AGREEMENTS).add(record)
    except ConflictError as error:
        raise errors.AGREEMENT_EXISTS() from error
    await duties.begin_duties(step, parts.clock, record)
    if record.until is not None:
        await step.deadlines.put(DeadlineKind.AGREEMENT, record.id, record.until)


async def _let_transfers_follow(
    step: Step, parts: RecordParts, record: AgreementRecord, wanted: AgreementChange
) -> None:
    """Queue the stop or restart of the transfers; at an end by time the consumer leaves it to the provider."""
    if wanted.move not in _BY_TIME or record.role == "provider":
        stop = outbox.TransferStop(agreement=record.id, kind=str(wanted.move))
        await step.outbox.add(stop, due=parts.clock.now())


async def _promise_notice(
    step: Step, parts: RecordParts, record: AgreementRecord, wanted: AgreementChange
) -> None:
    """Queue a notice of the change for the other side; an expiry needs none, since each side has its own clock."""
    if wanted.move is not AgreementMove.EXPIRE:
        notice = AgreementNotice(
            agreement=record.wire_id,
            move=str(wanted.move),
            at=parts.clock.now(),
            clause=wanted.clause,
            reason=wanted.reason,
            epoch=record.epoch,
        )
        await notices.promise_notice(step, parts.clock, record, f"agreement-{wanted.move}", notice)


async def _record(
    step: Step, parts: RecordParts, before: AgreementRecord, record: AgreementRecord, wanted: AgreementChange
) -> None:
    breach = wanted.clause is None and wanted.move not in _BY_TIME
    if record.state is AgreementState.TERMINATED:
        kind, reason = "agreement.terminated", wanted.reason or wanted.clause or "breach"
        facts: dict[str, Fact] = {
            "reason": reason,
            "by": wanted.by,
            "clause": wanted.clause or "",
            "breach": breach,
        }
    else:
        kind = "agreement.state"
        facts = {"from": str(before.state), "to": str(record.state), "by": wanted.by}
        facts |= {"breach": breach} if wanted.move is AgreementMove.SUSPEND else {}
        facts |= {"move": str(wanted.move)} if before.state is record.state else {}
        facts |= {
            name: text for name, text in {"clause": wanted.clause, "reason": wanted.reason}.items() if text
        }
    await record_entry(
        step,
        parts.clock,
        kind,
        facts,
        agreement=record.wire_id,
        process=record.negotiation,
        peer=record.peer,
    )


def _no_move(record: AgreementRecord) -> ConflictError:
    if is_over(record.state):
        return errors.AGREEMENT_OVER()
    return errors.AGREEMENT_NOT_SUSPENDED()


def ended(record: AgreementRecord) -> RefusedError:
    """The error that nothing can be used under this agreement any more."""
    if record.state is AgreementState.FULFILLED:
        return errors.COUNT_EXHAUSTED(agreement=record.wire_id)
    return errors.AGREEMENT(
        agreement=record.wire_id,
        reason=record.reason or "",
        state=record.state.lower(),
        state_zh=_NAMES_ZH.get(record.state, "终止"),
    )


def agreement_not_found() -> NotFoundError:
    """The error that there is no such agreement between us and the caller."""
    return errors.AGREEMENT_NOT_FOUND()
