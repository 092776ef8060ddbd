"""The enforcement point for sources whose bytes come into being as they are read: an HTTP API, the rows of a query, a
file in another form than its own.

The checks are those of use.py, in the same order. Each request pays for one use, or by what is kept of its answer
(results.py). It is given back where nothing was
used through the source's own fault: it could not be opened, it died before its first byte, or it answered 5xx. What
flows is hashed as it flows (D-17).
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Final

import msgspec

from xinfu.errors import InputError, NotFoundError, XinfuError
from xinfu.evidence import instant
from xinfu.evidence.entry import Fact
from xinfu.odrl import Decision, Measure
from xinfu.ports.dataplane import LiveAnswer, LivePlane, LiveRequest
from xinfu.ports.records import AgreementRecord, Asset, Grant
from xinfu.ports.sources import HttpSource, LiveSource, Source
from xinfu.ports.store import Step
from xinfu.services.agreements import duties
from xinfu.services.memory.running import Run
from xinfu.services.parts import Parts
from xinfu.services.sources import places
from xinfu.services.usage import meters
from xinfu.services.usage.account import take
from xinfu.services.usage.admission import Caller, admit_use, meet
from xinfu.services.usage.blocks import Blocks
from xinfu.services.usage.ending import check, ending_at
from xinfu.services.usage.foreseen import Foreseen, foresee
from xinfu.services.usage.forms import check_form, form_facts
from xinfu.services.usage.granted import Ask
from xinfu.services.usage.keyed import KEY_HEADER
from xinfu.services.usage.meters import Held, Taker
from xinfu.services.usage.rechecks import rechecked
from xinfu.services.usage.record import note_refusal, note_use
from xinfu.services.usage.results import Charge, charge, charge_once, settle
from xinfu.services.usage.rows import live_source
from xinfu.services.usage.timing import UseTime

TELLING: Final = frozenset({"rows.exhausted", "result.too-large", "source.value"})
"""Reasons for which there is no result that say something of what would be in it."""


class LiveOpening(msgspec.Struct, frozen=True, kw_only=True):
    """What was found and granted in the step that opened a use."""

    agreement: AgreementRecord
    asset: Asset
    plane: LivePlane
    source: LiveSource
    request: LiveRequest
    until: datetime | None
    held: tuple[Held, ...]
    blocks: Blocks
    time: UseTime
    charged: Charge | None
    owes: tuple[str, ...]
    started: datetime


class LiveUse:
    """One use of a live source, from its grant to its record; alive inside the block that gave it."""

    def __init__(self, parts: Parts, opening: LiveOpening, answer: LiveAnswer, run: Run) -> None:
        self._parts = parts
        self._until = opening.until
        self._blocks = opening.blocks
        self._run = run
        self.answer = answer
        self.form = form_facts(opening.request)
        self.delivered = 0
        self.is_whole = False
        self.is_told = False
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        """SHA-256 of what was delivered, hex."""
        return self._hash.hexdigest()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes of the answer; ends with the reason the moment the use has to stop.

        Raises:
            RefusedError: the agreement or transfer was stopped, or the policy's time ran out, or its bytes.
            StoreError: `source.broken-off`.
        """
        async for piece in self.answer.chunks():
            granted = await self._blocks.take(self._parts.store, len(piece))
            check(self._run, self._until, self._parts.clock.now())
            chunk = piece[:granted]
            self.delivered += granted  # before it leaves: what may have left counts
            self._hash.update(chunk)
            if chunk:
                yield chunk
            if granted < len(piece) and self._blocks.over is not None:
                raise self._blocks.over
        check(self._run, self._until, self._parts.clock.now())
        self.is_whole = True

    def tell(self) -> None:
        """The head of the answer is about to leave: what may have been told counts."""
        self.is_told = self.answer.size is not None

    def check(self) -> None:
        """Go on only while nothing ends the use.

        Raises:
            RefusedError: why it ends.
        """
        check(self._run, self._until, self._parts.clock.now())

    def at_stop(self, cut: Callable[[], None]) -> None:
        """Call `cut` in the moment in which the use has to stop, also while a chunk is on its way."""
        self._run.at_stop(cut)


@asynccontextmanager
async def live_use(
    parts: Parts, ask: Ask, request: LiveRequest, caller: Caller | None = None
) -> AsyncIterator[LiveUse]:
    """Open a use of a live source; leaving the block settles and records it, however it ended.

    Args:
        caller: who asks, where it was met a moment ago.

    Raises (on entering):
        UnauthorizedError: `data.token-refused`: no such token.
        RefusedError: closed, expired, of another transfer, stopped, or the policy does not say yes.
        NotFoundError: `file.not-found`: the dataset is no live source, or has no such path.
        RefusedError: `column.closed`: the rule keeps back a column that is asked for.
        InputError: `source.not-passed`, `parameter.*`: the source does not take this from a consumer.
        ConflictError, CapacityError: `read.*`: the key cannot be used for this read.
        CapacityError: `context.full`: as many reads run as its provider may have at once.
        RangeError: `range.unsatisfiable`: behind the payment, for it says how long the result is.
        StoreError: `source.unreachable`.
    """
    async with AsyncExitStack() as turn:
        if ask.key:
            await turn.enter_async_context(parts.turns.of((ask.context, ask.transfer, ask.key)))
        async with _used(parts, ask, request, caller, turn) as held:
            yield held


@asynccontextmanager
async def _used(
    parts: Parts, ask: Ask, request: LiveRequest, caller: Caller | None, turn: AsyncExitStack
) -> AsyncIterator[LiveUse]:
    """The use; `turn` ends when its answer has begun, so that whoever repeats the read finds it."""
    bound = parts.contexts.limits_of(ask.context).reads
    with parts.running.begin(ask.context, ask.transfer, at_most=bound) as run:
        try:
            caller = caller or await meet(parts, ask)
            seen = await foresee(parts, ask, request, caller)
            opening = await _open(parts, ask, request, caller, seen, run)
        except XinfuError as error:
            await note_refusal(parts, ask, error)
            raise
        outcome, held = "cut", None
        try:
            if opening.charged is not None and opening.charged.seen.outside is not None:
                raise opening.charged.seen.outside
            async with AsyncExitStack() as stack:
                stack.enter_context(ending_at(opening.until, parts.clock.now(), run))
                stack.enter_context(rechecked(parts, ask, run, opening.request.transforms))
                stack.enter_context(opening.time.running(parts.store, run))
                keys = await places.at_use(parts, ask.context, opening.asset.source)
                source = opening.plane.open(opening.source, opening.request, secrets=keys)
                held = LiveUse(parts, opening, await _entered(stack, source, run), run)
                await turn.aclose()
                yield held
            outcome = "completed" if held.is_whole else "cut"
        except XinfuError as error:
            outcome = error.code
            raise
        finally:
            if outcome == "cut" and run.reason is not None:  # its reader stood still, and never saw why
                outcome = run.reason.code
            await asyncio.shield(_settle(parts, ask, opening, held, outcome))


async def _open(
    parts: Parts, ask: Ask, request: LiveRequest, caller: Caller, seen: Foreseen | None, run: Run
) -> LiveOpening:
    now = parts.clock.now()
    async with parts.store.step(ask.context) as step:
        admission = await admit_use(step, ask, caller.claims, now, run=run)
        grant, agreement = admission.account, admission.agreement
        asset, decision = admission.asset, admission.decision
        wanted = seen.request if seen else request
        changed = bool(wanted.columns or decision.transforms)
        source = None if asset is None else await live_source(step, parts, asset, changed=changed)
        if asset is None or source is None:
            raise NotFoundError(
                "file.not-found", "The dataset has no such file.", "该数据产品中没有这个文件。"
            )
        check_form(decision, wanted.transforms)
        charged = await _charged(step, parts, ask, decision, agreement, grant, seen)
        if charged is None:
            _check_key(ask, asset.source)
            held = await take(step, parts.clock, decision, agreement, grant, uses=1)
        else:
            held, request = charged.held, charged.seen.request
        is_sized = charged is not None and charged.seen.kept is not None
        taker = Taker(agreement=agreement, expires=grant.until)
        blocks = Blocks(parts.clock, taker, () if is_sized else decision.reserve, Measure.BYTES)
        time = UseTime(parts.clock, taker, decision)
        await time.begin(step, at_least_s=0)
        begun = _facts(asset, request, charged, 0) | {"started": instant(now)}
        await note_use(step, parts, "use.begun", begun, ask, agreement)
        return LiveOpening(
            agreement=agreement,
            asset=asset,
            plane=parts.live[source.kind],
            source=source,
            request=request,
            until=decision.until,
            held=held,
            blocks=blocks,
            time=time,
            charged=charged,
            owes=tuple(each.key for each in decision.duties),
            started=now,
        )


async def _charged(
    step: Step,
    parts: Parts,
    ask: Ask,
    decision: Decision,
    agreement: AgreementRecord,
    grant: Grant,
    seen: Foreseen | None,
) -> Charge | None:
    if seen is None:
        return None
    if ask.key:
        return await charge_once(step, parts.clock, decision, agreement, grant, seen, ask.key)
    return await charge(step, parts.clock, decision, agreement, grant, seen)


def _check_key(ask: Ask, source: Source) -> None:
    """Answers of an API are not kept, so none can be given again; its own keys are between it and the consumer.

    Raises:
        InputError: `read.key-live`.
    """
    passed = source.passes.headers if isinstance(source, HttpSource) else ()
    if ask.key and KEY_HEADER not in {name.lower() for name in passed}:
        raise InputError(
            "read.key-live",
            "The answers of this source are not kept, so a read of it cannot be repeated under a key.",
            "该数据源的应答不保留，无法按幂等键重复读取。",
            help_en="Read it without a key; each request is a use.",
            help_zh="请不带幂等键读取，每次请求计一次使用。",
        )


async def _entered(
    stack: AsyncExitStack, source: AbstractAsyncContextManager[LiveAnswer], run: Run
) -> LiveAnswer:
    """The source's answer; a stop ends the wait for it.

    Raises:
        RefusedError: the use was stopped before the source answered.
    """
    stopped = asyncio.create_task(run.stopped.wait())
    try:
        async with asyncio.timeout(None) as patience:
            stopped.add_done_callback(lambda _: _end(patience, run))
            return await stack.enter_async_context(source)
    except TimeoutError:
        if run.reason is not None:
            raise run.reason from None
        raise
    finally:
        stopped.cancel()


def _end(patience: asyncio.Timeout, run: Run) -> None:
    if run.reason is not None:
        with contextlib.suppress(RuntimeError):  # the source has answered meanwhile
            patience.reschedule(asyncio.get_running_loop().time())


async def _settle(parts: Parts, ask: Ask, opening: LiveOpening, held: LiveUse | None, outcome: str) -> None:
    """Keep or give back the use, and record what was delivered."""
    delivered = 0 if held is None else held.delivered
    charged = opening.charged
    async with parts.store.step(ask.context) as step:
        if charged is not None:
            is_whole = held is not None and held.is_whole
            is_told = outcome in TELLING or (held is not None and held.is_told)
            await settle(step, ask.transfer, charged, delivered, is_whole=is_whole, is_told=is_told)
        else:
            unused = held is None or _is_source_s_fault(held, outcome)
            await meters.settle(step, opening.held, {Measure.COUNT: 0 if unused else 1})
        await opening.blocks.settle(step.quotas, delivered)
        await opening.time.settle(step)
        if delivered:
            await duties.used(step, parts.clock, opening.agreement, opening.owes, ask.transfer)
        facts = _facts(opening.asset, opening.request, charged, delivered)
        facts |= {"bytes": delivered, "outcome": outcome}
        facts |= {"started": instant(opening.started), "ended": instant(parts.clock.now())}
        if held is not None:
            facts |= {"status": held.answer.status, "digest": held.digest}
        await note_use(step, parts, "use", facts, ask, opening.agreement)


def _is_source_s_fault(held: LiveUse, outcome: str) -> bool:
    died = held.delivered == 0 and outcome == "source.broken-off"
    return died or held.answer.status >= 500


def _facts(asset: Asset, request: LiveRequest, charged: Charge | None, delivered: int) -> dict[str, Fact]:
    """A live source has a root only where a result of it is kept: else the digest of what flowed stands in its place."""
    seen = charged.seen if charged else None
    root = seen.kept.manifest.root if seen and seen.kept else ""
    start = seen.start if seen else 0
    asked = {"path": request.path, "method": request.method}
    more = form_facts(request) | (charged.begun.facts if charged and charged.begun else {})
    return {"dataset": asset.id, "root": root, "ranges": [f"{start}-{start + delivered}"], **asked, **more}
