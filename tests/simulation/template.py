"""What both parties have before a schedule begins: keys, an offer on one side, an agreement on both.

Made once a process; each schedule starts from copies of the two files.
"""

import asyncio
import shutil
import tempfile
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from msgspec.structs import replace
from tests.simulation.clock import PartyClock
from tests.simulation.identity import OpenIdentity
from tests.simulation.network import Network, SimulatedOutbound
from tests.simulation.party import Directory, context_of

from xinfu import odrl
from xinfu.certificates import Trust
from xinfu.dataplanes.files import Files
from xinfu.dataplanes.own_files import OwnFiles
from xinfu.identities.contract_seal import ContractSealing
from xinfu.odrl import Policy, PolicyKind
from xinfu.peers.dsp import HttpCounterparty
from xinfu.peers.platform import HttpInterfaces
from xinfu.ports.sources import FileSource, SourceKind
from xinfu.services.agreements import lifecycle
from xinfu.services.contexts.context import Contexts
from xinfu.services.identity.keys import KeyCabinet
from xinfu.services.memory.known_heads import KnownHeads
from xinfu.services.memory.promises import Promises
from xinfu.services.memory.running import Running
from xinfu.services.offering import offers, publications
from xinfu.services.offering.assets import AssetForm
from xinfu.services.offering.publications import PublicationForm
from xinfu.services.parts import Parts
from xinfu.signers.keymaker import Keys
from xinfu.signers.keyring import MasterKeyring
from xinfu.stores.sqlite import SqliteStore
from xinfu.stores.sqlite_file import prepare

PROVIDER: Final = "provider.sim"
CONSUMER: Final = "consumer.sim"
DATASET: Final = "air"
AGREEMENT: Final = "urn:uuid:019cc0de-ffff-7fff-8000-000000000000"
FIRST_ID: Final = 10_000
KEYRING: Final = MasterKeyring([bytes(range(32))])
TERMS: Final = {
    "@type": "Set",
    "permission": [
        {
            "action": "use",
            "constraint": [
                {"leftOperand": "dateTime", "operator": "lt", "rightOperand": "2100-01-01T00:00:00Z"}
            ],
        }
    ],
}


class Template:
    """Two store files, the keys that lie in them, and the offer that one of them publishes."""

    def __init__(self, folder: Path, cabinets: dict[str, KeyCabinet], offer: Policy) -> None:
        self.folder = folder
        self.cabinets = cabinets
        self.offer = offer

    def copy(self, name: str, target: Path) -> None:
        """A party's store as it is at the beginning."""
        shutil.copyfile(self.folder / name, target)


@cache
def scratch() -> Path:
    """A folder for this process, in memory where there is such a place."""
    memory = Path("/dev/shm")
    folder = tempfile.TemporaryDirectory(prefix="xinfu-", dir=memory if memory.is_dir() else None)
    _KEPT.append(folder)
    return Path(folder.name)


_KEPT: Final[list[tempfile.TemporaryDirectory[str]]] = []


@cache
def template() -> Template:
    """The template of this process."""
    return asyncio.run(_make(scratch()))


async def _make(folder: Path) -> Template:
    cabinets: dict[str, KeyCabinet] = {}
    offer: Policy | None = None
    for number, name in ((1, PROVIDER), (2, CONSUMER)):
        prepare(folder / name, busy_timeout_s=1.0)
        parts, cabinets[name] = _parts(folder / name, number, name)
        await cabinets[name].open()
        if name == PROVIDER:
            offer = await _publish(parts, folder / "air.csv")
        await _agree(parts, offer, name)
        await parts.store.close()
    assert offer is not None
    return Template(folder, cabinets, offer)


def _parts(path: Path, number: int, name: str) -> tuple[Parts, KeyCabinet]:
    clock = PartyClock(number, lambda: -3600.0)
    store = SqliteStore(path, durable=False, busy_timeout_s=1.0)
    contexts = Contexts([context_of(name)])
    identity = OpenIdentity(f"did:web:{name}", clock)
    cabinet = KeyCabinet(
        store=store, keyring=KEYRING, maker=Keys(), clock=clock, contexts=contexts, algorithm="EdDSA"
    )
    outbound = SimulatedOutbound(Network(Random(0), []), name)
    sealing = ContractSealing(
        key=cabinet.contract_key,
        own=cabinet.own,
        documents=lambda did: None,
        resolver=Directory(),
        trust=Trust,
        checks={},
    )
    parts = Parts(
        store=store,
        clock=clock,
        identity=identity,
        outbound=outbound,
        counterparty=HttpCounterparty(outbound=outbound, identity=identity, resolver=Directory()),
        interfaces=HttpInterfaces(outbound=outbound, identity=identity, sealing=sealing, clock=clock),
        sealing=sealing,
        keyring=KEYRING,
        planes={SourceKind.FILE: Files(OwnFiles())},
        contexts=contexts,
        heads=KnownHeads(store),
        running=Running(),
        promises=Promises(clock),
        may_publish=lambda context, path: True,
    )
    return parts, cabinet


async def _publish(parts: Parts, file: Path) -> Policy:
    file.write_bytes(b"hour,PM2.5\n0,35\n")
    form = AssetForm(id=DATASET, grade=1, source=FileSource(path=str(file)))
    made = await publications.publish(parts, PROVIDER, PublicationForm(asset=form, policy=dict(TERMS)))
    return replace(offers.offer_of(made.definition.id, DATASET, made.policy), target=DATASET)


async def _agree(parts: Parts, offer: Policy | None, name: str) -> None:
    policy = replace(
        odrl.read(TERMS, kind=PolicyKind.SET),
        kind=PolicyKind.AGREEMENT,
        id=AGREEMENT,
        target=DATASET,
        assigner=f"did:web:{PROVIDER}",
        assignee=f"did:web:{CONSUMER}",
    )
    await lifecycle.take_over(
        parts,
        name,
        wire_id=AGREEMENT,
        peer=f"did:web:{CONSUMER if name == PROVIDER else PROVIDER}",
        dataset=DATASET,
        role="provider" if name == PROVIDER else "consumer",
        policy=policy,
    )
