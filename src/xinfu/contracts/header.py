"""The header of a message, and which bytes its signature covers.

The text says "all parameters except the signature" and no order or form. Here they are the four header fields in the
order of the table and the digest of the body, a line each; the digest is SM3 under SM2 and SHA-256 otherwise. The
form stands behind `signed_bytes` alone. Follows: NDI-TR-2025-03 (draft), 8.2.3, tables 16 and 17; decision 0018.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from xinfu.contracts.suite import digest_under
from xinfu.errors import ProtocolError, UnauthorizedError

VERSION: Final = "1.0.0"
SKEW: Final = timedelta(minutes=5)
"""How far the clock of the caller may be away from ours, either way."""
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
        """As HTTP headers."""
        return {
            "msgcode": self.msgcode,
            "msgversion": self.msgversion,
            "timestamp": self.timestamp,
            "sequenceNum": self.sequence_num,
            "signValue": self.sign_value,
        }


def new_header(msgcode: str, *, now: datetime, sequence_num: str) -> Header:
    """A header that is not signed yet. `sequence_num` is fresh, at most 32 characters."""
    millis = (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return Header(msgcode=msgcode, msgversion=VERSION, timestamp=str(millis), sequence_num=sequence_num)


def signed_bytes(header: Header, body: bytes, algorithm: str) -> bytes:
    """What `signValue` covers when it is a signature by this algorithm."""
    digest = digest_under(algorithm, body)
    parts = (header.msgcode, header.msgversion, header.timestamp, header.sequence_num, digest)
    return "\n".join(parts).encode()


def read_header(fields: Mapping[str, str], msgcode: str, *, now: datetime) -> Header:
    """The header of a message of `msgcode`, whole and in time; its signature is checked elsewhere.

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
        raise _refused("envelope.code", f"msgcode is not {msgcode}.", f"msgcode 应为 {msgcode}。")
    if not _VERSION.fullmatch(header.msgversion):
        raise _refused("envelope.version", "msgversion is no version 1.", "msgversion 不是可用的 1.x 版本。")
    if not _MILLIS.fullmatch(header.timestamp) or abs(_moment(header.timestamp) - now) > SKEW:
        raise _refused(
            "envelope.time",
            "timestamp is not within five minutes of our time.",
            "timestamp 与本节点时间相差超过五分钟。",
        )
    if not _SEQUENCE.fullmatch(header.sequence_num):
        raise _refused(
            "envelope.sequence", "sequenceNum is not 1 to 32 characters.", "sequenceNum 应为 1 至 32 个字符。"
        )
    if not _SIGNED.fullmatch(header.sign_value):
        raise UnauthorizedError(
            "envelope.unsigned",
            "signValue is missing, or not a signature of 128 hex digits.",
            "缺少 signValue，或其不是 128 位十六进制签名。",
        )
    return header


def _moment(millis: str) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(millis))


def _refused(code: str, en: str, zh: str) -> ProtocolError:
    return ProtocolError(code, f"The message header does not fit: {en}", f"报文头不符合要求：{zh}")
