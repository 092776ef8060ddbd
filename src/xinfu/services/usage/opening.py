"""The two steps of a use: one before its first byte, and one after its last.

A refusal in the first takes nothing. The first ends with the entry `use.begun`, so that no byte leaves unrecorded
even if the node fails meanwhile; the second settles the account and records what was handed out.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Final

import msgspec

from xinfu.errors import StoreError
from xinfu.evidence import instant
from xinfu.evidence.entry import Fact
from xinfu.ports.dataplane import OpenSource
from xinfu.ports.records import AgreementRecord, Asset, StoredManifest
from xinfu.ports.store import Step
from xinfu.services.agreements import duties
from xinfu.services.memory.running import Run
from xinfu.services.parts import DataParts, RecordParts
from xinfu.services.sources import places
from xinfu.services.usage import read_keys
from xinfu.services.usage.account import ReadPayment, pay, pay_once, settle_read
from xinfu.services.usage.admission import admit_use, meet
from xinfu.services.usage.grant_lookup import ReadRequest
from xinfu.services.usage.manifests import LiveSourceError, check_still, find_manifest
from xinfu.services.usage.meters import Taker
from xinfu.services.usage.read_keys import KeyedRequest
from xinfu.services.usage.record import record_use
from xinfu.services.usage.span import Span, span_of
from xinfu.services.usage.timing import UseTime

_log = logging.getLogger(__name__)

TRIES: Final = 300
AGAIN_S: Final = 1.0
SERIES_S: Final = 2.0
"""Seconds of metered time that have to be left when many reads come under one use, which lasts no longer."""


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """The records, payment and decision from the step that opened a use.

    Attributes:
        until: when the policy's answer can change by time alone.
        expires: when the token does.
        owes: keys of the duties that come with the use.
        times: how many reads of the span may come under it.
    """

    ask: ReadRequest
    agreement: AgreementRecord
    asset: Asset
    manifest: StoredManifest
    span: Span
    until: datetime | None
    expires: datetime
    paid: ReadPayment
    owes: tuple[str, ...] = ()
    times: int
    time: UseTime
    started: datetime

    def is_over(self, now: datetime) -> bool:
        """Whether the token or the policy's permission has expired."""
        return now >= self.expires or (self.until is not None and now >= self.until)


class ReadRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes handed out by one read; `outcome` is "completed", "cut", or the code of the error that ended it."""

    delivered: int
    outcome: str
    started: datetime
    ended: datetime


async def open_use(
    parts: DataParts, ask: ReadRequest, run: Run, *, times: int = 1, spare: int = 0
) -> Opening:
    """Open a use in one step: admit the caller, pay, and record that bytes may leave from here on.

    Args:
        run: gets the agreement that it runs under, in the step.
        times: how many reads of the span are paid for together.
        spare: uses that have to be left over under every rule that counts them.

    Raises:
        UnauthorizedError, RefusedError, ConflictError, CapacityError, NotFoundError, RangeError, LiveSourceError: as
            `use`.
    """
    caller = await meet(parts, ask)
    if caller.is_live:
        raise LiveSourceError(caller)
    now = parts.clock.now()
    async with parts.store.step(ask.context) as step:
        admission = await admit_use(step, parts, ask, caller.claims, now, run=run)
        grant, account, agreement = admission.grant, admission.account, admission.agreement
        asset, decision = check_still(caller, admission), admission.decision
        manifest = await find_manifest(step, asset.id, ask.path)
        span = span_of(ask.range, manifest.size_bytes)
        if ask.key:
            wanted = KeyedRequest(path=ask.path, root=manifest.root, start=span.start, end=span.end)
            begun = await read_keys.begin(step, agreement, ask.key, wanted, now)
            paid = await pay_once(step, parts.clock, decision, agreement, account, begun, span.length)
        else:
            paid = await pay(
                step, parts.clock, decision, agreement, account, manifest, times * span.length, spare=spare
            )
        time = UseTime(parts.clock, Taker(agreement=agreement, expires=grant.until), decision)
        await time.begin(step, at_least_s=SERIES_S if times > 1 else 0)
        opening = Opening(
            ask=ask,
            agreement=agreement,
            asset=asset,
            manifest=manifest,
            span=span,
            until=decision.until,
            expires=grant.until,
            paid=paid,
            owes=tuple(each.key for each in decision.duties),
            times=times,
            time=time,
            started=now,
        )
        facts: dict[str, Fact] = _facts(opening, span.length) | {"started": instant(now)}
        if times > 1:
            facts["times"] = times
        await record_use(step, parts, "use.begun", facts, ask, agreement)
        return opening


async def source_of(parts: DataParts, opening: Opening) -> AbstractAsyncContextManager[OpenSource]:
    """The file of a use, ready to be opened; its stamp has to be the measured one."""
    source = opening.asset.source
    keys = await places.at_use(parts, opening.ask.context, source)
    stamp = opening.manifest.stamp
    return parts.planes[source.kind].open(source, opening.ask.path, stamp=stamp, secrets=keys)


async def settle_use(
    parts: RecordParts,
    opening: Opening,
    reads: Sequence[ReadRecord],
    *,
    delivered: int,
    cut: int,
    is_told: bool = False,
) -> None:
    """Settle a use in one step: give back what was not delivered, and record the reads not recorded yet.

    If the store fails, try again each second for five minutes; after that everything reserved counts.

    Args:
        delivered: bytes of all reads under the use. cut: those of them whose read broke off.
        is_told: a head has left that says what the file is.

    Raises:
        StoreError: it took nothing all the while, or `store.unsure`.
    """
    for _ in range(TRIES):
        try:
            await _settle(parts, opening, reads, delivered, cut, is_told=is_told)
        except StoreError as error:
            if error.code == "store.unsure":
                raise
            _log.warning("a use waits to be settled", extra={"code": error.code})
            await asyncio.sleep(AGAIN_S)
        else:
            return
    await _settle(parts, opening, reads, delivered, cut, is_told=is_told)


async def _settle(
    parts: RecordParts,
    opening: Opening,
    reads: Sequence[ReadRecord],
    delivered: int,
    cut: int,
    *,
    is_told: bool,
) -> None:
    length = opening.times * opening.span.length
    async with parts.store.step(opening.ask.context) as step:
        await opening.time.settle(step)
        await settle_read(step, opening.paid, opening.manifest, length, delivered, cut, is_told=is_told)
        if delivered:
            await duties.trigger_by_use(
                step, parts.clock, opening.agreement, opening.owes, opening.ask.transfer
            )
        await record_reads(step, parts, opening, reads)


async def record_reads(step: Step, parts: RecordParts, opening: Opening, reads: Sequence[ReadRecord]) -> None:
    """Record what was handed out, with an entry for each read."""
    for read in reads:
        facts = _facts(opening, read.delivered)
        facts |= {"bytes": read.delivered, "outcome": read.outcome}
        facts |= {"started": instant(read.started), "ended": instant(read.ended)}
        await record_use(step, parts, "use", facts, opening.ask, opening.agreement)


def _facts(opening: Opening, length: int) -> dict[str, Fact]:
    start, manifest, begun = opening.span.start, opening.manifest, opening.paid.begun
    return {
        "dataset": opening.asset.id,
        "root": manifest.root,
        "path": manifest.path,
        "ranges": [f"{start}-{start + length}"],
        **(begun.facts if begun else {}),
    }
