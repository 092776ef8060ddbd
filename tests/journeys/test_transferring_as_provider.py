"""Every transfer message that a provider receives and sends, over HTTP (DSP-RULES 7)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.dialog import agreed, endpoint, transfer, transfer_request
from tests.dsp.schemas import Schemas
from tests.nodes import World
from tests.stranger import Heard, Stranger, message, stranger, urn

from xinfu.ports.records import ADDRESSES

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONTENT = b"hour,pm25\n0,35\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def contract(world: World, peer: Stranger) -> str:
    """Wire id of an agreement of the stranger."""
    offer_id = await world.provider.publish("air", content=CONTENT)
    return await agreed(peer, world.provider, offer_id, "air")


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def valid(peer: Stranger, schemas: Schemas) -> AsyncIterator[None]:
    """Whatever the node has sent is valid under the published schemas (R-GEN-01 to R-GEN-04)."""
    yield
    assert peer.heard
    for heard in peer.heard:
        if heard.body:
            schemas.check(heard.body)


async def _pull(world: World, start: Heard) -> tuple[int, bytes]:
    address, token = endpoint(start)
    said = await world.provider.send("GET", address, headers={"Authorization": f"Bearer {token}"})
    return said.status, said.body


async def test_a_request_is_started_with_an_address_and_completed(
    world: World, peer: Stranger, contract: str, schemas: Schemas
) -> None:
    """R-HTTP-10, R-TP-04, R-TP-05, R-TP-11."""
    wanted = transfer_request(peer, contract)
    said = await peer.send(world.provider.did, f"{world.provider.base}/transfers/request", wanted)
    assert (said.status, said.json["state"]) == (201, "REQUESTED")
    schemas.check(said.body)
    start = await peer.hears("TransferStartMessage", wanted["consumerPid"])
    assert start.json["dataAddress"]["endpointType"] == "https://w3id.org/idsa/v4.1/HTTP"
    assert await _pull(world, start) == (200, CONTENT)
    talk = await transfer(peer, world.provider, contract, consumerPid=wanted["consumerPid"])
    done = await talk.say("TransferCompletionMessage")
    assert (done.status, done.json["state"]) == (200, "COMPLETED")
    assert (await _pull(world, start))[0] == 403


@pytest.mark.parametrize(
    "address",
    [
        {"@type": "DataAddress", "endpointType": "HttpProxy"},
        {"@type": "DataAddress", "endpointType": "HttpData", "endpoint": "http://169.254.169.254/latest"},
    ],
    ids=["HttpProxy", "an address that nobody may call"],
)
async def test_the_data_address_of_a_pull_means_nothing(
    world: World, peer: Stranger, contract: str, address: dict[str, str]
) -> None:
    """EDC and clients written for it send one with each pull (`dataDestination`)."""
    wanted = transfer_request(peer, contract, dataAddress=address)
    said = await peer.send(world.provider.did, f"{world.provider.base}/transfers/request", wanted)
    assert (said.status, said.json["state"]) == (201, "REQUESTED"), said.body
    start = await peer.hears("TransferStartMessage", wanted["consumerPid"])
    assert await _pull(world, start) == (200, CONTENT)
    async with world.provider.node.parts.store.view(world.provider.context.id) as view:
        assert await view.of(ADDRESSES).get(f"push:{said.json['providerPid']}") is None


async def test_the_consumer_suspends_and_starts_again_with_a_fresh_address(
    world: World, peer: Stranger, contract: str
) -> None:
    """R-TP-12, T-11: the old token opens nothing any more, the new one does."""
    talk = await transfer(peer, world.provider, contract)
    first = await talk.hears("TransferStartMessage")
    await world.provider.reaches("transfers", talk.pid, "STARTED")
    said = await talk.say("TransferSuspensionMessage", code="PAUSE", reason=["night"])
    assert (said.status, said.json["state"]) == (200, "SUSPENDED")
    assert (await _pull(world, first))[0] == 403
    said = await talk.say("TransferStartMessage")
    assert (said.status, said.json["state"]) == (200, "STARTED")
    second = await talk.hears("TransferStartMessage", count=2)
    assert endpoint(second)[1] != endpoint(first)[1]
    assert await _pull(world, second) == (200, CONTENT)
    assert (await _pull(world, first))[0] == 403


async def test_the_provider_suspends_starts_again_and_ends(
    world: World, peer: Stranger, contract: str
) -> None:
    """R-TP-10, R-TP-12."""
    talk = await transfer(peer, world.provider, contract)
    first = await talk.hears("TransferStartMessage")
    await world.provider.reaches("transfers", talk.pid, "STARTED")
    await talk.act("suspend", reason="maintenance")
    told = (await talk.hears("TransferSuspensionMessage")).json
    assert "maintenance" in str(told["reason"])
    await world.provider.reaches("transfers", talk.pid, "SUSPENDED")
    assert (await _pull(world, first))[0] == 403
    await talk.act("resume")
    second = await talk.hears("TransferStartMessage", count=2)
    await world.provider.reaches("transfers", talk.pid, "STARTED")
    assert await _pull(world, second) == (200, CONTENT)
    await talk.act("terminate", reason="over")
    assert "over" in str((await talk.hears("TransferTerminationMessage")).json["reason"])
    await world.provider.reaches("transfers", talk.pid, "TERMINATED")
    assert (await _pull(world, second))[0] == 403


async def test_the_provider_completes(world: World, peer: Stranger, contract: str) -> None:
    talk = await transfer(peer, world.provider, contract)
    await talk.hears("TransferStartMessage")
    await world.provider.reaches("transfers", talk.pid, "STARTED")
    await talk.act("complete")
    await talk.hears("TransferCompletionMessage")
    await world.provider.reaches("transfers", talk.pid, "COMPLETED")


async def test_the_consumer_ends_a_transfer(world: World, peer: Stranger, contract: str) -> None:
    talk = await transfer(peer, world.provider, contract)
    start = await talk.hears("TransferStartMessage")
    said = await talk.say("TransferTerminationMessage", reason=[{"message": "enough"}])
    assert (said.status, said.json["state"]) == (200, "TERMINATED")
    assert (await _pull(world, start))[0] == 403


async def test_the_same_request_again_is_the_same_transfer(
    world: World, peer: Stranger, contract: str
) -> None:
    """R-TP-07."""
    talk = await transfer(peer, world.provider, contract)
    await world.provider.reaches("transfers", talk.pid, "STARTED")
    before = world.provider.counts()
    again = await transfer(peer, world.provider, contract, consumerPid=talk.theirs)
    assert again.pid == talk.pid
    assert await talk.state() == "STARTED"
    assert world.provider.counts()["transfers"] == before["transfers"]


REFUSED: dict[str, dict[str, Any]] = {
    "unknown agreement": {"agreementId": "urn:uuid:nothing"},
    "unknown format": {"format": "Carrier-Pigeon"},
    "push without address": {"format": "HttpData-PUSH"},
    "no consumer pid": {"consumerPid": None},
    "no callback": {"callbackAddress": None},
    "callback that is none": {"callbackAddress": "not an address"},
    "callback of another scheme": {"callbackAddress": "ftp://peer.example/"},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
async def test_a_request_that_cannot_be_served_opens_nothing(
    world: World, peer: Stranger, contract: str, schemas: Schemas, change: dict[str, Any]
) -> None:
    """R-TP-01 to R-TP-03, R-TP-06, A-04."""
    before = world.provider.counts()
    wanted = transfer_request(peer, contract, **change)
    said = await peer.send(world.provider.did, f"{world.provider.base}/transfers/request", wanted)
    assert (said.status, said.json["@type"]) == (400, "TransferError")
    schemas.check(said.body)
    assert world.provider.counts() == before


async def test_an_agreement_of_somebody_else_looks_like_one_that_does_not_exist(
    world: World, contract: str
) -> None:
    """R-TP-01."""
    url = f"{world.provider.base}/transfers/request"
    async with stranger(world.session) as other:
        answers = [
            await other.send(world.provider.did, url, transfer_request(other, wanted))
            for wanted in (contract, "urn:uuid:nothing")
        ]
    assert [each.status for each in answers] == [400, 400]
    assert [each.code for each in answers] == ["agreement.unknown"] * 2


async def test_an_agreement_that_has_ended_starts_nothing(world: World, peer: Stranger) -> None:
    offer_id = await world.provider.publish("ended")
    wire_id = await agreed(peer, world.provider, offer_id, "ended")
    found = await world.provider.get("/agreements", wire_id=wire_id)
    await world.provider.post(f"/agreements/{found['items'][0]['id']}/terminate", {"reason": "sold"})
    said = await peer.send(
        world.provider.did, f"{world.provider.base}/transfers/request", transfer_request(peer, wire_id)
    )
    assert (said.status, said.code) == (400, "agreement.terminated")


@pytest.mark.parametrize("name", ["consumerPid", "providerPid"])
async def test_a_pid_in_the_body_that_is_not_the_transfers_own_is_refused(
    world: World, peer: Stranger, contract: str, name: str
) -> None:
    """R-HTTP-14."""
    talk = await transfer(peer, world.provider, contract)
    await world.provider.reaches("transfers", talk.pid, "STARTED")
    said = await talk.say("TransferTerminationMessage", **{name: urn()})
    assert (said.status, said.json["@type"]) == (400, "TransferError")
    assert await talk.state() == "STARTED"


OUT_OF_TURN: dict[str, tuple[str, tuple[str, ...]]] = {
    "REQUESTED": ("", ("TransferStartMessage", "TransferSuspensionMessage", "TransferCompletionMessage")),
    "STARTED": ("", ("TransferStartMessage",)),
    "SUSPENDED": ("TransferSuspensionMessage", ("TransferCompletionMessage",)),
    "COMPLETED": (
        "TransferCompletionMessage",
        ("TransferStartMessage", "TransferSuspensionMessage", "TransferTerminationMessage"),
    ),
    "TERMINATED": (
        "TransferTerminationMessage",
        ("TransferStartMessage", "TransferSuspensionMessage", "TransferCompletionMessage"),
    ),
}


@pytest.mark.parametrize("state", OUT_OF_TURN)
async def test_a_message_out_of_turn_changes_nothing(
    world: World, peer: Stranger, schemas: Schemas, contract: str, state: str
) -> None:
    """R-HTTP-06, R-GEN-10 and the negatives of the kit (DSP-RULES 7.1)."""
    provider = world.provider
    first, refused = OUT_OF_TURN[state]
    if state == "REQUESTED":
        await provider.put("/answers/wait", {"on": "transfer-requested", "do": ["hold"], "priority": 9})
    try:
        talk = await transfer(peer, provider, contract)
    finally:
        await provider.api("DELETE", "/answers/wait")
    if state != "REQUESTED":
        await provider.reaches("transfers", talk.pid, "STARTED")
    if first:
        assert (await talk.say(first)).status == 200
    for type_ in refused:
        said = await talk.say(type_, reason=["out of turn"])
        assert (said.status, said.json["@type"]) == (400, "TransferError"), type_
        schemas.check(said.body)
    assert await talk.state() == state


async def test_a_held_transfer_starts_when_a_person_lets_it(
    world: World, peer: Stranger, contract: str
) -> None:
    await world.provider.put("/answers/wait", {"on": "transfer-requested", "do": ["hold"], "priority": 9})
    try:
        talk = await transfer(peer, world.provider, contract)
    finally:
        await world.provider.api("DELETE", "/answers/wait")
    shown = await talk.shown()
    assert (shown["held"], shown["waiting"]["waits_for"]) == (True, "a person here")
    await talk.act("resume")
    await talk.hears("TransferStartMessage")
    shown = await world.provider.reaches("transfers", talk.pid, "STARTED")
    assert shown["waiting"]["waits_for"] == peer.did


async def test_an_unknown_transfer_and_that_of_another_peer_are_not_found(
    world: World, peer: Stranger, contract: str
) -> None:
    """R-HTTP-15: nobody learns which transfers there are, and nobody moves one that is not his."""
    talk = await transfer(peer, world.provider, contract)
    await talk.hears("TransferStartMessage")
    async with stranger(world.provider.session) as other:
        for act, type_ in (
            ("termination", "TransferTerminationMessage"),
            ("completion", "TransferCompletionMessage"),
            ("suspension", "TransferSuspensionMessage"),
        ):
            told = message(type_, **talk.pids)
            said = await other.send(world.provider.did, f"{talk.url}/{act}", told)
            assert (said.status, said.body) == (404, b"")
            unknown = f"{world.provider.base}/transfers/{urn()}/{act}"
            said = await peer.send(world.provider.did, unknown, told)
            assert (said.status, said.body) == (404, b"")
        assert (await other.send(world.provider.did, talk.url)).status == 404
    assert await talk.state() == "STARTED"
