"""A file at its provider that has a chunk manifest: read it whole, or in ranges.

Each chunk is checked against the manifest before a byte of it is passed on (D-17), so a range is widened to whole
chunks. The provider counts what it sends, so the unused bytes of the first and last chunk are kept for the next ranges
(`spare_chunks`), and each such chunk is fetched once for all who need a part of it at the same time.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import msgspec
from msgspec.structs import replace

from xinfu.evidence import CHUNK_BYTES, Manifest
from xinfu.ports.outbound import Purpose, StreamedAnswer
from xinfu.services.fetching import errors
from xinfu.services.fetching.endpoint import Fetchable
from xinfu.services.memory.known_manifests import ManifestKey
from xinfu.services.memory.spare_chunks import ChunkOf
from xinfu.services.parts import Parts, PeerParts
from xinfu.services.refusals import LARGEST_REFUSAL, provider_error
from xinfu.services.usage.span import Span


class RemoteRead(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a read: its checked bytes, and the headers of the provider's answer."""

    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a chunk, taken from the bytes that are spare of it."""

    chunk: ChunkOf
    headers: Mapping[str, str]
    data: bytes


class Remote:
    """A file of a transfer, at its provider."""

    def __init__(self, parts: Parts, place: Fetchable, path: str, query: str, manifest: Manifest) -> None:
        self._parts = parts
        self._place = place
        self._path = path
        self._query = query
        self._manifest = manifest

    @asynccontextmanager
    async def whole_chunks(self, span: Span) -> AsyncIterator[RemoteRead]:
        """Read the span in one request, widened to whole chunks; the bytes outside the span are dropped.

        Raises (on entering):
            As `open_read`.
        """
        async with self._open(span, span) as taken:
            yield taken

    @asynccontextmanager
    async def range(self, span: Span) -> AsyncIterator[RemoteRead]:
        """Read the span, and keep the unused bytes of its first and last chunk for other ranges.

        Raises (on entering):
            As `open_read`; IntegrityError: `data.altered`.
        """
        first, last = span.start // CHUNK_BYTES, (span.end - 1) // CHUNK_BYTES
        ends = [number for number in dict.fromkeys((last, first)) if not self._has(span, number)]
        edges = {number: await self._edge(span, number) for number in ends}
        middle = [number for number in range(first, last + 1) if number not in edges]
        left = dict(edges)

        async def ended(number: int) -> AsyncIterator[bytes]:
            if number in left:
                yield left.pop(number).data

        try:
            if not middle:
                yield RemoteRead(headers=edges[first].headers, chunks=_joined(ended(first), ended(last)))
                return
            inner = replace(
                span, start=max(span.start, middle[0] * CHUNK_BYTES), end=self._manifest.span(middle[-1])[1]
            )
            async with self._open(inner, span) as taken:
                chunks = _joined(ended(first), taken.chunks, ended(last))
                yield RemoteRead(headers=taken.headers, chunks=chunks)
        finally:
            for edge in left.values():
                self._parts.spare.give_back(edge.chunk, len(edge.data))

    def _has(self, span: Span, number: int) -> bool:
        """Whether the span covers all of a chunk."""
        start, end = self._manifest.span(number)
        return span.start <= start and end <= span.end

    async def _edge(self, span: Span, number: int) -> Edge:
        """The requested part of a chunk: from the spare bytes, or fetched now with the whole chunk."""
        start, end = self._manifest.span(number)
        part = slice(max(0, span.start - start), min(end, span.end) - start)
        amount = part.stop - part.start
        place = self._place
        whose = ManifestKey(place.context, place.transfer, self._path, self._query)
        chunk = ChunkOf(whose, self._manifest.root, number)
        async with self._parts.spare.turn(chunk):
            spare = self._parts.spare.take(chunk, amount)
            if spare is None:
                whole = replace(span, start=start, end=end)
                async with self._open(whole, whole) as taken:
                    data = b"".join([piece async for piece in taken.chunks])
                if len(data) != end - start:
                    raise errors.DATA_CUT(received=len(data), length=end - start)
                spare = self._parts.spare.keep(chunk, data, taken.headers, handed=amount)
        return Edge(chunk=chunk, headers=spare.headers, data=spare.data[part])

    @asynccontextmanager
    async def _open(self, asked_for: Span, span: Span) -> AsyncIterator[RemoteRead]:
        """Request the whole chunks around `asked_for`, or the whole file if `span` is all of it; cut to `asked_for`."""
        range_ = _aligned(asked_for) if span.partial else None
        async with open_read(self._parts, self._place, self._path, self._query, range_) as answer:
            yield RemoteRead(headers=answer.headers, chunks=_checked(answer, self._manifest, asked_for))


async def _joined(*parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        async for piece in part:
            yield piece


def query_url(url: str, query: str) -> str:
    """A URL with the query of a live source, if there is one."""
    return f"{url}?{query}" if query else url


@asynccontextmanager
async def open_read(
    parts: PeerParts, place: Fetchable, path: str, query: str, range_: str | None
) -> AsyncIterator[StreamedAnswer]:
    """Send a read to the provider, and open its answer.

    Raises (on entering):
        RefusedError, NotFoundError, PeerError: it refuses, or cannot be reached.
    """
    headers = place.headers | ({"Range": range_} if range_ else {})
    url = query_url(place.url("files", path) if path else place.url(), query)
    async with parts.outbound.stream("GET", url, purpose=Purpose.DATA, headers=headers) as answer:
        if answer.status not in {200, 206}:
            raise provider_error(answer.status, await _beginning(answer))
        yield answer


async def _beginning(answer: StreamedAnswer) -> bytes:
    """The body of a refusal, up to `LARGEST_REFUSAL` bytes."""
    body = b""
    async for piece in answer.chunks(CHUNK_BYTES):
        body += piece
        if len(body) >= LARGEST_REFUSAL:
            break
    return body[:LARGEST_REFUSAL]


def _aligned(span: Span) -> str:
    """The Range header of the span widened to whole chunks, so that each can be checked against the manifest."""
    first = span.start // CHUNK_BYTES * CHUNK_BYTES
    last = min(span.size, -(-span.end // CHUNK_BYTES) * CHUNK_BYTES) - 1
    return f"bytes={first}-{max(first, last)}"


async def _checked(answer: StreamedAnswer, manifest: Manifest, span: Span) -> AsyncIterator[bytes]:
    """Yield the bytes of the span from whole chunks, each checked against the manifest."""
    number = span.start // CHUNK_BYTES
    async for chunk in _whole(answer, manifest, number):
        at = number * CHUNK_BYTES
        if not manifest.fits(number, hashlib.sha256(chunk).digest()):
            raise errors.DATA_ALTERED(chunk=number)
        wanted = chunk[max(0, span.start - at) : max(0, span.end - at)]
        if wanted:
            yield wanted
        number += 1


async def _whole(answer: StreamedAnswer, manifest: Manifest, number: int) -> AsyncIterator[bytes]:
    """Cut the stream into the manifest's chunks; bytes after the last one are ignored."""
    waiting = bytearray()
    async for piece in answer.chunks(CHUNK_BYTES):
        waiting += piece
        while number < len(manifest.chunks):
            start, end = manifest.span(number)
            if len(waiting) < end - start:
                break
            yield bytes(waiting[: end - start])
            del waiting[: end - start]
            number += 1
        if number == len(manifest.chunks):
            return  # whatever follows is nothing of the file
