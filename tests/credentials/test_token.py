"""Self-issued tokens: audience, times, body and target, without any key (J2, J8, D-02)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.credentials.forge import ALICE, BOB, ED, NOW, forge, good_claims, good_header

from xinfu.credentials import Reason, TokenRefusedError, build_token, check_token, write_token
from xinfu.credentials.token import CheckedToken, body_digest, normal_target
from xinfu.errors import InputError

URL = "https://bob.example.org/protocol/catalog/request"
BODY = b'{"a":1}'


def _check(
    text: str,
    *,
    url: str = URL,
    body: bytes | None = BODY,
    now: datetime = NOW,
    public_url: str | None = None,
) -> CheckedToken:
    return check_token(text, audience=BOB, url=url, body=body, now=now, public_url=public_url)


def _reason(text: str, **rest: object) -> Reason:
    with pytest.raises(TokenRefusedError) as refused:
        _check(text, **rest)  # type: ignore[arg-type] # the table names its own arguments
    return refused.value.reason


def _good(**changes: object) -> str:
    return forge(good_header(), good_claims(**changes))


@given(
    st.binary(max_size=100) | st.none(),
    st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.lists(st.from_regex(r"[a-z]{1,9}", fullmatch=True), max_size=8),
)
def test_what_is_built_and_written_checks_out(
    body: bytes | None, now: datetime, credentials: list[str]
) -> None:
    token = build_token(
        did=ALICE, audience=BOB, url=URL, body=body, credentials=tuple(credentials), now=now, jti="1"
    )
    checked = _check(write_token(token, ED), body=body, now=now)
    assert checked.claims.credentials == tuple(credentials)
    assert (checked.claims.issuer, checked.claims.audience, checked.claims.jti) == (ALICE, BOB, "1")
    assert checked.claims.expires - checked.claims.issued <= timedelta(minutes=5)
    assert checked.key_id == ED.key_id


def test_a_token_for_no_address_is_not_built() -> None:
    with pytest.raises(InputError):
        build_token(did=ALICE, audience=BOB, url="ftp://x", body=None, credentials=(), now=NOW, jti="1")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": None}, Reason.CLAIMS),
        ({"sub": None}, Reason.CLAIMS),
        ({"aud": None}, Reason.CLAIMS),
        ({"iat": None}, Reason.CLAIMS),
        ({"exp": None}, Reason.CLAIMS),
        ({"jti": None}, Reason.CLAIMS),
        ({"jti": ""}, Reason.CLAIMS),
        ({"jti": "x" * 257}, Reason.CLAIMS),
        ({"iat": "2026"}, Reason.CLAIMS),
        ({"exp": True}, Reason.CLAIMS),
        ({"exp": 1e300, "iat": 1e300}, Reason.CLAIMS),
        ({"vc": {"type": "VerifiableCredential"}}, Reason.CLAIMS),
        ({"vp": "x"}, Reason.CLAIMS),
        ({"vp": {"verifiableCredential": ["a"] * 9}}, Reason.CLAIMS),
        ({"sub": BOB}, Reason.SUBJECT),
        ({"iss": "alice", "sub": "alice"}, Reason.ISSUER),
        ({"iss": "did:key:z6Mk", "sub": "did:key:z6Mk"}, Reason.ISSUER),
        ({"iss": "did:web:127.0.0.1", "sub": "did:web:127.0.0.1"}, Reason.ISSUER),
        ({"aud": ALICE}, Reason.AUDIENCE),
        ({"aud": BOB + "/"}, Reason.AUDIENCE),
        ({"aud": BOB.upper()}, Reason.AUDIENCE),
        ({"aud": []}, Reason.AUDIENCE),
        ({"aud": [BOB, ALICE]}, Reason.AUDIENCE),
        ({"aud": f"{BOB} {ALICE}"}, Reason.AUDIENCE),
        ({"digest": ""}, Reason.DIGEST),
        ({"digest": body_digest(b"other")}, Reason.DIGEST),
        ({"digest": body_digest(None)}, Reason.DIGEST),
        ({"htu": "https://bob.example.org/protocol/negotiations/request"}, Reason.TARGET),
        ({"htu": "https://carol.example.org/protocol/catalog/request"}, Reason.TARGET),
        ({"htu": "http://bob.example.org/protocol/catalog/request"}, Reason.TARGET),
        ({"htu": "https://bob.example.org:8443/protocol/catalog/request"}, Reason.TARGET),
        ({"htu": "https://x@bob.example.org/protocol/catalog/request"}, Reason.TARGET),
        ({"htu": ""}, Reason.TARGET),
    ],
    ids=str,
)
def test_a_token_that_says_something_else_is_refused(changes: dict[str, object], reason: Reason) -> None:
    assert _reason(_good(**changes)) is reason


@pytest.mark.parametrize("payload", [b"", b"[]", b"{", b'"x"', b"\xff", b"[" * 9999])
def test_a_payload_that_holds_no_claims_is_refused(payload: bytes) -> None:
    assert _reason(forge(good_header(), payload)) is Reason.CLAIMS


@pytest.mark.parametrize(
    "kid", [None, "", "#", f"{BOB}#key-1", "did:web:evil.org#key-1", "../../key", f"{ALICE}#a#b", "a' or 1=1"]
)
def test_a_token_names_a_key_of_its_own_issuer(kid: str | None) -> None:
    assert _reason(forge(good_header(kid=kid), good_claims())) is Reason.KEY_ID


def test_an_audience_in_a_list_of_one_is_the_same_audience() -> None:
    assert _check(_good(aud=[BOB])).claims.audience == BOB


def test_a_body_without_a_digest_is_accepted_and_known_as_unsigned() -> None:
    assert _check(_good()).claims.digest is None


@pytest.mark.parametrize("other", [None, b"", BODY + b" ", BODY[:-1]])
def test_a_body_that_does_not_fit_its_token_is_refused(other: bytes | None) -> None:
    assert _reason(_good(digest=body_digest(BODY)), body=other) is Reason.DIGEST


def test_a_token_for_no_body_carries_none() -> None:
    assert _check(_good(digest=body_digest(None)), body=None).claims.digest
    assert _reason(_good(digest=body_digest(None)), body=BODY) is Reason.DIGEST


_SECONDS = NOW.timestamp()


@pytest.mark.parametrize(
    ("shift_s", "reason"),
    [
        (-90, Reason.EARLY),
        (-61, Reason.EARLY),
        (-60, None),
        (-30, None),
        (0, None),
        (300 + 30, None),
        (300 + 59, None),
        (300 + 60, Reason.EXPIRED),
        (300 + 90, Reason.EXPIRED),
        (3600, Reason.EXPIRED),
        (-3600, Reason.EARLY),
    ],
)
def test_clocks_may_differ_by_a_minute_and_no_more(shift_s: int, reason: Reason | None) -> None:
    now = NOW + timedelta(seconds=shift_s)
    if reason is None:
        assert _check(_good(), now=now).key_id == ED.key_id
    else:
        assert _reason(_good(), now=now) is reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": _SECONDS + 301}, Reason.LIFE),
        ({"exp": _SECONDS + 600}, Reason.LIFE),
        ({"exp": _SECONDS}, Reason.LIFE),
        ({"exp": _SECONDS - 1}, Reason.LIFE),
        ({"iat": _SECONDS - 600}, Reason.LIFE),
        ({"nbf": _SECONDS + 61}, Reason.EARLY),
        ({"nbf": _SECONDS + 60}, None),
        ({"nbf": _SECONDS - 1000}, None),
        ({"exp": _SECONDS + 299.5}, None),
    ],
    ids=str,
)
def test_a_token_lives_five_minutes_at_most(changes: dict[str, object], reason: Reason | None) -> None:
    if reason is None:
        assert _check(_good(**changes)).key_id == ED.key_id
    else:
        assert _reason(_good(**changes)) is reason


@pytest.mark.parametrize(
    ("claimed", "seen", "public_url"),
    [
        (URL, URL, None),
        (URL, URL + "?continuationToken=x", None),
        ("https://BOB.example.org:443/protocol/catalog/request", URL, None),
        ("http://localhost:8282/a", "HTTP://localhost:8282/a", None),
        ("https://bob.example.org", "https://bob.example.org/", None),
        (URL, "http://127.0.0.1:8282/protocol/catalog/request", "https://bob.example.org"),
        (URL, "http://127.0.0.1:8282/protocol/catalog/request", "https://bob.example.org/"),
        ("https://x.org/space/dsp/a", "http://127.0.0.1:8282/dsp/a", "https://x.org/space"),
        ("https://x.org/space/dsp/a", "http://127.0.0.1:8282/dsp/a", "https://x.org/space/"),
        ("https://x.org/space/dsp/a", "http://127.0.0.1:8282/space/dsp/a", "https://x.org/space"),
    ],
)
def test_one_address_has_several_spellings(claimed: str, seen: str, public_url: str | None) -> None:
    assert _check(_good(htu=claimed), url=seen, public_url=public_url).claims.target == claimed


@pytest.mark.parametrize(
    ("claimed", "seen", "public_url"),
    [
        ("https://x.org/other/a", "http://127.0.0.1/a", "https://x.org/space"),
        ("https://y.org/space/a", "http://127.0.0.1/a", "https://x.org/space"),
        ("http://x.org/space/a", "http://127.0.0.1/a", "https://x.org/space"),
        ("https://x.org/space/b", "http://127.0.0.1/a", "https://x.org/space"),
        ("https://x.org/space/a", "no address", "https://x.org/space"),
        ("https://x.org/space/a", "http://127.0.0.1/a", "no address"),
        ("https://x.org/a/../b", "https://x.org/b", None),
        ("https://x.org/%61", "https://x.org/a", None),
    ],
)
def test_another_address_is_refused(claimed: str, seen: str, public_url: str | None) -> None:
    assert _reason(_good(htu=claimed), url=seen, public_url=public_url) is Reason.TARGET


@given(st.text(max_size=40))
def test_a_normal_target_is_its_own_normal_target(text: str) -> None:
    target = normal_target("https://x.org/" + text)
    assert target is None or normal_target(target) == target


def test_a_token_does_not_show_its_credentials() -> None:
    token = build_token(
        did=ALICE, audience=BOB, url=URL, body=None, credentials=("canary",), now=NOW, jti="1"
    )
    checked = _check(write_token(token, ED), body=None)
    assert "canary" not in repr(token) + repr(checked)
