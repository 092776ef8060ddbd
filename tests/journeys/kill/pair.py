"""Two nodes in processes of their own, each behind a proxy, that can be killed and come up on the same store."""

import asyncio
import hashlib
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp
from tests.journeys.kill.proxy import Proxy
from tests.simulation.verdicts import Look, look, unlike, unsound

from xinfu.cli.init import Settings, write_node
from xinfu.node.config import load
from xinfu.ports.store import Store
from xinfu.services.contexts.context import Context
from xinfu.signers.keyring import MasterKeyring
from xinfu.stores.postgres import open_postgres
from xinfu.stores.sqlite import SqliteStore

PATIENCE_S: Final = 60.0
LOOK_S: Final = 0.05
PROVIDER: Final = "provider"
CONSUMER: Final = "consumer"
DATASET: Final = "air"


class Victim:
    """A node that a test kills. Only the processes that it started itself are ended, by their own handles.

    Args:
        url: a PostgreSQL database; then a second worker shares it, which lives on and takes up what the first one held.
    """

    def __init__(
        self, name: str, folder: Path, session: aiohttp.ClientSession, proxy: Proxy, url: str | None = None
    ) -> None:
        self._url = url
        self._second: asyncio.subprocess.Process | None = None
        self.name = name
        self.folder = folder
        self.proxy = proxy
        self.up = asyncio.Event()
        self.deaths = 0
        self._session = session
        self._process: asyncio.subprocess.Process | None = None
        self._config = load(folder / "node.toml", {})
        self._key = (folder / "api.key").read_text().strip()
        self._keyring = MasterKeyring.from_file(folder / "master.key")

    async def start(self) -> None:
        """Come up on the store as it lies there."""
        self._process = await self._run({})
        if self._url is not None and self._second is None:
            self._second = await self._run(
                {f"XINFU_LISTEN_{name}_PORT": "0" for name in ("MANAGEMENT", "PROTOCOL", "DATA")}
            )
        self.up.set()

    async def _run(self, settings: dict[str, str]) -> asyncio.subprocess.Process:
        """A worker that is ready."""
        store = {} if self._url is None else {"XINFU_STORE_URL": self._url}
        with (self.folder / "node.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "xinfu", "run", "--config", "node.toml"),
                cwd=self.folder,
                env={**os.environ, "LANG": "C.UTF-8", **store, **settings},
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert process.stdout is not None
        assert await process.stdout.readline(), (self.folder / "node.log").read_text()[-2000:]
        return process

    async def end(self) -> None:
        """SIGKILL of all that it has started."""
        await self.kill()
        if self._second is not None:
            self._second.kill()
            await self._second.wait()

    async def kill(self) -> None:
        """SIGKILL, now."""
        self.up.clear()
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def killed(self) -> None:
        """SIGKILL, and up again."""
        self.deaths += 1
        await self.kill()
        await self.start()

    async def api(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """One call of the native API; ConnectionError while the node is down."""
        url = f"http://127.0.0.1:{self._config.listen.management.port}/api/v1{path}"
        try:
            async with self._session.request(
                method, url, json=body, headers={"X-Api-Key": self._key}
            ) as answer:
                return answer.status, await answer.json(content_type=None)
        except aiohttp.ClientError as error:
            raise ConnectionError(str(error)) from error

    async def digest(self, path: str) -> tuple[int, str]:
        """What a GET of bytes gives, as its SHA-256."""
        url = f"http://127.0.0.1:{self._config.listen.management.port}/api/v1{path}"
        found = hashlib.sha256()
        async with self._session.get(url, headers={"X-Api-Key": self._key}) as answer:
            async for piece in answer.content.iter_any():
                found.update(piece)
            return answer.status, found.hexdigest()

    @property
    def context(self) -> Context:
        """The participant that the node plays, as far as a look at its store needs it."""
        root = f"{self._config.listen.protocol.public_url}/dsp/{self.name}"
        return Context(
            id=self.name,
            participant=self.did,
            name={},
            protocol_root=root,
            protocol_base=f"{root}/2025-1",
            data_base="",
            token_ttl=timedelta(hours=1),
        )

    @property
    def did(self) -> str:
        """Its identifier: the address of its proxy."""
        authority = (self._config.listen.protocol.public_url or "").partition("://")[2]
        return f"did:web:{authority.replace(':', '%3A')}:{self.name}"

    async def look(self) -> Look:
        """All that it holds, read beside it from its store."""
        store: Store
        if self._url is None:
            store = SqliteStore(self.folder / self._config.store.path, durable=True, busy_timeout_s=5.0)
        else:
            store = await open_postgres(self._url, connections=1)
        try:
            return await look(store, self.context, self._keyring)
        finally:
            await store.close()


class Pair:
    """A provider and a consumer."""

    def __init__(self, provider: Victim, consumer: Victim) -> None:
        self.nodes = {PROVIDER: provider, CONSUMER: consumer}
        self.agreement = ""

    async def still(self) -> list[str]:
        """Wait until nothing is promised or unnumbered on either side; gives what is wrong then."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                provider, consumer = [await node.look() for node in self.nodes.values()]
                if not any((provider.promises, provider.waiting, consumer.promises, consumer.waiting)):
                    break
                await asyncio.sleep(LOOK_S)
        return [*unsound(provider), *unsound(consumer), *unlike(provider, consumer)]


@asynccontextmanager
async def pair(folder: Path, urls: Mapping[str, str] | None = None) -> AsyncIterator[Pair]:
    """Two running nodes, of which one publishes `DATASET`.

    Args:
        urls: the database of each, where they are two workers each on PostgreSQL.
    """
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        nodes = {}
        for name in (PROVIDER, CONSUMER):
            nodes[name] = await _victim(name, folder / name, session, stack, (urls or {}).get(name))
        made = Pair(nodes[PROVIDER], nodes[CONSUMER])
        await _publish(made.nodes[PROVIDER])
        yield made


async def _victim(
    name: str, folder: Path, session: aiohttp.ClientSession, stack: AsyncExitStack, url: str | None = None
) -> Victim:
    ports = _free_ports()
    proxy = Proxy(ports[1])
    public = f"http://localhost:{await proxy.open()}"
    stack.push_async_callback(proxy.close)
    write_node(folder, Settings(id=name, development=True, ports=ports, public_url=public))
    node = Victim(name, folder, session, proxy, url)
    await node.start()
    stack.push_async_callback(node.end)
    return node


def _free_ports() -> tuple[int, int, int]:
    """Ports that were free a moment ago: a node has to come up under the same ones again.

    They lie below those that a system gives out by itself, so that no other test is given one of them meanwhile.
    """
    found: set[int] = set()
    while len(found) < 3:
        port = 20_000 + secrets.randbelow(10_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.add(port)
    one, two, three = found
    return one, two, three


async def _publish(node: Victim) -> None:
    file = node.folder / "data" / "air.csv"
    file.write_bytes(b"hour,PM2.5\n0,35\n")
    form = {
        "asset": {"id": DATASET, "source": {"kind": "file", "path": str(file)}, "grade": 1},
        "policy": {"@type": "Set", "permission": [{"action": "use"}]},
    }
    status, said = await node.api("POST", "/publications", form)
    assert status < 300, said
