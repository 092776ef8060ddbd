"""Stop the use under a contract as its provider: `/abnormalTermination` (TC609-6-2025-15, 7.1.2.4 g, table 4).

A stop suspends the agreement at both sides, so what runs ends within its second, and it can be resumed like any
suspension. Whenever a provider suspends an agreement, for any reason, the others and the platform get this message.
"""

from typing import Final

import msgspec

from xinfu.contracts import PartyType
from xinfu.contracts.messages import DONE, StatusAnswer
from xinfu.contracts.usage import AbnormalTermination, StopOrigin, UsageApi
from xinfu.ports.records import AGREEMENTS, AgreementRecord, ContractRecord, OutboxRow
from xinfu.ports.store import Step
from xinfu.services.agreements import contract_record, lifecycle, settling
from xinfu.services.agreements.contract_record import us_in
from xinfu.services.agreements.lifecycle import AgreementChange, AgreementMove
from xinfu.services.agreements.usage_reports import UsageStop
from xinfu.services.contracts.executing import find_contract, must_be_filed
from xinfu.services.contracts.usage import about, connector_of, must_fit, usage_facts, wrong_side
from xinfu.services.evidence.notes import record_entry, record_received
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.parts import DataParts, PeerParts, RecordParts

CLAUSE: Final = "abnormalTermination"


async def stop(parts: DataParts, context: str, id_: str, *, reason: str) -> ContractRecord:
    """Stop the consumer's use under a contract of which we are the provider.

    Raises:
        NotFoundError: `contract.not-found`. RefusedError: `contract.wrong-side`: we are not its provider.
        ConflictError: `contract.not-filed-yet`.
    """
    record = await contract_record.find_contract(parts, context, id_)
    must_be_filed(record.contract)
    us = us_in(parts, context, record.contract)
    if us.type is not PartyType.PROVIDER:
        raise wrong_side()
    wanted = AgreementChange(move=AgreementMove.SUSPEND, by=us.participant, clause=CLAUSE, reason=reason)
    async with parts.store.step(context) as step:
        stopped = await _suspended(step, parts, record, wanted)
    if stopped is not None:
        lifecycle.stop_running(parts, stopped)
    return record


async def promise_stops(parts: DataParts, record: ContractRecord, row: OutboxRow, content: bytes) -> None:
    """Queue a stop for the other parties and the platform; a stop by the system suspends the agreement first."""
    said = msgspec.json.decode(content, type=UsageStop)
    us, platform = us_in(parts, record.context, record.contract), must_be_filed(record.contract)
    stopped: AgreementRecord | None = None
    async with parts.store.step(row.context) as step:
        if not await step.outbox.done(row.id):
            return
        if said.by is StopOrigin.SYSTEM:
            wanted = AgreementChange(
                move=AgreementMove.SUSPEND,
                by=us.participant,
                clause=CLAUSE,
                reason=said.reason,
                reported=True,
            )
            stopped = await _suspended(step, parts, record, wanted)
        told = usage_facts(record, us.participant) | {"termination": said.termination, "reason": said.reason}
        await record_entry(step, parts.clock, "usage.stopped", told, process=record.id)
        for each in [*contract_record.others(record, us.participant), platform]:
            await contract_record.promise_message(step, parts, record, UsageApi.ABNORMAL.value, each, content)
    if stopped is not None:
        lifecycle.stop_running(parts, stopped)


async def is_lifted(parts: RecordParts, record: ContractRecord) -> bool:
    """Whether we have lifted the stop by now, so that its messages are no longer sent."""
    async with parts.store.view(record.context) as view:
        found = await view.of(AGREEMENTS).find(
            AGREEMENTS.wire_id.equals(record.agreement), AGREEMENTS.role.equals("provider"), limit=1
        )
    return any(not lifecycle.is_over(each.state) and not each.suspenders - {each.peer} for each in found)


def stop_message(parts: PeerParts, record: ContractRecord, content: bytes) -> AbnormalTermination:
    """Build the message of a stop; it has no signature of its own."""
    said = msgspec.json.decode(content, type=UsageStop)
    us = us_in(parts, record.context, record.contract)
    return AbnormalTermination(
        connector_id=connector_of(us),
        termination_id=said.termination,
        reason=said.reason,
        triggered_by=said.by,
        **about(parts, record),
    )


async def receive_stop(parts: DataParts, arrival: Arrival, message: AbnormalTermination) -> StatusAnswer:
    """Stop our use under a contract because its provider requires it; a repeat leaves it stopped.

    Raises:
        NotFoundError: `contract.not-found`. RefusedError: `contract.not-a-party`, `contract.wrong-side`.
        ProtocolError: `contract.differs`.
    """
    record = await find_contract(parts, arrival, message.contract_id)
    party = record.contract.party(arrival.peer)
    if party is None or party.type is not PartyType.PROVIDER:
        raise wrong_side()
    must_fit(record, message.strategy_id)
    wanted = AgreementChange(
        move=AgreementMove.SUSPEND, by=arrival.peer, clause=CLAUSE, reason=message.reason, ours=False
    )
    async with parts.store.step(arrival.context.id) as step:
        held = await _suspended(step, parts, record, wanted)
        await record_received(step, parts.clock, arrival, type_=UsageApi.ABNORMAL.value, process=record.id)
        said = usage_facts(record, arrival.peer)
        said |= {"termination": message.termination_id, "reason": message.reason}
        await record_entry(step, parts.clock, "usage.stopped", said, process=record.id, peer=arrival.peer)
    if held is not None:
        lifecycle.stop_running(parts, held)
    return StatusAnswer(status=DONE)


async def _suspended(
    step: Step, parts: RecordParts, record: ContractRecord, wanted: AgreementChange
) -> AgreementRecord | None:
    """Suspend the agreement of a contract; None if it is over, or unknown."""
    where = (AGREEMENTS.wire_id.equals(record.agreement or "-"),)
    for found in await step.of(AGREEMENTS).find(*where, limit=10):
        held = await step.of(AGREEMENTS).lock(found.id)
        if lifecycle.is_over(held.state):
            continue
        if wanted.by in held.suspenders:
            return held
        held = await lifecycle.apply(step, parts, held, wanted)
        if not wanted.ours:  # a stop states no epoch, so one that comes late is found by asking
            await settling.ask(step, parts, held)
        return held
    return None
