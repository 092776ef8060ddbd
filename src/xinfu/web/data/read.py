"""Answers GET of bytes with ranges, through the one enforcement point; hands requests for live sources to live.py."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from xinfu.evidence import Manifest
from xinfu.ports.dataplane import COLUMNS
from xinfu.ports.records import StoredManifest
from xinfu.services.parts import Parts
from xinfu.services.usage.manifests import LiveSourceError, listing_of, manifest_of
from xinfu.services.usage.series import WholeRead
from xinfu.services.usage.use import Use
from xinfu.services.usage.uses import Uses
from xinfu.web.data.live import LiveReading
from xinfu.web.data.sending import (
    NO_STORE,
    StreamCutError,
    answer_with,
    head,
    read_request,
    still_there,
    stream,
    until_gone,
)
from xinfu.web.media_types import media_type


def data_routes(parts: Parts, uses: Uses) -> list[Route]:
    """The routes to the bytes of transfers."""
    live, files = LiveReading(parts), Files(parts, uses)
    base, reads = "/data/{context}/transfers/{transfer}", ["GET", "HEAD"]
    return [
        Route(f"{base}/manifest/{{path:path}}", FileReading(live, files.manifest), methods=["GET"]),
        Route(f"{base}/manifest", FileReading(live, files.manifest), methods=["GET"]),
        Route(f"{base}/listing", FileReading(live, files.listing), methods=["GET"]),
        Route(f"{base}/files/{{path:path}}", FileReading(live, files.read), methods=reads),
        Route(base, FileReading(live, files.read), methods=reads),
        Route(f"{base}/", FileReading(live, files.read), methods=reads),  # Tractus-X: an empty path behind it
        Route(f"{base}/{{path:path}}", live),
        Route(base, live),
    ]


class FileReading:
    """The ASGI app of stored files; requests for live sources or chosen columns go to `live`."""

    def __init__(self, live: LiveReading, answer: Callable[[Request, Send], Awaitable[None]]) -> None:
        self._live = live
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if COLUMNS in QueryParams(scope["query_string"]):
            await self._live(scope, receive, send)
            return
        try:
            await answer_with(scope, receive, send, self._answer)
        except LiveSourceError as error:
            await self._live.answer(scope, receive, send, error.caller)


class Files:
    """Answers reads of a dataset of files."""

    def __init__(self, parts: Parts, uses: Uses) -> None:
        self._parts = parts
        self._uses = uses

    async def listing(self, request: Request, send: Send) -> None:
        """Send the list of files in a folder."""
        files = await listing_of(self._parts, read_request(request))
        told = [{"path": each.path, "size": each.size_bytes, "root": each.root} for each in files]
        await _json({"files": told})(request.scope, request.receive, send)

    async def manifest(self, request: Request, send: Send) -> None:
        """Send the chunk manifest of a file, or 304 to a client that has it already."""
        known = request.headers.get("if-none-match", "").strip('"')
        manifest = await manifest_of(self._parts, read_request(request), known=known)
        etag = f'"{manifest.root}"'
        if known == manifest.root:
            response = Response(status_code=304, headers={"cache-control": NO_STORE})
        else:
            response = _json(_wire(manifest))
        response.headers["etag"] = etag
        await response(request.scope, request.receive, send)

    async def read(self, request: Request, send: Send) -> None:
        """Send the bytes of a file; for HEAD only the headers."""
        if request.method == "HEAD":
            await self._head(request, send)
            return
        async with self._uses.open(read_request(request)) as held:
            if isinstance(held, WholeRead):
                await _send_whole(held, request.scope, send)
                return
            still_there(request.scope)
            held.tell()
            await send(_head(held))
            gone = asyncio.create_task(until_gone(request.receive))
            try:
                await stream(held, gone, request.scope, send)
            finally:
                gone.cancel()

    async def _head(self, request: Request, send: Send) -> None:
        manifest = await manifest_of(self._parts, read_request(request))
        response = Response(
            headers={
                "content-length": str(manifest.size_bytes),
                "accept-ranges": "bytes",
                "etag": f'"{manifest.root}"',
                "cache-control": NO_STORE,
            }
        )
        await response(request.scope, request.receive, send)


async def _send_whole(held: WholeRead, scope: Scope, send: Send) -> None:
    """Send head and body together; if the client has gone, nothing is sent or counted.

    Raises:
        StreamCutError: the reader is gone.
    """
    try:
        still_there(scope)
    except StreamCutError:
        held.withhold()
        raise
    await send(_head(held))
    await send({"type": "http.response.body", "body": held.data, "more_body": False})


def _head(held: Use | WholeRead) -> Message:
    return head(206 if held.span.partial else 200, _headers(held))


def _headers(held: Use | WholeRead) -> dict[str, str]:
    headers = {
        "content-type": media_type(held.asset.media_type),
        "content-length": str(held.span.length),
        "accept-ranges": "bytes",
        "etag": f'"{held.manifest.root}"',
        "cache-control": NO_STORE,
        "x-content-type-options": "nosniff",
    }
    return headers | ({"content-range": held.span.content_range} if held.span.partial else {})


def _wire(manifest: StoredManifest) -> Manifest:
    digests = [manifest.chunks[at : at + 32] for at in range(0, len(manifest.chunks), 32)]
    return Manifest.of(manifest.size_bytes, digests)


def _json(value: object) -> Response:
    return Response(
        msgspec.json.encode(value), media_type="application/json", headers={"cache-control": NO_STORE}
    )
