"""Messages from peers: each is accepted, decided on and answered in one step (decision 0007)."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from xinfu import dsp
from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.errors import ConflictError
from xinfu.ports.records import Event, Order, OutboxRow, outbox
from xinfu.ports.store import Step
from xinfu.services.exchange.arrival import AFTER_A_CRASH, Arrival, Reply
from xinfu.services.exchange.tokens import claim_read
from xinfu.services.offering.offers import Assessment
from xinfu.services.parts import Parts, RecordParts
from xinfu.services.processes import requests, steps
from xinfu.services.processes.family import Acceptance, Family, K, M, MessageContent, P
from xinfu.services.processes.negotiation import NEGOTIATION
from xinfu.services.processes.transfer import TRANSFER

_log = logging.getLogger(__name__)

FAMILIES: Final[Mapping[str, Family[Any, Any, Any]]] = {
    NEGOTIATION.name: NEGOTIATION,
    TRANSFER.name: TRANSFER,
}


async def open_process(parts: Parts, family: Family[P, M, K], arrival: Arrival, message: M) -> Reply:
    """Accept a peer's first message, which opens a process.

    Raises:
        As `steps.take_opening`. Nothing was stored.
    """
    async with parts.store.step(arrival.context.id) as step:
        accepted = await steps.take_opening(step, parts, family, arrival, message)
        await _decided(step, parts, family, arrival, accepted)
        return _reply(family, accepted.record, created=accepted.created, release=accepted.record.id)


async def continue_process(
    parts: Parts, family: Family[P, M, K], arrival: Arrival, pid: str, message: M
) -> Reply:
    """Accept a peer's message for an open process; streams that it ends are stopped after the commit.

    Raises:
        As `steps.take`; InputError: `address.refused`. Nothing was stored.
    """
    if family.check is not None:
        family.check(parts, message)
    async with parts.store.step(arrival.context.id) as step:
        accepted = await steps.take(step, parts, family, arrival, pid, message)
        await _decided(step, parts, family, arrival, accepted)
        reply = _reply(family, accepted.record, release=accepted.record.id)
    if family.stop is not None:
        family.stop(parts, accepted.record)
    return reply


async def show_process(parts: RecordParts, family: Family[P, M, K], arrival: Arrival, pid: str) -> Reply:
    """The state of a process, to its counterparty only (R-CN-15, R-TP-13)."""
    await claim_read(parts.store, arrival)
    async with parts.store.view(arrival.context.id) as view:
        record = await view.of(family.records).get(pid)
    if record is None or record.peer != arrival.peer:
        raise family.not_found()
    return _reply(family, record)


async def decide_later(parts: Parts, row: OutboxRow, event: outbox.ProcessEvent) -> None:
    """Decide on an event that was left for later, in one step."""
    family, order = FAMILIES[event.family], event.order
    if not order.claims and family.claims is not None:
        order = replace(order, claims=await family.claims(parts, row.context, event))
    async with parts.store.step(row.context) as step:
        # before the row, as all code does, to avoid deadlock
        record = await step.of(family.records).lock(event.process)
        if not await step.outbox.done(row.id):
            return
        if not record.held and not record.is_over:
            record = await _decide(step, parts, family, record, event.kind, order, parts.clock.now())
    if family.stop is not None:
        family.stop(parts, record)


def _reply(family: Family[P, M, K], record: P, *, created: bool = False, release: str | None = None) -> Reply:
    """The acknowledgement: the process as the other side may see it."""
    body = dsp.write(family.acknowledgement(record))
    return Reply(status=201 if created else 200, body=body, release=release)


async def _decided(
    step: Step, parts: Parts, family: Family[P, M, K], arrival: Arrival, accepted: Acceptance[P]
) -> None:
    """Decide on our answer to a message; it leaves only after the acknowledgement has gone out (D-11, R-CN-16)."""
    record, event = accepted.record, accepted.event
    if event is None:
        return
    if not record.is_over and not record.held:
        order = Order(claims=dict(arrival.caller.participant.claims))
        due = parts.clock.now() + AFTER_A_CRASH
        await _decide(step, parts, family, record, event, order, due, accepted.assessment)
    if event is Event.FINALIZED and isinstance(record, ContractNegotiation) and record.then_pull:
        await requests.request_agreed(step, parts, record)


async def _decide(
    step: Step,
    parts: Parts,
    family: Family[P, M, K],
    record: P,
    event: Event,
    order: Order,
    due: datetime,
    assessment: Assessment | None = None,
) -> P:
    """Choose an act and take it; an act that no longer fits is skipped, any other failure is retried later."""
    try:
        choice = await family.choose(step, parts, record, event, order, assessment)
        said = MessageContent(claims=order.claims, reasons=choice.reasons)
        after = await steps.perform(step, parts, family, record, choice.act, said, due=due)
    except ConflictError as error:
        _log.info("answer no longer fits", extra={"process_id": record.id, "code": error.code})
        return record
    if choice.rest:
        left = replace(order, acts=tuple(str(act) for act in choice.rest))
        await steps.add_order(step, family, after, event, left, due=due)
    return after
