"""The enforcement point of the consumer's side: every byte that leaves the vault passes here.

object has landed -> agreement is alive -> policy says yes to this act, now, for this purpose -> uses are paid -> bytes,
with a stop check at every chunk -> what was shown is settled and recorded. What is refused is recorded as well.

It is the same policy that the provider goes by, asked of ourselves: counts are those of this vault, as a use pays for
as many bytes as a file is long (decision 0004). For an object time never runs backwards: a clock that was set back
opens nothing again. What a reader does with bytes that it was shown is beyond any vault: that is by contract.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Literal

import msgspec
from msgspec.structs import replace

from xinfu.errors import NotFoundError, XinfuError
from xinfu.evidence import instant
from xinfu.evidence.entry import Fact
from xinfu.odrl import Decision
from xinfu.ports.records import AgreementRecord, AgreementState, Grant, StoredManifest, VaultObject
from xinfu.ports.store import Step
from xinfu.ports.vault import SealedFile, Vault
from xinfu.services import agreements, grants
from xinfu.services.parts import Parts
from xinfu.services.proof import note
from xinfu.services.refusals import refused
from xinfu.services.running import Run
from xinfu.services.usage.account import Paid, pay, settle
from xinfu.services.usage.decide import READ, Claims, decide
from xinfu.services.usage.ending import check, ending_at
from xinfu.services.usage.facts import OUTSIDE, VAULT
from xinfu.services.usage.rechecks import asked_again
from xinfu.services.usage.span import Span, span_of
from xinfu.services.vault import objects
from xinfu.verdict import Verdict


class VaultAsk(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants of an object.

    Attributes:
        action: to read it here, or to export it, which is ODRL's "make copies" and TC609's 复制.
        purpose: None: the one that its transfer was asked for.
    """

    context: str
    object: str
    path: str = ""
    range: str | None = None
    action: Literal["read", "reproduce"] = "read"
    purpose: str | None = None


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

    @property
    def stopped(self) -> asyncio.Event:
        """Set when the use has to stop at once, also while a chunk is on its way."""
        return self._run.stopped

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
            opened = await _open(parts, ask, run)
        except XinfuError as error:
            await _note_refusal(parts, ask, error)
            raise
        outcome = "cut"
        held: VaultUse | None = None
        try:
            spot = objects.spot_of(opened.landed, ask.path)
            async with vault.open(spot, objects.sealed_of(opened.file)) as sealed:
                held = VaultUse(parts, opened, sealed, run)
                now, still = parts.clock.now(), partial(_still, parts, ask)
                with ending_at(opened.until, now, run), asked_again(parts, run, still):
                    yield held
                outcome = "completed" if held.delivered == opened.span.length else "cut"
        except XinfuError as error:
            outcome = error.code
            raise
        finally:
            delivered = held.delivered if held is not None else 0
            if outcome == "cut" and run.reason is not None:  # its reader stood still, and never saw why
                outcome = run.reason.code
            await asyncio.shield(_settle(parts, opened, delivered, outcome))


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How an object stands when somebody asks for it: whole, under an agreement that is alive.

    Attributes:
        account: what was read of it so far; None before the first use.
        now: the time that it goes by.
    """

    landed: VaultObject
    agreement: AgreementRecord
    account: Grant | None
    now: datetime


async def head(parts: Parts, ask: VaultAsk) -> StoredManifest:
    """What may be known of a file before it is read, by who may read it now; costs no use.

    Raises:
        As `use`.
    """
    claims = await _claims(parts, ask)
    async with parts.store.view(ask.context) as view:
        standing = await _standing(view, parts, ask)
        _must_be_yes(await _decision(view, parts, ask, standing, claims))
        return await _file(view, standing.landed, ask.path)


async def _still(parts: Parts, ask: VaultAsk) -> None:
    """Whether a use that was opened may go on.

    Raises:
        RefusedError: it may not.
    """
    claims = await _claims(parts, ask)
    async with parts.store.view(ask.context) as view:
        standing = await _standing(view, parts, ask)
        _must_be_yes(await _decision(view, parts, ask, standing, claims))


async def may(parts: Parts, ask: VaultAsk) -> Decision:
    """What the policy says to this act on a whole file now, with the reasons of a no; costs no use.

    Raises:
        NotFoundError, ConflictError, RefusedError: as `use`, but for the policy's own no.
    """
    claims = await _claims(parts, ask)
    async with parts.store.view(ask.context) as view:
        standing = await _standing(view, parts, ask)
        file = await view.manifests.get(f"{standing.landed.id}/{ask.path}")
        if file is not None and not _is_paid(standing.account, file):
            standing = replace(standing, account=None)
        return await _decision(view, parts, ask, standing, claims)


def _is_paid(account: Grant | None, file: StoredManifest) -> bool:
    """Whether all of a file can be read again under the uses that were paid already."""
    if account is None:
        return False
    counted = account.delivered.get(file.path, 0) + file.size_bytes
    return counted <= account.uses * file.size_bytes


async def _open(parts: Parts, ask: VaultAsk, run: Run) -> Opened:
    """One step: who may is asked, uses are paid, and the log says that bytes may leave from here on."""
    claims = await _claims(parts, ask)
    async with parts.store.step(ask.context) as step:
        await grants.hold_account(step, ask.object)
        standing = await _standing(step, parts, ask)
        landed, agreement = standing.landed, standing.agreement
        run.under(agreement.id, agreement.epoch)
        file = await _file(step, landed, ask.path)
        span = span_of(ask.range, file.size_bytes)
        decision = await _decision(step, parts, ask, standing, claims)
        _must_be_yes(decision)
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


async def _standing(step: Step, parts: Parts, ask: VaultAsk) -> Standing:
    landed = await objects.must_find(step, ask.object)
    objects.must_be_whole(landed)
    agreement = await step.agreements.get(landed.agreement)
    if agreement is None:
        raise agreements.not_found()
    if agreement.state is not AgreementState.ACTIVE:
        raise agreements.ended(agreement)
    account = await step.grants.get(_account_id(landed))
    now = max(parts.clock.now(), landed.seen)
    return Standing(landed=landed, agreement=agreement, account=account, now=now)


async def _file(step: Step, landed: VaultObject, path: str) -> StoredManifest:
    found = await step.manifests.get(f"{landed.id}/{path}")
    if found is None or found.asset != landed.id or not found.stamp:
        raise NotFoundError("file.not-found", "The object has no such file.", "该对象中没有这个文件。")
    return found


def _account_id(landed: VaultObject) -> str:
    return f"vault:{landed.id}"


async def _account(step: Step, parts: Parts, standing: Standing) -> Grant:
    """The account of what was read of an object; no token opens it."""
    landed, agreement = standing.landed, standing.agreement
    until = standing.now + parts.contexts.get(landed.context).token_ttl
    if standing.account is not None:
        return replace(standing.account, until=until)
    account = Grant(
        id=_account_id(landed),
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


async def _decision(step: Step, parts: Parts, ask: VaultAsk, standing: Standing, claims: Claims) -> Decision:
    account = standing.account
    return await decide(
        step,
        standing.agreement,
        claims=claims,
        purpose=ask.purpose or standing.landed.purpose,
        now=standing.now,
        action=ask.action,
        environment=VAULT if ask.action == READ else OUTSIDE,
        paid=0 if account is None else account.uses,
        assignee=parts.contexts.get(ask.context).participant,
    )


def _must_be_yes(decision: Decision) -> None:
    if decision.verdict is not Verdict.YES:
        raise refused(decision)


async def _claims(parts: Parts, ask: VaultAsk) -> Claims:
    """What our own credentials are worth now, asked only where the policy goes by them."""
    async with parts.store.view(ask.context) as view:
        bare = await _decision(view, parts, ask, await _standing(view, parts, ask), {})
    if bare.verdict is Verdict.YES:
        return {}
    ours = parts.contexts.get(ask.context)
    shown = await parts.identity.prove(
        context=ours.id, audience=ours.participant, url=ours.protocol_base, body=None
    )
    return await parts.identity.proven(shown, holder=ours.participant)


async def _settle(parts: Parts, opened: Opened, delivered: int, outcome: str) -> None:
    ended = parts.clock.now()
    cut = delivered if delivered < opened.span.length else 0
    async with parts.store.step(opened.ask.context) as step:
        await grants.hold_account(step, opened.landed.id)
        await settle(step, opened.paid, opened.file, opened.span.length, delivered, cut)
        facts = _facts(opened, delivered) | {"bytes": delivered, "outcome": outcome, "ended": instant(ended)}
        await _note(step, parts, "use", facts, opened)


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
