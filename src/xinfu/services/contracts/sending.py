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
from xinfu.services.contracts.report_numbers import was_told
from xinfu.services.evidence.notes import record_entry
from xinfu.services.parts import ContractParts, Parts, RecordParts

_log = logging.getLogger(__name__)

TRIES: Final = 8
"""Tries of a message that the other side refuses."""

_REPORTS: Final = frozenset({ContractApi.EXECUTION.value, UsageApi.FEEDBACK.value, UsageApi.PROOF.value})

BackOff: TypeAlias = Callable[[OutboxRow], timedelta]


async def deliver(parts: Parts, row: OutboxRow, back_off: BackOff) -> None:
    """Deliver the message of a row, or settle a row that names no receiver.

    Raises:
        XinfuError: it cannot be worked out yet, or the store does not take it; it is tried again.
    """
    id_ = row.process.partition(" ")[0]
    async with parts.store.view(row.context) as view:
        record = await view.of(CONTRACTS).get(id_)
    if record is None:
        async with parts.store.step(row.context) as step:
            await step.outbox.done(row.id)
        return
    if not row.peer:
        await _for_all(parts, record, row)
        return
    try:
        await _said(parts, record, row)
    except XinfuError as error:
        await _failed(parts, row, record, error, back_off)
        return
    async with parts.store.step(row.context) as step:
        if await step.outbox.done(row.id) and row.kind in _REPORTS:
            await was_told(step, parts, row)


async def _for_all(parts: Parts, record: ContractRecord, row: OutboxRow) -> None:
    """Settle a row without a receiver: file the contract, or queue a row for each receiver."""
    if row.kind == UsageApi.PROOF:
        await fulfilment.prove(parts, row.context, record.id, row=row)
    elif row.kind == ContractApi.REGISTRATE:
        await platform_signing.file_signed(parts, record, row)
    else:
        await stopping.promise_stops(parts, record, row)


async def _said(parts: ContractParts, record: ContractRecord, row: OutboxRow) -> None:
    if row.kind == ContractApi.REGISTRATE:
        await filing.file(parts, row.context, record.id)
        return
    if row.kind == UsageApi.ABNORMAL and await stopping.is_lifted(parts, record):
        return
    message = await _built(parts, record, row)
    answer = NegotiateAnswer if row.kind == ContractApi.NEGOTIATE else StatusAnswer
    to = (
        await platform_of(parts)
        if row.peer == parts.contracting.platform
        else await party_at(parts, row.context, row.peer)
    )
    await ask(parts, row.context, to, row.kind, message, answer)


async def _failed(
    parts: RecordParts, row: OutboxRow, record: ContractRecord, error: XinfuError, back_off: BackOff
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
            _log.warning("a contract message was not taken", extra={"peer": row.peer, "code": error.code})
            code = error.facts.get("code", error.code)
            facts = {"code": code, "interface": row.kind}
            await record_entry(step, parts.clock, "refusal", facts, process=record.id, peer=row.peer)


async def _built(parts: ContractParts, record: ContractRecord, row: OutboxRow) -> msgspec.Struct:
    """Build the message for the interface that the row names."""
    match row.kind:
        case ContractApi.NEGOTIATE:
            return signing.signing_message(parts, record)
        case ContractApi.TERMINATE:
            return await ending.termination_message(parts, record, row.payload)
        case ContractApi.EXECUTION:
            return executing.report_message(parts, record, row)
        case UsageApi.STRATEGY:
            return await executing.strategy_message(parts, record)
        case UsageApi.FEEDBACK:
            return await feedback.feedback_message(parts, record, row)
        case UsageApi.ABNORMAL:
            return stopping.stop_message(parts, record, row)
        case _:
            return await fulfilment.proof_message(parts, record, row)
