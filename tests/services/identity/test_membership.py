"""Memberships over HTTP: issued, shown, believed, taken back (D-07, J4)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from tests.nodes import World, rule
from tests.stranger import Stranger, message, urn

from xinfu.credentials import MEMBERSHIP, issue_credential

pytestmark = pytest.mark.asyncio(loop_scope="module")

MEMBERS = rule("membership", "eq", "active")
OF_YANGTZE = rule("MembershipCredential.memberOf", "eq", "yangtze")


async def _seen(world: World) -> list[str]:
    """What the consumer sees in the provider's catalog."""
    shown = await world.consumer.get("/catalog", participant=world.provider.did)
    return [each["id"] for each in shown["datasets"]]


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def offers(world: World) -> None:
    await world.provider.publish("all")
    await world.provider.publish("members", access=MEMBERS)
    await world.provider.publish("terms", MEMBERS)
    await world.provider.publish("yangtze", access=OF_YANGTZE)
    await world.provider.publish("pearl", access=rule("MembershipCredential.memberOf", "eq", "pearl"))


async def test_without_a_membership_an_offer_for_members_is_not_listed(world: World) -> None:
    """R-CAT-14."""
    assert await _seen(world) == ["all", "terms"]


async def test_terms_that_ask_for_a_membership_end_the_negotiation_with_what_would_help(
    world: World,
) -> None:
    opened = await world.negotiate("terms")
    shown = await world.consumer.reaches("negotiations", opened["id"], "TERMINATED")
    told = shown["reason"][0]
    assert told["code"] == "credential.missing"
    assert told["help"]
    assert told["help_zh"]


async def test_a_member_sees_the_offers_for_members_at_once(world: World) -> None:
    await world.admit(world.consumer, memberOf="yangtze")
    assert await _seen(world) == ["all", "members", "terms", "yangtze"]
    agreement = await world.agree("terms")
    assert agreement["state"] == "ACTIVE"


async def test_a_revoked_membership_counts_no_more_within_a_minute(world: World) -> None:
    """J4: the status list is at most 60 seconds old."""
    issued = await world.issuer.get("/issuer/credentials")
    await world.issuer.post(f"/issuer/credentials/{issued['items'][0]['id']}/revoke", {"reason": "left"})
    assert "members" in await _seen(world)
    for site in (world.provider, world.consumer):
        site.clock.moved += timedelta(seconds=61)
    assert await _seen(world) == ["all", "terms"]
    opened = await world.negotiate("terms")
    shown = await world.consumer.reaches("negotiations", opened["id"], "TERMINATED")
    assert shown["reason"][0]["code"] == "credential.missing"


async def test_a_transfer_asks_for_the_membership_again(world: World) -> None:
    """What was a member when it agreed is judged anew when it wants the data."""
    found = await world.consumer.get("/agreements", dataset="terms")
    moved = await world.consumer.post("/transfers", {"agreement": found["items"][0]["id"]})
    shown = await world.consumer.reaches("transfers", moved["id"], "TERMINATED")
    assert shown["reason"][0]["code"] == "credential.missing"


async def test_a_revoked_credential_is_not_revoked_twice(world: World) -> None:
    issued = await world.issuer.get("/issuer/credentials")
    said = await world.issuer.api(
        "POST", f"/issuer/credentials/{issued['items'][0]['id']}/revoke", {"reason": "left"}
    )
    assert (said.status, said.code) == (409, "credential.revoked")


async def test_a_fresh_membership_lets_in_again(world: World) -> None:
    await world.admit(world.consumer, memberOf="pearl")
    assert await _seen(world) == ["all", "members", "pearl", "terms"]


async def test_a_membership_that_a_stranger_wrote_itself_counts_for_nothing(
    world: World, peer: Stranger
) -> None:
    """J4: good form, good signature, an issuer that nobody trusts."""
    now = datetime.now(UTC)
    written = issue_credential(
        peer.signer,
        id=urn(),
        issuer=peer.did,
        holder=peer.did,
        type=MEMBERSHIP,
        claims={"memberOf": "yangtze"},
        valid_from=now,
        valid_until=now + timedelta(days=30),
        status=None,
    )
    shown = {"type": ["VerifiablePresentation"], "holder": peer.did, "verifiableCredential": [written]}
    url = f"{world.provider.base}/catalog/request"
    said = await peer.send(
        world.provider.did,
        url,
        message("CatalogRequestMessage"),
        vp={"@context": ["https://www.w3.org/2018/credentials/v1"], **shown},
    )
    assert [each["@id"] for each in said.json["dataset"]] == ["all", "terms"]


async def test_a_node_that_is_no_issuer_issues_nothing(world: World) -> None:
    form = {"subject": world.consumer.did, "claims": {"memberOf": "yangtze"}}
    said = await world.provider.api("POST", "/issuer/credentials", form)
    assert (said.status, said.code) == (404, "request.path-unknown")


async def test_an_expired_membership_counts_no_more(world: World) -> None:
    form = {"subject": world.consumer.did, "claims": {"memberOf": "pearl"}, "days": 1}
    issued = await world.issuer.post("/issuer/credentials", form)
    await world.consumer.post("/credentials", {"jwt": issued["jwt"]})
    assert "pearl" in await _seen(world)
    for site in (world.provider, world.consumer, world.issuer):
        site.clock.moved += timedelta(days=2)
    assert await _seen(world) == ["all", "terms"]


BAD_FORMS: dict[str, tuple[dict[str, Any], str]] = {
    "too long a life": ({"days": 367}, "body.invalid"),
    "no life": ({"days": 0}, "body.invalid"),
    "an endless life": ({"days": 10**12}, "body.invalid"),
    "another subject in the claims": ({"claims": {"id": "did:web:x"}}, "credential.claims"),
    "no text as subject": ({"subject": 7}, "body.invalid"),
}


@pytest.mark.parametrize(("change", "code"), BAD_FORMS.values(), ids=BAD_FORMS)
async def test_a_credential_that_cannot_be_issued_is_refused(
    world: World, change: dict[str, Any], code: str
) -> None:
    before = world.issuer.counts()
    said = await world.issuer.api("POST", "/issuer/credentials", {"subject": world.consumer.did} | change)
    assert (said.status, said.code) == (400, code)
    assert world.issuer.counts() == before


@pytest.mark.parametrize("jwt", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "\u00e9"])
async def test_what_is_no_credential_about_us_is_not_kept(world: World, jwt: str) -> None:
    before = world.consumer.counts()
    said = await world.consumer.api("POST", "/credentials", {"jwt": jwt})
    assert (said.status, said.code) == (400, "credential.unreadable")
    assert world.consumer.counts() == before


async def test_a_credential_about_somebody_else_is_not_kept(world: World) -> None:
    issued = await world.issuer.post("/issuer/credentials", {"subject": world.provider.did})
    said = await world.consumer.api("POST", "/credentials", {"jwt": issued["jwt"]})
    assert (said.status, said.code) == (400, "credential.unreadable")


async def test_a_list_of_statuses_is_open_and_signed_anew(world: World) -> None:
    url = f"{world.issuer.context.protocol_root}/status/1"
    said = await world.issuer.send("GET", url)
    assert (said.status, said.headers["content-type"]) == (200, "application/vc+jwt")
    assert said.body.count(b".") == 2


async def test_issuing_and_revoking_are_evidence(world: World) -> None:
    issued = await world.issuer.post("/issuer/credentials", {"subject": world.consumer.did})
    await world.issuer.post(f"/issuer/credentials/{issued['id']}/revoke", {"reason": "left"})
    entries = await world.issuer.get("/evidence/entries", limit=1000)
    facts = {
        each["entry"]["kind"]: each["entry"]["facts"]
        for each in entries
        if each["entry"]["facts"].get("credential") == issued["id"]
    }
    assert facts["credential.issued"]["subject"] == world.consumer.did
    assert facts["credential.revoked"]["reason"] == "left"
    assert issued["jwt"] not in str(entries)
