"""Counter-offers between two nodes: what lies within our offer is agreed by rule, what does not waits for a person."""

from typing import Any
from urllib.parse import quote

import pytest
from tests.nodes import World, rule
from tests.stranger import urn

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNTIL = "2099-01-01T00:00:00Z"


def terms(times: int, *purposes: str, duty: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A policy of so many uses for any of these purposes."""
    made = rule("count", "lteq", str(times), conflict="prohibit", **more)
    permission = made["permission"][0]
    if purposes:
        permission["constraint"].append(
            {"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": list(purposes)}
        )
    if duty is not None:
        permission["duty"] = [duty]
    return made


OFFER = terms(5, "research", "teaching", prohibition=[{"action": "distribute"}])
KEPT: dict[str, Any] = {"prohibition": [{"action": "distribute"}]}

UNREAD: dict[str, Any] = {"ex:k": 1}

NARROWER = {
    "fewer uses": terms(3, "research", "teaching", **KEPT),
    "one purpose of two": terms(5, "research", **KEPT),
    "a duty more": terms(5, "research", "teaching", duty={"action": "delete"}, **KEPT),
    "a prohibition more": terms(
        5, "research", "teaching", prohibition=[{"action": "distribute"}, {"action": "sell"}]
    ),
}
WIDER = {
    "more uses": (terms(7, "research", "teaching", **KEPT), "no", "looser"),
    "another purpose": (terms(5, "research", "sale", **KEPT), "no", "other"),
    "no prohibition": (terms(5, "research", "teaching"), "no", "looser"),
    "fewer uses for more purposes": (terms(1, **KEPT), "no", "looser"),
    "words that nobody reads": (terms(3, "research", **KEPT, **UNREAD), "unknown", "other"),
    "a duty of ours": (
        terms(3, "research", duty={"action": "compensate", "assignee": "did:web:provider"}, **KEPT),
        "unknown",
        "stricter",
    ),
}


async def _rule(world: World, dataset: str, on: str = "requested") -> None:
    answer = {"on": on, "do": ["agree-within"], "dataset": dataset}
    await world.provider.put(f"/answers/{urn()}", answer)


async def _published(world: World) -> str:
    dataset = urn()
    await world.provider.publish(dataset, OFFER)
    await _rule(world, dataset)
    return dataset


@pytest.mark.parametrize("policy", NARROWER.values(), ids=NARROWER)
async def test_a_narrower_counter_offer_is_agreed_on_its_own_terms_without_a_person(
    world: World, policy: dict[str, Any]
) -> None:
    dataset = await _published(world)
    agreement = await world.agree(dataset, policy=policy)
    agreed = agreement["policy"]["odrl"]
    assert agreed["permission"] == policy["permission"]
    assert agreed.get("prohibition") == policy.get("prohibition")
    shown = await world.consumer.get(f"/negotiations/{agreement['negotiation']}")
    assert {each["effect"] for each in shown["difference"]["changes"]} == {"stricter"}
    assert shown["difference"]["within"] == "yes"


@pytest.mark.parametrize(("policy", "within", "effect"), WIDER.values(), ids=WIDER)
async def test_a_wider_counter_offer_waits_with_its_difference_shown(
    world: World, policy: dict[str, Any], within: str, effect: str
) -> None:
    dataset = await _published(world)
    opened = await world.negotiate(dataset, policy=policy)
    asked = await world.consumer.reaches("negotiations", opened["id"], "REQUESTED")
    shown = await world.provider.reaches("negotiations", asked["provider_pid"], "REQUESTED")
    assert (shown["held"], shown["waiting"]["waits_for"]) == (True, "a person here")
    found = shown["difference"]
    assert (found["against"], found["within"]) == ("our offer", within)
    assert effect in {each["effect"] for each in found["changes"]}
    assert found["zh"]
    assert found["en"]
    listed = await world.provider.get("/negotiations", dataset=dataset)
    assert listed["items"][0]["difference"] == {**found, "common": None}
    mine = (await world.consumer.get(f"/negotiations/{opened['id']}"))["difference"]
    assert mine["against"] == "the offer before"
    assert [each["en"] for each in mine["changes"]] == [each["en"] for each in found["changes"]]


async def test_what_counts_is_our_offer_as_it_stands_now(world: World) -> None:
    """The consumer counters an offer that was narrowed meanwhile: within the old one is not within ours."""
    dataset = urn()
    await world.provider.publish(dataset, OFFER)
    await _rule(world, dataset)
    quoted = quote(dataset, safe="")  # the id of the asset is also that of its policy and its definition
    offer = ":".join([quoted] * 3)
    narrowed = {"id": dataset, "policy": terms(2, "research", **KEPT)}
    await world.provider.put(f"/policies/{quoted}", narrowed)
    opened = await world.negotiate(dataset, offer=offer, policy=terms(3, "research", **KEPT))
    asked = await world.consumer.reaches("negotiations", opened["id"], "REQUESTED")
    shown = await world.provider.reaches("negotiations", asked["provider_pid"], "REQUESTED")
    assert shown["held"]
    assert [each["en"] for each in shown["difference"]["changes"]] == ["raises: 2 → 3 uses"]


async def test_an_offer_of_ours_that_is_countered_in_turn_is_judged_alike(world: World) -> None:
    dataset = urn()
    await world.provider.publish(dataset, OFFER)
    await world.provider.put(f"/answers/{urn()}", {"on": "requested", "do": ["offer"], "dataset": dataset})
    await _rule(world, dataset, on="countered")
    opened = await world.negotiate(dataset)
    offered = await world.consumer.reaches("negotiations", opened["id"], "OFFERED")
    assert offered["difference"]["changes"] == []
    await world.consumer.post(
        f"/negotiations/{opened['id']}/counter", {"policy": terms(1, "teaching", **KEPT)}
    )
    done = await world.consumer.reaches("negotiations", opened["id"], "FINALIZED")
    assert [each["en"] for each in done["difference"]["changes"]] == [
        "lowers: 5 → 1 uses",
        "narrows: purpose is one of research, teaching → purpose is one of teaching",
    ]


async def test_without_such_an_answer_a_narrower_one_waits(world: World) -> None:
    dataset = urn()
    await world.provider.publish(dataset, OFFER)
    opened = await world.negotiate(dataset, policy=terms(3, "research", **KEPT))
    asked = await world.consumer.reaches("negotiations", opened["id"], "REQUESTED")
    shown = await world.provider.reaches("negotiations", asked["provider_pid"], "REQUESTED")
    assert shown["held"]
    assert shown["difference"]["within"] == "yes"
    await world.provider.post(f"/negotiations/{shown['id']}/agree")
    await world.consumer.reaches("negotiations", opened["id"], "FINALIZED")


async def test_what_both_have_in_common_is_suggested_and_agreed_by_rule(world: World) -> None:
    dataset = await _published(world)
    opened = await world.negotiate(dataset, policy=terms(7, "research", "sale", **KEPT))
    asked = await world.consumer.reaches("negotiations", opened["id"], "REQUESTED")
    shown = await world.provider.reaches("negotiations", asked["provider_pid"], "REQUESTED")
    common = shown["difference"]["common"]
    await world.provider.post(f"/negotiations/{shown['id']}/counter", {"policy": common})
    offered = await world.consumer.reaches("negotiations", opened["id"], "OFFERED")
    assert offered["difference"]["within"] == "yes"
    await world.consumer.post(f"/negotiations/{opened['id']}/accept")
    done = await world.consumer.reaches("negotiations", opened["id"], "FINALIZED")
    assert [(each["kind"], each["effect"]) for each in done["difference"]["changes"]] == [
        ("lowers", "stricter"),
        ("narrows", "stricter"),
    ]
