"""People decide too: what waits for whom, and what a person or a stored answer makes of it (issue item 3, D-30)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.dialog import agreement, asked, offered, requested
from tests.nodes import NegotiationTable, Site, World, rule, site
from tests.stranger import Stranger, offer, urn

from xinfu.node.config import AnswerTable

pytestmark = pytest.mark.asyncio(loop_scope="module")

COUNTER = rule("count", "lteq", "5")


@pytest_asyncio.fixture(loop_scope="module")
async def dataset(world: World) -> AsyncIterator[str]:
    """A dataset of the provider that nothing else is about; its answers are gone afterwards."""
    name = urn()
    await world.provider.publish(name)
    yield name
    for answer in (await world.provider.get("/answers", limit=1000))["items"]:
        await world.provider.api("DELETE", f"/answers/{answer['id']}")


def _offer_id(dataset: str) -> str:
    return ":".join([dataset.replace(":", "%3A")] * 3)


async def _answer(site: Site, on: str, *acts: str, **more: Any) -> None:
    await site.put(f"/answers/{urn()}", {"on": on, "do": list(acts), **more})


async def test_a_request_on_our_own_terms_goes_through_unseen(
    world: World, peer: Stranger, dataset: str
) -> None:
    talk = await asked(peer, world.provider, _offer_id(dataset), dataset)
    await talk.hears("ContractAgreementMessage")


async def test_a_counter_offer_waits_for_a_person(world: World, peer: Stranger, dataset: str) -> None:
    other = offer(_offer_id(dataset), dataset, COUNTER)
    talk = await asked(peer, world.provider, _offer_id(dataset), dataset, offer=other)
    shown = await talk.shown()
    assert (shown["state"], shown["held"], shown["waiting"]["waits_for"]) == (
        "REQUESTED",
        True,
        "a person here",
    )
    assert shown["offer"]["odrl"]["permission"] == COUNTER["permission"]
    assert shown["offer"]["rules"]["zh"]


async def test_a_counter_offer_for_a_purpose_that_our_offer_excludes_waits_too(
    world: World, peer: Stranger
) -> None:
    """It asks for other terms, so a person decides; nothing is agreed by itself."""
    dataset = urn()
    await world.provider.publish(dataset, policy=rule("purpose", "eq", "research"))
    other = offer(_offer_id(dataset), dataset, rule("purpose", "eq", "marketing"))
    declared = {"xinfu:purpose": "marketing"}
    talk = await asked(peer, world.provider, _offer_id(dataset), dataset, offer=other, **declared)
    shown = await talk.shown()
    assert (shown["state"], shown["held"]) == ("REQUESTED", True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def strict(world: World, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A node that does not negotiate its terms."""
    folder = tmp_path_factory.mktemp("strict") / "strict"
    settings = NegotiationTable(counter_offers="refuse")
    async with site(folder, world.session, negotiation=settings) as made:
        yield made


async def test_a_counter_offer_is_refused_where_the_config_says_so(strict: Site, peer: Stranger) -> None:
    """R-CN-03: a provider that does not negotiate compares the rules and refuses a difference."""
    offer_id = await strict.publish("air")
    talk = await asked(peer, strict, offer_id, "air", offer=offer(offer_id, "air", COUNTER))
    told = (await talk.hears("ContractNegotiationTerminationMessage")).json
    assert (told["code"], told["reason"][0]["code"]) == ("offer.differs", "offer.differs")
    assert told["reason"][0]["help_zh"]


async def test_the_same_node_agrees_on_its_own_terms(strict: Site, peer: Stranger) -> None:
    offer_id = await strict.publish("water")
    talk = await asked(peer, strict, offer_id, "water")
    await talk.hears("ContractAgreementMessage")


@pytest.mark.parametrize("act", ["agree", "counter", "terminate", "release"])
async def test_a_person_answers_a_held_request(world: World, peer: Stranger, dataset: str, act: str) -> None:
    heard = {
        "agree": "ContractAgreementMessage",
        "counter": "ContractOfferMessage",
        "terminate": "ContractNegotiationTerminationMessage",
        "release": "ContractAgreementMessage",
    }
    await _answer(world.provider, "requested", "hold", dataset=dataset)
    talk = await asked(peer, world.provider, _offer_id(dataset), dataset)
    assert (await talk.shown())["held"] is True
    if act == "release":
        for answer in (await world.provider.get("/answers"))["items"]:
            await world.provider.api("DELETE", f"/answers/{answer['id']}")
    form: dict[str, dict[str, Any]] = {"counter": {"policy": COUNTER}, "terminate": {"reason": "no"}}
    done = await talk.act(act, **form.get(act, {}))
    assert done["held"] is False
    await talk.hears(heard[act])


async def test_a_person_holds_what_would_have_gone_on(world: World, peer: Stranger, dataset: str) -> None:
    """Held before the next message comes: that one then waits too."""
    await _answer(world.provider, "requested", "offer", dataset=dataset)
    talk = await asked(peer, world.provider, _offer_id(dataset), dataset)
    await talk.hears("ContractOfferMessage")
    await world.provider.reaches("negotiations", talk.pid, "OFFERED")
    shown = await talk.shown()
    assert (shown["held"], shown["waiting"]["waits_for"]) == (False, peer.did)
    assert (await talk.act("hold"))["held"] is True
    assert (await talk.act("release"))["held"] is False


async def test_a_negotiation_that_is_over_is_not_held(world: World, peer: Stranger, dataset: str) -> None:
    talk = await asked(peer, world.provider, _offer_id(dataset), dataset)
    await talk.say("ContractNegotiationTerminationMessage")
    said = await world.provider.api("POST", f"/negotiations/{talk.pid}/hold", {})
    assert (said.status, said.code) == (409, "negotiation.over")


@pytest.mark.parametrize("act", ["accept", "counter", "terminate"])
async def test_a_person_answers_an_offer_of_a_provider(world: World, peer: Stranger, act: str) -> None:
    talk = await offered(peer, world.consumer, urn())
    shown = await talk.shown()
    assert (shown["state"], shown["held"], shown["waiting"]["waits_for"]) == (
        "OFFERED",
        True,
        "a person here",
    )
    await talk.act(act, **({"policy": COUNTER} if act == "counter" else {}))
    await talk.hears(
        {
            "accept": "ContractNegotiationEventMessage",
            "counter": "ContractRequestMessage",
            "terminate": "ContractNegotiationTerminationMessage",
        }[act]
    )


@pytest.mark.parametrize(
    ("acts", "type_"),
    [
        (["agree"], "ContractAgreementMessage"),
        (["offer"], "ContractOfferMessage"),
        (["terminate"], "ContractNegotiationTerminationMessage"),
    ],
    ids=["agree", "offer", "terminate"],
)
async def test_a_stored_answer_decides_on_a_request(
    world: World, peer: Stranger, dataset: str, acts: list[str], type_: str
) -> None:
    await _answer(world.provider, "requested", *acts, dataset=dataset, reason="by rule")
    talk = await asked(peer, world.provider, _offer_id(dataset), dataset)
    told = (await talk.hears(type_)).json
    if acts == ["terminate"]:
        assert "by rule" in str(told["reason"])


async def test_a_stored_answer_decides_on_an_offer(world: World, peer: Stranger) -> None:
    name = urn()
    await _answer(world.consumer, "offered", "accept", dataset=name)
    talk = await offered(peer, world.consumer, name)
    assert (await talk.hears("ContractNegotiationEventMessage")).json["eventType"] == "ACCEPTED"


async def test_a_row_of_acts_is_done_one_after_another(world: World, peer: Stranger, dataset: str) -> None:
    """Each act leaves when the one before it was acknowledged."""
    await _answer(world.provider, "requested", "offer", "terminate", dataset=dataset)
    talk = await asked(peer, world.provider, _offer_id(dataset), dataset)
    await talk.hears("ContractNegotiationTerminationMessage")
    about = [each.type for each in peer.heard if each.body and each.json.get("consumerPid") == talk.theirs]
    assert about == ["ContractOfferMessage", "ContractNegotiationTerminationMessage"]


async def test_the_higher_priority_counts_then_the_lower_id(
    world: World, peer: Stranger, dataset: str
) -> None:
    for name, act, priority in (("b", "hold", 1), ("a", "offer", 1), ("c", "terminate", 0)):
        form = {"on": "requested", "do": [act], "dataset": dataset, "priority": priority}
        await world.provider.put(f"/answers/{name}", form)
    talk = await asked(peer, world.provider, _offer_id(dataset), dataset)
    await talk.hears("ContractOfferMessage")


@pytest.mark.parametrize(("matcher", "other"), [("peer", "did:web:another.example"), ("dataset", "another")])
async def test_an_answer_counts_only_where_all_that_it_names_fits(
    world: World, peer: Stranger, dataset: str, matcher: str, other: str
) -> None:
    await _answer(world.provider, "requested", "terminate", **{"dataset": dataset, matcher: other})
    talk = await asked(peer, world.provider, _offer_id(dataset), dataset)
    await talk.hears("ContractAgreementMessage")


async def test_a_stored_agreement_never_overrules_our_own_policy(world: World, peer: Stranger) -> None:
    """Fail closed: a standing yes does not open what the policy denies."""
    name = urn()
    past = rule("dateTime", "lteq", "2020-01-01T00:00:00Z")
    await world.provider.publish(name, past)
    await _answer(world.provider, "requested", "agree", dataset=name)
    talk = await asked(peer, world.provider, _offer_id(name), name, offer=offer(_offer_id(name), name, past))
    told = (await talk.hears("ContractNegotiationTerminationMessage")).json
    assert told["reason"][0]["message"]


async def test_an_answer_that_fits_no_more_changes_nothing(
    world: World, peer: Stranger, dataset: str
) -> None:
    """An act that is no move now is left out; the person sees the negotiation as it stands."""
    await _answer(world.provider, "requested", "finalize", dataset=dataset)
    talk = await asked(peer, world.provider, _offer_id(dataset), dataset)
    assert await talk.state() == "REQUESTED"
    assert (await talk.shown())["waiting"]["waits_for"] == "a person here"


async def test_an_offer_that_was_withdrawn_meanwhile_is_not_agreed(
    world: World, peer: Stranger, dataset: str
) -> None:
    await _answer(world.provider, "requested", "hold", dataset=dataset)
    talk = await asked(peer, world.provider, _offer_id(dataset), dataset)
    assert (await world.provider.api("DELETE", f"/contract-definitions/{dataset}")).status == 204
    for answer in (await world.provider.get("/answers"))["items"]:
        await world.provider.api("DELETE", f"/answers/{answer['id']}")
    await talk.act("release")
    told = (await talk.hears("ContractNegotiationTerminationMessage")).json
    assert told["code"] == "offer.withdrawn"


async def test_it_is_shown_that_a_message_of_ours_is_not_delivered_yet(world: World, peer: Stranger) -> None:
    """Who waits for whom: us for the other side's answer, with the tries so far and the next one."""
    name = urn()
    talk = await requested(peer, world.consumer, name)
    peer.answering = lambda heard: (503, {})
    try:
        await talk.act("terminate")
        await talk.hears("ContractNegotiationTerminationMessage", count=2)
        shown = await talk.shown()
    finally:
        peer.answering = lambda heard: None
    waiting = shown["waiting"]
    assert (shown["sending"], waiting["waits_for"], waiting["last_error"]) == (
        "TERMINATE",
        "delivery",
        "http.503",
    )
    assert waiting["tries"] >= 1
    assert waiting["next_try"]
    await world.consumer.reaches("negotiations", talk.pid, "TERMINATED")


async def test_it_is_shown_that_the_other_side_is_to_act(world: World, peer: Stranger) -> None:
    name = urn()
    talk = await requested(peer, world.consumer, name)
    assert (await talk.shown())["waiting"]["waits_for"] == peer.did
    stated = agreement(talk, name)
    await talk.say("ContractAgreementMessage", agreement=stated)
    await talk.hears("ContractAgreementVerificationMessage")
    shown = await world.consumer.reaches("negotiations", talk.pid, "VERIFIED")
    assert shown["waiting"]["waits_for"] == peer.did


async def test_a_decision_of_a_person_is_evidence(world: World, peer: Stranger, dataset: str) -> None:
    await _answer(world.provider, "requested", "hold", dataset=dataset)
    talk = await asked(peer, world.provider, _offer_id(dataset), dataset)
    await talk.act("terminate", reason="too dear")
    await world.provider.reaches("negotiations", talk.pid, "TERMINATED")
    entries = await world.provider.get("/evidence/entries", process=talk.pid)
    last = [each["entry"]["facts"] for each in entries if each["entry"]["kind"] == "negotiation.state"][-1]
    assert (last["from"], last["to"], last["by"], last["reason"]) == (
        "REQUESTED",
        "TERMINATED",
        "provider",
        "operator.ended",
    )


async def test_answers_of_the_config_are_taken_over_once(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """D-30: TOML seeds them; from then on the API edits them."""
    folder = tmp_path_factory.mktemp("seeded") / "seeded"
    seeds = (AnswerTable(id="first", on="requested", do=("hold",)),)
    async with site(folder, world.session, answers=seeds) as made:
        found = await made.get("/answers")
        assert [(each["id"], each["do"], each["version"]) for each in found["items"]] == [
            ("first", ["hold"], 1)
        ]
        changed = await made.put("/answers/first", {"on": "requested", "do": ["terminate"]})
        assert changed["version"] == 2
