"""Let stored answers decide on contracts: sign or file without a person, or leave it to one with reasons (D-30).

With `sign` in a stored answer to `contract-received`, a text is signed if it says what our agreement says and nothing
more; with `sign-within`, only while the agreement lies within our current offer. Without such an answer, or if the text
says more, a person decides. An answer to `contract-signed` may say `file`, at the party that began the contract.
"""

from typing import Final

from msgspec.structs import replace

from xinfu.contracts import Signature, Status, digest_of
from xinfu.contracts.discrepancies import Discrepancy, beyond
from xinfu.contracts.messages import ContractApi
from xinfu.ports.records import (
    AGREEMENTS,
    CONTRACTS,
    NEGOTIATIONS,
    Act,
    AgreementRecord,
    AgreementState,
    Answer,
    ContractDecision,
    ContractRecord,
    Event,
    OutboxRow,
    outbox,
)
from xinfu.ports.store import Step
from xinfu.services.agreements import contract_record
from xinfu.services.agreements.contract_draft import draft_of
from xinfu.services.contracts import signing
from xinfu.services.evidence.notes import record_entry
from xinfu.services.offering import offers
from xinfu.services.parts import ContractParts, PeerParts, RecordParts
from xinfu.services.processes.answers import stored_answer

_OPEN: Final = frozenset({Status.INITIATED, Status.NEGOTIATING})


async def answer(parts: ContractParts, row: OutboxRow, event: outbox.ContractEvent) -> None:
    """Decide on an event of a contract and act in one step; a signature is made before it, over the same text.

    Raises:
        ConflictError: `contract.exists`: the text has changed meanwhile. As `signing.own_signature`. The row is tried again.
    """
    async with parts.store.view(row.context) as view:
        record = await view.of(CONTRACTS).get(event.contract)
        decided = None if record is None else await _decided(view, parts, record, event.kind)
    signs = record is not None and decided is not None and decided.act is Act.SIGN
    fresh = await signing.own_signature(parts, row.context, record.contract) if record and signs else ()
    async with parts.store.step(row.context) as step:
        if not await step.outbox.done(row.id) or record is None or decided is None:
            return
        held = await step.of(CONTRACTS).lock(record.id)
        signing.must_be(held.contract, digest_of(record.contract))
        held = await carry_out(step, parts, held, decided, fresh)
        if decided.act is Act.FILE and held.contract.filing is None and parts.contracting.platform:
            platform = parts.contracting.platform
            await contract_record.promise_message(step, parts, held, ContractApi.REGISTRATE.value, platform)


async def carry_out(
    step: Step,
    parts: RecordParts,
    held: ContractRecord,
    decided: ContractDecision,
    fresh: tuple[Signature, ...],
) -> ContractRecord:
    """Store and record the decision about a contract that the step holds, and add our signature if it says so."""
    held = replace(held, answered=decided)
    await step.of(CONTRACTS).save(held)
    await _record(step, parts, held, decided)
    step.publish(held.id)
    return await signing.sign_in(step, parts, held, fresh) if decided.act is Act.SIGN else held


async def _decided(
    step: Step, parts: PeerParts, record: ContractRecord, event: Event
) -> ContractDecision | None:
    """The decision of the stored answers on an event; None if nothing is left to decide or to file."""
    agreement = await _agreement(step, record)
    rule = await stored_answer(
        step,
        event,
        peer=record.begun_by,
        dataset=None if agreement is None else agreement.dataset,
        agreement=record.agreement or None,
    )
    act: Act
    reasons: tuple[Discrepancy, ...] = ()
    if event is Event.CONTRACT_SIGNED:
        if rule is None or Act.FILE not in rule.do:
            return None
        act = Act.FILE
    else:
        us = record.contract.party(parts.contexts.get(step.context).participant)
        if us not in record.contract.unsigned or record.contract.status not in _OPEN:
            return None
        reasons = await _against(step, parts, record, agreement, rule)
        act = Act.HOLD if reasons else Act.SIGN
    return ContractDecision(
        on=event,
        act=act,
        rule=rule.id if rule else "",
        version=rule.version if rule else 0,
        reasons=tuple(str(each) for each in reasons),
        at=parts.clock.now(),
    )


async def _against(
    step: Step,
    parts: PeerParts,
    record: ContractRecord,
    agreement: AgreementRecord | None,
    rule: Answer | None,
) -> tuple[Discrepancy, ...]:
    """The reasons why a person has to sign; () if the stored answer lets us sign without one."""
    act = rule.do[0] if rule and rule.do else None
    if act not in (Act.SIGN, Act.SIGN_WITHIN):
        return (Discrepancy.NO_RULE if rule is None else Discrepancy.RULE_HOLDS,)
    if agreement is None:
        return (Discrepancy.NO_AGREEMENT,)
    if agreement.state is not AgreementState.ACTIVE:
        return (Discrepancy.NOT_ALIVE,)
    found = beyond(
        record.contract,
        await draft_of(step, parts, agreement),
        us=parts.contexts.get(step.context).participant,
        platform=parts.contracting.platform or "",
        now=parts.clock.now(),
    )
    if act is Act.SIGN_WITHIN and not await _is_offered(step, parts, agreement):
        found += (Discrepancy.OFFER,)
    return found


async def _is_offered(step: Step, parts: RecordParts, agreement: AgreementRecord) -> bool:
    """Whether we are the provider, and the agreement still lies within our offer."""
    negotiation = await step.of(NEGOTIATIONS).get(agreement.negotiation) if agreement.negotiation else None
    if agreement.role != "provider" or negotiation is None:
        return False
    ours = await offers.ours_of(step, parts.contexts.get(step.context), negotiation, parts.clock.now())
    if ours is None:
        return False
    agreed = agreement.policy
    alike = replace(ours, target=agreed.target, assigner=agreed.assigner, assignee=agreed.assignee)
    return offers.lies_within(alike, agreed, parts.clock.now())


async def _agreement(step: Step, record: ContractRecord) -> AgreementRecord | None:
    if not record.agreement:
        return None
    found = await step.of(AGREEMENTS).find(AGREEMENTS.wire_id.equals(record.agreement), limit=1)
    return found[0] if found else None


async def _record(step: Step, parts: RecordParts, record: ContractRecord, decided: ContractDecision) -> None:
    facts = {
        "number": record.contract.number,
        "event": decided.on.value,
        "act": decided.act.value,
        "rule": decided.rule,
        "version": decided.version,
        "reasons": list(decided.reasons),
    }
    await record_entry(
        step,
        parts.clock,
        "contract.answered",
        facts,
        process=record.id,
        agreement=record.agreement or None,
        peer=record.begun_by or None,
    )
