"""The two steps of a use of landed data: one before its first byte, and one after its last.

Counts are those of this vault, as a use pays for as many bytes as a file is long (decision 0004).
"""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from xinfu.errors import XinfuError
from xinfu.evidence import instant
from xinfu.evidence.entry import Fact
from xinfu.odrl import Decision
from xinfu.ports.records import (
    AGREEMENTS,
    GRANTS,
    VAULT_OBJECTS,
    AgreementRecord,
    Grant,
    StoredManifest,
    VaultObject,
)
from xinfu.ports.store import Step
from xinfu.services.agreements import usage_reports
from xinfu.services.agreements.contract_in_force import contract_facts
from xinfu.services.evidence.notes import record_entry
from xinfu.services.memory.running import Run
from xinfu.services.parts import PeerParts, RecordParts
from xinfu.services.usage import grants
from xinfu.services.usage.account import ReadPayment, pay, pay_to_tell, settle_read
from xinfu.services.usage.decide import READ, Claims
from xinfu.services.usage.span import Span, span_of
from xinfu.services.vault.asking import (
    VaultFacts,
    VaultRequest,
    account_id,
    file_in,
    load_facts,
    own_claims,
    permit,
)


class VaultOpening(msgspec.Struct, frozen=True, kw_only=True):
    """The records, payment and decision from the step that opened a use."""

    ask: VaultRequest
    landed: VaultObject
    agreement: AgreementRecord
    file: StoredManifest
    span: Span
    until: datetime | None
    paid: ReadPayment
    started: datetime

    @property
    def purpose(self) -> str:
        """The purpose of the use; "" if none was given."""
        return self.ask.purpose or self.landed.purpose or ""


async def open_object(parts: PeerParts, ask: VaultRequest, run: Run) -> VaultOpening:
    """Open a use in one step: evaluate the policy, pay, and record that bytes may leave from here on.

    Raises:
        XinfuError: as `reading.use`.
    """
    claims = await own_claims(parts, ask)
    async with parts.store.step(ask.context) as step:
        standing, file, decision, account = await _admitted(step, parts, ask, claims, run)
        landed, agreement = standing.landed, standing.agreement
        span = span_of(ask.range, file.size_bytes)
        paid = await pay(step, parts.clock, decision, agreement, account, file, span.length)
        await step.of(VAULT_OBJECTS).lock(landed.id)
        exported = landed.exported or ask.action != READ
        await step.of(VAULT_OBJECTS).save(replace(landed, seen=standing.now, exported=exported))
        opening = VaultOpening(
            ask=ask,
            landed=landed,
            agreement=agreement,
            file=file,
            span=span,
            until=decision.until,
            paid=paid,
            started=standing.now,
        )
        await _record(step, parts, "use.begun", _facts(opening, span.length), opening)
        return opening


async def _admitted(
    step: Step, parts: RecordParts, ask: VaultRequest, claims: Claims, run: Run | None = None
) -> tuple[VaultFacts, StoredManifest, Decision, Grant]:
    """The object's facts, its file, the policy's YES, and the account, which stays locked until the step ends.

    Args:
        run: gets the agreement that it runs under; None: nothing flows.
    """
    await grants.hold_account(step, ask.object)
    standing = await load_facts(step, parts, ask)
    if run is not None:
        run.under(standing.agreement.id, standing.agreement.epoch)
    file = await file_in(step, standing.landed, ask.path)
    decision = await permit(step, parts, ask, standing, claims)
    return standing, file, decision, await _account(step, parts, standing)


async def _account(step: Step, parts: RecordParts, standing: VaultFacts) -> Grant:
    """The account of what was read of an object; no token opens it."""
    landed, agreement = standing.landed, standing.agreement
    until = standing.now + parts.contexts.get(landed.context).token_ttl
    if standing.account is not None:
        return replace(standing.account, until=until)
    account = Grant(
        id=account_id(landed),
        context=landed.context,
        transfer=landed.id,
        agreement=agreement.id,
        dataset=landed.id,
        epoch=agreement.epoch,
        purpose=landed.purpose,
        until=until,
        closed=True,
        created=standing.now,
    )
    await step.of(GRANTS).add(account)
    return account


async def describe_object(parts: PeerParts, ask: VaultRequest) -> StoredManifest:
    """The record of a file; takes a use, on which the following read draws, if a rule counts uses and none is paid.

    Raises:
        XinfuError: as `reading.use`.
    """
    claims = await own_claims(parts, ask)
    async with parts.store.step(ask.context) as step:
        standing, file, decision, account = await _admitted(step, parts, ask, claims)
        landed, agreement = standing.landed, standing.agreement
        if await pay_to_tell(step, parts.clock, decision, agreement, account, [file]):
            await step.of(VAULT_OBJECTS).lock(landed.id)
            await step.of(VAULT_OBJECTS).save(replace(landed, seen=standing.now))
            now = instant(standing.now)
            facts: dict[str, Fact] = {"dataset": landed.dataset, "object": landed.id, "root": file.root}
            facts |= {"path": file.path, "ranges": [], "bytes": 0, "outcome": "told", "action": ask.action}
            facts |= {"purpose": ask.purpose or landed.purpose or "", "started": now, "ended": now}
            facts |= await contract_facts(step, agreement)
            wire_id, peer = agreement.wire_id, agreement.peer
            await record_entry(
                step, parts.clock, "use", facts, process=landed.id, agreement=wire_id, peer=peer
            )
        return file


async def settle_object(
    parts: RecordParts, opening: VaultOpening, delivered: int, outcome: str, *, is_told: bool
) -> None:
    """Settle a use in one step: give back what was not delivered, and record what was."""
    ended = parts.clock.now()
    cut = delivered if delivered < opening.span.length else 0
    async with parts.store.step(opening.ask.context) as step:
        await grants.hold_account(step, opening.landed.id)
        length = opening.span.length
        await settle_read(step, opening.paid, opening.file, length, delivered, cut, is_told=is_told)
        facts = _facts(opening, delivered) | {"bytes": delivered, "outcome": outcome, "ended": instant(ended)}
        await _record(step, parts, "use", facts, opening)
        told = {"action": opening.ask.action, "purpose": opening.purpose, "bytes": str(delivered)}
        await usage_reports.report_use(step, parts.clock, opening.agreement, outcome, told)


async def record_refusal(parts: RecordParts, ask: VaultRequest, error: XinfuError) -> None:
    """Record the refusal of an existing object as evidence, and report it to its provider."""
    async with parts.store.step(ask.context) as step:
        landed = await step.of(VAULT_OBJECTS).get(ask.object)
        if landed is None:
            return
        facts: dict[str, Fact] = {
            "code": error.code,
            "object": landed.id,
            "path": ask.path,
            "action": ask.action,
            "purpose": ask.purpose or landed.purpose or "",
        }
        agreement = await step.of(AGREEMENTS).get(landed.agreement)
        facts |= await contract_facts(step, agreement)
        await record_entry(
            step,
            parts.clock,
            "refusal",
            facts,
            process=landed.id,
            agreement=landed.wire_id,
            peer=landed.peer,
        )
        if agreement is not None:
            told = {"action": ask.action, "purpose": ask.purpose or landed.purpose or ""}
            await usage_reports.report_use(step, parts.clock, agreement, error.code, told)


async def _record(
    step: Step, parts: RecordParts, kind: str, facts: dict[str, Fact], opening: VaultOpening
) -> None:
    await record_entry(
        step,
        parts.clock,
        kind,
        facts | await contract_facts(step, opening.agreement),
        process=opening.landed.id,
        agreement=opening.agreement.wire_id,
        peer=opening.agreement.peer,
    )


def _facts(opening: VaultOpening, length: int) -> dict[str, Fact]:
    start = opening.span.start
    return {
        "dataset": opening.landed.dataset,
        "object": opening.landed.id,
        "root": opening.file.root,
        "path": opening.file.path,
        "ranges": [f"{start}-{start + length}"],
        "started": instant(opening.started),
        "action": opening.ask.action,
        "purpose": opening.purpose,
    }
