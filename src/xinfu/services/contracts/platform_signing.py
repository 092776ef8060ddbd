"""Contracts signed on the platform (signMode 02): it invites the parties, collects signatures, and files.

The initiator sends the platform the text; the platform sends it to the other parties, takes each signature, and passes
it on, so that all hold the same in the end. No party files: the platform does so itself with the last signature. All
messages are `/contractNegotiate`. Follows: TC609-6-2025-14, A.3, 7.3 c and d; decision 0019.
"""

from msgspec.structs import replace

from xinfu.contracts import DigitalContract, Signature, SignMode, contract_hash, digest_of
from xinfu.contracts.messages import DONE, FAILED, ContractApi, NegotiateAnswer
from xinfu.ports.records import CONTRACTS, ContractRecord, ContractSide, OutboxRow
from xinfu.services.agreements import contract_record
from xinfu.services.contracts import errors
from xinfu.services.contracts.platform import must_have_its_base, receipt_for, save_filing, serves
from xinfu.services.contracts.signing import add_signatures, must_be
from xinfu.services.evidence.notes import record_received
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.parts import ContractParts


def is_ours(parts: ContractParts, arrival: Arrival, contract: DigitalContract) -> bool:
    """Whether we are the platform on which a contract is signed."""
    us = contract.party(arrival.context.participant)
    is_platform = parts.platform is not None and parts.platform.context == arrival.context.id
    return is_platform and contract.sign_mode is SignMode.PLATFORM and us is not None and not us.signs


async def receive_signatures(
    parts: ContractParts, arrival: Arrival, contract: DigitalContract, signatures: tuple[Signature, ...]
) -> NegotiateAnswer:
    """Take a text or more signatures of it, and queue messages to the parties that have not seen all of them.

    Raises:
        NotFoundError: `contract.not-found`. RefusedError: `platform.not-a-member`.
        ProtocolError: `contract.differs`: from the request for its number. ConflictError: `contract.exists`.
        As `amending.find_amended`, for a supplement.
    """
    await serves(parts, arrival)
    await must_have_its_base(parts, arrival, contract)
    async with parts.store.view(arrival.context.id) as view:
        known = await contract_record.of_number(view, contract.number, ContractSide.PLATFORM)
    if known is None:
        raise contract_record.contract_not_found()
    async with parts.store.step(arrival.context.id) as step:
        held = await step.of(CONTRACTS).lock(known.id)
        first = not held.contract.products
        if first:
            held = _with_text(held, contract, arrival.peer)
        must_be(held.contract, digest_of(contract))
        before = held.contract
        await record_received(step, parts.clock, arrival, type_=ContractApi.NEGOTIATE.value, process=held.id)
        record = await add_signatures(step, parts, held, signatures, by=arrival.peer)
        is_news = first or record.contract.signatures != before.signatures
        lacks_some = len(signatures) < len(record.contract.signatures)
        for each in contract_record.others(record, arrival.context.participant):
            if lacks_some if each == arrival.peer else is_news:
                await contract_record.promise_message(step, parts, record, ContractApi.NEGOTIATE.value, each)
        if not record.contract.unsigned and record.contract.filing is None:
            await contract_record.promise_message(step, parts, record, ContractApi.REGISTRATE.value, "")
    return NegotiateAnswer(negotiation_status=FAILED if record.contract.unsigned else DONE)


async def file_signed(parts: ContractParts, record: ContractRecord, row: OutboxRow) -> None:
    """File a contract that all have signed here, unless a party has filed it meanwhile."""
    code = contract_hash(record.contract)
    receipt = await receipt_for(parts, row.context, record.contract.number, code)
    async with parts.store.step(row.context) as step:
        held = await step.of(CONTRACTS).lock(record.id)
        if await step.outbox.done(row.id) and held.contract.filing is None:
            await save_filing(step, parts, held, held.contract, receipt)


def _with_text(held: ContractRecord, contract: DigitalContract, by: str) -> ContractRecord:
    """Put a text into the record of its number; it must come from the initiator and match the number's request."""
    asked = held.contract
    begins = [each.begins.replace(microsecond=0) for each in (asked, contract)]
    same = (asked.name, asked.sign_mode) == (contract.name, contract.sign_mode) and begins[0] == begins[1]
    if by != held.begun_by or not same:
        raise errors.CONTRACT_DIFFERS_FROM_NUMBERED()
    return replace(held, contract=replace(contract, status=asked.status))
