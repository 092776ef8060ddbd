"""The account of kept results: rows of a query become a result, which can be read again and by range.

A result costs one use, whoever begins it, and that pays for as many bytes as the result is long: ranges, resuming and
reading it twice draw on the account as they do for a file (account.py). While a result grows its length is not known;
its first reader follows it, and all others wait until it is whole. What is kept no longer is made anew, as another
result. A use is given back where no byte has left under it, so asking for the head of a result costs nothing.
"""

from typing import Final
from urllib.parse import urlencode

import msgspec
from msgspec.structs import replace

from xinfu.odrl import Decision, Measure
from xinfu.ports.clock import Clock
from xinfu.ports.dataplane import RowLimit
from xinfu.ports.records import GRANTS, AgreementRecord, Grant, ResultAccount
from xinfu.ports.store import Step
from xinfu.services.usage import grants, keyed, meters
from xinfu.services.usage.account import ON_THEIR_WAY, take
from xinfu.services.usage.exhausted import exhausted
from xinfu.services.usage.foreseen import PlannedRead
from xinfu.services.usage.keyed import KeyedRequest, OpenKeyedRead
from xinfu.services.usage.meters import Reservation, Taker, tightest

REMEMBERED: Final = 64
"""Results of a transfer whose account is kept; an older one that is read again is paid for again."""


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """The charge for a read of a result; a read under a key does not change the account of the result."""

    seen: PlannedRead
    uses: int
    held: tuple[Reservation, ...]
    begun: OpenKeyedRead | None = None


async def charge(
    step: Step, clock: Clock, decision: Decision, agreement: AgreementRecord, grant: Grant, seen: PlannedRead
) -> Charge:
    """Reserve the uses that a read needs beyond those paid for its result, and update the result's account.

    Rows are paid with the uses: all rows of a kept result, or all rows left under the limit for a new one.

    Raises:
        RefusedError: `*.exhausted`, `time.too-soon`.
    """
    account = grant.results.get(seen.name, ResultAccount())
    counted = account.delivered + seen.length
    following = account.following + _follows(seen)
    read = 0 if seen.kept is None else -(-max(1, counted) // max(1, seen.kept.manifest.size))
    uses = max(0, max(1, read + following) - account.uses)
    charged = await _taken(step, clock, decision, agreement, grant, seen, account, uses)
    account = replace(
        account,
        uses=account.uses + uses,
        delivered=counted,
        following=following,
        told=account.told or seen.kept is not None,
    )
    await step.of(GRANTS).save(_with(replace(grant, uses=grant.uses + uses), seen.name, account))
    return charged


async def charge_once(
    step: Step,
    clock: Clock,
    decision: Decision,
    agreement: AgreementRecord,
    grant: Grant,
    seen: PlannedRead,
    key: str,
) -> Charge:
    """Charge a read under a key: one use with its rows, unless it is a repeat.

    Raises:
        As `charge` and `keyed.begin`.
    """
    part = (0, None) if seen.span is None else (seen.span.start, seen.span.end)
    asked = f"{seen.request.path}?{urlencode(seen.request.query)}"
    wanted = KeyedRequest(path=asked, root=seen.name, start=part[0], end=part[1])
    begun = await keyed.begin(step, agreement, key, wanted, clock.now())
    account = ResultAccount()
    charged = await _taken(step, clock, decision, agreement, grant, seen, account, int(begun.pays))
    await step.of(GRANTS).save(grant)
    return replace(charged, begun=begun)


async def _taken(
    step: Step,
    clock: Clock,
    decision: Decision,
    agreement: AgreementRecord,
    grant: Grant,
    seen: PlannedRead,
    account: ResultAccount,
    uses: int,
) -> Charge:
    """Reserve these uses, and the rows and bytes that come with them."""
    taker = Taker(agreement=agreement, expires=grant.until)
    rows = await _rows(step, clock, decision, taker, account, uses, seen)
    held = await take(
        step, clock, decision, agreement, grant, uses=uses, size_bytes=seen.length, rows=rows or 0
    )
    if rows is not None and seen.kept is None:
        seen = replace(seen, request=replace(seen.request, rows=RowLimit(rows)))
    return Charge(seen=seen, uses=uses, held=held)


async def _rows(
    step: Step,
    clock: Clock,
    decision: Decision,
    taker: Taker,
    account: ResultAccount,
    uses: int,
    seen: PlannedRead,
) -> int | None:
    """The rows to pay with `uses`, beyond those paid for the result; None if nothing counts rows.

    Raises:
        RefusedError: `rows.exhausted`: no row is left for a new result.
    """
    reserves = [each for each in decision.reserve if each.meter.measure is Measure.ROWS]
    if not reserves:
        return None
    if seen.kept is not None:
        return max(0, (account.uses + uses) * seen.kept.rows - account.rows)
    now = clock.now()
    reserve, spent = await tightest(step.quotas, taker, reserves, now)
    rows = (reserve.limit or 0) - spent
    if rows < 1:
        raise exhausted(reserve, spent=spent, asked=1, now=now)
    return rows


def _follows(seen: PlannedRead) -> bool:
    """Whether the read follows a growing result; a HEAD request does not."""
    return seen.kept is None and seen.request.method != "HEAD"


async def settle_result(
    step: Step, transfer: str, charged: Charge, delivered: int, *, is_whole: bool, is_told: bool
) -> None:
    """Give back what was not delivered, and count what was.

    Args:
        is_whole: the answer came to its end, which of one without a byte says all there is.
        is_told: something exact of the result was told, by a head or by the reason for which there is none.
    """
    begun, seen = charged.begun, charged.seen
    grant = await grants.latest(step, transfer) if begun is None else None
    account = ResultAccount() if grant is None else grant.results.get(seen.name, ResultAccount())
    told = account.told or is_told or is_whole or delivered > 0 or seen.kept is not None
    unused = 0 if told else charged.uses
    uses = charged.uses - unused if begun is None else await keyed.end(step, begun, delivered=told)
    rows = _rows_read(charged) if delivered or is_whole or seen.kept is not None else 0
    counts = {Measure.COUNT: uses, Measure.BYTES: delivered, Measure.ROWS: rows}
    await meters.settle(step, charged.held, counts)
    if grant is None:
        return
    credit = 0 if is_whole else _credit(account, seen, delivered)
    account = replace(
        account,
        uses=max(0, account.uses - unused),
        rows=account.rows + rows,
        following=max(0, account.following - _follows(seen)),
        delivered=max(0, account.delivered - seen.length + delivered - credit),
        credited=account.credited + credit,
        told=told,
    )
    await step.of(GRANTS).save(_with(replace(grant, uses=max(0, grant.uses - unused)), seen.name, account))


def _rows_read(charged: Charge) -> int:
    """The rows that count for a read: those reserved or, for a growing result, those that it has by now."""
    limit = charged.seen.request.rows
    if limit is not None:
        return limit.counted
    return next((each.amount for each in charged.held if each.measure is Measure.ROWS), 0)


def _credit(account: ResultAccount, seen: PlannedRead, delivered: int) -> int:
    """The bytes of an interrupted read that may have been lost on their way, within what the paid uses allow."""
    size = ON_THEIR_WAY if seen.kept is None else seen.kept.manifest.size
    left = account.uses * min(ON_THEIR_WAY, size) - account.credited
    return max(0, min(delivered, ON_THEIR_WAY, left))


def _with(grant: Grant, name: str, account: ResultAccount) -> Grant:
    """The grant with this account as its newest."""
    results = {known: each for known, each in grant.results.items() if known != name}
    newest = list({**results, name: account}.items())[-REMEMBERED:]
    return replace(grant, results=dict(newest))
