"""The one enforcement point (PEP): every byte that leaves passes here.

token -> grant -> transfer runs -> agreement is alive -> policy says yes -> uses are paid -> bytes, with a stop
check at every chunk -> what was delivered is settled and recorded. What is refused is recorded as well.
Who may is asked in granted.py; how uses are counted stands in account.py.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import msgspec

from xinfu.errors import NotFoundError, XinfuError
from xinfu.evidence import instant
from xinfu.evidence.entry import Fact
from xinfu.ports.dataplane import Opened
from xinfu.ports.records import AgreementRecord, Asset, StoredManifest
from xinfu.ports.store import Step
from xinfu.services import grants, secrets
from xinfu.services.parts import Parts
from xinfu.services.running import Run
from xinfu.services.usage.account import Paid, pay, settle
from xinfu.services.usage.ending import check, ending_at
from xinfu.services.usage.granted import Ask, allowed, claims_now, granted
from xinfu.services.usage.record import note_refusal, note_use
from xinfu.services.usage.span import Span, span_of


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What was found and granted in the step that opened a use."""

    agreement: AgreementRecord
    asset: Asset
    manifest: StoredManifest
    span: Span
    until: datetime | None
    paid: Paid
    started: datetime


class Use:
    """One use, from its grant to its record; alive inside the block that gave it."""

    def __init__(self, parts: Parts, opening: Opening, opened: Opened, run: Run) -> None:
        self._parts = parts
        self._opened = opened
        self._run = run
        self.asset = opening.asset
        self.manifest = opening.manifest
        self.span = opening.span
        self._until = opening.until
        self.delivered = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes of the span; ends with the reason the moment the use has to stop.

        Raises:
            RefusedError: the agreement or transfer was stopped, or the policy's time ran out.
            IntegrityError: `source.changed`.
        """
        async for chunk in self._opened.chunks(self.span.start, self.span.end):
            check(self._run, self._until, self._parts.clock.now())
            self.delivered += len(chunk)  # before it leaves: what may have left counts
            yield chunk
        check(self._run, self._until, self._parts.clock.now())

    @property
    def stopped(self) -> asyncio.Event:
        """Set when the use has to stop at once, also while a chunk is on its way."""
        return self._run.stopped


@asynccontextmanager
async def use(parts: Parts, ask: Ask) -> AsyncIterator[Use]:
    """Open a use; leaving the block settles and records it, however it ended.

    Raises (on entering):
        UnauthorizedError: `data.token-refused`: no such token.
        RefusedError: closed, expired, of another transfer, stopped, or the policy does not say yes.
        NotFoundError: `file.not-found`. RangeError: `range.unsatisfiable`.
        IntegrityError: `source.changed`.
    """
    with parts.running.begin(ask.context, ask.transfer) as run:
        try:
            opening = await _open(parts, ask, run)
        except XinfuError as error:
            await note_refusal(parts, ask, error)
            raise
        plane = parts.planes[opening.asset.source.kind]
        outcome = "cut"
        held: Use | None = None
        try:
            source = opening.asset.source
            keys = await secrets.opened(parts, ask.context, source.secret_names)
            stamp = opening.manifest.stamp
            async with plane.open(source, ask.path, stamp=stamp, secrets=keys) as opened:
                held = Use(parts, opening, opened, run)
                with ending_at(opening.until, parts.clock.now(), run):
                    yield held
                outcome = "completed" if held.delivered == opening.span.length else "cut"
        except XinfuError as error:
            outcome = error.code
            raise
        finally:
            delivered = held.delivered if held is not None else 0
            await asyncio.shield(_settle(parts, ask, opening, delivered, outcome))


async def manifest_of(parts: Parts, ask: Ask) -> StoredManifest:
    """The chunk manifest of a file, for a caller whose token may read it; costs no use."""
    claims = await claims_now(parts, ask)
    now = parts.clock.now()
    async with parts.store.view(ask.context) as view:
        grant, agreement = await granted(view, ask, now)
        await allowed(view, agreement, await grants.account(view, grant), claims, now)
        return await _manifest(view, grant.dataset, ask.path)


async def listing_of(parts: Parts, ask: Ask) -> list[StoredManifest]:
    """The files of a folder, for a caller whose token may read it; costs no use."""
    claims = await claims_now(parts, ask)
    now = parts.clock.now()
    async with parts.store.view(ask.context) as view:
        grant, agreement = await granted(view, ask, now)
        await allowed(view, agreement, await grants.account(view, grant), claims, now)
        found: list[StoredManifest] = []
        after: str | None = None
        while page := await view.manifests.find({"asset": grant.dataset}, after=after, limit=1000):
            found += page
            after = page[-1].id
        return found


async def _open(parts: Parts, ask: Ask, run: Run) -> Opening:
    claims = await claims_now(parts, ask)  # a stranger is refused here, and never holds up the writer
    now = parts.clock.now()
    async with parts.store.step(ask.context) as step:
        await grants.hold_account(step, ask.transfer)
        grant, agreement = await granted(step, ask, now)
        grant = await grants.taken_up(step, grant, now)
        run.under(agreement.id, agreement.epoch)
        asset = await step.assets.get(grant.dataset)
        if asset is None:
            raise NotFoundError("file.not-found", "The dataset is gone.", "该数据产品已不存在。")
        manifest = await _manifest(step, asset.id, ask.path)
        span = span_of(ask.range, manifest.size_bytes)
        decision = await allowed(step, agreement, grant, claims, now)
        paid = await pay(step, parts.clock, decision, agreement, grant, manifest, span.length)
        begun = _facts(asset.id, manifest, span.start, span.end) | {"started": instant(now)}
        await note_use(step, parts, "use.begun", begun, ask, agreement)
        return Opening(
            agreement=agreement,
            asset=asset,
            manifest=manifest,
            span=span,
            until=decision.until,
            paid=paid,
            started=now,
        )


async def _manifest(step: Step, asset: str, path: str) -> StoredManifest:
    found = await step.manifests.get(f"{asset}/{path}")
    if found is None or found.asset != asset:  # ids may hold slashes: "a" + "b/c" reads like "a/b" + "c"
        raise NotFoundError("file.not-found", "The dataset has no such file.", "该数据产品中没有这个文件。")
    return found


async def _settle(parts: Parts, ask: Ask, opening: Opening, delivered: int, outcome: str) -> None:
    """Settle the account, and record what was delivered."""
    span = opening.span
    async with parts.store.step(ask.context) as step:
        await settle(step, opening.paid, opening.manifest, span.length, delivered)
        facts = _facts(opening.asset.id, opening.manifest, span.start, span.start + delivered)
        facts |= {"bytes": delivered, "outcome": outcome}
        facts |= {"started": instant(opening.started), "ended": instant(parts.clock.now())}
        await note_use(step, parts, "use", facts, ask, opening.agreement)


def _facts(asset: str, manifest: StoredManifest, start: int, end: int) -> dict[str, Fact]:
    return {"dataset": asset, "root": manifest.root, "path": manifest.path, "ranges": [f"{start}-{end}"]}
