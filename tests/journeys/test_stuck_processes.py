"""A process explains itself: since when, for whom, what failed, until when; and the peer can be asked."""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.dialog import agreement, asked, requested
from tests.nodes import OPEN, World
from tests.stranger import Answering, Heard, Stranger, message, urn

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def say(peer: Stranger) -> Iterator[Any]:
    """Put an answer into the stranger's mouth, for this test."""

    def saying(answering: Answering) -> None:
        peer.answering = answering

    yield saying
    peer.answering = lambda heard: None


def state(talk: Any, shown: str) -> Answering:
    """The stranger says of every process that it is in this state; it takes no message."""

    def answer(heard: Heard) -> tuple[int, object] | None:
        if heard.method != "GET":
            return 503, {}
        kind = "ContractNegotiation" if "negotiations" in heard.path else "TransferProcess"
        return 200, message(kind, **talk.pids, state=shown)

    return answer


async def _stuck(world: World, kind: str = "negotiations") -> list[str]:
    listed = await world.consumer.get(f"/{kind}", stuck="true", limit=1000)
    assert listed["total"] == len(listed["items"])
    return [each["id"] for each in listed["items"]]


async def test_a_peer_that_refuses_is_quoted_with_tries_and_deadline(
    world: World, peer: Stranger, say: Any
) -> None:
    talk = await requested(peer, world.consumer, urn())
    reason = [{"code": "their.trouble", "message": "The cellar is flooded."}]
    fault = message("ContractNegotiationError", **talk.pids, code="503", reason=reason)
    say(lambda heard: (503, fault))
    await talk.act("terminate")
    await talk.hears("ContractNegotiationTerminationMessage", count=4)
    waiting = (await talk.shown())["waiting"]
    assert (waiting["whom"], waiting["waits_for"]) == ("us", "delivery")
    assert waiting["tries"] >= 3
    assert waiting["stuck"] is True
    assert waiting["last_error"] == waiting["failure"]["code"] == "http.503"
    assert "The cellar is flooded." in waiting["failure"]["detail"]
    assert "their.trouble" in waiting["failure"]["detail_zh"]
    assert datetime.fromisoformat(waiting["deadline"]) > datetime.fromisoformat(waiting["next_try"])
    assert talk.pid in await _stuck(world)
    say(lambda heard: None)
    await world.consumer.reaches("negotiations", talk.pid, "TERMINATED")
    assert talk.pid not in await _stuck(world)


async def test_a_peer_that_is_silent_for_long_is_listed_as_stuck(world: World, peer: Stranger) -> None:
    talk = await requested(peer, world.consumer, urn())
    shown = await talk.shown()
    assert (shown["waiting"]["whom"], shown["waiting"]["stuck"]) == ("peer", False)
    assert shown["waiting"]["since"] == shown["updated"]
    assert talk.pid not in await _stuck(world)
    before = world.consumer.clock.moved
    world.consumer.clock.moved += timedelta(minutes=11)
    try:
        assert talk.pid in await _stuck(world)
        some = await world.consumer.get("/negotiations", stuck="true", limit=1)
        assert len(some["items"]) == 1
        assert some["total"] >= 1
    finally:
        world.consumer.clock.moved = before


async def test_a_list_says_for_each_whom_it_waits_for(world: World, peer: Stranger) -> None:
    name = urn()
    talk = await requested(peer, world.consumer, name)
    held = await requested(peer, world.consumer, name)
    await held.act("hold")
    listed = await world.consumer.get("/negotiations", dataset=name)
    by_id = {each["id"]: each["waiting"]["whom"] for each in listed["items"]}
    assert by_id == {talk.pid: "peer", held.pid: "person"}
    await talk.act("terminate")
    await world.consumer.reaches("negotiations", talk.pid, "TERMINATED")
    assert (await talk.shown())["waiting"] is None


async def test_what_the_peer_already_has_is_not_sent_again(world: World, peer: Stranger, say: Any) -> None:
    name = urn()
    talk = await requested(peer, world.consumer, name)
    say(lambda heard: (503, {}))
    await talk.say("ContractAgreementMessage", agreement=agreement(talk, name))
    await talk.hears("ContractAgreementVerificationMessage", count=2)
    say(state(talk, "VERIFIED"))
    told = await world.consumer.post(f"/negotiations/{talk.pid}/check")
    assert (told["checked"]["peer_state"], told["checked"]["finding"]) == ("VERIFIED", "acknowledged")
    assert told["negotiation"]["state"] == "VERIFIED"
    assert told["negotiation"]["waiting"]["whom"] == "peer"
    assert told["checked"]["message_zh"]


async def test_what_the_peer_has_ended_is_over_here_too(world: World, peer: Stranger, say: Any) -> None:
    talk = await requested(peer, world.consumer, urn())
    say(state(talk, "TERMINATED"))
    told = await world.consumer.post(f"/negotiations/{talk.pid}/check")
    assert told["checked"]["finding"] == "ended"
    assert told["negotiation"]["state"] == "TERMINATED"


async def test_a_message_that_the_peer_lacks_is_sent_at_once(world: World, peer: Stranger, say: Any) -> None:
    name = urn()
    talk = await requested(peer, world.consumer, name)
    say(lambda heard: (503, {}))
    await talk.say("ContractAgreementMessage", agreement=agreement(talk, name))
    await talk.hears("ContractAgreementVerificationMessage", count=3)

    def healed(heard: Heard) -> tuple[int, object] | None:
        if heard.method == "GET":
            return 200, message("ContractNegotiation", **talk.pids, state="AGREED")
        return None

    say(healed)
    told = await world.consumer.post(f"/negotiations/{talk.pid}/check")
    assert told["checked"]["finding"] in {"unchanged", "acknowledged"}
    await world.consumer.reaches("negotiations", talk.pid, "VERIFIED")


async def test_a_peer_that_knows_nothing_of_it_changes_nothing(
    world: World, peer: Stranger, say: Any
) -> None:
    talk = await requested(peer, world.consumer, urn())
    say(lambda heard: (404, {}) if heard.method == "GET" else None)
    told = await world.consumer.post(f"/negotiations/{talk.pid}/check")
    assert (told["checked"]["peer_state"], told["checked"]["finding"]) == (None, "unknown")
    assert told["negotiation"]["state"] == "REQUESTED"


@pytest.mark.parametrize(
    ("answer", "code"),
    [((200, {"state": "?"}), "peer.process"), ((500, {}), "peer.answer"), ((200, b"\xff"), "peer.process")],
)
async def test_a_peer_that_answers_nonsense_is_named(
    world: World, peer: Stranger, say: Any, answer: tuple[int, object], code: str
) -> None:
    talk = await requested(peer, world.consumer, urn())
    say(lambda heard: answer if heard.method == "GET" else None)
    said = await world.consumer.api("POST", f"/negotiations/{talk.pid}/check")
    assert (said.status, said.code) == (502, code)
    assert (await talk.shown())["state"] == "REQUESTED"


async def test_what_was_never_acknowledged_cannot_be_asked_about(
    world: World, peer: Stranger, say: Any
) -> None:
    say(lambda heard: (503, {}))
    form = {"participant": peer.did, "at": peer.base, "dataset": urn(), "offer": "urn:o", "policy": OPEN}
    made = await world.consumer.post("/negotiations", form)
    said = await world.consumer.api("POST", f"/negotiations/{made['id']}/check")
    assert (said.status, said.code) == (409, "process.not-opened")


async def test_our_own_node_is_asked_as_provider_as_well(world: World, peer: Stranger, say: Any) -> None:
    dataset = secrets.token_hex(8)
    offer_id = await world.provider.publish(dataset)
    talk = await asked(peer, world.provider, offer_id, dataset)
    await talk.hears("ContractAgreementMessage")
    say(state(talk, "AGREED"))
    told = await world.provider.post(f"/negotiations/{talk.pid}/check")
    assert told["checked"]["peer_state"] == "AGREED"
    assert told["checked"]["finding"] in {"unchanged", "acknowledged"}


async def test_two_of_our_nodes_agree_about_a_transfer(world: World) -> None:
    dataset = urn()
    await world.provider.publish(dataset)
    agreed = await world.agree(dataset)
    made = await world.consumer.post("/transfers", {"agreement": agreed["id"]})
    shown = await world.consumer.reaches("transfers", made["id"], "STARTED")
    assert shown["waiting"]["whom"] == "nobody"
    assert shown["waiting"]["stuck"] is False
    told = await world.consumer.post(f"/transfers/{made['id']}/check")
    assert (told["checked"]["peer_state"], told["checked"]["finding"]) == ("STARTED", "unchanged")
    await world.consumer.post(f"/transfers/{made['id']}/suspend")
    shown = await world.consumer.reaches("transfers", made["id"], "SUSPENDED")
    assert shown["waiting"]["whom"] == "person"
    other = await world.provider.get(f"/transfers/{shown['provider_pid']}")
    assert other["waiting"]["whom"] == "peer"


@pytest.mark.parametrize("family", ["negotiations", "transfers"])
async def test_an_unknown_process_or_flag_is_refused(world: World, family: str) -> None:
    said = await world.consumer.api("POST", f"/{family}/{urn()}/check")
    assert (said.status, said.code) == (404, f"{family[:-1]}.not-found")
    said = await world.consumer.api("GET", f"/{family}", stuck="perhaps")
    assert (said.status, said.code) == (400, "query.stuck")
