"""End a contract, early or at its end, and stop its data with it; an unsigned contract fails.

The party that ends it ends its agreement in the same step, so that nothing runs on, and sends the other parties and the
platform a signed `/contractTerminate`. The reason is in a field of our own: the table has none, and the standard asks
for one. If an agreement ends in any other way, its contract ends with it (`contract_record.end_with_agreement`).
Follows: TC609-6-2025-14, 7.6, A.2 f, B.7; decisions D-23, 0019.
"""

from datetime import timedelta
from functools import partial
from typing import Final

from msgspec.structs import replace

from xinfu.contracts import (
    Event,
    Mover,
    Termination,
    message_bytes,
    read_moment,
    read_signature,
    write_moment,
    write_signature,
)
from xinfu.contracts.messages import DONE, ContractApi, StatusAnswer, TerminateRequest
from xinfu.ports.records import AGREEMENTS, CONTRACTS, AgreementRecord, ContractRecord, ContractSide
from xinfu.ports.store import Step
from xinfu.services.agreements import contract_record, lifecycle, seals
from xinfu.services.agreements.contract_record import not_a_party, us_in
from xinfu.services.agreements.lifecycle import AgreementChange, AgreementMove
from xinfu.services.agreements.usage_reports import LONGEST_REASON
from xinfu.services.contracts import errors
from xinfu.services.contracts.beginning import OPEN_END
from xinfu.services.evidence.notes import record_received
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.parts import ContractParts, DataParts, Parts, RecordParts

AHEAD: Final = timedelta(minutes=5)
"""How far ahead an end may lie and still be taken as now."""


async def end(
    parts: DataParts, context: str, id_: str, *, reason: str, clause: str | None = None
) -> ContractRecord:
    """End a contract on our side, with its agreement and all that runs under it, and notify the others.

    Args:
        clause: the clause that lets us; None is recorded as our breach (D-23).

    Raises:
        NotFoundError: `contract.not-found`. ConflictError: `contract.state`, `contract.side`.
    """
    record = await contract_record.find_contract(parts, context, id_)
    if record.side is ContractSide.PLATFORM:
        raise errors.CONTRACT_SIDE_END()
    contract_record.must_be_open(record.contract, Event.TERMINATE)
    us = us_in(parts, context, record.contract).participant
    stopped: AgreementRecord | None = None
    async with parts.store.step(context) as step:
        agreement = await _agreement(step, record)
        if agreement is not None:
            wanted = AgreementChange(move=AgreementMove.TERMINATE, by=us, clause=clause, reason=reason)
            stopped = await lifecycle.apply(step, parts, agreement, wanted)
        else:
            held = await step.of(CONTRACTS).lock(record.id)
            mover = Mover.INITIATOR if held.begun_by == us else Mover.PARTY
            await contract_record.end(step, parts, held, mover, by=us, reason=reason)
    if stopped is not None:
        lifecycle.stop_running(parts, stopped)
    return await contract_record.find_contract(parts, context, record.id)


async def termination_message(
    parts: ContractParts, record: ContractRecord, reason: bytes
) -> TerminateRequest:
    """Build the signed message that ends a contract."""
    contract, dates = record.contract, parts.contracting.dates
    us = us_in(parts, record.context, contract)
    now = record.updated.replace(microsecond=0)
    planned = contract.ends or OPEN_END
    early = now < planned
    message = TerminateRequest(
        contract_name=contract.name,
        contract_id=contract.number,
        issue_time=write_moment(now, dates),
        terminate_type=Termination.EARLY if early else Termination.AT_EXPIRY,
        activation_time=write_moment(contract.begins, dates),
        scheduled_end_time=write_moment(planned, dates),
        agreed_end_time=write_moment(now, dates) if early else None,
        issuer_id=us.node or us.id,
        issuer_entity_id=us.id,
        signature="-",
        reason=reason.decode()[:LONGEST_REASON],
    )
    covered = partial(message_bytes, ContractApi.TERMINATE, message)
    signature = await seals.sign_for(parts, record.context, covered, party=us.id, at=now)
    return replace(message, signature=write_signature(signature))


async def receive_termination(parts: Parts, arrival: Arrival, message: TerminateRequest) -> StatusAnswer:
    """End a contract on the message of a party; a repeated message changes nothing.

    Raises:
        NotFoundError: `contract.not-found`. RefusedError: `contract.not-a-party`, `contract.signature-wrong`.
        InputError: `contract.times`: an end that has not come yet. ConflictError: `contract.state`.
    """
    context = arrival.context.id
    async with parts.store.view(context) as view:
        known = await contract_record.of_number(view, message.contract_id)
    if known is None:
        raise contract_record.contract_not_found()
    party = known.contract.party(arrival.peer)
    if party is None or not party.signs:
        raise not_a_party()
    _must_have_come(parts, message)
    signature = read_signature(message.signature)
    covered = partial(message_bytes, ContractApi.TERMINATE, message)
    standing = await seals.signature_standing(
        parts, signature, covered, holder=party.participant, entity=party.entity
    )
    seals.must_hold(standing, party.id)
    stopped: AgreementRecord | None = None
    async with parts.store.step(context) as step:
        agreement = await _agreement(step, known)
        held = await step.of(CONTRACTS).lock(known.id)
        if contract_record.is_contract_over(held.contract):
            return StatusAnswer(status=DONE)
        await record_received(step, parts.clock, arrival, type_=ContractApi.TERMINATE.value, process=held.id)
        in_time = message.terminate_type is Termination.AT_EXPIRY
        if agreement is not None:
            move = AgreementMove.EXPIRE if in_time else AgreementMove.TERMINATE
            wanted = AgreementChange(move=move, by=arrival.peer, reason=message.reason, ours=False)
            stopped = await lifecycle.apply(step, parts, agreement, wanted)
        else:
            mover = Mover.INITIATOR if held.begun_by == arrival.peer else Mover.PARTY
            by, reason = arrival.peer, message.reason
            await contract_record.end(
                step, parts, held, mover, by=by, in_time=in_time, tell=False, reason=reason
            )
    if stopped is not None:
        lifecycle.stop_running(parts, stopped)
    return StatusAnswer(status=DONE)


def _must_have_come(parts: RecordParts, message: TerminateRequest) -> None:
    at = read_moment(message.agreed_end_time or message.scheduled_end_time, "agreedEndTime")
    if at > parts.clock.now() + AHEAD:
        raise errors.CONTRACT_TIMES_END_AHEAD()


async def _agreement(step: Step, record: ContractRecord) -> AgreementRecord | None:
    """Lock the agreement that ends with a contract; None if it is over, at the platform, or for a supplement."""
    if not record.agreement or record.side is ContractSide.PLATFORM or record.contract.amends:
        return None
    for found in await step.of(AGREEMENTS).find(AGREEMENTS.wire_id.equals(record.agreement), limit=10):
        held = await step.of(AGREEMENTS).lock(found.id)
        if not lifecycle.is_over(held.state):
            return held
    return None
