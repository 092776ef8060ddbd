"""A node that serves one file under an agreement, and endpoint tokens for it.

The agreement and its transfers are stored before the node starts; how they came about is measured elsewhere.
"""

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
from msgspec.structs import replace

from bench.nodes import Started, node, prepare
from xinfu import odrl
from xinfu.dsp import Role
from xinfu.dsp.transfer import State, TransferProcess
from xinfu.node.build import build
from xinfu.node.clock import SystemClock
from xinfu.node.config import load
from xinfu.odrl import PolicyKind
from xinfu.ports.records import TRANSFERS, AgreementRecord
from xinfu.ports.sources import FileSource
from xinfu.services.agreements import lifecycle
from xinfu.services.offering.assets import AssetForm
from xinfu.services.offering.publications import PublicationForm, publish
from xinfu.services.parts import Parts
from xinfu.services.usage import grants

CONTEXT = "provider"
PEER = "did:web:consumer.example"
WIRE_ID = "urn:example:agreement"


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """The address of a transfer's data, and the token that opens it."""

    url: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every read."""
        return {"Authorization": f"Bearer {self.token}"}


class Governed(msgspec.Struct, frozen=True, kw_only=True):
    """A running node and an address for each consumer."""

    node: Started
    addresses: tuple[Address, ...]


@asynccontextmanager
async def governed(
    file: Path,
    *,
    readers: int,
    others: Sequence[int] = (),
    tls: tuple[Path, Path] | None = None,
    constraint: object = None,
) -> AsyncIterator[Governed]:
    """Start a node that serves `file` to `readers` transfers of one agreement.

    Args:
        others: transfers of each further agreement about the same file; their addresses come last.
        tls: certificate and key of its public listeners.
        constraint: the constraint of the agreement's permission.
    """
    with tempfile.TemporaryDirectory(prefix="xinfu-bench-") as folder:
        home = Path(folder)
        more = f'[tls]\ncert = "{tls[0]}"\nkey = "{tls[1]}"\n' if tls is not None else ""
        more += f"[limits]\nconnections = {max(1000, 2 * (readers + sum(others)))}\n"
        prepare(home, CONTEXT, folder=str(file.parent), more=more)
        issued = await _stored(home, file, (readers, *others), constraint)
        async with node(CONTEXT, home) as started:
            base = f"{started.data}/data/{CONTEXT}/transfers"
            addresses = tuple(Address(url=f"{base}/{transfer}", token=token) for transfer, token in issued)
            yield Governed(node=started, addresses=addresses)


async def _stored(
    home: Path, file: Path, readers: Sequence[int], constraint: object
) -> list[tuple[str, str]]:
    """Publish the file and start the transfers; return their ids and tokens."""
    built = await build(load(home / "node.toml", {}))
    try:
        permission: dict[str, object] = {"action": "use"}
        if constraint is not None:
            permission["constraint"] = [constraint]
        policy = {"permission": [permission]}
        source = FileSource(path=str(file))
        form = PublicationForm(asset=AssetForm(id="air", grade=1, source=source), policy=policy)
        await publish(built.parts, CONTEXT, form)
        issued: list[tuple[str, str]] = []
        for place, number in enumerate(readers):
            wire_id = f"{WIRE_ID}:{place}" if place else WIRE_ID
            agreement = await lifecycle.take_over(
                built.parts,
                CONTEXT,
                wire_id=wire_id,
                peer=PEER,
                dataset="air",
                role="provider",
                policy=replace(odrl.read(policy, kind=PolicyKind.AGREEMENT), target="air", assignee=PEER),
            )
            issued += await _started(built.parts, agreement, number)
        return issued
    finally:
        await built.close()


async def _started(parts: Parts, agreement: AgreementRecord, number: int) -> list[tuple[str, str]]:
    """Start `number` transfers under the agreement in one step, and return their ids and tokens."""
    clock, issued = SystemClock(), list[tuple[str, str]]()
    context = replace(parts.contexts.get(CONTEXT), token_ttl=timedelta(hours=1))
    async with parts.store.step(CONTEXT) as step:
        for _ in range(number):
            id_, now = clock.new_id(), clock.now()
            record = TransferProcess(
                id=id_,
                context=CONTEXT,
                participant=context.participant,
                role=Role.PROVIDER,
                peer=PEER,
                consumer_pid=clock.new_id(),
                provider_pid=id_,
                state=State.STARTED,
                peer_base="https://consumer.example/dsp",
                agreement_id=agreement.wire_id,
                dataset=agreement.dataset,
                format="HttpData-PULL",
                created=now,
                updated=now,
            )
            await step.of(TRANSFERS).add(record)
            address = await grants.issue(step, context, record, agreement, claims={}, now=now, until=None)
            issued.append((id_, address.authorization or ""))
    return issued
