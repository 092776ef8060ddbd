"""Contracts as they are found, and as they change: record, status and evidence in one step."""

from msgspec.structs import replace

from xinfu.contracts import DigitalContract, Event, Mover, digest_of, moved, text_of
from xinfu.errors import NotFoundError
from xinfu.ports.records import ContractRecord, ContractSide
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


def not_found() -> NotFoundError:
    """No such contract, or not for the one who asks."""
    return NotFoundError("contract.not-found", "There is no such contract.", "没有这份合约。")
