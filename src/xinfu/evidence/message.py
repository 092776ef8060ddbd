"""Checks a message of the other side: its token against its body, its entry and its signer's key.

A token is a JWT of its sender over the exact body (claim `digest`), to one audience, at one time
(DECISIONS D-02). A token of another form proves nothing and is said to prove nothing.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from xinfu.errors import XinfuError
from xinfu.evidence.anchors import Anchors
from xinfu.evidence.canonical import digest_hex, parse
from xinfu.evidence.entry import Entry
from xinfu.evidence.findings import Check, check
from xinfu.evidence.note import CheckSignature, NoteKey
from xinfu.evidence.receipt import Attachments
from xinfu.verdict import Verdict

KINDS_WITH_MESSAGES: Final = frozenset({"message.sent", "message.received"})
SKEW_S: Final = 300
_BEFORE_PATH: Final = re.compile(r"^https?://[^/]*", re.IGNORECASE)
_TOKEN: Final = "attachments.token"  # noqa: S105  # a place in the receipt, no secret
_BODY: Final = "attachments.body"


class _Claims(msgspec.Struct, frozen=True, kw_only=True):
    iss: str
    sub: str
    aud: str | list[str]
    iat: float
    exp: float
    digest: str | None = None
    htu: str | None = None


class _Token(msgspec.Struct, frozen=True, kw_only=True):
    """A JWT taken apart; nothing in it is checked yet."""

    claims: _Claims
    kid: str
    signed: bytes
    signature: bytes


def check_message(
    entry: Entry, kept: Attachments, *, origin: str, anchors: Anchors, check_signature: CheckSignature
) -> list[Check]:
    """Check the attachments of an entry about a message."""
    if entry.kind not in KINDS_WITH_MESSAGES:
        return [
            check(
                "attachments.place",
                holds=False,
                at="attachments",
                yes=("", ""),
                no=("only an entry about a message has attachments", "只有消息类存证才有附件"),
            )
        ]
    checks = [*_kept_as_recorded(entry, kept)]
    if kept.token is None:
        return checks
    token = _taken_apart(kept.token)
    if token is None:
        return [*checks, _no_jwt(entry)]
    sender = origin if entry.kind == "message.sent" else entry.peer or ""
    reader = entry.peer if entry.kind == "message.sent" else origin
    return [
        *checks,
        _covers_body(entry, token),
        _between(token.claims, sender, reader or ""),
        _in_time(token.claims, entry.at),
        _place(token.claims, entry),
        *_signed_by(token, sender, kept.key, anchors, check_signature),
    ]


def _kept_as_recorded(entry: Entry, kept: Attachments) -> list[Check]:
    """The attachments are the bytes whose digests stand in the entry."""
    checks = []
    try:
        body = kept.body_bytes
    except ValueError:
        body = b""
    if body is not None:
        checks.append(
            check(
                "body.kept",
                holds=_same(digest_hex(body), entry.facts.get("digest")),
                at=_BODY,
                yes=("the body is the one that was recorded", "消息体与记录一致"),
                no=("the body is not the one that was recorded", "消息体与记录不一致"),
            )
        )
    if kept.token is not None:
        checks.append(
            check(
                "token.kept",
                holds=_same(digest_hex(kept.token.encode()), entry.facts.get("token_digest")),
                at=_TOKEN,
                yes=("the token is the one that was recorded", "令牌与记录一致"),
                no=("the token is not the one that was recorded", "令牌与记录不一致"),
            )
        )
    return checks


def _no_jwt(entry: Entry) -> Check:
    return check(
        "token.form",
        about="signer",
        holds=Verdict.NO if entry.facts.get("signed") == "body" else Verdict.UNKNOWN,
        at=_TOKEN,
        yes=("", ""),
        no=(
            "the token is not one that proves who sent the message",
            "该令牌不能证明消息由谁发送",
        ),
    )


def _covers_body(entry: Entry, token: _Token) -> Check:
    """The sender signed this body; without a claim, honest ignorance, unless the entry says otherwise."""
    claim = token.claims.digest
    if claim is None:
        verdict = Verdict.NO if entry.facts.get("signed") == "body" else Verdict.UNKNOWN
    else:
        verdict = Verdict.YES if _digest_of(claim) == entry.facts.get("digest") else Verdict.NO
    return check(
        "token.body",
        holds=verdict,
        at=f"{_TOKEN} claim digest",
        yes=("the token covers the body", "令牌覆盖该消息体"),
        no=("the token does not cover the body", "令牌没有覆盖该消息体"),
    )


def _between(claims: _Claims, sender: str, reader: str) -> Check:
    audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    return check(
        "token.parties",
        holds=claims.iss == claims.sub == sender and reader in audience,
        at=f"{_TOKEN} claims iss, sub, aud",
        yes=(f"the token is from {sender} to {reader}", f"令牌由 {sender} 发给 {reader}"),
        no=(f"the token is not from {sender} to {reader}", f"令牌不是由 {sender} 发给 {reader}"),
    )


def _in_time(claims: _Claims, at: str) -> Check:
    recorded = datetime.fromisoformat(at).astimezone(UTC).timestamp()
    return check(
        "token.time",
        holds=claims.iat - SKEW_S <= recorded <= claims.exp + SKEW_S,
        at=f"{_TOKEN} claims iat, exp",
        yes=("the token was alive when the message was recorded", "记录消息时令牌在有效期内"),
        no=("the token was not alive when the message was recorded", "记录消息时令牌不在有效期内"),
    )


def _place(claims: _Claims, entry: Entry) -> Check:
    url = entry.facts.get("url")
    return check(
        "token.place",
        holds=claims.htu is None or not isinstance(url, str) or _same_place(claims.htu, url),
        at=f"{_TOKEN} claim htu",
        yes=("the token fits the address of the message", "令牌与消息的目标地址相符"),
        no=("the token is for another address", "令牌用于另一个地址"),
    )


def _same_place(claimed: str, seen: str) -> bool:
    """Same path, as far as both have one: behind a proxy the host and a leading part of it may differ."""
    one, other = (
        _BEFORE_PATH.sub("", url.partition("?")[0]).strip("/").split("/") for url in (claimed, seen)
    )
    shorter = min(len(one), len(other))
    return one[-shorter:] == other[-shorter:]


def _signed_by(
    token: _Token,
    sender: str,
    kept: Mapping[str, str] | None,
    anchors: Anchors,
    check_signature: CheckSignature,
) -> list[Check]:
    """The signature against the key that was kept, and against the sender's anchored keys."""
    checks = [] if kept is None else [_signature(_holds(kept, token, check_signature))]
    anchored = anchors.token_keys(sender)
    if any(check_signature(jwk, token.signed, token.signature) for jwk in anchored):
        return [*checks, _signer(Verdict.YES, sender)]
    return [*checks, _signer(Verdict.UNKNOWN, sender)]


def _holds(kept: Mapping[str, str], token: _Token, check_signature: CheckSignature) -> bool:
    """Whether the kept key signed; it has the members of its kind of public key and no others."""
    try:
        plain = NoteKey.from_jwk("sender", kept).jwk()
    except XinfuError:
        return False
    return plain == kept and check_signature(plain, token.signed, token.signature)


def _signature(holds: bool) -> Check:
    return check(
        "token.signature",
        holds=holds,
        at=_TOKEN,
        yes=("the token's signature holds", "令牌签名有效"),
        no=("the token's signature does not hold", "令牌签名无效"),
    )


def _signer(verdict: Verdict, sender: str) -> Check:
    return check(
        "token.signer",
        about="signer",
        holds=verdict,
        at=_TOKEN,
        yes=(f"{sender} signed the message", f"消息由 {sender} 签署"),
        no=(
            f"no trusted key of {sender} shows that it signed the message; give its DID document",
            f"没有可信密钥证明消息由 {sender} 签署；请提供其 DID 文档",
        ),
    )


def _taken_apart(authorization: str) -> _Token | None:
    """The JWT in an Authorization value, or None when it holds none."""
    scheme, _, rest = authorization.rpartition(" ")
    parts = rest.split(".")
    if scheme.lower() not in {"", "bearer"} or len(parts) != 3:
        return None
    try:
        header, claims, signature = map(_unb64url, parts)
        kid = msgspec.convert(parse(header), dict[str, object]).get("kid", "")
        read = msgspec.convert(parse(claims), _Claims)
    except (XinfuError, ValueError):
        return None
    return _Token(claims=read, kid=str(kid), signed=f"{parts[0]}.{parts[1]}".encode(), signature=signature)


def _digest_of(claim: str) -> str | None:
    """SHA-256 in hex out of a claim in hex, base64url, or the form of RFC 9530 (`sha-256=:...:`)."""
    text = claim.removeprefix("sha-256=:").removesuffix(":")
    if len(text) == 64:
        return text
    try:
        return base64.b64decode(
            text.rstrip("=") + "=", altchars=None if "+" in text or "/" in text else b"-_"
        ).hex()
    except binascii.Error:
        return None


def _unb64url(text: str) -> bytes:
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise binascii.Error("not the canonical base64url")
    return data


def _same(digest: str, fact: object) -> bool:
    return isinstance(fact, str) and hmac.compare_digest(digest, fact)
