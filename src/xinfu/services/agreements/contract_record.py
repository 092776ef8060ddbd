"""Find contracts and change them: record, status and evidence in one step."""

from typing import Final

from msgspec.structs import replace

from xinfu.contracts import (
    DigitalContract,
    Event,
    Mover,
    Party,
    SignMode,
    Status,
    digest_of,
    next_status,
    text_of,
)
from xinfu.contracts.messages import ContractApi
from xinfu.errors import NotFoundError, RefusedError
from xinfu.ports.records import (
    AGREEMENTS,
    ANSWERS,
    CONTRACTS,
    AgreementRecord,
    ContractRecord,
    ContractSide,
    outbox,
)
from xinfu.ports.records import Event as Asked
from xinfu.ports.store import Step
from xinfu.services.agreements import errors
from xinfu.services.agreements.contract_draft import of_agreement
from xinfu.services.evidence.notes import record_entry
from xinfu.services.parts import PeerParts, RecordParts

MOST_SUPPLEMENTS: Final = 1000
"""Supplements of one contract that are shown together."""


async def find_contract(parts: RecordParts, context: str, id_: str) -> ContractRecord:
    """Find a contract by our id or its number, or the draft of an agreement by either of the agreement's ids.

    Raises:
        NotFoundError: `contract.not-found`.
    """
    record = await sought(parts, context, id_)
    if record is None:
        raise contract_not_found()
    return record


async def sought(parts: RecordParts, context: str, id_: str) -> ContractRecord | None:
    """Find a contract as `find_contract` does; None if there is none."""
    async with parts.store.view(context) as view:
        record = await view.of(CONTRACTS).get(id_) or await of_number(view, id_)
        if record is not None:
            return record
        agreement = await view.of(AGREEMENTS).get(id_)
        return await of_agreement(view, parts, agreement.wire_id if agreement else id_)


async def of_number(step: Step, number: str, side: ContractSide | None = None) -> ContractRecord | None:
    """The contract with a number, on `side` if given; this node may hold it both as a party and as the platform."""
    where = [CONTRACTS.number.equals(number)]
    if side:
        where.append(CONTRACTS.side.equals(side))
    listed = await step.of(CONTRACTS).find(*where, limit=1)
    return listed[0] if listed else None


async def chain(step: Step, record: ContractRecord) -> list[ContractRecord]:
    """Return a contract with its base contracts and all supplements; each follows the contract that it amends."""
    first = record
    while first.contract.amends:
        before = await of_number(step, first.contract.amends, record.side)
        if before is None:
            break
        first = before
    found = [first]
    for each in found:
        where = (CONTRACTS.amends.equals(each.contract.number), CONTRACTS.side.equals(record.side))
        found += await step.of(CONTRACTS).find(*where, limit=MOST_SUPPLEMENTS)
    return found


async def begin(
    step: Step, parts: RecordParts, record: ContractRecord, *, fresh: bool = False
) -> ContractRecord:
    """Store a contract, with its number, that the participant `record.begun_by` begins.

    Args:
        fresh: whether the record is new; else it is stored as a draft.
    """
    status = next_status(None, Event.CREATE, Mover.INITIATOR)
    begun = replace(record, contract=replace(record.contract, status=status))
    await (step.of(CONTRACTS).add(begun) if fresh else step.of(CONTRACTS).save(begun))
    await record_change(step, parts, begun, "", Event.CREATE, by=begun.begun_by)
    return begun


async def move_contract(
    step: Step,
    parts: RecordParts,
    record: ContractRecord,
    event: Event,
    mover: Mover,
    *,
    contract: DigitalContract | None = None,
    by: str,
    reason: str = "",
) -> ContractRecord:
    """Change the status of a contract that the step holds; status, text and evidence are stored together.

    Args:
        contract: the new text; its status is set here. None: unchanged.
        by: id of the participant that makes the change.

    Raises:
        ConflictError: `contract.state`; nothing has changed.
    """
    before = record.contract
    status = next_status(before.status, event, mover)
    after = replace(contract or before, status=status)
    changed = replace(record, contract=after, updated=parts.clock.now())
    await step.of(CONTRACTS).save(changed)
    await record_change(step, parts, changed, before.status.value, event, by=by, reason=reason)
    return changed


async def end_with_agreement(
    step: Step,
    parts: RecordParts,
    agreement: AgreementRecord,
    *,
    by: str,
    in_time: bool,
    ours: bool,
    reason: str,
) -> None:
    """End the contracts of an agreement that has ended; the caller's step holds the agreement.

    Args:
        in_time: whether it ended by its own time or because all is done, not before.
        ours: whether our side ended it, so that the other parties and the platform get a message.
    """
    listed = await step.of(CONTRACTS).find(
        CONTRACTS.agreement.equals(agreement.wire_id), CONTRACTS.side.equals(ContractSide.PARTY), limit=1000
    )
    for found in listed:
        held = await step.of(CONTRACTS).lock(found.id)
        if is_contract_over(held.contract):
            continue
        mover = Mover.INITIATOR if held.begun_by in ("", by) else Mover.PARTY
        await end(step, parts, held, mover, by=by, in_time=in_time, tell=ours, reason=reason)


async def end(
    step: Step,
    parts: RecordParts,
    record: ContractRecord,
    mover: Mover,
    *,
    by: str,
    in_time: bool = False,
    tell: bool = True,
    reason: str = "",
) -> ContractRecord:
    """End a contract that the step holds: a draft is withdrawn, an unsigned one fails, a signed one ends.

    Args:
        tell: whether to queue messages to the platform, and to the other parties if they know of the contract.

    Raises:
        ConflictError: `contract.state`.
    """
    if record.contract.status is Status.INITIATED:
        event, mover = Event.WITHDRAW, Mover.INITIATOR
    elif record.contract.status is Status.NEGOTIATING:
        event = Event.REFUSE
    else:
        event = Event.EXPIRE if in_time else Event.TERMINATE
    ended = await move_contract(step, parts, record, event, mover, by=by, reason=reason)
    us = parts.contexts.get(step.context).participant
    told = others(record, us) if tell and event is not Event.WITHDRAW else []
    for each in [*told, *(_platform_of(record, us) if tell or event is Event.REFUSE else [])]:
        await promise_message(step, parts, ended, ContractApi.TERMINATE.value, each, reason.encode())
    return ended


def _platform_of(record: ContractRecord, us: str) -> list[str]:
    """The platform to notify of an end: it filed the contract, collects its signatures, or numbered it for us."""
    contract = record.contract
    if record.side is ContractSide.PLATFORM or not contract.is_numbered:
        return []
    if contract.filing is not None:
        return [contract.filing.platform]
    if record.begun_by != us and contract.sign_mode is not SignMode.PLATFORM:
        return []
    return [each.participant for each in contract.parties if not each.signs]


def is_contract_over(contract: DigitalContract) -> bool:
    """Whether the contract has ended or its signing has failed."""
    return contract.status in (Status.ENDED, Status.SIGNING_FAILED)


def must_be_open(contract: DigitalContract, event: Event) -> None:
    """Check that the contract is not over, so that it can still change.

    Raises:
        ConflictError: `contract.state`.
    """
    if is_contract_over(contract):
        next_status(contract.status, event, Mover.PARTY)


async def start_contract(step: Step, parts: PeerParts, agreement: AgreementRecord) -> None:
    """Queue the event of a new agreement for the stored answers, if a platform is set and one of them is about it."""
    where = ANSWERS.on.equals(outbox.AgreementEvent.kind)
    if parts.contracting.platform is None or not await step.of(ANSWERS).find(where, limit=1):
        return
    await step.outbox.add(outbox.AgreementEvent(agreement=agreement.id), due=parts.clock.now())


async def start_delivery(step: Step, parts: RecordParts, record: ContractRecord, role: str) -> None:
    """Queue the event that a contract is filed, if we are its consumer and a stored answer is about the event."""
    event = Asked.CONTRACT_FILED
    if role == "consumer" and await step.of(ANSWERS).find(ANSWERS.on.equals(event), limit=1):
        await ask_rules(step, parts, record, event)


async def ask_rules(step: Step, parts: RecordParts, record: ContractRecord, event: Asked) -> None:
    """Queue an event of a contract for the stored answers, which decide on it after this step."""
    await step.outbox.add(outbox.ContractEvent(contract=record.id, kind=event), due=parts.clock.now())


async def promise_message(
    step: Step, parts: RecordParts, record: ContractRecord, api: str, peer: str, payload: bytes = b""
) -> None:
    """Queue a message to a party or the platform through one of the interfaces, in order for each receiver."""
    message = outbox.ContractMessage(contract=record.id, kind=api, receiver=peer, content=payload)
    await step.outbox.add(message, due=parts.clock.now())


def others(record: ContractRecord, us: str) -> list[str]:
    """Participant ids of the other parties that sign."""
    return [party.participant for party in record.contract.parties if party.signs and party.participant != us]


def signing_with(record: ContractRecord, us: str) -> list[str]:
    """Return the receivers of our signatures: the other parties, or only the platform if it collects them."""
    if record.contract.sign_mode is SignMode.PLATFORM and record.side is ContractSide.PARTY:
        return [party.participant for party in record.contract.parties if not party.signs]
    return others(record, us)


async def record_change(
    step: Step,
    parts: RecordParts,
    record: ContractRecord,
    before: str,
    event: Event,
    *,
    by: str,
    reason: str = "",
) -> None:
    """Record evidence of a change together with the current text, which archives all rounds and versions."""
    contract = record.contract
    facts = {
        "from": before,
        "to": contract.status.value,
        "event": event.value,
        "by": by,
        "digest": digest_of(contract),
        "number": contract.number,
        "version": contract.version,
    }
    await record_entry(
        step,
        parts.clock,
        "contract.state",
        facts | ({"reason": reason} if reason else {}),
        process=record.id,
        agreement=record.agreement or None,
        attachments={"text": text_of(contract)},
    )
    step.publish(record.id)
    step.publish(contract.number)


def contract_not_found() -> NotFoundError:
    """The error that there is no such contract for the caller."""
    return errors.CONTRACT_NOT_FOUND()


def us_in(parts: RecordParts, context: str, contract: DigitalContract) -> Party:
    """Our party in a contract that we sign.

    Raises:
        RefusedError: `contract.not-a-party`.
    """
    us = contract.party(parts.contexts.get(context).participant)
    if us is None or not us.signs:
        raise not_a_party()
    return us


def not_a_party() -> RefusedError:
    """The error that a participant is not a party of the contract."""
    return errors.CONTRACT_NOT_A_PARTY()
