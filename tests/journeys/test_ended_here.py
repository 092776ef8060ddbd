"""An agreement that a consumer's own node has ended opens nothing there, though nobody else has heard of it yet."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace
from tests.journeys.landing import transferred
from tests.nodes import Said, Site, World

from xinfu.errors import XinfuError
from xinfu.ports.records import AGREEMENTS, AgreementState
from xinfu.services.agreements import lifecycle
from xinfu.services.fetching.endpoint import place_of
from xinfu.services.fetching.fetch import fetch
from xinfu.services.memory.running import stop_topic

pytestmark = pytest.mark.asyncio(loop_scope="module")

LARGE = bytes(48 * 1024 * 1024)
"""More than all buffers between two nodes hold."""
STATES = pytest.mark.parametrize(
    ("state", "code"),
    [
        (AgreementState.TERMINATED, "agreement.terminated"),
        (AgreementState.SUSPENDED, "agreement.suspended"),
        (AgreementState.EXPIRED, "agreement.expired"),
    ],
)


async def ended_here(site: Site, id_: str, state: AgreementState) -> None:
    """The site's agreement has ended, and neither its transfers nor the other side have heard of it."""
    parts = site.node.parts
    async with parts.store.step(site.context.id) as step:
        record = await step.of(AGREEMENTS).lock(id_)
        changed = replace(record, state=state, epoch=record.epoch + 1)
        await step.of(AGREEMENTS).save(changed)
        step.publish(stop_topic(step.context, lifecycle.ended(changed), agreement=id_))
    lifecycle.stop_running(parts, changed)


async def uses_begun(world: World, transfer: dict[str, Any]) -> int:
    """How many uses the provider has recorded of a transfer."""
    async with world.provider.node.parts.store.view(world.provider.context.id) as view:
        found = await view.log.find(kind="use.begun", process=transfer["provider_pid"], limit=100)
    return len(found)


async def received(site: Site, transfer: dict[str, Any]) -> list[dict[str, Any]]:
    found = await site.get("/evidence/entries", process=transfer["id"], kind="data.received")
    return [each["entry"]["facts"] for each in found]


async def content(site: Site, transfer: dict[str, Any]) -> Said:
    return await site.api("GET", f"/transfers/{transfer['id']}/content")


@STATES
async def test_no_read_is_begun_though_the_address_still_opens(
    world: World, state: AgreementState, code: str
) -> None:
    transfer = await transferred(world, f"ended-{state}", content=b"a,b\n")
    ours = transfer["under"]["id"]
    place = await place_of(world.consumer.node.parts, world.consumer.context.id, transfer["id"])
    await ended_here(world.consumer, ours, state)
    said = await content(world.consumer, transfer)
    assert (said.status, said.code) == (403, code)
    said = await world.consumer.api("GET", f"/transfers/{transfer['id']}/files")
    assert (said.status, said.code) == (403, code)
    edr = f"{world.consumer.urls['management']}/management/v3/edrs/{transfer['id']}/dataaddress"
    said = await world.consumer.send("GET", edr, headers={"X-Api-Key": world.consumer.api_key})
    assert said.status >= 400
    assert (place.address.authorization or "") not in said.body.decode()
    assert await uses_begun(world, transfer) == 0
    at_provider = await world.provider.send("GET", place.url(), headers=place.headers)
    assert at_provider.status == 200, "the provider has not heard of it"


@STATES
async def test_a_read_that_runs_is_cut_at_once_and_its_reader_may_stand_still(
    world: World, state: AgreementState, code: str
) -> None:
    transfer = await transferred(world, f"running-{state}", content=LARGE)
    url = f"{world.consumer.urls['management']}/api/v1/transfers/{transfer['id']}/content"
    headers = {"X-Api-Key": world.consumer.api_key}
    async with (
        aiohttp.ClientSession(read_bufsize=2**14) as session,
        session.get(url, headers=headers) as answer,
    ):
        got = len(await answer.content.readexactly(2**14))
        await ended_here(world.consumer, transfer["under"]["id"], state)
        await until(lambda: not len(world.consumer.node.parts.running))
        with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientConnectionError)):
            async for piece in answer.content.iter_any():
                got += len(piece)
    assert got < len(LARGE)
    facts = (await received(world.consumer, transfer))[-1]
    assert facts["outcome"] == code
    assert facts["bytes"] < len(LARGE)
    await until(lambda: not len(world.provider.node.parts.running))


async def test_nothing_lands_and_what_lands_stops(world: World) -> None:
    transfer = await transferred(world, "ended-landing", content=LARGE, vault=True)
    await ended_here(world.consumer, transfer["under"]["id"], AgreementState.TERMINATED)
    said = await world.consumer.api("POST", "/vault", {"transfer": transfer["id"]})
    assert (said.status, said.code) == (403, "agreement.terminated")
    assert await uses_begun(world, transfer) == 0


async def test_a_stop_between_looking_and_reading_is_met(world: World) -> None:
    transfer = await transferred(world, "ended-between", content=LARGE)
    parts, context = world.consumer.node.parts, world.consumer.context.id
    with pytest.raises(XinfuError) as caught:
        async with fetch(parts, context, transfer["id"]) as incoming:
            await ended_here(world.consumer, transfer["under"]["id"], AgreementState.TERMINATED)
            async for _ in incoming.chunks():
                pytest.fail("a chunk after the end")
    assert caught.value.code == "agreement.terminated"
    assert (await received(world.consumer, transfer))[-1]["bytes"] == 0


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)
