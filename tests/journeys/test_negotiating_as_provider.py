"""Every negotiation message that a provider receives and sends, over HTTP (DSP-RULES 6)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.dialog import Dialog, asked, first_request, opened, permissions
from tests.dsp.schemas import Schemas
from tests.nodes import World, rule
from tests.stranger import Stranger, offer, urn

pytestmark = pytest.mark.asyncio(loop_scope="module")

COUNTER = rule("count", "lteq", "5")
OTHER = rule("count", "lteq", "9")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def held(world: World) -> str:
    """An offer whose requests wait for a person."""
    provider = world.provider
    await provider.put("/answers/held", {"on": "requested", "do": ["hold"], "dataset": "held"})
    return await provider.publish("held")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ready(world: World) -> str:
    """An offer that is agreed to at once."""
    return await world.provider.publish("ready")


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def valid(peer: Stranger, schemas: Schemas) -> AsyncIterator[None]:
    """Whatever the node has sent is valid under the published schemas (R-GEN-01 to R-GEN-04)."""
    yield
    assert peer.heard
    for heard in peer.heard:
        if heard.body:
            schemas.check(heard.body)


async def test_our_own_terms_are_agreed_verified_and_finalized(
    world: World, peer: Stranger, ready: str, schemas: Schemas
) -> None:
    """R-HTTP-10, R-CN-01, R-CN-16, R-POL-03 to R-POL-09."""
    wanted = first_request(peer, ready, "ready")
    said = await peer.send(world.provider.did, f"{world.provider.base}/negotiations/request", wanted)
    schemas.check(said.body)
    assert said.json["state"] == "REQUESTED"
    talk = opened(peer, world.provider, said, role="provider")
    told = (await talk.hears("ContractAgreementMessage")).json
    made = told["agreement"]
    assert (made["assigner"], made["assignee"]) == (world.provider.did, peer.did)
    assert (made["target"], made["timestamp"][-1]) == ("ready", "Z")
    assert all("target" not in each for each in made["permission"])
    verified = await talk.say("ContractAgreementVerificationMessage")
    assert (verified.status, verified.json["state"]) == (200, "VERIFIED")
    assert (await talk.hears("ContractNegotiationEventMessage")).json["eventType"] == "FINALIZED"
    await world.provider.reaches("negotiations", talk.pid, "FINALIZED")
    assert await talk.state() == "FINALIZED"


async def test_a_callback_address_with_a_trailing_slash_is_joined_well(
    world: World, peer: Stranger, ready: str
) -> None:
    """R-HTTP-11, R-CN-05: messages come below the callback of the first request."""
    talk = await asked(peer, world.provider, ready, "ready", callbackAddress=peer.callback + "/")
    heard = await talk.hears("ContractAgreementMessage")
    assert heard.path == f"/cb/2025-1/negotiations/{talk.theirs.replace(':', '%3A')}/agreement"


async def test_an_id_that_is_an_address_is_percent_encoded_once(
    world: World, peer: Stranger, ready: str
) -> None:
    """R-HTTP-13."""
    pid = f"https://peer.example/a b/{urn()}?x=1#y"
    talk = await asked(peer, world.provider, ready, "ready", consumerPid=pid)
    heard = await talk.hears("ContractAgreementMessage")
    assert "/negotiations/https%3A%2F%2Fpeer.example%2Fa%20b%2F" in heard.path
    assert heard.path.endswith("%3Fx%3D1%23y/agreement")


async def test_an_encoded_pid_in_the_path_is_decoded_once(world: World, peer: Stranger, held: str) -> None:
    """R-HTTP-13: the urn with its colons encoded names the same process."""
    talk = await asked(peer, world.provider, held, "held")
    url = f"{world.provider.base}/negotiations/{talk.pid.replace(':', '%3A')}"
    said = await peer.send(world.provider.did, url)
    assert (said.status, said.json["providerPid"]) == (200, talk.pid)
    twice = await peer.send(world.provider.did, url.replace("%3A", "%253A"))
    assert twice.status == 404


async def test_a_provider_counters_and_the_consumer_accepts(world: World, peer: Stranger, held: str) -> None:
    """R-CN: REQUESTED -> OFFERED -> ACCEPTED -> AGREED, on the provider's other terms."""
    talk = await asked(peer, world.provider, held, "held")
    await talk.act("counter", policy=COUNTER)
    told = (await talk.hears("ContractOfferMessage")).json
    assert permissions(told["offer"]) == permissions(COUNTER)
    assert (told["offer"]["target"], told["consumerPid"]) == ("held", talk.theirs)
    assert "callbackAddress" not in told
    await world.provider.reaches("negotiations", talk.pid, "OFFERED")
    said = await talk.say("ContractNegotiationEventMessage", eventType="ACCEPTED")
    assert (said.status, said.json["state"]) == (200, "ACCEPTED")
    made = (await talk.hears("ContractAgreementMessage")).json["agreement"]
    assert permissions(made) == permissions(COUNTER)


async def test_a_consumer_counters_an_offer_and_a_person_agrees(
    world: World, peer: Stranger, held: str
) -> None:
    """R-CN-03, A-03: what is agreed are the terms of the last request."""
    talk = await asked(peer, world.provider, held, "held")
    await talk.act("counter", policy=COUNTER)
    await talk.hears("ContractOfferMessage")
    await world.provider.reaches("negotiations", talk.pid, "OFFERED")
    said = await talk.say("ContractRequestMessage", offer=offer(held, "held", OTHER))
    assert (said.status, said.json["state"]) == (200, "REQUESTED")
    shown = await talk.shown()
    assert (shown["held"], shown["waiting"]["waits_for"], shown["offered_by"]) == (
        True,
        "a person here",
        "consumer",
    )
    await talk.act("agree")
    made = (await talk.hears("ContractAgreementMessage")).json["agreement"]
    assert permissions(made) == permissions(OTHER)


async def test_an_event_in_answer_to_the_consumers_own_request_is_refused(
    world: World, peer: Stranger, held: str, schemas: Schemas
) -> None:
    """R-CN-07."""
    talk = await asked(peer, world.provider, held, "held")
    said = await talk.say("ContractNegotiationEventMessage", eventType="ACCEPTED")
    assert (said.status, said.json["@type"]) == (400, "ContractNegotiationError")
    schemas.check(said.body)
    assert await talk.state() == "REQUESTED"


async def test_a_consumer_cannot_finalize(world: World, peer: Stranger, ready: str) -> None:
    """R-CN-08."""
    talk = await asked(peer, world.provider, ready, "ready")
    await talk.hears("ContractAgreementMessage")
    assert (await talk.say("ContractAgreementVerificationMessage")).status == 200
    said = await talk.say("ContractNegotiationEventMessage", eventType="FINALIZED")
    assert (said.status, said.json["@type"]) == (400, "ContractNegotiationError")


@pytest.mark.parametrize("name", ["consumerPid", "providerPid"])
async def test_a_pid_in_the_body_that_is_not_the_processes_own_is_refused(
    world: World, peer: Stranger, held: str, name: str
) -> None:
    """R-HTTP-14."""
    talk = await asked(peer, world.provider, held, "held")
    said = await talk.say("ContractNegotiationTerminationMessage", **{name: urn()})
    assert (said.status, said.json["@type"]) == (400, "ContractNegotiationError")
    assert await talk.state() == "REQUESTED"


async def test_either_side_ends_a_negotiation_with_or_without_words(
    world: World, peer: Stranger, held: str
) -> None:
    """R-CN-12."""
    talk = await asked(peer, world.provider, held, "held")
    said = await talk.say("ContractNegotiationTerminationMessage")
    assert (said.status, said.json["state"]) == (200, "TERMINATED")
    other = await asked(peer, world.provider, held, "held")
    await other.act("terminate", reason="too dear")
    told = (await other.hears("ContractNegotiationTerminationMessage")).json
    assert "too dear" in str(told["reason"])
    shown = await world.provider.reaches("negotiations", other.pid, "TERMINATED")
    assert shown["waiting"] is None


async def test_reasons_of_the_other_side_are_shown_as_they_came(
    world: World, peer: Stranger, held: str
) -> None:
    """T-03."""
    talk = await asked(peer, world.provider, held, "held")
    reasons = [{"message": "no budget"}, "plain words", 7]
    said = await talk.say("ContractNegotiationTerminationMessage", code="BUDGET", reason=reasons)
    assert said.status == 200
    shown = await talk.shown()
    assert (shown["code"], shown["reason"][0]) == ("BUDGET", {"message": "no budget"})
    assert "plain words" in shown["reason"]


@pytest.mark.parametrize("state", ["TERMINATED", "FINALIZED"])
async def test_nothing_leads_on_from_a_last_state(
    world: World, peer: Stranger, ready: str, held: str, state: str
) -> None:
    """R-GEN-10, R-CN-09."""
    if state == "TERMINATED":
        talk = await asked(peer, world.provider, held, "held")
        await talk.say("ContractNegotiationTerminationMessage")
    else:
        talk = await asked(peer, world.provider, ready, "ready")
        await talk.hears("ContractAgreementMessage")
        await talk.say("ContractAgreementVerificationMessage")
        await world.provider.reaches("negotiations", talk.pid, "FINALIZED")
    for type_, members in AFTERWARDS.items():
        said = await talk.say(type_, **members)
        assert said.status == 400, (type_, said)
    assert await talk.state() == state


AFTERWARDS: dict[str, dict[str, Any]] = {
    "ContractRequestMessage": {"offer": offer("x", "ready", COUNTER)},
    "ContractAgreementVerificationMessage": {"reason": ["once more, and not byte for byte the same"]},
    "ContractNegotiationEventMessage": {"eventType": "ACCEPTED"},
    "ContractNegotiationTerminationMessage": {"reason": ["late"]},
}


@pytest.mark.parametrize("fresh", [{}, {"@id": "urn:uuid:another-try"}], ids=["same bytes", "fresh id"])
async def test_a_repeat_of_the_first_request_is_the_same_negotiation(
    world: World, peer: Stranger, held: str, fresh: dict[str, str]
) -> None:
    """R-IDM-02: the same again under a fresh token; EDC gives each try a fresh `@id`."""
    wanted = first_request(peer, held, "held")
    url = f"{world.provider.base}/negotiations/request"
    first = await peer.send(world.provider.did, url, wanted)
    before = world.provider.counts()
    again = await peer.send(world.provider.did, url, {**wanted, **fresh})
    assert (again.status, again.json["providerPid"]) == (201, first.json["providerPid"])
    assert world.provider.counts() == before


async def test_another_first_request_under_the_same_pid_is_refused(
    world: World, peer: Stranger, held: str
) -> None:
    wanted = first_request(peer, held, "held")
    url = f"{world.provider.base}/negotiations/request"
    await peer.send(world.provider.did, url, wanted)
    changed = {**wanted, "callbackAddress": peer.callback}
    said = await peer.send(world.provider.did, url, changed)
    assert (said.status, said.code) == (400, "negotiation.already-open")


async def test_a_repeat_of_the_last_message_is_acknowledged_and_changes_nothing(
    world: World, peer: Stranger, held: str
) -> None:
    """R-IDM-02: the peer that lost our acknowledgement gets it again; another message is out of turn."""
    talk = await asked(peer, world.provider, held, "held")
    await talk.act("counter", policy=COUNTER)
    await talk.hears("ContractOfferMessage")
    await world.provider.reaches("negotiations", talk.pid, "OFFERED")
    said = await talk.say("ContractRequestMessage", offer=offer(held, "held", OTHER))
    before = world.provider.counts()
    again = await talk.say("ContractRequestMessage", offer=offer(held, "held", OTHER))
    assert (again.status, again.json) == (200, said.json)
    other = await talk.say("ContractRequestMessage", offer=offer(held, "held", COUNTER))
    assert other.status == 400
    assert world.provider.counts() == before


@pytest.mark.parametrize(
    "change",
    [
        {"@id": "a:b:c"},
        {"@id": "nonsense"},
        {"target": "other"},
        {"target": None},
    ],
    ids=["unknown", "no id of ours", "other dataset", "no dataset"],
)
async def test_a_request_for_an_offer_that_is_not_there_opens_nothing(
    world: World, peer: Stranger, held: str, schemas: Schemas, change: dict[str, Any]
) -> None:
    """R-CN-02, A-05, T-13."""
    terms = {**offer(held, "held", COUNTER), **change}
    wanted = first_request(peer, held, "held", offer={k: v for k, v in terms.items() if v is not None})
    before = world.provider.counts()
    said = await peer.send(world.provider.did, f"{world.provider.base}/negotiations/request", wanted)
    assert (said.status, said.json["@type"]) == (400, "ContractNegotiationError")
    schemas.check(said.body)
    assert world.provider.counts() == before


@pytest.mark.parametrize("both", [True, False], ids=["both", "none"])
async def test_exactly_one_of_callback_and_pid_stands_in_a_request(
    world: World, peer: Stranger, held: str, *, both: bool
) -> None:
    """DSP-RULES 6.4."""
    change = {"providerPid": urn()} if both else {"callbackAddress": None}
    wanted = first_request(peer, held, "held", **change)
    said = await peer.send(world.provider.did, f"{world.provider.base}/negotiations/request", wanted)
    assert (said.status, said.json["@type"]) == (400, "ContractNegotiationError")


async def test_a_rule_about_another_target_is_never_agreed(world: World, peer: Stranger, ready: str) -> None:
    """R-POL-07, R-POL-08: it is not our offer, and nothing with such a rule leaves us."""
    terms = offer(ready, "ready", {"permission": [{"action": "use", "target": "other"}]})
    talk = await asked(peer, world.provider, ready, "ready", offer=terms)
    assert (await talk.shown())["held"] is True
    said = await world.provider.api("POST", f"/negotiations/{talk.pid}/agree", {})
    assert (said.status, said.code) == (400, "message.unwritable")
    assert await talk.state() == "REQUESTED"


async def test_a_provider_opens_with_an_offer_and_the_consumer_accepts(world: World, peer: Stranger) -> None:
    """R-CN-06, T-22: the first offer goes to the consumer's own base."""
    await world.provider.publish("proposed", COUNTER)
    made = await world.provider.post(
        "/negotiations",
        {"role": "provider", "participant": peer.did, "at": peer.base, "dataset": "proposed"},
    )
    shown = await world.provider.reaches("negotiations", made["id"], "OFFERED")
    heard = await peer.hears("ContractOfferMessage", shown["provider_pid"])
    assert heard.path == "/2025-1/negotiations/offers"
    assert heard.json["callbackAddress"] == world.provider.base
    talk = Dialog(
        peer=peer,
        site=world.provider,
        family="negotiations",
        role="provider",
        pid=shown["provider_pid"],
        theirs=shown["consumer_pid"],
    )
    assert (await talk.say("ContractNegotiationEventMessage", eventType="ACCEPTED")).status == 200
    agreed = (await talk.hears("ContractAgreementMessage")).json["agreement"]
    assert (permissions(agreed), agreed["assignee"]) == (permissions(COUNTER), peer.did)


async def test_a_policy_that_denies_the_caller_ends_the_negotiation_with_the_reason(
    world: World, peer: Stranger
) -> None:
    """Refused, and told by which rule and what would help."""
    past = await world.provider.publish("past", rule("dateTime", "lteq", "2020-01-01T00:00:00Z"))
    terms = offer(past, "past", rule("dateTime", "lteq", "2020-01-01T00:00:00Z"))
    talk = await asked(peer, world.provider, past, "past", offer=terms)
    told = (await talk.hears("ContractNegotiationTerminationMessage")).json
    assert told["reason"][0]["code"] == told["code"]
    assert told["reason"][0]["message"]
    assert told["reason"][0]["message_zh"]


def limited(count: str, *actions: str, **more: Any) -> list[dict[str, Any]]:
    """A rule for each action, as a peer writes them that keeps no ids."""
    constraint = [{"leftOperand": "count", "operator": "lteq", "rightOperand": count}]
    return [{"action": action, "constraint": constraint, **more} for action in actions]


async def test_a_compact_limit_is_agreed_with_a_peer_that_keeps_no_ids_of_rules(
    world: World, peer: Stranger
) -> None:
    """What it is given to agree to is the offer, so that both actions share one counter."""
    compact = {"permission": [{**limited("3", "use")[0], "action": ["read", "print"]}]}
    offer_id = await world.provider.publish("compact", compact)
    terms = offer(offer_id, "compact", {"permission": limited("3", "print", "read")})
    talk = await asked(peer, world.provider, offer_id, "compact", offer=terms)
    made = (await talk.hears("ContractAgreementMessage")).json["agreement"]
    assert len(made["permission"]) == 2
    assert len({each["@id"] for each in made["permission"]}) == 1
    verified = await talk.say("ContractAgreementVerificationMessage")
    assert (verified.status, verified.json["state"]) == (200, "VERIFIED")
    await world.provider.reaches("negotiations", talk.pid, "FINALIZED")


@pytest.mark.parametrize(
    "asked_for",
    [
        limited("4", "read", "print"),
        limited("3", "read", "print", "delete"),
        [*limited("3", "read", "print"), *limited("3", "read")],
        [*limited("3", "read", **{"@id": "urn:a"}), *limited("3", "print", **{"@id": "urn:b"})],
    ],
    ids=["more", "another action", "one twice", "other ids"],
)
async def test_other_terms_than_a_compact_limit_are_not_taken_for_it(
    world: World, peer: Stranger, asked_for: list[dict[str, Any]]
) -> None:
    compact = {"permission": [{**limited("3", "use")[0], "action": ["read", "print"]}]}
    offer_id = await world.provider.publish("compact-held", compact)
    terms = offer(offer_id, "compact-held", {"permission": asked_for})
    talk = await asked(peer, world.provider, offer_id, "compact-held", offer=terms)
    shown = await world.provider.get(f"/negotiations/{talk.pid}")
    assert (shown["state"], shown["held"]) == ("REQUESTED", True), "a person looks at it"
