"""did:web identity: who is let in, who is refused, and what it costs to refuse (J1, J2, J4, J5, J8, M7)."""

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from tests.credentials.forge import CHECKS, forge, good_claims, good_header
from tests.identities.world import START, Issuer, Party, World

from xinfu.credentials import (
    MEMBERSHIP,
    OwnKey,
    Reason,
    StatusEntry,
    TokenRefusedError,
    build_did_document,
    build_token,
    issue_credential,
    render_did_document,
    write_token,
)
from xinfu.credentials.base64url import decode
from xinfu.identities.pace import Pace
from xinfu.ports.identity import Caller
from xinfu.signers.ed25519 import Ed25519Signer
from xinfu.signers.es256 import Es256Signer


async def _verify(world: World, header: str | None, **changes: object) -> Caller:
    arguments: dict[str, object] = {"context": "bob", "url": world.url, "body": world.body}
    return await world.identity.verify(header, **(arguments | changes))  # type: ignore[arg-type] # by name


async def _reason(world: World, header: str | None, **changes: object) -> Reason:
    with pytest.raises(TokenRefusedError) as refused:
        await _verify(world, header, **changes)
    return refused.value.reason


async def test_a_member_is_known_with_its_claims(world: World) -> None:
    caller = await _verify(world, await world.token())
    assert caller.participant.id == world.alice.did
    assert caller.participant.claims == {
        MEMBERSHIP: ("active",),
        f"{MEMBERSHIP}.memberOf": ("yangtze",),
    }
    assert caller.signed_body
    assert caller.issuer_key == world.alice.signer.key_id
    assert caller.withheld == {}
    assert caller.expires == START + timedelta(minutes=6)


async def test_each_message_has_a_token_of_its_own(world: World) -> None:
    callers = [await _verify(world, await world.token()) for _ in range(3)]
    assert len({caller.jti for caller in callers}) == 3


async def test_the_scheme_may_be_in_any_case(world: World) -> None:
    header = await world.token()
    assert (await _verify(world, header.replace("Bearer", "bearer"))).token.startswith("bearer ")


# J1: forged tokens, and none of them makes us call anyone


def _claims(world: World) -> dict[str, object]:
    return good_claims(aud=world.bob.did, iss=world.alice.did, sub=world.alice.did)


def _kid(world: World) -> str:
    return world.alice.signer.key_id


def _attacker() -> Ed25519Signer:
    return Ed25519Signer.from_private_bytes("did:web:evil.org#key-1", b"\x66" * 32)


ILL_FORMED: dict[str, Callable[[World], str]] = {
    "alg none": lambda w: forge(good_header(alg="none", kid=_kid(w)), _claims(w), lambda _: b""),
    "HS256 with the public key": lambda w: forge(
        good_header(alg="HS256", kid=_kid(w)),
        _claims(w),
        lambda m: hmac.digest(decode(w.alice.signer.public_jwk()["x"]), m, hashlib.sha256),
    ),
    "embedded jwk": lambda w: forge(
        good_header(kid=_kid(w), jwk=_attacker().public_jwk()), _claims(w), _attacker().sign
    ),
    "jku": lambda w: forge(good_header(kid=_kid(w), jku="https://evil.org/k"), _claims(w), _attacker().sign),
    "x5u": lambda w: forge(good_header(kid=_kid(w), x5u="https://evil.org/c"), _claims(w), _attacker().sign),
    "crit": lambda w: forge(good_header(kid=_kid(w), crit=["exp"]), _claims(w), w.alice.signer.sign),
    "JWE": lambda w: "e30.e30.e30.e30.e30",
    "typ": lambda w: forge(good_header(kid=_kid(w), typ="vc+jwt"), _claims(w), w.alice.signer.sign),
    "kid of the attacker": lambda w: forge(good_header(kid=_attacker().key_id), _claims(w), _attacker().sign),
    "kid a path": lambda w: forge(good_header(kid="../../dev/null"), _claims(w), _attacker().sign),
    "a credential in place of a token": lambda w: w.alice.credentials[0],
    "expired": lambda w: forge(
        good_header(kid=_kid(w)), _claims(w) | {"iat": 1, "exp": 301}, w.alice.signer.sign
    ),
    "not JSON": lambda w: forge(good_header(kid=_kid(w)), b"{", w.alice.signer.sign),
    "empty": lambda w: "",
    "noise": lambda w: "noise",
    "DID in digits": lambda w: forge(
        good_header(), _claims(w) | {"iss": "did:web:127.0.0.1", "sub": "did:web:127.0.0.1"}
    ),
}


@pytest.mark.parametrize("make", ILL_FORMED.values(), ids=ILL_FORMED.keys())
async def test_an_ill_formed_token_is_refused_without_calling_anyone(
    world: World, make: Callable[[World], str]
) -> None:
    await _reason(world, "Bearer " + make(world))
    assert world.network.calls == []


async def test_a_thousand_requests_without_a_well_formed_token_cause_no_call(world: World) -> None:
    tokens = [make(world) for make in ILL_FORMED.values()]
    for number in range(1000):
        await _reason(world, "Bearer " + tokens[number % len(tokens)])
    assert world.network.calls == []


FORGED: dict[str, tuple[Callable[[World], str], Reason]] = {
    "signed by the attacker": (
        lambda w: forge(good_header(kid=_kid(w)), _claims(w), _attacker().sign),
        Reason.SIGNATURE,
    ),
    "signed by the audience": (
        lambda w: forge(good_header(kid=_kid(w)), _claims(w), w.bob.signer.sign),
        Reason.SIGNATURE,
    ),
    "another algorithm than the key's": (
        lambda w: forge(
            good_header(kid=_kid(w), alg="ES256"), _claims(w), Es256Signer.generate(_kid(w)).sign
        ),
        Reason.SIGNATURE,
    ),
    "empty signature": (
        lambda w: forge(good_header(kid=_kid(w)), _claims(w), lambda _: b""),
        Reason.SIGNATURE,
    ),
    "longer signature": (
        lambda w: forge(good_header(kid=_kid(w)), _claims(w), lambda m: w.alice.signer.sign(m) + b"\0"),
        Reason.SIGNATURE,
    ),
    "kid that is not there": (
        lambda w: forge(good_header(kid=f"{w.alice.did}#key-9"), _claims(w), _attacker().sign),
        Reason.KEY_UNKNOWN,
    ),
    "issuer that is not there": (
        lambda w: forge(
            good_header(kid=None) | {"kid": "#key-1"},
            _claims(w) | {"iss": "did:web:nobody.example.org", "sub": "did:web:nobody.example.org"},
            _attacker().sign,
        ),
        Reason.UNRESOLVED,
    ),
}


@pytest.mark.parametrize(("make", "reason"), FORGED.values(), ids=FORGED.keys())
async def test_a_forged_token_is_refused(world: World, make: Callable[[World], str], reason: Reason) -> None:
    assert await _reason(world, "Bearer " + make(world)) is reason


@pytest.mark.parametrize("crv", ["X25519", "Ed448", "P-256"])
async def test_a_key_on_a_wrong_curve_verifies_nothing(world: World, crv: str) -> None:
    document = world.alice.document
    method = msgspec.structs.replace(document.methods[0], jwk={**document.methods[0].jwk, "crv": crv})
    world.alice.publish(msgspec.structs.replace(document, methods=(method,)))
    assert await _reason(world, await world.token()) is Reason.SIGNATURE


async def test_a_log_key_cannot_sign_a_token(world: World) -> None:
    log = Ed25519Signer.generate(f"{world.alice.did}#log")
    keys = [
        OwnKey(id=log.key_id, jwk=log.public_jwk(), use="log"),
        OwnKey(id=world.alice.signer.key_id, jwk=world.alice.signer.public_jwk()),
    ]
    world.alice.publish(build_did_document(world.alice.did, keys))
    token = build_token(
        did=world.alice.did, audience=world.bob.did, url=world.url, body=world.body, credentials=(),
        now=START, jti="1",
    )  # fmt: skip
    assert await _reason(world, "Bearer " + write_token(token, log)) is Reason.KEY_USE


@pytest.mark.parametrize("field", ["expires", "revoked"])
async def test_a_key_that_has_ended_signs_no_token(world: World, field: str) -> None:
    """The document lists it for tokens still, with its end."""
    document = json.loads(render_did_document(world.alice.document))
    document["verificationMethod"][0][field] = (START + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    world.network.pages[world.alice.url] = json.dumps(document).encode()
    await _verify(world, await world.token())
    world.clock.advance(1)
    assert await _reason(world, await world.token()) is Reason.KEY_ENDED


# J2: another audience, endpoint or body


async def test_a_token_for_one_peer_is_refused_by_the_other(world: World) -> None:
    header = await world.identity.prove(
        context="bob", audience=world.alice.did, url=world.url, body=world.body
    )
    assert await _reason(world, header) is Reason.AUDIENCE


async def test_a_token_for_one_endpoint_is_refused_at_another(world: World) -> None:
    other = "https://bob.example.org/protocol/negotiations/request"
    assert await _reason(world, await world.token(), url=other) is Reason.TARGET


async def test_a_token_for_one_body_is_refused_with_another(world: World) -> None:
    assert await _reason(world, await world.token(), body=world.body + b" ") is Reason.DIGEST
    assert await _reason(world, await world.token(body=None)) is Reason.DIGEST


async def test_behind_a_proxy_the_public_address_counts(world: World) -> None:
    inner = "http://127.0.0.1:8282/protocol/catalog/request"
    assert await _reason(world, await world.token(), url=inner) is Reason.TARGET
    world.bob.public_url = "https://bob.example.org"
    assert (await _verify(world, await world.token(), url=inner)).signed_body


async def test_a_peer_that_signs_no_body_is_accepted_and_marked(world: World) -> None:
    plain = forge(good_header(kid=_kid(world)), _claims(world), world.alice.signer.sign)
    caller = await _verify(world, "Bearer " + plain)
    assert caller.participant.id == world.alice.did
    assert not caller.signed_body


# J4: credentials


async def _claims_of(world: World) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    caller = await _verify(world, await world.token())
    return dict(caller.participant.claims), dict(caller.withheld)


def _stolen(world: World) -> None:
    world.alice.credentials = (world.issuer.admit(world.bob),)


def _untrusted(world: World) -> None:
    world.alice.credentials = (Issuer("mallory", world.network, world.clock).admit(world.alice),)


def _self_made(world: World) -> None:
    fake = Issuer("issuer", world.network, world.clock)  # publishes its own keys ...
    world.issuer.publish()  # ... and the true issuer puts its document back
    world.issuer.publish_list()
    world.alice.credentials = (fake.admit(world.alice),)


def _expired(world: World) -> None:
    world.alice.credentials = (world.issuer.admit(world.alice, valid_until=START),)


def _early(world: World) -> None:
    start = START + timedelta(seconds=1)
    world.alice.credentials = (world.issuer.admit(world.alice, valid_from=start),)


def _revoked(world: World) -> None:
    world.issuer.revoke(7)


def _no_list(world: World) -> None:
    del world.network.pages[world.issuer.list_url]


def _list_of_another(world: World) -> None:
    mallory = Issuer("mallory", world.network, world.clock)
    world.network.pages[world.issuer.list_url] = world.network.pages[mallory.list_url]


def _issuer_away(world: World) -> None:
    del world.network.pages[world.issuer.url]


def _other_type(world: World) -> None:
    world.alice.credentials = (world.issuer.admit(world.alice, kind="PlatformCredential"),)


def _no_credential(world: World) -> None:
    world.alice.credentials = ()


def _garbage(world: World) -> None:
    world.alice.credentials = ("garbage",)


DEFECTS: dict[str, tuple[Callable[[World], None], dict[str, tuple[str, ...]]]] = {
    "stolen": (_stolen, {MEMBERSHIP: ("credential.holder",)}),
    "untrusted issuer": (_untrusted, {MEMBERSHIP: ("credential.untrusted",)}),
    "signed by a pretender": (_self_made, {MEMBERSHIP: ("credential.signature",)}),
    "expired": (_expired, {MEMBERSHIP: ("credential.expired",)}),
    "not yet valid": (_early, {MEMBERSHIP: ("credential.early",)}),
    "revoked": (_revoked, {MEMBERSHIP: ("credential.revoked",)}),
    "status list away": (_no_list, {MEMBERSHIP: ("credential.status-missing",)}),
    "status list of another": (_list_of_another, {MEMBERSHIP: ("credential.status-missing",)}),
    "issuer away": (_issuer_away, {MEMBERSHIP: ("credential.issuer-unresolved",)}),
    "type nobody trusts": (_other_type, {"PlatformCredential": ("credential.untrusted",)}),
    "none": (_no_credential, {}),
    "garbage": (_garbage, {"?": ("token.form",)}),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "withheld"), DEFECTS.values(), ids=DEFECTS.keys())
async def test_a_defect_of_the_credential_takes_its_claims_and_says_why(
    world: World, spoil: Callable[[World], None], withheld: dict[str, tuple[str, ...]]
) -> None:
    spoil(world)
    assert await _claims_of(world) == ({}, withheld)


@pytest.mark.parametrize("spoil", [one for one, _ in DEFECTS.values()], ids=DEFECTS.keys())
async def test_where_membership_is_required_each_defect_denies(
    world: World, spoil: Callable[[World], None]
) -> None:
    world.identity = world.node(required=[MEMBERSHIP])
    assert (await _verify(world, await world.token())).participant.id == world.alice.did
    spoil(world)
    world.identity = world.node(required=[MEMBERSHIP])
    assert await _reason(world, await world.token()) is Reason.MEMBERSHIP


async def test_nobody_is_called_for_a_credential_that_cannot_count(world: World) -> None:
    for spoil in (_stolen, _untrusted, _expired, _early, _other_type, _garbage):
        world.identity = world.node()
        spoil(world)
        world.network.calls.clear()
        await _verify(world, await world.token())
        assert world.network.calls == [world.alice.url]


def _list_elsewhere(party: Party, world: World, key_id: str) -> str:
    """A credential that names the true issuer and a status list of the forger's choice."""
    return issue_credential(
        Ed25519Signer.from_private_bytes(key_id, b"\x66" * 32),
        id="1",
        issuer=world.issuer.did,
        holder=party.did,
        claims={},
        valid_from=START,
        valid_until=START + timedelta(days=1),
        status=StatusEntry(url="https://victim.example.org/", index=1),
    )


@pytest.mark.parametrize("owner", ["issuer", "evil"])
async def test_no_status_list_is_fetched_for_what_the_issuer_did_not_sign(world: World, owner: str) -> None:
    key_id = f"{world.issuer.did}#key-1" if owner == "issuer" else "did:web:evil.org#key-1"
    world.alice.credentials = (_list_elsewhere(world.alice, world, key_id),)
    claims, withheld = await _claims_of(world)
    assert claims == {}
    assert MEMBERSHIP in withheld
    assert set(world.network.calls) <= {world.alice.url, world.issuer.url}


async def test_a_revocation_counts_within_a_minute(world: World) -> None:
    assert (await _claims_of(world))[0]
    world.issuer.revoke(7)
    world.clock.advance(61)
    assert await _claims_of(world) == ({}, {MEMBERSHIP: ("credential.revoked",)})


async def test_a_list_that_cannot_be_refreshed_grows_stale_and_denies(world: World) -> None:
    assert (await _claims_of(world))[0]
    _no_list(world)
    world.clock.advance(60)
    assert (await _claims_of(world))[0]
    world.clock.advance(1)
    assert await _claims_of(world) == ({}, {MEMBERSHIP: ("credential.status-stale",)})


async def test_a_good_credential_beside_a_bad_one_counts(world: World) -> None:
    world.alice.credentials = (
        world.issuer.admit(world.alice, valid_until=START),
        world.issuer.admit(world.alice, index=8),
    )
    claims, withheld = await _claims_of(world)
    assert claims[MEMBERSHIP] == ("active",)
    assert withheld == {}


# J5: rotation


async def test_keys_rotate_without_a_message_lost(world: World) -> None:
    before = await world.token()
    await _verify(world, await world.token())
    world.alice.add_key("key-2")
    world.clock.advance(6)
    caller = await _verify(world, await world.token())
    assert caller.issuer_key == f"{world.alice.did}#key-2"
    assert (await _verify(world, before)).issuer_key == f"{world.alice.did}#key-1"


async def test_a_key_that_is_gone_signs_nothing_once_the_document_is_fetched_anew(world: World) -> None:
    await _verify(world, await world.token())
    old = world.alice.signers.pop()
    world.alice.add_key("key-2")
    world.clock.advance(301)
    world.alice.signers.append(old)  # a thief goes on with it
    assert await _reason(world, await world.token()) is Reason.KEY_UNKNOWN


async def test_a_document_that_names_another_did_is_not_believed(world: World) -> None:
    world.network.pages[world.alice.url] = world.network.pages[world.bob.url]
    assert await _reason(world, await world.token()) is Reason.UNRESOLVED


# J8: clocks


@pytest.mark.parametrize(
    ("shift_s", "reason"),
    [(-90, Reason.EARLY), (-30, None), (30, None), (330, None), (390, Reason.EXPIRED), (-3600, Reason.EARLY)],
)
async def test_clocks_may_differ_by_a_minute(world: World, shift_s: int, reason: Reason | None) -> None:
    world.alice.credentials = ()
    header = await world.token()
    world.clock.advance(shift_s)
    if reason is None:
        assert (await _verify(world, header)).participant.id == world.alice.did
    else:
        assert await _reason(world, header) is reason


async def test_a_clock_that_jumps_back_opens_no_second_window(world: World) -> None:
    header = await world.token()
    caller = await _verify(world, header)
    world.clock.advance(400)
    assert await _reason(world, header) is Reason.EXPIRED
    world.clock.advance(-400)
    assert (await _verify(world, header)).jti == caller.jti  # the claimed row refuses it, until `expires`
    assert world.clock.now() < caller.expires


# M7: strangers


async def _stranger(world: World, number: int) -> str:
    party = Party(f"stranger-{number}", world.network)
    token = build_token(
        did=party.did, audience=world.bob.did, url=world.url, body=world.body, credentials=(), now=START,
        jti=str(number),
    )  # fmt: skip
    return "Bearer " + write_token(token, party.signer)


async def test_strangers_from_one_network_are_looked_up_at_a_limited_pace(world: World) -> None:
    world.identity = world.node(pace=Pace(burst=3, per_s=1, overall=10))
    headers = [await _stranger(world, number) for number in range(5)]
    for header in headers[:3]:
        await _verify(world, header, source="203.0.113.0/24")
    for header in headers[3:]:
        assert await _reason(world, header, source="203.0.113.0/24") is Reason.UNRESOLVED
    assert len(world.network.calls) == 3
    await _verify(world, headers[3], source="198.51.100.0/24")
    world.clock.advance(1)
    await _verify(world, headers[4], source="203.0.113.0/24")


async def test_a_known_peer_is_not_slowed_by_strangers(world: World) -> None:
    world.identity = world.node(pace=Pace(burst=1, per_s=0.001, overall=1))
    await _verify(world, await world.token())
    assert await _reason(world, await _stranger(world, 1)) is Reason.UNRESOLVED
    world.clock.advance(301)
    assert (await _verify(world, await world.token())).participant.id == world.alice.did


async def test_many_messages_of_a_new_peer_fetch_its_document_once(world: World) -> None:
    headers = [await world.token() for _ in range(50)]
    world.network.gate.clear()
    tasks = [asyncio.create_task(_verify(world, header)) for header in headers]
    while not world.network.calls:
        await asyncio.sleep(0)
    world.network.gate.set()
    callers = await asyncio.gather(*tasks)
    assert len({caller.jti for caller in callers}) == 50
    assert sorted(world.network.calls) == sorted({world.alice.url, world.issuer.url, world.issuer.list_url})


# J7: what is logged


async def test_the_log_names_the_reason_and_holds_no_token(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    headers = [await world.token(), "Bearer " + FORGED["signed by the attacker"][0](world), "canary-canary"]
    await _reason(world, headers[0], body=b"other")
    await _reason(world, headers[1])
    await _reason(world, headers[2])
    _revoked(world)
    caller = await _verify(world, headers[0])
    reasons = [
        record.__dict__.get("reason") for record in caplog.records if record.levelno == logging.WARNING
    ]
    assert reasons == [Reason.DIGEST, Reason.SIGNATURE, Reason.SCHEME, None]
    logged = "".join(caplog.handler.format(record) + str(record.__dict__) for record in caplog.records)
    logged += repr(caller)
    for header in headers:
        for part in header.removeprefix("Bearer ").split("."):
            assert part not in logged


async def test_the_reason_of_an_unresolved_issuer_is_its_cause(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    del world.network.pages[world.alice.url]
    await _reason(world, await world.token())
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert record.__dict__["cause"] == "peer.unreachable"


def test_the_checks_of_these_tests_are_those_of_both_algorithms() -> None:
    assert set(CHECKS) == {"EdDSA", "ES256"}
