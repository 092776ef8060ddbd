"""Evidence logs are compared with every message: one that was set back or forked is found by its peers."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
import pytest_asyncio
from msgspec.structs import replace
from tests.nodes import Site, configured, site
from tests.stranger import urn

from xinfu.evidence import Checkpoint, NoteKey
from xinfu.node.config import Config, Listener, ListenTable
from xinfu.node.run import run_node
from xinfu.services.background.peer_logs import ask, ask_all

pytestmark = pytest.mark.asyncio(loop_scope="module")


def listener() -> Listener:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return Listener(host="127.0.0.1", port=port, public_url=f"http://localhost:{port}")


class Desk:
    """A provider that runs throughout, and a consumer whose store a test sets back.

    Attributes:
        clock: of both, so that a minute can pass.
    """

    def __init__(self, folder: Path, provider: Site, session: aiohttp.ClientSession) -> None:
        self.provider = provider
        self.session = session
        self.folder = folder
        self.clock = provider.clock
        config, self.key = configured(folder)
        at = {"protocol": listener(), "data": listener(), "management": Listener(host="127.0.0.1", port=0)}
        self.config: Config = replace(config, listen=ListenTable(**at))

    @asynccontextmanager
    async def consumer(self) -> AsyncIterator[Site]:
        """The consumer, running on its store as it lies there."""
        async with run_node(self.config, clock=self.clock) as node:
            yield Site(node, self.folder, self.key, self.clock, self.session)

    def copy(self) -> Path:
        """Its whole folder, as it lies there; nobody runs on it."""
        kept = self.folder.with_name(f"{self.folder.name}-{urn()[-6:]}")
        shutil.copytree(self.folder, kept)
        return kept

    def restore(self, kept: Path) -> None:
        shutil.rmtree(self.folder)
        shutil.copytree(kept, self.folder)

    def passes(self, seconds: float) -> None:
        """Time goes on."""
        self.clock.moved += timedelta(seconds=seconds)


@pytest_asyncio.fixture(loop_scope="module")
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        provider = await stack.enter_async_context(site(tmp_path / "provider", session))
        yield Desk(tmp_path / "consumer", provider, session)


async def agree(desk: Desk, consumer: Site) -> None:
    """One negotiation to its end, and what a node does when its log has rested after that: it tells its peers."""
    dataset = urn()
    await desk.provider.publish(dataset)
    form = {"participant": desk.provider.did, "dataset": dataset}
    opened = await consumer.post("/negotiations", form)
    done = await consumer.reaches("negotiations", opened["id"], "FINALIZED")
    await desk.provider.reaches("negotiations", done["provider_pid"], "FINALIZED")
    for each in (consumer, desk.provider):
        await each.numbered()
        each.node.parts.heads.forget()
    await ask_all(consumer.node.parts, consumer.context.id)


async def contradictions(site: Site) -> list[dict[str, Any]]:
    await site.numbered()
    found = await site.get("/evidence/entries", kind="log.contradicted")
    return [each["entry"] for each in found]


async def test_each_side_keeps_the_newest_head_of_the_other(desk: Desk) -> None:
    async with desk.consumer() as consumer:
        await agree(desk, consumer)
        for ours, theirs in ((consumer, desk.provider), (desk.provider, consumer)):
            await ask(ours.node.parts, ours.context.id, theirs.did)
            async with ours.node.parts.store.view(ours.context.id) as view:
                (kept,) = await view.peer_logs.heads(theirs.did)
            async with theirs.node.parts.store.view(theirs.context.id) as view:
                assert kept.note == await view.log.checkpoint()
        assert await contradictions(consumer) == await contradictions(desk.provider) == []


async def test_a_store_that_was_set_back_is_found_by_the_next_answer(desk: Desk) -> None:
    async with desk.consumer() as consumer:
        await agree(desk, consumer)
    kept = desk.copy()
    async with desk.consumer() as consumer:
        await agree(desk, consumer)
    desk.restore(kept)
    desk.passes(120)
    async with desk.consumer() as consumer:
        await refused(desk, consumer, "peer.log-shorter")
        found, *_ = await contradictions(desk.provider)
        assert (found["peer"], found["facts"]["found"]) == (consumer.did, "shorter")
        assert size(found["facts"]["seen"]) < size(found["facts"]["kept"])


async def test_a_node_on_an_older_store_learns_it_at_its_start(desk: Desk) -> None:
    async with desk.consumer() as consumer:
        await agree(desk, consumer)
    kept = desk.copy()
    async with desk.consumer() as consumer:
        await agree(desk, consumer)
    desk.restore(kept)
    desk.passes(120)
    async with desk.consumer() as consumer:
        await first_round(consumer)
        found, *_ = await contradictions(consumer)
        assert (found["peer"], found["facts"]["found"]) == (desk.provider.did, "older")
        told = {each["code"]: each for each in (await consumer.get("/doctor"))["findings"]}
        assert told["log.older-than-peers"]["grade"] == "fault"
        theirs, *_ = await contradictions(desk.provider)
        assert theirs["facts"]["found"] == "shorter"


async def test_a_store_that_is_set_right_again_goes_on(desk: Desk) -> None:
    async with desk.consumer() as consumer:
        await agree(desk, consumer)
    kept = desk.copy()
    async with desk.consumer() as consumer:
        await agree(desk, consumer)
    newest = desk.copy()
    desk.restore(kept)
    desk.passes(120)
    async with desk.consumer() as consumer:
        await refused(desk, consumer, "peer.log-shorter")
    desk.restore(newest)
    async with desk.consumer() as consumer:
        await agree(desk, consumer)
        await first_round(consumer)
        told = {each["code"] for each in (await consumer.get("/doctor"))["findings"]}
        assert "log.consistent" in told


async def test_a_fork_is_refused_however_long_it_grows(desk: Desk) -> None:
    async with desk.consumer() as consumer:
        await agree(desk, consumer)
    kept = desk.copy()
    async with desk.consumer() as consumer:
        await agree(desk, consumer)
    desk.restore(kept)
    async with desk.consumer() as consumer:
        await outgrow(desk, consumer)
        desk.passes(120)
        await ask(desk.provider.node.parts, desk.provider.context.id, consumer.did)
        found = (await contradictions(desk.provider))[-1]
        assert (found["peer"], found["facts"]["found"]) == (consumer.did, "rewritten")
        await refused(desk, consumer, "peer.log-rewritten")
        told = {each["code"]: each for each in (await desk.provider.get("/doctor"))["findings"]}
        assert consumer.did in told["log.peer-contradicts"]["en"]
        accepted = await desk.provider.post(
            f"/participants/{quote(consumer.did, safe='')}/log/accept", {"reason": "x"}
        )
        assert (accepted["participant"], accepted["fault"]) == (consumer.did, "rewritten")
        await agree(desk, consumer)
        (entry,) = await desk.provider.get("/evidence/entries", kind="log.accepted")
        assert entry["entry"]["facts"]["reason"] == "x"


async def test_two_heads_of_one_size_are_refused_at_once(desk: Desk) -> None:
    async with desk.consumer() as consumer:
        await agree(desk, consumer)
        parts = desk.provider.node.parts
        async with parts.store.step(desk.provider.context.id) as step:
            kept = await step.peer_logs.newest(consumer.did)
            assert kept is not None
        async with consumer.node.parts.store.view(consumer.context.id) as view:
            note = await view.log.checkpoint()
        assert note is not None
        same = forked(consumer, size(note))
        async with parts.store.step(desk.provider.context.id) as step:
            await step.peer_logs.forget(consumer.did, below=10**9)
            await step.peer_logs.keep(consumer.did, replace(kept, size=size(note), note=same))
        parts.heads.forget()
        await refused(desk, consumer, "peer.log-forked")
        (found,) = await contradictions(desk.provider)
        assert found["facts"] == {"found": "forked", "kept": same, "seen": note}


def size(note: str) -> int:
    return int(note.splitlines()[1])


def forked(site: Site, size: int) -> str:
    """Another head of this size, by the site's own log key."""
    head = Checkpoint.of(site.did, size, b"\x07" * 32, site.clock.now())
    signer = site.node.keys.log_signer(site.context.id)
    return head.signed(NoteKey.from_jwk(site.did, signer.public_jwk()), signer.sign(head.text().encode()))


async def first_round(site: Site) -> None:
    """Once the node has asked all its peers."""
    async with asyncio.timeout(20):
        while not site.node.witness.rounds:
            await asyncio.sleep(0.01)
    await site.numbered()


async def outgrow(desk: Desk, consumer: Site) -> None:
    """Let the consumer's log pass the head that the provider holds, without a word to it."""
    async with desk.provider.node.parts.store.view(desk.provider.context.id) as view:
        held = await view.peer_logs.newest(consumer.did)
    assert held is not None
    while True:
        await consumer.numbered()
        async with consumer.node.parts.store.view(consumer.context.id) as view:
            note = await view.log.checkpoint()
        if note is not None and size(note) > held.size:
            return
        await consumer.publish(urn())


async def refused(desk: Desk, consumer: Site, code: str) -> None:
    """The provider takes no message of the consumer's."""
    dataset = urn()
    await desk.provider.publish(dataset)
    said = await consumer.api("POST", "/negotiations", {"participant": desk.provider.did, "dataset": dataset})
    assert code in said.body.decode(), said
