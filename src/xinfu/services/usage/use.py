"""The one enforcement point (PEP): every byte that leaves passes here.

token -> grant -> transfer runs -> agreement is alive -> policy says yes -> uses are paid -> bytes, with a stop
check at every chunk -> what was delivered is settled and recorded. What is refused is recorded as well.

How uses are counted: a use pays for as many bytes as the file is long. A read that would go beyond what was
paid takes the next use first, so resuming after a cut costs nothing. Bytes that were on their way when a read was
cut may never have arrived; each use credits them once, up to 16 MiB and never more than the file.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Final

import msgspec
from msgspec.structs import replace

from xinfu.dsp.transfer import TransferProcess
from xinfu.errors import NotFoundError, RefusedError, UnauthorizedError, XinfuError
from xinfu.evidence import instant
from xinfu.evidence.entry import Fact
from xinfu.odrl import Decision
from xinfu.ports.dataplane import Opened
from xinfu.ports.records import AgreementRecord, AgreementState, Asset, Grant, StoredManifest
from xinfu.ports.store import Step
from xinfu.services import agreements, grants, secrets
from xinfu.services.parts import Parts
from xinfu.services.proof import note
from xinfu.services.refusals import refused
from xinfu.services.running import Run
from xinfu.services.usage.decide import Claims, counter_name, decide
from xinfu.services.usage.span import Span, span_of
from xinfu.verdict import Verdict

_log = logging.getLogger(__name__)

STARTED: Final = "STARTED"

ON_THEIR_WAY: Final = 16 * 1024 * 1024
"""Bytes that buffers between two machines may hold when a connection breaks."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller of the data listener wants. `path` is "" for a source that is one file."""

    context: str
    token: str
    transfer: str
    path: str = ""
    range: str | None = None


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What was found and granted in the step that opened a use; `grant` as that step left it."""

    grant: Grant
    agreement: AgreementRecord
    asset: Asset
    manifest: StoredManifest
    span: Span
    until: datetime | None
    reservations: tuple[str, ...]
    uses: int
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
            self._check()
            self.delivered += len(chunk)  # before it leaves: what may have left counts
            yield chunk
        self._check()

    @property
    def stopped(self) -> asyncio.Event:
        """Set when the use has to stop at once, also while a chunk is on its way."""
        return self._run.stopped

    def _check(self) -> None:
        if self._run.reason is not None:
            raise self._run.reason
        if self._until is not None and self._parts.clock.now() >= self._until:
            raise _time_over()


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
            await _note_refusal(parts, ask, error)
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
                with _ending_at(opening.until, parts.clock.now(), run):
                    yield held
                outcome = "completed" if held.delivered == opening.span.length else "cut"
        except XinfuError as error:
            outcome = error.code
            raise
        finally:
            delivered = held.delivered if held is not None else 0
            await asyncio.shield(_settle(parts, ask, opening, delivered, outcome))


@contextmanager
def _ending_at(until: datetime | None, now: datetime, run: Run) -> Iterator[None]:
    """Stop the run when its time is over, so that a reader who stands still is cut as well."""
    if until is None:
        yield
        return
    left = max(0.0, (until - now).total_seconds())
    timer = asyncio.get_running_loop().call_later(left, run.stop, _time_over())
    try:
        yield
    finally:
        timer.cancel()


async def manifest_of(parts: Parts, ask: Ask) -> StoredManifest:
    """The chunk manifest of a file, for a caller whose token may read it; costs no use."""
    claims = await _claims_now(parts, ask)
    now = parts.clock.now()
    async with parts.store.view(ask.context) as view:
        grant, agreement = await _granted(view, ask, now)
        await _allowed(view, agreement, await grants.account(view, grant), claims, now)
        return await _manifest(view, grant.dataset, ask.path)


async def listing_of(parts: Parts, ask: Ask) -> list[StoredManifest]:
    """The files of a folder, for a caller whose token may read it; costs no use."""
    claims = await _claims_now(parts, ask)
    now = parts.clock.now()
    async with parts.store.view(ask.context) as view:
        grant, agreement = await _granted(view, ask, now)
        await _allowed(view, agreement, await grants.account(view, grant), claims, now)
        found: list[StoredManifest] = []
        after: str | None = None
        while page := await view.manifests.find({"asset": grant.dataset}, after=after, limit=1000):
            found += page
            after = page[-1].id
        return found


async def _open(parts: Parts, ask: Ask, run: Run) -> Opening:
    claims = await _claims_now(parts, ask)  # a stranger is refused here, and never holds up the writer
    now = parts.clock.now()
    async with parts.store.step(ask.context) as step:
        await grants.hold_account(step, ask.transfer)
        grant, agreement = await _granted(step, ask, now)
        grant = await grants.taken_up(step, grant, now)
        run.under(agreement.id, agreement.epoch)
        asset = await step.assets.get(grant.dataset)
        if asset is None:
            raise NotFoundError("file.not-found", "The dataset is gone.", "该数据产品已不存在。")
        manifest = await _manifest(step, asset.id, ask.path)
        span = span_of(ask.range, manifest.size_bytes)
        decision = await _allowed(step, agreement, grant, claims, now)
        uses, reservations = await _pay(step, parts, decision, agreement, grant, manifest, span)
        counted = grant.delivered.get(ask.path, 0) + span.length
        grant = replace(grant, uses=grant.uses + uses, delivered={**grant.delivered, ask.path: counted})
        await step.grants.save(grant)
        begun = _facts(asset.id, manifest, span.start, span.end) | {"started": instant(now)}
        await _note_use(step, parts, "use.begun", begun, ask, agreement)
        return Opening(
            grant=grant,
            agreement=agreement,
            asset=asset,
            manifest=manifest,
            span=span,
            until=decision.until,
            reservations=reservations,
            uses=uses,
            started=now,
        )


async def _known(step: Step, ask: Ask) -> Grant:
    """The grant that the token opens, whatever has become of it."""
    grant = await step.grants.get(grants.token_id(ask.token)) if ask.token else None
    if grant is None:
        raise UnauthorizedError(
            "data.token-refused",
            "The endpoint token opens nothing here.",
            "该端点令牌在此无效。",
            help_en="Use the token of the latest start message.",
            help_zh="请使用最近一次启动消息中的令牌。",
        )
    return grant


def is_running(transfer: TransferProcess) -> bool:
    """Whether bytes may flow: the transfer has started, or its start is on its way to the consumer."""
    return transfer.state == STARTED or transfer.sending == "START"


async def _granted(step: Step, ask: Ask, now: datetime) -> tuple[Grant, AgreementRecord]:
    """The grant that the token opens, and its live agreement."""
    grant = await _known(step, ask)
    transfer = await step.transfers.get(grant.transfer)
    agreement = await step.agreements.get(grant.agreement)
    if grant.transfer != ask.transfer or transfer is None or agreement is None:
        raise RefusedError(
            "data.other-transfer", "The token belongs to another transfer.", "该令牌属于另一个传输。"
        )
    if agreement.state is not AgreementState.ACTIVE:
        raise agreements.ended(agreement)
    if grant.closed or grant.epoch != agreement.epoch or not is_running(transfer):
        raise grants.not_started(transfer)
    if now >= grant.until:
        raise RefusedError(
            "data.token-expired",
            "The endpoint token has expired.",
            "该端点令牌已过期。",
            help_en="Suspend and start the transfer again, or ask for a new one.",
            help_zh="请中止后重新启动该传输，或发起新的传输。",
        )
    return grant, agreement


async def _manifest(step: Step, asset: str, path: str) -> StoredManifest:
    found = await step.manifests.get(f"{asset}/{path}")
    if found is None or found.asset != asset:  # ids may hold slashes: "a" + "b/c" reads like "a/b" + "c"
        raise NotFoundError("file.not-found", "The dataset has no such file.", "该数据产品中没有这个文件。")
    return found


async def _claims_now(parts: Parts, ask: Ask) -> Claims:
    """What the consumer's credentials are worth at this use, asked only where the policy goes by them (J4)."""
    now = parts.clock.now()
    async with parts.store.view(ask.context) as view:
        grant = await _known(view, ask)
        agreement = await view.agreements.get(grant.agreement)
        shown = await view.log.attachments(grant.shown) if grant.shown else {}
        if agreement is None or "token" not in shown:
            return grant.claims
        bare = await decide(view, agreement, claims={}, purpose=grant.purpose, now=now, paid=grant.uses)
    if bare.verdict is Verdict.YES or grant.closed:
        return {}
    return await parts.identity.proven(shown["token"].decode(), holder=agreement.peer)


async def _allowed(
    step: Step, agreement: AgreementRecord, grant: Grant, claims: Claims, now: datetime
) -> Decision:
    decision = await decide(step, agreement, claims=claims, purpose=grant.purpose, now=now, paid=grant.uses)
    if decision.verdict is not Verdict.YES:
        raise refused(decision)
    return decision


async def _pay(
    step: Step,
    parts: Parts,
    decision: Decision,
    agreement: AgreementRecord,
    grant: Grant,
    manifest: StoredManifest,
    span: Span,
) -> tuple[int, tuple[str, ...]]:
    """Set aside the uses that this read needs beyond what its transfer has paid."""
    size = max(1, manifest.size_bytes)
    wanted = -(-max(1, grant.delivered.get(manifest.path, 0) + span.length) // size)
    uses = max(0, wanted - grant.uses)
    reservations: list[str] = []
    if uses:
        for reserve in sorted(decision.reserve, key=lambda each: each.key):
            reservation = parts.clock.new_id()
            counter = counter_name(agreement.id, reserve.key)
            granted = await step.quotas.reserve(
                counter, uses, limit=reserve.limit, reservation=reservation, expires=grant.until
            )
            if not granted:
                raise _exhausted(reserve.limit)
            reservations.append(reservation)
    return uses, tuple(reservations)


async def _settle(parts: Parts, ask: Ask, opening: Opening, delivered: int, outcome: str) -> None:
    """Give back what was not delivered, keep what was, and record it."""
    span = opening.span
    async with parts.store.step(ask.context) as step:
        # a token that was issued meanwhile took the account over
        grant = await grants.latest(step, ask.transfer) or opening.grant
        credit = _credit(grant, opening, delivered)
        given_back = span.length - delivered + credit
        counted = {**grant.delivered, ask.path: max(0, grant.delivered.get(ask.path, 0) - given_back)}
        credited = {**grant.credited, ask.path: grant.credited.get(ask.path, 0) + credit}
        # given back only when no other read came under it
        alone = (grant.uses, grant.delivered) == (opening.grant.uses, opening.grant.delivered)
        idle = delivered == 0 and span.length > 0 and alone
        unused = opening.uses if idle else 0
        for reservation in opening.reservations:
            await step.quotas.commit(reservation, amount=opening.uses - unused)
        await step.grants.save(replace(grant, uses=grant.uses - unused, delivered=counted, credited=credited))
        facts = _facts(opening.asset.id, opening.manifest, span.start, span.start + delivered)
        facts |= {"bytes": delivered, "outcome": outcome}
        facts |= {"started": instant(opening.started), "ended": instant(parts.clock.now())}
        await _note_use(step, parts, "use", facts, ask, opening.agreement)


def _facts(asset: str, manifest: StoredManifest, start: int, end: int) -> dict[str, Fact]:
    return {"dataset": asset, "root": manifest.root, "path": manifest.path, "ranges": [f"{start}-{end}"]}


async def _note_use(
    step: Step, parts: Parts, kind: str, facts: dict[str, Fact], ask: Ask, agreement: AgreementRecord
) -> None:
    """A use has two entries, so that no byte leaves unrecorded, whatever becomes of the node meanwhile."""
    await note(
        step,
        parts.clock,
        kind,
        facts,
        process=ask.transfer,
        agreement=agreement.wire_id,
        peer=agreement.peer,
    )


def _credit(grant: Grant, opening: Opening, delivered: int) -> int:
    """Bytes of a cut read that may have been lost on their way, within what the paid uses allow."""
    if delivered >= opening.span.length:
        return 0
    manifest = opening.manifest
    allowed = grant.uses * min(ON_THEIR_WAY, manifest.size_bytes)
    left = allowed - grant.credited.get(manifest.path, 0)
    return max(0, min(delivered, ON_THEIR_WAY, left))


async def _note_refusal(parts: Parts, ask: Ask, error: XinfuError) -> None:
    """A refusal of a known grant is evidence; a token that nobody knows is only a log line."""
    _log.warning("use refused", extra={"code": error.code, "transfer": ask.transfer})
    if isinstance(error, UnauthorizedError):
        return
    async with parts.store.step(ask.context) as step:
        grant = await _known(step, ask)  # whose token it is, not what the caller says
        transfer = await step.transfers.get(grant.transfer)
        if transfer is not None:
            facts = {"code": error.code, "path": ask.path}
            await note(step, parts.clock, "refusal", facts, process=transfer.id, peer=transfer.peer)


def _time_over() -> RefusedError:
    return RefusedError(
        "use.time-over", "The permitted time ended during the use.", "使用过程中已超出许可的时间。"
    )


def _exhausted(limit: int) -> RefusedError:
    return RefusedError(
        "count.exhausted",
        f"{limit} uses were granted, and {limit} are spent.",
        f"共许可使用 {limit} 次，已用完。",
        help_en="Negotiate again for more uses.",
        help_zh="如需更多次数，请重新协商。",
        facts={"limit": str(limit)},
    )
