"""A filed contract is handed out, carried out, stopped, proven and ended; each over its interface, at every side."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace
from tests.contracting import contracting, drafts, filed, reaches, recorded, signed
from tests.nodes import Site, World

from xinfu.contracts.messages import ContractApi, StatusAnswer
from xinfu.contracts.usage import FulfillmentProof, UsageApi
from xinfu.errors import PeerError
from xinfu.services.agreements import contract_record
from xinfu.services.contracts import ending, executing, fulfilment, stopping
from xinfu.services.contracts.calling import ask, party_at
from xinfu.services.contracts.report_numbers import ReportPosition

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Site, World]]:
    async with contracting(tmp_path_factory.mktemp("contracting")) as made:
        yield made


@pytest.fixture
def world(both: tuple[Site, World]) -> World:
    return both[1]


@pytest.fixture
def platform(both: tuple[Site, World]) -> Site:
    return both[0]


async def at_platform(platform: Site, world: World, id_: str) -> str:
    number = (await world.provider.get(f"/contracts/{id_}"))["number"]
    return str((await platform.get("/contracts", number=number))["items"][0]["id"])


async def test_the_platform_hands_a_filed_contract_to_both_connectors(world: World) -> None:
    ours, theirs = await filed(world)
    for site, id_ in ((world.provider, ours), (world.consumer, theirs)):
        (facts,) = await recorded(site, id_, "usage.strategy")
        assert facts["by"] == world.issuer.did
        assert len(facts["strategy"]) == len(facts["version"]) == 36


async def test_a_report_reaches_the_other_party_and_the_platform(platform: Site, world: World) -> None:
    ours, theirs = await filed(world)
    await world.consumer.post(f"/contracts/{theirs}/report", {"actions": ["read"], "result": "3 次读取"})
    there = await at_platform(platform, world, ours)
    for site, id_ in ((world.consumer, theirs), (world.provider, ours), (platform, there)):
        (facts,) = await recorded(site, id_, "contract.executed")
        assert (facts["by"], facts["actions"], facts["result"]) == (world.consumer.did, ["read"], "3 次读取")
    await reaches(platform, there, "05")


async def test_a_decision_of_the_consumer_is_told_to_the_provider_only(world: World) -> None:
    ours, theirs = await filed(world)
    form = {"result": "denied", "details": {"reason": "count.exhausted"}}
    await world.consumer.post(f"/contracts/{theirs}/feedback", form)
    (facts,) = await recorded(world.provider, ours, "usage.feedback")
    assert (facts["by"], facts["result"]) == (world.consumer.did, "denied")
    said = await world.provider.api("POST", f"/contracts/{ours}/feedback", form)
    assert (said.status, said.code) == (403, "contract.wrong-side")


async def test_a_stop_of_the_provider_suspends_the_agreement_at_both_sides(world: World) -> None:
    ours, theirs = await filed(world)
    await world.provider.post(f"/contracts/{ours}/stop", {"reason": "连接器环境变更"})
    await recorded(world.consumer, theirs, "usage.stopped")
    for site, id_ in ((world.provider, ours), (world.consumer, theirs)):
        wire = (await site.get(f"/contracts/{id_}"))["agreement"]
        (agreement,) = (await site.get("/agreements", wire_id=wire))["items"]
        assert (agreement["state"], agreement["reason"]) == ("SUSPENDED", "连接器环境变更")
    said = await world.consumer.api("POST", f"/contracts/{theirs}/stop", {"reason": "x"})
    assert said.code == "contract.wrong-side"


async def test_the_same_stop_again_changes_nothing(world: World) -> None:
    ours, theirs = await filed(world)
    parts = world.provider.node.parts
    record = await contract_record.find_contract(parts, "provider", ours)
    message = stopping.stop_message(parts, record, b'{"termination":"t","reason":"r"}')
    to = await party_at(parts, "provider", world.consumer.did)
    await world.provider.post(f"/contracts/{ours}/stop", {"reason": "r"})
    for _ in range(2):
        await ask(parts, "provider", to, UsageApi.ABNORMAL, message, StatusAnswer)
    wire = (await world.consumer.get(f"/contracts/{theirs}"))["agreement"]
    (agreement,) = (await world.consumer.get("/agreements", wire_id=wire))["items"]
    assert agreement["state"] == "SUSPENDED"


async def test_a_stop_that_comes_after_it_was_lifted_is_found_by_asking(world: World) -> None:
    ours, theirs = await filed(world)
    parts = world.provider.node.parts
    record = await contract_record.find_contract(parts, "provider", ours)
    message = stopping.stop_message(parts, record, b'{"termination":"t","reason":"late"}')
    to = await party_at(parts, "provider", world.consumer.did)
    await ask(parts, "provider", to, UsageApi.ABNORMAL, message, StatusAnswer)
    wire = (await world.consumer.get(f"/contracts/{theirs}"))["agreement"]

    async def moves() -> list[str]:
        found = await world.consumer.get("/evidence/entries", kind="agreement.state", limit=1000)
        entries = [each["entry"] for each in found if each["entry"]["agreement"] == wire]
        return [each["facts"]["to"] for each in entries]

    async with asyncio.timeout(60):
        while await moves() != ["SUSPENDED", "ACTIVE"]:
            await asyncio.sleep(0.1)


async def test_a_proof_is_checked_receipt_by_receipt(platform: Site, world: World) -> None:
    ours, theirs = await filed(world)
    await world.provider.numbered()
    await world.provider.post(f"/contracts/{ours}/prove")
    there = await at_platform(platform, world, ours)
    (mine,) = await recorded(world.provider, ours, "usage.proof")
    for site, id_ in ((world.consumer, theirs), (platform, there)):
        (facts,) = await recorded(site, id_, "usage.proof")
        assert (facts["digest"], facts["proof"]) == (mine["digest"], mine["proof"])
        assert facts["receipts"] >= 3


async def refused(world: World, id_: str, api: str, message: Any) -> str:
    """The code with which the consumer refuses a message of the provider's."""
    parts = world.provider.node.parts
    to = await party_at(parts, "provider", world.consumer.did)
    with pytest.raises(PeerError) as told:
        await ask(parts, "provider", to, api, message, StatusAnswer)
    return told.value.facts["message"].partition(":")[0]


async def test_a_proof_with_an_altered_entry_or_of_another_log_is_refused(world: World) -> None:
    ours, theirs = await filed(world)
    await world.provider.numbered()
    await world.consumer.numbered()
    parts = world.provider.node.parts
    record = await contract_record.find_contract(parts, "provider", ours)

    async def proof(log: Any) -> FulfillmentProof:
        payload = json.dumps({"proof": "p", "log": log}).encode()
        return await fulfilment.proof_message(parts, record, payload, ReportPosition(1, 0))

    log = await world.provider.get("/evidence/receipts", process=ours)
    altered = [
        log[0] | {"proven": log[0]["proven"] | {"entry": log[0]["proven"]["entry"] | {"peer": "did:web:x"}}}
    ]
    foreign = await world.consumer.get("/evidence/receipts", process=theirs)
    broken: list[Any] = [altered, foreign[:1], [], [{}], "x"]
    for bad in broken:
        assert await refused(world, ours, UsageApi.PROOF, await proof(bad)) == "contract.proof-broken"
    other, _ = await filed(world)
    await world.provider.numbered()
    of_another = await world.provider.get("/evidence/receipts", process=other)
    assert await refused(world, ours, UsageApi.PROOF, await proof(of_another[-1:])) == "contract.proof-broken"
    changed = replace(await proof(log[:1]), proof_id="q")
    assert await refused(world, ours, UsageApi.PROOF, changed) == "contract.signature-wrong"


async def test_an_end_stops_the_agreement_and_is_told_to_all(platform: Site, world: World) -> None:
    ours, theirs = await filed(world)
    there = await at_platform(platform, world, ours)
    ended = await world.provider.post(f"/contracts/{ours}/end", {"reason": "项目结束", "clause": "7.1"})
    assert ended["status"] == "06"
    await reaches(world.consumer, theirs, "06")
    await reaches(platform, there, "06")
    for site, id_ in ((world.provider, ours), (world.consumer, theirs)):
        wire = (await site.get(f"/contracts/{id_}"))["agreement"]
        (agreement,) = (await site.get("/agreements", wire_id=wire))["items"]
        assert agreement["state"] == "TERMINATED"
    moves = await recorded(platform, there, "contract.state")
    assert (moves[-1]["to"], moves[-1]["reason"]) == ("06", "项目结束")
    said = await world.provider.api("POST", f"/contracts/{ours}/end", {"reason": "again"})
    assert (said.status, said.code) == (409, "contract.state")


async def test_a_contract_ends_with_its_agreement(platform: Site, world: World) -> None:
    ours, theirs = await filed(world)
    there = await at_platform(platform, world, ours)
    wire = (await world.consumer.get(f"/contracts/{theirs}"))["agreement"]
    (agreement,) = (await world.consumer.get("/agreements", wire_id=wire))["items"]
    await world.consumer.post(f"/agreements/{agreement['id']}/terminate", {"reason": "sold", "clause": "7"})
    for site, id_ in ((world.consumer, theirs), (world.provider, ours), (platform, there)):
        await reaches(site, id_, "06")


async def test_a_draft_whose_agreement_ends_is_withdrawn(world: World) -> None:
    ours, _ = await drafts(world)
    await world.provider.post(f"/contracts/{ours}/end", {"reason": "no longer wanted"})
    shown = await world.provider.get(f"/contracts/{ours}")
    assert (shown["status"], shown["draft"]) == ("06", True)


async def test_an_end_that_has_not_come_and_a_forged_one_are_refused(world: World) -> None:
    ours, theirs = await filed(world)
    parts = world.provider.node.parts
    record = await contract_record.find_contract(parts, "provider", ours)
    message = await ending.termination_message(parts, record, b"r")
    later = replace(message, agreed_end_time="2099-01-01T00:00:00+08:00")
    assert await refused(world, ours, ContractApi.TERMINATE, later) == "contract.times"
    forged = replace(message, reason="other")
    assert await refused(world, ours, ContractApi.TERMINATE, forged) == "contract.signature-wrong"
    assert (await world.consumer.get(f"/contracts/{theirs}"))["status"] == "05"


async def test_only_the_platform_hands_out_a_strategy(world: World) -> None:
    ours, _ = await filed(world)
    parts = world.provider.node.parts
    message = await executing.strategy_message(
        parts, await contract_record.find_contract(parts, "provider", ours)
    )
    assert await refused(world, ours, UsageApi.STRATEGY, message) == "contract.not-a-party"


async def test_nothing_is_reported_before_filing(world: World) -> None:
    ours, _ = await signed(world)
    for act, form in (
        ("report", {"actions": ["read"], "result": "x"}),
        ("prove", {}),
        ("stop", {"reason": "x"}),
    ):
        said = await world.provider.api("POST", f"/contracts/{ours}/{act}", form)
        assert (said.status, said.code) == (409, "contract.not-filed-yet")


async def test_a_report_about_a_contract_of_others_is_refused(world: World) -> None:
    ours, _ = await filed(world)
    parts = world.provider.node.parts
    record = await contract_record.find_contract(parts, "provider", ours)
    content = b'{"actions":["read"],"result":"x"}'
    said = executing.report_message(parts, record, content, ReportPosition(1, 0))
    unknown = replace(said, contract_id="8491430200MA0000002E003520261124235959Q7ZP0K3BI")
    assert await refused(world, ours, ContractApi.EXECUTION, unknown) == "contract.not-found"
