"""Number reports as they are sent, and take those of each party of a contract once and in order."""

import msgspec
from msgspec.structs import replace

from xinfu.contracts import read_moment
from xinfu.contracts.messages import ExecutionRequest
from xinfu.contracts.reports import last_report
from xinfu.contracts.usage import ExecutionFeedback, FulfillmentProof
from xinfu.evidence.entry import Fact
from xinfu.ports.records import CONTRACTS, ContractRecord, OutboxRow
from xinfu.ports.records.outbox import ContractMessage
from xinfu.ports.store import Step
from xinfu.services.evidence.notes import record_entry
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.parts import RecordParts

Report = ExecutionFeedback | FulfillmentProof | ExecutionRequest


class ReportPosition(msgspec.Struct, frozen=True):
    """The number of our report, and the number of the last report that the same receiver has taken."""

    report_number: int
    report_after: int


def place_of(record: ContractRecord, row: OutboxRow, report: ContractMessage) -> ReportPosition:
    """The position of a report: numbered by its outbox row, after the last report that its receiver has taken."""
    return ReportPosition(row.id, record.told.get(report.receiver, 0))


async def was_told(step: Step, parts: RecordParts, row: OutboxRow, report: ContractMessage) -> None:
    """Record that the receiver has taken the report of a row."""
    held = await step.of(CONTRACTS).lock(report.contract)
    await step.of(CONTRACTS).save(replace(held, told=held.told | {report.receiver: row.id}))
    facts: dict[str, Fact] = {"number": held.contract.number, "interface": report.kind, "report": row.id}
    await record_entry(step, parts.clock, "usage.reported", facts, process=held.id, peer=report.receiver)


async def hear(
    step: Step, parts: RecordParts, arrival: Arrival, record: ContractRecord, message: Report
) -> ContractRecord | None:
    """Take a report that is fresh and in order, and return the locked contract; None if it repeats the last one.

    Raises:
        InputError: `contract.report-future`.
        ConflictError: `contract.report-replayed`, `contract.report-out-of-order`; nothing has changed.
    """
    held = await step.of(CONTRACTS).lock(record.id)
    said = message.report_time if isinstance(message, ExecutionRequest) else message.timestamp
    found = last_report(
        held.heard.get(arrival.peer),
        message,
        number=message.report_number,
        after=message.report_after,
        at=read_moment(said, "timestamp"),
        now=parts.clock.now(),
    )
    if found is None:
        return None
    held = replace(held, heard=held.heard | {arrival.peer: found})
    await step.of(CONTRACTS).save(held)
    return held
