"""Three parties sign one text: provider, consumer and a service provider, and the platform files it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.contracting import arrives, contracting, drafts, reaches
from tests.nodes import ContextTable, Site, World, site, trusting

from xinfu.node.config import ContractTable

pytestmark = pytest.mark.asyncio(loop_scope="module")

BROKER = "12430200000000001D"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def four(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[World, Site]]:
    folder = tmp_path_factory.mktemp("three")
    ours = ContextTable(id="broker", name_zh="数商", entity=BROKER, grade=1)
    async with (
        contracting(folder) as (platform, world),
        site(
            folder / "broker",
            world.session,
            trust=trusting(platform),
            contexts=(ours,),
            contract=ContractTable(platform=platform.did),
        ) as broker,
    ):
        await world.provider.put(
            "/participants/broker", {"did": broker.did, "entity": BROKER, "name": "数商"}
        )
        yield world, broker


async def test_all_three_sign_the_same_text_before_it_is_filed(four: tuple[World, Site]) -> None:
    world, broker = four
    ours, theirs = await drafts(world)
    begun = await world.provider.post(f"/contracts/{ours}/begin", {"service_providers": ["broker"]})
    assert [(each["type"], each["name"]) for each in begun["parties"]] == [
        ("01", "provider"),
        ("02", "consumer"),
        ("03", "数商"),
        ("03", ""),
    ]
    await world.provider.post(f"/contracts/{ours}/sign")
    await arrives(broker, begun["number"])
    await reaches(broker, begun["number"], "02")
    await reaches(world.consumer, theirs, "02")
    await broker.post(f"/contracts/{begun['number']}/sign")
    said = await world.provider.api("POST", f"/contracts/{ours}/file", {})
    assert said.code == "contract.unsigned"
    await world.consumer.post(f"/contracts/{theirs}/sign")
    digests = {
        (await reaches(site_, id_, "0301"))["digest"]
        for site_, id_ in (
            (world.provider, ours),
            (world.consumer, theirs),
            (broker, begun["number"]),
        )
    }
    assert len(digests) == 1
    await world.consumer.post(f"/contracts/{theirs}/file")
    for site_, id_ in ((world.provider, ours), (broker, begun["number"])):
        shown = await reaches(site_, id_, "05")
        assert shown["filing"]["platform"] == world.issuer.did
        assert (await site_.get(f"/contracts/{id_}/check"))["holds"] is True


async def test_a_party_that_is_not_in_the_address_book_cannot_be_added(four: tuple[World, Site]) -> None:
    world, _ = four
    ours, _ = await drafts(world)
    said = await world.provider.api("POST", f"/contracts/{ours}/begin", {"service_providers": ["nobody"]})
    assert (said.status, said.code) == (404, "participant.unknown")
