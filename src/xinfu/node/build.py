"""Config -> Node: every part made once and handed over as arguments."""

import socket
from contextlib import AsyncExitStack, ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final
from urllib.parse import quote

import msgspec
from starlette.applications import Starlette

from xinfu.certificates import Authorities
from xinfu.contracts.settings import ContractSettings, PlatformRole
from xinfu.credentials import DidDocument, SignatureChecks
from xinfu.dataplanes.files import Files
from xinfu.dataplanes.http import HttpApi
from xinfu.dataplanes.own_files import OwnFiles
from xinfu.dataplanes.s3 import S3
from xinfu.dataplanes.tables.plane import Tables
from xinfu.dataplanes.tables.postgres_place import Reach
from xinfu.dataplanes.tables.results import ResultLimits
from xinfu.dataplanes.vault.folder import FolderVault
from xinfu.dsp import PageBounds
from xinfu.identities.contract_seal import ContractSealing
from xinfu.identities.did_web import DidWebIdentity
from xinfu.identities.insecure_static import InsecureStaticIdentity
from xinfu.identities.resolver import DidResolver
from xinfu.identities.status_lists import StatusLists
from xinfu.node import errors
from xinfu.node.adapters import opened_store, signature_checks, start_tracing
from xinfu.node.authorities import AuthorityFiles
from xinfu.node.clock import SystemClock, recall
from xinfu.node.config import Config, ContextTable, DataTable, Listener
from xinfu.node.doctor import examine
from xinfu.node.health import Health
from xinfu.node.keyfiles import own_key
from xinfu.node.observed_store import ObservedStore
from xinfu.node.places import own_files, source_folders
from xinfu.node.scrape import Scrape
from xinfu.node.telemetry import Telemetry
from xinfu.node.timer import Timer
from xinfu.node.witness import Witness
from xinfu.node.workers import Dispatcher, Sequencer, Stops
from xinfu.peers.aside import ThreadAside
from xinfu.peers.databases import DatabaseHosts
from xinfu.peers.dsp import HttpCounterparty
from xinfu.peers.names import LookUp
from xinfu.peers.outbound import HttpOutbound
from xinfu.peers.platform import HttpInterfaces
from xinfu.peers.rules import OutboundRules, entry_text
from xinfu.ports.clock import Clock
from xinfu.ports.identity import Identity
from xinfu.ports.records import HostedContext
from xinfu.ports.sources import SourceKind
from xinfu.services import hosting
from xinfu.services.contexts.context import Context, Contexts
from xinfu.services.identity.keys import KeyCabinet
from xinfu.services.memory.known_heads import KnownHeads
from xinfu.services.memory.promises import Promises
from xinfu.services.memory.running import Running
from xinfu.services.parts import Parts
from xinfu.services.processes.seeds import seed_answers
from xinfu.services.usage.quota import settle_lost
from xinfu.services.usage.uses import Uses
from xinfu.services.vault.vaults import Vaults
from xinfu.signers.ed25519 import Ed25519Verifier
from xinfu.signers.es256 import Es256Verifier
from xinfu.signers.keymaker import Keys
from xinfu.signers.keyring import MasterKeyring
from xinfu.web.app import data_app, management_app, protocol_app
from xinfu.web.health import health_routes
from xinfu.web.metrics import metrics_route

_DATA: Final = DataTable().folders
_CHECKS: Final[SignatureChecks] = {"EdDSA": Ed25519Verifier(), "ES256": Es256Verifier()}


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node, built and not yet listening."""

    config: Config
    parts: Parts
    telemetry: Telemetry
    health: Health
    keys: KeyCabinet
    dispatcher: Dispatcher
    sequencer: Sequencer
    timer: Timer
    witness: Witness
    uses: Uses
    vaults: Vaults
    tables: Tables
    sockets: "Sockets"
    management: Starlette
    protocol: Starlette
    data: Starlette

    async def close(self) -> None:
        """Let go of connections and files."""
        await self.parts.pushes.close()
        await self.uses.close()
        await self.vaults.close()
        await self.tables.close()
        await self.telemetry.close()
        await self.parts.outbound.close()
        await self.parts.store.close()
        self.sockets.close()


@dataclass(frozen=True, kw_only=True)
class Sockets:
    """The bound sockets of the three listeners; port 0 has become a real one."""

    management: socket.socket
    protocol: socket.socket
    data: socket.socket

    def close(self) -> None:
        for each in (self.management, self.protocol, self.data):
            each.close()


async def build(config: Config, *, clock: Clock | None = None, look_up: LookUp | None = None) -> Node:
    """Make every part of a node.

    Args:
        clock: whose time it goes by; None: the machine's.
        look_up: how names become addresses, for every call that leaves the node; None: the system's way.

    Raises:
        ConfigError: the keyring, the store or a listener cannot be used as configured; nothing is left open.
    """
    async with AsyncExitStack() as undo:
        sockets = bind(config)
        undo.callback(sockets.close)
        node = await _built(config, clock or SystemClock(), look_up, sockets, undo)
        undo.pop_all()
        return node


async def _built(
    config: Config, clock: Clock, look_up: LookUp | None, sockets: Sockets, undo: AsyncExitStack
) -> Node:
    """Build the node; `undo` collects what to close if the build fails."""
    contexts = Contexts(
        (_context(config, table, sockets) for table in config.contexts),
        make=lambda record: _hosted(config, record, sockets),
    )
    keyring = MasterKeyring.from_file(config.at(config.keys.master))
    telemetry = Telemetry()
    store = ObservedStore(await opened_store(config), telemetry)
    undo.push_async_callback(store.close)
    rules = OutboundRules(
        development=config.development,
        allow=config.outbound.allow,
        sources=config.outbound.sources,
        ca_file=config.at(config.tls.ca_file) if config.tls.ca_file else None,
    )
    outbound = HttpOutbound(rules, look_up=look_up, entries=contexts.sources_of)
    undo.push_async_callback(outbound.close)
    start_tracing(config, telemetry, outbound, instance=clock.new_id())
    keys = KeyCabinet(
        store=store,
        keyring=keyring,
        maker=Keys(),
        clock=clock,
        contexts=contexts,
        algorithm=config.keys.algorithm,
        contract_algorithm=config.keys.contract_algorithm,
        observer=telemetry,
    )
    await hosting.restore(store, contexts)
    await keys.open()
    if isinstance(clock, SystemClock):
        await recall(clock, store, contexts)
    resolver = DidResolver(outbound, clock, development=config.development)
    heads = KnownHeads(store)
    identity = _identity(config, contexts, keys, resolver, outbound, clock, heads)
    authorities = Authorities(trust=_authority_files(config), checks=signature_checks())
    sealing = ContractSealing(
        key=keys.contract_key,
        own=keys.own,
        documents=partial(_own_document, contexts, keys),
        resolver=resolver,
        trust=authorities.trust,
        checks=authorities.checks,
    )
    ours = own_files(config, contexts)
    files = Files(ours)
    tables = _tables(config, DatabaseHosts(rules, look_up=look_up, entries=contexts.sources_of), ours)
    undo.push_async_callback(tables.close)
    role, aside = config.platform, ThreadAside()
    undo.callback(aside.close)
    parts = Parts(
        store=store,
        clock=clock,
        identity=identity,
        outbound=outbound,
        counterparty=HttpCounterparty(
            outbound=outbound,
            identity=identity,
            resolver=resolver,
            aside=aside,
            bounds=PageBounds(
                size_bytes=config.limits.catalog_bytes,
                datasets=config.limits.catalog_datasets,
                offers=config.limits.catalog_offers,
            ),
        ),
        aside=aside,
        interfaces=HttpInterfaces(outbound=outbound, identity=identity, sealing=sealing, clock=clock),
        sealing=sealing,
        keyring=keyring,
        contracting=msgspec.convert(msgspec.to_builtins(config.contract), ContractSettings),
        platform=PlatformRole(**msgspec.structs.asdict(role)) if role.context else None,
        live={SourceKind.HTTP: HttpApi(outbound), SourceKind.TABLE: tables, SourceKind.ROWS: tables},
        planes={SourceKind.FILE: files, SourceKind.FOLDER: files, SourceKind.S3: S3(outbound, clock)},
        contexts=contexts,
        heads=heads,
        running=Running(),
        promises=Promises(clock),
        may_publish=source_folders(contexts),
        give_up_after=timedelta(seconds=config.negotiation.give_up_after_s),
        recheck=timedelta(seconds=config.data.recheck_s),
        observer=telemetry,
        authorities=authorities,
        signed_bodies=config.identity.signed_bodies == "always",
    )
    await seed_answers(parts, config.answers, default=config.contexts[0].id)
    await settle_lost(parts)
    for context in contexts:
        if context.closed:
            await hosting.end_processes(parts, context.id)
    dispatcher, sequencer, timer = Dispatcher(parts, owner="node"), Sequencer(parts, keys), Timer(parts)
    store.watch(heads.changed)
    store.watch(dispatcher.told)
    store.watch(sequencer.told)
    store.watch(timer.told)
    witness = Witness(parts)
    store.watch(witness.told)
    store.watch(Stops(parts, keys).told)
    limit = config.limits.body_bytes
    scrape = Scrape(parts, telemetry, dispatcher, sequencer)
    health = Health(parts, dispatcher, sequencer, timer)
    uses = Uses(parts)
    vaults = Vaults(parts, FolderVault(config.at(config.vault.folder), keyring))
    store.watch(vaults.told)
    return Node(
        config=config,
        parts=parts,
        telemetry=telemetry,
        health=health,
        keys=keys,
        dispatcher=dispatcher,
        sequencer=sequencer,
        timer=timer,
        witness=witness,
        uses=uses,
        vaults=vaults,
        tables=tables,
        sockets=sockets,
        management=management_app(
            parts,
            keys,
            vaults,
            api_key=_api_key(config),
            issuer=config.issuer,
            limit_bytes=limit,
            examine=partial(examine, config, parts, keys),
            check=health,
            watching=[
                metrics_route(scrape, keys=_metrics_keys(config), open_to_all=config.metrics.open),
                *health_routes(health),
            ],
        ),
        protocol=protocol_app(parts, keys, limit_bytes=limit),
        data=data_app(parts, uses),
    )


def _tables(config: Config, reach: Reach, ours: OwnFiles) -> Tables:
    """The plane of tables, with the bounds of its results."""
    table = config.results
    limits = ResultLimits(
        size_bytes=table.size_bytes,
        number=table.number,
        idle_s=table.idle_s,
        running=table.running,
        query_s=table.query_s,
    )
    return Tables(config.at(table.folder), limits, reach, ours)


def bind(config: Config) -> Sockets:
    """Take the addresses of the three listeners.

    Raises:
        ConfigError: `config.address-taken`.
    """
    listen = config.listen
    named = {"management": listen.management, "protocol": listen.protocol, "data": listen.data}
    with ExitStack() as undo:
        bound = {name: undo.enter_context(closing(bound_socket(name, each))) for name, each in named.items()}
        undo.pop_all()
    return Sockets(**bound)


def bound_socket(name: str, listener: Listener) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(
            listener.host, listener.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # else nothing sets TCP_NODELAY
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except OSError as error:
        raise errors.CONFIG_ADDRESS_TAKEN(
            name=name, host=listener.host, port=listener.port, why=error.strerror or error
        ) from error
    made.listen(1024)
    made.setblocking(False)
    return made


def public_url(config: Config, listener: Listener, bound: socket.socket) -> str:
    """How others reach a listener; no slash at the end."""
    if listener.public_url:
        return listener.public_url.rstrip("/")
    scheme = "https" if config.tls.cert else "http"
    host = "localhost" if listener.host in {"127.0.0.1", "::1", "0.0.0.0"} else listener.host  # noqa: S104 - compared
    return f"{scheme}://{host}:{bound.getsockname()[1]}"


def _context(config: Config, table: ContextTable, sockets: Sockets) -> Context:
    protocol = public_url(config, config.listen.protocol, sockets.protocol)
    data = public_url(config, config.listen.data, sockets.data)
    return Context(
        id=table.id,
        participant=table.participant or _participant(config, table.id, protocol),
        name={"zh": table.name_zh or table.id, "en": table.name_en or table.id},
        protocol_root=f"{protocol}/dsp/{table.id}",
        protocol_base=f"{protocol}/dsp/{table.id}/2025-1",
        data_base=f"{data}/data/{table.id}",
        token_ttl=timedelta(seconds=config.data.token_ttl_s),
        hold_counter_offers=config.negotiation.counter_offers == "hold",
        entity=table.entity,
        connector=table.connector,
        grade=table.grade,
        empty_policy_opens=table.empty_policy == "use",
        filed_only=table.flow == "filed-contract",
        folders=tuple(str(config.at(each)) for each in _folders(config, table)),
        sources=tuple(map(entry_text, config.outbound.sources if table.sources is None else table.sources)),
    )


def _folders(config: Config, table: ContextTable) -> tuple[str, ...]:
    return (config.data.folders or _DATA) if table.folders is None else table.folders


def _hosted(config: Config, record: HostedContext, sockets: Sockets) -> Context:
    """A context that was added while the node ran."""
    table = ContextTable(
        id=record.id,
        participant=record.participant,
        entity=record.entity,
        connector=record.connector,
        name_zh=record.name.get("zh", ""),
        name_en=record.name.get("en", ""),
        folders=(),
        sources=(),
    )
    return _context(config, table, sockets)


def _participant(config: Config, context: str, protocol: str) -> str:
    """The DID of a context is its address; under a static identity it is its plain name."""
    if config.identity.kind == "insecure-static":
        return context
    authority = protocol.partition("://")[2]
    return f"did:web:{quote(authority, safe='')}:{context}"


def _authority_files(config: Config) -> AuthorityFiles:
    """Return the trusted certificate authorities, as their files."""
    certificates, revocations = config.trust.certificates, config.trust.revocations
    return AuthorityFiles(map(config.at, certificates), map(config.at, revocations))


def _own_document(contexts: Contexts, keys: KeyCabinet, did: str) -> DidDocument | None:
    """The DID document of a participant that this node plays."""
    ours = next((context.id for context in contexts if context.participant == did), None)
    return None if ours is None else keys.document(ours)


def _identity(
    config: Config,
    contexts: Contexts,
    keys: KeyCabinet,
    resolver: DidResolver,
    outbound: HttpOutbound,
    clock: Clock,
    heads: KnownHeads,
) -> Identity:
    if config.identity.kind == "insecure-static":
        return InsecureStaticIdentity(
            development=config.development,
            own=lambda context: contexts.get(context).participant,
            clock=clock,
            default_peer=config.identity.default_peer,
        )
    trust = {issuer.did: frozenset(issuer.types) for issuer in config.trust.issuers}
    return DidWebIdentity(
        own=keys.own,
        resolver=resolver,
        statuses=StatusLists(outbound, clock, _CHECKS),
        trust=trust,
        checks=_CHECKS,
        clock=clock,
        heads=heads.own,
    )


def _api_key(config: Config) -> str:
    """The key of the management listener, from its 0600 file.

    Raises:
        ConfigError: `config.api-key`.
    """
    path = config.at(config.keys.api)
    key = own_key(path)
    if key is None:
        raise errors.CONFIG_API_KEY(name=path.name)
    return key


def _metrics_keys(config: Config) -> list[str]:
    """The keys that open the metrics: the API key, and the key that opens nothing else where there is one.

    Raises:
        ConfigError: `config.api-key`, `config.metrics-key`.
    """
    api_key = _api_key(config)
    if config.metrics.key is None:
        return [api_key]
    path = config.at(config.metrics.key)
    key = own_key(path)
    if key is None:
        raise errors.CONFIG_METRICS_KEY(name=path.name)
    return [api_key, key]
