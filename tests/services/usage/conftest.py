"""A provider's node, built and not listening, with a published file and a transfer that runs under a policy."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from xinfu import odrl
from xinfu.dsp import Role
from xinfu.dsp.transfer import State, TransferProcess
from xinfu.evidence import CHUNK_BYTES
from xinfu.node.build import Node, build
from xinfu.node.clock import SystemClock
from xinfu.node.config import load
from xinfu.odrl import PolicyKind
from xinfu.ports.records import TRANSFERS, AgreementRecord
from xinfu.ports.sources import FileSource
from xinfu.services.agreements import lifecycle
from xinfu.services.offering.assets import AssetForm
from xinfu.services.offering.publications import PublicationForm, publish
from xinfu.services.usage import grants
from xinfu.services.usage.grant_lookup import ReadRequest
from xinfu.signers.keyring import create_master_key

PEER = "did:web:consumer.example"
NODE = """\
development = true
[listen.management]
port = 0
[listen.protocol]
port = 0
[listen.data]
port = 0
[data]
folders = ["{folder}"]
[[contexts]]
id = "bureau"
grade = 1
"""


class SteppedClock(SystemClock):
    """Real identifiers, and a time that moves only when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.at = datetime(2024, 12, 24, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def is_trusted(self) -> bool:
        return True


class Bureau(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's node with one transfer that runs."""

    node: Node
    clock: SteppedClock
    data: bytes
    agreement: AgreementRecord
    transfer: str
    token: str

    def ask(self, **given: Any) -> ReadRequest:
        """What the consumer asks with its token."""
        told = {"context": "bureau", "token": self.token, "transfer": self.transfer, **given}
        return ReadRequest(**told)

    async def entries(self, kind: str) -> list[dict[str, Any]]:
        """The facts of all evidence entries of a kind."""
        async with self.node.parts.store.view("bureau") as view:
            found = await view.log.find(kind=kind, limit=1000)
        return [msgspec.json.decode(each.canonical)["facts"] for each in found]


Make = Callable[..., Awaitable[Bureau]]


@pytest.fixture
async def bureau_of(tmp_path: Path) -> AsyncIterator[Make]:
    """Makes a bureau whose file is offered under a policy."""
    async with AsyncExitStack() as stack:

        async def make(
            *constraints: dict[str, Any],
            size: int = 2 * CHUNK_BYTES + 5,
            purpose: str | None = None,
            claims: dict[str, tuple[str, ...]] | None = None,
            life: timedelta = timedelta(hours=1),
        ) -> Bureau:
            made = await _make(tmp_path, list(constraints), size, purpose, claims or {}, life)
            stack.push_async_callback(made.node.close)
            return made

        yield make


async def _make(
    folder: Path,
    constraints: list[dict[str, Any]],
    size: int,
    purpose: str | None,
    claims: dict[str, tuple[str, ...]],
    life: timedelta,
) -> Bureau:
    create_master_key(folder / "master.key")
    (folder / "api.key").write_text("k" * 32)
    (folder / "api.key").chmod(0o600)
    (folder / "node.toml").write_text(NODE.format(folder="."))
    data = os.urandom(size)
    (folder / "air.csv").write_bytes(data)
    clock = SteppedClock()
    node = await build(load(folder / "node.toml", {}), clock=clock)
    policy = {
        "permission": [{"action": "use", "constraint": constraints} if constraints else {"action": "use"}]
    }
    source = FileSource(path=str(folder / "air.csv"))
    form = PublicationForm(asset=AssetForm(id="air", source=source), policy=policy)
    await publish(node.parts, "bureau", form)
    agreement = await lifecycle.take_over(
        node.parts,
        "bureau",
        wire_id="urn:example:agreement",
        peer=PEER,
        dataset="air",
        role="provider",
        policy=msgspec.structs.replace(
            odrl.read(policy, kind=PolicyKind.AGREEMENT), target="air", assignee=PEER
        ),
    )
    transfer, token = await start_transfer(node, clock, agreement, purpose, claims, life)
    return Bureau(node=node, clock=clock, data=data, agreement=agreement, transfer=transfer, token=token)


async def start_transfer(
    node: Node,
    clock: SteppedClock,
    agreement: AgreementRecord,
    purpose: str | None,
    claims: dict[str, tuple[str, ...]],
    life: timedelta,
) -> tuple[str, str]:
    """A transfer of the agreement in STARTED; gives its id and its endpoint token."""
    id_ = clock.new_id()
    record = TransferProcess(
        id=id_,
        context="bureau",
        participant=node.parts.contexts.get("bureau").participant,
        role=Role.PROVIDER,
        peer=PEER,
        consumer_pid="urn:example:consumer-pid",
        provider_pid=id_,
        state=State.STARTED,
        peer_base="https://consumer.example/dsp",
        agreement_id=agreement.wire_id,
        dataset="air",
        format="HttpData-PULL",
        purpose=purpose,
        created=clock.now(),
        updated=clock.now(),
    )
    context = msgspec.structs.replace(node.parts.contexts.get("bureau"), token_ttl=life)
    async with node.parts.store.step("bureau") as step:
        await step.of(TRANSFERS).add(record)
        address = await grants.issue(
            step, context, record, agreement, claims=claims, now=clock.now(), until=None
        )
    return id_, address.authorization or ""


@pytest.fixture
def soon() -> Callable[[Awaitable[Any]], Awaitable[Any]]:
    """Waits for something that has to happen within a second."""

    async def within(work: Awaitable[Any]) -> Any:
        return await asyncio.wait_for(work, 1.0)

    return within
