"""Compact tokens: what is refused before any key is looked for, and agreement with another library (J1)."""

import base64
import hashlib
import hmac
import warnings

import joserfc.errors
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws as other
from joserfc.jwk import ECKey, OKPKey
from tests.credentials.forge import ALICE, CHECKS, EC, ED, forge, good_claims, good_header

from xinfu.credentials import Reason, TokenRefusedError, signature_holds
from xinfu.credentials.base64url import decode, encode
from xinfu.credentials.jws import MOST_CHARACTERS, read_compact, write_compact
from xinfu.ports.signer import Signer

TYPES = frozenset({"jwt"})
GOOD = forge(good_header(), good_claims())


def _hs256(signing_input: bytes) -> bytes:
    """A MAC whose key is the public key of the victim."""
    return hmac.digest(decode(ED.public_jwk()["x"]), signing_input, hashlib.sha256)


FORGED = {
    "alg none": (forge(good_header(alg="none"), good_claims(), lambda _: b""), Reason.ALGORITHM),
    "alg None": (forge(good_header(alg="None"), good_claims()), Reason.ALGORITHM),
    "alg missing": (forge(good_header(alg=None), good_claims()), Reason.ALGORITHM),
    "alg a list": (forge(good_header(alg=["EdDSA"]), good_claims()), Reason.ALGORITHM),
    "alg in another case": (forge(good_header(alg="eddsa"), good_claims()), Reason.ALGORITHM),
    "HS256 with the public key": (forge(good_header(alg="HS256"), good_claims(), _hs256), Reason.ALGORITHM),
    "RS256": (forge(good_header(alg="RS256"), good_claims()), Reason.ALGORITHM),
    "ES384": (forge(good_header(alg="ES384"), good_claims()), Reason.ALGORITHM),
    "ES256K": (forge(good_header(alg="ES256K"), good_claims()), Reason.ALGORITHM),
    "jwk": (forge(good_header(jwk=ED.public_jwk()), good_claims()), Reason.HEADER_KEY),
    "jku": (forge(good_header(jku="https://evil.org/keys"), good_claims()), Reason.HEADER_KEY),
    "x5u": (forge(good_header(x5u="https://evil.org/cert"), good_claims()), Reason.HEADER_KEY),
    "x5c": (forge(good_header(x5c=["MIIB"]), good_claims()), Reason.HEADER_KEY),
    "crit of an unknown": (forge(good_header(crit=["x"], x=1), good_claims()), Reason.CRITICAL),
    "crit of nothing": (forge(good_header(crit=[]), good_claims()), Reason.CRITICAL),
    "b64 false": (forge(good_header(b64=False, crit=["b64"]), good_claims()), Reason.CRITICAL),
    "typ missing": (forge(good_header(typ=None), good_claims()), Reason.TYPE),
    "typ of a credential": (forge(good_header(typ="vc+jwt"), good_claims()), Reason.TYPE),
    "typ of an access token": (forge(good_header(typ="at+jwt"), good_claims()), Reason.TYPE),
    "typ a number": (forge(good_header(typ=1), good_claims()), Reason.TYPE),
    "enc": (forge(good_header(enc="A256GCM"), good_claims()), Reason.ENCRYPTED),
    "zip": (forge(good_header(zip="DEF"), good_claims()), Reason.ENCRYPTED),
    "a JWE": ("e30.e30.e30.e30.e30", Reason.ENCRYPTED),
    "kid a number": (forge(good_header(kid=1), good_claims()), Reason.KEY_ID),
    "kid an object": (forge(good_header(kid={"$ne": ""}), good_claims()), Reason.KEY_ID),
    "header no UTF-8": (forge(b'{"a":"\x80"}', good_claims()), Reason.FORM),
    "header without end": (forge(b'{"a":' * 3000, good_claims()), Reason.FORM),
    "header no JSON": (forge(b"{", good_claims()), Reason.FORM),
    "header a list": (forge(b"[]", good_claims()), Reason.FORM),
    "empty": ("", Reason.FORM),
    "one part": ("e30", Reason.FORM),
    "two parts": ("e30.e30", Reason.FORM),
    "four parts": ("e30.e30.e30.e30", Reason.FORM),
    "empty parts": ("..", Reason.FORM),
    "JSON serialisation": ('{"payload":"e30","signatures":[]}', Reason.FORM),
    "padding": (GOOD + "=", Reason.FORM),
    "blank": (GOOD + " ", Reason.FORM),
    "line end": (GOOD + "\n", Reason.FORM),
    "other alphabet": (GOOD.replace(GOOD[-5], "+", 1), Reason.FORM),
    "no ASCII": (GOOD + "中", Reason.FORM),
    "too long": (GOOD + "A" * MOST_CHARACTERS, Reason.SIZE),
}


@pytest.mark.parametrize(("text", "reason"), FORGED.values(), ids=FORGED.keys())
def test_a_forged_token_is_refused_without_a_key(text: str, reason: Reason) -> None:
    with pytest.raises(TokenRefusedError) as refused:
        read_compact(text, types=TYPES)
    assert refused.value.reason is reason


def test_the_good_token_that_the_forged_ones_come_from_is_read() -> None:
    jws = read_compact(GOOD, types=TYPES)
    assert (jws.algorithm, jws.key_id) == ("EdDSA", ED.key_id)
    assert signature_holds(jws, ED.public_jwk(), CHECKS)


def test_the_last_character_of_a_token_has_one_spelling() -> None:
    head, _, last = GOOD.rpartition(".")
    neighbours = [
        last[:-1] + character for character in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    ]
    same_bytes = [text for text in neighbours if text != last and _loosely(text) == _loosely(last)]
    assert same_bytes
    for text in same_bytes:
        with pytest.raises(TokenRefusedError):
            read_compact(f"{head}.{text}", types=TYPES)


def _loosely(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize("signer", [ED, EC], ids=["EdDSA", "ES256"])
def test_a_key_of_another_kind_does_not_verify_whatever_the_header_says(signer: Signer) -> None:
    other_signer = EC if signer is ED else ED
    text = forge(good_header(alg=other_signer.algorithm), good_claims(), signer.sign)
    jws = read_compact(text, types=TYPES)
    assert not signature_holds(jws, signer.public_jwk(), CHECKS)
    assert not signature_holds(jws, other_signer.public_jwk(), CHECKS)


def test_an_algorithm_without_a_check_verifies_nothing() -> None:
    assert not signature_holds(read_compact(GOOD, types=TYPES), ED.public_jwk(), {})


@given(st.binary(max_size=200))
@settings(max_examples=50)
def test_what_is_written_is_read_back(payload: bytes) -> None:
    for signer in (ED, EC):
        jws = read_compact(write_compact(signer, payload, typ="JWT"), types=TYPES)
        assert jws.payload == payload
        assert signature_holds(jws, signer.public_jwk(), CHECKS)


@given(st.data())
@settings(max_examples=100)
def test_no_character_of_a_token_can_be_changed(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(GOOD) - 1))
    character = data.draw(st.sampled_from("AQgw059-_.=").filter(lambda one: one != GOOD[position]))
    changed = GOOD[:position] + character + GOOD[position + 1 :]
    try:
        jws = read_compact(changed, types=TYPES)
    except TokenRefusedError:
        return
    assert not signature_holds(jws, ED.public_jwk(), CHECKS)


@given(st.text(max_size=80) | st.binary(max_size=60).map(lambda raw: forge(raw, raw)))
def test_any_text_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(TokenRefusedError):
        read_compact(text, types=TYPES)


@pytest.mark.parametrize("signer", [ED, EC], ids=["EdDSA", "ES256"])
def test_another_library_reads_what_we_write(signer: Signer) -> None:
    text = write_compact(signer, b'{"iss":"a"}', typ="JWT")
    key = (OKPKey if signer is ED else ECKey).import_key(dict(signer.public_jwk()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it calls the name EdDSA old; peers write it
        read = other.deserialize_compact(text, key, algorithms=[signer.algorithm])
        assert read.payload == b'{"iss":"a"}'
        with pytest.raises(joserfc.errors.BadSignatureError):
            other.deserialize_compact(text[:-8] + "AAAAAAAA", key, algorithms=[signer.algorithm])


@pytest.mark.parametrize("kind", [OKPKey, ECKey])
def test_we_read_what_another_library_writes(kind: type[OKPKey] | type[ECKey]) -> None:
    key = OKPKey.generate_key("Ed25519") if kind is OKPKey else ECKey.generate_key("P-256")
    algorithm = "EdDSA" if kind is OKPKey else "ES256"
    header = {"alg": algorithm, "kid": f"{ALICE}#k", "typ": "JWT"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = other.serialize_compact(header, b"{}", key, algorithms=[algorithm])
    jwk = {name: str(value) for name, value in key.as_dict(private=False).items()}
    assert signature_holds(read_compact(text, types=TYPES), jwk, CHECKS)


@given(st.binary(max_size=60))
def test_base64url_comes_back(raw: bytes) -> None:
    assert decode(encode(raw)) == raw


def test_a_token_shows_nothing_of_itself() -> None:
    assert encode(ED.sign(b"x"))[:20] not in repr(read_compact(GOOD, types=TYPES))
    assert "urn:uuid:1" not in repr(read_compact(GOOD, types=TYPES))
