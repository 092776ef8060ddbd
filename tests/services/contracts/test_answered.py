"""Contracts are signed and filed by rule: what an agreement says already, and nothing more; the rest waits for a person."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.contracting import contracting, drafts, knows, reaches, recorded
from tests.nodes import Site, World, rule
from tests.stranger import urn

pytestmark = pytest.mark.asyncio(loop_scope="module")

RULE = "countersign"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Site, World]]:
    async with contracting(tmp_path_factory.mktemp("answered")) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def world(both: tuple[Site, World]) -> AsyncIterator[World]:
    yield both[1]
    for site in (both[1].provider, both[1].consumer):
        for each in (await site.get("/answers"))["items"]:
            await site.api("DELETE", f"/answers/{each['id']}")


async def begun(world: World, **form: Any) -> tuple[str, str]:
    """A contract that the provider has begun and signed; our ids of it."""
    ours, theirs = await drafts(world)
    await world.provider.post(f"/contracts/{ours}/begin", form)
    await world.provider.post(f"/contracts/{ours}/sign")
    return ours, theirs


async def answered(site: Site, id_: str) -> dict[str, Any]:
    """What a rule has made of a contract, once it has been asked."""
    told = asyncio.Event()
    end = site.node.parts.store.watch(lambda topics: told.set())
    try:
        async with asyncio.timeout(30):
            while True:
                told.clear()
                found = (await site.get(f"/contracts/{id_}"))["answered"]
                if found is not None:
                    return dict(found)
                await told.wait()
    finally:
        end()


async def test_what_the_agreement_says_is_signed_by_rule_and_recorded(world: World) -> None:
    await world.consumer.put(f"/answers/{RULE}", {"on": "contract-received", "do": ["sign"]})
    ours, theirs = await begun(world)
    await reaches(world.provider, ours, "0301")
    found = await answered(world.consumer, theirs)
    assert (found["act"], found["rule"], found["version"], found["reasons"]) == ("sign", RULE, 1, [])
    (entry,) = await world.consumer.get("/evidence/entries", process=theirs, kind="contract.answered")
    assert entry["entry"]["facts"] | {"number": ""} == {
        "number": "",
        "event": "contract-received",
        "act": "sign",
        "rule": RULE,
        "version": 1,
        "reasons": [],
    }
    assert (await world.provider.get(f"/contracts/{ours}/check"))["holds"] is True


async def test_without_a_rule_it_waits_for_a_person_and_says_so(world: World) -> None:
    _, theirs = await begun(world)
    found = await answered(world.consumer, theirs)
    assert (found["act"], found["rule"]) == ("hold", "")
    assert [each["code"] for each in found["reasons"]] == ["contract.no-rule"]
    assert "没有应答规则" in found["reasons"][0]["zh"]
    assert (await world.consumer.get(f"/contracts/{theirs}"))["status"] == "02"
    await world.consumer.post(f"/contracts/{theirs}/sign")


async def test_a_rule_that_holds_goes_before_one_that_signs(world: World) -> None:
    await world.consumer.put(f"/answers/{RULE}", {"on": "contract-received", "do": ["sign"]})
    careful = {"on": "contract-received", "do": ["hold"], "peer": world.provider.did, "priority": 5}
    await world.consumer.put("/answers/careful", careful)
    _, theirs = await begun(world)
    found = await answered(world.consumer, theirs)
    assert (found["act"], found["rule"]) == ("hold", "careful")
    assert [each["code"] for each in found["reasons"]] == ["contract.rule-holds"]


async def test_added_terms_and_parties_wait_for_a_person(world: World) -> None:
    await world.consumer.put(f"/answers/{RULE}", {"on": "contract-received", "do": ["sign"]})
    _, theirs = await begun(world, terms=["另付一万元。"])
    found = await answered(world.consumer, theirs)
    assert (found["act"], [each["code"] for each in found["reasons"]]) == ("hold", ["contract.adds-terms"])
    form = {"did": "did:web:witness.example", "entity": "12430200000000001D", "name": "见证方"}
    await world.provider.put("/participants/witness", form)
    ours, theirs = await drafts(world)
    await world.provider.post(f"/contracts/{ours}/begin", {"service_providers": ["witness"]})
    await world.provider.post(f"/contracts/{ours}/sign")
    found = await answered(world.consumer, theirs)
    assert "contract.other-parties" in [each["code"] for each in found["reasons"]]


async def test_a_supplement_always_waits_for_a_person(world: World) -> None:
    await world.consumer.put(f"/answers/{RULE}", {"on": "contract-received", "do": ["sign"]})
    ours, _ = await begun(world)
    await reaches(world.provider, ours, "0301")
    made = await world.provider.post(f"/contracts/{ours}/amend", {"terms": ["金额更正。"]})
    await world.provider.post(f"/contracts/{made['id']}/sign")
    shown = await world.consumer.api("GET", f"/contracts/{made['number']}", until="02", wait=30)
    assert shown.status == 200
    found = await answered(world.consumer, made["number"])
    assert {each["code"] for each in found["reasons"]} >= {"contract.is-supplement", "contract.adds-terms"}


async def test_a_suspended_agreement_is_no_ground_to_sign(world: World) -> None:
    await world.consumer.put(f"/answers/{RULE}", {"on": "contract-received", "do": ["sign"]})
    ours, theirs = await drafts(world)
    wire = (await world.consumer.get(f"/contracts/{theirs}"))["agreement"]
    (agreement,) = (await world.consumer.get("/agreements", wire_id=wire))["items"]
    await world.consumer.post(f"/agreements/{agreement['id']}/suspend", {"reason": "x"})
    await world.provider.post(f"/contracts/{ours}/begin")
    await world.provider.post(f"/contracts/{ours}/sign")
    found = await answered(world.consumer, theirs)
    assert [each["code"] for each in found["reasons"]] == ["contract.agreement-not-active"]


async def test_a_provider_signs_only_while_the_agreement_lies_within_its_offer(world: World) -> None:
    await world.provider.put(f"/answers/{RULE}", {"on": "contract-received", "do": ["sign-within"]})
    for narrowed, act in ((False, "sign"), (True, "hold")):
        dataset = urn()
        await world.provider.publish(dataset, rule("count", "lteq", "3"))
        agreement = await world.agree(dataset)
        if narrowed:
            await world.provider.publish(dataset, rule("count", "lteq", "2"))
        (ours,) = (await world.provider.get("/contracts", agreement=agreement["wire_id"]))["items"]
        (theirs,) = (await world.consumer.get("/contracts", agreement=agreement["wire_id"]))["items"]
        await world.consumer.post(f"/contracts/{theirs['id']}/begin")
        await world.consumer.post(f"/contracts/{theirs['id']}/sign")
        found = await answered(world.provider, ours["id"])
        assert found["act"] == act, found
        if narrowed:
            assert [each["code"] for each in found["reasons"]] == ["contract.beyond-offer"]


async def test_signed_by_rule_and_filed_by_rule_it_goes_all_the_way_alone(world: World) -> None:
    await world.consumer.put(f"/answers/{RULE}", {"on": "contract-received", "do": ["sign"]})
    await world.provider.put("/answers/file", {"on": "contract-signed", "do": ["file"]})
    ours, theirs = await begun(world)
    for site, id_ in ((world.provider, ours), (world.consumer, theirs)):
        shown = await reaches(site, id_, "05")
        assert shown["filing"]["platform"] == world.issuer.did
    found = await answered(world.provider, ours)
    assert (found["on"], found["act"], found["rule"]) == ("contract-signed", "file", "file")


async def test_from_agreement_to_filed_contract_without_a_person(world: World) -> None:
    await world.provider.put("/answers/begin", {"on": "agreement-concluded", "do": ["sign"]})
    await world.provider.put("/answers/file", {"on": "contract-signed", "do": ["file"]})
    await world.consumer.put(f"/answers/{RULE}", {"on": "contract-received", "do": ["sign"]})
    ours, theirs = await drafts(world)
    for site, id_ in ((world.provider, ours), (world.consumer, theirs)):
        shown = await reaches(site, id_, "05")
        assert (shown["begun_by"], shown["filing"]["platform"]) == (world.provider.did, world.issuer.did)
    entries = await world.provider.get("/evidence/entries", process=ours, kind="contract.answered")
    assert [each["entry"]["facts"]["event"] for each in entries] == ["agreement-concluded", "contract-signed"]


async def test_where_both_begin_by_rule_one_contract_stays(world: World) -> None:
    for site in (world.provider, world.consumer):
        await site.put("/answers/begin", {"on": "agreement-concluded", "do": ["sign"]})
        await site.put(f"/answers/{RULE}", {"on": "contract-received", "do": ["sign"]})
    ours, theirs = await drafts(world)
    numbers = {
        (await reaches(site, id_, "0301"))["number"]
        for site, id_ in ((world.provider, ours), (world.consumer, theirs))
    }
    assert len(numbers) == 1


async def test_what_cannot_be_begun_by_rule_is_recorded_and_left(world: World) -> None:
    await world.provider.put("/answers/begin", {"on": "agreement-concluded", "do": ["sign"]})
    either = {"or": [{"leftOperand": "count", "operator": "lteq", "rightOperand": n} for n in ("1", "2")]}
    policy = {"@type": "Set", "permission": [{"action": "use", "constraint": [either]}]}
    ours, _ = await drafts(world, policy)
    (facts,) = await recorded(world.provider, ours, "refusal")
    assert (facts["code"], facts["rule"]) == ("contract.term-unmapped", "begin")
    assert (await world.provider.get(f"/contracts/{ours}"))["draft"] is True


async def test_an_entity_that_is_not_the_one_we_know_waits_for_a_person(world: World) -> None:
    await world.consumer.put(f"/answers/{RULE}", {"on": "contract-received", "do": ["sign"]})
    await world.consumer.put(
        "/participants/provider", {"did": world.provider.did, "entity": "91430200MA0000002E", "name": "x"}
    )
    _, theirs = await begun(world)
    found = await answered(world.consumer, theirs)
    await knows(world.consumer, world.provider, "provider")
    assert "contract.other-parties" in [each["code"] for each in found["reasons"]]
