"""Status lists of issuers: how often they are fetched, and what is kept when they are away."""

import asyncio

import pytest
from tests.identities.world import CHECKS, Issuer, World

from xinfu.credentials import StatusList, bit
from xinfu.identities.status_lists import StatusLists


@pytest.fixture
def statuses(world: World) -> StatusLists:
    return StatusLists(world.network, world.clock, CHECKS)


async def _find(world: World, statuses: StatusLists) -> StatusList | None:
    return await statuses.find(world.issuer.list_url, world.issuer.document)


async def test_a_list_is_fetched_once_a_minute(world: World, statuses: StatusLists) -> None:
    await _find(world, statuses)
    world.clock.advance(60)
    await _find(world, statuses)
    assert world.network.calls == [world.issuer.list_url]
    world.clock.advance(1)
    world.issuer.revoke(7)
    found = await _find(world, statuses)
    assert found is not None
    assert bit(found.bits, 7)
    assert len(world.network.calls) == 2


async def test_all_who_ask_at_once_share_one_fetch(world: World, statuses: StatusLists) -> None:
    world.network.gate.clear()
    tasks = [asyncio.create_task(_find(world, statuses)) for _ in range(50)]
    while not world.network.calls:
        await asyncio.sleep(0)
    world.network.gate.set()
    assert None not in await asyncio.gather(*tasks)
    assert world.network.calls == [world.issuer.list_url]


async def test_a_list_that_is_away_is_not_asked_for_at_every_message(
    world: World, statuses: StatusLists
) -> None:
    page = world.network.pages.pop(world.issuer.list_url)
    assert [await _find(world, statuses) for _ in range(5)] == [None] * 5
    assert len(world.network.calls) == 1
    world.network.pages[world.issuer.list_url] = page
    world.clock.advance(5)
    assert await _find(world, statuses) is not None


@pytest.mark.parametrize("page", [b"", b"<html>", b"\xff\xfe", b"a.b.c", b"x" * 2_000_000])
async def test_what_is_no_list_leaves_the_old_one_to_grow_stale(
    world: World, statuses: StatusLists, page: bytes
) -> None:
    first = await _find(world, statuses)
    world.network.pages[world.issuer.list_url] = page
    world.clock.advance(61)
    found = await _find(world, statuses)
    assert found == first
    assert found is not None
    assert not found.is_fresh(world.clock.now())


async def test_one_issuer_cannot_speak_for_another(world: World, statuses: StatusLists) -> None:
    mallory = Issuer("mallory", world.network, world.clock)
    assert await statuses.find(world.issuer.list_url, mallory.document) is None
    assert await _find(world, statuses) is not None
