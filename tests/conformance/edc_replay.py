"""Plays EDC's recorded management exchanges against two of our nodes, in their order.

The recordings assume a state: two participants `provider` and `consumer` under a mock identity, and a few things
that were made between the recorded exchanges. What they name (ids, offers, addresses) is translated to what our
nodes named alike.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
from tests.conformance.edc_recordings import Exchange, masked, offered
from tests.dataplanes.api import Api, telling
from tests.nodes import IdentityTable, NegotiationTable, Said, Site, site

ADDRESS: Final = "http://127.0.0.1:41294/protocol/2025-1"
SINK: Final = "http://127.0.0.1:48080/sink"
V2: Final = ["https://w3id.org/edc/connector/management/v2"]
HTTP: Final = {
    "@type": "DataAddress",
    "type": "HttpData",
    "baseUrl": "http://127.0.0.1:48080/data",
    "proxyPath": "true",
    "proxyQueryParams": "true",
}
PROPERTIES: Final = {
    "name": "sample",
    "contenttype": "application/json",
    "extra": {"nested": "x"},
    "count": 3,
}
PASSING: Final = frozenset(
    {"REQUESTING", "REQUESTED", "STARTING", "SUSPENDING", "RESUMING", "TERMINATING", "None"}
)
READ_S: Final = 6.0
"""How long a read is repeated until it says what was recorded: work goes on behind the API."""


class Replay:
    """The two nodes, where bytes are pushed to, and how recorded names translate."""

    def __init__(self, provider: Site, consumer: Site, sink: str) -> None:
        self.sites = {"provider": provider, "consumer": consumer}
        self.known: dict[str, str] = {ADDRESS: provider.base, SINK: f"{sink}/sink"}
        self.newest = ""

    async def play(self, exchange: Exchange, expected: Any) -> Said:
        """Send one exchange as it was recorded, and remember what our node calls what EDC named."""
        await self._before(exchange)
        path = await self._path(exchange)
        body = (
            exchange.body if isinstance(exchange.body, str) else self._said(exchange.body, exchange.version)
        )
        said = await self._until(exchange, path, body, expected)
        self._learn(exchange.answer, _json(said))
        if exchange.name.split("-", 1)[1].startswith("transfer-pull") and said.status == 200:
            self.newest = said.json["@id"]
        return said

    async def send(self, side: str, method: str, path: str, body: Any = None, **headers: str) -> Said:
        """One call with the node's key."""
        at = self.sites[side]
        keyed = {"x-api-key": at.api_key, **headers}
        return await at.send(method, at.urls["management"] + path, body, headers=keyed)

    async def _until(self, exchange: Exchange, path: str, body: Any, expected: Any) -> Said:
        reads = exchange.method == "GET" or path.endswith("/request")
        data = body.encode() if isinstance(body, str) else body
        deadline = time.monotonic() + (READ_S if reads and exchange.status == 200 else 0)
        while True:
            headers = {key: value for key, value in exchange.headers.items() if key.lower() != "x-api-key"}
            at = self.sites[exchange.side]
            for key, value in exchange.headers.items():
                if key.lower() == "x-api-key":
                    headers[key] = at.api_key if value == "secret-key" else value
            said = await at.send(exchange.method, at.urls["management"] + path, data, headers=headers)
            if time.monotonic() >= deadline or _states(_json(said)) == _states(expected):
                return said
            await asyncio.sleep(0.05)

    async def _before(self, exchange: Exchange) -> None:
        """What the recorder did between the exchanges, and what this replay has to change (see the test's tables)."""
        v, step = exchange.version, exchange.name.split("-", 1)[1]
        if step == "asset-delete":
            await self._made(v, "assets", f"{v}-asset-del")
        if step == "contractdefinition-query":
            await self._made(v, "assets", f"{v}-asset-2")
            await self._made(v, "contractdefinitions", f"{v}-def-2")
            await self.send("provider", "DELETE", f"/management/{v}/contractdefinitions/{v}-def-dangling")
        if step == "transfer-pull-initiate":
            await self._source(v, file=True)
        if step == "dataplanes":
            await self._source(v, file=False)
        if "/transferprocesses/" in exchange.path and exchange.method == "POST" and self.newest:
            await self._settled(v)

    async def _made(self, v: str, kind: str, id_: str) -> None:
        context: Any = V2 if v == "v4" else {"@vocab": "https://w3id.org/edc/v0.0.1/ns/"}
        body: dict[str, Any] = {"@context": context, "@id": id_}
        if kind == "assets":
            body |= {
                "@type": "Asset",
                "properties": PROPERTIES,
                "privateProperties": {"owner": "me"},
                "dataAddress": HTTP,
            }
        else:
            criterion = {
                "@type": "Criterion",
                "operandLeft": "https://w3id.org/edc/v0.0.1/ns/id",
                "operator": "=",
                "operandRight": f"{v}-asset-2",
            }
            body |= {
                "@type": "ContractDefinition",
                "accessPolicyId": f"{v}-pol-any",
                "contractPolicyId": f"{v}-pol-ok",
                "assetsSelector": [criterion],
            }
        said = await self.send("provider", "POST", f"/management/{v}/{kind}", body)
        assert said.status == 200, said

    async def _source(self, v: str, *, file: bool) -> None:
        """The recorder's source stood at an HTTP address; here its bytes lie in a file while they are moved."""
        path = self.sites["provider"].folder / f"{v}.json"
        path.write_bytes(b'{"path":"/data","value":42}')
        address = {"@type": "DataAddress", "type": "File", "path": str(path)} if file else HTTP
        body = {
            "@context": V2,
            "@type": "Asset",
            "@id": f"{v}-asset-1",
            "properties": {**PROPERTIES, "name": "renamed"},
            "privateProperties": {"owner": "me"},
            "dataAddress": address,
        }
        said = await self.send("provider", "PUT", "/management/v4/assets", body)
        assert said.status == 204, said

    async def _settled(self, v: str) -> None:
        """Until the newest transfer is where it stays by itself, on both sides."""
        deadline = time.monotonic() + READ_S
        states: list[str] = []
        while time.monotonic() < deadline:
            other = (
                await self.send("consumer", "GET", f"/management/v4/transferprocesses/{self.newest}")
            ).json
            states = [str(other["state"])]
            if "correlationId" in other:
                there = f"/management/v4/transferprocesses/{other['correlationId']}"
                states.append(str((await self.send("provider", "GET", there)).json["state"]))
            if not PASSING & set(states) and len(set(states)) == 1:
                return
            await asyncio.sleep(0.03)
        raise AssertionError(f"{v}: the transfer {self.newest} stays {states}")

    async def _path(self, exchange: Exchange) -> str:
        parts = exchange.path.split("/")
        for place, part in enumerate(parts):
            if part in self.known:
                parts[place] = self.known[part]
            elif part.count("-") == 4 and exchange.side == "provider" and "transferprocesses" in parts:
                shown = (
                    await self.send("consumer", "GET", f"/management/v4/transferprocesses/{self.newest}")
                ).json
                parts[place] = shown["correlationId"]
        return "/".join(parts)

    def _said(self, value: Any, version: str, key: str = "") -> Any:
        """A recorded body in the names of our nodes."""
        if isinstance(value, dict):
            return {name: self._said(each, version, name) for name, each in value.items()}
        if isinstance(value, list):
            return [self._said(each, version, key) for each in value]
        if not isinstance(value, str):
            return value
        named = offered(value) if key == "@id" else None
        if named is not None:
            definition, asset = named
            policy = definition.replace("def-1", "pol-any").replace("def-2", "pol-ok")
            return f"{definition}:{asset}:{policy}"
        return self.known.get(value, value)

    def _learn(self, recorded: Any, ours: Any) -> None:
        if isinstance(recorded, dict) and isinstance(ours, dict):
            for key in recorded.keys() & ours.keys():
                self._learn(recorded[key], ours[key])
        elif isinstance(recorded, list) and isinstance(ours, list):
            for left, right in zip(recorded, ours, strict=False):
                self._learn(left, right)
        elif isinstance(recorded, str) and isinstance(ours, str) and masked(recorded) == "<uuid>":
            self.known.setdefault(recorded, ours)


@asynccontextmanager
async def replaying(folder: Path) -> AsyncIterator[Replay]:
    """Two nodes that know each other by name alone, as in the recordings."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        identity = IdentityTable(kind="insecure-static")
        refusing = NegotiationTable(counter_offers="refuse")
        provider = await stack.enter_async_context(
            site(folder / "provider", session, identity=identity, negotiation=refusing)
        )
        consumer = await stack.enter_async_context(site(folder / "consumer", session, identity=identity))
        sink = await stack.enter_async_context(Api(telling("200 OK", b"")).open())
        yield Replay(provider, consumer, sink.url)


def _json(said: Said) -> Any:
    try:
        return said.json if said.body else None
    except ValueError:
        return said.body.decode("utf-8", "replace")


def _states(value: Any) -> Any:
    """What a read waits for: how many there are, and in which states."""
    if isinstance(value, list):
        return [_states(each) for each in value]
    return value.get("state") if isinstance(value, dict) else None
