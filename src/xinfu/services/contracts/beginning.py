"""Begin a contract: from a draft, with its terms and parties, under a number that the platform assigns.

The party that takes up a draft asks the platform for a number; all sign the text with that number. Nobody is bound by
it yet. Follows: TC609-6-2025-14, 7.2 c, B.3; decision 0018.
"""

from datetime import UTC, datetime
from functools import partial
from typing import Final

from msgspec.structs import replace

from xinfu.contracts import (
    DigitalContract,
    Event,
    Mover,
    Party,
    PartyType,
    SignMode,
    message_bytes,
    read_contract_number,
    write_moment,
    write_signature,
)
from xinfu.contracts.messages import (
    DONE,
    ContractApi,
    CreateAnswer,
    CreateRequest,
)
from xinfu.ports.platform import InterfaceBase
from xinfu.ports.records import PARTICIPANTS, ContractRecord
from xinfu.ports.store import Step
from xinfu.services.agreements import contract_draft, contract_record, seals
from xinfu.services.agreements.contract_record import us_in
from xinfu.services.contracts import errors
from xinfu.services.contracts.calling import ask, platform_of, strategy_field
from xinfu.services.contracts.checking import check_parties
from xinfu.services.parts import ContractParts, RecordParts

OPEN_END: Final = datetime(9999, 12, 31, 15, 59, 59, tzinfo=UTC)
"""The end that is requested for a contract without one, since the interface requires an end."""


async def take_up(
    parts: ContractParts,
    context: str,
    id_: str,
    *,
    terms: tuple[str, ...] = (),
    also: tuple[Party, ...] = (),
    sign_mode: SignMode | None = None,
) -> ContractRecord:
    """Begin a contract from its draft: the platform assigns its number and becomes its filing party.

    A contract that has a number already is returned unchanged.

    Args:
        terms: supplementary terms in plain words; all parties sign them too.
        also: further parties that sign, in addition to provider and consumer.
        sign_mode: between the parties or on the platform; None: the configured mode.

    Raises:
        NotFoundError: `contract.not-found`. ConflictError: `contract.no-platform`, `contract.state`.
        RefusedError: `contract.term-unmapped`, `contract.party-code`.
        ProtocolError: `contract.parties`. PeerError: the platform is away or refused.
    """
    record = await contract_record.find_contract(parts, context, id_)
    if record.contract.is_numbered:
        return record
    contract_record.must_be_open(record.contract, Event.NEGOTIATE)
    to = await platform_of(parts)
    draft = _completed(record.contract, to.participant, terms, also)
    draft = replace(draft, sign_mode=sign_mode or parts.contracting.sign_mode)
    number = await number_for(parts, context, to, draft)
    async with parts.store.step(context) as step:
        held, is_kept = await contract_draft.take_up(step, parts, record.agreement)
        if held is None or held.contract.is_numbered:
            return held or record
        contract_record.must_be_open(held.contract, Event.NEGOTIATE)
        begun = replace(
            held,
            begun_by=parts.contexts.get(context).participant,
            contract=replace(draft, number=number),
            updated=parts.clock.now(),
        )
        begun = await contract_record.begin(step, parts, begun, fresh=not is_kept)
        return await submit(step, parts, begun)


async def submit(step: Step, parts: RecordParts, record: ContractRecord) -> ContractRecord:
    """Queue a contract that we have begun for the platform, if it is signed there; the platform invites the others."""
    if record.contract.sign_mode is not SignMode.PLATFORM:
        return record
    us = parts.contexts.get(step.context).participant
    for each in contract_record.signing_with(record, us):
        await contract_record.promise_message(step, parts, record, ContractApi.NEGOTIATE.value, each)
    return await contract_record.move_contract(step, parts, record, Event.NEGOTIATE, Mover.INITIATOR, by=us)


async def number_for(parts: ContractParts, context: str, to: InterfaceBase, draft: DigitalContract) -> str:
    """Ask the platform for the number of a contract that we begin.

    Raises:
        RefusedError: `contract.term-unmapped`, `contract.not-a-party`, `contract.not-created`.
        PeerError: the platform is away or refused. InputError: its answer is not a contract number.
    """
    us = us_in(parts, context, draft)
    strategy_field(parts, draft)
    request = await _creating(parts, context, draft, us)
    answer = await ask(parts, context, to, ContractApi.CREATE, request, CreateAnswer)
    if answer.creation_flag != DONE:
        raise errors.CONTRACT_NOT_CREATED()
    return read_contract_number(answer.contract_id).text


async def service_providers(parts: RecordParts, context: str, names: tuple[str, ...]) -> tuple[Party, ...]:
    """Look up further parties of a contract, as service providers, in the address book.

    Raises:
        NotFoundError: `participant.unknown`.
    """
    async with parts.store.view(context) as view:
        return tuple([await _service_provider(view, name) for name in names])


async def _service_provider(view: Step, name: str) -> Party:
    known = await view.of(PARTICIPANTS).get(name)
    if known is None:
        raise errors.PARTICIPANT_UNKNOWN(name=name)
    return Party(
        type=PartyType.SERVICE,
        participant=known.did,
        entity=known.entity,
        name=known.name,
        node=known.connector,
    )


def _completed(
    draft: DigitalContract, platform: str, terms: tuple[str, ...], also: tuple[Party, ...]
) -> DigitalContract:
    """The draft with its terms, its further parties, and the platform as the filing party."""
    parties = (*draft.parties, *also)
    for party in parties:
        if not party.entity:
            raise errors.CONTRACT_PARTY_CODE(participant=party.participant)
    filing = Party(type=PartyType.SERVICE, participant=platform, signs=False)
    completed = replace(draft, parties=(*parties, filing), terms=terms)
    check_parties(completed)
    return completed


async def _creating(parts: ContractParts, context: str, draft: DigitalContract, us: Party) -> CreateRequest:
    dates, now = parts.contracting.dates, parts.clock.now().replace(microsecond=0)
    request = CreateRequest(
        contract_name=draft.name,
        contract_abstract=draft.abstract or draft.name,
        issue_time=write_moment(now, dates),
        activation_time=write_moment(draft.begins, dates),
        end_time=write_moment(draft.ends or OPEN_END, dates),
        sign_mode=draft.sign_mode,
        issuer_id=us.node or us.id,
        issuer_entity_id=us.id,
        signature="-",
    )
    covered = partial(message_bytes, ContractApi.CREATE, request)
    signature = await seals.sign_for(parts, context, covered, party=us.id, at=now)
    return replace(request, signature=write_signature(signature))
