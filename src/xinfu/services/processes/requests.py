"""Processes that we open: requests for an agreement or for its data, and unsolicited offers.

Each function opens one process in one step: its record, its first message, and the callbacks about it.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from xinfu import dsp
from xinfu.dsp import DataAddress
from xinfu.dsp import negotiation as cn
from xinfu.dsp import transfer as tp
from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.dsp.transfer import TransferProcess
from xinfu.errors import XinfuError
from xinfu.odrl import Policy
from xinfu.ports.observer import follow, traceparent
from xinfu.ports.records import AGREEMENTS, NEGOTIATIONS, TRANSFERS, AgreementRecord, AgreementState
from xinfu.ports.store import Step
from xinfu.services import callback
from xinfu.services.agreements import lifecycle
from xinfu.services.contexts.bounds import room_for
from xinfu.services.contexts.context import Context
from xinfu.services.parts import Parts, RecordParts
from xinfu.services.processes import errors, steps
from xinfu.services.processes.negotiation import NEGOTIATION
from xinfu.services.processes.negotiation_opening import Opening
from xinfu.services.processes.transfer import TRANSFER


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """Our own operator's settings for a transfer, beyond the protocol."""

    callbacks: tuple[dict[str, Any], ...] = ()
    destination: dict[str, Any] | None = None
    private: dict[str, Any] = msgspec.field(default_factory=dict)
    dataplane: dict[str, Any] | None = None


class DataRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request for the data of an agreement.

    Attributes:
        base: the address below which its messages go.
        purpose: None: that of the agreement.
        environment: where we declare to use it, in the codes of TC609 (执行环境).
        declared: what else we state of the use (`declarations`).
        data_address: where to push; None for a pull.
        wishes: kept with the transfer and shown again.
    """

    base: str
    purpose: str | None = None
    environment: str | None = None
    declared: Mapping[str, str] = {}
    format: str = dsp.HTTP_PULL
    data_address: DataAddress | None = None
    wishes: Wishes = Wishes()


async def request_agreement(
    parts: RecordParts,
    context: Context,
    *,
    peer: str,
    base: str,
    offer: Policy,
    previous: Policy | None = None,
    purpose: str | None = None,
    callbacks: tuple[dict[str, Any], ...] = (),
    then_pull: bool = False,
) -> ContractNegotiation:
    """Open a negotiation as consumer: ask `peer` for an agreement on `offer`, whose target is the dataset.

    Args:
        previous: the offer of its catalog, where `offer` asks for other terms.
        callbacks: kept with the negotiation and shown again.
        then_pull: ask for the data as soon as it is finalized.

    Raises:
        ConflictError: `negotiation.not-opening`, when the offer names no dataset.
    """
    message = cn.ContractRequestMessage(
        consumer_pid=parts.clock.new_id(),
        callback_address=context.protocol_base,
        offer=offer,
        purpose=purpose,
    )
    return await _open(parts, context, peer, base, message, callbacks, previous=previous, then_pull=then_pull)


async def ask_in_vain(
    parts: Parts,
    context: Context,
    *,
    peer: str,
    base: str,
    offer: Policy,
    callbacks: tuple[dict[str, Any], ...] = (),
    why: XinfuError,
) -> ContractNegotiation:
    """Open a negotiation whose first message cannot be sent: it ends at once, with the reason in its record."""
    now = parts.clock.now()
    message = cn.ContractRequestMessage(
        consumer_pid=parts.clock.new_id(), callback_address=context.protocol_base, offer=offer
    )
    record = cn.open_to_send(
        message, context=context.id, participant=context.participant, peer=peer, peer_base=base, now=now
    )
    async with parts.store.step(context.id) as step:
        record = replace(record, callbacks=callbacks)
        await step.of(NEGOTIATIONS).add(record)
        return await steps.give_up(step, parts, NEGOTIATION, record, code=why.code, reason=why.en)


async def offer_agreement(
    parts: RecordParts, context: Context, *, peer: str, base: str, offer: Policy
) -> ContractNegotiation:
    """Open a negotiation as provider: offer `peer` an agreement on one of our datasets (R-CN-06)."""
    message = cn.ContractOfferMessage(
        provider_pid=parts.clock.new_id(), callback_address=context.protocol_base, offer=offer
    )
    return await _open(parts, context, peer, base, message)


async def request_data(
    parts: RecordParts, context: Context, agreement: AgreementRecord, asked: DataRequest
) -> TransferProcess:
    """Ask the provider for the data of an agreement.

    Raises:
        ConflictError: `agreement.suspended`, `agreement.terminated` or `agreement.not-consumer`.
    """
    async with parts.store.step(context.id) as step:
        return await request_data_in(step, parts, context, agreement, asked)


async def request_data_in(
    step: Step, parts: RecordParts, context: Context, agreement: AgreementRecord, asked: DataRequest
) -> TransferProcess:
    """Ask the provider for the data of an agreement, in the caller's step.

    Raises:
        As `request_data`.
    """
    if agreement.role != "consumer":
        raise errors.AGREEMENT_NOT_CONSUMER()
    if agreement.state is not AgreementState.ACTIVE:
        raise lifecycle.ended(agreement)
    message = tp.TransferRequestMessage(
        consumer_pid=parts.clock.new_id(),
        agreement_id=agreement.wire_id,
        format=asked.format,
        callback_address=context.protocol_base,
        data_address=asked.data_address,
        purpose=asked.purpose or agreement.purpose,
        environment=asked.environment,
        declared=dict(asked.declared),
    )
    record = tp.open_to_send(
        message,
        context=context.id,
        participant=context.participant,
        peer=agreement.peer,
        peer_base=asked.base,
        dataset=agreement.dataset,
        now=parts.clock.now(),
    )
    record = replace(record, **msgspec.structs.asdict(asked.wishes), trace=traceparent())
    follow(record.id, record.trace)
    await room_for(step, context, "transfers")
    await step.of(TRANSFERS).add(record)
    await steps.enqueue(step, parts, TRANSFER, record, message)
    await callback.of_transfer(step, parts, record)
    step.publish(record.id)
    return record


async def request_agreed(step: Step, parts: RecordParts, record: ContractNegotiation) -> None:
    """Ask for the data of what a negotiation has just agreed, in the caller's step."""
    context = parts.contexts.get(record.context)
    for agreement in await step.of(AGREEMENTS).find(AGREEMENTS.negotiation.equals(record.id), limit=1):
        await request_data_in(step, parts, context, agreement, DataRequest(base=record.peer_base))


async def _open(
    parts: RecordParts,
    context: Context,
    peer: str,
    base: str,
    message: Opening,
    callbacks: tuple[dict[str, Any], ...] = (),
    *,
    previous: Policy | None = None,
    then_pull: bool = False,
) -> ContractNegotiation:
    record = cn.open_to_send(
        message,
        context=context.id,
        participant=context.participant,
        peer=peer,
        peer_base=base,
        now=parts.clock.now(),
    )
    record = replace(record, previous=previous, callbacks=callbacks, then_pull=then_pull, trace=traceparent())
    follow(record.id, record.trace)
    async with parts.store.step(context.id) as step:
        await room_for(step, context, "negotiations")
        await step.of(NEGOTIATIONS).add(record)
        await steps.enqueue(step, parts, NEGOTIATION, record, message)
        await callback.of_negotiation(step, parts, record)
        step.publish(record.id)
    return record
