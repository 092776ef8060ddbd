"""The header of a message, and the bytes that its signature covers.

The standard says "all parameters except the signature" and defines no order or form. Here they are the four header
fields in the order of the table and the digest of the body, one on each line; the digest is SM3 for SM2 and SHA-256
otherwise. Only `signed_bytes` knows this form. Follows: NDI-TR-2025-03 (draft), 8.2.3, tables 16 and 17; decision 0018.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from xinfu.contracts import errors
from xinfu.contracts.suite import digest_under

VERSION: Final = "1.0.0"
SKEW: Final = timedelta(minutes=5)
"""The largest difference between the clock of the caller and ours, in either direction."""
_MILLIS: Final = re.compile(r"[0-9]{13}")
_SIGNED: Final = re.compile(r"[0-9a-f]{128}")
_VERSION: Final = re.compile(r"1\.\d{1,8}\.\d{1,8}", re.ASCII)
_SEQUENCE: Final = re.compile(r"[!-~]{1,32}")


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The five fields of table 16.

    Attributes:
        msgcode: code of the interface, its path without the slash.
        timestamp: the caller's time, milliseconds since 1970 in 13 digits.
        sequence_num: unique number of the message, at most 32 characters.
        sign_value: raw signature in lower-case hex, 128 digits.
    """

    msgcode: str
    msgversion: str
    timestamp: str
    sequence_num: str
    sign_value: str = ""

    def fields(self) -> dict[str, str]:
        """The fields as HTTP headers, by name."""
        return {
            "msgcode": self.msgcode,
            "msgversion": self.msgversion,
            "timestamp": self.timestamp,
            "sequenceNum": self.sequence_num,
            "signValue": self.sign_value,
        }


def new_header(msgcode: str, *, now: datetime, sequence_num: str) -> Header:
    """Make a header without a signature. `sequence_num` is fresh, at most 32 characters."""
    millis = (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return Header(msgcode=msgcode, msgversion=VERSION, timestamp=str(millis), sequence_num=sequence_num)


def signed_bytes(header: Header, body: bytes, algorithm: str) -> bytes:
    """The bytes that `signValue` covers if it is a signature by this algorithm.

    Raises:
        ConfigError: `algorithm.unavailable`: this system has no SM3.
    """
    digest = digest_under(algorithm, body)
    parts = (header.msgcode, header.msgversion, header.timestamp, header.sequence_num, digest)
    return "\n".join(parts).encode()


def read_header(fields: Mapping[str, str], msgcode: str, *, now: datetime) -> Header:
    """Read the header of a message of `msgcode`, and check that it is complete and in time, but not its signature.

    Args:
        fields: HTTP headers, looked up by name in any case.

    Raises:
        ProtocolError: `envelope.code`, `envelope.version`, `envelope.time`, `envelope.sequence`.
        UnauthorizedError: `envelope.unsigned`.
    """
    found = {key.lower(): value for key, value in fields.items()}
    header = Header(
        msgcode=found.get("msgcode", ""),
        msgversion=found.get("msgversion", ""),
        timestamp=found.get("timestamp", ""),
        sequence_num=found.get("sequencenum", ""),
        sign_value=found.get("signvalue", ""),
    )
    if header.msgcode != msgcode:
        raise errors.ENVELOPE_CODE(msgcode=msgcode)
    if not _VERSION.fullmatch(header.msgversion):
        raise errors.ENVELOPE_VERSION()
    if not _MILLIS.fullmatch(header.timestamp) or abs(_moment(header.timestamp) - now) > SKEW:
        raise errors.ENVELOPE_TIME()
    if not _SEQUENCE.fullmatch(header.sequence_num):
        raise errors.ENVELOPE_SEQUENCE()
    if not _SIGNED.fullmatch(header.sign_value):
        raise errors.ENVELOPE_UNSIGNED()
    return header


def _moment(millis: str) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(millis))
