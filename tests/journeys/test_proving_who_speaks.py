"""Tokens over HTTP: expired, forged, played again, meant for another; told nothing, and logged why (J1 to J3)."""

import asyncio
import base64
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from tests.dialog import asked, first_request
from tests.nodes import IdentityTable, Said, World
from tests.nodes import world as open_world
from tests.stranger import Stranger, message, offer, stranger, urn

from xinfu.credentials.base64url import encode

pytestmark = pytest.mark.asyncio(loop_scope="module")

Defect = Callable[[Stranger, str, str, bytes], str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def held(world: World) -> str:
    """An offer whose requests wait for a person."""
    await world.provider.put("/answers/held", {"on": "requested", "do": ["hold"], "dataset": "held"})
    return await world.provider.publish("held")


def _header(peer: Stranger, **changes: Any) -> dict[str, Any]:
    return {"alg": "EdDSA", "kid": peer.signer.key_id, "typ": "JWT"} | changes


def _with_header(**changes: Any) -> Defect:
    return lambda peer, aud, url, body: peer.forged(_header(peer, **changes), peer.claims(aud, url, body))


def _with_claims(**changes: Any) -> Defect:
    return lambda peer, aud, url, body: peer.token(aud, url, body, **changes)


def _later(**seconds: int) -> Defect:
    def forge(peer: Stranger, aud: str, url: str, body: bytes) -> str:
        now = peer.claims(aud, url, body)["iat"]
        return peer.token(aud, url, body, **{name: now + by for name, by in seconds.items()})

    return forge


def _cut(peer: Stranger, aud: str, url: str, body: bytes) -> str:
    head, claims, signature = peer.token(aud, url, body).split(".")
    return f"{head}.{claims}.{signature[:40]}"


def _other_key(peer: Stranger, aud: str, url: str, body: bytes) -> str:
    text = peer.token(aud, url, body)
    head, claims, signature = text.removeprefix("Bearer ").split(".")
    turned = bytes(each ^ 1 for each in base64.urlsafe_b64decode(signature + "=="))
    return f"Bearer {head}.{claims}.{encode(turned)}"


DEFECTS: dict[str, tuple[Defect, str]] = {
    "alg none": (
        lambda peer, aud, url, body: peer.forged(
            _header(peer, alg="none"), peer.claims(aud, url, body), sign=False
        ),
        "token.algorithm",
    ),
    "alg of a shared secret": (_with_header(alg="HS256"), "token.algorithm"),
    "alg of another curve": (_with_header(alg="ES256"), "token.signature"),
    "a key in the header": (
        _with_header(jwk={"kty": "OKP", "crv": "Ed25519", "x": "AA"}),
        "token.header-key",
    ),
    "a key's address in the header": (_with_header(jku="https://keys.example/"), "token.header-key"),
    "a certificate's address": (_with_header(x5u="https://keys.example/"), "token.header-key"),
    "an unknown extension": (_with_header(crit=["exp"]), "token.critical"),
    "another type": (_with_header(typ="vc+jwt"), "token.type"),
    "no type": (_with_header(typ=None), "token.type"),
    "a key of another participant": (_with_header(kid="did:web:other.example#key-1"), "token.key-id"),
    "a key that nobody lists": (_with_header(kid="#key-9"), "token.key-unknown"),
    "no key": (_with_header(kid=None), "token.key-id"),
    "another signature": (_other_key, "token.signature"),
    "half a signature": (_cut, "token.signature"),
    "another audience": (_with_claims(aud="did:web:other.example"), "token.audience"),
    "two audiences": (_with_claims(aud=["did:web:other.example", "did:web:more.example"]), "token.audience"),
    "no audience": (_with_claims(aud=None), "token.claims"),
    "another subject": (_with_claims(sub="did:web:other.example"), "token.subject"),
    "an issuer that is no DID": (_with_claims(iss="me", sub="me"), "token.issuer"),
    "no name": (_with_claims(jti=None), "token.claims"),
    "an endless name": (_with_claims(jti="x" * 300), "token.claims"),
    "expired": (_later(iat=-400, exp=-120), "token.expired"),
    "from the future": (_later(iat=120, exp=240), "token.early"),
    "alive too long": (_later(exp=3600), "token.life"),
    "another body": (_with_claims(digest=encode(b"\0" * 32)), "token.digest"),
    "another address": (_with_claims(htu="https://other.example/negotiations/request"), "token.target"),
    "another path": (
        _with_claims(htu="http://localhost/dsp/provider/2025-1/catalog/request"),
        "token.target",
    ),
}


def _reasons(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [str(vars(each)["reason"]) for each in caplog.records if "reason" in vars(each)]


@pytest.mark.parametrize(("defect", "reason"), DEFECTS.values(), ids=DEFECTS)
async def test_a_bad_token_is_refused_like_every_other_and_our_log_says_why(
    world: World,
    peer: Stranger,
    held: str,
    caplog: pytest.LogCaptureFixture,
    defect: Defect,
    reason: str,
) -> None:
    """J1, J2, J8: one answer for all; nothing is stored."""
    url = f"{world.provider.base}/negotiations/request"
    body = msgspec.json.encode(first_request(peer, held, "held"))
    before = world.provider.counts()
    with caplog.at_level(logging.WARNING):
        said = await peer.send(
            world.provider.did, url, body, token=defect(peer, world.provider.did, url, body)
        )
    assert (said.status, said.body) == (404, b"")
    assert _reasons(caplog) == [reason]
    assert world.provider.counts() == before


@pytest.mark.parametrize("name", ["expired", "another signature", "another audience", "alg none"])
async def test_the_catalog_tells_no_more_of_a_bad_token(world: World, peer: Stranger, name: str) -> None:
    """R-HTTP-08: a code for all, no reason."""
    url = f"{world.provider.base}/catalog/request"
    body = msgspec.json.encode(message("CatalogRequestMessage"))
    token = DEFECTS[name][0](peer, world.provider.did, url, body)
    said = await peer.send(world.provider.did, url, body, token=token)
    assert (said.status, said.code) == (401, "token.refused")
    for word in ("expire", "signature", "audience", "alg"):
        assert word not in said.body.decode().lower()


async def test_an_issuer_that_does_not_resolve_is_refused_like_every_other(
    world: World, peer: Stranger, held: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"{world.provider.base}/negotiations/request"
    body = msgspec.json.encode(first_request(peer, held, "held"))
    nobody = f"{peer.did.rpartition(':')[0]}:nobody"
    kid = f"{nobody}#key-1"
    claims = peer.claims(world.provider.did, url, body, iss=nobody, sub=nobody)
    with caplog.at_level(logging.WARNING):
        said = await peer.send(
            world.provider.did, url, body, token=peer.forged(_header(peer, kid=kid), claims)
        )
    assert (said.status, said.body) == (404, b"")
    assert _reasons(caplog) == ["token.issuer-unresolved"]


async def test_a_token_without_a_digest_is_accepted_from_who_never_sent_one(
    world: World, held: str, caplog: pytest.LogCaptureFixture
) -> None:
    """D-02: peers that send none are let in, and the receipt says what is not signed; one that did must go on."""
    url = f"{world.provider.base}/negotiations/request"
    async with stranger(world.session) as fresh:
        said = await fresh.send(
            world.provider.did, url, first_request(fresh, held, "held"), digest=None, htu=None
        )
        assert said.status == 201
        entries = await world.provider.get("/evidence/entries", process=said.json["providerPid"])
        assert entries[0]["entry"]["facts"]["signed"] == "unsigned-body"
        signed = await fresh.send(world.provider.did, url, first_request(fresh, held, "held"))
        assert signed.status == 201
        unsigned = await fresh.send(world.provider.did, url, first_request(fresh, held, "held"), digest=None)
        assert (unsigned.status, unsigned.body) == (404, b"")
        assert "refused a token: token.digest" in caplog.text


async def test_every_body_must_be_signed_where_the_operator_asks_for_it(tmp_path: Path) -> None:
    strict = IdentityTable(signed_bodies="always")
    async with open_world(tmp_path, identity=strict) as closed, stranger(closed.session) as fresh:
        url = f"{closed.provider.base}/negotiations/request"
        dataset = "open"
        offered = await closed.provider.publish(dataset)
        asking = first_request(fresh, offered, dataset)
        assert (await fresh.send(closed.provider.did, url, asking, digest=None)).status == 404
        assert (await fresh.send(closed.provider.did, url, asking)).status == 201


async def test_a_token_with_the_relative_name_of_its_key_is_accepted(
    world: World, peer: Stranger, held: str
) -> None:
    url = f"{world.provider.base}/negotiations/request"
    body = msgspec.json.encode(first_request(peer, held, "held"))
    token = peer.forged(_header(peer, kid="#key-1"), peer.claims(world.provider.did, url, body))
    assert (await peer.send(world.provider.did, url, body, token=token)).status == 201


async def _twice(peer: Stranger, audience: str, url: str, body: bytes | None) -> list[Said]:
    token = peer.token(audience, url, body)
    return [await peer.send(audience, url, body, token=token) for _ in range(2)]


async def test_a_first_message_is_taken_once(world: World, peer: Stranger, held: str) -> None:
    """J3."""
    body = msgspec.json.encode(first_request(peer, held, "held"))
    first, second = await _twice(
        peer, world.provider.did, f"{world.provider.base}/negotiations/request", body
    )
    assert (first.status, second.status, second.body) == (201, 404, b"")


@pytest.mark.parametrize("place", ["/catalog/request", "/catalog/datasets/held", "negotiation"])
async def test_a_read_is_answered_once(world: World, peer: Stranger, held: str, place: str) -> None:
    """D-03: reads use up their token in a small step of their own."""
    talk = await asked(peer, world.provider, held, "held")
    url = talk.url if place == "negotiation" else world.provider.base + place
    body = msgspec.json.encode(message("CatalogRequestMessage")) if place.endswith("request") else None
    first, second = await _twice(peer, world.provider.did, url, body)
    assert (first.status, second.status) == (200, 404 if place == "negotiation" else 401)


@pytest.mark.parametrize("kind", ["malformed", "out of turn", "unknown process"])
async def test_a_refused_message_cannot_be_played_again(
    world: World, peer: Stranger, held: str, kind: str
) -> None:
    """J3: else it could be kept, and played when it is in turn."""
    talk = await asked(peer, world.provider, held, "held")
    pid = urn() if kind == "unknown process" else talk.pid
    url = f"{world.provider.base}/negotiations/{pid}/events"
    event = message("ContractNegotiationEventMessage", **talk.pids, eventType="ACCEPTED")
    body = b"{" if kind == "malformed" else msgspec.json.encode(event)
    first, second = await _twice(peer, world.provider.did, url, body)
    assert first.status == (404 if kind == "unknown process" else 400)
    assert (second.status, second.body) == (404, b"")


async def test_an_acceptance_that_came_too_early_is_not_accepted_when_it_is_played_again(
    world: World, peer: Stranger, held: str
) -> None:
    talk = await asked(peer, world.provider, held, "held")
    event = message("ContractNegotiationEventMessage", **talk.pids, eventType="ACCEPTED")
    body = msgspec.json.encode(event)
    token = peer.token(world.provider.did, f"{talk.url}/events", body)
    assert (await peer.send(world.provider.did, f"{talk.url}/events", body, token=token)).status == 400
    await talk.act("counter", policy={"permission": [{"action": "use"}]})
    await world.provider.reaches("negotiations", talk.pid, "OFFERED")
    assert (await peer.send(world.provider.did, f"{talk.url}/events", body, token=token)).status == 404
    assert await talk.state() == "OFFERED"


async def test_of_two_at_once_exactly_one_wins(world: World, peer: Stranger, held: str) -> None:
    """J3: one token, sent over eight connections at the same time."""
    url = f"{world.provider.base}/negotiations/request"
    body = msgspec.json.encode(first_request(peer, held, "held"))
    token = peer.token(world.provider.did, url, body)
    before = world.provider.counts()["negotiations"]
    said = await asyncio.gather(*(peer.send(world.provider.did, url, body, token=token) for _ in range(8)))
    assert sorted(each.status for each in said) == [201, *[404] * 7]
    assert world.provider.counts()["negotiations"] == before + 1


async def test_a_token_for_one_node_opens_nothing_at_another(world: World, peer: Stranger) -> None:
    """J2: the same message, captured and sent on."""
    body = msgspec.json.encode(message("CatalogRequestMessage"))
    url = f"{world.provider.base}/catalog/request"
    token = peer.token(world.provider.did, url, body)
    said = await peer.send(world.consumer.did, f"{world.consumer.base}/catalog/request", body, token=token)
    assert said.status == 401


async def test_a_thousand_ill_formed_tokens_cause_no_outbound_call(world: World) -> None:
    """M7, D-09: nobody is asked about a stranger whose token cannot hold."""
    async with stranger(world.session) as fresh:
        url = f"{world.provider.base}/negotiations/request"
        body = msgspec.json.encode(first_request(fresh, "x", "held"))
        without_calls = [
            forge
            for forge, reason in DEFECTS.values()
            if reason not in {"token.signature", "token.key-unknown"}
        ]
        for number in range(1000):
            forge = without_calls[number % len(without_calls)]
            token = forge(fresh, world.provider.did, url, body)
            said = await fresh.send(world.provider.did, url, body, token=token)
            assert said.status == 404
        assert fresh.touched == 0


async def test_unknown_participants_are_looked_up_at_a_limited_pace(
    world: World, peer: Stranger, caplog: pytest.LogCaptureFixture
) -> None:
    """D-09, M7: a flood of made-up names ends in refusals that cost no call."""
    async with stranger(world.session) as fresh:
        url = f"{world.consumer.base}/negotiations/request"
        host = fresh.did.rpartition(":")[0]
        with caplog.at_level(logging.WARNING):
            for number in range(200):
                did = f"{host}:made-up-{number}"
                claims = fresh.claims(world.consumer.did, url, b"{}", iss=did, sub=did)
                token = fresh.forged(_header(fresh, kid=f"{did}#key-1"), claims)
                await fresh.send(world.consumer.did, url, b"{}", token=token)
        assert 0 < fresh.touched < 100
        assert any(vars(each).get("cause") == "did.throttled" for each in caplog.records)


async def test_no_token_and_no_body_stands_in_the_log(
    world: World, peer: Stranger, held: str, caplog: pytest.LogCaptureFixture
) -> None:
    """J7."""
    canary = "canary-3f9c"
    url = f"{world.provider.base}/negotiations/request"
    wanted = first_request(
        peer, held, "held", offer=offer(canary, canary, {"permission": [{"action": canary}]})
    )
    body = msgspec.json.encode(wanted)
    with caplog.at_level(logging.DEBUG):
        for forge, _ in DEFECTS.values():
            token = forge(peer, world.provider.did, url, body)
            await peer.send(world.provider.did, url, body, token=token)
        await peer.send(world.provider.did, url, body, token=f"Bearer {canary}")
    ours = [each for each in caplog.records if each.name.startswith("xinfu")]
    assert ours
    written = json.dumps([{**vars(each), "said": each.getMessage()} for each in ours], default=str)
    assert canary not in written
    assert "eyJ" not in written
