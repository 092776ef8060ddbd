"""Verifiable credentials as JWT: read in the two forms that DCP carries, written in one.

Read: VC 1.1 with the claim `vc` (`vc11-sl2021/jwt`), and VC 2.0 where the payload is the credential
(`vc20-bssl/jwt`, type `vc+jwt`). Written: VC 1.1, the form of the membership credential, with the entry of
a Bitstring Status List. Contexts are never loaded; a credential in a JWT needs none (C-15).

Follows: W3C VC Data Model 1.1 and 2.0, VC-JOSE-COSE; DCP 1.0 (R-VPP-20 to R-VPP-28); design decision D-07.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from xinfu.credentials.jws import CompactJws, read_compact
from xinfu.credentials.reading import read_json
from xinfu.credentials.refusal import Reason, TokenRefusedError
from xinfu.credentials.status import BITSTRING, StatusEntry

TYPES: Final = frozenset({"jwt", "vc+jwt", "vc+ld+jwt"})
VC_1: Final = "https://www.w3.org/2018/credentials/v1"
VC_2: Final = "https://www.w3.org/ns/credentials/v2"
MOST_TYPES: Final = 8
MOST_CLAIMS: Final = 256
DEEPEST: Final = 8
LONGEST_INDEX: Final = 12


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a credential, whether or not its signature is verified. Times are aware, UTC.

    Attributes:
        types: without `VerifiableCredential`.
        holder: DID of its subject; None when it names none.
        claims: dotted path -> values as text, of everything in the subject but its id.
        subject: the subject as it stands, as JSON.
        valid_until: the first moment at which it no longer holds; None when it names none.
        key_id: of the issuer's key, as the header has it.
    """

    id: str | None
    issuer: str
    types: tuple[str, ...]
    holder: str | None
    claims: Mapping[str, tuple[str, ...]]
    subject: bytes
    valid_from: datetime | None
    valid_until: datetime | None
    status: tuple[StatusEntry, ...]
    key_id: str | None
    jws: CompactJws

    def __repr__(self) -> str:
        return f"Credential(id={self.id!r}, issuer={self.issuer!r}, types={self.types!r})"


class _WireStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    type: str
    status_list_credential: str
    status_list_index: str | int
    status_purpose: str = "revocation"
    status_size: int = 1


class _WireVc(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    type: str | list[str]
    credential_subject: msgspec.Raw
    issuer: str | dict[str, object] | None = None
    id: str | None = None
    issuance_date: datetime | None = None
    expiration_date: datetime | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    credential_status: _WireStatus | list[_WireStatus] | None = None


class _WireJwt(msgspec.Struct, frozen=True, kw_only=True):
    iss: str | None = None
    sub: str | None = None
    nbf: int | float | None = None
    exp: int | float | None = None
    vc: msgspec.Raw = msgspec.Raw()


def read_credential(text: str) -> Credential:
    """The credential of a compact JWT; its signature is still to be checked.

    Raises:
        TokenRefusedError: `credential.form`, or what was wrong with the JWT.
    """
    jws = read_compact(text, types=TYPES)
    try:
        jwt = read_json(jws.payload, _WireJwt)
        vc = read_json(jwt.vc if bytes(jwt.vc) else jws.payload, _WireVc)
        return _narrow(jws, jwt, vc, _only_subject(vc.credential_subject))
    except (ValueError, OverflowError) as error:
        raise TokenRefusedError(Reason.CREDENTIAL_FORM) from error


def write_credential(
    *,
    id: str,  # noqa: A002 - the specification's word
    issuer: str,
    types: tuple[str, ...],
    subject: Mapping[str, object],
    valid_from: datetime,
    valid_until: datetime,
    status: StatusEntry | None = None,
) -> bytes:
    """The claims of a credential as VC 1.1 in a JWT, ready to be signed.

    Args:
        subject: with its `id`, the holder's DID.
    """
    vc: dict[str, object] = {
        "@context": [VC_1],
        "id": id,
        "type": ["VerifiableCredential", *types],
        "issuer": issuer,
        "issuanceDate": _text(valid_from),
        "expirationDate": _text(valid_until),
        "credentialSubject": dict(subject),
    }
    if status is not None:
        vc["credentialStatus"] = {
            "id": f"{status.url}#{status.index}",
            "type": BITSTRING,
            "statusPurpose": status.purpose,
            "statusListIndex": str(status.index),
            "statusListCredential": status.url,
        }
    return msgspec.json.encode(
        {
            "iss": issuer,
            "sub": subject["id"],
            "jti": id,
            "nbf": int(valid_from.timestamp()),
            "exp": int(valid_until.timestamp()),
            "vc": vc,
        }
    )


def flatten(subject: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """The claims of a subject by dotted path, values as text, lists as several values.

    A key that holds a dot is left out, since it could pass for a path; null says nothing.

    Raises:
        ValueError: deeper than `DEEPEST`, or more than `MOST_CLAIMS` values.
    """
    found: dict[str, list[str]] = {}
    for count, (path, value) in enumerate(_leaves(subject, "", 0)):
        if count >= MOST_CLAIMS:
            raise ValueError("more claims than anyone reads")
        found.setdefault(path, []).append(value)
    return {path: tuple(dict.fromkeys(values)) for path, values in found.items()}


def _leaves(value: object, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > DEEPEST:
        raise ValueError("claims nested deeper than anyone reads")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if "." not in key and not (depth == 0 and key == "id"):
                yield from _leaves(inner, f"{path}.{key}" if path else key, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, path, depth + 1)
    elif isinstance(value, bool):
        yield path, "true" if value else "false"
    elif isinstance(value, str | int | float):
        yield path, str(value)


def _only_subject(raw: msgspec.Raw) -> dict[str, object]:
    """The subject; a list of one is the same."""
    if not bytes(raw).lstrip().startswith(b"["):
        return read_json(raw, dict[str, object])
    listed = read_json(raw, list[dict[str, object]])
    if len(listed) != 1:
        raise ValueError("a credential has one subject here")
    return listed[0]


def _narrow(jws: CompactJws, jwt: _WireJwt, vc: _WireVc, subject: dict[str, object]) -> Credential:
    types = (vc.type,) if isinstance(vc.type, str) else tuple(vc.type)
    starts = [moment for moment in (vc.issuance_date, vc.valid_from, _moment(jwt.nbf)) if moment is not None]
    ends = [moment for moment in (vc.expiration_date, vc.valid_until, _moment(jwt.exp)) if moment is not None]
    if len(types) > MOST_TYPES or any(moment.tzinfo is None for moment in starts + ends):
        raise ValueError("more types than anyone reads, or a time without its zone")
    return Credential(
        id=vc.id,
        issuer=_issuer(jwt.iss, vc.issuer),
        types=tuple(name for name in types if name != "VerifiableCredential"),
        holder=_holder(jwt.sub, subject.get("id")),
        claims=flatten(subject),
        subject=msgspec.json.encode(subject),
        valid_from=max(starts, default=None),
        valid_until=min(ends, default=None),
        status=_status(vc.credential_status),
        key_id=jws.key_id,
        jws=jws,
    )


def _issuer(iss: str | None, issuer: str | dict[str, object] | None) -> str:
    """The one issuer that token and credential name."""
    named = issuer.get("id") if isinstance(issuer, dict) else issuer
    candidates = {name for name in (iss, named) if name is not None}
    if len(candidates) != 1 or not isinstance(found := candidates.pop(), str):
        raise ValueError("a credential has one issuer")
    return found


def _holder(sub: str | None, subject_id: object) -> str | None:
    """The subject's id. A `sub` that is another DID is refused; other texts in it are about (kit, RC6)."""
    if subject_id is None:
        return sub
    if not isinstance(subject_id, str) or (sub is not None and sub.startswith("did:") and sub != subject_id):
        raise ValueError("a credential has one holder")
    return subject_id


def _status(wire: _WireStatus | list[_WireStatus] | None) -> tuple[StatusEntry, ...]:
    listed = [] if wire is None else [wire] if isinstance(wire, _WireStatus) else wire
    if len(listed) > MOST_TYPES:
        raise ValueError("more status entries than anyone reads")
    return tuple(
        StatusEntry(
            url=entry.status_list_credential,
            index=_index(entry.status_list_index),
            purpose=entry.status_purpose,
            type=entry.type,
            size=entry.status_size,
        )
        for entry in listed
    )


def _index(written: str | int) -> int:
    """A decimal string; a number is tolerated."""
    text = str(written)
    if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_INDEX):
        raise ValueError("not the index of a status list")
    return int(text)


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
