"""Pages of `/api/v1`: cursors, totals, filters; and waiting for a state without asking again and again."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio
from tests.dialog import asked
from tests.nodes import OPEN, World
from tests.stranger import Stranger, urn

pytestmark = pytest.mark.asyncio(loop_scope="module")

MANY = 6


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def records(world: World, peer: Stranger) -> None:
    """Six of each kind of record that can be listed."""
    site = world.issuer
    for number in range(MANY):
        await site.publish(f"d{number}")
        await site.put(f"/answers/a{number}", {"on": "accepted", "do": ["hold"]})
        await site.put(f"/participants/p{number}", {"did": peer.did})
        await site.post("/issuer/credentials", {"subject": peer.did})
        role = "provider" if number % 2 else "consumer"
        form = {"wire_id": urn(), "peer": peer.did, "dataset": f"d{number}", "role": role, "policy": OPEN}
        agreement = await site.post("/agreements", form)
        if role == "consumer":
            await site.post("/transfers", {"agreement": agreement["id"], "at": peer.base})
        offer_id = f"d{number}:d{number}:d{number}"
        await asked(peer, site, offer_id, f"d{number}")
    for _ in range(MANY // 2):
        await site.post("/transfers", {"agreement": (await _consumed(world))["id"], "at": peer.base})


async def _consumed(world: World) -> dict[str, Any]:
    found = await world.issuer.get("/agreements", role="consumer", limit=1)
    item: dict[str, Any] = found["items"][0]
    return item


LISTS = [
    "/assets",
    "/policies",
    "/contract-definitions",
    "/answers",
    "/participants",
    "/issuer/credentials",
    "/negotiations",
    "/agreements",
    "/transfers",
]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
async def test_pages_hold_everything_once_with_the_total(world: World, path: str, limit: int) -> None:
    """No page is empty, the last one has no cursor."""
    whole = await world.issuer.get(path, limit=1000)
    assert whole["next"] is None
    assert whole["total"] == len(whole["items"]) >= MANY
    seen: list[str] = []
    after: str | None = None
    while True:
        page = await world.issuer.get(path, limit=limit, after=after)
        assert page["total"] == whole["total"]
        assert 0 < len(page["items"]) <= limit
        seen += [each["id"] for each in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == [each["id"] for each in whole["items"]]


FILTERS: dict[str, tuple[str, dict[str, str]]] = {
    "role": ("/agreements", {"role": "provider"}),
    "dataset": ("/agreements", {"dataset": "d3"}),
    "role and dataset": ("/agreements", {"role": "consumer", "dataset": "d2"}),
    "state": ("/negotiations", {"state": "TERMINATED"}),
    "dataset of negotiations": ("/negotiations", {"dataset": "d1"}),
    "role of transfers": ("/transfers", {"role": "provider"}),
    "nothing": ("/negotiations", {"peer": "did:web:nobody.example"}),
}


@pytest.mark.parametrize(("path", "query"), FILTERS.values(), ids=FILTERS)
async def test_a_filter_gives_all_that_fits_and_its_total(
    world: World, path: str, query: dict[str, str]
) -> None:
    whole = await world.issuer.get(path, limit=1000)
    fitting = [
        each["id"] for each in whole["items"] if all(each[name] == wanted for name, wanted in query.items())
    ]
    found = await world.issuer.get(path, limit=1000, **query)
    assert ([each["id"] for each in found["items"]], found["total"]) == (fitting, len(fitting))


async def test_entries_of_the_log_are_paged_by_row(world: World) -> None:
    whole = await world.issuer.get("/evidence/entries", limit=1000)
    seen: list[int] = []
    while page := await world.issuer.get("/evidence/entries", limit=7, after=seen[-1] if seen else 0):
        seen += [each["row"] for each in page]
    assert seen == [each["row"] for each in whole]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def held(world: World, peer: Stranger) -> str:
    """A negotiation of the provider that waits for a person."""
    await world.provider.put("/answers/held", {"on": "requested", "do": ["hold"], "dataset": "held"})
    return (await asked(peer, world.provider, await world.provider.publish("held"), "held")).pid


async def test_a_wait_ends_with_the_commit_that_it_waits_for(world: World, peer: Stranger, held: str) -> None:
    """It is awakened: between the act and the answer lies no pause."""
    loop = asyncio.get_running_loop()
    waiting = asyncio.create_task(world.provider.get(f"/negotiations/{held}", until="TERMINATED", wait=30))
    await world.provider.get("/node")
    assert not waiting.done()
    began = loop.time()
    await world.provider.post(f"/negotiations/{held}/terminate")
    shown = await waiting
    assert shown["state"] == "TERMINATED"
    assert loop.time() - began < 20  # of 30 that it would wait


async def test_a_wait_that_is_over_answers_with_what_is_there(world: World, peer: Stranger) -> None:
    loop = asyncio.get_running_loop()
    offer_id = await world.provider.publish("still")
    await world.provider.put("/answers/still", {"on": "requested", "do": ["hold"], "dataset": "still"})
    talk = await asked(peer, world.provider, offer_id, "still")
    began = loop.time()
    shown = await world.provider.get(f"/negotiations/{talk.pid}", until="FINALIZED", wait=1)
    assert shown["state"] == "REQUESTED"
    assert loop.time() - began >= 0.9


@pytest.mark.parametrize("query", [{}, {"wait": 30}, {"until": "terminated", "wait": 30}])
async def test_what_is_there_already_is_not_waited_for(
    world: World, held: str, query: dict[str, Any]
) -> None:
    """A last state answers at once, whatever was waited for."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    shown = await world.provider.get(f"/negotiations/{held}", **query)
    assert shown["state"] == "TERMINATED"
    assert loop.time() - began < 20  # of 30 that it would wait
