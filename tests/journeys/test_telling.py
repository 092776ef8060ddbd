"""What tells something exact of bytes counts as handing them out: an attack with the consumer's own token, on running nodes."""

import hashlib
import random
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from tests.journeys.landing import again
from tests.nodes import Said, World, rule

from xinfu.evidence import Manifest
from xinfu.ports.dataplane import LISTING, MANIFEST
from xinfu.services.fetching.endpoint import place_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

PEOPLE = [f"n{number}" for number in range(50)]
TWICE = rule("count", "lteq", "2")
QUERY = "SELECT salary FROM staff WHERE name = :name"
OVER = "SELECT name FROM staff WHERE name = :name AND salary > 50000"


class Payroll(msgspec.Struct, frozen=True):
    """The consumer's way to a query about one person, and the true answers.

    Attributes:
        url, headers: where the provider serves the transfer, and what opens it.
        ours: the consumer's transfer.
    """

    world: World
    url: str
    headers: dict[str, str]
    ours: dict[str, Any]
    salaries: dict[str, int]

    async def ask(self, name: str, method: str = "GET", part: str = "", **headers: str) -> Said:
        """One request about a person."""
        said = {key.replace("_", "-"): value for key, value in headers.items()}
        url = f"{self.url}{part}?name={name}&format=csv"
        return await self.world.provider.send(method, url, headers=self.headers | said)


def guessed(root: str) -> int | None:
    """The salary whose answer has this root, of ten thousand that it may be."""
    return ROOTS.get(root)


def root_of(data: bytes) -> str:
    return Manifest.of(len(data), [hashlib.sha256(data).digest()]).root


def answer(salary: int) -> bytes:
    return b"salary\r\n%d\r\n" % salary


ROOTS = {root_of(answer(each)): each for each in range(45_000, 55_000)}


@pytest_asyncio.fixture(loop_scope="module")
async def payroll(world: World, request: pytest.FixtureRequest) -> AsyncIterator[Payroll]:
    yield await opened(world, re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:60], QUERY)


async def opened(world: World, dataset: str, query: str, policy: Any = TWICE) -> Payroll:
    """A transfer of a query over a table of salaries, under a policy."""
    draw = random.Random(7)
    salaries = {name: draw.randrange(45_000, 55_000) for name in PEOPLE}
    path = world.provider.folder / f"{dataset}.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE staff (name TEXT, salary INTEGER)")
        database.executemany("INSERT INTO staff VALUES (?, ?)", salaries.items())
    source = {
        "kind": "table",
        "engine": "sqlite",
        "database": str(path),
        "query": query,
        "parameters": [{"name": "name", "type": "text", "default": None}],
        "formats": ["csv", "jsonl"],
    }
    await world.provider.post("/publications", {"asset": {"id": dataset, "source": source}, "policy": policy})
    transfer = await again(world, await world.agree(dataset))
    place = await place_of(world.consumer.node.parts, world.consumer.context.id, transfer["id"])
    return Payroll(world, place.url(), place.headers, transfer, salaries)


async def by_listing(payroll: Payroll, name: str) -> bool:
    said = await payroll.ask(name, part="/listing", Accept=LISTING)
    if said.status != 200:
        return False
    assert guessed(said.json["files"][0]["root"]) == payroll.salaries[name]
    return True


async def by_head(payroll: Payroll, name: str) -> bool:
    return (
        "content-length" in (await payroll.ask(name, "HEAD")).headers
        and (await payroll.ask(name, "HEAD")).status == 200
    )


async def by_manifest_of_what_a_head_made(payroll: Payroll, name: str) -> bool:
    await payroll.ask(name, "HEAD")
    said = await payroll.ask(name, part="/manifest", Accept=MANIFEST)
    return said.status == 200 and guessed(msgspec.json.decode(said.body, type=Manifest).root) is not None


async def by_refused_range_of_what_a_head_made(payroll: Payroll, name: str) -> bool:
    await payroll.ask(name, "HEAD")
    said = await payroll.ask(name, Range="bytes=100-")
    return said.status == 416 and said.headers["content-range"] != "bytes */*"


async def by_a_read_that_is_given_up(payroll: Payroll, name: str) -> bool:
    """The head of a result that lies there, of which no byte is taken.

    The head of one that is still growing says nothing of it and takes no use, so it is asked for until it says its size.
    """
    for _ in range(20):
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"{payroll.url}?name={name}", headers=payroll.headers) as given,
            ):
                status, sized = given.status, "content-length" in given.headers
                given.close()
        except aiohttp.ClientError:
            return False
        if status != 200 or sized:
            return status == 200
    raise AssertionError("no head said the size of the result")


async def by_head_under_ever_new_keys(payroll: Payroll, name: str) -> bool:
    said = await payroll.ask(name, "HEAD", Idempotency_Key=f"k-{name}")
    return said.status == 200


async def by_listing_under_ever_new_keys(payroll: Payroll, name: str) -> bool:
    said = await payroll.ask(name, part="/listing", Accept=LISTING, Idempotency_Key=f"k-{name}")
    return said.status == 200


WAYS = [
    by_listing,
    by_head,
    by_manifest_of_what_a_head_made,
    by_refused_range_of_what_a_head_made,
    by_a_read_that_is_given_up,
    by_head_under_ever_new_keys,
    by_listing_under_ever_new_keys,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_two_uses_tell_of_two_people(
    payroll: Payroll, way: Callable[[Payroll, str], Awaitable[bool]]
) -> None:
    learned = [name for name in PEOPLE if await way(payroll, name)]
    assert 1 <= len(learned) <= 2
    for unpaid in PEOPLE[10:13]:  # and nothing is left, nor told of what was made and not paid
        for part, accept in (("", "*/*"), ("/listing", LISTING), ("/manifest", MANIFEST)):
            said = await payroll.ask(unpaid, part=part, Accept=accept)
            assert said.status in {403, 404}, (part, said)
        assert (await payroll.ask(unpaid, "HEAD")).status == 403


async def test_an_answer_without_a_byte_is_told_as_well(world: World) -> None:
    payroll = await opened(world, "telling-empty", OVER)
    said = [
        await world.provider.send("GET", f"{payroll.url}?name={name}&format=jsonl", headers=payroll.headers)
        for name in PEOPLE
    ]
    assert [each.status for each in said] == [200, 200] + [403] * 48


async def test_what_was_paid_is_told_again_for_nothing(payroll: Payroll) -> None:
    for _ in range(3):
        for name in PEOPLE[:2]:
            assert await by_listing(payroll, name)
            assert (await payroll.ask(name, "HEAD")).status == 200
            assert (await payroll.ask(name, part="/manifest", Accept=MANIFEST)).status == 200
            said = await payroll.ask(name, Range="bytes=100-")
            assert (said.status, said.headers["content-range"]) == (416, "bytes */15")
    for name in PEOPLE[:2]:
        assert (await payroll.ask(name)).body == answer(payroll.salaries[name])
    assert (await payroll.ask(PEOPLE[0])).status == 403
    assert (await payroll.ask(PEOPLE[2])).status == 403


async def test_listing_manifest_and_bytes_through_the_consumers_node_are_one_use(payroll: Payroll) -> None:
    site = payroll.world.consumer
    for name in PEOPLE[:2]:
        query = f"name={name}&format=csv"
        listed = await site.get(f"/transfers/{payroll.ours['id']}/files", query=query)
        assert guessed(listed[0]["root"]) == payroll.salaries[name]
        said = await site.api("GET", f"/transfers/{payroll.ours['id']}/content", query=query)
        assert (said.status, said.body) == (200, answer(payroll.salaries[name]))
    query = f"name={PEOPLE[2]}&format=csv"
    said = await site.api("GET", f"/transfers/{payroll.ours['id']}/files", query=query)
    assert (said.status, said.code) == (403, "count.exhausted")
