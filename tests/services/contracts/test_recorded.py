"""Duties to send usage records and to tell of abnormal use: kept by reports under a filed contract, and by nothing without."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from tests.contracting import contracting, drafts, filed, recorded
from tests.journeys.landing import again, land, read
from tests.nodes import Site, World
from tests.services.agreements.test_duties import duty
from tests.services.contracts.test_reported import agreement_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Site, World]]:
    async with contracting(tmp_path_factory.mktemp("recorded")) as made:
        yield made


@pytest.fixture
def world(both: tuple[Site, World]) -> World:
    return both[1]


@pytest.fixture(autouse=True)
def _clocks_go_back(both: tuple[Site, World]) -> Any:
    yield
    for site in (both[0], both[1].provider, both[1].consumer):
        site.clock.moved = timedelta(0)


def owing(action: str, *constraints: tuple[str, str, str], times: str = "9") -> dict[str, Any]:
    """A policy that permits a number of uses, with a duty."""

    def written(left: str, operator: str, right: str) -> dict[str, Any]:
        return {"leftOperand": left, "operator": operator, "rightOperand": right}

    duty = {"action": action, "constraint": [written(*each) for each in constraints]}
    rule = {"action": "use", "constraint": [written("count", "lteq", times)], "duty": [duty]}
    return {"@type": "Set", "permission": [rule]}


@pytest.mark.parametrize("constraint", [(), (("region", "eq", "CN-HN"),), (("encryptMode", "eq", "02"),)])
async def test_records_go_by_themselves_and_keep_the_duty(
    world: World, constraint: tuple[tuple[str, str, str], ...]
) -> None:
    ours, theirs = await filed(world, owing("logRecordSend", *constraint))
    agreement = await agreement_of(world.consumer, theirs)
    landed = await land(world, await again(world, agreement, vault=True))
    assert (await read(world, landed)).status == 200
    told = await recorded(world.provider, ours, "usage.feedback", 2)
    assert {each["outcome"] for each in told} == {"verified", "completed"}
    held = await agreement_of(world.provider, ours)
    done = await duty(world.provider, held["id"], "fulfilled", "logRecordSend")
    assert done["proof"]["assurance"] == "observed"
    assert len(done["proof"]["digests"]) == 1
    for site in (world.provider, world.consumer):
        site.clock.moved = timedelta(hours=25)
    assert (await again(world, agreement, "STARTED", vault=True))["state"] == "STARTED"


async def test_refusals_are_told_and_keep_the_duty(world: World) -> None:
    ours, theirs = await filed(world, owing("alert", times="1"))
    agreement = await agreement_of(world.consumer, theirs)
    landed = await land(world, await again(world, agreement, vault=True))
    assert [(await read(world, landed)).status for _ in range(2)] == [200, 403]
    told = await recorded(world.provider, ours, "usage.feedback", 3)
    assert ("denied", "count.exhausted") in {(each["result"], each["outcome"]) for each in told}
    held = await agreement_of(world.provider, ours)
    await world.provider.post(f"/agreements/{held['id']}/terminate", {"reason": "x", "clause": "1"})
    done = await duty(world.provider, held["id"], "fulfilled", "alert")
    assert done["proof"]["statement"] == "1 reported"


async def test_a_duty_lapses(world: World) -> None:
    """Without a filed contract nothing reports itself, and what was not proven in time refuses the next use."""
    ours, theirs = await drafts(world, owing("logRecordSend"))
    agreement = await agreement_of(world.consumer, theirs)
    landed = await land(world, await again(world, agreement, vault=True))
    assert (await read(world, landed)).status == 200
    held = await agreement_of(world.provider, ours)
    await duty(world.provider, held["id"], "due", "logRecordSend")
    for site in (world.provider, world.consumer):
        site.clock.moved = timedelta(hours=25)
    await duty(world.provider, held["id"], "overdue", "logRecordSend")
    refused = await again(world, agreement, "TERMINATED", vault=True)
    assert refused["code"] == "duty.overdue"
