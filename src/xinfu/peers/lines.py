"""Short exchanges over kept connections: what protocol messages need of HTTP/1.1, at a tenth of the usual cost.

A line is one connection to one origin; it carries one exchange at a time and is kept for a while for the next. Its
name is looked up and checked when it is opened (`names.CheckedResolver`), and it connects to a checked address
only. An answer is read whole, within limits of size and time; anything but a legal answer ends the line.

Follows: RFC 9112 (HTTP/1.1); threats O2, O4.
"""

import asyncio
import ssl
from collections import defaultdict
from datetime import datetime
from typing import Final, cast

import httptools
import msgspec

from xinfu.errors import PeerError
from xinfu.peers.addresses import Address
from xinfu.peers.bodies import certificate_until
from xinfu.peers.names import CheckedResolver
from xinfu.peers.refusals import malformed, too_large, translate_errors, unreachable

KEPT_S: Final = 15.0
_HEAD_BYTES: Final = 64 * 1024


class WireAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer as it came over the wire; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes
    certificate_until: datetime | None


class Line(asyncio.Protocol):
    """A single connection. `ask` sends a request; `head` is done when the answer begins, `whole` when it is complete."""

    def __init__(self, origin: str) -> None:
        self.is_open = True
        self._origin = origin
        self._transport: asyncio.Transport | None = None
        self._whole: asyncio.Future[WireAnswer] | None = None

    def ask(self, request: bytes, limit_bytes: int) -> "asyncio.Future[WireAnswer]":
        """Send a request; the future gives its answer, of at most `limit_bytes`."""
        assert self._transport is not None
        self.head = asyncio.get_running_loop().create_future()
        self._whole = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._limit, self._size, self._head_size = limit_bytes, 0, 0
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._transport.write(request)
        return self._whole

    def close(self) -> None:
        """Hang up."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but its class
        self._certificate_until = certificate_until(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self._whole is None or self._is_done():
            return
        unbounded = self.head.done() and not {"content-length", "transfer-encoding"} & self._headers.keys()
        if exc is None and unbounded:  # an answer that ends with its connection
            self._whole.set_result(self._heard())
        else:
            self._fail(unreachable(self._origin))

    def data_received(self, data: bytes) -> None:
        if self._is_done():
            self.close()
            return
        if not self.head.done():
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(malformed(self._origin))
            return
        if not self.head.done() and self._head_size > _HEAD_BYTES:
            self._fail(malformed(self._origin))

    def on_message_begin(self) -> None:
        """An answer begins; nobody has asked for a second one."""
        if self._is_done():
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Store a header; values of a repeated header are joined by commas."""
        if self._is_done():
            return
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self._headers[key] = f"{self._headers[key]}, {text}" if key in self._headers else text

    def on_headers_complete(self) -> None:
        """Mark the head as complete; an interim answer (1xx) is ignored."""
        if self._parser.get_status_code() < 200:
            return
        length = self._headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._limit:
            self._fail(too_large(self._origin, self._limit))
        elif not self.head.done():
            self.head.set_result(None)

    def on_body(self, piece: bytes) -> None:
        """A piece of the body."""
        if self._is_done():
            return
        self._size += len(piece)
        self._body.append(piece)
        if self._size > self._limit:
            self._fail(too_large(self._origin, self._limit))

    def on_message_complete(self) -> None:
        """The answer is whole."""
        if self._parser.get_status_code() < 200:
            self._headers = {}
        elif self._whole is not None and not self._whole.done():
            if not self._parser.should_keep_alive():
                self.is_open = False
            self._whole.set_result(self._heard())

    def _is_done(self) -> bool:
        return self._whole is None or self._whole.done()

    def _heard(self) -> WireAnswer:
        return WireAnswer(
            status=self._parser.get_status_code(),
            headers=self._headers,
            body=b"".join(self._body),
            certificate_until=self._certificate_until,
        )

    def _fail(self, error: PeerError) -> None:
        for waiting in (self.head, self._whole):
            if waiting is not None and not waiting.done():
                waiting.set_exception(error)
                waiting.exception()  # whoever waits for the other one has it
        self.close()


class Lines:
    """The lines of one purpose.

    Args:
        per_peer: exchanges at the same moment with one origin.
        connect_s: seconds for a connection, its TLS included.
    """

    def __init__(
        self, resolver: CheckedResolver, tls: ssl.SSLContext, *, per_peer: int, connect_s: float
    ) -> None:
        self._resolver = resolver
        self._tls = tls
        self._connect_s = connect_s
        self._idle: dict[str, list[tuple[Line, asyncio.TimerHandle]]] = {}
        self._room: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(per_peer))

    async def exchange(
        self, address: Address, request: bytes, *, limit_bytes: int, head_by: float, whole_by: float
    ) -> WireAnswer:
        """Send a request and read its whole answer.

        Args:
            head_by, whole_by: when head and body must be there, on the loop's clock.

        Raises:
            PeerError: as `Outbound.request`. RefusedError: `address.refused`.
        """
        with translate_errors(address.origin):
            line: Line | None = None
            try:
                async with asyncio.timeout_at(head_by) as limit, self._room[address.origin]:
                    line = await self._line(address)
                    whole = line.ask(request, limit_bytes)
                    await line.head
                    limit.reschedule(whole_by)
                    heard = await whole
            except BaseException:
                if line is not None:
                    line.close()
                raise
        self._keep(address.origin, line)
        return heard

    def close(self) -> None:
        """Hang up on everybody."""
        for kept in self._idle.values():
            for line, timer in kept:
                timer.cancel()
                line.close()
        self._idle.clear()

    async def _line(self, address: Address) -> Line:
        kept = self._idle.get(address.origin, [])
        while kept:
            line, timer = kept.pop()
            timer.cancel()
            if line.is_open:
                return line
        return await self._connected(address)

    async def _connected(self, address: Address) -> Line:
        if address.ip is not None:
            hosts = [str(address.ip)]
        else:
            hosts = [each["host"] for each in await self._resolver.resolve(address.host, address.port)]
        loop, failed = asyncio.get_running_loop(), OSError(f"no address for {address.host}")
        secured = address.scheme == "https"
        for host in hosts:
            try:
                async with asyncio.timeout(self._connect_s):
                    _, line = await loop.create_connection(
                        lambda: Line(address.origin),
                        host,
                        address.port,
                        ssl=self._tls if secured else None,
                        server_hostname=address.host if secured else None,
                    )
                    return line
            except ssl.SSLError:
                raise
            except OSError as error:
                failed = error
        raise failed

    def _keep(self, origin: str, line: Line) -> None:
        if not line.is_open:
            line.close()
            return
        kept = self._idle.setdefault(origin, [])
        kept.append((line, asyncio.get_running_loop().call_later(KEPT_S, self._forget, origin, line)))

    def _forget(self, origin: str, line: Line) -> None:
        line.close()
        kept = [each for each in self._idle.get(origin, []) if each[0] is not line]
        if kept:
            self._idle[origin] = kept
        else:
            self._idle.pop(origin, None)
