"""Status lists: one bit a credential, in a list that the issuer signs and everyone may fetch.

A list says nothing when it is missing, unreadable, older than 60 seconds or made for another purpose: then
the answer is UNKNOWN, never YES. Inflating is bounded, whatever a list claims to be.

Follows: W3C Bitstring Status List 1.0, Status List 2021; DCP 1.0 (R-CST); design decision D-07; threat J4.
"""

import base64
import binascii
import gzip
import zlib
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from xinfu.credentials import base64url
from xinfu.credentials.refusal import Reason
from xinfu.verdict import Verdict

FRESH: Final = timedelta(seconds=60)
"""How old a list may be when something is decided by it."""
LEAST_BITS: Final = 131_072
"""So many entries at least, so that one entry hides among many."""
MOST_BYTES: Final = 2 * 1024 * 1024
"""Of an inflated list: 16 million entries."""

BITSTRING: Final = "BitstringStatusListEntry"
LIST_2021: Final = "StatusList2021Entry"

Purpose = Literal["revocation", "suspension"]


class StatusEntry(msgspec.Struct, frozen=True, kw_only=True):
    """The place of a credential's status: bit `index` of the list at `url`."""

    url: str
    index: int
    purpose: str = "revocation"
    type: str = BITSTRING
    size: int = 1


class StatusList(msgspec.Struct, frozen=True, kw_only=True):
    """A list whose signature was checked, with the moment at which we fetched it."""

    url: str
    issuer: str
    purpose: str
    bits: bytes
    fetched: datetime
    valid_until: datetime | None = None

    def is_fresh(self, now: datetime) -> bool:
        """Whether anything may be decided by it at `now`."""
        age = now - self.fetched
        return timedelta(0) <= age <= FRESH and (self.valid_until is None or now < self.valid_until)


def new_bits(entries: int = LEAST_BITS) -> bytes:
    """A list in which nothing is revoked."""
    return bytes(-(-max(entries, LEAST_BITS) // 8))


def bit(bits: bytes, index: int) -> bool | None:
    """The bit of `index`, the first one leftmost; None when the list is not that long."""
    if not 0 <= index < 8 * len(bits):
        return None
    return bool(bits[index // 8] & (0x80 >> index % 8))


def with_bit(bits: bytes, index: int, value: bool) -> bytes:
    """The list with one bit changed.

    Raises:
        IndexError: the list is not that long.
    """
    if bit(bits, index) is None:
        raise IndexError(index)
    changed = bytearray(bits)
    mask = 0x80 >> index % 8
    changed[index // 8] = changed[index // 8] | mask if value else changed[index // 8] & ~mask
    return bytes(changed)


def encode_list(bits: bytes) -> str:
    """`encodedList` of a Bitstring Status List: multibase `u`, base64url, gzip; the same each time."""
    return "u" + base64url.encode(gzip.compress(bits, mtime=0))


def decode_list(encoded: str) -> bytes:
    """The bits of an `encodedList`, of either kind of list.

    Raises:
        ValueError: not base64, not gzip, more than one member, or more than `MOST_BYTES` inflated.
    """
    packed = _packed(encoded)
    inflater = zlib.decompressobj(wbits=31)
    try:
        bits = inflater.decompress(packed, MOST_BYTES + 1)
    except zlib.error as error:
        raise ValueError("not gzip") from error
    if len(bits) > MOST_BYTES or not inflater.eof or inflater.unused_data:
        raise ValueError("an inflated list that is too long, or not whole")
    return bits


def judge(
    entry: StatusEntry, issuer: str, found: StatusList | None, now: datetime
) -> tuple[Verdict, Reason | None]:
    """Whether the status of a credential of `issuer` lets it count: YES for a clear bit in a fresh list."""
    if entry.type not in {BITSTRING, LIST_2021} or entry.size != 1:
        return Verdict.UNKNOWN, Reason.STATUS_UNREADABLE
    if found is None:
        return Verdict.UNKNOWN, Reason.STATUS_MISSING
    if (found.url, found.issuer, found.purpose) != (entry.url, issuer, entry.purpose):
        return Verdict.UNKNOWN, Reason.STATUS_UNREADABLE
    if not found.is_fresh(now):
        return Verdict.UNKNOWN, Reason.STATUS_STALE
    value = bit(found.bits, entry.index)
    if value is None or entry.purpose not in {"revocation", "suspension"}:
        return Verdict.UNKNOWN, Reason.STATUS_UNREADABLE
    if value:
        revoked = entry.purpose == "revocation"
        return Verdict.NO, Reason.CREDENTIAL_REVOKED if revoked else Reason.CREDENTIAL_SUSPENDED
    return Verdict.YES, None


def _packed(encoded: str) -> bytes:
    if encoded.startswith("u"):
        return base64url.decode(encoded[1:])
    # Status List 2021 has no multibase prefix; both alphabets, with and without padding, are about (R-CST-03).
    text = encoded.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64") from error
