"""Two participants and the operator of their space: real nodes on free loopback ports, in this process."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest_asyncio

from xinfu.client import Node, connect
from xinfu.node.config import Config, ContextTable, DataTable, Listener, ListenTable, Trust, TrustedIssuer
from xinfu.node.run import run_node, urls
from xinfu.signers.keyring import create_master_key

KEY = "k" * 32


class Two(NamedTuple):
    """A provider and a consumer that know each other as `provider` and `consumer`, both members."""

    provider: Node
    consumer: Node
    folder: Path
    """Where the provider may publish from."""


@asynccontextmanager
async def node(folder: Path, name: str, *, issuer: bool = False, trusts: str = "") -> AsyncIterator[Node]:
    """A development node with a did:web of its own."""
    folder.mkdir()
    create_master_key(folder / "master.key")
    (folder / "api.key").touch(mode=0o600)
    (folder / "api.key").write_text(KEY)
    anywhere = Listener(port=0)
    config = Config(
        development=True,
        folder=str(folder),
        listen=ListenTable(management=anywhere, protocol=anywhere, data=anywhere),
        contexts=(ContextTable(id=name, name_en=name, name_zh=name, grade=1),),
        data=DataTable(folders=(str(folder),)),
        issuer=issuer,
        trust=Trust(issuers=(TrustedIssuer(did=trusts),) if trusts else ()),
    )
    async with run_node(config) as made, connect(urls(made)["management"], KEY) as client:
        yield client


async def did(node: Node) -> str:
    """Who a node is."""
    return (await node.about()).contexts[0].participant


@pytest_asyncio.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    async with AsyncExitStack() as stack:
        operator = await stack.enter_async_context(node(tmp_path / "operator", "operator", issuer=True))
        issuer = await did(operator)
        provider = await stack.enter_async_context(node(tmp_path / "provider", "provider", trusts=issuer))
        consumer = await stack.enter_async_context(node(tmp_path / "consumer", "consumer", trusts=issuer))
        for member in (provider, consumer):
            issued = await operator.credentials.issue(await did(member), claims={"memberOf": "space"})
            await member.credentials.hold(issued.jwt)
        await consumer.participants.set("provider", await did(provider))
        await provider.participants.set("consumer", await did(consumer))
        yield Two(provider, consumer, tmp_path / "provider")
