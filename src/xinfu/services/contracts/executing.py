"""Carry out a filed contract: the platform sends it to the connectors, and they report what they do.

The first of either moves it from signed to executing; a party that has not filed it itself gets its receipt this way.
A report is sent on request; the standard wants reports from time to time, but names no period. Follows: TC609-6-2025-14, B.6; TC609-6-2025-15, 9.1, table 2; decision 0019.
"""

from functools import partial
from typing import Any

import msgspec
from msgspec.structs import replace

from xinfu.contracts import (
    DigitalContract,
    Event,
    Mover,
    Status,
    digest_of,
    message_bytes,
    read_signature,
    strategy_id,
    strategy_version,
    text_of,
    write_moment,
    write_receipt,
    write_signature,
)
from xinfu.contracts.messages import (
    DONE,
    ContractApi,
    ExecutedStrategy,
    ExecutionRequest,
    StatusAnswer,
)
from xinfu.contracts.usage import StrategySend, UsageApi
from xinfu.evidence.entry import Fact
from xinfu.ports.records import CONTRACTS, ContractRecord
from xinfu.ports.store import Step
from xinfu.services.agreements import contract_record, seals
from xinfu.services.agreements.contract_record import not_a_party, us_in
from xinfu.services.contracts import errors
from xinfu.services.contracts.calling import strategy_field
from xinfu.services.contracts.checking import read_contract
from xinfu.services.contracts.filing import lock_agreement, receipt_of, save_receipt
from xinfu.services.contracts.report_numbers import ReportPosition, hear
from xinfu.services.evidence.notes import record_entry, record_received
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.parts import ContractParts, PeerParts, RecordParts


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A report of what was done under a contract: actions of table 4, the result, and details in words."""

    actions: tuple[str, ...]
    result: str
    details: str = ""


async def report(parts: RecordParts, context: str, id_: str, said: Report) -> ContractRecord:
    """Report to the other parties and the platform what we have done under a filed contract.

    Raises:
        NotFoundError: `contract.not-found`. ConflictError: `contract.not-filed-yet`, `contract.state`.
    """
    record = await contract_record.find_contract(parts, context, id_)
    us = us_in(parts, context, record.contract).participant
    async with parts.store.step(context) as step:
        held = await step.of(CONTRACTS).lock(record.id)
        filing = must_be_filed(held.contract)
        held = await _executed(step, parts, held, said, by=us)
        for each in [*contract_record.others(held, us), filing]:
            payload = msgspec.json.encode(said)
            await contract_record.promise_message(
                step, parts, held, ContractApi.EXECUTION.value, each, payload
            )
    return held


def report_message(
    parts: PeerParts, record: ContractRecord, content: bytes, place: ReportPosition
) -> ExecutionRequest:
    """Build the message of a report."""
    said = msgspec.json.decode(content, type=Report)
    contract = record.contract
    return ExecutionRequest(
        contract_name=contract.name,
        contract_id=contract.number,
        strategy=strategy_field(parts, contract),
        executed_strategy=ExecutedStrategy(
            executed_strategy_id=strategy_id(contract),
            executed_actions=said.actions,
            execution_result=said.result,
            execution_details=said.details or None,
        ),
        report_time=write_moment(parts.clock.now(), parts.contracting.dates),
        report_number=place.report_number,
        report_after=place.report_after,
    )


async def receive_report(parts: RecordParts, arrival: Arrival, message: ExecutionRequest) -> StatusAnswer:
    """Record the report of a party; a repeated report changes nothing.

    Raises:
        NotFoundError: `contract.not-found`. RefusedError: `contract.not-a-party`.
        ConflictError: `contract.not-filed-yet`, `contract.state`. As `hearing.hear`.
    """
    record = await find_contract(parts, arrival, message.contract_id)
    done = message.executed_strategy
    said = Report(
        actions=done.executed_actions, result=done.execution_result, details=done.execution_details or ""
    )
    async with parts.store.step(arrival.context.id) as step:
        must_be_filed(record.contract)
        held = await hear(step, parts, arrival, record, message)
        if held is None:
            return StatusAnswer(status=DONE)
        await record_received(step, parts.clock, arrival, type_=ContractApi.EXECUTION.value, process=held.id)
        await _executed(step, parts, held, said, by=arrival.peer)
    return StatusAnswer(status=DONE)


async def strategy_message(parts: ContractParts, record: ContractRecord) -> StrategySend:
    """Build the signed message with which the platform sends a filed contract to a connector."""
    contract, now = record.contract, parts.clock.now().replace(microsecond=0)
    message = StrategySend(
        contract_id=contract.number,
        strategy_id=strategy_id(contract),
        strategy_version=strategy_version(contract),
        transaction_execution_strategy={
            "contractName": contract.name,
            "strategy": strategy_field(parts, contract),
            "contractExpansionItem": text_of(contract).decode(),
        },
        expansion_item={"receipt": write_receipt(contract.filing)} if contract.filing else None,
        issued_at=write_moment(now, parts.contracting.dates),
        signature="-",
    )
    us = parts.contexts.get(record.context).participant
    covered = partial(message_bytes, UsageApi.STRATEGY, message)
    signature = await seals.sign_for(parts, record.context, covered, party=us, at=now)
    return replace(message, signature=write_signature(signature))


class ExecutionStrategy(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`transactionExecutionStrategy`: the digital contract in the form of -14."""

    contract_name: str
    strategy: Any
    contract_expansion_item: str


async def receive_strategy(parts: ContractParts, arrival: Arrival, message: StrategySend) -> StatusAnswer:
    """Take the filed contract from our platform if it equals the contract that we signed; a repeat changes nothing.

    Raises:
        InputError, ProtocolError, PeerError: it cannot be read, or differs from what we signed.
        NotFoundError: `contract.not-found`. RefusedError: `contract.not-a-party`, `contract.signature-wrong`.
    """
    if arrival.peer != parts.contracting.platform:
        raise not_a_party()
    contract = _handed(message)
    covered = partial(message_bytes, UsageApi.STRATEGY, message)
    standing = await seals.signature_standing(
        parts, read_signature(message.signature), covered, holder=arrival.peer, entity=""
    )
    seals.must_hold(standing, arrival.peer)
    record = await find_contract(parts, arrival, contract.number)
    if digest_of(record.contract) != digest_of(contract):
        raise errors.CONTRACT_DIFFERS_FROM_SIGNED()
    receipt = receipt_of(_receipt_text(message), record.contract, arrival.peer)
    seals.must_hold(await seals.receipt_standing(parts, record.contract, receipt), receipt.platform)
    async with parts.store.step(arrival.context.id) as step:
        agreement = await lock_agreement(step, record)
        held = await step.of(CONTRACTS).lock(record.id)
        if held.contract.status is not Status.SIGNED:
            return StatusAnswer(status=DONE)
        await record_received(step, parts.clock, arrival, type_=UsageApi.STRATEGY.value, process=held.id)
        held = await save_receipt(step, parts, held, agreement, receipt)
        await contract_record.move_contract(step, parts, held, Event.EXECUTE, Mover.PLATFORM, by=arrival.peer)
        facts = {
            "number": contract.number,
            "strategy": message.strategy_id,
            "version": message.strategy_version,
            "by": arrival.peer,
        }
        await record_entry(step, parts.clock, "usage.strategy", facts, process=held.id, peer=arrival.peer)
    return StatusAnswer(status=DONE)


async def find_contract(parts: RecordParts, arrival: Arrival, number: str) -> ContractRecord:
    """Find the contract with a number; refuse a sender that is not a party of it.

    Raises:
        NotFoundError: `contract.not-found`. RefusedError: `contract.not-a-party`.
    """
    async with parts.store.view(arrival.context.id) as view:
        record = await contract_record.of_number(view, number)
    if record is None:
        raise contract_record.contract_not_found()
    if record.contract.party(arrival.peer) is None:
        raise not_a_party()
    return record


def must_be_filed(contract: DigitalContract) -> str:
    """Return the platform that has filed a contract; refuse a contract that is not filed.

    Raises:
        ConflictError: `contract.not-filed-yet`.
    """
    if contract.filing is None:
        raise errors.CONTRACT_NOT_FILED_YET()
    return contract.filing.platform


async def _executed(
    step: Step, parts: RecordParts, record: ContractRecord, said: Report, *, by: str
) -> ContractRecord:
    """Record a report; the first one moves the contract to executing."""
    if record.contract.status is not Status.EXECUTING:
        record = await contract_record.move_contract(step, parts, record, Event.EXECUTE, Mover.PARTY, by=by)
    facts: dict[str, Fact] = {
        "number": record.contract.number,
        "by": by,
        "actions": list(said.actions),
        "result": said.result,
        "details": said.details,
    }
    await record_entry(step, parts.clock, "contract.executed", facts, process=record.id)
    return record


def _handed(message: StrategySend) -> DigitalContract:
    """Read the contract of a message, and check that its strategy id and version follow from it."""
    try:
        found = msgspec.convert(message.transaction_execution_strategy, ExecutionStrategy)
    except msgspec.ValidationError as error:
        raise errors.CONTRACT_DIFFERS_FROM_SIGNED() from error
    contract = read_contract(
        found.contract_expansion_item, message.contract_id, found.contract_name, found.strategy
    )
    if (message.strategy_id, message.strategy_version) != (strategy_id(contract), strategy_version(contract)):
        raise errors.CONTRACT_DIFFERS_FROM_SIGNED()
    return contract


def _receipt_text(message: StrategySend) -> str:
    item = message.expansion_item
    return str(item.get("receipt", "")) if isinstance(item, dict) else ""
