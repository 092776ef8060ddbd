"""Send decisions on a contract's data to its provider: `/executionFeedback` (TC609-6-2025-15, 7.1.2.3 c, table 3).

Decisions of the vault and of fetches are reported by `agreements.usage_reports`; this is for those made elsewhere.
"""

from functools import partial

import msgspec
from msgspec.structs import replace

from xinfu.contracts import PartyType, message_bytes, write_signature
from xinfu.contracts.messages import DONE, StatusAnswer
from xinfu.contracts.usage import ExecutionFeedback, UsageApi
from xinfu.ports.records import ContractRecord
from xinfu.services.agreements import contract_record, seals
from xinfu.services.agreements.contract_record import us_in
from xinfu.services.agreements.usage_reports import Feedback
from xinfu.services.contracts.executing import must_be_filed
from xinfu.services.contracts.report_numbers import ReportPosition, hear
from xinfu.services.contracts.usage import about, connector_of, party_of, usage_facts, wrong_side
from xinfu.services.evidence.notes import record_entry, record_received
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.parts import ContractParts, RecordParts


async def send_feedback(parts: RecordParts, context: str, id_: str, said: Feedback) -> ContractRecord:
    """Record our decision on a contract's data, and queue it for the provider.

    Raises:
        NotFoundError: `contract.not-found`. ConflictError: `contract.not-filed-yet`.
        RefusedError: `contract.wrong-side`: we are its provider.
    """
    record = await contract_record.find_contract(parts, context, id_)
    must_be_filed(record.contract)
    us = us_in(parts, context, record.contract)
    if us.type is PartyType.PROVIDER:
        raise wrong_side()
    providers = [each.participant for each in record.contract.parties if each.type is PartyType.PROVIDER]
    async with parts.store.step(context) as step:
        told = usage_facts(record, us.participant) | {"result": said.result.value}
        await record_entry(step, parts.clock, "usage.feedback", told, process=record.id)
        for each in providers:
            payload = msgspec.json.encode(said)
            await contract_record.promise_message(step, parts, record, UsageApi.FEEDBACK.value, each, payload)
    return record


async def feedback_message(
    parts: ContractParts, record: ContractRecord, content: bytes, place: ReportPosition
) -> ExecutionFeedback:
    """Build the signed message of a decision."""
    said = msgspec.json.decode(content, type=Feedback)
    us, now = us_in(parts, record.context, record.contract), parts.clock.now().replace(microsecond=0)
    message = ExecutionFeedback(
        connector_id=connector_of(us),
        result=said.result,
        details=said.details or None,
        signature="-",
        report_number=place.report_number,
        report_after=place.report_after,
        **about(parts, record),
    )
    covered = partial(message_bytes, UsageApi.FEEDBACK, message)
    signature = await seals.sign_for(parts, record.context, covered, party=us.id, at=now)
    return replace(message, signature=write_signature(signature))


async def receive_feedback(
    parts: ContractParts, arrival: Arrival, message: ExecutionFeedback
) -> StatusAnswer:
    """Record a decision that a connector reports to us, the provider; a repeated report changes nothing.

    Raises:
        As `usage.party_of` and `hearing.hear`.
    """
    record = await party_of(parts, arrival, message, UsageApi.FEEDBACK)
    async with parts.store.step(arrival.context.id) as step:
        if await hear(step, parts, arrival, record, message) is None:
            return StatusAnswer(status=DONE)
        await record_received(step, parts.clock, arrival, type_=UsageApi.FEEDBACK.value, process=record.id)
        said = usage_facts(record, arrival.peer) | {
            "result": message.result.value,
            "outcome": _outcome(message),
        }
        await record_entry(step, parts.clock, "usage.feedback", said, process=record.id, peer=arrival.peer)
    return StatusAnswer(status=DONE)


def _outcome(message: ExecutionFeedback) -> str:
    """The outcome or refusal code in the details that a xinfu connector sends, up to 64 characters; "" for none."""
    said = message.details.get("outcome") if isinstance(message.details, dict) else None
    return said[:64] if isinstance(said, str) else ""
