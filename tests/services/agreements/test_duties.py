"""Duties between two running nodes: triggered, proven, overdue, remedied, waived, and what they refuse."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from tests.dataplanes.api import Api, telling
from tests.dialog import Dialog, agreed, endpoint, transfer
from tests.nodes import Site, World
from tests.stranger import Stranger, offer, urn

pytestmark = pytest.mark.asyncio(loop_scope="module")

DIGEST = "0" * 64
DELETED = {"method": "overwritten", "digests": [DIGEST]}


def owing(*duties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"@type": "Set", "permission": [{"action": "use", "duty": list(duties)}], **more}


def foreign(peer: Stranger) -> str:
    """The stranger's other address, below which it no longer says that it is xinfu."""
    entry = {"version": "2025-1", "path": "/cb/2025-1", "binding": "HTTPS"}
    peer.versions = {"protocolVersions": [entry]}
    return peer.callback


async def until(site: Site, path: str, fits: Callable[[Any], bool], **query: object) -> Any:
    """What a GET gives as soon as it fits."""
    told = asyncio.Event()
    end = site.node.parts.store.watch(lambda _: told.set())
    try:
        async with asyncio.timeout(10):
            while True:
                told.clear()
                found = await site.get(path, **query)
                if fits(found):
                    return found
                await told.wait()
    finally:
        end()


async def duty(site: Site, agreement: str, state: str, action: str = "delete") -> dict[str, Any]:
    """The duty of this action under an agreement (our id), once it is in this state."""
    query = {"agreement": agreement, "state": state, "action": action}
    found = await until(site, "/duties", lambda page: page["items"], **query)
    shown: dict[str, Any] = found["items"][0]
    return shown


async def provided(world: World, ours: dict[str, Any]) -> str:
    """The provider's id of the consumer's agreement."""
    found = await world.provider.get("/agreements", wire_id=ours["wire_id"])
    return str(found["items"][0]["id"])


async def under(world: World, *duties: dict[str, Any], **more: Any) -> tuple[dict[str, Any], str]:
    """An agreement with these duties: as the consumer has it, and the provider's id of it."""
    id_ = urn()
    await world.provider.publish(id_, owing(*duties, **more))
    ours = await world.agree(id_)
    return ours, await provided(world, ours)


async def read(world: World, agreement: str) -> tuple[str, str]:
    """A transfer under the agreement, read once through the consumer's node: its id, and the code of a refusal."""
    made = await world.consumer.post("/transfers", {"agreement": agreement})
    shown = await world.consumer.reaches("transfers", made["id"], "STARTED", "TERMINATED")
    if shown["state"] == "TERMINATED":
        return made["id"], str(shown["code"])
    said = await world.consumer.api("GET", f"/transfers/{made['id']}/content")
    return made["id"], "" if said.status == 200 else said.code


async def forward(world: World, stretch: timedelta) -> None:
    """Both clocks are ahead by this much more."""
    for site in (world.provider, world.consumer):
        site.clock.moved += stretch


@pytest.fixture(autouse=True)
def _clocks_go_back(world: World) -> Any:
    yield
    for site in (world.issuer, world.provider, world.consumer):
        site.clock.moved = timedelta(0)


async def test_a_use_makes_the_duty_due_at_both_sides_with_one_deadline(world: World) -> None:
    ours, theirs = await under(world, {"action": "inform"})
    waiting = (await world.consumer.get("/duties", agreement=ours["id"]))["items"]
    assert [(each["state"], each["owes"], each["trigger"]) for each in waiting] == [("pending", True, "use")]
    moved, code = await read(world, ours["id"])
    assert code == ""
    owed = await duty(world.provider, theirs, "due", "inform")
    mine = await duty(world.consumer, ours["id"], "due", "inform")
    assert not owed["owes"]
    assert mine["deadline"] == owed["deadline"]
    shown = await world.consumer.get(f"/transfers/{moved}")
    assert mine["transfer"] == owed["transfer"] == shown["provider_pid"]


async def test_a_proof_goes_over_the_wire_and_is_evidence_at_both_sides(world: World) -> None:
    ours, theirs = await under(world, {"action": "inform"})
    await read(world, ours["id"])
    mine = await duty(world.consumer, ours["id"], "due", "inform")
    said = await world.consumer.api("POST", f"/duties/{mine['id']}/fulfil", {"statement": "done"})
    assert (said.status, said.code) == (400, "duty.proof-incomplete")
    done = await world.consumer.post(f"/duties/{mine['id']}/fulfil", {"digests": [DIGEST]})
    assert done["state"] == "claimed"
    mine = await duty(world.consumer, ours["id"], "fulfilled", "inform")
    owed = await duty(world.provider, theirs, "fulfilled", "inform")
    assert owed["proof"]["assurance"] == mine["proof"]["assurance"] == "self-declared"
    for site, each, kind in (
        (world.consumer, mine, "message.sent"),
        (world.provider, owed, "message.received"),
    ):
        await site.numbered()
        entries = [row["entry"] for row in await site.get("/evidence/entries", process=each["id"])]
        told = [entry["facts"] for entry in entries if entry["kind"] == "duty.state"]
        assert told[-1]["to"] == "fulfilled"
        assert told[-1]["by"] in {"provider", "consumer"}
        assert any(entry["kind"] == kind for entry in entries)
        receipts = await site.get("/evidence/receipts", process=each["id"])
        assert len(receipts) == len(entries)
    async with world.provider.node.parts.store.view(world.provider.context.id) as view:
        rows = await view.log.find(process=owed["id"], kind="message.received")
        kept = await view.log.attachments(rows[-1].id)
    assert {"token", "body"} <= kept.keys()
    again = await world.consumer.api("POST", f"/duties/{mine['id']}/fulfil", {"digests": [DIGEST]})
    assert (again.status, again.code) == (409, "duty.wrong-state")


async def test_money_counts_only_when_the_other_side_has_said_yes_and_until_then_nothing_is_used(
    world: World,
) -> None:
    ours, theirs = await under(world, {"action": "compensate"})
    _, code = await read(world, ours["id"])
    assert code
    mine = await duty(world.consumer, ours["id"], "due", "compensate")
    paid = {"receipt": "bank-7", "amount": "5.00", "currency": "CNY"}
    await world.consumer.post(f"/duties/{mine['id']}/fulfil", paid)
    owed = await duty(world.provider, theirs, "claimed", "compensate")
    assert (await read(world, ours["id"]))[1]
    refused = await world.provider.post(f"/duties/{owed['id']}/refuse", {"reason": "Nothing has come in."})
    assert refused["proof"] is None
    mine = await duty(world.consumer, ours["id"], "due", "compensate")
    assert mine["reason"] == "Nothing has come in."
    await world.consumer.post(f"/duties/{mine['id']}/fulfil", paid)
    await duty(world.provider, theirs, "claimed", "compensate")
    done = await world.provider.post(f"/duties/{owed['id']}/fulfil")
    assert (done["state"], done["proof"]["assurance"]) == ("fulfilled", "counter-signed")
    await duty(world.consumer, ours["id"], "fulfilled", "compensate")
    assert (await read(world, ours["id"]))[1] == ""


async def test_what_is_overdue_refuses_the_next_use_and_says_what_would_help(world: World) -> None:
    late = {"action": "inform", "consequence": [{"action": "delete"}]}
    ours, theirs = await under(world, late)
    _, code = await read(world, ours["id"])
    assert code == ""
    await duty(world.consumer, ours["id"], "due", "inform")
    await forward(world, timedelta(hours=25))
    owed = await duty(world.provider, theirs, "overdue", "inform")
    mine = await duty(world.consumer, ours["id"], "overdue", "inform")
    made = await world.consumer.post("/transfers", {"agreement": ours["id"]})
    refused = await world.consumer.reaches("transfers", made["id"], "TERMINATED")
    assert refused["code"] == "duty.overdue"
    assert (
        owed["deadline"][:16] in refused["reason"][0]["message"]
        if isinstance(refused["reason"][0], dict)
        else True
    )
    added = await duty(world.consumer, ours["id"], "due", "delete")
    assert (added["parent"], added["key"]) == (mine["id"], "permission[0].duty[0].consequence[0]")
    await world.consumer.post(f"/duties/{mine['id']}/fulfil", {"digests": [DIGEST]})
    await until(world.provider, f"/duties/{owed['id']}", lambda shown: shown["proof"])
    assert (await world.provider.get(f"/duties/{owed['id']}"))["state"] == "overdue"
    await world.consumer.post(f"/duties/{added['id']}/fulfil", DELETED)
    await duty(world.provider, theirs, "fulfilled", "delete")
    await duty(world.provider, theirs, "remedied", "inform")
    await duty(world.consumer, ours["id"], "remedied", "inform")


async def test_a_duty_is_waived_by_who_is_owed_alone(world: World) -> None:
    ours, theirs = await under(world, {"action": "inform"})
    await read(world, ours["id"])
    mine = await duty(world.consumer, ours["id"], "due", "inform")
    owed = await duty(world.provider, theirs, "due", "inform")
    said = await world.consumer.api("POST", f"/duties/{mine['id']}/waive", {})
    assert (said.status, said.code) == (409, "duty.not-owed")
    await world.provider.post(f"/duties/{owed['id']}/waive", {"reason": "We saw it."})
    mine = await duty(world.consumer, ours["id"], "waived", "inform")
    assert mine["reason"] == "We saw it."


async def test_a_breach_is_declared_and_refuses_every_use_from_then_on(world: World) -> None:
    ours, theirs = await under(world, {"action": "inform"})
    await read(world, ours["id"])
    owed = await duty(world.provider, theirs, "due", "inform")
    said = await world.provider.api("POST", f"/duties/{owed['id']}/breach", {})
    assert (said.status, said.code) == (409, "duty.wrong-state")
    await forward(world, timedelta(hours=25))
    await duty(world.provider, theirs, "overdue", "inform")
    await world.provider.post(f"/duties/{owed['id']}/breach")
    await duty(world.consumer, ours["id"], "breached", "inform")
    made = await world.consumer.post("/transfers", {"agreement": ours["id"]})
    refused = await world.consumer.reaches("transfers", made["id"], "TERMINATED")
    assert refused["code"] == "duty.breached"


async def test_the_end_of_an_agreement_makes_the_deletion_due_and_the_unused_void(world: World) -> None:
    used, theirs = await under(world, {"action": "delete"})
    unused, unused_theirs = await under(world, {"action": "delete"}, obligation=[{"action": "inform"}])
    await read(world, used["id"])
    assert (await duty(world.provider, theirs, "pending"))["deadline"] is None
    for each in (theirs, unused_theirs):
        await world.provider.post(f"/agreements/{each}/terminate", {"reason": "over"})
    await duty(world.provider, theirs, "due")
    mine = await duty(world.consumer, used["id"], "due")
    await duty(world.provider, unused_theirs, "void")
    await duty(world.consumer, unused["id"], "void", "inform")
    await world.consumer.post(f"/duties/{mine['id']}/fulfil", DELETED)
    await duty(world.provider, theirs, "fulfilled")


async def test_a_duty_of_someone_else_is_not_found(world: World, peer: Stranger) -> None:
    """A stranger cannot prove, waive or see what is between two others."""
    ours, _ = await under(world, {"action": "inform"})
    told = {
        "@type": "xinfu:DutyNotice",
        "agreement": ours["wire_id"],
        "duty": "permission[0].duty[0]",
        "state": "waived",
        "at": "2026-01-01T00:00:00Z",
    }
    for site in (world.consumer, world.provider):
        said = await peer.send(site.did, f"{site.base}/xinfu/notices", told)
        assert (said.status, said.code) == (404, "agreement.not-found")
    assert (await world.consumer.api("GET", f"/duties/{urn()}")).status == 404


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"@type": "xinfu:DutyNotice"},
        {"@type": "xinfu:AgreementNotice", "agreement": "a", "move": "x"},
        [],
    ],
)
async def test_what_is_no_notice_is_refused(world: World, peer: Stranger, told: Any) -> None:
    said = await peer.send(world.provider.did, f"{world.provider.base}/xinfu/notices", told)
    assert (said.status, said.code) == (400, "notice.unreadable")


async def test_a_consumer_that_is_no_xinfu_node_is_followed_on_our_side_alone(
    world: World, peer: Stranger
) -> None:
    id_ = urn()
    rules = owing({"action": "inform"})
    await world.provider.publish(id_, rules, content=b"0123")
    offer_id = f"{id_}:{id_}:{id_}".replace("urn:uuid:", "urn%3Auuid%3A")
    back = {"callbackAddress": foreign(peer)}
    wire_id = await agreed(peer, world.provider, offer_id, id_, offer=offer(offer_id, id_, rules), **back)
    talk = await transfer(peer, world.provider, wire_id, **back)
    address, token = endpoint(await talk.hears("TransferStartMessage"))
    said = await world.provider.send("GET", address, headers={"Authorization": f"Bearer {token}"})
    assert said.status == 200
    theirs = (await world.provider.get("/agreements", wire_id=wire_id))["items"][0]["id"]
    owed = await duty(world.provider, theirs, "due", "inform")
    await world.provider.numbered()
    assert not [each.path for each in peer.heard if "notices" in each.path]
    done = await world.provider.post(f"/duties/{owed['id']}/fulfil", {"digests": [DIGEST]})
    assert (done["state"], done["proof"]["assurance"]) == ("fulfilled", "counter-signed")


async def test_a_provider_that_is_no_xinfu_node_leaves_us_to_follow_our_own_duty(
    world: World, peer: Stranger
) -> None:
    base = foreign(peer)
    form = {"wire_id": urn(), "peer": peer.did, "dataset": "air", "role": "consumer"}
    ours = await world.consumer.post("/agreements", {**form, "policy": owing({"action": "inform"})})
    made = await world.consumer.post("/transfers", {"agreement": ours["id"], "at": base})
    shown = await world.consumer.reaches("transfers", made["id"], "REQUESTED")
    pid = shown["provider_pid"]
    talk = Dialog(
        peer=peer, site=world.consumer, family="transfers", role="consumer", pid=made["id"], theirs=pid
    )
    async with Api(telling("200 OK", b"0123")).open() as api:
        properties = {"authorization": "t0ken-of-the-stranger", "authType": "bearer"}
        address = {
            "@type": "DataAddress",
            "endpointType": "https://w3id.org/idsa/v4.1/HTTP",
            "endpoint": api.url,
            "endpointProperties": [
                {"@type": "EndpointProperty", "name": name, "value": value}
                for name, value in properties.items()
            ],
        }
        assert (await talk.say("TransferStartMessage", dataAddress=address)).status == 200
        said = await world.consumer.api("GET", f"/transfers/{made['id']}/content")
    assert said.body == b"0123"
    mine = await duty(world.consumer, ours["id"], "due", "inform")
    assert mine["transfer"] == pid
    await world.consumer.post(f"/duties/{mine['id']}/fulfil", {"digests": [DIGEST]})
    done = await duty(world.consumer, ours["id"], "fulfilled", "inform")
    assert "not a xinfu node" in done["reason"]
    assert not [each.path for each in peer.heard if "notices" in each.path]


async def test_a_notice_that_is_played_again_or_signed_by_another_changes_nothing(
    world: World, peer: Stranger
) -> None:
    """D-02, D-03: a proof of who speaks covers the body, and is used up."""
    form = {"wire_id": urn(), "peer": peer.did, "dataset": "d", "role": "provider"}
    made = await world.provider.post("/agreements", {**form, "policy": owing({"action": "compensate"})})
    url = f"{world.provider.base}/xinfu/notices"
    told = {
        "@type": "xinfu:DutyNotice",
        "agreement": form["wire_id"],
        "duty": "permission[0].duty[0]",
        "state": "claimed",
        "at": "2026-01-01T00:00:00Z",
        "proof": {"receipt": "r-1", "amount": "5", "currency": "CNY"},
    }
    body = msgspec.json.encode(told)
    token = peer.token(world.provider.did, url, body)
    changed = msgspec.json.encode({**told, "proof": {"receipt": "r-1", "amount": "9", "currency": "CNY"}})
    assert (await peer.send(world.provider.did, url, changed, token=token)).status == 401
    header = {"alg": "EdDSA", "typ": "JWT", "kid": f"{world.consumer.did}#key-1"}
    claims = peer.claims(world.provider.did, url, body, iss=world.consumer.did, sub=world.consumer.did)
    assert (await peer.send(world.provider.did, url, body, token=peer.forged(header, claims))).status == 401
    said = await peer.send(world.provider.did, url, body, token=token)
    assert (said.status, said.json["state"]) == (200, "claimed")
    assert (await peer.send(world.provider.did, url, body, token=token)).status == 401
    owed = (await world.provider.get("/duties", agreement=made["id"]))["items"][0]
    assert (owed["state"], owed["proof"]["amount"]) == ("claimed", "5")


async def test_a_deletion_within_an_hour_of_the_use_is_overdue_after_it(world: World) -> None:
    within = {"leftOperand": "elapsedTime", "operator": "lteq", "rightOperand": "PT1H"}
    ours, theirs = await under(world, {"action": "delete", "constraint": [within]})
    assert (await read(world, ours["id"]))[1] == ""
    owed = await duty(world.provider, theirs, "due")
    left = datetime.fromisoformat(owed["deadline"]) - datetime.fromisoformat(owed["updated"])
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    await forward(world, timedelta(minutes=61))
    await duty(world.provider, theirs, "overdue")
    mine = await duty(world.consumer, ours["id"], "overdue")
    await world.consumer.post(f"/duties/{mine['id']}/fulfil", DELETED)
    await duty(world.provider, theirs, "remedied")
    await duty(world.consumer, ours["id"], "remedied")
    assert (await read(world, ours["id"]))[1] == ""
