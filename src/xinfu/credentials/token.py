"""Self-issued tokens: what they claim, and every check that needs no key.

A participant proves each message with a fresh token of its own. Beside the claims of DCP it carries
`digest`, the SHA-256 of the message's body in base64url (of nothing, when there is no body), and `htu`,
the address it goes to without query and fragment; so it fits no other message and no other endpoint.
A token without `digest` is accepted here, for peers that send none; services/identity/signed_bodies.py says from whom.

    claims = build_token(did=ours, audience=theirs, url=url, body=body, credentials=(), now=now, jti=new_id())
    text = write_token(claims, signer)
    ...
    checked = check_token(text, audience=ours, url=url, body=body, now=now)    # no key was needed so far

Follows: DCP 1.0, Self-Issued ID Tokens (R-SIT); RFC 9449 (`htu`); design decisions D-02, D-09; J1, J2, J8.
"""

import hashlib
import math
import re
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from xinfu.credentials import errors
from xinfu.credentials.base64url import encode
from xinfu.credentials.did import absolute_key_id, is_did_web
from xinfu.credentials.jws import CompactJws, SigningKey, read_compact, write_compact
from xinfu.credentials.reading import read_json
from xinfu.credentials.refusal import Reason, TokenRefusedError
from xinfu.errors import InputError

LIFE: Final = timedelta(minutes=5)
"""The longest life of a token, ours and theirs."""
SKEW: Final = timedelta(seconds=60)
"""How far the clocks of two participants may differ."""
TYPE: Final = "JWT"
MOST_CREDENTIALS: Final = 8
LONGEST_JTI: Final = 256
LOG_HEAD: Final = "xinfu:logHead"
"""The claim with the head of the issuer's evidence log; who does not know it passes over it."""

_URL: Final = re.compile(r"(https?)://([A-Za-z0-9.\[\]:_-]+)(/[^?#\s]*)?(?:[?#].*)?", re.IGNORECASE)
_DEFAULT_PORT: Final = {"http": ":80", "https": ":443"}


class SelfIssuedToken(msgspec.Struct, frozen=True, kw_only=True):
    """The claims of one token. Times are aware, UTC.

    Attributes:
        issuer: DID of who speaks; issuer and subject at once.
        credentials: membership and other credentials, each a compact JWT.
        access_token: an endpoint token that who speaks holds and wants renewed (R-DPT-03).
        log_head: the signed head of the issuer's evidence log when it spoke; an extension of ours (D-37).
    """

    issuer: str
    audience: str
    issued: datetime
    expires: datetime
    jti: str
    digest: str | None = None
    target: str | None = None
    credentials: tuple[str, ...] = ()
    access_token: str | None = None
    log_head: str | None = None

    def __repr__(self) -> str:
        return f"SelfIssuedToken(issuer={self.issuer!r}, audience={self.audience!r}, jti={self.jti!r})"


class CheckedToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token that fits this message and this moment; its signature was not checked yet.

    Attributes:
        key_id: full id of the verification method that must have signed it, always one of the issuer's.
    """

    claims: SelfIssuedToken
    jws: CompactJws
    key_id: str


class _Presentation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    verifiable_credential: str | list[str] = []


class _WireToken(msgspec.Struct, frozen=True, kw_only=True):
    iss: str
    sub: str
    aud: str | list[str]
    iat: int | float
    exp: int | float
    jti: str
    nbf: int | float | None = None
    digest: str | None = None
    htu: str | None = None
    token: str | None = None
    log_head: str | None = msgspec.field(name=LOG_HEAD, default=None)
    vp: _Presentation | None = None
    vc: object = None


def build_token(
    *,
    did: str,
    audience: str,
    url: str,
    body: bytes | None,
    credentials: tuple[str, ...],
    now: datetime,
    jti: str,
    access_token: str | None = None,
    log_head: str | None = None,
    life: timedelta = LIFE,
) -> SelfIssuedToken:
    """The claims for one message to `audience` at `url`.

    Raises:
        InputError: `address.malformed`: `url` is not an http address.
    """
    target = normal_target(url)
    if target is None:
        raise errors.ADDRESS_MALFORMED()
    return SelfIssuedToken(
        issuer=did,
        audience=audience,
        issued=now,
        expires=now + min(life, LIFE),
        jti=jti,
        digest=body_digest(body),
        target=target,
        credentials=credentials,
        access_token=access_token,
        log_head=log_head,
    )


def write_token(token: SelfIssuedToken, signer: SigningKey) -> str:
    """The signed token; `signer` is a key of `token.issuer`."""
    claims: dict[str, object] = {
        "iss": token.issuer,
        "sub": token.issuer,
        "aud": token.audience,
        "iat": math.floor(token.issued.timestamp()),
        "exp": math.floor(token.expires.timestamp()),
        "jti": token.jti,
        "digest": token.digest,
        "htu": token.target,
        "token": token.access_token,
        LOG_HEAD: token.log_head,
    }
    if token.credentials:
        claims["vp"] = {
            "@context": ["https://www.w3.org/2018/credentials/v1"],
            "type": ["VerifiablePresentation"],
            "holder": token.issuer,
            "verifiableCredential": token.credentials,
        }
    present = {name: value for name, value in claims.items() if value is not None}
    return write_compact(signer, msgspec.json.encode(present), typ=TYPE)


def check_token(
    text: str,
    *,
    audience: str,
    url: str,
    body: bytes | None,
    now: datetime,
    public_url: str | None = None,
) -> CheckedToken:
    """Every check of a token that costs no call to anyone, in the order of D-09.

    Args:
        audience: our own DID, exactly.
        url: the address under which the message came in.
        public_url: the address that others know us by, when it is another one.

    Raises:
        TokenRefusedError: the first thing that was wrong, as its `reason`.
    """
    jws = read_compact(text, types=frozenset({TYPE.lower()}))
    wire = _read_claims(jws.payload)
    key_id = _key_of_issuer(jws, wire.iss)
    if wire.aud not in (audience, [audience]):
        raise TokenRefusedError(Reason.AUDIENCE)
    claims = _narrow(wire, audience)
    _check_times(claims, wire.nbf, now)
    if claims.target is not None and not _same_target(claims.target, url, public_url):
        raise TokenRefusedError(Reason.TARGET)
    if claims.digest is not None and claims.digest != body_digest(body):
        raise TokenRefusedError(Reason.DIGEST)
    return CheckedToken(claims=claims, jws=jws, key_id=key_id)


def shown_credentials(text: str, *, holder: str) -> tuple[str, ...]:
    """The credentials inlined in a token of `holder` that was accepted before; nothing is checked again.

    Raises:
        TokenRefusedError: the token is not of this holder.
    """
    wire = _read_claims(read_compact(text, types=frozenset({TYPE.lower()})).payload)
    if wire.iss != holder:
        raise TokenRefusedError(Reason.ISSUER)
    return _narrow(wire, "").credentials


def body_digest(body: bytes | None) -> str:
    """SHA-256 in base64url, of the body or of nothing."""
    return encode(hashlib.sha256(body or b"").digest())


def normal_target(url: str) -> str | None:
    """Scheme, host, port and path of an http address in one spelling; None if it is not an http address."""
    found = _URL.fullmatch(url)
    if found is None:
        return None
    scheme, authority = found[1].lower(), found[2].lower()
    return f"{scheme}://{authority.removesuffix(_DEFAULT_PORT[scheme])}{found[3] or '/'}"


def _read_claims(payload: bytes) -> _WireToken:
    try:
        wire = read_json(payload, _WireToken)
    except ValueError as error:
        raise TokenRefusedError(Reason.CLAIMS) from error
    if wire.vc is not None or not 0 < len(wire.jti) <= LONGEST_JTI:
        raise TokenRefusedError(Reason.CLAIMS)
    if wire.iss != wire.sub:
        raise TokenRefusedError(Reason.SUBJECT)
    if not is_did_web(wire.iss):
        raise TokenRefusedError(Reason.ISSUER)
    return wire


def _narrow(wire: _WireToken, audience: str) -> SelfIssuedToken:
    listed = wire.vp.verifiable_credential if wire.vp else []
    credentials = (listed,) if isinstance(listed, str) else tuple(listed)
    if len(credentials) > MOST_CREDENTIALS:
        raise TokenRefusedError(Reason.CLAIMS)
    return SelfIssuedToken(
        issuer=wire.iss,
        audience=audience,
        issued=_moment(wire.iat),
        expires=_moment(wire.exp),
        jti=wire.jti,
        digest=wire.digest,
        target=wire.htu,
        credentials=credentials,
        access_token=wire.token,
        log_head=wire.log_head,
    )


def _key_of_issuer(jws: CompactJws, issuer: str) -> str:
    if jws.key_id is None:
        raise TokenRefusedError(Reason.KEY_ID)
    try:
        return absolute_key_id(issuer, jws.key_id)
    except InputError as error:
        raise TokenRefusedError(Reason.KEY_ID) from error


def _check_times(claims: SelfIssuedToken, not_before: float | None, now: datetime) -> None:
    if not timedelta(0) < claims.expires - claims.issued <= LIFE:
        raise TokenRefusedError(Reason.LIFE)
    starts = claims.issued if not_before is None else max(claims.issued, _moment(not_before))
    if starts > now + SKEW:
        raise TokenRefusedError(Reason.EARLY)
    if now >= claims.expires + SKEW:
        raise TokenRefusedError(Reason.EXPIRED)


def _moment(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise TokenRefusedError(Reason.CLAIMS) from error


def _same_target(claimed: str, seen: str, public_url: str | None) -> bool:
    """Whether the address that was signed is the one the message came to.

    Behind a proxy the address that we see is not the one that others know: then the public one counts
    too, whether the proxy hands its path through or takes it off.
    """
    normal, here = normal_target(claimed), normal_target(seen)
    if normal is None or here is None:
        return False
    if normal == here:
        return True
    base = normal_target(public_url) if public_url else None
    if base is None:
        return False
    path = _path_of(here)
    outside = {base.rstrip("/") + path}
    if path.startswith(_path_of(base)):
        outside.add(base.removesuffix(_path_of(base)) + path)
    return normal in outside


def _path_of(target: str) -> str:
    return "/" + target.split("/", 3)[3]
