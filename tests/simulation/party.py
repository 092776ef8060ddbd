"""A participant of a simulation: the real services, dispatcher, sequencer, routes and store of a node.

What is simulated is around it: the time, the way to the other side, who it is, and when it dies.
"""

import asyncio
import contextvars
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from starlette.applications import Starlette
from tests.simulation.clock import PartyClock
from tests.simulation.fragile import FragileStore
from tests.simulation.identity import OpenIdentity
from tests.simulation.network import Network, SimulatedOutbound
from tests.simulation.owner import OWNER, Tasks
from tests.simulation.storage import Storage

from xinfu.certificates import Trust
from xinfu.credentials import DidDocument, build_did_document
from xinfu.dataplanes.files import Files
from xinfu.dataplanes.own_files import OwnFiles
from xinfu.identities.contract_seal import ContractSealing
from xinfu.node.workers import Dispatcher, Sequencer
from xinfu.peers.dsp import HttpCounterparty
from xinfu.peers.platform import HttpInterfaces
from xinfu.ports.keyring import Keyring
from xinfu.ports.sources import SourceKind
from xinfu.services.contexts.context import Context, Contexts
from xinfu.services.identity.keys import KeyCabinet
from xinfu.services.memory.known_heads import KnownHeads
from xinfu.services.memory.promises import Promises
from xinfu.services.memory.running import Running
from xinfu.services.parts import Parts
from xinfu.web.protocol import protocol_routes

LIMIT_BYTES = 1_048_576
_Answered = tuple[int, bytes, dict[str, str]]
"""Status, body and headers."""


def context_of(name: str) -> Context:
    """The one participant context of a party."""
    root = f"https://{name}/dsp/{name}"
    return Context(
        id=name,
        participant=f"did:web:{name}",
        name={"en": name, "zh": name},
        protocol_root=root,
        protocol_base=f"{root}/2025-1",
        data_base=f"https://{name}/data",
        token_ttl=timedelta(hours=1),
        grade=1,
    )


class Directory:
    """Every DID leads to the protocol base of the party of its name (a `Resolver`)."""

    async def resolve(
        self, did: str, *, kid: str | None = None, stranger_from: str | None = None
    ) -> DidDocument:
        base = context_of(did.removeprefix("did:web:")).protocol_base
        return build_did_document(did, [], version_url=base)


class Side(Protocol):
    """A participant, as the network, its people and the invariants meet it: one process, or several."""

    @property
    def name(self) -> str: ...
    @property
    def context(self) -> Context: ...
    @property
    def clock(self) -> PartyClock: ...
    @property
    def keys(self) -> KeyCabinet: ...
    @property
    def store(self) -> FragileStore: ...
    @property
    def parts(self) -> Parts: ...
    @property
    def heard(self) -> Sequence[str]: ...
    @property
    def broken(self) -> Sequence[str]: ...

    def processes(self) -> "Sequence[Party]":
        """Those that are up."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def copy(self) -> Any: ...
    async def set_back(self, older: Any) -> None: ...
    async def handle(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, bytes, dict[str, str]]: ...


class Party:
    """One process of a side. `start` brings it up on its store, `die` takes it down; both as often as you like."""

    def __init__(
        self,
        name: str,
        *,
        network: Network,
        clock: PartyClock,
        storage: Storage,
        keyring: Keyring,
        keys: KeyCabinet,
        give_up_after: timedelta,
    ) -> None:
        self.name = name
        self.context = context_of(name)
        self.clock = clock
        self.alive = False
        self.keys = keys
        self.heard: list[str] = []
        self.broken: list[str] = []
        self._network = network
        self._storage = storage
        self._keyring = keyring
        self._give_up_after = give_up_after
        self._tasks: Tasks = {}

    def processes(self) -> "Sequence[Party]":
        return [self] if self.alive else []

    async def start(self) -> None:
        """A new process on the store as it lies there."""
        self.store = await self._storage.open(self._dies)
        outbound = SimulatedOutbound(self._network, self.name)
        heads = KnownHeads(self.store)
        identity = OpenIdentity(self.context.participant, self.clock, heads.own, self._log_key)
        sealing = ContractSealing(
            key=self.keys.contract_key,
            own=self.keys.own,
            documents=lambda did: None,
            resolver=Directory(),
            trust=Trust,
            checks={},
        )
        self.parts = Parts(
            store=self.store,
            clock=self.clock,
            identity=identity,
            outbound=outbound,
            counterparty=HttpCounterparty(outbound=outbound, identity=identity, resolver=Directory()),
            interfaces=HttpInterfaces(
                outbound=outbound, identity=identity, sealing=sealing, clock=self.clock
            ),
            sealing=sealing,
            keyring=self._keyring,
            planes={SourceKind.FILE: Files(OwnFiles())},
            contexts=Contexts([self.context]),
            heads=heads,
            running=Running(),
            promises=Promises(self.clock),
            may_publish=lambda context, path: False,
            give_up_after=self._give_up_after,
        )
        self._app = Starlette(routes=protocol_routes(self.parts, limit_bytes=LIMIT_BYTES))
        dispatcher, sequencer = Dispatcher(self.parts, "node"), Sequencer(self.parts, self.keys)
        self.store.watch(heads.changed)
        self.store.watch(dispatcher.told)
        self.store.watch(sequencer.told)
        self.alive = True
        self.spawn(dispatcher.run())
        self.spawn(self._number(sequencer))

    async def _number(self, sequencer: Sequencer) -> None:
        await sequencer.begin()
        await sequencer.run()

    def _log_key(self, did: str) -> Mapping[str, str]:
        name = did.rpartition(":")[2]
        return self._network.parties[name].keys.log_signer(name).public_jwk()

    def spawn(self, work: Any) -> asyncio.Task[Any]:
        """Run `work` as part of this party: it ends when the party dies."""
        context = contextvars.copy_context()
        context.run(OWNER.set, self._tasks)
        return asyncio.get_running_loop().create_task(work, context=context)

    def die(self, *, power: bool, down_s: float) -> None:
        """End at once, and come up again after a while; what runs in the calling task has to end itself."""
        self.alive = False
        self._storage.fall(power=power)
        tasks, self._tasks = self._tasks, {}
        for task in tasks:
            if task is not asyncio.current_task():
                task.cancel()
        rises = contextvars.copy_context()
        rises.run(OWNER.set, None)
        self._rising = asyncio.get_running_loop().create_task(
            self._rise(list(tasks), self.store, down_s), context=rises
        )

    async def stop(self) -> None:
        """End for good."""
        self.alive = False
        tasks, self._tasks = list(self._tasks), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.store.close()

    async def copy(self) -> Any:
        """Its store as it is now."""
        return await self._storage.copy()

    async def set_back(self, older: Any) -> None:
        """Stop, and come up on a copy of the store."""
        await self.stop()
        self._network.note(f"{self.name}: the store is set back")
        await self._storage.set_back(older)
        await self.start()

    async def handle(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, bytes, dict[str, str]]:
        """Serve one request; what goes on after the answer goes on here.

        Raises:
            ConnectionError: nobody is up, or dies before the answer is out.
        """
        if not self.alive:
            raise ConnectionRefusedError(self.name)
        answered: asyncio.Future[_Answered] = asyncio.get_running_loop().create_future()
        task = self.spawn(_serve(self._app, method, url, headers, body, answered))
        task.add_done_callback(lambda _: _broken_off(answered))
        status, said, told = await answered
        if status == 500:
            self.broken.append(f"{method} {urlsplit(url).path} was answered 500")
        if 200 <= status < 300 and "Authorization" in headers:
            self.heard.append(headers["Authorization"])
        return status, said, told

    def _dies(self, when: str) -> bool:
        if not self.alive:
            return True
        weather, draw = self._network.weather, self._network.happens
        if not draw(weather.crash_before if when == "before" else weather.crash_after):
            return False
        power = draw(weather.power)
        self._network.note(f"{self.name} dies {when} a commit{', with the power' if power else ''}")
        self.die(power=power, down_s=0.05 + self._network.rng.random() ** 3 * 40)
        return True

    async def _rise(self, tasks: list[asyncio.Task[Any]], store: FragileStore, down_s: float) -> None:
        await asyncio.gather(*tasks, return_exceptions=True)
        await store.close()
        await asyncio.sleep(down_s)
        self._network.note(f"{self.name} is up again")
        await self.start()


def _broken_off(answered: "asyncio.Future[_Answered]") -> None:
    if not answered.done():
        answered.set_exception(ConnectionResetError())


async def _serve(
    app: Starlette,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    answered: "asyncio.Future[_Answered]",
) -> None:
    parts = urlsplit(url)
    said = bytearray()
    status, told = 0, dict[str, str]()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status, told
        if message["type"] == "http.response.start":
            status = message["status"]
            told = {name.decode(): value.decode("latin-1") for name, value in message["headers"]}
        elif message["type"] == "http.response.body":
            said.extend(message.get("body", b""))
            if not message.get("more_body", False) and not answered.done():
                answered.set_result((status, bytes(said), told))

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": parts.scheme,
        "path": unquote(parts.path),
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("198.51.100.7", 1),
        "server": (parts.hostname, 443),
    }
    await app(scope, receive, send)
