"""Deadlines: a duty falls due or becomes overdue, an agreement expires or is fulfilled."""

from datetime import datetime

from xinfu import odrl
from xinfu.dsp.transfer import State
from xinfu.errors import NotFoundError
from xinfu.odrl import Meter
from xinfu.odrl.engine.compile import CompiledRule
from xinfu.ports.records import AGREEMENTS, TRANSFERS, AgreementRecord, AgreementState, Deadline, DeadlineKind
from xinfu.ports.store import Step
from xinfu.services.agreements import duties, lifecycle
from xinfu.services.agreements.lifecycle import AgreementChange, AgreementMove
from xinfu.services.parts import DataParts, RecordParts
from xinfu.services.usage.facts import VAULT
from xinfu.services.usage.meters import counter_name


async def meet(parts: DataParts, deadline: Deadline) -> None:
    """Check the record whose deadline has come, in one step; of several workers the first one does it."""
    if deadline.kind is DeadlineKind.DUTY:
        async with parts.store.step(deadline.context) as step:
            await duties.look(step, parts.clock, deadline.id)
        return
    async with parts.store.step(deadline.context) as step:
        record = await _look(step, parts, deadline.id)
    if record is not None:
        lifecycle.stop_running(parts, record)


async def _look(step: Step, parts: RecordParts, id_: str) -> AgreementRecord | None:
    """Expire or fulfil the agreement if it is time, else set its next deadline; None if the agreement is gone."""
    try:
        record = await step.of(AGREEMENTS).lock(id_)
    except NotFoundError:
        await step.deadlines.drop(DeadlineKind.AGREEMENT, id_)
        return None
    now = parts.clock.now()
    us = parts.contexts.get(record.context).participant
    if not lifecycle.is_over(record.state) and record.until is not None and record.until <= now:
        return await lifecycle.apply(step, parts, record, AgreementChange(move=AgreementMove.EXPIRE, by=us))
    if record.state is AgreementState.ACTIVE and await _is_used_up(step, record, now):
        await duties.trigger_by_end(step, parts.clock, record)  # what waited for the last use is due
        if await duties.are_all_over(step, record.id):
            return await lifecycle.apply(
                step, parts, record, AgreementChange(move=AgreementMove.FULFIL, by=us)
            )
    if record.until is None or lifecycle.is_over(record.state):
        await step.deadlines.drop(DeadlineKind.AGREEMENT, id_)
    else:
        await step.deadlines.put(DeadlineKind.AGREEMENT, id_, record.until)
    return record


async def _is_used_up(step: Step, record: AgreementRecord, now: datetime) -> bool:
    """Whether every use that the policy permits is spent, and no transfer can still read or count one."""
    if record.role != "provider":
        return False
    program = odrl.compile(odrl.anchor(record.policy, record.concluded))
    for rule in program.permissions:
        if not rule.meters:
            return False
        for meter, limit in _limits(rule).items():
            used, held = await step.quotas.used(counter_name(record, meter, now))
            if limit is None or held or used < limit or meter.ends(now) is not None:
                return False
    open_ones = (
        TRANSFERS.agreement.equals(record.wire_id),
        TRANSFERS.state.among((State.REQUESTED, State.STARTED, State.SUSPENDED)),
    )
    if await step.of(TRANSFERS).find(*open_ones, limit=1):
        return False
    moved = await step.of(TRANSFERS).find(TRANSFERS.agreement.equals(record.wire_id), limit=1000)
    return all(
        each.environment != VAULT for each in moved
    )  # what lies in a vault is used, and counted, there


def _limits(rule: CompiledRule) -> dict[Meter, int | None]:
    """The highest limit of each meter of a permission; None: unlimited."""
    found: dict[Meter, int | None] = {}
    for each in rule.meters:
        known = found.get(each.meter)
        found[each.meter] = each.limit if known is None or each.limit is None else max(known, each.limit)
    return found
