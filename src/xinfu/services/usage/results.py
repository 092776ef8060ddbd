"""The account of answers that are kept: rows of a query become a result, which can be read again and by range.

A result costs one use, whoever begins it, and that pays for as many bytes as the result is long: ranges, resuming and
reading it twice draw on the account as they do for a file (account.py). While a result grows its length is not known;
its first reader follows it, and all others wait until it is whole. What is kept no longer is made anew, as another
result. A use is given back where no byte has left under it, so asking for the head of a result costs nothing.
"""

from typing import Final
from urllib.parse import urlencode

import msgspec
from msgspec.structs import replace

from xinfu.errors import RefusedError
from xinfu.odrl import Decision, Measure
from xinfu.ports.clock import Clock
from xinfu.ports.dataplane import Kept, LiveRequest, Reader, RowLimit
from xinfu.ports.records import AgreementRecord, Grant, ResultAccount
from xinfu.ports.sources import LiveSource
from xinfu.ports.store import Step
from xinfu.services import grants
from xinfu.services.parts import Parts
from xinfu.services.usage import keyed, meters
from xinfu.services.usage.account import ON_THEIR_WAY, take
from xinfu.services.usage.decide import Claims
from xinfu.services.usage.exhausted import exhausted
from xinfu.services.usage.forms import chooses_columns, in_form, no_columns
from xinfu.services.usage.granted import Ask, allowed, claims_now, granted
from xinfu.services.usage.keyed import Begun, Wanted
from xinfu.services.usage.meters import Held, Taker, tightest
from xinfu.services.usage.record import note_refusal
from xinfu.services.usage.rows import live_source
from xinfu.services.usage.span import Span, span_of

REMEMBERED: Final = 64
"""Results of a transfer whose account is kept; an older one that is read again is paid for again."""


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """What a request will read, as far as it is known before it is paid for.

    Attributes:
        kept: the result that lies there whole.
        name: of the result: of the one that is kept, or of the one that the request will make.
        span: the bytes of it; None where its length is not known yet.
    """

    request: LiveRequest
    kept: Kept | None
    name: str
    span: Span | None

    @property
    def start(self) -> int:
        """The first byte that is read."""
        return 0 if self.span is None else self.span.start

    @property
    def length(self) -> int:
        """Bytes that are paid for before they leave; of a result that grows they are counted when they have."""
        return 0 if self.span is None or self.request.method == "HEAD" else self.span.length


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """What a read of a result took. A read under a key has no part in the account of the result."""

    seen: Foreseen
    uses: int
    held: tuple[Held, ...]
    begun: Begun | None = None


async def foresee(parts: Parts, ask: Ask, request: LiveRequest, claims: Claims) -> Foreseen | None:
    """Look whether the answer to this request lies there, for a caller who may read it; None: none is ever kept.

    Waits for one that is being made.

    Raises:
        As `live_use`; RangeError: `range.unsatisfiable`.
    """
    found = await _kept_source(parts, ask, request, claims)
    if found is None:
        return None
    source, request = found
    request = replace(request, fresh=parts.clock.new_id())
    kept = await parts.live[source.kind].kept(source, request, wait=True)
    if kept is None:
        return Foreseen(request=request, kept=None, name=request.fresh, span=None)
    if request.headers.get("if-range", f'"{kept.name}"') != f'"{kept.name}"':
        request = replace(request, headers={**request.headers, "range": ""})
    span = span_of(request.range or None, kept.manifest.size)
    request = replace(request, part=(span.start, span.end))
    return Foreseen(request=request, kept=kept, name=kept.name, span=span)


async def charge(
    step: Step, clock: Clock, decision: Decision, agreement: AgreementRecord, grant: Grant, seen: Foreseen
) -> Charge:
    """Set aside the uses that this read needs beyond those that were paid for its result, and count.

    Rows are paid with the uses: all rows of a result that lies there, all that are left for one that is to be made.

    Raises:
        RefusedError: `*.exhausted`, `time.too-soon`.
    """
    account = grant.results.get(seen.name, ResultAccount())
    counted = account.delivered + seen.length
    following = account.following + (seen.kept is None)
    read = 0 if seen.kept is None else -(-max(1, counted) // max(1, seen.kept.manifest.size))
    uses = max(0, read + following - account.uses)
    charged = await _taken(step, clock, decision, agreement, grant, seen, account, uses)
    account = replace(account, uses=account.uses + uses, delivered=counted, following=following)
    await step.grants.save(_with(replace(grant, uses=grant.uses + uses), seen.name, account))
    return charged


async def charge_once(
    step: Step,
    clock: Clock,
    decision: Decision,
    agreement: AgreementRecord,
    grant: Grant,
    seen: Foreseen,
    key: str,
) -> Charge:
    """The same for a read under a key: a use with its rows, where it is no repeat.

    Raises:
        As `charge` and `keyed.begin`.
    """
    part = (0, None) if seen.span is None else (seen.span.start, seen.span.end)
    asked = f"{seen.request.path}?{urlencode(seen.request.query)}"
    wanted = Wanted(path=asked, root=seen.name, start=part[0], end=part[1])
    begun = await keyed.begin(step, agreement, key, wanted, clock.now())
    account = ResultAccount()
    charged = await _taken(step, clock, decision, agreement, grant, seen, account, int(begun.pays))
    await step.grants.save(grant)
    return replace(charged, begun=begun)


async def _taken(
    step: Step,
    clock: Clock,
    decision: Decision,
    agreement: AgreementRecord,
    grant: Grant,
    seen: Foreseen,
    account: ResultAccount,
    uses: int,
) -> Charge:
    """Set aside so many uses, and the rows and bytes that come with them."""
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
    seen: Foreseen,
) -> int | None:
    """Rows to be paid with `uses` beyond those that were paid for the result; None where nothing counts rows.

    Raises:
        RefusedError: `rows.exhausted`: no row is left for a result that is to be made.
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


async def settle(step: Step, transfer: str, charged: Charge, delivered: int, *, is_whole: bool) -> None:
    """Give back what was not delivered, and count what was."""
    begun = charged.begun
    grant = await grants.latest(step, transfer) if begun is None else None
    seen, unused = charged.seen, charged.uses if delivered == 0 else 0
    uses = charged.uses - unused if begun is None else await keyed.end(step, begun, delivered=delivered > 0)
    rows = _rows_read(charged) if delivered or uses else 0
    counts = {Measure.COUNT: uses, Measure.BYTES: delivered, Measure.ROWS: rows}
    await meters.settle(step, charged.held, counts)
    if grant is None:
        return
    account = grant.results.get(seen.name, ResultAccount())
    credit = 0 if is_whole else _credit(account, seen, delivered)
    account = replace(
        account,
        uses=max(0, account.uses - unused),
        rows=account.rows + rows,
        following=max(0, account.following - (seen.kept is None)),
        delivered=max(0, account.delivered - seen.length + delivered - credit),
        credited=account.credited + credit,
    )
    await step.grants.save(_with(replace(grant, uses=max(0, grant.uses - unused)), seen.name, account))


def _rows_read(charged: Charge) -> int:
    """Rows that a read counts: those that were set aside; of a result that grows those that it has by now."""
    limit = charged.seen.request.rows
    if limit is not None:
        return limit.counted
    return next((each.amount for each in charged.held if each.measure is Measure.ROWS), 0)


def _credit(account: ResultAccount, seen: Foreseen, delivered: int) -> int:
    """Bytes of a read that broke off which may have been lost on their way, within what the paid uses allow."""
    size = ON_THEIR_WAY if seen.kept is None else seen.kept.manifest.size
    left = account.uses * min(ON_THEIR_WAY, size) - account.credited
    return max(0, min(delivered, ON_THEIR_WAY, left))


def _with(grant: Grant, name: str, account: ResultAccount) -> Grant:
    """The grant with this account as its newest."""
    results = {known: each for known, each in grant.results.items() if known != name}
    newest = list({**results, name: account}.items())[-REMEMBERED:]
    return replace(grant, results=dict(newest))


async def kept_result(parts: Parts, ask: Ask, request: LiveRequest) -> Kept | None:
    """The result that lies there whole, for a caller who may read it; costs no use, and makes nothing.

    Raises:
        As `live_use`, but for what reading alone can meet.
    """
    found = await _looked_at(parts, ask, request)
    if found is None:
        return None
    source, request = found
    return await parts.live[source.kind].kept(source, request, wait=False)


async def keeps(parts: Parts, ask: Ask, request: LiveRequest) -> bool:
    """Whether an answer to this request is kept once it is made, for a caller who may read it.

    Raises:
        As `live_use`, but for what reading alone can meet.
    """
    return await _looked_at(parts, ask, request) is not None


async def _looked_at(parts: Parts, ask: Ask, request: LiveRequest) -> tuple[LiveSource, LiveRequest] | None:
    """What a caller asks for before it reads; its refusal stands in the evidence as that of a use does."""
    try:
        return await _kept_source(parts, ask, request, await claims_now(parts, ask))
    except RefusedError as error:
        await note_refusal(parts, ask, error)
        raise


async def _kept_source(
    parts: Parts, ask: Ask, request: LiveRequest, claims: Claims
) -> tuple[LiveSource, LiveRequest] | None:
    """A source whose answers are kept, and the request with its reader and form, if the caller may read it now.

    Raises:
        As `live_use` and `in_form`.
    """
    now = parts.clock.now()
    async with parts.store.view(ask.context) as view:
        grant, agreement = await granted(view, ask, now)
        asset = await view.assets.get(grant.dataset)
        if asset is None:
            return None
        decision = await allowed(view, ask, agreement, await grants.account(view, grant), claims, now)
        chooses = chooses_columns(request)
        source = await live_source(view, parts, asset, changed=chooses or bool(decision.transforms))
        if source is None and chooses:
            raise no_columns()
        if source is None or not source.is_kept:
            return None
    reader = Reader(context=ask.context, agreement=agreement.id, transfer=ask.transfer)
    return source, in_form(decision, replace(request, reader=reader))
