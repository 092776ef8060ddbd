"""The two steps of a use of a live source: one before its first byte, and one after its last.

Each request pays for one use, or for its kept result (results.py). The use is given back if the source failed and
nothing was used.
"""

from datetime import datetime
from typing import Final

import msgspec

from xinfu.evidence import instant
from xinfu.evidence.entry import Fact
from xinfu.odrl import Decision, Measure
from xinfu.ports.dataplane import LivePlane, LiveRequest
from xinfu.ports.records import AgreementRecord, Asset, Grant
from xinfu.ports.sources import LiveSource, Source
from xinfu.ports.store import Step
from xinfu.services.agreements import duties
from xinfu.services.memory.running import Run
from xinfu.services.parts import DataParts, RecordParts
from xinfu.services.usage import errors, meters
from xinfu.services.usage.account import take
from xinfu.services.usage.admission import CallerFacts, admit_use, meet
from xinfu.services.usage.blocks import Blocks
from xinfu.services.usage.forms import check_form, form_changed, form_facts
from xinfu.services.usage.grant_lookup import ReadRequest
from xinfu.services.usage.meters import Reservation, Taker
from xinfu.services.usage.read_keys import KEY_HEADER
from xinfu.services.usage.read_plan import ReadPlan, plan_read
from xinfu.services.usage.record import record_use
from xinfu.services.usage.results import Charge, charge, charge_once, settle_result
from xinfu.services.usage.rows import live_source
from xinfu.services.usage.timing import UseTime

TELLING: Final = frozenset({"rows.exhausted", "result.too-large", "source.value"})
"""Reasons for which there is no result that say something of what would be in it."""


class LiveOpening(msgspec.Struct, frozen=True, kw_only=True):
    """The records, reservations and decision from the step that opened a use."""

    agreement: AgreementRecord
    asset: Asset
    plane: LivePlane
    source: LiveSource
    request: LiveRequest
    until: datetime | None
    held: tuple[Reservation, ...]
    blocks: Blocks
    time: UseTime
    charged: Charge | None
    owes: tuple[str, ...]
    started: datetime


async def open_live(
    parts: DataParts, ask: ReadRequest, request: LiveRequest, caller: CallerFacts | None, run: Run
) -> LiveOpening:
    """Open a use in one step: admit the caller, pay, and record that bytes may leave from here on.

    Raises:
        XinfuError: as `live_use`, but for what reading alone can meet.
    """
    caller = caller or await meet(parts, ask)
    plan = await plan_read(parts, ask, request, caller)
    now = parts.clock.now()
    async with parts.store.step(ask.context) as step:
        admission = await admit_use(step, parts, ask, caller.claims, now, run=run)
        grant, agreement = admission.account, admission.agreement
        asset, decision = admission.asset, admission.decision
        wanted = plan.request if plan else request
        changed = bool(wanted.columns or decision.transforms)
        source = None if asset is None else await live_source(step, parts, asset, changed=changed)
        if asset is None or source is None:
            raise errors.FILE_NOT_FOUND()
        check_form(decision, wanted.transforms)
        if (
            plan is None and source.facts.is_kept
        ):  # published anew a moment ago: what it takes was not looked at
            raise form_changed()
        charged = await _charged(step, parts, ask, decision, agreement, grant, plan)
        if charged is None:
            _check_key(ask, asset.source)
            held = await take(step, parts.clock, decision, agreement, grant, uses=1)
        else:
            held, request = charged.held, charged.plan.request
        is_sized = charged is not None and charged.plan.kept is not None
        taker = Taker(agreement=agreement, expires=grant.until)
        blocks = Blocks(parts.clock, taker, () if is_sized else decision.reserve, Measure.BYTES)
        time = UseTime(parts.clock, taker, decision)
        await time.begin(step, at_least_s=0)
        begun = _facts(asset, request, charged, 0) | {"started": instant(now)}
        await record_use(step, parts, "use.begun", begun, ask, agreement)
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
    parts: RecordParts,
    ask: ReadRequest,
    decision: Decision,
    agreement: AgreementRecord,
    grant: Grant,
    plan: ReadPlan | None,
) -> Charge | None:
    if plan is None:
        return None
    if ask.key:
        return await charge_once(step, parts.clock, decision, agreement, grant, plan, ask.key)
    return await charge(step, parts.clock, decision, agreement, grant, plan)


def _check_key(ask: ReadRequest, source: Source) -> None:
    """Refuse a key for an API, whose answers are not kept and so cannot be repeated, unless it accepts keys itself.

    Raises:
        InputError: `read.key-live`.
    """
    if ask.key and KEY_HEADER not in {name.lower() for name in source.passed_headers}:
        raise errors.READ_KEY_LIVE()


class LiveEnd(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a use of a live source.

    Attributes:
        outcome: "completed", "cut", or the code of what ended it.
        status: of the source's answer; None: it gave none.
        digest: SHA-256 of what was delivered, hex.
        is_told: an exact fact of the answer, such as its size, was disclosed.
    """

    outcome: str
    status: int | None = None
    delivered: int = 0
    digest: str = ""
    is_whole: bool = False
    is_told: bool = False

    @property
    def is_source_s_fault(self) -> bool:
        """Whether the source failed before anything was used: no answer, broken off at once, or a status of 5xx."""
        died = self.delivered == 0 and self.outcome == "source.broken-off"
        return self.status is None or died or self.status >= 500


async def settle_live(parts: RecordParts, ask: ReadRequest, opening: LiveOpening, end: LiveEnd) -> None:
    """Settle a use in one step: keep or give back what it took, and record what was delivered."""
    delivered, charged = end.delivered, opening.charged
    async with parts.store.step(ask.context) as step:
        if charged is not None:
            is_told = end.is_told or end.outcome in TELLING
            await settle_result(
                step, ask.transfer, charged, delivered, is_whole=end.is_whole, is_told=is_told
            )
        else:
            uses = 0 if end.is_source_s_fault else 1
            await meters.settle(step, opening.held, {Measure.COUNT: uses})
        await opening.blocks.settle(step.quotas, delivered)
        await opening.time.settle(step)
        if delivered:
            await duties.trigger_by_use(step, parts.clock, opening.agreement, opening.owes, ask.transfer)
        facts = _facts(opening.asset, opening.request, charged, delivered)
        facts |= {"bytes": delivered, "outcome": end.outcome}
        facts |= {"started": instant(opening.started), "ended": instant(parts.clock.now())}
        if end.status is not None:
            facts |= {"status": end.status, "digest": end.digest}
        await record_use(step, parts, "use", facts, ask, opening.agreement)


def _facts(asset: Asset, request: LiveRequest, charged: Charge | None, delivered: int) -> dict[str, Fact]:
    """The facts of a use; a live source has a root only if its result is kept, else a digest of the bytes is used."""
    plan = charged.plan if charged else None
    root = plan.kept.manifest.root if plan and plan.kept else ""
    start = plan.start if plan else 0
    asked = {"path": request.path, "method": request.method}
    more = form_facts(request) | (charged.begun.facts if charged and charged.begun else {})
    return {"dataset": asset.id, "root": root, "ranges": [f"{start}-{start + delivered}"], **asked, **more}
