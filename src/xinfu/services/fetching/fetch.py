"""The consumer's side of a pull: fetch from the provider's address, check every chunk, record what came.

Where the provider publishes a chunk manifest, each 1 MiB is checked against it before a byte of it is passed on,
so a cut or altered file never reaches the reader (D-17). A provider without a manifest (any other connector) is
passed on as it comes, and the record says "unverified".

Nothing is fetched under an agreement that has ended as this node knows it, even if the other side does not know that
yet; running reads stop then.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

import msgspec

from xinfu.dsp import Role
from xinfu.errors import PeerError, RefusedError, XinfuError
from xinfu.evidence import CHUNK_BYTES, Manifest
from xinfu.evidence.entry import Fact
from xinfu.ports.dataplane import LISTING, MANIFEST
from xinfu.ports.observer import Direction
from xinfu.ports.outbound import MIB, Purpose, StreamedAnswer
from xinfu.ports.peer import Pace
from xinfu.ports.records import TRANSFERS
from xinfu.services.agreements import duties, lifecycle, settling, usage_reports
from xinfu.services.agreements.contract_in_force import contract_facts
from xinfu.services.evidence.notes import record_entry
from xinfu.services.fetching import errors
from xinfu.services.fetching.endpoint import Fetchable, place_of, renew
from xinfu.services.fetching.remote import Remote, open_read, query_url
from xinfu.services.memory.known_manifests import ManifestKey
from xinfu.services.memory.running import Run
from xinfu.services.parts import DataParts, Parts, PeerParts
from xinfu.services.refusals import provider_error
from xinfu.services.usage.ending import check
from xinfu.services.usage.form_header import facts_in
from xinfu.services.usage.span import Span, span_of

_LARGEST_MANIFEST: Final = 64 * MIB
"""A manifest of a file of about 1 TB."""
_LARGEST_LISTING: Final = 16 * MIB
"""A listing of about 125,000 files."""
_PATIENCE: Final = 360
"""Times that a result is asked for while its query runs; each waits as long as an answer may take (10 s)."""
_STALE: Final = frozenset({"data.token-expired", "data.token-refused", "peer.answer"})
"""Codes of a refusal that a newer token may lift; the last one is of a provider that does not use our codes."""

_UNTOLD: Final = "application/octet-stream"

_AS_IT_IS: Final[Mapping[str, Fact]] = {}

T = TypeVar("T")


class ListedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a folder, as the provider lists it."""

    path: str
    size: int
    root: str


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a folder, each still encoded."""

    files: list[msgspec.Raw]

    @classmethod
    def read(cls, body: bytes) -> list[ListedFile]:
        """Decode the files of an answer one at a time, so that other threads can run in between."""
        return list(map(_FILE.decode, msgspec.json.decode(body, type=cls).files))


_FILE: Final = msgspec.json.Decoder(ListedFile)


class Incoming:
    """The incoming bytes of a read, usable only inside the block that opened it.

    `told` is False if the provider did not state how many there are; `span` means nothing then. `form` holds what it states
    about the form in which they left.
    """

    def __init__(
        self,
        span: Span,
        media_type: str,
        manifest: Manifest | None,
        chunks: AsyncIterator[bytes],
        *,
        run: Run,
        now: Callable[[], datetime],
        told: bool = True,
        form: Mapping[str, Fact] = _AS_IT_IS,
    ) -> None:
        self._run = run
        self._now = now
        self.span = span
        self.form = form
        self.told = told
        self.media_type = media_type
        self.manifest = manifest
        self._chunks = chunks
        self.received = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the checked bytes of the span.

        Raises:
            IntegrityError: `data.altered`. PeerError: the provider broke off. RefusedError: it refused, or the agreement
                or transfer ended here.
        """
        async for chunk in self._chunks:
            check(self._run, None, self._now())
            self.received += len(chunk)
            yield chunk

    def at_stop(self, cut: Callable[[], None]) -> None:
        """Call `cut` as soon as the read has to stop, even while a chunk is on its way."""
        self._run.at_stop(cut)


@asynccontextmanager
async def fetch(
    parts: Parts,
    context: str,
    transfer: str,
    *,
    path: str = "",
    query: str = "",
    range_: str | None = None,
    key: str = "",
) -> AsyncIterator[Incoming]:
    """Open a transfer's file at its provider.

    Args:
        query: for a live source: what it is asked, as in a URL (`format=csv&day=2024-01-31`).
        key: the key of the read, so that a repeat does not count as a second use.

    Raises (on entering):
        NotFoundError: `transfer.not-found`. ConflictError: `transfer.no-address`: it does not run.
        RefusedError: the provider refuses, in its own words; the agreement has ended, as this node knows it.
        RangeError: `range.unsatisfiable`.
    """
    with parts.running.follow(context, transfer) as run:
        place, manifest = await _with_token(
            parts, context, transfer, lambda place: _manifest(parts, place, path, query), key, run, path
        )
        outcome = "failed"
        incoming: Incoming | None = None
        try:
            check(run, None, parts.clock.now())
            async with _incoming(parts, place, path, query, manifest, range_, run) as incoming:
                yield incoming
            whole = incoming.received == incoming.span.length or not incoming.told
            outcome = "cut" if not whole else "verified" if manifest else "unverified"
        except XinfuError as error:
            outcome = error.code
            raise
        finally:
            if outcome in {"cut", "failed"} and run.reason is not None:
                outcome = run.reason.code
            await _record(parts, place, path, manifest, incoming, outcome)


@asynccontextmanager
async def _incoming(
    parts: Parts,
    place: Fetchable,
    path: str,
    query: str,
    manifest: Manifest | None,
    range_: str | None,
    run: Run,
) -> AsyncIterator[Incoming]:
    """Open the provider's answer, checked against the manifest if there is one."""
    now = parts.clock.now
    if manifest is not None:
        span = span_of(range_, manifest.size)
        file = Remote(parts, place, path, query, manifest)
        async with file.whole_chunks(span) if place.key or not span.partial else file.range(span) as taken:
            media_type, form = taken.headers.get("content-type", _UNTOLD), facts_in(taken.headers)
            yield Incoming(span, media_type, manifest, taken.chunks, run=run, now=now, form=form)
        return
    async with open_read(parts, place, path, query, range_) as answer:
        span = _told_span(answer)
        yield Incoming(
            span,
            answer.headers.get("content-type", _UNTOLD),
            None,
            answer.chunks(CHUNK_BYTES),
            run=run,
            now=now,
            told=span.partial or "content-length" in answer.headers,
            form=facts_in(answer.headers),
        )


async def list_files(
    parts: DataParts, context: str, transfer: str, *, query: str = "", key: str = ""
) -> list[ListedFile]:
    """List the files of a transfer: those of a folder, or the result of `query` on a table once it is complete.

    Args:
        key: the key of the read that follows.

    Raises:
        As `fetch`.
    """
    left = _PATIENCE if query else 1
    while True:
        left -= 1
        try:
            with parts.running.follow(context, transfer) as run:
                _, listed = await _with_token(
                    parts, context, transfer, lambda place: _listing(parts, place, query), key, run
                )
        except (
            PeerError
        ) as error:  # the query goes on at the provider, and the next request waits for the same one
            if error.code != "peer.timeout" or not left:
                raise
        else:
            return listed


async def _listing(parts: DataParts, place: Fetchable, query: str) -> list[ListedFile]:
    answer = await parts.outbound.request(
        "GET",
        query_url(place.url("listing"), query),
        purpose=Purpose.DATA,
        headers=place.headers | {"Accept": LISTING},
        limit_bytes=_LARGEST_LISTING,
    )
    if answer.status != 200:
        raise provider_error(answer.status, answer.body)
    try:
        return await parts.aside.do(partial(Listing.read, answer.body))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise errors.PEER_NO_LISTING() from error


async def _with_token(
    parts: DataParts,
    context: str,
    transfer: str,
    ask: Callable[[Fetchable], Awaitable[T]],
    key: str,
    run: Run,
    path: str = "",
) -> tuple[Fetchable, T]:
    """Ask with the current token, and once more with a newer one if the provider refuses the token itself.

    A refusal before anything is read is recorded as a read of nothing.

    Args:
        run: receives the agreement that it runs under.
    """
    place = msgspec.structs.replace(await place_of(parts, context, transfer), key=key)
    run.under(place.under, place.epoch)
    try:
        return place, await ask(place)
    except RefusedError as error:
        if error.code not in _STALE:
            await _record(parts, place, path, None, None, error.code)
            raise
        newer = await renew(parts, place)
        if newer.address.authorization == place.address.authorization:
            raise
    return newer, await ask(newer)


async def _manifest(parts: DataParts, place: Fetchable, path: str, query: str) -> Manifest | None:
    """The provider's chunk manifest; None if it gives none, or one whose chunks are not of 1 MiB.

    A manifest that was fetched before is only revalidated, since a file read in many ranges has one manifest.
    """
    whose = ManifestKey(place.context, place.transfer, path, query)
    known = parts.manifests.get(whose)
    if_changed = {} if known is None else {"If-None-Match": f'"{known.root}"'}
    try:
        answer = await parts.outbound.request(
            "GET",
            query_url(place.url("manifest", path), query),
            purpose=Purpose.DATA,
            headers=place.headers | {"Accept": MANIFEST} | if_changed,
            limit_bytes=_LARGEST_MANIFEST,
        )
    except PeerError as error:
        if error.code == "peer.too-large":  # the data itself: a connector that knows no manifests
            return None
        raise
    if answer.status in {401, 403}:
        raise provider_error(answer.status, answer.body)
    if answer.status == 304 and known is not None:
        return known
    if answer.status != 200:
        return None
    try:
        manifest: Manifest = await parts.aside.do(partial(msgspec.json.decode, answer.body, type=Manifest))
    except (msgspec.DecodeError, XinfuError):
        return None
    if manifest.chunk_size != CHUNK_BYTES:
        return None
    parts.manifests.keep(whose, manifest)
    return manifest


def _told_span(answer: StreamedAnswer) -> Span:
    """The span that the headers of an answer without a manifest state."""
    length = int(answer.headers.get("content-length", "0") or 0)
    told = answer.headers.get("content-range", "")
    if answer.status == 206 and told.startswith("bytes ") and "/" in told:
        bounds, _, size = told.removeprefix("bytes ").partition("/")
        start, _, end = bounds.partition("-")
        if start.isdigit() and end.isdigit():
            total = int(size) if size.isdigit() else int(end) + 1
            return Span(start=int(start), end=int(end) + 1, size=total, partial=True)
    return Span(start=0, end=length, size=length, partial=False)


async def _record(
    parts: PeerParts,
    place: Fetchable,
    path: str,
    manifest: Manifest | None,
    incoming: Incoming | None,
    outcome: str,
) -> None:
    parts.observer.carried(Direction.IN, place.context, incoming.received if incoming else 0)
    foreign = await _foreign(parts, place) if incoming and incoming.received else None
    async with parts.store.step(place.context) as step:
        agreement = await lifecycle.by_wire_id(step, place.agreement, "consumer")
        if foreign is not None:
            await duties.trigger_by_landing(step, parts.clock, place.agreement, foreign)
        await settling.doubt(step, parts, place.agreement, Role.CONSUMER, outcome)
        await record_entry(
            step,
            parts.clock,
            "data.received",
            {
                "dataset": place.dataset,
                "root": manifest.root if manifest else "",
                "path": path,
                "bytes": incoming.received if incoming else 0,
                "outcome": outcome,
                **(incoming.form if incoming else {}),
                **await contract_facts(step, agreement),
            },
            process=place.transfer,
            agreement=place.agreement,
            peer=place.peer,
        )
        if agreement is not None and agreement.contract:
            told = {"action": "delivery", "bytes": str(incoming.received if incoming else 0)}
            await usage_reports.report_use(step, parts.clock, agreement, outcome, told)
            step.publish(duties.TOPIC)
        step.publish(place.transfer)


async def _foreign(parts: PeerParts, place: Fetchable) -> str | None:
    """The provider's pid of a transfer, if the provider's node does not run xinfu; else None."""
    async with parts.store.view(place.context) as view:
        moving = await view.of(TRANSFERS).get(place.transfer)
    if moving is None or await parts.counterparty.pace(moving.peer_base) is not Pace.PAUSED:
        return None
    return moving.provider_pid
