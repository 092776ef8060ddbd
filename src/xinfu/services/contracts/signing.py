"""Sign and conclude a contract: every party signs the same text.

All sign the text with its number. Each party sends the others `/contractNegotiate` with all signatures so far; in mode
02 it sends that to the platform, which passes it on. A node that has the last signature concludes the contract.
Follows: TC609-6-2025-14, 7.3, A.2; decision 0018.
"""

import hashlib

from msgspec.structs import replace

from xinfu.contracts import (
    Dates,
    DigitalContract,
    Event,
    Mover,
    Party,
    Signature,
    Status,
    check_subject,
    digest_of,
    text_of,
    write_moment,
    write_signature,
)
from xinfu.contracts.messages import ContractApi, ListedSignature, NegotiateRequest
from xinfu.ports.records import CONTRACTS, ContractRecord
from xinfu.ports.records import Event as Asked
from xinfu.ports.store import Step
from xinfu.services.agreements import contract_record, seals
from xinfu.services.contracts import errors
from xinfu.services.contracts.calling import strategy_field
from xinfu.services.evidence.notes import record_entry
from xinfu.services.parts import ContractParts, PeerParts, RecordParts


async def sign(parts: ContractParts, context: str, id_: str) -> ContractRecord:
    """Sign a contract and queue it for the others, or for the platform if it collects signatures; a repeat resends.

    Raises:
        NotFoundError: `contract.not-found`. ConflictError: `contract.draft`, `contract.state`.
        RefusedError: `contract.not-a-party`.
    """
    record = await contract_record.find_contract(parts, context, id_)
    fresh = await own_signature(parts, context, record.contract)
    async with parts.store.step(context) as step:
        held = await step.of(CONTRACTS).lock(record.id)
        must_be(held.contract, digest_of(record.contract))
        return await sign_in(step, parts, held, fresh)


async def own_signature(
    parts: ContractParts, context: str, contract: DigitalContract
) -> tuple[Signature, ...]:
    """Make our signature of a contract; () if it is there already.

    Raises:
        ConflictError: `contract.draft`, `contract.state`. RefusedError: `contract.not-a-party`, `contract.other-code`:
            it names us by a code that is not ours. InputError: `identifier.check`: of the code of a party.
    """
    if not contract.is_numbered:
        raise errors.CONTRACT_DRAFT()
    us = contract_record.us_in(parts, context, contract)
    contract_record.must_be_open(contract, Event.SIGN)
    if us not in contract.unsigned:
        return ()
    _check_codes(parts, parts.contexts.get(context).entity, us, contract)
    at = parts.clock.now().replace(microsecond=0)
    return (await seals.contract_signature(parts, context, contract, party=us.id, at=at),)


def _check_codes(parts: PeerParts, ours: str, us: Party, contract: DigitalContract) -> None:
    """Check that a text names us by our own code, and that the codes of all signing parties are well formed."""
    if us.entity and us.entity != ours:
        raise errors.CONTRACT_OTHER_CODE(
            named=us.entity, ours=ours, known=ours or "not known", known_zh=f"为 {ours}" if ours else "未设置"
        )
    for each in contract.parties:
        if each.entity and each.signs:
            check_subject(each.entity, samples=parts.contracting.sample_codes)


async def sign_in(
    step: Step, parts: RecordParts, held: ContractRecord, fresh: tuple[Signature, ...]
) -> ContractRecord:
    """Add our signature to a contract that the step holds, and queue it for its receivers."""
    us = parts.contexts.get(step.context).participant
    record = await add_signatures(step, parts, held, fresh, by=us)
    for other in contract_record.signing_with(record, us):
        await contract_record.promise_message(step, parts, record, ContractApi.NEGOTIATE.value, other)
    return record


def signing_message(parts: PeerParts, record: ContractRecord) -> NegotiateRequest:
    """Build the message to the other parties: the contract as it is, with all signatures so far."""
    contract = record.contract
    return NegotiateRequest(
        contract_name=contract.name,
        contract_id=contract.number,
        strategy=strategy_field(parts, contract),
        signature_list=tuple(_listed(each) for each in contract.signatures),
        contract_expansion_item=text_of(contract).decode(),
    )


async def add_signatures(
    step: Step, parts: RecordParts, record: ContractRecord, signatures: tuple[Signature, ...], *, by: str
) -> ContractRecord:
    """Add signatures to a contract, and conclude it when none is missing; known signatures change nothing."""
    known = {each.party for each in record.contract.signatures}
    fresh = tuple(each for each in signatures if each.party not in known)
    mover = Mover.INITIATOR if by == record.begun_by else Mover.PARTY
    if not fresh:
        if record.contract.status is Status.INITIATED:
            return await contract_record.move_contract(step, parts, record, Event.NEGOTIATE, mover, by=by)
        return record
    contract = replace(record.contract, signatures=(*record.contract.signatures, *fresh))
    record = await contract_record.move_contract(
        step, parts, record, Event.SIGN, mover, contract=contract, by=by
    )
    for each in fresh:
        await _record_signature(step, parts, record, each)
    if record.contract.unsigned:
        return record
    signed = max(each.at for each in record.contract.signatures)
    concluded = replace(record.contract, signed=signed)
    record = await contract_record.move_contract(
        step, parts, record, Event.CONCLUDE, mover, contract=concluded, by=by
    )
    if record.begun_by == parts.contexts.get(step.context).participant:
        await contract_record.ask_rules(step, parts, record, Asked.CONTRACT_SIGNED)
    return record


async def _record_signature(
    step: Step, parts: RecordParts, record: ContractRecord, signature: Signature
) -> None:
    text = write_signature(signature).encode()
    facts = {
        "number": record.contract.number,
        "party": signature.party,
        "digest": digest_of(record.contract),
        "signature": hashlib.sha256(text).hexdigest(),
        "key": signature.key_id,
    }
    await record_entry(
        step,
        parts.clock,
        "contract.signed",
        facts,
        process=record.id,
        agreement=record.agreement or None,
        attachments={"signature": text},
    )


def _listed(signature: Signature) -> ListedSignature:
    return ListedSignature(
        entity_id=signature.party,
        signature=write_signature(signature),
        signatory_time=write_moment(signature.at, Dates.ISO),
    )


def must_be(ours: DigitalContract, digest: str) -> None:
    """Refuse a text that differs from our text under the same number.

    Raises:
        ConflictError: `contract.exists`.
    """
    if digest_of(ours) != digest:
        raise errors.CONTRACT_EXISTS_UNDER_NUMBER(number=ours.number)
