"""Reading the body of an answer: in flat memory, with limits of time and size that hold after inflating.

The size limit counts inflated bytes, and inflating stops at each piece, so that a small compressed body
cannot become a large one in memory. Only gzip is understood, as only gzip is asked for.

Follows: DSP 2025-1, Catalog, compression (R-CAT-25); threat O4.
"""

import asyncio
import ssl
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime

import aiohttp
from aiohttp.connector import Connection

from xinfu.peers.refusals import malformed, too_large, translate_errors
from xinfu.ports.outbound import MIB

IDLE_S = 30.0
"""Seconds between two pieces of a body before it counts as dead."""


class CertifiedResponse(aiohttp.ClientResponse):
    """A response that remembers how long the certificate holds under which it came; None over plain http.

    A connection whose whole answer has come is gone before anyone could look.
    """

    certificate_until: datetime | None = None

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Look while the connection is there."""
        transport = connection.transport
        self.certificate_until = None if transport is None else certificate_until(transport)
        return await super().start(connection)


def certificate_until(transport: asyncio.BaseTransport) -> datetime | None:
    """How long the certificate of the other end holds; None without TLS."""
    shown = transport.get_extra_info("peercert")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(shown["notAfter"]), UTC) if shown else None


class StreamedBody:
    """The answer of `HttpOutbound.stream` (a `StreamedAnswer`).

    Args:
        limit_bytes: the largest body after inflating; None: whatever comes.
        deadline: when everything must have come, on the loop's clock; None: never.
        inflates: False: the body comes as it is on the wire, whatever its encoding.
        idle_s: seconds between two pieces before it counts as dead.
    """

    def __init__(
        self,
        response: aiohttp.ClientResponse,
        origin: str,
        *,
        limit_bytes: int | None,
        deadline: float | None,
        inflates: bool = True,
        idle_s: float = IDLE_S,
    ) -> None:
        self._response = response
        self._origin = origin
        self._limit = limit_bytes
        self._deadline = deadline
        self._idle_s = idle_s
        names = dict.fromkeys(name.lower() for name in response.headers)
        self._headers = {name: ", ".join(response.headers.getall(name)) for name in names}
        told = self._headers.get("content-encoding", "identity") if inflates else "identity"
        self._encoding = told.strip().lower()
        if self._encoding not in ("identity", "", "gzip", "x-gzip"):
            raise malformed(origin)
        self.certificate_until = (
            response.certificate_until if isinstance(response, CertifiedResponse) else None
        )
        self._check_length()

    def _check_length(self) -> None:
        """Refuse at once what says itself that it is too large."""
        length = self._response.content_length
        if self._limit is not None and length is not None and length > self._limit:
            raise too_large(self._origin, self._limit)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The response headers by lower-case name."""
        return self._headers

    @property
    def url(self) -> str:
        """The URL that sent the answer."""
        return str(self._response.url)

    async def chunks(self, size: int = MIB) -> AsyncIterator[bytes]:
        """The inflated body in pieces of at most `size` bytes."""
        count = 0
        async for piece in self._inflated(size):
            count += len(piece)
            if self._limit is not None and count > self._limit:
                raise too_large(self._origin, self._limit)
            yield piece

    async def _inflated(self, size: int) -> AsyncIterator[bytes]:
        if self._encoding in ("identity", ""):
            while piece := await self._read(size):
                yield piece
            return
        inflater = Inflater(self._origin)
        while compressed := await self._read(min(size, 65536)):
            for piece in inflater.feed(compressed, size):
                yield piece
        inflater.finish()

    async def _read(self, size: int) -> bytes:
        """Read at most `size` bytes as received, still compressed; empty at the end."""
        until = asyncio.get_running_loop().time() + self._idle_s
        if self._deadline is not None:
            until = min(until, self._deadline)
        with translate_errors(self._origin):
            async with asyncio.timeout_at(until):
                return await self._response.content.read(size)


class Inflater:
    """Inflates gzip, also of several members, a bounded piece at a time."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._member = zlib.decompressobj(wbits=31)
        self._started = False

    def feed(self, compressed: bytes, size: int) -> Iterator[bytes]:
        """Inflate `compressed` and yield the result in pieces of at most `size` bytes."""
        rest = compressed
        while rest:
            if self._member.eof:
                self._member = zlib.decompressobj(wbits=31)
            self._started = True
            try:
                piece = self._member.decompress(rest, size)
            except zlib.error as error:
                raise malformed(self._origin) from error
            rest = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            if piece:
                yield piece

    def finish(self) -> None:
        """Refuse a body that ended within a member."""
        if self._started and not self._member.eof:
            raise malformed(self._origin)


def inflate(body: bytes, encoding: str, origin: str, limit_bytes: int) -> bytes:
    """A whole body in the clear.

    Raises:
        PeerError: `peer.malformed`; `peer.too-large`: more than `limit_bytes` after inflating.
    """
    named = encoding.strip().lower()
    if named in ("identity", ""):
        return body
    if named not in ("gzip", "x-gzip"):
        raise malformed(origin)
    inflater, pieces, size = Inflater(origin), [], 0
    for piece in inflater.feed(body, 65536):
        size += len(piece)
        if size > limit_bytes:
            raise too_large(origin, limit_bytes)
        pieces.append(piece)
    inflater.finish()
    return b"".join(pieces)
