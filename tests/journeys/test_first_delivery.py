"""From an agreement to data in the vault without a person: signed, filed and pulled by rule."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.contracting import contracting, recorded
from tests.journeys.landing import read
from tests.nodes import Site, World, rule
from tests.stranger import urn

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILED_ONLY = rule("contractFiling", "eq", "filed")
SIGNING = {
    "begin": {"on": "agreement-concluded", "do": ["sign"]},
    "countersign": {"on": "contract-received", "do": ["sign"]},
    "file": {"on": "contract-signed", "do": ["file"]},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with contracting(tmp_path_factory.mktemp("delivery")) as (_, made):
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def world(whole: World) -> AsyncIterator[World]:
    yield whole
    for each in (whole.provider, whole.consumer):
        for answer in (await each.get("/answers"))["items"]:
            await each.api("DELETE", f"/answers/{answer['id']}")


async def says(site: Site, *names: str, **more: Any) -> None:
    for name in names:
        await site.put(f"/answers/{name}", {**SIGNING[name], **more})


async def agreed(world: World, policy: Any = FILED_ONLY) -> dict[str, Any]:
    dataset = urn()
    await world.provider.publish(dataset, policy, content=b"a,b\n1,2\n")
    found: dict[str, Any] = await world.agree(dataset)
    return found


async def in_vault(world: World, agreement: dict[str, Any]) -> dict[str, Any]:
    """The object that landed under an agreement, once it is there."""
    told = asyncio.Event()
    end = world.consumer.node.parts.store.watch(lambda topics: told.set())
    try:
        async with asyncio.timeout(30):
            while True:
                told.clear()
                found = (await world.consumer.get("/vault", dataset=agreement["dataset"]))["items"]
                if found and found[0]["state"] == "LANDED":
                    assert len(found) == 1
                    return dict(found[0])
                await told.wait()
    finally:
        end()


async def transfers(world: World, agreement: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await world.consumer.get("/transfers", dataset=agreement["dataset"]))[
        "items"
    ]
    return found


@pytest.mark.parametrize("beginner", ["provider", "consumer"])
async def test_an_agreement_becomes_data_in_the_vault(world: World, beginner: str) -> None:
    ours, theirs = (
        (world.provider, world.consumer) if beginner == "provider" else (world.consumer, world.provider)
    )
    await says(ours, "begin", "file")
    await says(theirs, "countersign")
    await world.consumer.put("/answers/pull", {"on": "contract-filed", "do": ["pull"]})
    agreement = await agreed(world)
    object_ = await in_vault(world, agreement)
    said = await read(world, object_)
    assert (said.status, said.body) == (200, b"a,b\n1,2\n")
    (contract,) = (await world.consumer.get("/contracts", agreement=agreement["wire_id"]))["items"]
    decided = [
        each
        for each in await recorded(world.consumer, contract["id"], "contract.answered")
        if each["event"] == "contract-filed"
    ]
    assert [(each["act"], each["rule"]) for each in decided] == [("pull", "pull")]
    started = [each for each in await transfers(world, agreement) if each["state"] == "STARTED"]
    assert [each["environment"] for each in started] == ["01"]
    assert [each["code"] for each in await transfers(world, agreement) if each not in started] in (
        [],
        ["contract.not-filed-yet"],
    )


async def test_without_a_rule_nothing_is_pulled(world: World) -> None:
    await says(world.provider, "begin", "file")
    await says(world.consumer, "countersign")
    await world.consumer.put("/answers/pull", {"on": "contract-filed", "do": ["pull"], "dataset": urn()})
    agreement = await agreed(world)
    (draft,) = (await world.consumer.get("/contracts", agreement=agreement["wire_id"]))["items"]
    await world.consumer.get(f"/contracts/{draft['id']}", until="05", wait=60)
    assert await transfers(world, agreement) == []


async def test_what_the_provider_refuses_is_left_to_a_person(world: World) -> None:
    await says(world.provider, "begin", "file")
    await says(world.consumer, "countersign")
    await world.consumer.put("/answers/pull", {"on": "contract-filed", "do": ["pull"]})
    agreement = await agreed(world, rule("machineLearningModels", "eq", "urn:example:model"))
    (draft,) = (await world.consumer.get("/contracts", agreement=agreement["wire_id"]))["items"]
    (facts,) = await recorded(world.consumer, draft["id"], "refusal")
    assert facts == {"code": "fact.missing", "act": "pull"}
    assert [each["state"] for each in await transfers(world, agreement)] == ["TERMINATED"]
