"""The ports that the use cases of a node share, as one value; each use case asks for what it uses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from xinfu.certificates import Authorities
from xinfu.contracts.settings import ContractSettings, PlatformRole
from xinfu.ports.aside import Aside, AtOnce
from xinfu.ports.clock import Clock
from xinfu.ports.dataplane import DataPlane, LivePlane
from xinfu.ports.identity import Identity
from xinfu.ports.keyring import Keyring
from xinfu.ports.observer import NoObserver, Observer
from xinfu.ports.outbound import Outbound
from xinfu.ports.peer import Counterparty
from xinfu.ports.platform import Interfaces
from xinfu.ports.sealing import Sealing
from xinfu.ports.sources import SourceKind
from xinfu.ports.store import Store
from xinfu.services.contexts.context import Contexts
from xinfu.services.memory.audience import Audiences
from xinfu.services.memory.known_heads import KnownHeads
from xinfu.services.memory.known_manifests import KnownManifests
from xinfu.services.memory.promises import Promises
from xinfu.services.memory.pushes import Pushes
from xinfu.services.memory.running import Running
from xinfu.services.memory.spare_chunks import SpareChunks
from xinfu.services.memory.streams import Streams
from xinfu.services.memory.token_renewals import Renewals
from xinfu.services.memory.turns import Turns
from xinfu.services.memory.verified_contracts import VerifiedContracts


@dataclass(frozen=True, kw_only=True)
class RecordParts:
    """The parts of a use case that reads and writes records.

    Attributes:
        keyring: seals what is secret in them.
        give_up_after: how long a message is tried before its process is terminated.
        observer: receives what happens, and decides nothing.
    """

    store: Store
    clock: Clock
    keyring: Keyring
    contexts: Contexts
    give_up_after: timedelta = timedelta(days=1)
    observer: Observer = field(default_factory=NoObserver)


@dataclass(frozen=True, kw_only=True)
class PeerParts(RecordParts):
    """The parts of a use case that also sends messages to other participants, or acts as one of this node's.

    Attributes:
        heads: of evidence logs, as this process knows them.
        promises: messages that this process sends after their step.
        signed_bodies: every message's token must cover its body, whoever sends it.
        authorities: the authorities that certify the keys that sign contracts.
        sealing: signs contracts and checks their signatures.
        contracting: how digital contracts are written, and with whom they are filed.
        verified: contracts whose signatures have been checked since the node started.
    """

    identity: Identity
    sealing: Sealing
    outbound: Outbound
    counterparty: Counterparty
    heads: KnownHeads
    promises: Promises
    signed_bodies: bool = False
    authorities: Authorities = field(default_factory=Authorities)
    contracting: ContractSettings = field(default_factory=ContractSettings)
    verified: VerifiedContracts = field(default_factory=VerifiedContracts)


@dataclass(frozen=True, kw_only=True)
class DataParts(PeerParts):
    """The parts of a use case that also publishes, serves or fetches data.

    Attributes:
        planes: the data plane of each kind of source whose data exists before it is read.
        live: the plane of each kind of source whose bytes are produced while they are read.
        running: the uses and transfers under way in this process.
        may_publish: whether the operator lets a context (by its id) take this path as a source.
        pushes: the pushes that this process sends to the addresses that consumers gave.
        renewals: of endpoint tokens, that run at the moment.
        turns: the turns of callers that repeat a read whose result is still being made.
        recheck: how often a use that lasts is asked about again.
        streams: answers that last until the node stops.
        manifests: of files that this node fetches, kept for a while.
        spare: chunks of such files that were fetched for a part of them.
        audiences: who sees which offers, as judged so far.
        aside: runs long work on data that others sent.
    """

    planes: Mapping[SourceKind, DataPlane]
    running: Running
    may_publish: Callable[[str, str], bool]
    live: Mapping[SourceKind, LivePlane] = field(default_factory=dict)
    pushes: Pushes = field(default_factory=Pushes)
    renewals: Renewals = field(default_factory=Renewals)
    turns: Turns = field(default_factory=Turns)
    recheck: timedelta = timedelta(seconds=30)
    streams: Streams = field(default_factory=Streams)
    manifests: KnownManifests = field(default_factory=KnownManifests)
    spare: SpareChunks = field(default_factory=SpareChunks)
    audiences: Audiences = field(default_factory=Audiences)
    aside: Aside = field(default_factory=AtOnce)


@dataclass(frozen=True, kw_only=True)
class ContractParts(PeerParts):
    """The parts of a use case that also drafts, signs, files or receives digital contracts.

    Attributes:
        interfaces: sends the interface messages of TC609-6-2025-14 to other parties.
        platform: the role of this node as a platform; None: it has no such role.
    """

    interfaces: Interfaces
    platform: PlatformRole | None = None


@dataclass(frozen=True, kw_only=True)
class Parts(DataParts, ContractParts):
    """The complete parts of a node; a use case asks for the smallest class of parts that it needs."""
