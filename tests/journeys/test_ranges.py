"""Ranges through a consumer's node: the parts of one read are one use, though each is checked by whole chunks."""

import asyncio
import random
from itertools import pairwise
from typing import Any

import pytest
from tests.journeys.landing import transferred
from tests.nodes import Said, World, rule

from xinfu.ports.records import GRANTS

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 1 << 20
SMALL = random.Random(3).randbytes(300_000)
LARGE = random.Random(4).randbytes(5 * MIB + 333)


def times(limit: int) -> Any:
    return rule("count", "lteq", str(limit))


async def part(world: World, transfer: dict[str, Any], start: int, end: int) -> Said:
    """Bytes `start` to `end` (excluded), as a reader of the consumer's node asks for them."""
    site = world.consumer
    url = f"{site.urls['management']}/api/v1/transfers/{transfer['id']}/content"
    headers = {"X-Api-Key": site.api_key, "Range": f"bytes={start}-{end - 1}"}
    return await site.send("GET", url, headers=headers)


async def in_parts(world: World, transfer: dict[str, Any], size: int, parts: int) -> list[Said]:
    """All bytes, in so many ranges at once, whose borders lie within chunks."""
    borders = [size * number // parts for number in range(parts + 1)]
    return list(
        await asyncio.gather(*(part(world, transfer, start, end) for start, end in pairwise(borders)))
    )


async def handed_out(world: World, transfer: dict[str, Any], reads: int) -> int:
    """Bytes that the provider counted, once it has recorded at least so many reads."""
    site = world.provider
    async with asyncio.timeout(20):
        while len(site.node.parts.running):
            await asyncio.sleep(0.01)
    async with site.node.parts.store.view(site.context.id) as view:
        found = await view.log.find(kind="use", process=transfer["provider_pid"], limit=100)
        grants = await view.of(GRANTS).find(GRANTS.transfer.equals(transfer["provider_pid"]), limit=10)
    assert len(found) >= reads
    return int(max(grant.uses for grant in grants))


@pytest.mark.parametrize(("name", "content"), [("small", SMALL), ("large", LARGE)])
async def test_four_parts_at_once_are_one_use(world: World, name: str, content: bytes) -> None:
    transfer = await transferred(world, f"parts-{name}", times(1), content=content)
    said = await in_parts(world, transfer, len(content), 4)
    assert [each.status for each in said] == [206] * 4
    assert b"".join(each.body for each in said) == content
    assert await handed_out(world, transfer, 1) == 1
    again = await part(world, transfer, 0, 10)
    assert (again.status, again.code) == (403, "count.exhausted")


async def test_parts_one_after_the_other_are_one_use(world: World) -> None:
    transfer = await transferred(world, "parts-in-order", times(3), content=SMALL)
    got = b""
    for start in range(0, len(SMALL), 75_000):
        got += (await part(world, transfer, start, start + 75_000)).body
    assert got == SMALL
    assert await handed_out(world, transfer, 1) == 1


async def test_nobody_reads_more_than_was_counted(world: World) -> None:
    transfer = await transferred(world, "parts-again", times(2), content=SMALL)
    for _ in range(2):
        said = await in_parts(world, transfer, len(SMALL), 3)
        assert b"".join(each.body for each in said) == SMALL
    assert await handed_out(world, transfer, 2) == 2
    refused = await in_parts(world, transfer, len(SMALL), 3)
    assert {(each.status, each.code) for each in refused} == {(403, "count.exhausted")}


async def test_the_same_small_range_again_and_again_pays_for_its_bytes(world: World) -> None:
    transfer = await transferred(world, "parts-small", times(1), content=SMALL)
    for _ in range(30):
        said = await part(world, transfer, 5_000, 15_000)
        assert (said.status, said.body) == (206, SMALL[5_000:15_000])
    said = await part(world, transfer, 5_000, 15_000)
    assert (said.status, said.code) == (403, "count.exhausted")


async def test_what_is_spare_opens_nothing_once_the_provider_has_ended_it(world: World) -> None:
    transfer = await transferred(world, "parts-ended", times(5), content=SMALL)
    assert (await part(world, transfer, 0, 10)).status == 206
    theirs = (await world.provider.get("/agreements", dataset="parts-ended"))["items"][0]["id"]
    await world.provider.post(f"/agreements/{theirs}/terminate", {"clause": "7.2", "reason": "over"})
    said = await part(world, transfer, 10, 20)
    assert said.status in {403, 409}
