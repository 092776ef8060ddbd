"""A contract that a party does not sign has failed at every side, and at the platform its number is closed."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.contracting import arrives, contracting, drafts, filed, reaches, recorded
from tests.nodes import Site, World

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Site, World]]:
    async with contracting(tmp_path_factory.mktemp("refused")) as made:
        yield made


@pytest.fixture
def world(both: tuple[Site, World]) -> World:
    return both[1]


@pytest.fixture
def platform(both: tuple[Site, World]) -> Site:
    return both[0]


async def test_what_one_refuses_has_failed_for_all_and_nobody_signs_it_any_more(
    platform: Site, world: World
) -> None:
    ours, theirs = await drafts(world)
    begun = await world.provider.post(f"/contracts/{ours}/begin")
    await world.provider.post(f"/contracts/{ours}/sign")
    await reaches(world.consumer, theirs, "02")
    refused = await world.consumer.post(f"/contracts/{theirs}/end", {"reason": "条款有误", "clause": "1"})
    assert (refused["status"], refused["in_force"]) == ("0302", False)
    shown = await reaches(world.provider, ours, "0302")
    assert shown["status_zh"] == "签订失败"
    await reaches(
        platform, (await platform.get("/contracts", number=begun["number"]))["items"][0]["id"], "06"
    )
    for site, id_ in ((world.provider, ours), (world.consumer, theirs)):
        for act, form, code in (
            ("sign", {}, "contract.state"),
            ("file", {}, "contract.unsigned"),
            ("end", {"reason": "again"}, "contract.state"),
            ("amend", {"terms": ["x"]}, "contract.not-in-force"),
        ):
            said = await site.api("POST", f"/contracts/{id_}/{act}", form)
            assert (said.status, said.code) == (409, code)


async def test_what_the_initiator_withdraws_is_closed_at_the_platform(platform: Site, world: World) -> None:
    ours, theirs = await drafts(world)
    begun = await world.provider.post(f"/contracts/{ours}/begin")
    await world.provider.post(f"/contracts/{ours}/end", {"reason": "改用其他条款", "clause": "1"})
    there = (await platform.get("/contracts", number=begun["number"]))["items"][0]["id"]
    await reaches(platform, there, "06")
    moves = await recorded(platform, there, "contract.state", 2)
    assert (moves[-1]["event"], moves[-1]["reason"]) == ("withdraw", "改用其他条款")
    assert (await world.consumer.get(f"/contracts/{theirs}"))["draft"] is True


async def test_a_refused_supplement_leaves_its_contract_as_it_is(world: World) -> None:
    ours, theirs = await filed(world)
    made = await world.provider.post(f"/contracts/{ours}/amend", {"terms": ["金额更正。"]})
    await world.provider.post(f"/contracts/{made['id']}/sign")
    await arrives(world.consumer, made["number"])
    await world.consumer.post(f"/contracts/{made['number']}/end", {"reason": "金额无误", "clause": "1"})
    await reaches(world.provider, made["id"], "0302")
    for site, id_ in ((world.provider, ours), (world.consumer, theirs)):
        chain = await site.get(f"/contracts/{id_}/chain")
        assert [(each["status"], each["in_force"]) for each in chain] == [("05", True), ("0302", False)]
    again = await world.provider.post(f"/contracts/{ours}/amend", {"terms": ["再次更正。"]})
    assert again["version"] == 2


async def test_on_the_platform_a_refusal_reaches_the_platform_and_the_initiator(
    platform: Site, world: World
) -> None:
    ours, theirs = await drafts(world)
    begun = await world.provider.post(f"/contracts/{ours}/begin", {"sign_mode": "02"})
    await reaches(world.consumer, theirs, "02")
    await world.consumer.post(f"/contracts/{theirs}/end", {"reason": "条款有误", "clause": "1"})
    await reaches(world.provider, ours, "0302")
    there = (await platform.get("/contracts", number=begun["number"]))["items"][0]["id"]
    await reaches(platform, there, "0302")


async def test_of_three_who_only_serves_hears_of_a_refusal_too(world: World) -> None:
    """The service provider has no agreement that could tell it."""
    await world.provider.put(
        "/participants/operator",
        {"did": "did:web:nobody.example", "entity": "12430200000000001D", "name": "x"},
    )
    ours, theirs = await drafts(world)
    await world.provider.post(f"/contracts/{ours}/begin", {"service_providers": ["operator"]})
    await world.provider.post(f"/contracts/{ours}/sign")
    await reaches(world.consumer, theirs, "02")
    await world.consumer.post(f"/contracts/{theirs}/end", {"reason": "条款有误", "clause": "1"})
    async with world.consumer.node.parts.store.view("consumer") as view:
        promised = await view.outbox.of(f"{theirs} did:web:nobody.example")
    assert [each.promise.kind for each in promised] == ["contractTerminate"]
