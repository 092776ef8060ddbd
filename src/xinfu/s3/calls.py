"""A call of the S3 API, ready to be sent: address, headers and body belong together by its signature."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from urllib.parse import quote

import msgspec

from xinfu.s3.bucket import Bucket
from xinfu.s3.signing import Keys, UnsignedRequest, signature


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call. The names of `headers` are lower-case; Host is left out, as it follows from `url`."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"Call(method={self.method!r}, url={self.url!r})"


def request(
    bucket: Bucket,
    method: Literal["GET", "HEAD", "PUT", "POST", "DELETE"],
    key: str = "",
    *,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    keys: Keys | None,
    now: datetime,
) -> Call:
    """A call on an object, or without a key on the bucket.

    Args:
        query: decoded; `{"uploads": ""}` for a parameter without a value.
        keys: None: an open bucket, nothing is signed.

    Raises:
        InputError: `bucket.key-invalid`.
    """
    asked = _query(query or {})
    given = {name.lower(): value for name, value in (headers or {}).items()}
    signed: dict[str, str] = {}
    if keys is not None:
        unsigned = UnsignedRequest(
            method=method,
            path=bucket.path(key),
            query=asked,
            headers={**given, "host": bucket.host},
            body=body,
        )
        signed = signature(unsigned, keys, bucket.region, now)
    url = bucket.url(key) + (f"?{asked}" if asked else "")
    return Call(method=method, url=url, headers={**given, **signed}, body=body)


def _query(query: Mapping[str, str]) -> str:
    """The query string in the order and the encoding that are signed."""
    pairs = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in query.items())
    return "&".join(f"{name}={value}" for name, value in pairs)
