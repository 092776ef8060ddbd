"""Canonical bytes of a value by RFC 8785 (JSON Canonicalization Scheme), and hashes over them.

Values hold strings, booleans, null, integers within ±(2^53 - 1), lists and objects. A float stands in no
evidence of ours (amounts are decimal strings, DECISIONS D-21), yet foreign documents may hold one.
Records whose keys are ASCII take a fast path: for them, sorting by bytes and sorting by UTF-16 units, as
RFC 8785 §3.2.3 demands, give the same order.
"""

import hashlib
import json
from typing import Final, NoReturn, TypeAlias

import msgspec
import rfc8785

from xinfu.evidence import errors

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

SAFE_INTEGER: Final = 2**53 - 1
_LEAF: Final = b"\x00"
_ENCODER: Final = msgspec.json.Encoder(order="sorted")


def canonical(value: object) -> bytes:
    """The RFC 8785 bytes of a JSON value or a struct.

    Raises:
        InputError: `evidence.not-canonical`: an integer beyond 2^53, a number that is not finite, a lone
            surrogate, or a type that JSON does not have.
    """
    try:
        plain = msgspec.to_builtins(value)
        return _ENCODER.encode(plain) if _is_simple(plain) else rfc8785.dumps(plain)
    except (ValueError, TypeError, RecursionError) as error:
        raise errors.EVIDENCE_NOT_CANONICAL(error=error) from error


def canonical_record(record: msgspec.Struct, free: object) -> bytes:
    """The same for a record whose fields are plain texts and small integers, but for `free`, which is one of them.

    Raises:
        InputError: `evidence.not-canonical`.
    """
    if not _is_simple(free):
        return canonical(record)
    try:
        return _ENCODER.encode(record)
    except (ValueError, TypeError) as error:
        raise errors.EVIDENCE_NOT_CANONICAL(error=error) from error


def _is_simple(value: object) -> bool:
    """Whether the fast encoder gives the bytes of RFC 8785: ASCII keys, safe integers, no floats."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return -SAFE_INTEGER <= value <= SAFE_INTEGER  # type: ignore[operator]  # kind is int
    if kind is list:
        return all(map(_is_simple, value))  # type: ignore[call-overload]  # kind is list
    if kind is dict:
        items = value.items()  # type: ignore[attr-defined]  # kind is dict
        return all(type(key) is str and key.isascii() and _is_simple(each) for key, each in items)
    return False


def parse(data: bytes | str) -> Json:
    """Read JSON with one meaning only: a repeated key, NaN and Infinity are refused.

    Raises:
        InputError: `evidence.not-json`.
    """
    try:
        value: Json = json.loads(data, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise errors.EVIDENCE_NOT_JSON(error=error) from error
    return value


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    keys = dict(pairs)
    if len(keys) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return keys


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def parse_canonical(data: bytes) -> Json:
    """Read bytes that must be the canonical form of what they say.

    Raises:
        InputError: they are not JSON.
        IntegrityError: `evidence.not-canonical`: they are JSON in some other form.
    """
    value = parse(data)
    if canonical(value) != data:
        raise errors.EVIDENCE_NOT_CANONICAL_BYTES()
    return value


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf: SHA-256(0x00 || data), 32 bytes. Follows: RFC 6962 §2.1, RFC 9162 §2.1.1."""
    return hashlib.sha256(_LEAF + data).digest()


def digest_hex(data: bytes) -> str:
    """SHA-256 as 64 lower-case hex digits, the form in which entries state digests."""
    return hashlib.sha256(data).hexdigest()
