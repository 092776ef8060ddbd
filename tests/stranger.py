"""A participant that is only keys, a DID document and an open ear: it signs what a test wants signed.

It has a DID of its own, resolvable over a tiny server, and writes down every protocol message that reaches it,
so that what a node sends can be held against the published schemas. It acknowledges as the protocol says; a test
may put another answer in its mouth.
"""

import asyncio
import hashlib
import re
import secrets
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote

import aiohttp
import msgspec
import uuid_utils
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from tests.nodes import Said, sent

from xinfu.credentials import OwnKey, build_did_document, render_did_document
from xinfu.credentials.base64url import encode
from xinfu.credentials.jws import write_compact
from xinfu.credentials.token import body_digest, normal_target
from xinfu.dsp import DSP_CONTEXT
from xinfu.evidence import Checkpoint, NoteKey
from xinfu.signers.ed25519 import Ed25519Signer

NAME: Final = "stranger"
_PATH: Final = re.compile(r"(/cb)?/2025-1/(?P<family>negotiations|transfers)/(?P<rest>.+)")


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One protocol message that came, as it came."""

    method: str
    path: str
    authorization: str
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = msgspec.json.decode(self.body)
        return document

    @property
    def type(self) -> str:
        return str(self.json["@type"]) if self.body else ""


Answering = Callable[[Heard], tuple[int, object] | None]


class Stranger:
    """The participant.

    Attributes:
        base: its protocol base; `callback` is another one below which it listens too.
        heard: what came, in order.
        answering: gives status and body of an answer, or None for the usual acknowledgement.
        fetched: how often its DID document was asked for.
        touched: how often anything at all was asked of its server.
    """

    def __init__(
        self, session: aiohttp.ClientSession, port: int, scheme: str = "http", name: str = "localhost"
    ) -> None:
        self.session = session
        self.root = f"{scheme}://{name}:{port}"
        self.did = f"did:web:{name}%3A{port}:{NAME}"
        self.base = f"{self.root}/2025-1"
        self.callback = f"{self.root}/cb/2025-1"
        self.signer = Ed25519Signer.generate(f"{self.did}#key-1")
        self.signers = [self.signer]
        self.log = Ed25519Signer.generate(f"{self.did}#log-1")
        self.heard: list[Heard] = []
        self.fetched = 0
        self.touched = 0
        self.answering: Answering = lambda heard: None
        self.versions: object = _VERSIONS
        self._news = asyncio.Condition()

    def claims(self, audience: str, url: str, body: bytes | None, **changes: Any) -> dict[str, Any]:
        """The claims of a good token; a change to None takes a claim away."""
        now = int(datetime.now(UTC).timestamp())
        made = {
            "iss": self.did,
            "sub": self.did,
            "aud": audience,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_hex(8),
            "digest": body_digest(body),
            "htu": normal_target(url),
        }
        return {name: value for name, value in (made | changes).items() if value is not None}

    def token(self, audience: str, url: str, body: bytes | None, **changes: Any) -> str:
        """A good Authorization value, or one that differs from it by `changes` to its claims."""
        payload = msgspec.json.encode(self.claims(audience, url, body, **changes))
        return "Bearer " + write_compact(self.signer, payload, typ="JWT")

    def forged(self, header: Mapping[str, Any], claims: Mapping[str, Any], *, sign: bool = True) -> str:
        """A token with any header at all, signed with our key where there is to be a signature."""
        covered = f"{encode(msgspec.json.encode(header))}.{encode(msgspec.json.encode(claims))}"
        signature = encode(self.signer.sign(covered.encode())) if sign else ""
        return f"Bearer {covered}.{signature}"

    async def send(
        self,
        audience: str,
        url: str,
        message: object = None,
        *,
        method: str | None = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        **changes: Any,
    ) -> Said:
        """A request with a good token of its own, unless `token` or `changes` say otherwise."""
        body = message if message is None or isinstance(message, bytes) else msgspec.json.encode(message)
        proof = token if token is not None else self.token(audience, url, body, **changes)
        return await sent(
            self.session,
            method or ("GET" if body is None else "POST"),
            url,
            body,
            headers={"Authorization": proof, **(headers or {})},
        )

    def head(self, size: int, *, root: bytes = b"\x07" * 32) -> str:
        """A signed head of an evidence log of its own, of which it can say whatever it likes."""
        head = Checkpoint.of(self.did, size, root, datetime.now(UTC))
        key = NoteKey.from_jwk(self.did, self.log.public_jwk())
        return head.signed(key, self.log.sign(head.text().encode()))

    def rotate(self, fragment: str) -> None:
        """Sign with a fresh key from now on; the old ones stay listed."""
        self.signer = Ed25519Signer.generate(f"{self.did}#{fragment}")
        self.signers.append(self.signer)

    async def hears(self, type_: str, *pids: str, count: int = 1) -> Heard:
        """The `count`-th message of this type about a process with one of these pids, once it has come."""

        def found() -> Heard | None:
            met = [each for each in self.heard if each.type == type_ and _about(each, pids)]
            return met[count - 1] if len(met) >= count else None

        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(lambda: found() is not None)
        got = found()
        assert got is not None
        return got

    async def serve(self, request: web.BaseRequest) -> web.Response:
        """Everything that is asked of this participant."""
        self.touched += 1
        if request.path == f"/{NAME}/did.json":
            self.fetched += 1
            keys = [OwnKey(id=each.key_id, jwk=each.public_jwk()) for each in self.signers]
            keys.append(OwnKey(id=self.log.key_id, jwk=self.log.public_jwk(), use="log"))
            document = build_did_document(
                self.did, keys, version_url=f"{self.root}/.well-known/dspace-version"
            )
            return web.Response(body=render_did_document(document), content_type="application/json")
        if request.path in {"/.well-known/dspace-version", "/cb/.well-known/dspace-version"}:
            return _json(200, self.versions)
        heard = Heard(
            method=request.method,
            path=request.raw_path,
            authorization=request.headers.get("Authorization", ""),
            body=await request.read(),
        )
        async with self._news:
            self.heard.append(heard)
            self._news.notify_all()
        said = self.answering(heard) or _acknowledged(heard)
        return _json(*said)


@asynccontextmanager
async def stranger(
    session: aiohttp.ClientSession,
    *,
    secured: ssl.SSLContext | None = None,
    name: str = "localhost",
    host: str = "127.0.0.1",
    port: int = 0,
) -> AsyncIterator[Stranger]:
    """A stranger of that name that listens there, over TLS where `secured` says with which certificate."""
    made: list[Stranger] = []

    async def serve(request: web.BaseRequest) -> web.Response:
        return await made[0].serve(request)

    server = RawTestServer(serve, host=host, port=port)
    await server.start_server(ssl=secured)
    try:
        assert server.port is not None
        made.append(Stranger(session, server.port, "http" if secured is None else "https", name))
        yield made[0]
    finally:
        await server.close()


def urn() -> str:
    """A fresh pid."""
    return f"urn:uuid:{uuid_utils.uuid7()}"


def message(type_: str, **members: Any) -> dict[str, Any]:
    """A protocol message in its compact form; a member that is None is left out."""
    present = {name: value for name, value in members.items() if value is not None}
    return {"@context": [DSP_CONTEXT], "@type": type_, **present}


def offer(id_: str, target: str, policy: Mapping[str, Any]) -> dict[str, Any]:
    """An offer as it stands in a negotiation message."""
    terms = {key: value for key, value in policy.items() if not key.startswith("@")}
    return {"@id": id_, "@type": "Offer", "target": target, **terms}


def in_an_hour() -> str:
    """An instant that is ahead, as policies write it."""
    return (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def sha256(data: bytes) -> str:
    """The digest as evidence writes it."""
    return hashlib.sha256(data).hexdigest()


_VERSIONS: Final = {
    "protocolVersions": [{"version": "2025-1", "path": "/2025-1", "binding": "HTTPS", "xinfu:node": "test"}]
}


def _about(heard: Heard, pids: tuple[str, ...]) -> bool:
    return not pids or bool({heard.json.get("consumerPid"), heard.json.get("providerPid")} & {*pids})


def _acknowledged(heard: Heard) -> tuple[int, object]:
    """The acknowledgement of the protocol: the process, with a pid of ours where the message opens one."""
    met = _PATH.fullmatch(unquote(heard.path))
    if met is None or not heard.body:
        return 404, {}
    family, told = met["family"], heard.json
    opening = met["rest"] in {"request", "offers"}
    consumer, provider = told.get("consumerPid") or urn(), told.get("providerPid") or urn()
    kind = "ContractNegotiation" if family == "negotiations" else "TransferProcess"
    state = "OFFERED" if met["rest"].endswith("offers") else "REQUESTED"
    shown = message(kind, consumerPid=consumer, providerPid=provider, state=state)
    return (201, shown) if opening else (200, {})


def _json(status: int, document: object) -> web.Response:
    body = document if isinstance(document, bytes) else msgspec.json.encode(document)
    return web.Response(status=status, body=body, content_type="application/json")
