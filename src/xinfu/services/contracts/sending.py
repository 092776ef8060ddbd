"""Deliver queued messages about a contract to its parties and its platform, built and signed as they are sent.

An outbox row names the interface and the receiver; the message is built from the contract as it is by then. A receiver
that is away is tried again until time is up; one that refuses is tried a few times more, since it may not have the
contract yet, and then the refusal is recorded.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final, TypeAlias

import msgspec

from xinfu.contracts.messages import ContractApi, NegotiateAnswer, StatusAnswer
from xinfu.contracts.usage import UsageApi
from xinfu.errors import XinfuError
from xinfu.ports.records import CONTRACTS, ContractRecord, OutboxRow
from xinfu.ports.records.outbox import ContractMessage
from xinfu.services.contracts import (
    ending,
    executing,
    feedback,
    filing,
    fulfilment,
    platform_signing,
    signing,
    stopping,
)
from xinfu.services.contracts.calling import ask, party_at, platform_of
from xinfu.services.contracts.report_numbers import place_of, was_told
from xinfu.services.evidence.notes import record_entry
from xinfu.services.parts import ContractParts, Parts, RecordParts

_log = logging.getLogger(__name__)

TRIES: Final = 8
"""Tries of a message that the other side refuses."""

_REPORTS: Final = frozenset({ContractApi.EXECUTION.value, UsageApi.FEEDBACK.value, UsageApi.PROOF.value})

BackOff: TypeAlias = Callable[[OutboxRow], timedelta]


async def deliver(parts: Parts, row: OutboxRow, promise: ContractMessage, back_off: BackOff) -> None:
    """Deliver the message of a row, or settle a row that names no receiver.

    Raises:
        XinfuError: it cannot be worked out yet, or the store does not take it; it is tried again.
    """
    async with parts.store.view(row.context) as view:
        record = await view.of(CONTRACTS).get(promise.contract)
    if record is None:
        async with parts.store.step(row.context) as step:
            await step.outbox.done(row.id)
        return
    if not promise.receiver:
        await _for_all(parts, record, row, promise)
        return
    try:
        await _send(parts, record, row, promise)
    except XinfuError as error:
        await _failed(parts, row, promise, error, back_off)
        return
    async with parts.store.step(row.context) as step:
        if await step.outbox.done(row.id) and promise.kind in _REPORTS:
            await was_told(step, parts, row, promise)


async def _for_all(parts: Parts, record: ContractRecord, row: OutboxRow, promise: ContractMessage) -> None:
    """Settle a message without a receiver: file the contract, or queue a message for each receiver."""
    if promise.kind == UsageApi.PROOF:
        await fulfilment.prove(parts, row.context, record.id, row=row)
    elif promise.kind == ContractApi.REGISTRATE:
        await platform_signing.file_signed(parts, record, row)
    else:
        await stopping.promise_stops(parts, record, row, promise.content)


async def _send(
    parts: ContractParts, record: ContractRecord, row: OutboxRow, promise: ContractMessage
) -> None:
    if promise.kind == ContractApi.REGISTRATE:
        await filing.file(parts, row.context, record.id)
        return
    if promise.kind == UsageApi.ABNORMAL and await stopping.is_lifted(parts, record):
        return
    message = await _built(parts, record, row, promise)
    answer = NegotiateAnswer if promise.kind == ContractApi.NEGOTIATE else StatusAnswer
    to = (
        await platform_of(parts)
        if promise.receiver == parts.contracting.platform
        else await party_at(parts, row.context, promise.receiver)
    )
    await ask(parts, row.context, to, promise.kind, message, answer)


async def _failed(
    parts: RecordParts, row: OutboxRow, promise: ContractMessage, error: XinfuError, back_off: BackOff
) -> None:
    """Schedule another try, or record that the message was not taken."""
    now = parts.clock.now()
    refused = error.code == "platform.refused"
    over = row.attempts + 1 >= TRIES if refused else now - row.created >= parts.give_up_after
    async with parts.store.step(row.context) as step:
        if not over:
            await step.outbox.retry(row.id, due=now + back_off(row), error=error.code)
            return
        if await step.outbox.done(row.id):
            peer = promise.receiver
            _log.warning("a contract message was not taken", extra={"peer": peer, "code": error.code})
            code = error.facts.get("code", error.code)
            facts = {"code": code, "interface": promise.kind}
            await record_entry(step, parts.clock, "refusal", facts, process=promise.contract, peer=peer)


async def _built(
    parts: ContractParts, record: ContractRecord, row: OutboxRow, promise: ContractMessage
) -> msgspec.Struct:
    """Build the message for the interface that the row names."""
    content, place = promise.content, place_of(record, row, promise)
    match promise.kind:
        case ContractApi.NEGOTIATE:
            return signing.signing_message(parts, record)
        case ContractApi.TERMINATE:
            return await ending.termination_message(parts, record, content)
        case ContractApi.EXECUTION:
            return executing.report_message(parts, record, content, place)
        case UsageApi.STRATEGY:
            return await executing.strategy_message(parts, record)
        case UsageApi.FEEDBACK:
            return await feedback.feedback_message(parts, record, content, place)
        case UsageApi.ABNORMAL:
            return stopping.stop_message(parts, record, content)
        case _:
            return await fulfilment.proof_message(parts, record, content, place)
