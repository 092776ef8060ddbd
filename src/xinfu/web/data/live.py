"""Answers any request to a live source that its provider allows, as the source answers it.

The consumer's request reaches the source as a value: method, path, query, headers without the endpoint token, and a
body that is read only as fast as the source takes it. What of it passes on is the source's to say.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from msgspec.structs import replace
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from xinfu.ports.dataplane import LISTING, MANIFEST, LiveRequest
from xinfu.services.parts import Parts
from xinfu.services.usage.admission import CallerFacts
from xinfu.services.usage.form_header import headers_of
from xinfu.services.usage.live import LiveUse, live_use
from xinfu.services.usage.read_plan import keeps, kept_result
from xinfu.web import errors
from xinfu.web.data.sending import NO_STORE, answer_with, head, read_request, still_there, stream

_OURS: Final = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers between the consumer and this node alone: the endpoint token, and what holds for one connection."""
_BODILESS: Final = frozenset({204, 304})


class ReaderGoneError(ConnectionError):
    """The consumer disconnected before its body was complete."""


class LiveReading:
    """The ASGI app of live sources."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.answer(scope, receive, send, None)

    async def answer(self, scope: Scope, receive: Receive, send: Send, caller: CallerFacts | None) -> None:
        """Answer a request; facts already known about the caller are not asked for again."""
        await answer_with(scope, receive, send, partial(self._answer, caller))

    async def _answer(self, caller: CallerFacts | None, request: Request, send: Send) -> None:
        inlet = Inlet(request.receive)
        if request.headers.get("accept") in {MANIFEST, LISTING}:
            told = msgspec.json.encode(await self._known(request, inlet))
            await send(head(200, {"content-type": "application/json", "cache-control": NO_STORE}))
            await send({"type": "http.response.body", "body": told, "more_body": False})
            return
        gone = asyncio.create_task(inlet.run())
        try:
            async with self._use(request, inlet, caller) as held:
                still_there(request.scope)
                held.tell()
                await send(head(held.answer.status, _headers(held)))
                if request.method == "HEAD" or held.answer.status in _BODILESS:
                    held.is_whole = True
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
                else:
                    await stream(held, gone, request.scope, send)
        finally:
            gone.cancel()

    def _use(
        self, request: Request, inlet: "Inlet", caller: CallerFacts | None
    ) -> AbstractAsyncContextManager[LiveUse]:
        return live_use(self._parts, read_request(request), live_request(request, inlet), caller)

    async def _known(self, request: Request, inlet: "Inlet") -> object:
        """Return a result's manifest once it is paid and whole, or its listing, which is produced first if necessary.

        Both carry the result's own query. A listing counts as a use of the result, like a read; a manifest does not.

        Raises:
            NotFoundError: `data.live`. As `live_use`.
        """
        told, wanted = read_request(request), live_request(request, inlet)
        listed = request.headers.get("accept") == LISTING
        if wanted.path != ("listing" if listed else "manifest"):
            await keeps(self._parts, told, wanted)  # who may not read it is refused, and that is recorded
            raise errors.DATA_LIVE()
        wanted = replace(wanted, path="", headers={}, body=None)
        if listed and await keeps(self._parts, told, wanted):
            async with live_use(self._parts, told, replace(wanted, method="HEAD")) as held:
                held.tell()
                held.is_whole = True
        kept = await kept_result(self._parts, told, wanted)
        if kept is None:
            raise errors.DATA_LIVE()
        manifest = kept.manifest
        return {"files": [{"path": "", "size": manifest.size, "root": manifest.root}]} if listed else manifest


class Inlet:
    """A consumer's body as it arrives: at most one piece waits here, and the rest stays with the consumer."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=1)
        self._gone = False

    async def run(self) -> None:
        """Receive pieces until the consumer disconnects."""
        more = True
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self._gone = True
                if more:
                    await self._pieces.put(None)
                return
            if message.get("body") and more:
                await self._pieces.put(message["body"])
            if more and not message.get("more_body", False):
                more = False
                await self._pieces.put(None)

    async def body(self) -> AsyncIterator[bytes]:
        """The pieces.

        Raises:
            ReaderGoneError: the consumer broke off.
        """
        while (piece := await self._pieces.get()) is not None:
            yield piece
        if self._gone:
            raise ReaderGoneError


def live_request(request: Request, inlet: Inlet) -> LiveRequest:
    """Return the request that the live source gets.

    Raises:
        NotFoundError: `file.not-found`: a slash in its path hides behind its encoding.
    """
    context, transfer = request.path_params["context"], request.path_params["transfer"]
    below = request.scope["path"].removeprefix(f"/data/{context}/transfers/{transfer}").removeprefix("/")
    raw = request.scope.get("raw_path", b"").lower()
    if b"%2f" in raw or b"%5c" in raw:
        raise errors.FILE_NOT_FOUND()
    query = request.scope["query_string"].decode("latin-1")
    names = dict.fromkeys(name for name in request.headers if name not in _OURS)
    sends = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    return LiveRequest(
        method=request.method,
        path=below,
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        headers={name: ", ".join(request.headers.getlist(name)) for name in names},
        body=inlet.body() if sends else None,
    )


def _headers(held: LiveUse) -> dict[str, str]:
    answer = held.answer
    size = {} if answer.size is None else {"content-length": str(answer.size)}
    return {
        **answer.headers,
        "content-type": answer.media_type,
        **size,
        **headers_of(held.form),
        "cache-control": NO_STORE,
        "x-content-type-options": "nosniff",
    }
