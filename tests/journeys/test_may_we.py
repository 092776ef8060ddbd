"""May we do Y with Z now: a consumer asks its own node before it asks the provider."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.journeys.landing import landed, read
from tests.nodes import OPEN, World, rule
from tests.services.agreements.test_duties import duty, forward, under
from tests.services.agreements.test_duties import read as used

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(autouse=True)
def _clocks_go_back(world: World) -> Any:
    yield
    for site in (world.issuer, world.provider, world.consumer):
        site.clock.moved = timedelta(0)


async def may_we(world: World, **query: object) -> dict[str, Any]:
    found: dict[str, Any] = await world.consumer.get("/explanation", **query)
    return found


def codes(found: dict[str, Any]) -> list[str]:
    return [each["code"] for each in found["reasons"]]


async def agreed(world: World, dataset: str, policy: Any, **more: Any) -> dict[str, Any]:
    await world.provider.publish(dataset, policy)
    made: dict[str, Any] = await world.agree(dataset, **more)
    return made


async def test_what_nothing_stands_against_is_a_yes_and_asking_leaves_no_trace(world: World) -> None:
    ours = await agreed(world, "plain", OPEN)
    await world.consumer.numbered()
    before = world.consumer.counts(), world.provider.counts()
    found = await may_we(world, dataset="plain")
    assert (found["may"], found["basis"], found["under"]) == ("yes", "agreement", ours["id"])
    assert found["participant"] == world.consumer.did
    by_agreement = await may_we(world, agreement=ours["id"])
    assert (by_agreement["may"], by_agreement["dataset"]) == ("yes", "plain")
    named = await may_we(world, dataset="plain", participant=world.consumer.did)
    assert named["under"] == ours["id"]
    assert (world.consumer.counts(), world.provider.counts()) == before


async def test_what_we_have_not_declared_is_ours_to_declare(world: World) -> None:
    await agreed(world, "modelled", rule("machineLearningModels", "eq", "urn:example:model"))
    found = await may_we(world, dataset="modelled")
    assert (found["may"], codes(found)) == ("unknown", ["fact.missing"])
    assert "urn:example:model" in found["reasons"][0]["help"]
    await agreed(world, "addressed", rule("networkAddress", "eq", "10.0.0.1"))
    assert codes(await may_we(world, dataset="addressed")) == ["fact.at-provider"]


async def test_a_purpose_and_a_time_are_judged_here(world: World) -> None:
    until = datetime.now(UTC) + timedelta(days=1)
    policy = rule("purpose", "isAnyOf", ["research", "health"])
    policy["permission"][0]["constraint"].append(
        {"leftOperand": "dateTime", "operator": "lteq", "rightOperand": until.isoformat()}
    )
    await agreed(world, "timed", policy, purpose="research")
    assert (await may_we(world, dataset="timed"))["may"] == "yes"
    other = await may_we(world, dataset="timed", purpose="marketing")
    assert (other["may"], codes(other)) == ("no", ["purpose.not-included"])
    assert "research" in other["reasons"][0]["help_zh"]
    late = await may_we(world, dataset="timed", at=(until + timedelta(hours=1)).isoformat())
    assert (late["may"], codes(late)) == ("no", ["time.after"])


async def test_what_only_the_provider_counts_is_named_as_such(world: World) -> None:
    policy = rule("count", "lteq", "3")
    policy["permission"][0]["constraint"].append(
        {"leftOperand": "fileFormat", "operator": "isNoneOf", "rightOperand": ["text/html"]}
    )
    await agreed(world, "counted", policy)
    found = await may_we(world, dataset="counted")
    assert (found["may"], codes(found)) == ("unknown", ["fact.at-provider"] * 2)
    assert {each["operand"] for each in found["parts"] if each["code"] == "fact.at-provider"} == {
        "count",
        "fileFormat",
    }
    asked = await world.provider.get("/explanation", participant=world.consumer.did, dataset="counted")
    assert asked["may"] == "yes"


async def test_our_credentials_are_judged_as_they_are_now(world: World) -> None:
    await world.admit(world.consumer)
    await agreed(world, "for-members", rule("membership", "eq", "active"))
    found = await may_we(world, dataset="for-members")
    assert (found["may"], "MembershipCredential" in found["proven"]) == ("yes", True)


async def test_a_duty_that_we_are_late_with_is_said_before_the_provider_says_it(world: World) -> None:
    ours, _ = await under(world, {"action": "inform"})
    assert (await used(world, ours["id"]))[1] == ""
    await duty(world.consumer, ours["id"], "due", "inform")
    assert (await may_we(world, agreement=ours["id"]))["may"] == "yes"
    await forward(world, timedelta(hours=25))
    await duty(world.consumer, ours["id"], "overdue", "inform")
    found = await may_we(world, agreement=ours["id"])
    assert (found["may"], codes(found)) == ("no", ["duty.overdue"])


async def test_what_has_landed_is_judged_by_our_own_counters(world: World) -> None:
    object_ = await landed(world, "kept", rule("count", "lteq", "1"), content=b"a,b\n1,2\n", vault=True)
    found = await may_we(world, agreement=object_["under"]["id"])
    assert [(each["object"], each["may"]) for each in found["vault"]] == [(object_["id"], "yes")]
    before = [each["code"] for each in found["vault"][0]["reasons"]]
    assert (await read(world, object_)).status == 200
    assert (await read(world, object_)).status != 200
    spent = (await may_we(world, agreement=object_["under"]["id"]))["vault"][0]
    assert (before, spent["may"]) == ([], "no")
    assert [each["code"] for each in spent["reasons"]] == ["count.exhausted"]


async def test_an_agreement_that_is_over_or_was_never_made_says_so(world: World) -> None:
    ours = await agreed(world, "brief", OPEN)
    await world.consumer.post(f"/agreements/{ours['id']}/terminate", {"reason": "enough"})
    found = await may_we(world, dataset="brief")
    assert (found["may"], codes(found)) == ("no", ["agreement.terminated"])
    none = await may_we(world, dataset="never")
    assert (none["may"], none["basis"], codes(none)) == ("no", "nothing", ["agreement.none"])
    elsewhere = await may_we(world, dataset="plain", provider="did:web:nobody.example")
    assert elsewhere["basis"] == "nothing"


async def test_a_question_about_nothing_is_refused(world: World) -> None:
    said = await world.consumer.api("GET", "/explanation")
    assert (said.status, said.code) == (400, "explain.missing")
