"""Evidence logs are compared as on SQLite where both sides are two workers on one PostgreSQL database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from msgspec.structs import replace
from tests.journeys.test_log_heads import Desk, agree, contradictions, first_round, outgrow, refused, size
from tests.nodes import MovedClock, Site, configured
from tests.stores.postgres_server import Server
from tests.stores.test_postgres_nodes import _elsewhere, _listener, _on
from tests.stranger import urn

from xinfu.node.config import Config, StoreTable
from xinfu.node.run import run_node
from xinfu.services.background.peer_logs import ask

pytestmark = pytest.mark.slow


class Bench(Desk):
    """As a desk, but both sides are two workers on a database of their own.

    Attributes:
        others: the second workers of the provider and, while it runs, of the consumer.
    """

    def __init__(
        self, folder: Path, provider: list[Site], session: aiohttp.ClientSession, server: Server, url: str
    ) -> None:
        super().__init__(folder, provider[0], session)
        self.server = server
        self.others = [provider[1]]
        self.config = on(self.config, url)

    @asynccontextmanager
    async def consumer(self) -> AsyncIterator[Site]:
        """Both workers of the consumer; the first is handed out."""
        async with workers(self.config, self.key, self.clock, self.session) as found:
            self.others.append(found[1])
            yield found[0]
            self.others.remove(found[1])

    async def copied(self) -> str:
        """A copy of the consumer's database, where nobody runs on it."""
        name = str(self.config.store.url).partition("@/")[2].partition("?")[0]
        return await asyncio.to_thread(self.server.copy, name)

    @asynccontextmanager
    async def twin(self, url: str) -> AsyncIterator[Site]:
        """A second live node of the consumer: its keys and its name, on a copy of its database."""
        config = on(
            self.config, url, protocol=_elsewhere(self.config.listen.protocol), data=_elsewhere(_listener())
        )
        async with run_node(config, clock=self.clock) as node:
            yield Site(node, self.folder, self.key, self.clock, self.session)


def on(config: Config, url: str, **listeners: object) -> Config:
    """The config on this database."""
    listen = replace(config.listen, **listeners)
    return replace(config, store=StoreTable(url=url, connections=4), listen=listen)


@asynccontextmanager
async def workers(
    config: Config, key: str, clock: MovedClock, session: aiohttp.ClientSession
) -> AsyncIterator[list[Site]]:
    """Two workers of one node; the first has the ports that others know."""
    second = _on(config, _elsewhere(config.listen.protocol), _elsewhere(config.listen.data))
    async with AsyncExitStack() as stack:
        nodes = [await stack.enter_async_context(run_node(each, clock=clock)) for each in (config, second)]
        yield [Site(node, Path(config.folder), key, clock, session) for node in nodes]


@pytest.fixture
async def bench(tmp_path: Path, server: Server) -> AsyncIterator[Bench]:
    urls = [await asyncio.to_thread(server.bare) for _ in range(2)]
    config, key = configured(tmp_path / "provider", store=StoreTable(url=urls[0], connections=4))
    config = _on(config, _listener(), _listener())
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        provider = await stack.enter_async_context(workers(config, key, MovedClock(), session))
        yield Bench(tmp_path / "consumer", provider, session, server, urls[1])


async def set_back(bench: Bench) -> None:
    """Let both sides agree twice, and put the consumer's database back to where it was between the two."""
    async with bench.consumer() as consumer:
        await agree(bench, consumer)
    older = await bench.copied()
    async with bench.consumer() as consumer:
        await agree(bench, consumer)
    bench.config = on(bench.config, older)
    bench.passes(120)


async def test_a_database_that_was_set_back_is_found_by_the_next_message_of_either_worker(
    bench: Bench,
) -> None:
    await set_back(bench)
    async with bench.consumer() as consumer:
        for worker in (consumer, bench.others[-1]):
            await refused(bench, worker, "peer.log-shorter")
        found, *_ = await contradictions(bench.provider)
        assert (found["peer"], found["facts"]["found"]) == (consumer.did, "shorter")
        assert size(found["facts"]["seen"]) < size(found["facts"]["kept"])


async def test_a_node_on_an_older_database_learns_it_at_its_start(bench: Bench) -> None:
    await set_back(bench)
    async with bench.consumer() as consumer:
        await first_round(consumer)
        found, *_ = await contradictions(consumer)
        assert (found["peer"], found["facts"]["found"]) == (bench.provider.did, "older")
        for worker in (consumer, bench.others[-1]):
            told = {each["code"]: each for each in (await worker.get("/doctor"))["findings"]}
            assert told["log.older-than-peers"]["grade"] == "fault"


async def test_two_live_copies_of_one_node_are_found(bench: Bench) -> None:
    async with bench.consumer() as consumer:
        await agree(bench, consumer)
    copy = await bench.copied()
    async with bench.consumer() as consumer, bench.twin(copy) as twin:
        await agree(bench, consumer)
        bench.passes(1)
        await twin.publish(urn())
        await twin.numbered()
        await refused(bench, twin, "peer.log-shorter")
        await outgrow(bench, twin)  # the provider takes the longer one until it asks, and then neither
        bench.passes(2)
        twin.node.parts.heads.forget()
        opened = await twin.api("POST", "/negotiations", await wanted(bench))
        assert opened.status < 300, opened
        await outgrow(bench, consumer)
        await ask(bench.provider.node.parts, bench.provider.context.id, consumer.did)
        assert (await contradictions(bench.provider))[-1]["facts"]["found"] == "rewritten"
        for each in (consumer, twin):
            await refused(bench, each, "peer.log-rewritten")
        told = {each["code"]: each for each in (await bench.others[0].get("/doctor"))["findings"]}
        assert consumer.did in told["log.peer-contradicts"]["en"]


async def wanted(bench: Bench) -> dict[str, str]:
    """A request for a fresh offer of the provider."""
    dataset = urn()
    await bench.provider.publish(dataset)
    return {"participant": bench.provider.did, "dataset": dataset}
