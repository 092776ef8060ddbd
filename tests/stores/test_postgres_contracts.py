"""Contracts on PostgreSQL at all three sides, many at once: numbered, signed, filed and reported without a person."""

import asyncio
from pathlib import Path

import pytest
from tests.contracting import contracting, drafts, reaches, recorded
from tests.nodes import Site, World
from tests.stores.postgres_server import Server

from xinfu.node.config import StoreTable

pytestmark = pytest.mark.slow

AT_ONCE = 8


async def concluded(world: World) -> tuple[str, str]:
    """An agreement whose contract all of them carry out; our ids of it."""
    ours, theirs = await drafts(world)
    await reaches(world.provider, ours, "05")
    await reaches(world.consumer, theirs, "05")
    return ours, theirs


async def used(world: World, ours: str, theirs: str) -> None:
    """One use, of which the provider hears; then a suspension, of which the consumer does."""
    wire = (await world.consumer.get(f"/contracts/{theirs}"))["agreement"]
    (agreement,) = (await world.consumer.get("/agreements", wire_id=wire))["items"]
    moved = await world.consumer.post("/transfers", {"agreement": agreement["id"]})
    await world.consumer.reaches("transfers", moved["id"], "STARTED")
    assert (await world.consumer.api("GET", f"/transfers/{moved['id']}/content")).status == 200
    (facts,) = await recorded(world.provider, ours, "usage.feedback")
    assert facts["result"] == "allowed"
    (there,) = (await world.provider.get("/agreements", wire_id=wire))["items"]
    await world.provider.post(f"/agreements/{there['id']}/suspend", {"reason": "维护"})
    await recorded(world.consumer, theirs, "usage.stopped")


async def amended(platform: Site, world: World, ours: str) -> None:
    """A supplement that both sign and the platform files."""
    made = await world.provider.post(f"/contracts/{ours}/amend", {"terms": ["金额更正。"]})
    await world.provider.post(f"/contracts/{made['id']}/sign")
    await world.consumer.get(f"/contracts/{made['number']}", until="02", wait=30)
    await world.consumer.post(f"/contracts/{made['number']}/sign")
    await reaches(world.provider, made["id"], "05")
    assert len(await world.consumer.get(f"/contracts/{made['number']}/chain")) == 2
    kept = (await platform.get("/contracts", amends=made["amends"]))["items"]
    assert [each["number"] for each in kept] == [made["number"]]


async def test_many_contracts_go_their_way_at_once(server: Server, tmp_path: Path) -> None:
    stores = {
        name: StoreTable(url=await asyncio.to_thread(server.bare), connections=4)
        for name in ("platform", "provider", "consumer")
    }
    async with contracting(tmp_path, stores=stores) as (platform, world):
        await world.provider.put("/answers/begin", {"on": "agreement-concluded", "do": ["sign"]})
        await world.provider.put("/answers/file", {"on": "contract-signed", "do": ["file"]})
        await world.consumer.put("/answers/sign", {"on": "contract-received", "do": ["sign"]})
        made = await asyncio.gather(*(concluded(world) for _ in range(AT_ONCE)))
        await asyncio.gather(*(amended(platform, world, ours) for ours, _ in made))
        await asyncio.gather(*(used(world, *each) for each in made))
        numbers = {(await world.provider.get(f"/contracts/{ours}"))["number"] for ours, _ in made}
        assert len(numbers) == AT_ONCE
