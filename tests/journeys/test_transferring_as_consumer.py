"""Every transfer message that a consumer receives and sends, over HTTP (DSP-RULES 7)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.dialog import Dialog
from tests.dsp.schemas import Schemas
from tests.nodes import OPEN, World
from tests.stranger import Stranger, urn

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN = "t0ken-of-the-stranger"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def contract(world: World, peer: Stranger) -> dict[str, Any]:
    """An agreement in which the stranger provides."""
    form = {"wire_id": urn(), "peer": peer.did, "dataset": "air", "role": "consumer", "policy": OPEN}
    made: dict[str, Any] = await world.consumer.post("/agreements", form)
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def valid(peer: Stranger, schemas: Schemas) -> AsyncIterator[None]:
    """Whatever the node has sent is valid under the published schemas (R-GEN-01 to R-GEN-04)."""
    yield
    assert peer.heard
    for heard in peer.heard:
        if heard.body:
            schemas.check(heard.body)


async def _requested(world: World, peer: Stranger, contract: dict[str, Any]) -> Dialog:
    made = await world.consumer.post("/transfers", {"agreement": contract["id"], "at": peer.base})
    shown = await world.consumer.reaches("transfers", made["id"], "REQUESTED")
    return Dialog(
        peer=peer,
        site=world.consumer,
        family="transfers",
        role="consumer",
        pid=made["id"],
        theirs=shown["provider_pid"],
    )


def _address(peer: Stranger, **changes: Any) -> dict[str, Any]:
    properties = [
        {"@type": "EndpointProperty", "name": "authorization", "value": TOKEN},
        {"@type": "EndpointProperty", "name": "authType", "value": "bearer"},
    ]
    made = {
        "@type": "DataAddress",
        "endpointType": "https://w3id.org/idsa/v4.1/HTTP",
        "endpoint": f"{peer.root}/data",
        "endpointProperties": properties,
    }
    return {name: value for name, value in (made | changes).items() if value is not None}


async def _started(world: World, peer: Stranger, contract: dict[str, Any]) -> Dialog:
    talk = await _requested(world, peer, contract)
    said = await talk.say("TransferStartMessage", dataAddress=_address(peer))
    assert (said.status, said.json["state"]) == (200, "STARTED")
    return talk


async def test_a_request_names_agreement_format_and_callback(
    world: World, peer: Stranger, contract: dict[str, Any]
) -> None:
    """R-TP-01, R-TP-03: a pull carries no data address."""
    talk = await _requested(world, peer, contract)
    told = (await talk.hears("TransferRequestMessage")).json
    assert (told["agreementId"], told["format"]) == (contract["wire_id"], "HttpData-PULL")
    assert told["callbackAddress"] == world.consumer.base
    assert "dataAddress" not in told
    assert await talk.state() == "REQUESTED"


async def test_the_provider_starts_suspends_starts_again_and_completes(
    world: World, peer: Stranger, contract: dict[str, Any]
) -> None:
    """T-10: the state is read on the consumer's side too."""
    talk = await _started(world, peer, contract)
    assert (await talk.say("TransferSuspensionMessage", reason=["night"])).json["state"] == "SUSPENDED"
    assert (await talk.say("TransferStartMessage", dataAddress=_address(peer))).json["state"] == "STARTED"
    assert (await talk.say("TransferCompletionMessage")).json["state"] == "COMPLETED"
    assert await talk.state() == "COMPLETED"


async def test_the_consumer_suspends_starts_again_and_completes(
    world: World, peer: Stranger, contract: dict[str, Any]
) -> None:
    """T-11, R-TP-12: the consumer's start carries no address; the provider sends a fresh one."""
    talk = await _started(world, peer, contract)
    await talk.act("suspend", reason="busy")
    await talk.hears("TransferSuspensionMessage")
    await world.consumer.reaches("transfers", talk.pid, "SUSPENDED")
    await talk.act("resume")
    told = (await talk.hears("TransferStartMessage")).json
    assert "dataAddress" not in told
    await world.consumer.reaches("transfers", talk.pid, "STARTED")
    fresh = await talk.say("TransferStartMessage", dataAddress=_address(peer))
    assert (fresh.status, fresh.json["state"]) == (200, "STARTED")
    await talk.act("complete")
    await talk.hears("TransferCompletionMessage")
    await world.consumer.reaches("transfers", talk.pid, "COMPLETED")


@pytest.mark.parametrize("by", ["provider", "consumer"])
async def test_either_side_ends_a_transfer_that_was_only_asked_for(
    world: World, peer: Stranger, contract: dict[str, Any], by: str
) -> None:
    """R-TP-10."""
    talk = await _requested(world, peer, contract)
    if by == "provider":
        assert (await talk.say("TransferTerminationMessage", code="NO")).json["state"] == "TERMINATED"
    else:
        await talk.act("terminate", reason="changed plans")
        await talk.hears("TransferTerminationMessage")
    shown = await world.consumer.reaches("transfers", talk.pid, "TERMINATED")
    assert shown["waiting"] is None


@pytest.mark.parametrize(
    "type_", ["TransferSuspensionMessage", "TransferCompletionMessage"], ids=["suspension", "completion"]
)
async def test_nothing_but_start_and_end_follows_a_request(
    world: World, peer: Stranger, contract: dict[str, Any], schemas: Schemas, type_: str
) -> None:
    talk = await _requested(world, peer, contract)
    said = await talk.say(type_)
    assert (said.status, said.json["@type"]) == (400, "TransferError")
    schemas.check(said.body)
    assert await talk.state() == "REQUESTED"


async def test_a_start_of_a_pull_without_an_address_gives_nothing_to_read(
    world: World, peer: Stranger, contract: dict[str, Any]
) -> None:
    """R-TP-04: the schema lets it pass, so it is taken; reading says what is missing."""
    talk = await _requested(world, peer, contract)
    said = await talk.say("TransferStartMessage")
    assert said.status == 200
    pulled = await world.consumer.api("GET", f"/transfers/{talk.pid}/content")
    assert pulled.status == 409, pulled


async def test_the_address_of_a_start_is_sealed_and_never_shown(
    world: World, peer: Stranger, contract: dict[str, Any]
) -> None:
    """D-06, J7: the token stands in no view, no evidence and not in the store."""
    talk = await _started(world, peer, contract)
    shown = await world.consumer.api("GET", f"/transfers/{talk.pid}")
    entries = await world.consumer.api("GET", "/evidence/entries", process=talk.pid, limit=1000)
    assert TOKEN.encode() not in shown.body + entries.body
    kept = b"".join(each.read_bytes() for each in world.consumer.folder.glob("xinfu.sqlite*"))
    assert TOKEN.encode() not in kept


@pytest.mark.parametrize("path", ["suspend", "complete"])
async def test_an_act_out_of_turn_is_a_conflict(
    world: World, peer: Stranger, contract: dict[str, Any], path: str
) -> None:
    talk = await _requested(world, peer, contract)
    said = await world.consumer.api("POST", f"/transfers/{talk.pid}/{path}", {})
    assert said.status == 409


async def test_only_a_consumer_asks_for_the_data_of_an_agreement(world: World, peer: Stranger) -> None:
    form = {"wire_id": urn(), "peer": peer.did, "dataset": "air", "role": "provider", "policy": OPEN}
    made = await world.consumer.post("/agreements", form)
    said = await world.consumer.api("POST", "/transfers", {"agreement": made["id"], "at": peer.base})
    assert (said.status, said.code) == (409, "agreement.not-consumer")
