"""Contracts as they are found, and as they change: record, status and evidence in one step."""

from typing import Final

from msgspec.structs import replace

from xinfu.contracts import DigitalContract, Event, Mover, Status, digest_of, moved, text_of
from xinfu.contracts.messages import ContractApi
from xinfu.errors import NotFoundError
from xinfu.ports.records import AgreementRecord, ContractRecord, ContractSide, Delivery
from xinfu.ports.store import Step
from xinfu.services.parts import Parts
from xinfu.services.proof import note


async def found(parts: Parts, context: str, id_: str) -> ContractRecord:
    """A contract by our id, or by its number.

    Raises:
        NotFoundError: `contract.not-found`.
    """
    async with parts.store.view(context) as view:
        record = await view.contracts.get(id_) or await of_number(view, id_)
    if record is None:
        raise not_found()
    return record


async def of_number(step: Step, number: str, side: ContractSide | None = None) -> ContractRecord | None:
    """The contract of a number, as a party or as the platform; a node may hold it as both."""
    where = {"number": number} | ({"side": side.value} if side else {})
    listed = await step.contracts.find(where, limit=1)
    return listed[0] if listed else None


async def begin(step: Step, parts: Parts, record: ContractRecord, *, fresh: bool = False) -> ContractRecord:
    """Keep a contract that `record.begun_by` begins, with its number.

    Args:
        fresh: it is not there yet; else it was a draft.
    """
    status = moved(None, Event.CREATE, Mover.INITIATOR)
    begun = replace(record, contract=replace(record.contract, status=status))
    await (step.contracts.add(begun) if fresh else step.contracts.save(begun))
    await noted(step, parts, begun, "", Event.CREATE, by=begun.begun_by)
    return begun


async def move(
    step: Step,
    parts: Parts,
    record: ContractRecord,
    event: Event,
    mover: Mover,
    *,
    contract: DigitalContract | None = None,
    by: str,
    reason: str = "",
) -> ContractRecord:
    """Move a contract that the step holds; status, text and evidence are kept together.

    Args:
        contract: what it is from now on; its status is set here. None: as it was.
        by: participant id of who moves it.

    Raises:
        ConflictError: `contract.state`; nothing has changed.
    """
    before = record.contract
    status = moved(before.status, event, mover)
    after = replace(contract or before, status=status)
    changed = replace(record, contract=after, updated=parts.clock.now())
    await step.contracts.save(changed)
    await noted(step, parts, changed, before.status.value, event, by=by, reason=reason)
    return changed


async def follow(
    step: Step, parts: Parts, agreement: AgreementRecord, *, by: str, in_time: bool, ours: bool, reason: str
) -> None:
    """Let the contract of an agreement that has ended end with it; the agreement is held by the step.

    Args:
        in_time: it ended by its own time or because all is done, not before.
        ours: it ended at our side, so the other parties and the platform are told.
    """
    listed = await step.contracts.find({"agreement": agreement.wire_id, "side": "party"}, limit=10)
    for found in listed:
        held = await step.contracts.lock(found.id)
        if held.contract.status in _OVER:
            continue
        mover = Mover.INITIATOR if held.begun_by in ("", by) else Mover.PARTY
        await end(step, parts, held, mover, by=by, in_time=in_time, tell=ours, reason=reason)


async def end(
    step: Step,
    parts: Parts,
    record: ContractRecord,
    mover: Mover,
    *,
    by: str,
    in_time: bool = False,
    tell: bool = True,
    reason: str = "",
) -> ContractRecord:
    """End a contract that the step holds: a draft is withdrawn, an unsigned one has failed, a signed one has ended.

    Args:
        tell: promise to tell the other parties, and the platform where it is filed.

    Raises:
        ConflictError: `contract.state`.
    """
    contract = record.contract
    if contract.status is Status.INITIATED:
        return await move(step, parts, record, Event.WITHDRAW, Mover.INITIATOR, by=by, reason=reason)
    if contract.status is Status.NEGOTIATING:
        return await move(step, parts, record, Event.REFUSE, mover, by=by, reason=reason)
    event = Event.EXPIRE if in_time else Event.TERMINATE
    ended = await move(step, parts, record, event, mover, by=by, reason=reason)
    if tell:
        us = parts.contexts.get(step.context).participant
        told = others(record, us) + ([contract.filing.platform] if contract.filing else [])
        for each in told:
            await promise(step, parts, ended, ContractApi.TERMINATE.value, each, reason.encode())
    return ended


_OVER: Final = frozenset({Status.ENDED, Status.SIGNING_FAILED})


async def promise(
    step: Step, parts: Parts, record: ContractRecord, api: str, peer: str, payload: bytes = b""
) -> None:
    """Tell another party, or the platform, by one of the interfaces; in order for each of them."""
    await step.outbox.add(
        family="contract",
        process=f"{record.id} {peer}",
        delivery=Delivery.INTERFACE,
        kind=api,
        peer=peer,
        payload=payload,
        due=parts.clock.now(),
    )


def others(record: ContractRecord, us: str) -> list[str]:
    """Participant ids of the other parties that sign."""
    return [party.participant for party in record.contract.parties if party.signs and party.participant != us]


async def noted(
    step: Step, parts: Parts, record: ContractRecord, before: str, event: Event, *, by: str, reason: str = ""
) -> None:
    """Evidence of a change, with the text as it is now beside it: the archive of all rounds and versions."""
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
    await note(
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


def not_found() -> NotFoundError:
    """No such contract, or not for the one who asks."""
    return NotFoundError("contract.not-found", "There is no such contract.", "没有这份合约。")
