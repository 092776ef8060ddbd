"""Planning of reads from a source whose answers are kept, as far as possible before payment.

Nothing about a result is disclosed here before it is paid for: only a caller who has paid gets its manifest, and a
range outside of it is refused after the payment (live.py), because the refusal states its length.
"""

import msgspec
from msgspec.structs import replace

from xinfu.errors import RangeError, RefusedError
from xinfu.ports.dataplane import LiveRequest, Reader, StoredResult
from xinfu.ports.records import ResultAccount
from xinfu.ports.sources import LiveSource
from xinfu.services.parts import DataParts, RecordParts
from xinfu.services.usage import grants, read_keys
from xinfu.services.usage.admission import CallerFacts, admit, meet
from xinfu.services.usage.decide import Claims
from xinfu.services.usage.forms import chooses_columns, in_form, no_columns
from xinfu.services.usage.grant_lookup import ReadRequest, find_live_grant
from xinfu.services.usage.record import record_refusal
from xinfu.services.usage.rows import live_source
from xinfu.services.usage.span import Span, span_of


class ReadPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The expected read of a request, as far as it is known before payment.

    Attributes:
        kept: the result that lies there whole.
        name: of the result: of the one that is kept, or of the one that the request will make.
        span: the bytes of it; None where its length is not known yet, and of a range that lies outside of it.
        outside: what to say of such a range, behind the payment.
    """

    request: LiveRequest
    kept: StoredResult | None
    name: str
    span: Span | None
    outside: RangeError | None = None

    @property
    def start(self) -> int:
        """The offset of the first byte that is read."""
        return 0 if self.span is None else self.span.start

    @property
    def length(self) -> int:
        """Bytes that are paid for before they leave; of a result that grows they are counted when they have."""
        return 0 if self.span is None or self.request.method == "HEAD" else self.span.length


async def plan_read(
    parts: DataParts, ask: ReadRequest, request: LiveRequest, caller: CallerFacts
) -> ReadPlan | None:
    """Look up the kept answer to a request of an admitted caller; None if the source keeps no answers.

    Waits for an answer that is being made.

    Raises:
        As `live_use`.
    """
    found = await _kept_source(parts, ask, request, caller.claims) if caller.is_kept else None
    if found is None:
        return None
    source, request = found
    request = replace(request, fresh=parts.clock.new_id())
    kept = await parts.live[source.kind].kept(source, request, wait=True)
    if kept is None:
        return ReadPlan(request=request, kept=None, name=request.fresh, span=None)
    if request.headers.get("if-range", f'"{kept.name}"') != f'"{kept.name}"':
        request = replace(request, headers={**request.headers, "range": ""})
    try:
        span = span_of(request.range or None, kept.manifest.size)
    except RangeError as error:
        return ReadPlan(request=request, kept=kept, name=kept.name, span=None, outside=error)
    request = replace(request, part=(span.start, span.end))
    return ReadPlan(request=request, kept=kept, name=kept.name, span=span)


async def kept_result(parts: DataParts, ask: ReadRequest, request: LiveRequest) -> StoredResult | None:
    """The complete kept result, for a caller who has paid for it; takes no further use and runs no query.

    Raises:
        As `live_use`, but for what reading alone can meet.
    """
    found = await _looked_at(parts, ask, request)
    if found is None:
        return None
    source, request = found
    kept = await parts.live[source.kind].kept(source, request, wait=False)
    return kept if kept is not None and await _is_paid(parts, ask, kept.name) else None


async def _is_paid(parts: RecordParts, ask: ReadRequest, name: str) -> bool:
    """Whether the result of this name was paid, by the transfer or under the key of the read."""
    now = parts.clock.now()
    async with parts.store.view(ask.context) as view:
        grant, agreement = await find_live_grant(view, ask, now)
        account = (await grants.account(view, grant)).results.get(name, ResultAccount())
        read = await read_keys.find_read(view, agreement, ask.key, now) if ask.key else None
    return account.uses > 0 or (read is not None and read.root == name)


async def keeps(parts: DataParts, ask: ReadRequest, request: LiveRequest) -> bool:
    """Whether the answer to this request will be kept, for a caller who may read it.

    Raises:
        As `live_use`, but for what reading alone can meet.
    """
    return await _looked_at(parts, ask, request) is not None


async def _looked_at(
    parts: DataParts, ask: ReadRequest, request: LiveRequest
) -> tuple[LiveSource, LiveRequest] | None:
    """The kept source and the request of an admitted caller; a refusal is recorded like that of a use."""
    try:
        return await _kept_source(parts, ask, request, (await meet(parts, ask)).claims)
    except RefusedError as error:
        await record_refusal(parts, ask, error)
        raise


async def _kept_source(
    parts: DataParts, ask: ReadRequest, request: LiveRequest, claims: Claims
) -> tuple[LiveSource, LiveRequest] | None:
    """The source and the request with its reader and form, if the caller may read now; None if no answers are kept.

    Raises:
        As `live_use` and `in_form`.
    """
    now = parts.clock.now()
    async with parts.store.view(ask.context) as view:
        admission = await admit(view, parts, ask, claims, now)
        asset, decision = admission.asset, admission.decision
        if asset is None:
            return None
        chooses = chooses_columns(request)
        source = await live_source(view, parts, asset, changed=chooses or bool(decision.transforms))
        if source is None and chooses:
            raise no_columns()
        if source is None or not source.facts.is_kept:
            return None
    reader = Reader(context=ask.context, agreement=admission.agreement.id, transfer=ask.transfer)
    return source, in_form(decision, replace(request, reader=reader))
