"""The life of agreements over two running nodes: both sides, their transfers and their clocks go along."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.dialog import agreed, transfer
from tests.nodes import OPEN, World, rule
from tests.services.agreements.test_duties import (
    DELETED,
    duty,
    foreign,
    forward,
    owing,
    provided,
    read,
    until,
)
from tests.stranger import Stranger, urn

from xinfu.ports.records import AgreementState
from xinfu.services.agreements.lifecycle import TABLE, AgreementMove

pytestmark = pytest.mark.asyncio(loop_scope="module")
COUNTED = {"leftOperand": "count", "operator": "lteq", "rightOperand": "1"}


@pytest.fixture(autouse=True)
def _clocks_go_back(world: World) -> Any:
    yield
    for site in (world.issuer, world.provider, world.consumer):
        site.clock.moved = timedelta(0)


async def concluded(world: World, policy: Any = OPEN) -> tuple[str, str]:
    """Both sides' ids of a fresh agreement."""
    id_ = urn()
    await world.provider.publish(id_, policy)
    ours = await world.agree(id_)
    return ours["id"], await provided(world, ours)


async def state(world: World, ours: str, theirs: str, *states: str) -> None:
    """Both sides come to this state."""
    for site, id_ in ((world.consumer, ours), (world.provider, theirs)):
        await until(site, f"/agreements/{id_}", lambda shown: shown["state"] in states)


async def started(world: World, ours: str) -> str:
    """A transfer that has started, by the consumer's pid."""
    made = await world.consumer.post("/transfers", {"agreement": ours})
    await world.consumer.reaches("transfers", made["id"], "STARTED")
    return str(made["id"])


def soon(seconds: float = 30) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_no_end_of_an_agreement_leads_anywhere() -> None:
    ends = {each for each, moves in TABLE.items() if not moves}
    assert ends == {AgreementState.EXPIRED, AgreementState.FULFILLED, AgreementState.TERMINATED}
    assert all(to in TABLE for moves in TABLE.values() for to in moves.values())
    assert {move for moves in TABLE.values() for move in moves} == set(AgreementMove)


@pytest.mark.parametrize("ender", ["provider", "consumer"])
async def test_an_end_by_either_side_reaches_the_other_and_ends_the_transfers_with_the_reason(
    world: World, ender: str
) -> None:
    ours, theirs = await concluded(world)
    moved = await started(world, ours)
    site, id_ = (world.provider, theirs) if ender == "provider" else (world.consumer, ours)
    await site.post(f"/agreements/{id_}/terminate", {"reason": "sold", "clause": "7.1"})
    await state(world, ours, theirs, "TERMINATED")
    shown = await world.consumer.reaches("transfers", moved, "TERMINATED")
    assert shown["code"] == "agreement.terminated"
    await world.provider.reaches("transfers", shown["provider_pid"], "TERMINATED")
    for each, own in ((world.consumer, ours), (world.provider, theirs)):
        found = await each.get(f"/agreements/{own}")
        assert (found["ended_by"], found["ended_clause"], found["reason"]) == (site.did, "7.1", "sold")
        entries = await each.get("/evidence/entries", kind="agreement.terminated", limit=1000)
        told = [row["entry"]["facts"] for row in entries if row["entry"]["agreement"] == found["wire_id"]]
        assert [(facts["by"], facts["breach"]) for facts in told] == [(site.did, False)]


async def test_a_suspended_agreement_suspends_its_transfers_and_a_resumed_one_starts_them_with_fresh_tokens(
    world: World,
) -> None:
    ours, theirs = await concluded(world)
    moved = await started(world, ours)
    await world.provider.post(f"/agreements/{theirs}/suspend", {"reason": "audit"})
    await state(world, ours, theirs, "SUSPENDED")
    shown = await world.consumer.reaches("transfers", moved, "SUSPENDED")
    assert shown["code"] == "agreement.suspended"
    said = await world.consumer.api("POST", f"/agreements/{ours}/resume", {})
    assert (said.status, said.code) == (409, "agreement.not-ours")
    await world.provider.post(f"/agreements/{theirs}/resume")
    await state(world, ours, theirs, "ACTIVE")
    await world.consumer.reaches("transfers", moved, "STARTED")
    await until(world.consumer, f"/transfers/{moved}", lambda shown: shown["sending"] is None)
    said = await world.consumer.api("GET", f"/transfers/{moved}/content")
    assert said.status == 200


async def test_each_side_lifts_its_own_suspension_and_nothing_goes_on_before_both_have(world: World) -> None:
    ours, theirs = await concluded(world)
    moved = await started(world, ours)
    at = {world.provider: f"/agreements/{theirs}", world.consumer: f"/agreements/{ours}"}
    both = {world.provider.did, world.consumer.did}

    async def suspended_by(whom: set[str]) -> None:
        for site, path in at.items():
            await until(
                site, path, lambda shown: {shown["suspended_by"], shown["suspended_too"]} - {None} == whom
            )

    await world.provider.post(f"{at[world.provider]}/suspend", {"reason": "audit"})
    await suspended_by({world.provider.did})
    await world.consumer.reaches("transfers", moved, "SUSPENDED")
    said = await world.consumer.api("POST", f"{at[world.consumer]}/resume", {})
    assert (said.status, said.code) == (409, "agreement.not-ours")
    await world.consumer.post(f"{at[world.consumer]}/suspend", {"reason": "our own doubt"})
    await suspended_by(both)
    lifted = await world.provider.post(f"{at[world.provider]}/resume", {})
    assert lifted["state"] == "SUSPENDED"
    await suspended_by({world.consumer.did})
    again = await world.provider.api("POST", f"{at[world.provider]}/resume", {})
    assert (again.status, again.code) == (409, "agreement.not-ours")
    await world.consumer.post(f"{at[world.consumer]}/resume", {})
    await suspended_by(set())
    await state(world, ours, theirs, "ACTIVE")
    await world.consumer.reaches("transfers", moved, "STARTED")


async def test_what_is_not_suspended_cannot_be_resumed(world: World) -> None:
    _, theirs = await concluded(world)
    said = await world.provider.api("POST", f"/agreements/{theirs}/resume", {})
    assert (said.status, said.code) == (409, "agreement.not-suspended")


async def test_an_agreement_expires_at_both_sides_without_anybody_asking(world: World) -> None:
    ours, theirs = await concluded(world, rule("dateTime", "lt", soon()))
    moved = await started(world, ours)
    assert (await world.consumer.get(f"/agreements/{ours}"))["until"] is not None
    await forward(world, timedelta(seconds=31))
    await state(world, ours, theirs, "EXPIRED")
    shown = await world.consumer.reaches("transfers", moved, "TERMINATED")
    assert shown["code"] in {"agreement.expired", "time.after"}
    await world.provider.reaches("transfers", shown["provider_pid"], "TERMINATED")


async def test_a_clock_that_was_set_back_makes_it_wait_and_nothing_happens_twice(world: World) -> None:
    ours, theirs = await concluded(world, rule("dateTime", "lt", soon()))
    world.provider.clock.moved = timedelta(hours=-3)
    world.consumer.clock.moved = timedelta(seconds=31)
    await until(world.consumer, f"/agreements/{ours}", lambda shown: shown["state"] == "EXPIRED")
    assert (await world.provider.get(f"/agreements/{theirs}"))["state"] == "ACTIVE"
    world.consumer.clock.moved = timedelta(hours=-1)
    world.provider.clock.moved = timedelta(seconds=31)
    await state(world, ours, theirs, "EXPIRED")
    for site in (world.consumer, world.provider):
        entries = await site.get("/evidence/entries", kind="agreement.state", limit=1000)
        wire_id = (await world.consumer.get(f"/agreements/{ours}"))["wire_id"]
        told = [row["entry"]["facts"]["to"] for row in entries if row["entry"]["agreement"] == wire_id]
        assert told == ["EXPIRED"]


async def test_an_agreement_is_fulfilled_when_its_count_is_spent_and_its_duties_are_done(
    world: World,
) -> None:
    policy = {
        "@type": "Set",
        "permission": [{"action": "use", "constraint": [COUNTED], "duty": [{"action": "delete"}]}],
    }
    ours, theirs = await concluded(world, policy)
    moved, code = await read(world, ours)
    assert code == ""
    assert (await world.provider.get(f"/agreements/{theirs}"))["state"] == "ACTIVE"
    await world.consumer.post(f"/transfers/{moved}/complete")
    await duty(world.provider, theirs, "due")
    assert (await world.provider.get(f"/agreements/{theirs}"))["state"] == "ACTIVE"
    owed = await duty(world.provider, theirs, "due")
    await world.provider.post(f"/duties/{owed['id']}/fulfil", DELETED)
    await state(world, ours, theirs, "FULFILLED")


async def test_a_renewal_names_the_old_agreement_at_both_sides(world: World) -> None:
    id_ = urn()
    await world.provider.publish(id_)
    old, new = await world.agree(id_), await world.agree(id_)
    renewed = await world.consumer.post(f"/agreements/{old['id']}/renew", {"by": new["id"]})
    assert renewed["renews"] == old["wire_id"]
    await until(
        world.provider,
        f"/agreements/{await provided(world, old)}",
        lambda shown: shown["renewed_by"] == new["wire_id"],
    )
    theirs = await world.provider.get(f"/agreements/{await provided(world, new)}")
    assert theirs["renews"] == old["wire_id"]
    other, _ = await concluded(world)
    said = await world.consumer.api("POST", f"/agreements/{old['id']}/renew", {"by": other})
    assert (said.status, said.code) == (409, "agreement.no-renewal")


async def test_a_peer_that_is_no_xinfu_node_learns_of_the_end_by_the_protocol_alone(
    world: World, peer: Stranger
) -> None:
    id_ = urn()
    await world.provider.publish(id_, content=b"0123")
    offer_id = f"{id_}:{id_}:{id_}".replace("urn:uuid:", "urn%3Auuid%3A")
    back = {"callbackAddress": foreign(peer)}
    wire_id = await agreed(peer, world.provider, offer_id, id_, **back)
    talk = await transfer(peer, world.provider, wire_id, **back)
    await talk.hears("TransferStartMessage")
    theirs = (await world.provider.get("/agreements", wire_id=wire_id))["items"][0]["id"]
    await world.provider.post(f"/agreements/{theirs}/terminate", {"reason": "sold"})
    told = (await talk.hears("TransferTerminationMessage")).json
    assert told["code"] == "agreement.terminated"
    assert told["reason"][0]["message_zh"]
    assert not [each.path for each in peer.heard if "notices" in each.path]


async def test_a_stranger_ends_only_what_is_its_own(world: World, peer: Stranger) -> None:
    ours, theirs = await concluded(world)
    wire_id = (await world.consumer.get(f"/agreements/{ours}"))["wire_id"]
    told = {
        "@type": "xinfu:AgreementNotice",
        "agreement": wire_id,
        "move": "terminate",
        "at": "2026-01-01T00:00:00Z",
    }
    for site in (world.provider, world.consumer):
        said = await peer.send(site.did, f"{site.base}/xinfu/notices", told)
        assert (said.status, said.code) == (404, "agreement.not-found")
    await state(world, ours, theirs, "ACTIVE")


async def test_a_consumer_that_speaks_for_itself_may_end_and_suspend_but_not_fulfil_or_replay(
    world: World, peer: Stranger
) -> None:
    form = {
        "wire_id": urn(),
        "peer": peer.did,
        "dataset": "d",
        "role": "provider",
        "policy": owing({"action": "inform"}),
    }
    made = await world.provider.post("/agreements", form)
    url = f"{world.provider.base}/xinfu/notices"
    told = {"@type": "xinfu:AgreementNotice", "agreement": form["wire_id"], "at": "2026-01-01T00:00:00Z"}
    said = await peer.send(world.provider.did, url, {**told, "move": "fulfil"})
    assert (said.status, said.code) == (409, "agreement.not-ours")
    for _ in range(2):
        said = await peer.send(world.provider.did, url, {**told, "move": "suspend"})
        assert (said.status, said.json["state"]) == (200, "SUSPENDED")
    said = await world.provider.api("POST", f"/agreements/{made['id']}/resume", {})
    assert (said.status, said.code) == (409, "agreement.not-ours")
    proof = {"assurance": "attested", "digests": ["0" * 64]}
    done = {
        "@type": "xinfu:DutyNotice",
        "agreement": form["wire_id"],
        "duty": "permission[0].duty[0]",
        "state": "claimed",
        "at": "2026-01-01T00:00:00Z",
        "proof": proof,
    }
    said = await peer.send(world.provider.did, url, done)
    assert (said.status, said.json["state"]) == (200, "fulfilled")
    owed = (await world.provider.get("/duties", agreement=made["id"]))["items"][0]
    assert owed["proof"]["assurance"] == "self-declared"
    said = await peer.send(world.provider.did, url, {**told, "move": "terminate", "reason": "enough"})
    assert (said.status, said.json["state"]) == (200, "TERMINATED")
    again = await peer.send(world.provider.did, url, {**told, "move": "suspend"})
    assert (again.status, again.json["state"]) == (200, "TERMINATED")


async def test_an_agreement_that_was_made_elsewhere_is_ended_at_both_sides_as_well(world: World) -> None:
    """No negotiation and no transfer says where the other side is: it is looked up by its name."""
    form = {"wire_id": urn(), "dataset": "d", "policy": OPEN}
    theirs = {**form, "peer": world.consumer.did, "role": "provider"}
    ours = {**form, "peer": world.provider.did, "role": "consumer"}
    their_id = (await world.provider.post("/agreements", theirs))["id"]
    our_id = (await world.consumer.post("/agreements", ours))["id"]
    await world.provider.post(f"/agreements/{their_id}/terminate", {"clause": "7.1"})
    await state(world, our_id, their_id, "TERMINATED")
