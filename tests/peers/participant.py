"""A participant made of canned answers, on a real server; and an identity whose proofs it can check."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import msgspec
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from xinfu.errors import NotFoundError, UnauthorizedError
from xinfu.evidence import SignedHead
from xinfu.ports.identity import Caller


class Said(msgspec.Struct, frozen=True):
    """One canned answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = msgspec.field(default_factory=lambda: {"Content-Type": "application/json"})


class Asked(msgspec.Struct, frozen=True):
    """One request that came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Participant:
    """Answers by "METHOD /path?query": the next of its row, the last one for ever; 404 to anything else."""

    def __init__(self) -> None:
        self.says: dict[str, list[Said]] = {}
        self.asked: list[Asked] = []
        self.root = ""

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Participant"]:
        async with RawTestServer(self._serve, host="127.0.0.1") as server:
            self.root = str(server.make_url("")).rstrip("/")
            yield self

    def say(self, what: str, *answers: Said) -> None:
        """Answer `what` from now on."""
        self.says[what] = list(answers)

    def targets(self) -> list[str]:
        """What was asked for, in order."""
        return [f"{each.method} {each.target}" for each in self.asked]

    async def _serve(self, request: web.BaseRequest) -> web.Response:
        asked = Asked(request.method, request.raw_path, dict(request.headers), await request.read())
        self.asked.append(asked)
        row = self.says.get(f"{asked.method} {asked.target}")
        said = Said(404) if row is None else row.pop(0) if len(row) > 1 else row[0]
        return web.Response(status=said.status, body=said.body, headers=said.headers)


class OpenBook:
    """An identity that writes down what it proves instead of signing it (an `Identity`)."""

    async def prove(
        self, *, context: str, audience: str, url: str, body: bytes | None, access_token: str | None = None
    ) -> str:
        if context != "ours":
            raise NotFoundError("context.not-found", "no such context", "no such context")
        digest = None if body is None else hashlib.sha256(body).hexdigest()
        facts = {"context": context, "audience": audience, "url": url, "digest": digest}
        return "Open " + base64.b64encode(json.dumps(facts).encode()).decode()

    async def verify(
        self,
        authorization: str | None,
        *,
        context: str,
        url: str,
        body: bytes | None,
        source: str | None = None,
    ) -> Caller:
        raise UnauthorizedError("token.refused", "nobody is believed here", "nobody is believed here")

    async def proven(self, authorization: str, *, holder: str) -> Mapping[str, tuple[str, ...]]:
        return {}

    async def signed_head(self, did: str, note: str) -> SignedHead | None:
        return None

    async def log_keys(self, did: str, *, anew: bool = False) -> tuple[Mapping[str, str], ...]:
        return ()


def proven(asked: Asked, root: str) -> dict[str, str | None]:
    """What the request's proof states; fails unless it covers exactly this address and body."""
    scheme, _, text = asked.headers["Authorization"].partition(" ")
    assert scheme == "Open"
    facts: dict[str, str | None] = json.loads(base64.b64decode(text))
    assert facts["url"] == root + asked.target
    assert facts["digest"] == (hashlib.sha256(asked.body).hexdigest() if asked.method == "POST" else None)
    return facts
