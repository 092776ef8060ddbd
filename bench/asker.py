"""A participant that only sends requests: keys, a DID document on its own port, and signed requests."""

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import msgspec
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from xinfu.credentials import OwnKey, build_did_document, render_did_document
from xinfu.credentials.jws import write_compact
from xinfu.credentials.token import body_digest, normal_target
from xinfu.signers.ed25519 import Ed25519Signer


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, and the milliseconds from the request to its last byte."""

    body: bytes
    link: str
    took_ms: float


class Asker:
    """A sender of requests, each signed anew as the protocol requires."""

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        self.root = f"http://localhost:{port}"
        self.did = f"did:web:localhost%3A{port}:asker"
        self.signer = Ed25519Signer.generate(f"{self.did}#key-1")
        self._session = session

    async def ask(self, audience: str, method: str, url: str, body: bytes | None = None) -> Asked:
        """Send a request of the protocol."""
        now = int(time.time())
        claims = {
            "iss": self.did,
            "sub": self.did,
            "aud": audience,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_hex(8),
            "digest": body_digest(body),
            "htu": normal_target(url),
        }
        token = write_compact(self.signer, msgspec.json.encode(claims), typ="JWT")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        began = time.perf_counter()
        async with self._session.request(method, url, data=body, headers=headers) as answer:
            read = await answer.read()
            took = 1000 * (time.perf_counter() - began)
            if answer.status != 200:
                raise RuntimeError(f"{answer.status} {read[:500]!r}")
            return Asked(body=read, link=answer.headers.get("Link", ""), took_ms=took)

    def document(self) -> bytes:
        """The DID document of the asker."""
        key = OwnKey(id=self.signer.key_id, jwk=self.signer.public_jwk())
        return render_did_document(build_did_document(self.did, [key]))


@asynccontextmanager
async def asker() -> AsyncIterator[Asker]:
    """Start an asker whose DID document can be fetched."""
    made: list[Asker] = []

    async def serve(_: web.BaseRequest) -> web.Response:
        return web.Response(body=made[0].document(), content_type="application/json")

    server = RawTestServer(serve, host="127.0.0.1")
    await server.start_server()
    try:
        async with aiohttp.ClientSession(auto_decompress=False) as session:
            assert server.port is not None
            made.append(Asker(session, server.port))
            yield made[0]
    finally:
        await server.close()
