"""A real EDC connector beside our node: started from its published jars, driven through its management API v3.

It believes every name (its mock identity), as our node does with `insecure-static`, so neither needs keys.
Its state machines run at 50 ms instead of a second, so that a flow takes a second instead of ten.
"""

import asyncio
import base64
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from tests.conftest import absent
from tests.nodes import Said, Site, sent

SCRIPT: Final = Path(__file__).parent / "edc-peer" / "run-edc-peer"
ID: Final = "partner"
"""A name that is no prefix of its JSON-LD contexts: it takes `edc` in a message for the namespace."""
PULL: Final = "HttpData-PULL"
PUSH: Final = "HttpData-PUSH"
EDC: Final = "https://w3id.org/edc/v0.0.1/ns/"
ODRL: Final = "http://www.w3.org/ns/odrl.jsonld"
USE: Final[Mapping[str, Any]] = {"permission": [{"action": "use"}]}
"""Rules that permit every use."""
MACHINES: Final = (
    "edc.negotiation.consumer",
    "edc.negotiation.provider",
    "edc.transfer",
    "edc.data.plane.selector",
    "edc.dataplane",
)
STOP_S: Final = 10
REACH_S: Final = 20
_PORTS: Final = range(27000, 29000, 20)
_LAST: Final = frozenset({"FINALIZED", "COMPLETED", "TERMINATED", "DEPROVISIONED"})
ENDED: Final = ("TERMINATED", "DEPROVISIONED")
"""States of a transfer that was terminated: as provider it clears up after the end."""


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """The line that it prints when it is ready."""

    id: str
    pid: int
    management: str
    api_key: str
    protocol: str
    public: str


@contextmanager
def running_edc(folder: Path) -> Iterator[Running]:
    """One EDC for as long as the block lasts; skips where its programs are absent.

    Args:
        folder: where its settings and its log go.
    """
    missing = [
        name for name in ("java", "javac", "mvn", "openssl", "curl", "flock") if not shutil.which(name)
    ]
    if missing:
        absent(f"the EDC peer needs {' and '.join(missing)}: run `make peers`")
    settings = folder / "settings"
    waits = "".join(f"{name}.state-machine.iteration-wait-millis=50\n" for name in MACHINES)
    settings.write_text(f"{waits}peer.steady=true\n")
    log = folder / "log"
    own = {"EDC_PEER_SETTINGS": str(settings), "EDC_PEER_LOG": str(log)}
    with (
        _ports() as base,
        subprocess.Popen(
            [str(SCRIPT), ID, str(base)], stdout=subprocess.PIPE, env={**os.environ, **own}
        ) as process,
    ):
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert said, log.read_text()[-2000:]
            yield msgspec.json.decode(said, type=Running)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_S)


class Source:
    """A small HTTP server that EDC reads from.

    Attributes:
        asked: how often it was read.
    """

    content: Final = b"station,value\n" + b"songjia,1\n" * 100

    def __init__(self) -> None:
        self.url = ""
        self.asked = 0

    async def serve(self, request: web.BaseRequest) -> web.Response:
        """The same bytes to everyone."""
        self.asked += 1
        return web.Response(body=self.content, content_type="text/csv")


@asynccontextmanager
async def serving() -> AsyncIterator[Source]:
    """A source that listens."""
    made = Source()
    async with RawTestServer(made.serve, host="127.0.0.1") as server:
        made.url = f"http://127.0.0.1:{server.port}/air.csv"
        yield made


class Edc:
    """EDC as its operator has it."""

    def __init__(self, running: Running, session: aiohttp.ClientSession) -> None:
        self.running = running
        self.session = session
        self.id = running.id
        self.base = running.protocol

    async def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Said:
        """One call of its management API; `path` is below `/v3`."""
        whole = None if body is None else {"@context": {"@vocab": EDC}, **body}
        url = f"{self.running.management}/v3/{path}"
        return await sent(self.session, method, url, whole, headers={"X-Api-Key": self.running.api_key})

    async def answers(self) -> None:
        """Wait until its management API takes requests: it says that it is ready a moment before."""
        async with asyncio.timeout(REACH_S):
            while (await self.call("POST", "assets/request", {"@type": "QuerySpec"})).status != 200:
                await asyncio.sleep(0.05)

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """What a POST gives; fails unless it is a 2xx."""
        said = await self.call("POST", path, body)
        assert 200 <= said.status < 300, (said.status, said.body)
        return said.json if said.body else None

    async def get(self, path: str) -> Any:
        """What a GET gives; fails unless it is a 200."""
        said = await self.call("GET", path)
        assert said.status == 200, (said.status, said.body)
        return said.json

    async def offer(self, asset: str, source: str, rules: Mapping[str, Any] = USE) -> None:
        """Offer what lies at `source` under these rules."""
        address = {"type": "HttpData", "baseUrl": source}
        await self.post("assets", {"@id": asset, "properties": {"name": asset}, "dataAddress": address})
        policy = {"@context": ODRL, "@type": "Set", **rules}
        await self.post("policydefinitions", {"@id": f"p-{asset}", "policy": policy})
        selector = {
            "operandLeft": f"{EDC}id",
            "operator": "=",
            "operandRight": asset,
        }
        terms = {
            "accessPolicyId": f"p-{asset}",
            "contractPolicyId": f"p-{asset}",
            "assetsSelector": [selector],
        }
        await self.post("contractdefinitions", {"@id": f"d-{asset}", **terms})

    async def catalog(self, site: Site, **spec: Any) -> dict[str, Any]:
        """The catalog of our node, as it has read it."""
        body = {**_counterparty(site), **({"querySpec": spec} if spec else {})}
        found: dict[str, Any] = await self.post("catalog/request", body)
        return found

    async def ask_dataset(self, site: Site, dataset: str) -> Said:
        """What its API answers when it asks our node for one dataset."""
        return await self.call("POST", "catalog/dataset/request", {"@id": dataset, **_counterparty(site)})

    async def dataset(self, site: Site, dataset: str) -> dict[str, Any]:
        """One dataset of our node, as it has read it."""
        said = await self.ask_dataset(site, dataset)
        assert said.status == 200, (said.status, said.body)
        found: dict[str, Any] = said.json
        return found

    async def negotiate(self, site: Site, dataset: str, offer: str, rules: Mapping[str, Any] = USE) -> str:
        """Ask our node for an agreement; gives the id of the negotiation, which may end anyhow."""
        terms = {"@context": ODRL, "@type": "Offer", "@id": offer, "assigner": site.did, "target": dataset}
        made = await self.post("contractnegotiations", {**_counterparty(site), "policy": {**terms, **rules}})
        return str(made["@id"])

    async def agree(self, site: Site, dataset: str, offer: str, rules: Mapping[str, Any] = USE) -> str:
        """Its own id of an agreement that it has made with our node, once both have it."""
        id_ = await self.negotiate(site, dataset, offer, rules)
        shown = await self.reaches("contractnegotiations", id_, "FINALIZED")
        await site.reaches("negotiations", shown["correlationId"], "FINALIZED")
        return str(shown["contractAgreementId"])

    async def transfer(self, site: Site, agreement: str, type_: str = PULL, *, to: str | None = None) -> str:
        """Ask our node for the data of an agreement; gives the id of the transfer.

        Args:
            to: where the bytes are to be pushed.
        """
        place = {} if to is None else {"dataDestination": {"type": "HttpData", "baseUrl": to}}
        form = {**_counterparty(site), "contractId": agreement, "transferType": type_, **place}
        return str((await self.post("transferprocesses", form))["@id"])

    async def act(self, kind: str, id_: str, act: str, **form: str) -> None:
        """Suspend, resume or terminate a process; its queue takes a moment to do it."""
        await self.post(f"{kind}/{id_}/{act}", {"@id": id_, **form})

    async def reaches(self, kind: str, id_: str, *states: str) -> dict[str, Any]:
        """The process once it is in one of `states`; fails if it ends up elsewhere."""
        async with asyncio.timeout(REACH_S):
            while True:
                shown: dict[str, Any] = await self.get(f"{kind}/{id_}")
                if shown["state"] in states:
                    return shown
                assert shown["state"] not in _LAST, shown
                await asyncio.sleep(0.02)  # it has no way to wait for a change

    async def all(self, kind: str, member: str, value: str) -> list[dict[str, Any]]:
        """Its own records of processes or agreements whose `member` has this value."""
        where = {"operandLeft": member, "operator": "=", "operandRight": value}
        asked = {"@type": "QuerySpec", "limit": 1000, "filterExpression": [where]}
        found: list[dict[str, Any]] = await self.post(f"{kind}/request", asked)
        return found

    async def find(self, kind: str, member: str, value: str) -> dict[str, Any]:
        """The only one of them."""
        found = await self.all(kind, member, value)
        assert len(found) == 1, found
        return found[0]


def many(value: Any) -> list[Any]:
    """Its API writes a list of one as that one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def offer_id(definition: str, asset: str, fresh: str = "any") -> str:
    """An id of an offer as it makes them."""
    return ":".join(base64.b64encode(part.encode()).decode() for part in (definition, asset, fresh))


def _counterparty(site: Site) -> dict[str, str]:
    return {
        "counterPartyAddress": site.base,
        "counterPartyId": site.did,
        "protocol": "dataspace-protocol-http:2025-1",
    }


@contextmanager
def _ports() -> Iterator[int]:
    """The first of ten ports that are free, and ours as long as the block lasts: the second, which EDC leaves, says so."""
    for base in _PORTS:
        with socket.socket() as flag:
            try:
                flag.bind(("127.0.0.1", base + 1))
            except OSError:
                continue
            if all(_is_free(base + each) for each in (0, 2, 3, 4, 5, 9)):
                yield base
                return
    raise AssertionError("no ten free ports in a row")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
