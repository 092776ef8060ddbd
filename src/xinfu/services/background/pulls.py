"""The first delivery under a filed contract: pull its data into the vault, if a stored answer says so (D-30).

With `pull` in a stored answer to `contract-filed`, a consumer asks for the data as soon as it has the receipt, declares
that it lands in the vault, and lets it land once the transfer has started. A provider that has not got the receipt yet
refuses with `contract.not-filed-yet`, and is asked again.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from xinfu.dsp import Role
from xinfu.dsp.transfer import State, TransferProcess
from xinfu.ports.records import (
    CONTRACTS,
    NEGOTIATIONS,
    TRANSFERS,
    Act,
    AgreementRecord,
    AgreementState,
    ContractDecision,
    Event,
    OutboxRow,
    outbox,
)
from xinfu.ports.store import Step
from xinfu.services.agreements import lifecycle
from xinfu.services.contracts.answering import carry_out
from xinfu.services.evidence.notes import record_entry
from xinfu.services.identity import discover
from xinfu.services.parts import Parts, PeerParts, RecordParts
from xinfu.services.processes.answers import stored_answer
from xinfu.services.processes.requests import DataRequest, request_data_in
from xinfu.services.usage.facts import VAULT
from xinfu.services.vault import landing

EARLY: Final = "contract.not-filed-yet"
TRIES: Final = 16
"""Times that the provider is asked again while it has no receipt: for about eight minutes."""
WAITS: Final = "transfer.not-started"
BackOff = Callable[[OutboxRow], timedelta]


async def pull(parts: Parts, row: OutboxRow, event: outbox.ContractEvent, back_off: BackOff) -> None:
    """Take the next step towards the delivery: ask for the data, wait for the transfer to start, or let it land.

    Raises:
        PeerError: the provider cannot be found; it is tried again. CapacityError: `context.full`.
    """
    async with parts.store.view(row.context) as view:
        agreement = await _agreement(view, event.contract)
        decided = None if agreement is None else await _decided(view, parts, agreement)
        moving = None if agreement is None else await _latest(view, agreement, row)
    if agreement is None or decided is None:
        await _done(parts, row)
    elif moving is None or (moving.is_over and moving.code == EARLY and row.attempts < TRIES):
        base = await _base(parts, agreement)
        await _ask(parts, row, event, agreement, decided, base, back_off)
    elif moving.state is State.STARTED:
        await landing.register(parts, row.context, moving.id, "")
        await _done(parts, row, landing.TOPIC)
    elif moving.is_over:
        await _refused(parts, row, event, agreement, moving.code or WAITS)
    else:
        await _later(parts, row, event, agreement, back_off)


async def _agreement(view: Step, contract: str) -> AgreementRecord | None:
    """The active agreement of a contract, in which we are the consumer; None if there is none."""
    record = await view.of(CONTRACTS).get(contract)
    found = None if record is None else await lifecycle.by_wire_id(view, record.agreement, "consumer")
    return found if found is not None and found.state is AgreementState.ACTIVE else None


async def _decided(view: Step, parts: RecordParts, agreement: AgreementRecord) -> ContractDecision | None:
    on = Event.CONTRACT_FILED
    rule = await stored_answer(
        view, on, peer=agreement.peer, dataset=agreement.dataset, agreement=agreement.wire_id
    )
    if rule is None or Act.PULL not in rule.do:
        return None
    return ContractDecision(on=on, act=Act.PULL, rule=rule.id, version=rule.version, at=parts.clock.now())


async def _latest(view: Step, agreement: AgreementRecord, row: OutboxRow) -> TransferProcess | None:
    """The newest transfer into the vault under the agreement since the row was written; None if there is none."""
    where = (TRANSFERS.agreement.equals(agreement.wire_id), TRANSFERS.role.equals(Role.CONSUMER))
    found = await view.of(TRANSFERS).find(*where, limit=100, newest_first=True)
    return next((each for each in found if each.environment == VAULT and each.created >= row.created), None)


async def _base(parts: PeerParts, agreement: AgreementRecord) -> str:
    """The provider's protocol address: that of the negotiation, else the one it publishes."""
    async with parts.store.view(agreement.context) as view:
        found = await view.of(NEGOTIATIONS).get(agreement.negotiation) if agreement.negotiation else None
    if found is not None:
        return found.peer_base
    return (await discover.find(parts, agreement.context, agreement.peer)).base


async def _ask(
    parts: Parts,
    row: OutboxRow,
    event: outbox.ContractEvent,
    agreement: AgreementRecord,
    decided: ContractDecision,
    base: str,
    back_off: BackOff,
) -> None:
    async with parts.store.step(row.context) as step:
        if await step.outbox.get(row.id) is None:
            return
        context = parts.contexts.get(row.context)
        held = await step.of(CONTRACTS).lock(event.contract)
        if row.attempts == 0:
            await carry_out(step, parts, held, decided, ())
        await request_data_in(step, parts, context, agreement, DataRequest(base=base, environment=VAULT))
        await step.outbox.retry(row.id, due=parts.clock.now() + back_off(row), error=WAITS)


async def _later(
    parts: RecordParts,
    row: OutboxRow,
    event: outbox.ContractEvent,
    agreement: AgreementRecord,
    back_off: BackOff,
) -> None:
    if parts.clock.now() - row.created >= parts.give_up_after:
        await _refused(parts, row, event, agreement, WAITS)
        return
    async with parts.store.step(row.context) as step:
        if await step.outbox.get(row.id) is not None:
            await step.outbox.retry(row.id, due=parts.clock.now() + back_off(row), error=WAITS)


async def _refused(
    parts: RecordParts, row: OutboxRow, event: outbox.ContractEvent, agreement: AgreementRecord, code: str
) -> None:
    """Leave the delivery to a person; the transfer has the provider's reason."""
    async with parts.store.step(row.context) as step:
        if await step.outbox.done(row.id):
            facts = {"code": code, "act": str(Act.PULL)}
            await record_entry(
                step,
                parts.clock,
                "refusal",
                facts,
                process=event.contract,
                agreement=agreement.wire_id,
                peer=agreement.peer,
            )


async def _done(parts: RecordParts, row: OutboxRow, topic: str | None = None) -> None:
    async with parts.store.step(row.context) as step:
        await step.outbox.done(row.id)
        if topic is not None:
            step.publish(topic)
