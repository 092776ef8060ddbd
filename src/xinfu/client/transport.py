"""HTTP to a node: its key, its problem documents, its cut connections. No other module of the client speaks HTTP.

A read is retried twice if the node is unreachable; a write never is, because it may have arrived. Redirects are not
followed, so that the key goes only to the named node.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, TypeVar

import aiohttp
import msgspec

from xinfu.api import Page
from xinfu.client import errors
from xinfu.client.problems import error_of, unreadable
from xinfu.errors import PeerError

T = TypeVar("T")

PREFIX: Final = "/api/v1"
CHUNK_BYTES: Final = 1 << 20
CONNECT_S: Final = 10
READ_S: Final = 120
"""Longer than the longest wait that a node grants."""
_AGAIN_S: Final = (0.1, 0.4)
_LARGEST_PROBLEM: Final = 256 * 1024


class Incoming:
    """Incoming bytes; usable inside the block that gave them.

    Attributes:
        root: Merkle root of the whole file, hex; "" if the provider publishes no manifest.
        start: offset of the first byte. length: number of bytes; 0 if the provider does not know it in advance.
    """

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.root = response.headers.get("etag", "").strip('"')
        self.length = int(response.headers.get("content-length", "0"))
        self._is_told = "content-length" in response.headers
        told = response.headers.get("content-range", "").removeprefix("bytes ").partition("-")[0]
        self.start = int(told) if response.status == 206 and told.isdecimal() else 0
        self.media_type = response.headers.get("content-type", "application/octet-stream")

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes, in pieces of about 1 MiB; bytes before a cut are yielded before the error is raised.

        Raises:
            PeerError: `data.cut`: the bytes ended early.
        """
        came, waiting, broken = 0, bytearray(), None
        pieces = self._response.content.iter_any()
        while True:
            try:
                piece = await anext(pieces, b"")
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                broken, piece = error, b""
            came += len(piece)
            waiting += piece
            if len(waiting) >= CHUNK_BYTES or (waiting and not piece):
                yield bytes(waiting)
                waiting.clear()
            if not piece:
                break
        if broken is not None or (self._is_told and came != self.length):
            raise errors.DATA_CUT(received=came, length=self.length) from broken


class Transport:
    """A session with one node.

    Args:
        session: sends the key with each call.
        context: id of the participant context of all calls; by default the node's first.
    """

    def __init__(self, session: aiohttp.ClientSession, url: str, context: str | None) -> None:
        self._session = session
        self.url = url.rstrip("/")
        self._context = context

    async def get(self, path: str, type_: type[T], query: Mapping[str, str | None] | None = None) -> T:
        """Send a GET and return the answer."""
        return self._read(await self.raw("GET", path, query=query), type_)

    async def post(self, path: str, type_: type[T], body: object = None) -> T:
        """Send a POST and return the answer."""
        return self._read(await self.raw("POST", path, body={} if body is None else body), type_)

    async def put(self, path: str, type_: type[T], body: object) -> T:
        """Send a PUT and return the answer."""
        return self._read(await self.raw("PUT", path, body=body), type_)

    async def patch(self, path: str, type_: type[T], body: object) -> T:
        """Send a PATCH and return the answer."""
        return self._read(await self.raw("PATCH", path, body=body), type_)

    async def delete(self, path: str) -> None:
        """Send a DELETE."""
        await self.raw("DELETE", path)

    async def pages(
        self, path: str, type_: type[T], query: Mapping[str, str | None] | None = None
    ) -> AsyncIterator[T]:
        """Yield all items of a list; pages are fetched on demand."""
        asked = dict(query or {})
        while True:
            page = await self.get(path, Page[type_], asked)  # type: ignore[valid-type]  # generic at run time
            for item in page.items:
                yield item
            if page.next is None:
                return
            asked["after"] = page.next

    async def raw(
        self, method: str, path: str, *, query: Mapping[str, str | None] | None = None, body: object = None
    ) -> bytes:
        """Send a request and return the body of the answer.

        Raises:
            XinfuError: the node's error, or PeerError: `node.unreachable`.
        """
        waits = iter(_AGAIN_S if method == "GET" else ())
        while True:
            try:
                return await self._once(method, path, query, body)
            except (aiohttp.ClientConnectionError, TimeoutError) as error:
                wait = next(waits, None)
                if wait is None:
                    raise _unreachable(self.url, error) from error
                await asyncio.sleep(wait)
            except aiohttp.ClientError as error:
                raise _unreachable(self.url, error) from error

    @asynccontextmanager
    async def stream(
        self, path: str, *, query: Mapping[str, str | None], range_: str | None
    ) -> AsyncIterator[Incoming]:
        """Open a body that is read piece by piece.

        Raises (on entering):
            As `raw`.
        """
        headers = {"Range": range_} if range_ else {}
        call = self._session.request(
            "GET", self._at(path), params=self._query(query), headers=headers, allow_redirects=False
        )
        try:
            response = await call
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _unreachable(self.url, error) from error
        try:
            if response.status >= 300:
                raise error_of(response.status, await _bounded(response))
            yield Incoming(response)
        finally:
            response.close()

    async def lasting(
        self, path: str, *, query: Mapping[str, str | None], headers: Mapping[str, str]
    ) -> AsyncIterator[bytes]:
        """Yield the pieces of a long-lived answer as they arrive, until it ends.

        Raises:
            As `raw`.
        """
        try:
            async with self._session.request(
                "GET", self._at(path), params=self._query(query), headers=headers, allow_redirects=False
            ) as response:
                if response.status >= 300:
                    raise error_of(response.status, await _bounded(response))
                async for piece in response.content.iter_any():
                    yield piece
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _unreachable(self.url, error) from error

    async def _once(
        self, method: str, path: str, query: Mapping[str, str | None] | None, body: object
    ) -> bytes:
        data = None if body is None else msgspec.json.encode(body)
        headers = {} if data is None else {"Content-Type": "application/json"}
        async with self._session.request(
            method,
            self._at(path),
            params=self._query(query or {}),
            data=data,
            headers=headers,
            allow_redirects=False,
        ) as response:
            if response.status >= 300:
                raise error_of(response.status, await _bounded(response))
            return await response.read()

    def _at(self, path: str) -> str:
        return f"{self.url}{PREFIX}{path}"

    def _query(self, query: Mapping[str, str | None]) -> dict[str, str]:
        named = {"context": self._context, **query}
        return {key: value for key, value in named.items() if value is not None}

    def _read(self, body: bytes, type_: type[T]) -> T:
        try:
            return msgspec.json.decode(body, type=type_)
        except (msgspec.DecodeError, RecursionError) as error:
            raise unreadable(error) from error


@asynccontextmanager
async def transport(
    url: str, api_key: str, context: str | None, traceparent: str | None
) -> AsyncIterator[Transport]:
    """Open a session with the node whose management listener is at `url`; its calls continue `traceparent`, if given.

    Raises:
        InputError: `client.url`, `client.key`.
    """
    if not url.startswith(("http://", "https://")):
        raise errors.CLIENT_URL(url=url)  # fmt: skip
    if not api_key.isascii() or not api_key.isprintable():
        raise errors.CLIENT_KEY()
    headers = {"X-Api-Key": api_key} | ({"traceparent": traceparent} if traceparent else {})
    limits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=READ_S)
    async with aiohttp.ClientSession(
        headers=headers,
        timeout=limits,
        auto_decompress=False,
        skip_auto_headers={"User-Agent", "Accept-Encoding"},
        connector=aiohttp.TCPConnector(limit=0),
    ) as session:
        yield Transport(session, url, context)


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    """Return the body of a problem document, up to its maximum size."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(16 * 1024):
        body += chunk
        if len(body) > _LARGEST_PROBLEM:
            break
    return bytes(body)


def _unreachable(url: str, error: Exception) -> PeerError:
    return errors.NODE_UNREACHABLE(url=url, error=type(error).__name__)
