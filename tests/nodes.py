"""Real nodes on free loopback ports in this process, for tests: an issuer, a provider and a consumer.

Nothing is replaced: store, keys, tokens, listeners and the HTTP between them are those of a running node. Only
the clock can be moved ahead, so that nobody has to wait for what takes minutes.
"""

import asyncio
import json
import secrets
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
from yarl import URL

from xinfu.node.build import Node
from xinfu.node.clock import SystemClock
from xinfu.node.config import (
    Config,
    ContextTable,
    DataTable,
    IdentityTable,
    Limits,
    Listener,
    ListenTable,
    NegotiationTable,
    Trust,
    TrustedIssuer,
)
from xinfu.node.run import run_node, urls
from xinfu.peers.names import LookUp
from xinfu.services.contexts.context import Context
from xinfu.signers.keyring import create_master_key

ANYWHERE: Final = Listener(host="127.0.0.1", port=0)
OPEN: Final[Mapping[str, Any]] = {"@type": "Set", "permission": [{"action": "use"}]}
"""A policy that permits every use."""
PASSING: Final = frozenset(
    {"nonces", "body_signers", "log_checkpoints", "log_heads", "log_terms", "log_tiles"}
)
"""Tables whose rows follow from others, or are forgotten soon."""


def rule(left: str, operator: str, right: Any, **more: Any) -> dict[str, Any]:
    """A policy that permits use under one constraint."""
    constraint = {"leftOperand": left, "operator": operator, "rightOperand": right}
    return {"@type": "Set", "permission": [{"action": "use", "constraint": [constraint]}], **more}


class MovedClock(SystemClock):
    """The machine's time, moved by as much as a test says, and trusted unless it says otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.moved = timedelta(0)
        self.doubted = False

    def now(self) -> datetime:
        return super().now() + self.moved

    def is_trusted(self) -> bool:
        return not self.doubted


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The stable code of a problem or of a protocol error."""
        document = self.json
        return str(document["code"] if "title" in document else document["reason"][0]["code"])


class Site:
    """A running node as its operator has it: its API, its folder, its clock.

    Attributes:
        context: the participant that it plays first.
        api_key: the key of its management listener.
    """

    def __init__(
        self, node: Node, folder: Path, api_key: str, clock: MovedClock, session: aiohttp.ClientSession
    ) -> None:
        self.node = node
        self.folder = folder
        self.api_key = api_key
        self.clock = clock
        self.session = session
        self.urls = urls(node)
        self.context: Context = next(iter(node.parts.contexts))

    @property
    def did(self) -> str:
        return self.context.participant

    @property
    def base(self) -> str:
        """The protocol base of the first context."""
        return self.context.protocol_base

    async def send(
        self,
        method: str,
        url: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Said:
        """One request exactly as it is given; a body that is no bytes goes as JSON."""
        return await sent(self.session, method, url, body, headers=headers)

    async def api(self, method: str, path: str, body: object = None, **query: object) -> Said:
        """One call of the native API; `path` is below `/api/v1`."""
        url = URL(f"{self.urls['management']}/api/v1{path}", encoded=True)
        named = {key: str(value) for key, value in query.items() if value is not None}
        return await self.send(
            method, str(url.update_query(named)), body, headers={"X-Api-Key": self.api_key}
        )

    async def get(self, path: str, **query: object) -> Any:
        """What a GET gives; fails unless it is a 2xx."""
        return _good(await self.api("GET", path, **query))

    async def post(self, path: str, body: object = None, **query: object) -> Any:
        """What a POST gives; fails unless it is a 2xx."""
        return _good(await self.api("POST", path, body or {}, **query))

    async def put(self, path: str, body: object) -> Any:
        """What a PUT gives; fails unless it is a 2xx."""
        return _good(await self.api("PUT", path, body))

    async def host(self, id_: str, **form: object) -> Any:
        """Host one more participant, which publishes from a folder of its own."""
        (self.folder / id_).mkdir()
        return await self.post("/contexts", {"id": id_, "folders": [str(self.folder / id_)], **form})

    async def publish(
        self,
        dataset: str,
        policy: Mapping[str, Any] = OPEN,
        *,
        access: Mapping[str, Any] | None = None,
        grade: int = 1,
        content: bytes = b"station,value\nsongjia,1\n",
        context: str | None = None,
    ) -> str:
        """Offer `content` as a dataset; gives the id of its offer."""
        below = self.folder / context if context else self.folder
        below.mkdir(exist_ok=True)
        file = below / f"{secrets.token_hex(8)}.csv"
        file.write_bytes(content)
        asset = {"id": dataset, "source": {"kind": "file", "path": str(file)}, "grade": grade}
        form: dict[str, Any] = {"asset": asset, "policy": policy, **({"access": access} if access else {})}
        form |= {"replace": True, "reason": "The test goes on under other rules.", "past": True}
        made = await self.post("/publications", form, context=context)
        definition = made["definition"]["id"]
        return f"{definition}:{dataset}:{made['policy']['id']}"

    async def reaches(self, kind: str, id_: str, *states: str, context: str | None = None) -> dict[str, Any]:
        """The negotiation or transfer once it is in one of `states`; fails if it ends up elsewhere."""
        path, until = f"/{kind}/{id_}", ",".join(states)
        shown: dict[str, Any] = await self.get(path, until=until, wait=10, context=context)
        assert shown["state"] in states, shown
        return shown

    async def numbered(self) -> None:
        """Wait until every entry of the log has its place."""
        told = asyncio.Event()
        end = self.node.parts.store.watch(lambda topics: told.set() if "checkpoint" in topics else None)
        try:
            async with asyncio.timeout(10):
                while True:
                    told.clear()
                    async with self.node.parts.store.view(self.context.id) as view:
                        if not await view.log.pending(1):
                            return
                    await told.wait()
        finally:
            end()

    def counts(self) -> dict[str, int]:
        """Rows of each table of the store, but for those that only pass through it."""
        path = self.node.config.at(self.node.config.store.path)
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            names = [row[0] for row in database.execute("select name from sqlite_master where type='table'")]
            return {
                name: database.execute(f'select count(*) from "{name}"').fetchone()[0]
                for name in names
                if name not in PASSING
            }


class World(msgspec.Struct, frozen=True, kw_only=True):
    """Three nodes: who issues memberships, who provides, who consumes. All trust the issuer."""

    issuer: Site
    provider: Site
    consumer: Site
    session: aiohttp.ClientSession

    async def admit(self, site: Site, **claims: object) -> str:
        """Make `site` a member; gives the id of its credential."""
        form = {"subject": site.did, "claims": claims or {"memberOf": "yangtze"}}
        issued = await self.issuer.post("/issuer/credentials", form)
        await site.post("/credentials", {"jwt": issued["jwt"]})
        return str(issued["id"])

    async def negotiate(self, dataset: str, **form: object) -> dict[str, Any]:
        """An open negotiation of the consumer with the provider about `dataset`; what it needs is declared later."""
        wanted = {"participant": self.provider.did, "dataset": dataset, "anyway": True}
        made: dict[str, Any] = await self.consumer.post("/negotiations", wanted | form)
        return made

    async def agree(self, dataset: str, **form: object) -> dict[str, Any]:
        """The consumer's agreement with the provider about `dataset`, once both have it."""
        opened = await self.negotiate(dataset, **form)
        done = await self.consumer.reaches("negotiations", opened["id"], "FINALIZED")
        await self.provider.reaches("negotiations", done["provider_pid"], "FINALIZED")
        found = await self.consumer.get("/agreements", negotiation=opened["id"])
        agreement: dict[str, Any] = found["items"][0]
        return agreement


async def sent(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    body: object = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> Said:
    """One request exactly as it is given; a body that is no bytes goes as JSON."""
    data = body if body is None or isinstance(body, bytes) else msgspec.json.encode(body)
    kind = {} if data is None else {"Content-Type": "application/json"}
    async with session.request(
        method,
        URL(url, encoded=True),
        data=data,
        headers={**kind, **(headers or {})},
        allow_redirects=False,
    ) as answer:
        return Said(status=answer.status, headers=answer.headers, body=await answer.read())


def configured(folder: Path, **changes: Any) -> tuple[Config, str]:
    """A config of a development node in `folder`, with its key files; and its API key. It may publish from all of it.

    What names no grade, as the assets of EDC's clients, is public.
    """
    key = secrets.token_urlsafe(24)
    folder.mkdir(parents=True, exist_ok=True)
    create_master_key(folder / "master.key")
    (folder / "api.key").touch(mode=0o600)
    (folder / "api.key").write_text(key, encoding="ascii")
    values: dict[str, Any] = {
        "development": True,
        "folder": str(folder),
        "data": DataTable(folders=(".",)),
        "listen": ListenTable(management=ANYWHERE, protocol=ANYWHERE, data=ANYWHERE),
        "contexts": (ContextTable(id=folder.name, name_en=folder.name, name_zh=folder.name, grade=1),),
    }
    return Config(**(values | changes)), key


@asynccontextmanager
async def site(
    folder: Path, session: aiohttp.ClientSession, *, look_up: LookUp | None = None, **changes: Any
) -> AsyncIterator[Site]:
    """A running node with all that it keeps in `folder`; `look_up` says what names mean to it."""
    config, key = configured(folder, **changes)
    clock = MovedClock()
    async with run_node(config, clock=clock, look_up=look_up) as node:
        yield Site(node, folder, key, clock, session)


def trusting(*issuers: Site) -> Trust:
    """A trust list of these issuers."""
    return Trust(issuers=tuple(TrustedIssuer(did=each.did) for each in issuers))


@asynccontextmanager
async def world(folder: Path, **changes: Any) -> AsyncIterator[World]:
    """An issuer, a provider and a consumer, running."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        issuer = await stack.enter_async_context(site(folder / "issuer", session, issuer=True))
        values = {"trust": trusting(issuer), **changes}
        provider = await stack.enter_async_context(site(folder / "provider", session, **values))
        consumer = await stack.enter_async_context(site(folder / "consumer", session, **values))
        yield World(issuer=issuer, provider=provider, consumer=consumer, session=session)


def _good(said: Said) -> Any:
    assert 200 <= said.status < 300, (said.status, said.body)
    return said.json if said.body else None


__all__ = [
    "ANYWHERE",
    "OPEN",
    "ContextTable",
    "IdentityTable",
    "Limits",
    "MovedClock",
    "NegotiationTable",
    "Said",
    "Site",
    "World",
    "configured",
    "rule",
    "sent",
    "site",
    "trusting",
    "world",
]
