"""File a signed contract with the platform, and check the receipt (备案回执) before it counts.

Every party may file: the same text with the same signatures has one receipt, whoever asks.
Follows: TC609-6-2025-14, 7.4, B.5.
"""

from msgspec.structs import replace

from xinfu.contracts import (
    DigitalContract,
    Event,
    FilingReceipt,
    Mover,
    contract_hash,
    read_receipt,
    text_of,
    write_moment,
    write_receipt,
    write_signature,
)
from xinfu.contracts.messages import DONE, ContractApi, RegistrateAnswer, RegistrateRequest, Signatory
from xinfu.errors import ConflictError
from xinfu.ports.records import AGREEMENTS, CONTRACTS, AgreementRecord, ContractRecord
from xinfu.ports.store import Step
from xinfu.services.agreements import contract_record, seals
from xinfu.services.contracts import errors
from xinfu.services.contracts.calling import ask, platform_of, strategy_field
from xinfu.services.evidence.notes import record_entry
from xinfu.services.parts import ContractParts, PeerParts, RecordParts


async def file(parts: ContractParts, context: str, id_: str) -> ContractRecord:
    """File a contract that all have signed; a filed contract is returned unchanged.

    Raises:
        NotFoundError: `contract.not-found`. ConflictError: `contract.unsigned`, which is recorded; `contract.no-platform`.
        RefusedError: `contract.not-filed`, `contract.signature-wrong`: the receipt's. PeerError: the platform is away.
    """
    record = await contract_record.find_contract(parts, context, id_)
    contract = record.contract
    if contract.filing is not None:
        return record
    if contract.signed is None:
        error = unsigned(contract)
        async with parts.store.step(context) as step:
            facts = {"code": error.code, "number": contract.number, "missing": error.facts["missing"]}
            await record_entry(step, parts.clock, "refusal", facts, process=record.id)
        raise error
    to = await platform_of(parts)
    message = filing_message(parts, contract)
    answer = await ask(parts, context, to, ContractApi.REGISTRATE, message, RegistrateAnswer)
    if answer.status != DONE:
        raise errors.CONTRACT_NOT_FILED()
    receipt = receipt_of(answer.receipt or "", contract, to.participant)
    seals.must_hold(await seals.receipt_standing(parts, contract, receipt), receipt.platform)
    async with parts.store.step(context) as step:
        agreement = await lock_agreement(step, record)
        return await save_receipt(step, parts, await step.of(CONTRACTS).lock(record.id), agreement, receipt)


async def lock_agreement(step: Step, record: ContractRecord) -> AgreementRecord | None:
    """Lock the agreement of a contract, before the contract itself is locked; None for a supplement."""
    if not record.agreement or record.contract.amends:
        return None
    found = await step.of(AGREEMENTS).find(AGREEMENTS.wire_id.equals(record.agreement), limit=1)
    return await step.of(AGREEMENTS).lock(found[0].id) if found else None


async def save_receipt(
    step: Step,
    parts: RecordParts,
    record: ContractRecord,
    agreement: AgreementRecord | None,
    receipt: FilingReceipt,
) -> ContractRecord:
    """Store the checked receipt of a contract that the step holds; a receipt that is there already stays.

    From now on what happens under its agreement is reported.

    Raises:
        ConflictError: `contract.state`.
    """
    if record.contract.filing is not None:
        return record
    us = parts.contexts.get(step.context).participant
    mover = Mover.INITIATOR if record.begun_by == us else Mover.PARTY
    filed = replace(record.contract, filing=receipt)
    if agreement is not None:
        await step.of(AGREEMENTS).save(replace(agreement, contract=record.id))
    changed = await contract_record.move_contract(
        step, parts, record, Event.FILE, mover, contract=filed, by=us
    )
    await record_entry(
        step,
        parts.clock,
        "contract.filed",
        {"number": receipt.contract, "hash": receipt.hash, "platform": receipt.platform},
        process=record.id,
        agreement=record.agreement or None,
        peer=receipt.platform,
        attachments={"receipt": write_receipt(receipt).encode()},
    )
    if agreement is not None:
        await contract_record.start_delivery(step, parts, changed, agreement.role)
    return changed


def unsigned(contract: DigitalContract) -> ConflictError:
    """The error that signatures are missing, with the parties that have not signed."""
    missing = ", ".join(party.id for party in contract.unsigned)
    return errors.CONTRACT_UNSIGNED(missing=missing)


def filing_message(parts: PeerParts, contract: DigitalContract) -> RegistrateRequest:
    """Build the message that files a contract with its signatures."""
    names = {party.id: party.name for party in contract.parties}
    assert contract.signed is not None
    return RegistrateRequest(
        contract_name=contract.name,
        contract_id=contract.number,
        strategy=strategy_field(parts, contract),
        signatory_entities=tuple(
            Signatory(
                signatory_entity_id=each.party,
                signatory_entity_name=names[each.party],
                signature=write_signature(each),
            )
            for each in contract.signatures
        ),
        signatory_time=write_moment(contract.signed, parts.contracting.dates),
        contract_expansion_item=text_of(contract).decode(),
    )


def receipt_of(text: str, contract: DigitalContract, platform: str) -> FilingReceipt:
    """Read a platform's receipt and check that it is about this contract; its signature is checked elsewhere.

    Raises:
        InputError: `contract.receipt-unreadable`. PeerError: `contract.receipt-differs`.
    """
    receipt = read_receipt(text)
    if (receipt.contract, receipt.hash, receipt.platform) != (
        contract.number,
        contract_hash(contract),
        platform,
    ):
        raise errors.CONTRACT_RECEIPT_DIFFERS()
    return receipt
