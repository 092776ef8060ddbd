"""Begin a contract by rule when its agreement is concluded: number it, sign it, and send it to the others (D-30).

A stored answer `sign` to `agreement-concluded` does that. If the other party has begun a contract meanwhile, that one
counts, and `contract-received` decides on it. If a contract cannot be begun, that is recorded and left to a person.
"""

from xinfu.contracts import digest_of
from xinfu.errors import ConflictError, InputError, ProtocolError, RefusedError, XinfuError
from xinfu.ports.records import (
    AGREEMENTS,
    CONTRACTS,
    Act,
    AgreementRecord,
    AgreementState,
    Answer,
    ContractDecision,
    Event,
    OutboxRow,
    outbox,
)
from xinfu.services.contracts import signing
from xinfu.services.contracts.answering import carry_out
from xinfu.services.contracts.beginning import take_up
from xinfu.services.evidence.notes import record_entry
from xinfu.services.parts import ContractParts, RecordParts
from xinfu.services.processes.answers import stored_answer

_FOR_A_PERSON = (RefusedError, InputError, ProtocolError, ConflictError)
"""Errors that another try does not change."""


async def begin(parts: ContractParts, row: OutboxRow, event: outbox.AgreementEvent) -> None:
    """Begin and sign the contract of a new agreement, if a stored answer says so.

    Raises:
        PeerError: the platform is away; it is tried again.
    """
    async with parts.store.view(row.context) as view:
        agreement = await view.of(AGREEMENTS).get(event.agreement)
        rule = None
        if agreement is not None and agreement.state is AgreementState.ACTIVE:
            on, peer, dataset = event.kind, agreement.peer, agreement.dataset
            rule = await stored_answer(view, on, peer=peer, dataset=dataset, agreement=agreement.wire_id)
    if agreement is None or rule is None or Act.SIGN not in rule.do:
        async with parts.store.step(row.context) as step:
            await step.outbox.done(row.id)
        return
    try:
        await _begun(parts, row, agreement, rule)
    except _FOR_A_PERSON as error:
        await _left(parts, row, agreement, rule, error)


async def _begun(parts: ContractParts, row: OutboxRow, agreement: AgreementRecord, rule: Answer) -> None:
    record = await take_up(parts, row.context, agreement.id)
    is_ours = record.begun_by == parts.contexts.get(row.context).participant
    fresh = await signing.own_signature(parts, row.context, record.contract) if is_ours else ()
    async with parts.store.step(row.context) as step:
        if not await step.outbox.done(row.id) or not fresh:
            return
        held = await step.of(CONTRACTS).lock(record.id)
        signing.must_be(held.contract, digest_of(record.contract))
        decided = ContractDecision(
            on=Event.AGREEMENT_CONCLUDED,
            act=Act.SIGN,
            rule=rule.id,
            version=rule.version,
            at=parts.clock.now(),
        )
        await carry_out(step, parts, held, decided, fresh)


async def _left(
    parts: RecordParts, row: OutboxRow, agreement: AgreementRecord, rule: Answer, error: XinfuError
) -> None:
    async with parts.store.step(row.context) as step:
        if await step.outbox.done(row.id):
            await record_entry(
                step,
                parts.clock,
                "refusal",
                {"code": error.code, "rule": rule.id},
                process=agreement.id,
                agreement=agreement.wire_id,
                peer=agreement.peer,
            )
