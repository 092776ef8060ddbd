"""Live and ready: what each says, while the node runs, while its store is away, and after it is back."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.nodes import Site, World, site
from tests.stores.conftest import own_server
from tests.stores.postgres_server import Server

from xinfu.node.config import StoreTable
from xinfu.node.health import LAG_S, Health
from xinfu.node.timer import Timer
from xinfu.node.workers import Dispatcher, Sequencer

__all__ = ["own_server"]


async def probed(node: Site, path: str) -> tuple[int, Any]:
    said = await node.send("GET", f"{node.urls['management']}{path}")
    return said.status, said.json


def failing(body: Any) -> set[str]:
    """Which components are not well."""
    return {each["name"] for each in body["components"] if each["status"] != "ok"}


@pytest.mark.asyncio(loop_scope="module")
async def test_a_running_node_is_live_and_ready_without_a_key(world: World) -> None:
    assert await probed(world.provider, "/health/live") == (200, {"status": "ok"})
    status, body = await probed(world.provider, "/health/ready")
    assert (status, body["status"], failing(body)) == (200, "ok", set())
    assert [each["name"] for each in body["components"]] == [
        "store",
        "log",
        "dispatcher",
        "sequencer",
        "timer",
        "listeners",
    ]
    assert "provider" not in str(body)


@pytest.mark.asyncio(loop_scope="module")
async def test_only_the_management_listener_says_whether_it_is_ready(world: World) -> None:
    for listener in ("protocol", "data"):
        assert (
            await world.provider.send("GET", f"{world.provider.urls[listener]}/health/ready")
        ).status == 404


@pytest.mark.asyncio(loop_scope="module")
async def test_a_node_that_was_built_and_does_not_run_is_not_ready(world: World) -> None:
    parts = world.provider.node.parts
    sequencer = Sequencer(parts, world.provider.node.keys)
    looked = await Health(parts, Dispatcher(parts, "nobody"), sequencer, Timer(parts))()
    assert {each.name for each in looked if not each.is_well} == {
        "dispatcher",
        "sequencer",
        "timer",
        "listeners",
    }


@pytest.mark.asyncio(loop_scope="module")
async def test_evidence_that_waits_for_long_is_told(world: World) -> None:
    parts = world.provider.node.parts
    sequencer = Sequencer(parts, world.provider.node.keys)
    health = Health(parts, Dispatcher(parts, "nobody"), sequencer, Timer(parts))
    assert (await health())[1].is_well
    sequencer.told(frozenset({"log"}))
    assert (await health())[1].is_well
    sequencer._since_s = asyncio.get_running_loop().time() - LAG_S - 1
    lagging = (await health())[1]
    assert (lagging.name, lagging.is_well) == ("log", False)
    assert "waited" in str(lagging.failure)


async def test_a_node_that_lost_its_store_is_live_and_not_ready(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as session, site(tmp_path / "node", session) as node:
        await node.node.parts.store.close()
        assert (await probed(node, "/health/live"))[0] == 200
        status, body = await probed(node, "/health/ready")
        assert status == 503
        assert "store" in failing(body)
        assert all(each["detail"] and each["detail_zh"] for each in body["components"] if "detail" in each)
        for base in ("/management", "/api"):
            for probe in ("health", "readiness", "startup"):
                status, body = await probed(node, f"{base}/check/{probe}")
                assert (status, body["isSystemHealthy"]) == (503, False)
            status, body = await probed(node, f"{base}/check/liveness")
            assert (status, body["isSystemHealthy"]) == (200, True)


@pytest.mark.slow
async def test_readiness_follows_a_database_that_goes_away_and_comes_back(
    tmp_path: Path, own_server: Server
) -> None:
    url = await asyncio.to_thread(own_server.database)
    async with (
        aiohttp.ClientSession() as session,
        site(tmp_path / "node", session, store=StoreTable(url=url)) as node,
    ):
        assert (await probed(node, "/health/ready"))[0] == 200
        await asyncio.to_thread(own_server.stop, "immediate")
        status, body = await probed(node, "/health/ready")
        assert (status, "store" in failing(body)) == (503, True)
        assert (await probed(node, "/health/live"))[0] == 200
        await asyncio.to_thread(own_server.start)
        async with asyncio.timeout(90):
            while (await probed(node, "/health/ready"))[0] != 200:
                await asyncio.sleep(0.1)
        await node.publish("air")
