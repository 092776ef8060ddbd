"""The test stand: a throw-away development node, set up for a kit through its own API.

It is removed completely after the run. The node is the ordinary one, listening on free loopback ports with the identity
`insecure-static`, because the kit does not say who it is. Offers, agreements and answers come in by `/api/v1`.
"""

import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import msgspec

from xinfu.cli import errors
from xinfu.cli.kits import dsp
from xinfu.cli.kits.triggers import NegotiationTrigger, TransferTrigger
from xinfu.node.config import Config, ContextTable, IdentityTable, Listener, ListenTable
from xinfu.node.run import run_node, urls
from xinfu.signers.keyring import create_master_key

CONTEXT: Final = "kit"
_SOURCE: Final = "data/data.csv"


class _Id(msgspec.Struct, frozen=True, kw_only=True):
    id: str


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """A node under test.

    Attributes:
        folder: everything that the node keeps; gone after the run.
        protocol: base of protocol 2025-1. version_base: base of the version document.
    """

    folder: Path
    api: "Api"
    protocol: str
    version_base: str


class Api:
    """The few calls of `/api/v1` that a kit needs."""

    def __init__(self, session: aiohttp.ClientSession, root: str, key: str) -> None:
        self._session = session
        self._root = f"{root}/api/v1"
        self._headers = {"X-Api-Key": key}
        self.agreements: dict[str, str] = {}
        """Wire id of an agreement -> our own id."""

    async def send(self, method: str, path: str, body: object) -> bytes:
        """Send a request.

        Raises:
            PeerError: `kit.refused`, with the sentence of the node.
        """
        data = msgspec.json.encode(body)
        headers = {**self._headers, "Content-Type": "application/json"}
        async with self._session.request(method, self._root + path, data=data, headers=headers) as answer:
            said = await answer.read()
        if answer.status >= 300:
            told = said.decode(errors="replace")[:500]
            raise errors.KIT_REFUSED(method=method, path=path, told=told)
        return said

    async def negotiate(self, trigger: NegotiationTrigger) -> None:
        """Negotiate with the kit for a dataset, as consumer; only the id of its offer is known."""
        terms = {"participant": trigger.provider_id, "at": trigger.connector_address, "policy": dsp.ANYTHING}
        asked = {"dataset": trigger.dataset_id, "offer": trigger.offer_id}
        await self.send("POST", "/negotiations", {**terms, **asked})

    async def transfer(self, trigger: TransferTrigger) -> None:
        """Request a transfer of an agreement from the kit."""
        asked = {"agreement": self.agreements[trigger.agreement_id], "format": trigger.format}
        await self.send("POST", "/transfers", {**asked, "at": trigger.connector_address})


@asynccontextmanager
async def stand() -> AsyncIterator[Stand]:
    """Start a new node that listens and holds the data that the DSP kit expects."""
    with tempfile.TemporaryDirectory(prefix="xinfu-kit-") as name:
        folder = Path(name)
        key = secrets.token_urlsafe(24)
        _write_files(folder, key)
        async with run_node(_config(folder)) as node, aiohttp.ClientSession() as session:
            context = node.parts.contexts.get(CONTEXT)
            api = Api(session, urls(node)["management"], key)
            await _load(api, folder)
            yield Stand(
                folder=folder, api=api, protocol=context.protocol_base, version_base=context.protocol_root
            )


def _config(folder: Path) -> Config:
    anywhere = Listener(host="127.0.0.1", port=0)
    return Config(
        development=True,
        folder=str(folder),
        listen=ListenTable(management=anywhere, protocol=anywhere, data=anywhere),
        identity=IdentityTable(kind="insecure-static", default_peer=dsp.PEER),
        contexts=(ContextTable(id=CONTEXT, participant=dsp.OURSELVES, name_en="the node under test"),),
    )


def _write_files(folder: Path, key: str) -> None:
    create_master_key(folder / "master.key")
    api_key = folder / "api.key"
    api_key.touch(mode=0o600)
    api_key.write_text(key, encoding="ascii")
    (folder / _SOURCE).parent.mkdir()
    (folder / _SOURCE).write_text("generated\n1\n", encoding="ascii")


async def _load(api: Api, folder: Path) -> None:
    await api.send("POST", "/policies", {"id": dsp.POLICY, "policy": dsp.ANYTHING})
    for dataset in dsp.offered_datasets():
        source = {"kind": "file", "path": str(folder / _SOURCE)}
        await api.send("POST", "/assets", {"id": dataset, "source": source, "grade": 1})
    under = {"access_policy": dsp.POLICY, "contract_policy": dsp.POLICY}
    definition = {"id": dsp.DEFINITION, "assets": dsp.offered_datasets(), **under}
    await api.send("POST", "/contract-definitions", definition)
    for name, answer in dsp.answers():
        await api.send("PUT", f"/answers/{name}", answer)
    for agreement in dsp.agreements():
        said = await api.send("POST", "/agreements", agreement)
        api.agreements[agreement.wire_id] = msgspec.json.decode(said, type=_Id).id
