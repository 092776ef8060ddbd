"""The location of an object (endpoint, region, bucket, key), and the path that a key is encoded to.

A key is any text of 1 to 1,024 bytes and goes out as exactly that key: percent signs, double and leading slashes,
Chinese and control characters are percent-encoded once. A key with a part that is `.` or `..`, or with a NUL, is
refused: what stands between us and the store may take it for another key.
"""

import re
from typing import Final
from urllib.parse import quote, urlsplit

import msgspec

from xinfu.s3 import errors

MAX_KEY_BYTES: Final = 1024
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
_REGION: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_PORTS: Final = {"https": 443, "http": 80}


class Bucket(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bucket of a store.

    Attributes:
        endpoint: address of the store, http or https, without a path.
        path_style: the bucket stands in the path and not in the host name.

    Raises:
        InputError: `bucket.endpoint-invalid`, `bucket.region-invalid`, `bucket.name-invalid`.
    """

    endpoint: str
    region: str = "us-east-1"
    name: str
    path_style: bool = True

    def __post_init__(self) -> None:
        self._origin()
        if not _REGION.fullmatch(self.region):
            raise errors.BUCKET_REGION_INVALID()
        if not _NAME.fullmatch(self.name) or ".." in self.name:
            raise errors.BUCKET_NAME_INVALID()

    @property
    def host(self) -> str:
        """The value of the Host header."""
        authority = self._origin()[1]
        return authority if self.path_style else f"{self.name}.{authority}"

    def path(self, key: str = "") -> str:
        """The path of an object, percent-encoded; of the bucket itself without a key.

        Raises:
            InputError: `bucket.key-invalid`.
        """
        bucket = f"/{self.name}" if self.path_style else ""
        if not key:
            return bucket or "/"
        return f"{bucket}/{quote(checked_key(key), safe='-_.~/')}"

    def url(self, key: str = "") -> str:
        """The address of an object, or of the bucket."""
        return f"{self._origin()[0]}://{self.host}{self.path(key)}"

    def _origin(self) -> tuple[str, str]:
        """Scheme and authority."""
        try:
            parts = urlsplit(self.endpoint)
            port = parts.port
        except ValueError as error:
            raise errors.BUCKET_ENDPOINT_INVALID() from error
        odd = (
            parts.path not in {"", "/"} or "?" in self.endpoint or "#" in self.endpoint or "@" in parts.netloc
        )
        if parts.scheme not in _PORTS or not parts.hostname or odd:
            raise errors.BUCKET_ENDPOINT_INVALID()
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        return parts.scheme, host if port in {None, _PORTS[parts.scheme]} else f"{host}:{port}"


class ObjectUrl(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of an `s3://bucket/key`. A key that is empty or ends in "/" is a prefix."""

    bucket: str
    key: str


def read_place(text: str) -> ObjectUrl:
    """Read `s3://bucket/key`; nothing in it is decoded.

    Raises:
        InputError: `bucket.place-invalid`.
    """
    scheme, mark, rest = text.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme.lower() != "s3" or not mark or not bucket:
        raise errors.BUCKET_PLACE_INVALID(text=text)
    return ObjectUrl(bucket=bucket, key=key)


def checked_key(key: str) -> str:
    """`key` as it is.

    Raises:
        InputError: `bucket.key-invalid`: too long, no Unicode text, a NUL, or a part that is `.` or `..`.
    """
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        size = 0
    if not 0 < size <= MAX_KEY_BYTES or "\0" in key or {".", ".."} & set(key.split("/")):
        raise errors.BUCKET_KEY_INVALID()
    return key
