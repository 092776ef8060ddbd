"""Whether a credential counts: each of five defects denies alone (J4)."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from tests.credentials.forge import ALICE, BOB, CHECKS, ED, NOW

from xinfu.credentials import (
    MEMBERSHIP,
    CredentialCheck,
    DidDocument,
    OwnKey,
    Reason,
    StatusEntry,
    StatusList,
    TokenRefusedError,
    build_did_document,
    check_claimed,
    check_credential,
    check_status_list,
    claims_of,
    issue_credential,
    issue_status_list,
    new_bits,
    read_credential,
    with_bit,
)
from xinfu.signers.ed25519 import Ed25519Signer
from xinfu.verdict import Verdict

ISSUER = "did:web:issuer.example.org"
URL = "https://issuer.example.org/status/1"
SIGNER = Ed25519Signer.from_private_bytes(f"{ISSUER}#key-1", b"\x09" * 32)
DOCUMENT = build_did_document(ISSUER, [OwnKey(id=SIGNER.key_id, jwk=SIGNER.public_jwk())])
TRUST = {ISSUER: frozenset({MEMBERSHIP})}
FRESH = StatusList(url=URL, issuer=ISSUER, purpose="revocation", bits=new_bits(), fetched=NOW)


def _issue(signer: Ed25519Signer = SIGNER, **changes: object) -> str:
    arguments: dict[str, object] = {
        "id": "urn:uuid:1",
        "issuer": ISSUER,
        "holder": ALICE,
        "claims": {"memberOf": "yangtze"},
        "valid_from": NOW,
        "valid_until": NOW + timedelta(days=1),
        "status": StatusEntry(url=URL, index=7),
    }
    return issue_credential(signer, **(arguments | changes))  # type: ignore[arg-type] # named by the table


def _check(text: str, **changes: object) -> CredentialCheck:
    arguments: dict[str, object] = {
        "holder": ALICE,
        "trust": TRUST,
        "issuer": DOCUMENT,
        "lists": {URL: FRESH},
        "checks": CHECKS,
        "now": NOW,
    }
    return check_credential(read_credential(text), **(arguments | changes))  # type: ignore[arg-type] # as above


def test_a_credential_in_which_all_is_well_counts() -> None:
    assert _check(_issue()) == CredentialCheck(verdict=Verdict.YES, reasons=(), types=(MEMBERSHIP,))


def test_a_credential_without_a_status_entry_cannot_be_revoked_and_counts() -> None:
    assert _check(_issue(status=None), lists={}).verdict is Verdict.YES


def _without_assertion(document: DidDocument) -> DidDocument:
    return msgspec.structs.replace(document, assertion_method=())


def _ended(document: DidDocument) -> DidDocument:
    methods = tuple(msgspec.structs.replace(each, ends=NOW) for each in document.methods)
    return msgspec.structs.replace(document, methods=methods)


_OTHER_KEY = Ed25519Signer.from_private_bytes(SIGNER.key_id, b"\x0a" * 32)
_REVOKED = msgspec.structs.replace(FRESH, bits=with_bit(new_bits(), 7, True))
_STALE = msgspec.structs.replace(FRESH, fetched=NOW - timedelta(seconds=61))
_EVIL = Ed25519Signer.from_private_bytes("did:web:evil.org#key-1", b"\x09" * 32)

DEFECTS: dict[str, tuple[Callable[[], CredentialCheck], Verdict, Reason]] = {
    "signed by another key": (lambda: _check(_issue(_OTHER_KEY)), Verdict.NO, Reason.CREDENTIAL_SIGNATURE),
    "key of another DID": (lambda: _check(_issue(_EVIL)), Verdict.NO, Reason.CREDENTIAL_KEY),
    "key not listed": (
        lambda: _check(_issue(), issuer=DidDocument(id=ISSUER)), Verdict.NO, Reason.CREDENTIAL_KEY
    ),
    "key not for credentials": (
        lambda: _check(_issue(), issuer=_without_assertion(DOCUMENT)), Verdict.NO, Reason.CREDENTIAL_KEY
    ),
    "key ended": (
        lambda: _check(_issue(), issuer=_ended(DOCUMENT)), Verdict.NO, Reason.CREDENTIAL_KEY
    ),
    "issuer unknown": (lambda: _check(_issue(), issuer=None), Verdict.UNKNOWN, Reason.CREDENTIAL_UNRESOLVED),
    "document of another": (
        lambda: _check(_issue(), issuer=DidDocument(id=BOB)), Verdict.UNKNOWN, Reason.CREDENTIAL_UNRESOLVED
    ),
    "issuer not trusted": (lambda: _check(_issue(), trust={}), Verdict.NO, Reason.CREDENTIAL_UNTRUSTED),
    "issuer trusted for another type": (
        lambda: _check(_issue(), trust={ISSUER: frozenset({"X"})}), Verdict.NO, Reason.CREDENTIAL_UNTRUSTED
    ),
    "type nobody trusts": (lambda: _check(_issue(type="X")), Verdict.NO, Reason.CREDENTIAL_UNTRUSTED),
    "another holder": (lambda: _check(_issue(), holder=BOB), Verdict.NO, Reason.CREDENTIAL_HOLDER),
    "not yet valid": (
        lambda: _check(_issue(valid_from=NOW + timedelta(seconds=1))), Verdict.NO, Reason.CREDENTIAL_EARLY
    ),
    "expired": (lambda: _check(_issue(valid_until=NOW)), Verdict.NO, Reason.CREDENTIAL_EXPIRED),
    "revoked": (lambda: _check(_issue(), lists={URL: _REVOKED}), Verdict.NO, Reason.CREDENTIAL_REVOKED),
    "status missing": (lambda: _check(_issue(), lists={}), Verdict.UNKNOWN, Reason.STATUS_MISSING),
    "status stale": (lambda: _check(_issue(), lists={URL: _STALE}), Verdict.UNKNOWN, Reason.STATUS_STALE),
}  # fmt: skip


@pytest.mark.parametrize(("check", "verdict", "reason"), DEFECTS.values(), ids=DEFECTS.keys())
def test_each_defect_denies_alone(
    check: Callable[[], CredentialCheck], verdict: Verdict, reason: Reason
) -> None:
    checked = check()
    assert checked.verdict is verdict
    assert checked.reasons == (reason,)


def test_what_was_revoked_stays_so_when_everything_else_is_unknown() -> None:
    checked = _check(_issue(), issuer=None, lists={URL: _REVOKED})
    assert checked.verdict is Verdict.NO
    assert set(checked.reasons) == {Reason.CREDENTIAL_UNRESOLVED, Reason.CREDENTIAL_REVOKED}


def test_without_keys_only_claims_are_judged() -> None:
    credential = read_credential(_issue(_OTHER_KEY))
    assert check_claimed(credential, holder=ALICE, trust=TRUST, now=NOW).verdict is Verdict.YES
    assert check_claimed(credential, holder=BOB, trust=TRUST, now=NOW).verdict is Verdict.NO


def test_claims_count_under_trusted_types_of_good_credentials_only() -> None:
    good, bad = read_credential(_issue()), read_credential(_issue(claims={"memberOf": "elsewhere"}))
    yes, no = _check(_issue()), _check(_issue(), holder=BOB)
    assert claims_of([(good, yes), (bad, no)]) == {
        MEMBERSHIP: ("active",),
        f"{MEMBERSHIP}.memberOf": ("yangtze",),
    }
    assert claims_of([(bad, no)]) == {}


def test_two_memberships_give_both_values() -> None:
    texts = [_issue(), _issue(claims={"memberOf": "delta"})]
    counted = [(read_credential(text), _check(text)) for text in texts]
    assert claims_of(counted)[f"{MEMBERSHIP}.memberOf"] == ("yangtze", "delta")


def _list(signer: Ed25519Signer = SIGNER, **changes: object) -> str:
    arguments: dict[str, object] = {
        "issuer": ISSUER, "url": URL, "bits": new_bits(), "now": NOW, "valid_until": NOW + timedelta(days=1)
    }  # fmt: skip
    return issue_status_list(signer, **(arguments | changes))  # type: ignore[arg-type] # as above


def test_a_status_list_reads_back_the_same() -> None:
    bits = with_bit(new_bits(), 1000, True)
    found = check_status_list(_list(bits=bits), url=URL, issuer=DOCUMENT, checks=CHECKS, fetched=NOW)
    assert found.bits == bits
    assert (found.issuer, found.purpose, found.fetched) == (ISSUER, "revocation", NOW)
    assert found.valid_until == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    "text",
    [
        _list(_OTHER_KEY),
        _list(issuer="did:web:evil.org"),
        _list(now=NOW + timedelta(seconds=1)),
        _issue(),
        _issue(type="BitstringStatusListCredential"),
        _issue(
            type="BitstringStatusListCredential", claims={"encodedList": "u", "statusPurpose": "revocation"}
        ),
        "",
        "<html>",
    ],
    ids=["other key", "other issuer", "from tomorrow", "no list", "no bits", "bad bits", "empty", "html"],
)
def test_a_status_list_that_its_issuer_did_not_sign_is_refused(text: str) -> None:
    with pytest.raises(TokenRefusedError):
        check_status_list(text, url=URL, issuer=DOCUMENT, checks=CHECKS, fetched=NOW)


def test_a_signer_that_is_no_issuer_cannot_state_a_status() -> None:
    assert ED.key_id.startswith(ALICE)
    with pytest.raises(TokenRefusedError):
        check_status_list(_list(ED), url=URL, issuer=DOCUMENT, checks=CHECKS, fetched=NOW)


def test_a_key_that_ends_later_signs_still() -> None:
    later = tuple(msgspec.structs.replace(each, ends=NOW + timedelta(seconds=1)) for each in DOCUMENT.methods)
    assert _check(_issue(), issuer=msgspec.structs.replace(DOCUMENT, methods=later)).verdict is Verdict.YES


def test_a_status_list_under_a_key_that_has_ended_is_refused() -> None:
    text = issue_status_list(
        SIGNER, issuer=ISSUER, url=URL, bits=new_bits(), now=NOW, valid_until=NOW + timedelta(days=1)
    )
    with pytest.raises(TokenRefusedError) as refused:
        check_status_list(text, url=URL, issuer=_ended(DOCUMENT), checks=CHECKS, fetched=NOW)
    assert refused.value.reason is Reason.STATUS_UNREADABLE
