"""GET of bytes with ranges, through the one enforcement point.

A stream that has to stop is cut without its end, so that a cut file never looks complete (F5); it is cut at
once, also while the reader is slow. Statuses: no or bad token 401, anything refused 403.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from xinfu.errors import XinfuError
from xinfu.evidence import CHUNK_BYTES, Manifest
from xinfu.ports.records import StoredManifest
from xinfu.services.parts import Parts
from xinfu.services.usage.granted import Ask
from xinfu.services.usage.manifests import listing_of, manifest_of
from xinfu.services.usage.use import Use, use
from xinfu.web.problem import problem, unexpected

_log = logging.getLogger(__name__)
_NO_STORE = "no-store"
_PIECES = {"http": CHUNK_BYTES, "https": 64 * 1024}
"""Bytes that are handed over at once: what is encrypted should still lie in the processor's cache when it is sent."""

ABORT = "xinfu.abort"
"""ASGI extension of our listeners; its `abort` drops the connection at once."""


class StreamCutError(Exception):
    """Raised after bytes have gone out, so that the server breaks the connection off."""


def data_routes(parts: Parts) -> list[Route]:
    """All routes of the data listener."""

    async def listing(request: Request) -> Response:
        files = await listing_of(parts, _ask(request))
        return _json(
            {"files": [{"path": each.path, "size": each.size_bytes, "root": each.root} for each in files]}
        )

    async def manifest(request: Request) -> Response:
        return _json(_wire(await manifest_of(parts, _ask(request))))

    base = "/data/{context}/transfers/{transfer}"
    return [
        Route(f"{base}/manifest/{{path:path}}", _guarded(manifest), methods=["GET"]),
        Route(f"{base}/manifest", _guarded(manifest), methods=["GET"]),
        Route(f"{base}/listing", _guarded(listing), methods=["GET"]),
        Route(f"{base}/files/{{path:path}}", Reading(parts), methods=["GET", "HEAD"]),
        Route(base, Reading(parts), methods=["GET", "HEAD"]),
    ]


class Reading:
    """The ASGI app that streams one use."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        begun = False
        try:
            if request.method == "HEAD":
                await self._head(request, send)
                return
            async with use(self._parts, _ask(request)) as held:
                await send(_start(held))
                begun = True
                await _stream(held, receive, send, piece=_PIECES[scope["scheme"]])
        except StreamCutError:
            await _break_off(scope)
        except XinfuError as error:
            if begun:
                _log.warning("stream cut", extra={"code": error.code})
                await _break_off(scope)
            else:
                await _refusal(error)(scope, receive, send)
        except Exception as error:  # the top of an edge: logged, answered 500
            if begun:
                raise
            await problem(unexpected(error))(scope, receive, send)

    async def _head(self, request: Request, send: Send) -> None:
        manifest = await manifest_of(self._parts, _ask(request))
        response = Response(
            headers={
                "content-length": str(manifest.size_bytes),
                "accept-ranges": "bytes",
                "etag": f'"{manifest.root}"',
                "cache-control": _NO_STORE,
            }
        )
        await response(request.scope, request.receive, send)


async def _stream(held: Use, receive: Receive, send: Send, *, piece: int) -> None:
    """Send chunk by chunk; a stop, or a reader that goes away, ends it also while a chunk is on its way."""
    gone = asyncio.create_task(_gone(receive))
    stopped = asyncio.create_task(held.stopped.wait())
    sending = asyncio.create_task(_send(held, send, gone, piece))
    try:
        await asyncio.wait((sending, gone, stopped), return_when=asyncio.FIRST_COMPLETED)
        if not sending.done():
            raise StreamCutError
        await sending
    finally:
        for each in (sending, gone, stopped):
            each.cancel()
        await asyncio.gather(sending, gone, stopped, return_exceptions=True)


async def _send(held: Use, send: Send, gone: asyncio.Task[None], piece: int) -> None:
    """A server takes bytes for a reader who is gone without a word, so that is looked at after each chunk."""
    async for chunk in held.chunks():
        for at in range(0, len(chunk), piece):
            await send({"type": "http.response.body", "body": chunk[at : at + piece], "more_body": True})
        await asyncio.sleep(0)
        if gone.done():
            raise StreamCutError
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _break_off(scope: Scope) -> None:
    """Drop the connection with what is still buffered: no further byte reaches the socket (J6).

    The server hands over how (node/run.py); any other server is left with an unfinished answer.
    """
    extension = scope.get("extensions", {}).get(ABORT)
    if extension is None:
        raise StreamCutError
    extension["abort"]()
    await asyncio.sleep(0)


async def _gone(receive: Receive) -> None:
    """Until the reader has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _start(held: Use) -> dict[str, object]:
    span = held.span
    headers = {
        "content-type": held.asset.media_type,
        "content-length": str(span.length),
        "accept-ranges": "bytes",
        "etag": f'"{held.manifest.root}"',
        "cache-control": _NO_STORE,
        "x-content-type-options": "nosniff",
    }
    if span.partial:
        headers["content-range"] = span.content_range
    return {
        "type": "http.response.start",
        "status": 206 if span.partial else 200,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
    }


def _ask(request: Request) -> Ask:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return Ask(
        context=request.path_params["context"],
        token=token.strip() if scheme.lower() == "bearer" else scheme,
        transfer=request.path_params["transfer"],
        path=request.path_params.get("path", ""),
        range=request.headers.get("range"),
    )


def _wire(manifest: StoredManifest) -> Manifest:
    digests = [manifest.chunks[at : at + 32] for at in range(0, len(manifest.chunks), 32)]
    return Manifest.of(manifest.size_bytes, digests)


def _refusal(error: XinfuError) -> Response:
    response = problem(error)
    response.headers["cache-control"] = _NO_STORE
    if error.status == 416:
        response.headers["content-range"] = f"bytes */{error.facts.get('size', '*')}"
    return response


def _json(value: object) -> Response:
    return Response(
        msgspec.json.encode(value), media_type="application/json", headers={"cache-control": _NO_STORE}
    )


def _guarded(
    handler: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        try:
            return await handler(request)
        except XinfuError as error:
            return _refusal(error)
        except Exception as error:  # the top of an edge: logged, answered 500
            return problem(unexpected(error))

    return handle
