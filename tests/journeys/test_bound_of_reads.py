"""The bound on the reads of one participant holds over every way in which data leaves its node."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import pytest
from tests.dataplanes.api import Api, Spring, telling
from tests.dataplanes.api import Said as Request
from tests.journeys.landing import again, land, landed, read, transferred
from tests.journeys.test_pushing import pushed
from tests.nodes import OPEN, Said, Site, World

from xinfu.services.fetching.endpoint import place_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

LARGE = bytes(48 * 1024 * 1024)
"""More than all buffers between two nodes hold."""
SMALL = b"station,value\n"


@asynccontextmanager
async def bounded(site: Site, reads: int) -> AsyncIterator[None]:
    """The site's participant may have so many reads at once."""
    await limit(site, reads)
    try:
        yield
    finally:
        await limit(site, None)


async def limit(site: Site, reads: int | None) -> None:
    said = await site.api("PATCH", f"/contexts/{site.context.id}", {"limits": {"reads": reads}})
    assert said.status == 200, said


@asynccontextmanager
async def standing(url: str, **headers: str) -> AsyncIterator[None]:
    """A read that has begun and goes no further until the block ends."""
    async with (
        aiohttp.ClientSession(read_bufsize=2**14) as session,
        session.get(url, headers=headers) as answer,
    ):
        assert answer.status == 200
        await answer.content.readexactly(2**14)
        yield


@asynccontextmanager
async def begun(url: str, method: str, **headers: str) -> AsyncIterator[int]:
    """The status of a read that goes no further until the block ends."""
    async with (
        aiohttp.ClientSession(read_bufsize=2**14) as session,
        session.request(method, url, headers=headers) as answer,
    ):
        yield answer.status


async def idle(site: Site) -> None:
    """Wait until no read runs at the site."""
    async with asyncio.timeout(20):
        while len(site.node.parts.running):
            await asyncio.sleep(0.01)


async def address(world: World, transfer: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Where the provider serves a transfer, and the headers that open it."""
    place = await place_of(world.consumer.node.parts, world.consumer.context.id, transfer["id"])
    return place.url(), place.headers


async def file_standing(world: World, name: str) -> tuple[str, dict[str, str]]:
    return await address(world, await transferred(world, name, content=LARGE))


async def live_of(world: World, name: str, url: str) -> tuple[str, dict[str, str]]:
    source = {"kind": "http", "url": url, "passes": {"methods": ["GET", "POST"], "body": True}}
    asset = {"id": name, "source": source}
    await world.provider.post("/publications", {"asset": asset, "policy": OPEN})
    return await address(world, await again(world, await world.agree(name)))


async def got(world: World, at: tuple[str, dict[str, str]], method: str = "GET") -> Said:
    return await world.provider.send(method, at[0], headers=at[1])


async def test_a_read_of_a_file_that_runs_leaves_no_room_for_another_of_any_source(world: World) -> None:
    async with Api(telling("200 OK", b"it")).open() as api:
        large, small = (
            await file_standing(world, "bound-file"),
            await address(world, await transferred(world, "bound-small", content=SMALL)),
        )
        live = await live_of(world, "bound-live", api.url)
        async with bounded(world.provider, 1):
            async with standing(large[0], **large[1]):
                for each in (small, live, large):
                    said = await got(world, each)
                    assert (said.status, said.code) == (429, "context.full")
                said = await got(world, live, "POST")
                assert (said.status, said.code) == (429, "context.full")
                assert api.said == []
            await idle(world.provider)
            assert (await got(world, live)).body == b"it"
            await idle(world.provider)
            assert (await got(world, small)).body == SMALL


async def test_a_live_read_that_runs_leaves_no_room_for_a_file(world: World) -> None:
    async with Api(Spring()).open() as api:
        small = await address(world, await transferred(world, "bound-beside-live", content=SMALL))
        live = await live_of(world, "bound-spring", api.url)
        async with bounded(world.provider, 1):
            async with standing(live[0], **live[1]):
                said = await got(world, small)
                assert (said.status, said.code) == (429, "context.full")
            await idle(world.provider)
            assert (await got(world, small)).body == SMALL


async def test_of_many_live_reads_at_once_so_many_run_as_may(world: World) -> None:
    running = world.provider.node.parts.running
    async with Api(Spring()).open() as api:
        live = await live_of(world, "bound-parallel", api.url)
        async with bounded(world.provider, 2), AsyncExitStack() as stack:
            tried = await asyncio.gather(
                *(
                    stack.enter_async_context(begun(live[0], method, **live[1]))
                    for method in ("GET", "POST") * 4
                )
            )
            assert sorted(tried) == [200] * 2 + [429] * 6
            assert len(running) == 2


async def test_reads_that_share_a_use_are_bounded_like_others_and_their_use_takes_no_room(
    world: World,
) -> None:
    small = await address(world, await transferred(world, "bound-series", content=SMALL))
    large = await file_standing(world, "bound-beside-series")
    for _ in range(3):
        assert (await got(world, small)).body == SMALL
    async with bounded(world.provider, 1), standing(large[0], **large[1]):  # the shared use still lives
        said = await got(world, small)
        assert (said.status, said.code) == (429, "context.full")


async def test_a_push_that_finds_no_room_waits_for_it(world: World) -> None:
    transfer = await transferred(world, "bound-push", content=LARGE)
    large = await address(world, transfer)
    async with Api(telling("200 OK", b"")).open() as sink:
        async with bounded(world.provider, 1):
            async with standing(large[0], **large[1]):
                begun = await pushed(world, transfer["under"]["id"], sink.url)
                started = await world.consumer.reaches("transfers", begun["id"], "STARTED")
                await tried(world.provider, started["provider_pid"])
                assert sink.said == []
            await world.consumer.reaches("transfers", begun["id"], "COMPLETED")
        assert [len(said.body) for said in sink.said] == [len(LARGE)]


async def tried(site: Site, transfer: str) -> None:
    """Wait until the push of a transfer was tried once, and put off."""
    async with asyncio.timeout(20):
        while True:
            async with site.node.parts.store.view(site.context.id) as view:
                rows = await view.outbox.of(f"push:{transfer}")
            if any(row.attempts for row in rows):
                return
            await asyncio.sleep(0.02)


async def test_a_push_that_runs_leaves_no_room_for_a_read(world: World) -> None:
    transfer = await transferred(world, "bound-pushing", content=LARGE)
    small = await address(world, await transferred(world, "bound-beside-push", content=SMALL))
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def talk(said: Request, writer: asyncio.StreamWriter) -> None:
        begun.set()
        await go_on.wait()
        await telling("200 OK", b"")(said, writer)

    async with Api(talk).open() as sink, bounded(world.provider, 1):
        pushing = await pushed(world, transfer["under"]["id"], sink.url)
        await asyncio.wait_for(begun.wait(), 20)
        said = await got(world, small)
        assert (said.status, said.code) == (429, "context.full")
        go_on.set()
        await world.consumer.reaches("transfers", pushing["id"], "COMPLETED")


async def test_reads_in_the_vault_are_bounded_and_what_lands_takes_no_room(world: World) -> None:
    object_ = await landed(world, "bound-vault", content=LARGE)
    waiting = await transferred(world, "bound-landing", content=SMALL)
    url = f"{world.consumer.urls['management']}/api/v1/vault/{object_['id']}/content"
    async with bounded(world.consumer, 1):
        async with standing(url, **{"X-Api-Key": world.consumer.api_key}):
            said = await read(world, object_)
            assert (said.status, said.code) == (429, "context.full")
            await land(world, waiting)
        await idle(world.consumer)
        assert (await read(world, object_, range="bytes=0-9")).status == 206
