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
from xinfu.services.usage import grants, meters, read_keys
from xinfu.services.usage.account import ON_THEIR_WAY, take
from xinfu.services.usage.limit_refusals import limit_exhausted
from xinfu.services.usage.meters import Reservation, Taker, tightest
from xinfu.services.usage.read_keys import KeyedRequest, OpenKeyedRead
from xinfu.services.usage.read_plan import ReadPlan

REMEMBERED: Final = 64
"""Results of a transfer whose account is kept; an older one that is read again is paid for again."""


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """The charge for a read of a result; a read under a key does not change the account of the result."""

    plan: ReadPlan
    uses: int
    held: tuple[Reservation, ...]
    begun: OpenKeyedRead | None = None


async def charge(
    step: Step, clock: Clock, decision: Decision, agreement: AgreementRecord, grant: Grant, plan: ReadPlan
) -> Charge:
    """Reserve the uses that a read needs beyond those paid for its result, and update the result's account.

    Rows are paid with the uses: all rows of a kept result, or all rows left under the limit for a new one.

    Raises:
        RefusedError: `*.exhausted`, `time.too-soon`.
    """
    account = grant.results.get(plan.name, ResultAccount())
    counted = account.delivered + plan.length
    following = account.following + _follows(plan)
    read = 0 if plan.kept is None else -(-max(1, counted) // max(1, plan.kept.manifest.size))
    uses = max(0, max(1, read + following) - account.uses)
    charged = await _taken(step, clock, decision, agreement, grant, plan, account, uses)
    account = replace(
        account,
        uses=account.uses + uses,
        delivered=counted,
        following=following,
        told=account.told or plan.kept is not None,
    )
    await step.of(GRANTS).save(_with(replace(grant, uses=grant.uses + uses), plan.name, account))
    return charged


async def charge_once(
    step: Step,
    clock: Clock,
    decision: Decision,
    agreement: AgreementRecord,
    grant: Grant,
    plan: ReadPlan,
    key: str,
) -> Charge:
    """Charge a read under a key: one use with its rows, unless it is a repeat.

    Raises:
        As `charge` and `keyed.begin`.
    """
    part = (0, None) if plan.span is None else (plan.span.start, plan.span.end)
    asked = f"{plan.request.path}?{urlencode(plan.request.query)}"
    wanted = KeyedRequest(path=asked, root=plan.name, start=part[0], end=part[1])
    begun = await read_keys.begin(step, agreement, key, wanted, clock.now())
    account = ResultAccount()
    charged = await _taken(step, clock, decision, agreement, grant, plan, account, int(begun.pays))
    await step.of(GRANTS).save(grant)
    return replace(charged, begun=begun)


async def _taken(
    step: Step,
    clock: Clock,
    decision: Decision,
    agreement: AgreementRecord,
    grant: Grant,
    plan: ReadPlan,
    account: ResultAccount,
    uses: int,
) -> Charge:
    """Reserve these uses, and the rows and bytes that come with them."""
    taker = Taker(agreement=agreement, expires=grant.until)
    rows = await _rows(step, clock, decision, taker, account, uses, plan)
    held = await take(
        step, clock, decision, agreement, grant, uses=uses, size_bytes=plan.length, rows=rows or 0
    )
    if rows is not None and plan.kept is None:
        plan = replace(plan, request=replace(plan.request, rows=RowLimit(rows)))
    return Charge(plan=plan, uses=uses, held=held)


async def _rows(
    step: Step,
    clock: Clock,
    decision: Decision,
    taker: Taker,
    account: ResultAccount,
    uses: int,
    plan: ReadPlan,
) -> int | None:
    """The rows to pay with `uses`, beyond those paid for the result; None if nothing counts rows.

    Raises:
        RefusedError: `rows.exhausted`: no row is left for a new result.
    """
    reserves = [each for each in decision.reserve if each.meter.measure is Measure.ROWS]
    if not reserves:
        return None
    if plan.kept is not None:
        return max(0, (account.uses + uses) * plan.kept.rows - account.rows)
    now = clock.now()
    reserve, spent = await tightest(step.quotas, taker, reserves, now)
    rows = (reserve.limit or 0) - spent
    if rows < 1:
        raise limit_exhausted(reserve, spent=spent, asked=1, now=now)
    return rows


def _follows(plan: ReadPlan) -> bool:
    """Whether the read follows a growing result; a HEAD request does not."""
    return plan.kept is None and plan.request.method != "HEAD"


async def settle_result(
    step: Step, transfer: str, charged: Charge, delivered: int, *, is_whole: bool, is_told: bool
) -> None:
    """Give back what was not delivered, and count what was.

    Args:
        is_whole: the answer came to its end, which of one without a byte says all there is.
        is_told: something exact of the result was told, by a head or by the reason for which there is none.
    """
    begun, plan = charged.begun, charged.plan
    grant = await grants.latest(step, transfer) if begun is None else None
    account = ResultAccount() if grant is None else grant.results.get(plan.name, ResultAccount())
    told = account.told or is_told or is_whole or delivered > 0 or plan.kept is not None
    unused = 0 if told else charged.uses
    uses = charged.uses - unused if begun is None else await read_keys.end(step, begun, delivered=told)
    rows = _rows_read(charged) if delivered or is_whole or plan.kept is not None else 0
    counts = {Measure.COUNT: uses, Measure.BYTES: delivered, Measure.ROWS: rows}
    await meters.settle(step, charged.held, counts)
    if grant is None:
        return
    credit = 0 if is_whole else _credit(account, plan, delivered)
    account = replace(
        account,
        uses=max(0, account.uses - unused),
        rows=account.rows + rows,
        following=max(0, account.following - _follows(plan)),
        delivered=max(0, account.delivered - plan.length + delivered - credit),
        credited=account.credited + credit,
        told=told,
    )
    await step.of(GRANTS).save(_with(replace(grant, uses=max(0, grant.uses - unused)), plan.name, account))


def _rows_read(charged: Charge) -> int:
    """The rows that count for a read: those reserved or, for a growing result, those that it has by now."""
    limit = charged.plan.request.rows
    if limit is not None:
        return limit.counted
    return next((each.amount for each in charged.held if each.measure is Measure.ROWS), 0)


def _credit(account: ResultAccount, plan: ReadPlan, delivered: int) -> int:
    """The bytes of an interrupted read that may have been lost on their way, within what the paid uses allow."""
    size = ON_THEIR_WAY if plan.kept is None else plan.kept.manifest.size
    left = account.uses * min(ON_THEIR_WAY, size) - account.credited
    return max(0, min(delivered, ON_THEIR_WAY, left))


def _with(grant: Grant, name: str, account: ResultAccount) -> Grant:
    """The grant with this account as its newest."""
    results = {known: each for known, each in grant.results.items() if known != name}
    newest = list({**results, name: account}.items())[-REMEMBERED:]
    return replace(grant, results=dict(newest))
