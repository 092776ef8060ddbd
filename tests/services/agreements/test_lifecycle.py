"""Agreements: concluded, taken over, suspended, ended by either side (D-21, D-23)."""

from typing import Any

import pytest
from tests.dialog import agreed, endpoint, transfer
from tests.nodes import OPEN, World, rule
from tests.stranger import Stranger, urn

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_both_sides_hold_the_agreement_under_one_wire_id_and_their_own(world: World) -> None:
    """D-21."""
    id_ = urn()
    await world.provider.publish(id_)
    ours = await world.agree(id_, purpose="air-quality-forecast")
    theirs = (await world.provider.get("/agreements", wire_id=ours["wire_id"]))["items"][0]
    assert ours["id"] != theirs["id"]
    assert (ours["role"], theirs["role"]) == ("consumer", "provider")
    assert (ours["peer"], theirs["peer"]) == (world.provider.did, world.consumer.did)
    assert ours["purpose"] == theirs["purpose"] == "air-quality-forecast"
    assert ours["policy"]["odrl"]["assigner"] == world.provider.did
    assert ours["policy"]["rules"]["zh"]


async def test_both_sides_record_the_same_digest_of_the_terms(world: World) -> None:
    """P7: what was agreed can be compared without either side's word."""
    id_ = urn()
    await world.provider.publish(id_, rule("count", "lteq", "3"))
    agreement = await world.agree(id_)
    digests = []
    for site in (world.provider, world.consumer):
        entries = await site.get("/evidence/entries", kind="agreement.concluded", limit=1000)
        digests.append(
            next(
                each["entry"]["facts"]["policy_digest"]
                for each in entries
                if each["entry"]["agreement"] == agreement["wire_id"]
            )
        )
    assert digests[0] == digests[1]


async def _running(world: World, peer: Stranger) -> tuple[str, str, str]:
    """Our id of an agreement of the stranger, with address and token of a transfer that runs under it."""
    id_ = urn()
    offer_id = f"{id_}:{id_}:{id_}".replace("urn:uuid:", "urn%3Auuid%3A")
    await world.provider.publish(id_, content=b"0123")
    wire_id = await agreed(peer, world.provider, offer_id, id_)
    talk = await transfer(peer, world.provider, wire_id)
    address, token = endpoint(await talk.hears("TransferStartMessage"))
    found = await world.provider.get("/agreements", wire_id=wire_id)
    return found["items"][0]["id"], address, token


async def _read(world: World, address: str, token: str) -> tuple[int, str]:
    said = await world.provider.send("GET", address, headers={"Authorization": f"Bearer {token}"})
    return said.status, "" if said.status == 200 else said.code


async def test_a_suspended_agreement_opens_nothing_and_a_resumed_one_wants_a_fresh_token(
    world: World, peer: Stranger
) -> None:
    """J6: a token of before stays shut, whatever comes after."""
    id_, address, token = await _running(world, peer)
    assert await _read(world, address, token) == (200, "")
    shown = await world.provider.post(f"/agreements/{id_}/suspend", {"reason": "audit", "clause": "5.2"})
    assert (shown["state"], shown["reason"], shown["ended_clause"]) == ("SUSPENDED", "audit", "5.2")
    assert await _read(world, address, token) == (403, "agreement.suspended")
    shown = await world.provider.post(f"/agreements/{id_}/resume")
    assert shown["state"] == "ACTIVE"
    assert (await _read(world, address, token))[0] == 403


@pytest.mark.parametrize(("clause", "breach"), [("7.1", False), (None, True)])
async def test_an_end_without_a_clause_stops_the_data_and_is_recorded_as_the_enders_breach(
    world: World, peer: Stranger, clause: str | None, *, breach: bool
) -> None:
    """D-23."""
    id_, address, token = await _running(world, peer)
    form: dict[str, Any] = {"reason": "sold"} | ({"clause": clause} if clause else {})
    shown = await world.provider.post(f"/agreements/{id_}/terminate", form)
    assert (shown["state"], shown["ended_by"], shown["ended_clause"]) == (
        "TERMINATED",
        world.provider.did,
        clause,
    )
    assert await _read(world, address, token) == (403, "agreement.terminated")
    entries = await world.provider.get("/evidence/entries", kind="agreement.terminated", limit=1000)
    facts = next(each["entry"]["facts"] for each in entries if each["entry"]["agreement"] == shown["wire_id"])
    assert (facts["breach"], facts["by"]) == (breach, world.provider.did)


@pytest.mark.parametrize("act", ["suspend", "resume", "terminate"])
async def test_an_agreement_that_has_ended_is_over(world: World, peer: Stranger, act: str) -> None:
    form = {"wire_id": urn(), "peer": peer.did, "dataset": "d", "role": "provider", "policy": OPEN}
    made = await world.provider.post("/agreements", form)
    await world.provider.post(f"/agreements/{made['id']}/terminate")
    said = await world.provider.api("POST", f"/agreements/{made['id']}/{act}", {})
    assert (said.status, said.code) == (409, "agreement.over")


async def test_an_agreement_is_taken_over_once(world: World, peer: Stranger) -> None:
    form = {"wire_id": urn(), "peer": peer.did, "dataset": "d", "role": "provider", "policy": OPEN}
    made = await world.provider.post("/agreements", form)
    assert (made["wire_id"], made["state"], made["negotiation"]) == (form["wire_id"], "ACTIVE", "")
    said = await world.provider.api("POST", "/agreements", form)
    assert (said.status, said.code) == (409, "agreement.exists")


async def test_an_agreement_taken_over_with_rules_that_nobody_can_read_opens_nothing(
    world: World, peer: Stranger
) -> None:
    """Fail closed: what was made elsewhere is kept as it stands, and judged at each use."""
    await world.provider.publish("kept")
    policy = rule("mood", "eq", "good")
    wire_id = urn()
    form = {"wire_id": wire_id, "peer": peer.did, "dataset": "kept", "role": "provider", "policy": policy}
    await world.provider.post("/agreements", form)
    talk = await transfer(peer, world.provider, wire_id)
    told = (await talk.hears("TransferTerminationMessage")).json
    assert told["reason"][0]["code"]
    await world.provider.reaches("transfers", talk.pid, "TERMINATED")
