"""Bring both sides of an agreement to one state, even if a notice was lost or two of them crossed.

Each side states its state of the agreement, and both follow the same rule:

- an end ranks above a suspension, and a suspension above an active agreement;
- of two ends a termination ranks above fulfilment, and fulfilment above expiry: both sides show who decided to
  end it, with clause and reason. An end that both have stated to each other no longer changes, nor does an end that is
  older than the time for which a node tries to deliver a notice;
- each side owns one suspension, its own. Only that side sets and lifts it, and the agreement goes on when neither is left.
  So two notices that cross never change the same thing, and a state of a later epoch prevails over an older one;
- only the provider counts, so no consumer makes it fulfilled; and no clock but our own makes it expire before `until`.

A side asks when it has a reason to doubt: the other one did not take a notice, or refused a transfer or a read because
of the agreement while ours goes on. It waits for `QUIET` before it asks, and asks nothing without such a reason.
"""

from datetime import datetime, timedelta
from typing import Final, Self

import msgspec
from msgspec.structs import replace

from xinfu.dsp import Role
from xinfu.dsp.notice import NoticeAnswer, StandingNotice, write_notice
from xinfu.evidence.entry import Fact
from xinfu.ports.records import AGREEMENTS, AgreementRecord, AgreementState, OutboxRow, outbox
from xinfu.ports.store import Step
from xinfu.services.agreements import lifecycle
from xinfu.services.agreements.lifecycle import AgreementChange, AgreementMove
from xinfu.services.evidence.notes import record_entry
from xinfu.services.parts import RecordParts

QUIET: Final = timedelta(seconds=10)
"""A notice that is on its way comes sooner than this."""
ASKED_FOR: Final = timedelta(days=30)
"""How long a side that does not answer is asked, ever more rarely."""
DOUBTS: Final = frozenset(
    {"agreement.suspended", "agreement.terminated", "agreement.expired", "count.exhausted"}
)
"""Codes with which the other side refuses because of the state of the agreement."""
_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(hours=6)
_DOUBLINGS: Final = 9
_HEIGHT: Final = {
    AgreementState.ACTIVE: 0,
    AgreementState.SUSPENDED: 1,
    AgreementState.EXPIRED: 2,
    AgreementState.FULFILLED: 3,
    AgreementState.TERMINATED: 4,
}
_ENDS: Final = {
    AgreementState.EXPIRED: AgreementMove.EXPIRE,
    AgreementState.FULFILLED: AgreementMove.FULFIL,
    AgreementState.TERMINATED: AgreementMove.TERMINATE,
}


class SideState(msgspec.Struct, frozen=True, kw_only=True):
    """The state of an agreement at one side; `by` is the participant that suspended or ended it, if stated.

    In a suspended state `by` is the side itself if it suspends the agreement, else the other side.
    Of two states that one side reported, the one with the lower `epoch` is older.
    """

    state: AgreementState
    by: str | None = None
    clause: str | None = None
    reason: str | None = None
    epoch: int | None = None

    @classmethod
    def of(cls, record: AgreementRecord) -> Self:
        """Return the state of the agreement at this node."""
        by = record.ended_by
        if record.state is AgreementState.SUSPENDED:
            by = next(iter(record.suspenders - {record.peer} or record.suspenders), None)
        return cls(
            state=record.state, by=by, clause=record.ended_clause, reason=record.reason, epoch=record.epoch
        )

    @classmethod
    def told(cls, said: StandingNotice | NoticeAnswer) -> Self | None:
        """Return the state that the other side reports; None if this node does not know that state."""
        known = {str(each): each for each in AgreementState}
        if said.state not in known:
            return None
        return cls(
            state=known[said.state], by=said.by, clause=said.clause, reason=said.reason, epoch=said.epoch
        )

    def answer(self) -> NoticeAnswer:
        """The state as an answer to a notice."""
        return NoticeAnswer(
            state=str(self.state), by=self.by, clause=self.clause, reason=self.reason, epoch=self.epoch
        )


def prevails(theirs: SideState, record: AgreementRecord, now: datetime, *, within: timedelta) -> bool:
    """Whether we adopt the other side's state, by the rule of this module.

    Args:
        within: the greatest age of our own end at which it still gives way to another one.
    """
    ours = record.state
    if _is_late(theirs, record):
        return False
    if lifecycle.is_over(theirs.state):
        if theirs.state is AgreementState.FULFILLED and record.role == "provider":
            return False
        if theirs.state is AgreementState.EXPIRED and record.until is not None and record.until > now:
            return False
        firm = lifecycle.is_over(ours) and (record.end_shared or now - record.updated > within)
        return not firm and _HEIGHT[theirs.state] > _HEIGHT[ours]
    return not lifecycle.is_over(ours) and _suspends(theirs, record) is not (record.peer in record.suspenders)


def _suspends(theirs: SideState, record: AgreementRecord) -> bool:
    """Whether the other side reports a suspension of its own; its report does not change our suspension."""
    return theirs.state is AgreementState.SUSPENDED and theirs.by == record.peer


def _is_late(theirs: SideState, record: AgreementRecord) -> bool:
    """Whether a newer report of the other side is known; a report of an end never counts as outdated."""
    old = theirs.epoch is not None and theirs.epoch < record.peer_epoch
    return old and not lifecycle.is_over(theirs.state)


async def settle(
    step: Step, parts: RecordParts, record: AgreementRecord, theirs: SideState
) -> AgreementRecord:
    """Adopt the other side's state if it prevails, with evidence; the caller's step holds the record.

    Call `lifecycle.stop_running` after the step, as after any change.
    """
    now = parts.clock.now()
    if theirs.epoch is not None and theirs.epoch > record.peer_epoch:
        record = replace(record, peer_epoch=theirs.epoch)
        await step.of(AGREEMENTS).save(record)
    if not prevails(theirs, record, now, within=parts.give_up_after):
        return await record_shared_end(step, record, theirs.state)
    move = _ENDS.get(theirs.state) or (
        AgreementMove.SUSPEND if _suspends(theirs, record) else AgreementMove.RESUME
    )
    wanted = AgreementChange(
        move=move, by=record.peer, clause=theirs.clause, reason=theirs.reason, ours=False
    )
    if move in lifecycle.TABLE[record.state]:
        after = await lifecycle.apply(step, parts, record, wanted)
    else:
        after = await lifecycle.replace_end(step, parts, record, theirs.state, wanted)
    facts: dict[str, Fact] = {"from": str(record.state), "to": str(after.state), "by": record.peer}
    facts |= {name: text for name, text in (("clause", theirs.clause), ("reason", theirs.reason)) if text}
    await record_entry(
        step,
        parts.clock,
        "agreement.settled",
        facts,
        agreement=record.wire_id,
        process=record.negotiation or None,
        peer=record.peer,
    )
    return await record_shared_end(step, after, theirs.state)


async def record_shared_end(step: Step, record: AgreementRecord, theirs: AgreementState) -> AgreementRecord:
    """Record that both sides have stated the same end to each other."""
    if theirs is not record.state or not lifecycle.is_over(record.state) or record.end_shared:
        return record
    known = replace(record, end_shared=True)
    await step.of(AGREEMENTS).save(known)
    return known


async def ask(step: Step, parts: RecordParts, record: AgreementRecord, *, after: timedelta = QUIET) -> None:
    """Queue a question to the other side for its state of the agreement, unless one is queued already."""
    question = _question(record, parts.clock.now())
    if not await step.outbox.of(question.queue):
        await step.outbox.add(question, due=parts.clock.now() + after)


async def doubt(step: Step, parts: RecordParts, wire_id: str, role: Role, code: str | None) -> None:
    """Ask the other side for its state if its refusal `code` suggests that it differs from ours."""
    if code not in DOUBTS:
        return
    record = await lifecycle.by_wire_id(step, wire_id, role)
    known = record is None or lifecycle.is_over(record.state) or code == f"agreement.{record.state.lower()}"
    if record is not None and not known:
        await ask(step, parts, record)


async def drop_question(step: Step, parts: RecordParts, record: AgreementRecord) -> None:
    """Remove the queued question; the other side has reported its state."""
    for row in await step.outbox.of(_question(record, parts.clock.now()).queue):
        await step.outbox.done(row.id)


async def current(parts: RecordParts, context: str, question: outbox.StateQuestion) -> outbox.StateQuestion:
    """Return the question with the current state of the agreement at this node."""
    async with parts.store.view(context) as view:
        record = await view.of(AGREEMENTS).get(question.agreement)
    return question if record is None else _question(record, parts.clock.now())


def pause(row: OutboxRow) -> timedelta:
    """The pause before a side that did not answer is asked again: doubling from a minute to six hours."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * (1 << min(row.attempts, _DOUBLINGS)))


def _question(record: AgreementRecord, now: datetime) -> outbox.StateQuestion:
    ours = SideState.of(record)
    notice = StandingNotice(
        agreement=record.wire_id,
        state=str(ours.state),
        at=now,
        by=ours.by,
        clause=ours.clause,
        reason=ours.reason,
        epoch=ours.epoch,
    )
    return outbox.StateQuestion(agreement=record.id, peer=record.peer, body=write_notice(notice))
