"""The enforcement point of the consumer's side: every byte that leaves the vault passes here.

object has landed -> agreement is alive -> policy says yes to this act, now, for this purpose -> uses are paid -> bytes,
with a stop check at every chunk -> what was shown is settled and recorded. What is refused is recorded as well.

Counts are those of this vault, as a use pays for as many bytes as a file is long (decision 0004). What a reader does
with bytes that it was shown is beyond any vault: that is by contract.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

import msgspec
from msgspec.structs import replace

from xinfu.errors import XinfuError
from xinfu.evidence import instant
from xinfu.evidence.entry import Fact
from xinfu.ports.records import AgreementRecord, Grant, StoredManifest, VaultObject
from xinfu.ports.store import Step
from xinfu.ports.vault import SealedFile, Vault
from xinfu.services.agreements import usage_reports
from xinfu.services.evidence.notes import note
from xinfu.services.memory.running import Run
from xinfu.services.parts import Parts
from xinfu.services.usage import grants
from xinfu.services.usage.account import Paid, pay, pay_to_tell, settle
from xinfu.services.usage.decide import READ
from xinfu.services.usage.ending import check, ending_at
from xinfu.services.usage.rechecks import asked_again
from xinfu.services.usage.span import RangeError, Span, span_of
from xinfu.services.vault import objects
from xinfu.services.vault.asking import (
    Standing,
    VaultAsk,
    account_id,
    decision_on,
    file_in,
    must_be_yes,
    own_claims,
    standing_of,
    still,
)


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What was found and granted in the step that opened a use."""

    ask: VaultAsk
    landed: VaultObject
    agreement: AgreementRecord
    file: StoredManifest
    span: Span
    until: datetime | None
    paid: Paid
    started: datetime

    @property
    def purpose(self) -> str:
        """For what it is used; "" where nobody said."""
        return self.ask.purpose or self.landed.purpose or ""


class VaultUse:
    """One use, from its grant to its record; alive inside the block that gave it."""

    def __init__(self, parts: Parts, opened: Opened, sealed: SealedFile, run: Run) -> None:
        self._parts = parts
        self._opened = opened
        self._run = run
        self.span = opened.span
        self.root = opened.file.root
        self.delivered = 0
        self.is_told = False
        self._chunks = sealed.chunks(opened.span.start, opened.span.end)
        self._first: bytes | None = None

    async def begin(self) -> None:
        """Open the first chunk, so that what is damaged is told before a byte has left.

        Raises:
            IntegrityError: `vault.damaged`. StoreError: `vault.unreadable`.
        """
        self._first = await anext(self._chunks, b"")

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes of the span; ends with the reason the moment the use has to stop.

        Raises:
            RefusedError: the agreement was stopped, the object destroyed, or the policy's time ran out.
            IntegrityError: `vault.damaged`.
        """
        if self._first is None:
            await self.begin()
        chunk, self._first = self._first or b"", None
        while chunk:
            self._check()
            self.delivered += len(chunk)  # before it leaves: what may have left counts
            yield chunk
            chunk = await anext(self._chunks, b"")
        self._check()

    def tell(self) -> None:
        """The head of the answer is about to leave: what may have been told counts."""
        self.is_told = True

    def at_stop(self, cut: Callable[[], None]) -> None:
        """Call `cut` in the moment in which the use has to stop, also while a chunk is on its way."""
        self._run.at_stop(cut)

    def _check(self) -> None:
        check(self._run, self._opened.until, self._parts.clock.now())


@asynccontextmanager
async def use(parts: Parts, vault: Vault, ask: VaultAsk) -> AsyncIterator[VaultUse]:
    """Open a use; leaving the block settles and records it, however it ended.

    Raises (on entering):
        NotFoundError: `vault.not-found`, `file.not-found`. ConflictError: `vault.not-landed`, `vault.destroyed`.
        RefusedError: the agreement is not alive, or the policy does not say yes. RangeError: `range.unsatisfiable`.
        IntegrityError: `vault.damaged`. StoreError: `vault.*`.
    """
    bound = parts.contexts.limits_of(ask.context).reads
    with parts.running.begin(ask.context, ask.object, at_most=bound) as run:
        try:
            opened = await _opened(parts, ask, run)
        except XinfuError as error:
            await _note_refusal(parts, ask, error)
            raise
        outcome = "cut"
        held: VaultUse | None = None
        try:
            spot = objects.spot_of(opened.landed, ask.path)
            async with vault.open(spot, objects.sealed_of(opened.file)) as sealed:
                held = VaultUse(parts, opened, sealed, run)
                now, asking = parts.clock.now(), partial(still, parts, ask)
                with ending_at(opened.until, now, run), asked_again(parts, run, asking):
                    yield held
                outcome = "completed" if held.delivered == opened.span.length else "cut"
        except XinfuError as error:
            outcome = error.code
            raise
        finally:
            delivered = held.delivered if held is not None else 0
            if outcome == "cut" and run.reason is not None:  # its reader stood still, and never saw why
                outcome = run.reason.code
            is_told = held is not None and held.is_told
            await asyncio.shield(_settle(parts, opened, delivered, outcome, is_told=is_told))


async def head(parts: Parts, ask: VaultAsk) -> StoredManifest:
    """What a file is, told to who may read it now: takes the use that the read behind it draws on, where a rule counts.

    Raises:
        As `use`.
    """
    try:
        return await _told(parts, ask)
    except XinfuError as error:
        await _note_refusal(parts, ask, error)
        raise


async def _told(parts: Parts, ask: VaultAsk) -> StoredManifest:
    claims = await own_claims(parts, ask)
    async with parts.store.step(ask.context) as step:
        await grants.hold_account(step, ask.object)
        standing = await standing_of(step, parts, ask)
        landed, agreement = standing.landed, standing.agreement
        file = await file_in(step, landed, ask.path)
        decision = await decision_on(step, parts, ask, standing, claims)
        must_be_yes(decision)
        account = await _account(step, parts, standing)
        if await pay_to_tell(step, parts.clock, decision, agreement, account, [file]):
            await step.vault.lock(landed.id)
            await step.vault.save(replace(landed, seen=standing.now))
            now = instant(standing.now)
            facts: dict[str, Fact] = {"dataset": landed.dataset, "object": landed.id, "root": file.root}
            facts |= {"path": file.path, "ranges": [], "bytes": 0, "outcome": "told", "action": ask.action}
            facts |= {"purpose": ask.purpose or landed.purpose or "", "started": now, "ended": now}
            wire_id, peer = agreement.wire_id, agreement.peer
            await note(step, parts.clock, "use", facts, process=landed.id, agreement=wire_id, peer=peer)
        return file


async def _opened(parts: Parts, ask: VaultAsk, run: Run) -> Opened:
    """As `_open`; the refusal of a range says how long the file is, so it is paid as what is told of it."""
    try:
        return await _open(parts, ask, run)
    except RangeError:
        await _told(parts, ask)
        raise


async def _open(parts: Parts, ask: VaultAsk, run: Run) -> Opened:
    """One step: who may is asked, uses are paid, and the log says that bytes may leave from here on."""
    claims = await own_claims(parts, ask)
    async with parts.store.step(ask.context) as step:
        await grants.hold_account(step, ask.object)
        standing = await standing_of(step, parts, ask)
        landed, agreement = standing.landed, standing.agreement
        run.under(agreement.id, agreement.epoch)
        file = await file_in(step, landed, ask.path)
        span = span_of(ask.range, file.size_bytes)
        decision = await decision_on(step, parts, ask, standing, claims)
        must_be_yes(decision)
        account = await _account(step, parts, standing)
        paid = await pay(step, parts.clock, decision, agreement, account, file, span.length)
        await step.vault.lock(landed.id)
        exported = landed.exported or ask.action != READ
        await step.vault.save(replace(landed, seen=standing.now, exported=exported))
        opened = Opened(
            ask=ask,
            landed=landed,
            agreement=agreement,
            file=file,
            span=span,
            until=decision.until,
            paid=paid,
            started=standing.now,
        )
        await _note(step, parts, "use.begun", _facts(opened, span.length), opened)
        return opened


async def _account(step: Step, parts: Parts, standing: Standing) -> Grant:
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
    await step.grants.add(account)
    return account


async def _settle(parts: Parts, opened: Opened, delivered: int, outcome: str, *, is_told: bool) -> None:
    ended = parts.clock.now()
    cut = delivered if delivered < opened.span.length else 0
    async with parts.store.step(opened.ask.context) as step:
        await grants.hold_account(step, opened.landed.id)
        length = opened.span.length
        await settle(step, opened.paid, opened.file, length, delivered, cut, is_told=is_told)
        facts = _facts(opened, delivered) | {"bytes": delivered, "outcome": outcome, "ended": instant(ended)}
        await _note(step, parts, "use", facts, opened)
        told = {"action": opened.ask.action, "purpose": opened.purpose, "bytes": str(delivered)}
        await usage_reports.used(step, parts.clock, opened.agreement, outcome, told)


async def _note_refusal(parts: Parts, ask: VaultAsk, error: XinfuError) -> None:
    async with parts.store.step(ask.context) as step:
        landed = await step.vault.get(ask.object)
        if landed is None:
            return
        facts: dict[str, Fact] = {
            "code": error.code,
            "object": landed.id,
            "path": ask.path,
            "action": ask.action,
            "purpose": ask.purpose or landed.purpose or "",
        }
        await note(
            step,
            parts.clock,
            "refusal",
            facts,
            process=landed.id,
            agreement=landed.wire_id,
            peer=landed.peer,
        )
        agreement = await step.agreements.get(landed.agreement)
        if agreement is not None:
            told = {"action": ask.action, "purpose": ask.purpose or landed.purpose or ""}
            await usage_reports.used(step, parts.clock, agreement, error.code, told)


async def _note(step: Step, parts: Parts, kind: str, facts: dict[str, Fact], opened: Opened) -> None:
    await note(
        step,
        parts.clock,
        kind,
        facts,
        process=opened.landed.id,
        agreement=opened.agreement.wire_id,
        peer=opened.agreement.peer,
    )


def _facts(opened: Opened, length: int) -> dict[str, Fact]:
    start = opened.span.start
    return {
        "dataset": opened.landed.dataset,
        "object": opened.landed.id,
        "root": opened.file.root,
        "path": opened.file.path,
        "ranges": [f"{start}-{start + length}"],
        "started": instant(opened.started),
        "action": opened.ask.action,
        "purpose": opened.purpose,
    }
