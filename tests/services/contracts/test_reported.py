"""What happens under a filed contract reports itself, in order and once; under any other nothing is said."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.contracting import contracting, drafts, filed, recorded
from tests.journeys.landing import again, land, read
from tests.nodes import OPEN, Site, World, rule
from tests.services.agreements.test_duties import until

from xinfu.contracts.messages import StatusAnswer
from xinfu.contracts.usage import UsageApi
from xinfu.errors import PeerError
from xinfu.ports.records.outbox import ContractMessage
from xinfu.services.agreements import contract_record
from xinfu.services.contracts import feedback
from xinfu.services.contracts.calling import ask, party_at
from xinfu.services.contracts.report_numbers import ReportPosition

pytestmark = pytest.mark.asyncio(loop_scope="module")


def deleting(within: str) -> dict[str, Any]:
    """A policy that permits use, and wants what came of it deleted."""
    limit = {"leftOperand": "elapsedTime", "operator": "lteq", "rightOperand": within}
    return {
        "@type": "Set",
        "permission": [{"action": "use", "duty": [{"action": "delete", "constraint": [limit]}]}],
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Site, World]]:
    async with contracting(tmp_path_factory.mktemp("reported")) as made:
        yield made


@pytest.fixture
def world(both: tuple[Site, World]) -> World:
    return both[1]


async def at_platform(platform: Site, world: World, id_: str) -> str:
    number = (await world.provider.get(f"/contracts/{id_}"))["number"]
    return str((await platform.get("/contracts", number=number))["items"][0]["id"])


async def agreement_of(site: Site, id_: str) -> dict[str, Any]:
    wire = (await site.get(f"/contracts/{id_}"))["agreement"]
    return dict((await site.get("/agreements", wire_id=wire))["items"][0])


async def test_every_use_in_the_vault_is_fed_back_with_what_came_of_it(world: World) -> None:
    ours, theirs = await filed(world, rule("count", "lteq", "2"))
    transfer = await again(world, await agreement_of(world.consumer, theirs), vault=True)
    landed = await land(world, transfer)
    for status in (200, 200, 403):
        assert (await read(world, landed)).status == status
    found = await recorded(world.provider, ours, "usage.feedback", 4)
    assert all(each["by"] == world.consumer.did for each in found)
    assert sorted((each["result"], each["outcome"]) for each in found) == [
        ("allowed", "completed"),
        ("allowed", "completed"),
        ("allowed", "verified"),
        ("denied", "count.exhausted"),
    ]


async def test_what_is_fetched_is_fed_back_too(world: World) -> None:
    ours, theirs = await filed(world)
    transfer = await again(world, await agreement_of(world.consumer, theirs))
    assert (await world.consumer.api("GET", f"/transfers/{transfer['id']}/content")).status == 200
    (facts,) = await recorded(world.provider, ours, "usage.feedback")
    assert (facts["result"], facts["outcome"]) == ("allowed", "verified")


async def test_under_a_contract_that_is_not_filed_nothing_is_said(world: World) -> None:
    ours, theirs = await drafts(world)
    transfer = await again(world, await agreement_of(world.consumer, theirs), vault=True)
    assert (await read(world, await land(world, transfer))).status == 200
    report = ContractMessage(contract=theirs, kind="", receiver=world.provider.did)
    async with world.consumer.node.parts.store.view("consumer") as view:
        assert await view.outbox.of(report.queue) == []
    assert await world.provider.get("/evidence/entries", process=ours, kind="usage.feedback") == []


async def test_a_suspension_of_the_provider_reaches_the_others_and_the_platform(
    both: tuple[Site, World], world: World
) -> None:
    ours, theirs = await filed(world)
    there = await at_platform(both[0], world, ours)
    agreement = await agreement_of(world.provider, ours)
    await world.provider.post(f"/agreements/{agreement['id']}/suspend", {"reason": "连接器环境变更"})
    for site, id_ in ((world.provider, ours), (world.consumer, theirs), (both[0], there)):
        (facts,) = await recorded(site, id_, "usage.stopped")
        assert (facts["by"], facts["reason"]) == (world.provider.did, "连接器环境变更")
    assert (await agreement_of(world.consumer, theirs))["state"] == "SUSPENDED"


async def test_a_stop_outlasts_a_suspension_by_the_consumer(world: World) -> None:
    ours, theirs = await filed(world)
    mine, yours = await agreement_of(world.provider, ours), await agreement_of(world.consumer, theirs)
    await world.consumer.post(f"/agreements/{yours['id']}/suspend", {"reason": "our own doubt"})
    await until(
        world.provider, f"/agreements/{mine['id']}", lambda shown: shown["suspended_by"] == world.consumer.did
    )
    await world.provider.post(f"/contracts/{ours}/stop", {"reason": "连接器环境变更"})
    await recorded(world.consumer, theirs, "usage.stopped")
    for site, id_ in ((world.provider, mine["id"]), (world.consumer, yours["id"])):
        await until(site, f"/agreements/{id_}", lambda shown: shown["suspended_too"] is not None)
    lifted = await world.consumer.post(f"/agreements/{yours['id']}/resume", {})
    assert (lifted["state"], lifted["suspended_by"]) == ("SUSPENDED", world.provider.did)


async def test_a_duty_that_is_done_is_proven_to_the_provider_and_the_platform(
    both: tuple[Site, World], world: World
) -> None:
    ours, theirs = await filed(world, deleting("P1D"))
    there = await at_platform(both[0], world, ours)
    transfer = await again(world, await agreement_of(world.consumer, theirs), vault=True)
    landed = await land(world, transfer)
    assert (await read(world, landed)).status == 200
    await world.consumer.post(f"/vault/{landed['id']}/destroy")
    agreement = await agreement_of(world.provider, ours)
    await world.provider.post(f"/agreements/{agreement['id']}/terminate", {"reason": "x", "clause": "1"})
    for site, id_ in ((world.provider, ours), (both[0], there)):
        found = await recorded(site, id_, "usage.proof")
        assert found[0]["by"] == world.consumer.did
        assert found[0]["receipts"] >= 3


async def test_an_agreement_that_is_fulfilled_is_proven_by_both(
    both: tuple[Site, World], world: World
) -> None:
    ours, theirs = await filed(world, rule("count", "lteq", "1"))
    there = await at_platform(both[0], world, ours)
    transfer = await again(world, await agreement_of(world.consumer, theirs))
    assert (await world.consumer.api("GET", f"/transfers/{transfer['id']}/content")).status == 200
    await recorded(world.provider, transfer["provider_pid"], "use")
    await world.consumer.post(f"/transfers/{transfer['id']}/complete")
    found = await recorded(both[0], there, "usage.proof", 2)
    assert {each["by"] for each in found} == {world.provider.did, world.consumer.did}
    for site, id_ in ((world.provider, ours), (world.consumer, theirs)):
        assert (await agreement_of(site, id_))["state"] == "FULFILLED"
        await recorded(site, id_, "usage.proof", 2)


async def test_reports_are_taken_once_and_in_order(world: World) -> None:
    ours, theirs = await filed(world)
    parts = world.consumer.node.parts
    record = await contract_record.find_contract(parts, "consumer", theirs)
    to = await party_at(parts, "consumer", world.provider.did)

    async def sent(number: int, after: int, result: str = "allowed") -> str:
        content = f'{{"result":"{result}","details":{{}}}}'.encode()
        place = ReportPosition(number, after)
        message = await feedback.feedback_message(parts, record, content, place)
        try:
            await ask(parts, "consumer", to, UsageApi.FEEDBACK, message, StatusAnswer)
        except PeerError as error:
            return f"{error.facts['code']} {error.facts['message'].partition(':')[0]}"
        return ""

    assert await sent(3, 0) == ""
    assert await sent(3, 0) == ""
    assert await sent(3, 0, "denied") == "306003 contract.report-replayed"
    assert await sent(9, 7) == "306004 contract.report-out-of-order"
    assert await sent(7, 3) == ""
    assert await sent(9, 7) == ""
    assert await sent(3, 0) == "306003 contract.report-replayed"
    assert len(await recorded(world.provider, ours, "usage.feedback", 3)) == 3


async def test_many_uses_arrive_one_by_one_in_order(world: World) -> None:
    ours, theirs = await filed(world, {**OPEN})
    transfer = await again(world, await agreement_of(world.consumer, theirs), vault=True)
    landed = await land(world, transfer)
    for _ in range(5):
        assert (await read(world, landed)).status == 200
    await recorded(world.provider, ours, "usage.feedback", 6)
    record = await contract_record.find_contract(world.consumer.node.parts, "consumer", theirs)
    heard = (await contract_record.find_contract(world.provider.node.parts, "provider", ours)).heard
    assert heard[world.consumer.did].number >= record.told.get(world.provider.did, 0)
    taken = await recorded(world.consumer, theirs, "usage.reported", 6)
    assert [each["report"] for each in taken] == sorted({each["report"] for each in taken})
    assert {each["interface"] for each in taken} == {"executionFeedback"}


async def test_a_breach_stops_the_use_at_both_sides(world: World) -> None:
    ours, theirs = await filed(world, deleting("PT1S"))
    transfer = await again(world, await agreement_of(world.consumer, theirs))
    assert (await world.consumer.api("GET", f"/transfers/{transfer['id']}/content")).status == 200
    agreement = await agreement_of(world.provider, ours)
    (duty,) = (await world.provider.get("/duties", agreement=agreement["id"]))["items"]
    moves = await recorded(world.provider, duty["id"], "duty.state", 2)
    assert [each["to"] for each in moves] == ["due", "overdue"]
    await world.provider.post(f"/duties/{duty['id']}/breach", {"reason": "未删除"})
    (facts,) = await recorded(world.consumer, theirs, "usage.stopped")
    assert facts["reason"].startswith("duty.breached")
    for site, id_ in ((world.provider, ours), (world.consumer, theirs)):
        assert (await agreement_of(site, id_))["state"] == "SUSPENDED"
