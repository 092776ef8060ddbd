"""Credentials as JWT: the forms that are read, the one that is written, and claims made flat."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.credentials.forge import ALICE, ED, NOW, forge, good_header

from xinfu.credentials import Reason, StatusEntry, TokenRefusedError, issue_credential, read_credential
from xinfu.credentials.credential import DEEPEST, MOST_CLAIMS, flatten

ISSUER = "did:web:issuer.example.org"
STATUS = StatusEntry(url="https://issuer.example.org/status/1", index=7)


def _vc(**changes: object) -> dict[str, object]:
    vc: dict[str, object] = {
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "type": ["VerifiableCredential", "MembershipCredential"],
        "issuer": ISSUER,
        "issuanceDate": "2026-11-24T08:00:00Z",
        "expirationDate": "2026-12-24T08:00:00Z",
        "credentialSubject": {"id": ALICE, "memberOf": "yangtze"},
    }
    return {name: value for name, value in (vc | changes).items() if value is not None}


def _jwt(vc: object, **claims: object) -> str:
    return forge(good_header(), {"iss": ISSUER, "sub": ALICE, "vc": vc} | claims)


_json = st.recursive(
    st.text(max_size=8) | st.booleans() | st.integers(-(2**53), 2**53),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=6), _json, max_size=4), st.integers(0, 131_071))
@settings(max_examples=60)
def test_what_is_issued_reads_back_the_same(claims: dict[str, object], index: int) -> None:
    status = StatusEntry(url=STATUS.url, index=index)
    text = issue_credential(
        ED,
        id="urn:uuid:1",
        issuer=ISSUER,
        holder=ALICE,
        claims=claims,
        valid_from=NOW,
        valid_until=NOW + timedelta(days=30),
        status=status,
    )
    credential = read_credential(text)
    assert (credential.id, credential.issuer, credential.holder) == ("urn:uuid:1", ISSUER, ALICE)
    assert credential.types == ("MembershipCredential",)
    assert (credential.valid_from, credential.valid_until) == (NOW, NOW + timedelta(days=30))
    assert credential.status == (status,)
    assert credential.claims == flatten(claims)


def test_a_holder_cannot_be_set_by_a_claim() -> None:
    text = issue_credential(
        ED,
        id="1",
        issuer=ISSUER,
        holder=ALICE,
        claims={"id": "did:web:evil.org"},
        valid_from=NOW,
        valid_until=NOW + timedelta(days=1),
        status=None,
    )
    assert read_credential(text).holder == ALICE


def test_the_second_data_model_is_read_too() -> None:
    payload = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential", "MembershipCredential"],
        "issuer": {"id": ISSUER, "name": "Issuer"},
        "validFrom": "2026-11-24T08:00:00Z",
        "validUntil": "2026-12-24T08:00:00+08:00",
        "credentialSubject": [{"id": ALICE, "memberOf": "yangtze"}],
        "credentialStatus": [
            {
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": "7",
                "statusListCredential": STATUS.url,
            },
            {
                "type": "BitstringStatusListEntry",
                "statusPurpose": "suspension",
                "statusListIndex": "8",
                "statusListCredential": STATUS.url,
            },
        ],
    }
    credential = read_credential(forge(good_header(typ="vc+jwt"), payload))
    assert (credential.issuer, credential.holder) == (ISSUER, ALICE)
    assert credential.claims == {"memberOf": ("yangtze",)}
    assert [entry.index for entry in credential.status] == [7, 8]
    assert [entry.purpose for entry in credential.status] == ["revocation", "suspension"]


def test_the_narrowest_time_counts() -> None:
    later = int((NOW + timedelta(hours=1)).timestamp())
    credential = read_credential(_jwt(_vc(), nbf=later, exp=later + 60))
    assert credential.valid_from == NOW + timedelta(hours=1)
    assert credential.valid_until == NOW + timedelta(hours=1, seconds=60)


def test_the_conformance_kit_may_put_the_credentials_id_into_sub() -> None:
    assert read_credential(_jwt(_vc(), sub="urn:uuid:7")).holder == ALICE


def test_without_a_subject_id_the_holder_is_sub() -> None:
    assert read_credential(_jwt(_vc(credentialSubject={"a": 1}))).holder == ALICE


_BAD = {
    "issuer differs": _jwt(_vc(issuer="did:web:evil.org")),
    "issuer a number": forge(good_header(), {"vc": _vc(issuer={"id": 7})}),
    "no issuer": forge(good_header(), {"sub": ALICE, "vc": _vc(issuer=None)}),
    "holder differs": _jwt(_vc(), sub="did:web:evil.org"),
    "holder a number": _jwt(_vc(credentialSubject={"id": 7})),
    "two subjects": _jwt(_vc(credentialSubject=[{"id": ALICE}, {"id": ALICE}])),
    "no subject": _jwt(_vc(credentialSubject=None)),
    "subject a text": _jwt(_vc(credentialSubject="alice")),
    "no type": _jwt(_vc(type=None)),
    "many types": _jwt(_vc(type=["T"] * 9)),
    "time without zone": _jwt(_vc(issuanceDate="2026-11-24T08:00:00")),
    "time no time": _jwt(_vc(expirationDate="never")),
    "exp beyond time": _jwt(_vc(), exp=1e300),
    "exp a text": _jwt(_vc(), exp="never"),
    "index negative": _jwt(_vc(credentialStatus={"type": "X", "statusListIndex": "-1", "statusListCredential": "u"})),
    "index no number": _jwt(_vc(credentialStatus={"type": "X", "statusListIndex": "1_0", "statusListCredential": "u"})),
    "index huge": _jwt(_vc(credentialStatus={"type": "X", "statusListIndex": "9" * 5000, "statusListCredential": "u"})),
    "status without list": _jwt(_vc(credentialStatus={"type": "X", "statusListIndex": "1"})),
    "status a text": _jwt(_vc(credentialStatus="https://x")),
    "vc a text": _jwt("vc"),
    "vc null": _jwt(None),
    "payload no JSON": forge(good_header(), b"{"),
    "payload no UTF-8": forge(good_header(), b"\xff"),
    "deep": _jwt(_vc(credentialSubject={"id": ALICE, "a": [[[[[[[[["x"]]]]]]]]]})),
    "wide": _jwt(_vc(credentialSubject={"id": ALICE, "a": ["x"] * (MOST_CLAIMS + 1)})),
}  # fmt: skip


@pytest.mark.parametrize("text", _BAD.values(), ids=_BAD.keys())
def test_a_credential_that_cannot_be_read_one_way_only_is_refused(text: str) -> None:
    with pytest.raises(TokenRefusedError) as refused:
        read_credential(text)
    assert refused.value.reason is Reason.CREDENTIAL_FORM


def test_a_token_of_another_type_is_no_credential() -> None:
    with pytest.raises(TokenRefusedError) as refused:
        read_credential(forge(good_header(typ="at+jwt"), {"vc": _vc()}))
    assert refused.value.reason is Reason.TYPE


def test_claims_become_dotted_paths_with_values_as_text() -> None:
    subject = {
        "id": ALICE,
        "memberOf": ["yangtze", "delta", "yangtze"],
        "level": 3,
        "active": True,
        "left": False,
        "rate": 0.5,
        "none": None,
        "address": {"country": "CN", "id": "inner"},
        "roles": [{"name": "provider"}, {"name": "consumer"}],
    }
    assert flatten(subject) == {
        "memberOf": ("yangtze", "delta"),
        "level": ("3",),
        "active": ("true",),
        "left": ("false",),
        "rate": ("0.5",),
        "address.country": ("CN",),
        "address.id": ("inner",),
        "roles.name": ("provider", "consumer"),
    }


def test_a_key_with_a_dot_cannot_pass_for_a_path() -> None:
    assert flatten({"a.b": "forged", "a": {"b": "true"}}) == {"a.b": ("true",)}


def test_claims_nested_beyond_measure_are_refused() -> None:
    deep: dict[str, object] = {"x": "y"}
    for _ in range(DEEPEST):
        deep = {"a": deep}
    with pytest.raises(ValueError):
        flatten(deep)


def test_the_contexts_we_write_are_those_that_the_specification_ships(shared: Path) -> None:
    text = issue_credential(
        ED, id="1", issuer=ISSUER, holder=ALICE, claims={}, valid_from=NOW, valid_until=NOW, status=STATUS
    )
    vc = msgspec.json.decode(read_credential(text).jws.payload)["vc"]
    shipped = "".join(path.read_text() for path in (shared / "spec" / "contexts").rglob("PROVENANCE.md"))
    assert vc["@context"]
    for context in vc["@context"]:
        assert context in shipped


def test_a_credential_shows_no_claims_of_its_subject() -> None:
    credential = read_credential(_jwt(_vc(credentialSubject={"id": ALICE, "name": "canary"})))
    assert "canary" not in repr(credential)


def test_eight_status_entries_are_read_and_nine_are_refused() -> None:
    def listed(count: int) -> str:
        return _jwt(
            _vc(
                credentialStatus=[
                    {"type": "X", "statusListIndex": str(index), "statusListCredential": STATUS.url}
                    for index in range(count)
                ]
            )
        )

    assert [each.index for each in read_credential(listed(8)).status] == [*range(8)]
    with pytest.raises(TokenRefusedError):
        read_credential(listed(9))
