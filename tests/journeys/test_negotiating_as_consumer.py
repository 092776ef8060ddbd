"""Every negotiation message that a consumer receives and sends, over HTTP (DSP-RULES 6.3)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.dialog import Dialog, agreement, offered, permissions, requested
from tests.dsp.schemas import Schemas
from tests.nodes import OPEN, World, rule
from tests.stranger import Stranger, message, offer, urn

pytestmark = pytest.mark.asyncio(loop_scope="module")

COUNTER = rule("count", "lteq", "5")


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def valid(peer: Stranger, schemas: Schemas) -> AsyncIterator[None]:
    """Whatever the node has sent is valid under the published schemas (R-GEN-01 to R-GEN-04)."""
    yield
    assert peer.heard
    for heard in peer.heard:
        if heard.body:
            schemas.check(heard.body)


@pytest.fixture
def dataset() -> str:
    """A dataset that nothing else is about."""
    return urn()


async def _agree(talk: Dialog, dataset: str, **changes: Any) -> None:
    said = await talk.say("ContractAgreementMessage", agreement=agreement(talk, dataset, **changes))
    assert said.status == 200, said


async def test_a_request_is_agreed_verified_and_finalized(
    world: World, peer: Stranger, dataset: str, schemas: Schemas
) -> None:
    """R-CN-05, R-CN-14: the agreement is there only after FINALIZED."""
    talk = await requested(peer, world.consumer, dataset)
    first = (await talk.hears("ContractRequestMessage")).json
    assert (first["callbackAddress"], first["offer"]["target"]) == (world.consumer.base, dataset)
    assert "providerPid" not in first
    stated = agreement(talk, dataset)
    said = await talk.say("ContractAgreementMessage", agreement=stated)
    assert said.status == 200
    schemas.check(said.body)
    await talk.hears("ContractAgreementVerificationMessage")
    await world.consumer.reaches("negotiations", talk.pid, "VERIFIED")
    assert (await world.consumer.get("/agreements", negotiation=talk.pid))["total"] == 0
    said = await talk.say("ContractNegotiationEventMessage", eventType="FINALIZED")
    assert (said.status, said.json["state"]) == (200, "FINALIZED")
    found = await world.consumer.get("/agreements", wire_id=stated["@id"])
    assert (found["total"], found["items"][0]["role"]) == (1, "consumer")


async def test_an_offer_in_answer_waits_for_a_person_who_accepts(
    world: World, peer: Stranger, dataset: str
) -> None:
    talk = await requested(peer, world.consumer, dataset)
    said = await talk.say("ContractOfferMessage", offer=offer("urn:offer:1", dataset, COUNTER))
    assert (said.status, said.json["state"]) == (200, "OFFERED")
    shown = await talk.shown()
    assert (shown["held"], shown["waiting"]["waits_for"], shown["offered_by"]) == (
        True,
        "a person here",
        "provider",
    )
    await talk.act("accept")
    assert (await talk.hears("ContractNegotiationEventMessage")).json["eventType"] == "ACCEPTED"
    await world.consumer.reaches("negotiations", talk.pid, "ACCEPTED")
    await _agree(talk, dataset, permission=COUNTER["permission"])
    await talk.hears("ContractAgreementVerificationMessage")


async def test_a_provider_opens_with_an_offer_and_the_consumer_counters(
    world: World, peer: Stranger, dataset: str
) -> None:
    """R-CN-06, R-HTTP-10: 201 OFFERED; the counter goes below the provider's callback."""
    talk = await offered(peer, world.consumer, dataset, callbackAddress=peer.callback)
    assert await talk.state() == "OFFERED"
    await talk.act("counter", policy=COUNTER)
    heard = await talk.hears("ContractRequestMessage")
    assert heard.path.startswith("/cb/2025-1/negotiations/")
    assert permissions(heard.json["offer"]) == permissions(COUNTER)
    assert heard.json["providerPid"] == talk.theirs
    assert "callbackAddress" not in heard.json
    await world.consumer.reaches("negotiations", talk.pid, "REQUESTED")
    await _agree(talk, dataset, permission=COUNTER["permission"])
    await talk.hears("ContractAgreementVerificationMessage")


async def test_a_provider_opens_with_an_offer_and_the_consumer_refuses(
    world: World, peer: Stranger, dataset: str
) -> None:
    talk = await offered(peer, world.consumer, dataset)
    await talk.act("terminate", reason="not needed")
    told = (await talk.hears("ContractNegotiationTerminationMessage")).json
    assert "not needed" in str(told["reason"])


DEFECTS: dict[str, dict[str, Any]] = {
    "more permission": {"permission": [*OPEN["permission"], {"action": "distribute"}]},
    "a rule of its own": {"permission": COUNTER["permission"]},
    "a prohibition more": {"prohibition": [{"action": "print"}]},
    "another target": {"target": "urn:uuid:other"},
    "another assigner": {"assigner": "did:web:other.example"},
    "another assignee": {"assignee": "did:web:other.example"},
    "no assignee": {"assignee": None},
    "no target": {"target": None},
    "no rules": {"permission": None},
}


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
async def test_an_agreement_on_other_terms_is_refused(
    world: World, peer: Stranger, dataset: str, schemas: Schemas, defect: dict[str, Any]
) -> None:
    """R-CN-11, P2: nothing is agreed that was not the last offer between these two."""
    talk = await requested(peer, world.consumer, dataset)
    said = await talk.say("ContractAgreementMessage", agreement=agreement(talk, dataset, **defect))
    assert (said.status, said.json["@type"]) == (400, "ContractNegotiationError")
    schemas.check(said.body)
    assert await talk.state() == "REQUESTED"
    assert (await talk.shown())["agreement"] is None


async def test_an_agreement_under_the_id_of_another_one_is_refused(
    world: World, peer: Stranger, dataset: str
) -> None:
    """Messages name an agreement by its id: a second one of that id would be taken for the first."""
    first = await requested(peer, world.consumer, dataset)
    stated = agreement(first, dataset)
    await _agree(first, dataset, **{"@id": stated["@id"]})
    await first.hears("ContractAgreementVerificationMessage")
    assert (await first.say("ContractNegotiationEventMessage", eventType="FINALIZED")).status == 200
    second = await requested(peer, world.consumer, dataset)
    said = await second.say("ContractAgreementMessage", agreement=stated)
    assert (said.status, said.code) == (400, "agreement.id-taken")
    assert await second.state() == "REQUESTED"
    assert (await world.consumer.get("/agreements", wire_id=stated["@id"]))["total"] == 1


EARLY: dict[str, tuple[str, dict[str, Any]]] = {
    "finalized": ("ContractNegotiationEventMessage", {"eventType": "FINALIZED"}),
    "accepted": ("ContractNegotiationEventMessage", {"eventType": "ACCEPTED"}),
    "verification": ("ContractAgreementVerificationMessage", {}),
}


@pytest.mark.parametrize(("type_", "members"), EARLY.values(), ids=EARLY)
async def test_a_message_out_of_turn_or_from_the_wrong_side_is_refused(
    world: World, peer: Stranger, dataset: str, type_: str, members: dict[str, Any]
) -> None:
    """R-CN-08, P1."""
    talk = await requested(peer, world.consumer, dataset)
    said = await talk.say(type_, **members)
    assert (said.status, said.json["@type"]) == (400, "ContractNegotiationError")
    assert await talk.state() == "REQUESTED"


async def test_a_second_offer_while_one_is_open_is_refused(
    world: World, peer: Stranger, dataset: str
) -> None:
    """A-02."""
    talk = await offered(peer, world.consumer, dataset)
    said = await talk.say("ContractOfferMessage", offer=offer("urn:offer:2", dataset, COUNTER))
    assert said.status == 400
    assert await talk.state() == "OFFERED"


async def test_the_counterparty_reads_the_state_on_the_consumers_side_and_nobody_else(
    world: World, peer: Stranger, dataset: str
) -> None:
    """R-CN-15."""
    talk = await requested(peer, world.consumer, dataset)
    assert await talk.state() == "REQUESTED"
    said = await peer.send(world.provider.did, f"{world.provider.base}/negotiations/{talk.pid}")
    assert said.status == 404


async def test_a_repeated_agreement_is_acknowledged_and_another_one_is_not(
    world: World, peer: Stranger, dataset: str
) -> None:
    """R-IDM-02."""
    talk = await requested(peer, world.consumer, dataset)
    stated = agreement(talk, dataset)
    assert (await talk.say("ContractAgreementMessage", agreement=stated)).status == 200
    await talk.hears("ContractAgreementVerificationMessage")
    await world.consumer.reaches("negotiations", talk.pid, "VERIFIED")
    other = await talk.say("ContractAgreementMessage", agreement={**stated, "@id": urn()})
    assert other.status == 400
    assert await talk.state() == "VERIFIED"
    assert (
        len(
            [
                each
                for each in peer.heard
                if each.type == "ContractAgreementVerificationMessage"
                and each.json["consumerPid"] == talk.pid
            ]
        )
        == 1
    )


async def test_an_agreement_that_is_said_anew_before_it_is_verified_is_the_one_that_counts(
    world: World, peer: Stranger, dataset: str
) -> None:
    """R-IDM-02: EDC repeats an agreement under new ids when our acknowledgement was lost."""
    await world.consumer.put("/answers/wait", {"on": "agreed", "do": ["hold"], "dataset": dataset})
    talk = await requested(peer, world.consumer, dataset)
    stated = agreement(talk, dataset)
    again = {**stated, "@id": urn()}
    assert (await talk.say("ContractAgreementMessage", agreement=stated)).status == 200
    said = await talk.say("ContractAgreementMessage", agreement=again)
    assert (said.status, said.json["state"]) == (200, "AGREED")
    await talk.act("verify")
    await talk.hears("ContractAgreementVerificationMessage")
    await world.consumer.reaches("negotiations", talk.pid, "VERIFIED")
    assert (await talk.say("ContractNegotiationEventMessage", eventType="FINALIZED")).status == 200
    found = await world.consumer.get("/agreements", negotiation=talk.pid)
    assert [each["wire_id"] for each in found["items"]] == [again["@id"]]


@pytest.mark.parametrize("both", [True, False], ids=["both", "none"])
async def test_exactly_one_of_callback_and_pid_stands_in_an_offer(
    world: World, peer: Stranger, dataset: str, *, both: bool
) -> None:
    """DSP-RULES 6.4."""
    told = message(
        "ContractOfferMessage",
        providerPid=urn(),
        consumerPid=urn() if both else None,
        callbackAddress=peer.base if both else None,
        offer=offer("urn:offer:1", dataset, OPEN),
    )
    said = await peer.send(world.consumer.did, f"{world.consumer.base}/negotiations/offers", told)
    assert (said.status, said.json["@type"]) == (400, "ContractNegotiationError")


async def test_an_offer_without_rules_is_taken_and_shown_and_permits_nothing(
    world: World, peer: Stranger, dataset: str
) -> None:
    """D-14: what EDC sends for an offer that permits nothing is not a broken message."""
    bare = {"@id": "urn:offer:1", "@type": "Offer", "target": dataset}
    talk = await offered(peer, world.consumer, dataset, offer=bare)
    shown = await talk.shown()
    assert shown["held"] is True
    assert "permission" not in shown["offer"]["odrl"]


async def test_a_peer_that_refuses_the_request_is_quoted_to_the_person_who_asked(
    world: World, peer: Stranger, dataset: str
) -> None:
    """What the other side gave as its reason is what our operator reads."""
    why = {"code": "offer.unknown", "message": "No such offer here."}
    error = message("ContractNegotiationError", consumerPid="", providerPid="", code="400", reason=[why])
    peer.answering = lambda heard: (400, error) if heard.path.endswith("/negotiations/request") else None
    try:
        values = {"participant": peer.did, "at": peer.base, "dataset": dataset, "offer": "x", "policy": OPEN}
        made = await world.consumer.post("/negotiations", values)
        shown = await world.consumer.reaches("negotiations", made["id"], "TERMINATED")
    finally:
        peer.answering = lambda heard: None
    assert (shown["code"], shown["reason"]) == ("offer.unknown", [why])


UNREADABLE = {
    "no utf-8": b'{"code": "\xff\xfe"}',
    "too deep": b'{"reason":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "no json": b"<html>no</html>",
    "no object": b"[1]",
    "nothing": b"",
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("status", [400, 200])
async def test_an_answer_that_nobody_can_read_holds_up_nothing(
    world: World, peer: Stranger, dataset: str, body: bytes, status: int
) -> None:
    """R-HTTP-09: the body of an answer is never required."""
    talk = await requested(peer, world.consumer, dataset)
    peer.answering = lambda heard: (status, body) if heard.path.endswith("/termination") else None
    try:
        await talk.act("terminate", reason="enough")
        await world.consumer.reaches("negotiations", talk.pid, "TERMINATED")
    finally:
        peer.answering = lambda heard: None
