"""The platform's side: give contracts their numbers, file them, and answer with a receipt.

It files only what all parties have signed: the text, the rules sent with it and every signature are checked first. The receipt names the entry of its own log that records the filing, and is signed by its key. The same
contract filed again has the same receipt. It serves members of its space alone. Follows: TC609-6-2025-14, 7.2 c, 7.4, B.3, B.5.
"""

import secrets
from functools import partial
from typing import Final

from msgspec.structs import replace

from xinfu.contracts import (
    DigitalContract,
    Event,
    ExecutionNodes,
    FilingReceipt,
    Mover,
    Party,
    PartyType,
    contract_hash,
    filing_bytes,
    message_bytes,
    new_contract_number,
    read_moment,
    read_signature,
    write_receipt,
)
from xinfu.contracts.messages import (
    DONE,
    ContractApi,
    CreateAnswer,
    CreateRequest,
    RegistrateAnswer,
    RegistrateRequest,
    TemplateAnswer,
    TemplateRequest,
)
from xinfu.contracts.number import ALPHABET
from xinfu.contracts.settings import PlatformRole
from xinfu.contracts.usage import UsageApi
from xinfu.credentials import MEMBERSHIP
from xinfu.odrl import Policy, PolicyKind
from xinfu.ports.records import (
    CONTRACT_TEMPLATES,
    CONTRACTS,
    ISSUED_CREDENTIALS,
    ContractRecord,
    ContractSide,
)
from xinfu.ports.store import Step
from xinfu.services.agreements import contract_record, seals
from xinfu.services.contracts import amending, errors
from xinfu.services.contracts.checking import check_signatures, read_contract
from xinfu.services.contracts.filing import unsigned
from xinfu.services.contracts.templates import template_not_found
from xinfu.services.evidence.notes import record_entry, record_received
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.parts import ContractParts, RecordParts

MOST_TEMPLATES: Final = 200
"""Templates in one answer, which has to stay readable."""
RANDOM: Final = 8
"""Random characters of a number, which distinguish contracts begun in the same second."""


async def templates(parts: ContractParts, arrival: Arrival, request: TemplateRequest) -> TemplateAnswer:
    """Return the platform's template with the requested id, or all templates if none is requested.

    Raises:
        NotFoundError: `platform.not-here`, `contract-template.not-found`.
    """
    await serves(parts, arrival)
    async with parts.store.view(arrival.context.id) as view:
        if request.template_id is None:
            found = await view.of(CONTRACT_TEMPLATES).find(limit=MOST_TEMPLATES)
            return TemplateAnswer(status=DONE, template=[each.template for each in found])
        one = await view.of(CONTRACT_TEMPLATES).get(request.template_id)
    if one is None:
        raise template_not_found(request.template_id)
    return TemplateAnswer(status=DONE, template=one.template)


async def receive_creation(parts: ContractParts, arrival: Arrival, request: CreateRequest) -> CreateAnswer:
    """Begin a contract at the platform and assign its number.

    Raises:
        NotFoundError: `platform.not-here`. InputError: `contract.times`, `contract.signature-unreadable`.
        RefusedError: `contract.signature-wrong`.
    """
    role = await serves(parts, arrival)
    begins, ends = (
        read_moment(request.activation_time, "activationTime"),
        read_moment(request.end_time, "endTime"),
    )
    if begins >= ends:
        raise errors.CONTRACT_TIMES()
    signature = read_signature(request.signature)
    entity = request.issuer_entity_id
    covered = partial(message_bytes, ContractApi.CREATE, request)
    standing = await seals.signature_standing(parts, signature, covered, holder=arrival.peer, entity=entity)
    seals.must_hold(standing, entity)
    now = parts.clock.now()
    number = new_contract_number(
        node=role.entity,
        place=role.place,
        at=now,
        random="".join(secrets.choice(ALPHABET[:36]) for _ in range(RANDOM)),
        type_=role.type_code,
    )
    record = ContractRecord(
        id=parts.clock.new_id(),
        context=arrival.context.id,
        side=ContractSide.PLATFORM,
        begun_by=arrival.peer,
        contract=DigitalContract(
            number=number.text,
            name=request.contract_name,
            abstract=request.contract_abstract,
            sign_mode=request.sign_mode,
            created=read_moment(request.issue_time, "issueTime"),
            begins=begins,
            ends=ends,
            parties=(Party(type=PartyType.OTHER, participant=arrival.peer, entity=entity),),
            policy=Policy(kind=PolicyKind.AGREEMENT),
            products=(),
            nodes=ExecutionNodes(provider=request.issuer_id),
        ),
        created=now,
        updated=now,
    )
    async with parts.store.step(arrival.context.id) as step:
        await record_received(step, parts.clock, arrival, type_=ContractApi.CREATE.value, process=record.id)
        await contract_record.begin(step, parts, record, fresh=True)
    return CreateAnswer(contract_id=number.text, creation_flag=DONE)


async def receive_filing(
    parts: ContractParts, arrival: Arrival, request: RegistrateRequest
) -> RegistrateAnswer:
    """File a contract: check all of it, store it, and return a signed receipt.

    Raises:
        NotFoundError: `platform.not-here`, `contract.not-found`.
        InputError, ProtocolError: the message cannot be read, or `contract.differs`.
        ConflictError: `contract.unsigned`; `contract.filed`: another text or other signatures.
        RefusedError: `contract.not-a-party`, `contract.signature-wrong`.
        As `amending.find_amended`, for a supplement.
    """
    await serves(parts, arrival)
    contract = await _signed(parts, arrival, request)
    code = contract_hash(contract)
    async with parts.store.view(arrival.context.id) as view:
        known = await contract_record.of_number(view, contract.number, ContractSide.PLATFORM)
    if known is None:
        raise contract_record.contract_not_found()
    if known.contract.filing is not None:
        return _again(known.contract.filing, code)
    await must_have_its_base(parts, arrival, contract)
    receipt = await receipt_for(parts, arrival.context.id, contract.number, code)
    async with parts.store.step(arrival.context.id) as step:
        held = await step.of(CONTRACTS).lock(known.id)
        if held.contract.filing is not None:
            return _again(held.contract.filing, code)
        await record_received(step, parts.clock, arrival, type_=ContractApi.REGISTRATE.value, process=held.id)
        await save_filing(step, parts, held, contract, receipt)
    return _answer(receipt)


async def _signed(parts: ContractParts, arrival: Arrival, request: RegistrateRequest) -> DigitalContract:
    """Read the contract of a filing and check its signatures; refuse it if one is missing."""
    contract = read_contract(
        request.contract_expansion_item, request.contract_id, request.contract_name, request.strategy
    )
    if contract.party(arrival.peer) is None:
        raise errors.CONTRACT_NOT_A_PARTY()
    signatures = tuple(read_signature(each.signature) for each in request.signatory_entities)
    named = [each.signatory_entity_id for each in request.signatory_entities]
    if named != [each.party for each in signatures]:
        raise errors.CONTRACT_SIGNATORIES()
    signatures = await check_signatures(
        parts, arrival.context.id, contract, signatures, side=ContractSide.PLATFORM
    )
    contract = replace(contract, signatures=signatures, signed=max(each.at for each in signatures))
    if contract.unsigned:
        raise unsigned(contract)
    return contract


async def must_have_its_base(parts: RecordParts, arrival: Arrival, contract: DigitalContract) -> None:
    """Check that the contract which a supplement amends is filed here."""
    if contract.amends:
        async with parts.store.view(arrival.context.id) as view:
            await amending.find_amended(view, contract, ContractSide.PLATFORM)


async def receipt_for(parts: ContractParts, context: str, number: str, code: str) -> FilingReceipt:
    """Sign the receipt of a filing; it names the log entry that is written afterwards."""
    us, now = parts.contexts.get(context).participant, parts.clock.now().replace(microsecond=0)
    receipt = FilingReceipt(contract=number, hash=code, platform=us, filed=now, entry=parts.clock.new_id())
    signature = await seals.sign_for(parts, context, lambda _: filing_bytes(receipt), party=us, at=now)
    return replace(receipt, signature=signature)


async def save_filing(
    step: Step, parts: RecordParts, record: ContractRecord, contract: DigitalContract, receipt: FilingReceipt
) -> None:
    """File a contract that the step holds with its receipt, and queue it for the connectors of all signing parties."""
    changed = await contract_record.move_contract(
        step,
        parts,
        record,
        Event.FILE,
        Mover.PLATFORM,
        contract=replace(contract, filing=receipt),
        by=receipt.platform,
    )
    for party in contract.parties:
        if party.signs:
            await contract_record.promise_message(
                step, parts, changed, UsageApi.STRATEGY.value, party.participant
            )
    await record_entry(
        step,
        parts.clock,
        "contract.filed",
        {"number": contract.number, "hash": receipt.hash, "platform": receipt.platform},
        id=receipt.entry,
        process=record.id,
        attachments={"receipt": write_receipt(receipt).encode()},
    )


def _again(receipt: FilingReceipt, code: str) -> RegistrateAnswer:
    if receipt.hash != code:
        raise errors.CONTRACT_FILED(contract=receipt.contract)
    return _answer(receipt)


def _answer(receipt: FilingReceipt) -> RegistrateAnswer:
    return RegistrateAnswer(status=DONE, contract_hash=receipt.hash, receipt=write_receipt(receipt))


async def serves(parts: ContractParts, arrival: Arrival) -> PlatformRole:
    """Return this participant's role as a platform; refuse a caller that is not a member of its space.

    Raises:
        NotFoundError: `platform.not-here`. RefusedError: `platform.not-a-member`.
    """
    role = parts.platform
    if role is None or role.context != arrival.context.id:
        raise errors.PLATFORM_NOT_HERE()
    if MEMBERSHIP not in arrival.caller.participant.claims and not await _is_ours(parts, arrival):
        raise errors.PLATFORM_NOT_A_MEMBER()
    return role


async def _is_ours(parts: RecordParts, arrival: Arrival) -> bool:
    """Whether the platform itself has issued the caller a membership that is neither expired nor revoked."""
    now = parts.clock.now()
    async with parts.store.view(arrival.context.id) as view:
        issued = await view.of(ISSUED_CREDENTIALS).find(
            ISSUED_CREDENTIALS.subject.equals(arrival.peer),
            ISSUED_CREDENTIALS.revoked.equals(False),
            limit=1000,
        )
    return any(each.type == MEMBERSHIP and each.expires > now for each in issued)
