"""Where the standard has two readings, one party writes the one and the others the other; all read both."""

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import pytest_asyncio
from tests.contracting import arrives, contracting, drafts, reaches
from tests.nodes import Site, World

from xinfu.services.agreements import contract_record
from xinfu.services.contracts.calling import strategy_field

pytestmark = pytest.mark.asyncio(loop_scope="module")

POLICY: Final[dict[str, Any]] = {
    "@type": "Set",
    "permission": [
        {
            "action": "use",
            "constraint": [
                {"leftOperand": "dateTime", "operator": "lteq", "rightOperand": "2030-01-01T08:00:00+08:00"},
                {"leftOperand": "count", "operator": "lteq", "rightOperand": "3"},
            ],
        }
    ],
    "prohibition": [{"action": "distribute"}],
    "conflict": "prohibit",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Site, World]]:
    writes = {"strategies": "array", "nodes": "table-c3", "dates": "compact"}
    async with contracting(tmp_path_factory.mktemp("written"), writes=writes) as made:
        yield made


async def test_a_contract_goes_its_way_between_both_readings(both: tuple[Site, World]) -> None:
    platform, world = both
    ours, theirs = await drafts(world, POLICY)
    await world.provider.post(f"/contracts/{ours}/begin")
    await world.provider.post(f"/contracts/{ours}/sign")
    await reaches(world.consumer, theirs, "02")
    await world.consumer.post(f"/contracts/{theirs}/sign")
    await reaches(world.provider, ours, "0301")
    await world.provider.post(f"/contracts/{ours}/file")
    await reaches(world.consumer, theirs, "05")
    await world.provider.post(f"/contracts/{ours}/end", {"reason": "done", "clause": "1"})
    await reaches(world.consumer, theirs, "06")
    number = (await world.provider.get(f"/contracts/{ours}"))["number"]
    await reaches(platform, (await platform.get("/contracts", number=number))["items"][0]["id"], "06")


async def test_each_writes_as_it_is_set(both: tuple[Site, World]) -> None:
    _, world = both
    ours, theirs = await drafts(world, POLICY)
    said: list[Any] = []
    for site, id_ in ((world.provider, ours), (world.consumer, theirs)):
        record = await contract_record.find_contract(site.node.parts, site.context.id, id_)
        said.append(strategy_field(site.node.parts, record.contract))
    for each in said:
        assert [len(strategy["constraints"]) for strategy in each if "constraints" in strategy] == [2]
    values = [each[0]["constraints"][0]["constraintValue"] for each in said]
    assert values == ["20300101080000", "2030-01-01T08:00:00+08:00"]
    assert [sorted(each[0]["executionNodeInfo"]) for each in said] == [
        ["assigneeId", "assignerId"],
        ["consumerNodeId", "providerNodeId"],
    ]


async def test_of_two_contracts_begun_at_once_the_lower_number_stays(both: tuple[Site, World]) -> None:
    _, world = both
    ours, theirs = await drafts(world)
    one = await world.provider.post(f"/contracts/{ours}/begin")
    two = await world.consumer.post(f"/contracts/{theirs}/begin")
    lower = min(one["number"], two["number"])
    await world.provider.post(f"/contracts/{ours}/sign")
    await world.consumer.post(f"/contracts/{theirs}/sign")
    loser, id_ = (world.provider, ours) if one["number"] != lower else (world.consumer, theirs)
    winner, other = (world.consumer, theirs) if loser is world.provider else (world.provider, ours)
    await arrives(loser, lower)
    await loser.post(f"/contracts/{id_}/sign")
    for site, each in ((loser, id_), (winner, other)):
        shown = await reaches(site, each, "0301")
        assert shown["number"] == lower
