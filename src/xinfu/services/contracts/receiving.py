"""Receive a contract at a party, with the signatures that it has so far: `/contractNegotiate`.

A party takes a text only if its rules are those of its own agreement; supplementary terms are shown before anyone signs.
A party that is neither provider nor consumer has no agreement, and takes the text as it is. A supplement is taken only
for a contract that we have signed.
Follows: TC609-6-2025-14, 7.3, A.2, B.4; decision 0018.
"""

from msgspec.structs import replace

from xinfu.contracts import DigitalContract, PartyType, Status, digest_of, read_signature
from xinfu.contracts.messages import DONE, FAILED, ContractApi, NegotiateAnswer, NegotiateRequest
from xinfu.odrl import write
from xinfu.ports.records import CONTRACTS, ContractRecord, ContractSide, Event
from xinfu.ports.store import Step
from xinfu.services.agreements import contract_draft, contract_record
from xinfu.services.agreements.contract_record import us_in
from xinfu.services.contracts import amending, errors, platform_signing
from xinfu.services.contracts.checking import check_signatures, read_contract
from xinfu.services.contracts.signing import add_signatures, must_be
from xinfu.services.evidence.notes import record_received
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.parts import ContractParts, RecordParts


async def receive_contract(
    parts: ContractParts, arrival: Arrival, message: NegotiateRequest
) -> NegotiateAnswer:
    """Take a contract that another party sends, with the signatures that it has so far.

    Raises:
        InputError: the text, the strategies or a signature cannot be read.
        ProtocolError: `contract.differs`: message and text differ.
        RefusedError: `contract.not-a-party`, `contract.signature-wrong`.
        NotFoundError: `contract.no-agreement`, `contract.amends-unknown`.
        ConflictError: `contract.state`; `contract.exists`: another text is signed under this number;
            `contract.not-in-force`, `contract.amends-differently`.
    """
    contract = read_contract(
        message.contract_expansion_item, message.contract_id, message.contract_name, message.strategy
    )
    context = arrival.context.id
    if contract.party(arrival.peer) is None or contract.party(arrival.context.participant) is None:
        raise contract_record.not_a_party()
    gathers = platform_signing.is_ours(parts, arrival, contract)
    signatures = await check_signatures(
        parts,
        context,
        contract,
        tuple(read_signature(each.signature) for each in message.signature_list),
        side=ContractSide.PLATFORM if gathers else ContractSide.PARTY,
    )
    if gathers:
        return await platform_signing.receive_signatures(parts, arrival, contract, signatures)
    async with parts.store.step(context) as step:
        record = await _ours(step, parts, contract, arrival)
        await record_received(
            step, parts.clock, arrival, type_=ContractApi.NEGOTIATE.value, process=record.id
        )
        record = await add_signatures(step, parts, record, signatures, by=arrival.peer)
        is_open = us_in(parts, context, record.contract) in record.contract.unsigned
        if is_open:
            await contract_record.ask_rules(step, parts, record, Event.CONTRACT_RECEIVED)
    return NegotiateAnswer(negotiation_status=FAILED if is_open else DONE)


async def _ours(
    step: Step, parts: RecordParts, contract: DigitalContract, arrival: Arrival
) -> ContractRecord:
    """Lock our record of a received contract, or begin it, from the draft of our agreement if there is one."""
    known = await contract_record.of_number(step, contract.number, ContractSide.PARTY)
    if known is not None:
        held = await step.of(CONTRACTS).lock(known.id)
        must_be(held.contract, digest_of(contract))
        return held
    if contract.amends:
        base = await amending.find_amended(step, contract, ContractSide.PARTY)
        return await _taken(step, parts, contract, arrival, agreement=base.agreement)
    if us_in(parts, step.context, contract).type not in (PartyType.PROVIDER, PartyType.CONSUMER):
        return await _taken(step, parts, contract, arrival)
    ours, is_kept = await contract_draft.take_up(step, parts, contract.policy.id or "-")
    if (
        ours is None
        or contract_record.is_contract_over(ours.contract)
        or not _says_the_same(ours.contract, contract)
    ):
        raise errors.CONTRACT_NO_AGREEMENT()
    if ours.contract.is_numbered and not _gives_way(ours.contract, contract):
        raise errors.CONTRACT_EXISTS(number=ours.contract.number)
    taken = replace(ours, begun_by=arrival.peer, contract=contract, updated=parts.clock.now())
    return await contract_record.begin(step, parts, taken, fresh=not is_kept)


def _gives_way(ours: DigitalContract, theirs: DigitalContract) -> bool:
    """Whether theirs replaces ours when both parties have begun a contract at once: the lower number wins."""
    return ours.status in (Status.INITIATED, Status.NEGOTIATING) and theirs.number < ours.number


async def _taken(
    step: Step, parts: RecordParts, contract: DigitalContract, arrival: Arrival, *, agreement: str = ""
) -> ContractRecord:
    """Begin a received contract without a draft: a supplement, or one where we are neither provider nor consumer."""
    now = parts.clock.now()
    record = ContractRecord(
        id=parts.clock.new_id(),
        context=step.context,
        agreement=agreement,
        begun_by=arrival.peer,
        contract=contract,
        created=now,
        updated=now,
    )
    return await contract_record.begin(step, parts, record, fresh=True)


def _says_the_same(ours: DigitalContract, theirs: DigitalContract) -> bool:
    """Whether the rules and levels of control equal those of our draft, and the draft's signing parties are to sign."""
    parties = {(each.type, each.participant) for each in theirs.parties if each.signs}
    agreed = {(each.type, each.participant) for each in ours.parties if each.signs}
    same = write(ours.policy) == write(theirs.policy) and ours.levels == theirs.levels
    return same and agreed <= parties
