"""A node that answers what a test wants: the few routes of the native API that a transfer needs, with its structs.

It serves files by range and cuts streams off where it is told to, as a network does.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
from aiohttp import web

from xinfu.api import FileView, TransferView, Waiting
from xinfu.client.transport import CHUNK_BYTES
from xinfu.evidence import Manifest

AT = datetime(2026, 1, 1, tzinfo=UTC)
PEER = "did:web:provider.example"


def waiting(for_: str = PEER, *, tries: int = 0, last_error: str | None = None) -> Waiting:
    """What the transfer waits for."""
    return Waiting(waits_for=for_, whom="peer", since=AT, tries=tries, last_error=last_error)


def root_of(content: bytes) -> str:
    """The Merkle root of a file."""
    chunks = [content[at : at + CHUNK_BYTES] for at in range(0, len(content), CHUNK_BYTES)]
    return Manifest.of(len(content), [hashlib.sha256(chunk).digest() for chunk in chunks]).root


@dataclass
class Canned:
    """What the node has, and what it does.

    Attributes:
        files: by path; "" for a dataset that is one file.
        cuts: after so many bytes of each next answer the connection is broken off.
        listed: no listing is given when False, as by a provider of another make; `unlisted` is the status.
        said: bytes that are sent in place of the real ones.
        refusing: no bytes are given.
    """

    files: dict[str, bytes]
    cuts: list[int] = field(default_factory=list)
    listed: bool = True
    unlisted: int = 502
    said: bytes | None = None
    state: str = "STARTED"
    reason: list[Any] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)
    on_cut: str | None = None
    refusing: bool = False
    url: str = ""
    waiting: Waiting | None = field(default_factory=lambda: waiting())

    def view(self) -> TransferView:
        """The transfer."""
        return TransferView(
            id="t1",
            role="consumer",
            peer=PEER,
            state=self.state,
            sending=None,
            held=False,
            agreement="urn:uuid:a",
            dataset="air",
            format="HttpData-PULL",
            purpose=None,
            environment=None,
            declared={},
            consumer_pid="c",
            provider_pid="p",
            code=None,
            reason=self.reason,
            created=AT,
            updated=AT,
            waiting=self.waiting,
        )

    async def show(self, _: web.Request) -> web.Response:
        """GET the transfer."""
        return _json(self.view())

    async def listing(self, _: web.Request) -> web.Response:
        """GET its files."""
        if not self.listed:
            return web.json_response({"code": "peer.answer", "title": "no listing"}, status=self.unlisted)
        return _json([FileView(path=path, size=len(c), root=root_of(c)) for path, c in self.files.items()])

    async def content(self, request: web.Request) -> web.StreamResponse:
        """GET bytes, by range, perhaps cut."""
        wanted = request.headers.get("range")
        self.ranges.append(wanted)
        if self.refusing:
            return web.json_response({"code": "count.exhausted", "title": "spent"}, status=403)
        content = self.files[request.query.get("path", "")]
        start = int(wanted.removeprefix("bytes=").split("-")[0]) if wanted else 0
        body = (self.said if self.said is not None else content)[start:]
        response = web.StreamResponse(status=206 if wanted else 200)
        response.content_length = len(content) - start
        if self.listed:
            response.headers["etag"] = f'"{root_of(content)}"'
        if wanted:
            response.headers["content-range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        await response.prepare(request)
        if self.cuts:
            await response.write(body[: self.cuts.pop(0)])
            self.state = self.on_cut or self.state
            if request.transport is not None:
                request.transport.close()
            return response
        await response.write(body)
        return response


def _json(answer: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(answer), content_type="application/json")


@asynccontextmanager
async def serving(canned: Canned) -> AsyncIterator[Canned]:
    """The node, listening on a free port of this machine."""
    app = web.Application()
    app.router.add_get("/api/v1/transfers/t1", canned.show)
    app.router.add_get("/api/v1/transfers/t1/files", canned.listing)
    app.router.add_get("/api/v1/transfers/t1/content", canned.content)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    canned.url = f"http://{host}:{port}"
    try:
        yield canned
    finally:
        await runner.cleanup()
