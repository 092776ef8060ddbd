"""Whether a credential counts: signature, trusted issuer, holder, validity, status. Each can deny alone.

All five are judged, each with its reason, and the verdict is YES only when all are. What can be judged
without a key, and without a status list, comes in functions of their own, so that nobody is called for a
credential that cannot count anyway, or at an address that its issuer did not sign. Times of a credential know no skew (J8).

Follows: DCP 1.0, Presentation Validation (R-VPP-20 to R-VPP-26, R-CST); threat J4.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from xinfu.credentials.credential import Credential, read_credential
from xinfu.credentials.did import absolute_key_id
from xinfu.credentials.document import DidDocument
from xinfu.credentials.jws import SignatureChecks, signature_holds
from xinfu.credentials.reading import read_json
from xinfu.credentials.refusal import Reason, TokenRefusedError
from xinfu.credentials.status import StatusList, decode_list, judge
from xinfu.errors import InputError
from xinfu.verdict import Verdict, every

Trust = Mapping[str, frozenset[str]]
"""DID of an issuer -> types of credentials that it is believed for."""

LIST_TYPES: Final = frozenset({"BitstringStatusListCredential", "StatusList2021Credential"})

Finding = tuple[Verdict, Reason | None]
_GOOD: Final[Finding] = (Verdict.YES, None)


class CredentialCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The answer about one credential.

    Attributes:
        reasons: why it is not YES, everything that was found.
        types: those of its types for which its issuer is trusted; its claims count under these alone.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    types: tuple[str, ...]


def check_claimed(credential: Credential, *, holder: str, trust: Trust, now: datetime) -> CredentialCheck:
    """Check a credential without any request: issuer trusted, held by `holder`, valid at `now`."""
    return _combine(_claimed(credential, holder, trust, now), credential, trust)


def check_signed(
    credential: Credential,
    *,
    holder: str,
    trust: Trust,
    issuer: DidDocument | None,
    checks: SignatureChecks,
    now: datetime,
) -> CredentialCheck:
    """Everything but its status: whether it is worth asking the issuer's status list about."""
    findings = [*_claimed(credential, holder, trust, now), _signature(credential, issuer, checks, now)]
    return _combine(findings, credential, trust)


def check_credential(
    credential: Credential,
    *,
    holder: str,
    trust: Trust,
    issuer: DidDocument | None,
    lists: Mapping[str, StatusList],
    checks: SignatureChecks,
    now: datetime,
) -> CredentialCheck:
    """Whether the credential counts for `holder` at `now`.

    Args:
        issuer: the resolved document of the credential's issuer; None when it could not be had.
        lists: status lists by address, those that could be had.
    """
    findings = [
        *_claimed(credential, holder, trust, now),
        _signature(credential, issuer, checks, now),
        *(judge(entry, credential.issuer, lists.get(entry.url), now) for entry in credential.status),
    ]
    return _combine(findings, credential, trust)


def claims_of(counted: Iterable[tuple[Credential, CredentialCheck]]) -> dict[str, tuple[str, ...]]:
    """The flat claims of all credentials whose verdict is YES, as `Participant.claims` holds them."""
    found: dict[str, tuple[str, ...]] = {}
    for credential, checked in counted:
        if checked.verdict is not Verdict.YES:
            continue
        for kind in checked.types:
            found[kind] = ("active",)
            for path, values in credential.claims.items():
                key = f"{kind}.{path}"
                found[key] = tuple(dict.fromkeys((*found.get(key, ()), *values)))
    return found


class _ListSubject(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    encoded_list: str
    status_purpose: str = "revocation"


def check_status_list(
    text: str, *, url: str, issuer: DidDocument, checks: SignatureChecks, fetched: datetime
) -> StatusList:
    """The status list that `url` gave, when `issuer` signed it.

    Raises:
        TokenRefusedError: `credential.status-unreadable`, or what was wrong with its JWT.
    """
    credential = read_credential(text)
    early = credential.valid_from is not None and fetched < credential.valid_from
    if credential.issuer != issuer.id or not LIST_TYPES & set(credential.types) or early:
        raise TokenRefusedError(Reason.STATUS_UNREADABLE)
    verdict, _ = _signature(credential, issuer, checks, fetched)
    if verdict is not Verdict.YES:
        raise TokenRefusedError(Reason.STATUS_UNREADABLE)
    try:
        subject = read_json(credential.subject, _ListSubject)
        bits = decode_list(subject.encoded_list)
    except ValueError as error:
        raise TokenRefusedError(Reason.STATUS_UNREADABLE) from error
    return StatusList(
        url=url,
        issuer=issuer.id,
        purpose=subject.status_purpose,
        bits=bits,
        fetched=fetched,
        valid_until=credential.valid_until,
    )


def _claimed(credential: Credential, holder: str, trust: Trust, now: datetime) -> list[Finding]:
    untrusted = not _trusted_types(credential, trust)
    early = credential.valid_from is not None and now < credential.valid_from
    expired = credential.valid_until is not None and now >= credential.valid_until
    return [
        (Verdict.NO, Reason.CREDENTIAL_UNTRUSTED) if untrusted else _GOOD,
        (Verdict.NO, Reason.CREDENTIAL_HOLDER) if credential.holder != holder else _GOOD,
        (Verdict.NO, Reason.CREDENTIAL_EARLY) if early else _GOOD,
        (Verdict.NO, Reason.CREDENTIAL_EXPIRED) if expired else _GOOD,
    ]


def _signature(
    credential: Credential, issuer: DidDocument | None, checks: SignatureChecks, now: datetime
) -> Finding:
    """Whether a key of the issuer signed it that may, and has not ended at `now` (Controlled Identifiers 1.0, 2.2)."""
    if issuer is None or issuer.id != credential.issuer:
        return Verdict.UNKNOWN, Reason.CREDENTIAL_UNRESOLVED
    key_id = _key_id(credential, issuer)
    method = issuer.method(key_id) if key_id else None
    if method is None or not issuer.may_sign_credentials(method.id) or method.has_ended(now):
        return Verdict.NO, Reason.CREDENTIAL_KEY
    if not signature_holds(credential.jws, method.jwk, checks):
        return Verdict.NO, Reason.CREDENTIAL_SIGNATURE
    return _GOOD


def _key_id(credential: Credential, issuer: DidDocument) -> str | None:
    """The key that the header names, among the issuer's own; without a name, its only one."""
    if credential.key_id is None:
        return issuer.assertion_method[0] if len(issuer.assertion_method) == 1 else None
    try:
        return absolute_key_id(issuer.id, credential.key_id)
    except InputError:
        return None


def _trusted_types(credential: Credential, trust: Trust) -> tuple[str, ...]:
    believed = trust.get(credential.issuer, frozenset())
    return tuple(name for name in credential.types if name in believed)


def _combine(findings: Iterable[Finding], credential: Credential, trust: Trust) -> CredentialCheck:
    listed = list(findings)
    return CredentialCheck(
        verdict=every(verdict for verdict, _ in listed),
        reasons=tuple(reason for _, reason in listed if reason is not None),
        types=_trusted_types(credential, trust),
    )
