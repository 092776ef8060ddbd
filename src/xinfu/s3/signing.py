"""AWS Signature Version 4 in the Authorization header, over a body that is known whole.

Follows: AWS Signature Version 4, "Authenticating Requests: Using the Authorization Header (single chunk)". For S3
the path is encoded once and never normalised.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

_ALGORITHM: Final = "AWS4-HMAC-SHA256"


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of a store, hidden in its repr. `token` belongs to temporary keys."""

    access: str
    secret: str
    token: str | None = None

    def __repr__(self) -> str:
        return "Keys(…)"


class UnsignedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The request to sign: `path` and `query` percent-encoded, the names of `headers` in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def signature(unsigned: UnsignedRequest, keys: Keys, region: str, now: datetime) -> dict[str, str]:
    """The headers that sign a call, to be added to its own. The signature covers `host`.

    Args:
        now: aware; a store refuses what is more than 15 minutes off.
    """
    moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    payload = hashlib.sha256(unsigned.body).hexdigest()
    ours = {"x-amz-content-sha256": payload, "x-amz-date": moment}
    if keys.token is not None:
        ours["x-amz-security-token"] = keys.token
    headers = {**unsigned.headers, **ours}
    names = ";".join(sorted(headers))
    listed = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in sorted(headers))
    canonical = f"{unsigned.method}\n{unsigned.path}\n{unsigned.query}\n{listed}\n{names}\n{payload}"
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    to_sign = "\n".join([_ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    signed = hmac.digest(_key(keys.secret, scope), to_sign.encode(), "sha256").hex()
    said = f"{_ALGORITHM} Credential={keys.access}/{scope},SignedHeaders={names},Signature={signed}"
    return {**ours, "authorization": said}


def _key(secret: str, scope: str) -> bytes:
    """The key of one day, region and service."""
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
