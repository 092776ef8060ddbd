"""A provider's data listener over HTTP, and a consumer with an endpoint token, without a second node."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.services.usage.conftest import NODE, PEER, SteppedClock, start_transfer

from xinfu import odrl
from xinfu.node.build import Node
from xinfu.node.clock import SystemClock
from xinfu.node.config import Config, load
from xinfu.node.run import run_node, urls
from xinfu.odrl import PolicyKind
from xinfu.ports.records import AgreementRecord
from xinfu.ports.sources import FileSource, FolderSource, Source
from xinfu.services.agreements import lifecycle
from xinfu.services.offering.assets import AssetForm
from xinfu.services.offering.publications import PublicationForm, publish
from xinfu.services.sources.secrets import save as keep
from xinfu.signers.keyring import create_master_key


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """A node that serves one dataset under one agreement."""

    node: Node
    agreement: AgreementRecord
    folder: Path
    data_url: str

    async def token(self) -> tuple[str, str]:
        """A fresh transfer of the agreement: the address of its file, and its token."""
        clock = SteppedClock()
        clock.at = SystemClock().now()
        life = timedelta(hours=1)
        transfer, token = await start_transfer(self.node, clock, self.agreement, None, {}, life)
        return f"{self.data_url}/data/bureau/transfers/{transfer}", token


Offer = Callable[..., Awaitable[Listening]]


@pytest.fixture
async def offer(tmp_path: Path) -> AsyncIterator[Offer]:
    """Serves a source under an open policy; a running node of its own, in the test's folder."""
    async with AsyncExitStack() as stack:

        async def start(
            source: Source,
            *constraints: dict[str, object],
            times: int | None = None,
            more: str = "",
            **secrets: str,
        ) -> Listening:
            node = await stack.enter_async_context(run_node(configured(tmp_path, more)))
            for name, value in secrets.items():
                await keep(node.parts, "bureau", name, value)
            return await offered(node, tmp_path, source, times, *constraints)

        yield start


def configured(folder: Path, more: str = "", *, data: str = ".") -> Config:
    """The config of a provider in this folder, with its keys; it publishes from below `data`."""
    create_master_key(folder / "master.key")
    (folder / "api.key").write_text("k" * 32)
    (folder / "api.key").chmod(0o600)
    (folder / "node.toml").write_text(NODE.format(folder=data) + more)
    return load(folder / "node.toml", {})


async def agreed(node: Node, policy: dict[str, Any], name: str = "air") -> AgreementRecord:
    """An agreement on a dataset under a policy, as if it had been negotiated."""
    terms = msgspec.structs.replace(odrl.read(policy, kind=PolicyKind.AGREEMENT), target=name, assignee=PEER)
    return await lifecycle.take_over(
        node.parts,
        "bureau",
        wire_id=f"urn:example:agreement:{name}",
        peer=PEER,
        dataset=name,
        role="provider",
        policy=terms,
    )


async def offered(
    node: Node,
    folder: Path,
    source: Source,
    times: int | None,
    *constraints: dict[str, object],
    name: str = "air",
) -> Listening:
    """Publish a source under an open policy, or one of so many uses or other constraints; with an agreement on it."""
    limit = {"leftOperand": "count", "operator": "lteq", "rightOperand": times}
    limits = [*constraints] if times is None else [*constraints, limit]
    rule: dict[str, object] = {"action": "use"} | ({"constraint": limits} if limits else {})
    policy = {"permission": [rule]}
    form = AssetForm(id=name, source=source, media_type="text/csv")
    await publish(node.parts, "bureau", PublicationForm(asset=form, policy=policy))
    agreement = await agreed(node, policy, name)
    return Listening(node=node, agreement=agreement, folder=folder, data_url=urls(node)["data"])


@pytest.fixture
def serve(tmp_path: Path, offer: Offer) -> Callable[..., Awaitable[Listening]]:
    """Serves a file or folder of the test's folder under an open policy."""

    async def start(
        name: str, kind: type[FileSource | FolderSource] = FileSource, *, more: str = ""
    ) -> Listening:
        return await offer(kind(path=str(tmp_path / name)), more=more)

    return start
