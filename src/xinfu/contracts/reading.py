"""Strict decoding of the bodies of the standards: checks type, length and presence of every field, by name.

Unknown fields are ignored (D-14). Every error has a stable code and a code of the standard (`codes`).
"""

import re
from typing import Any, Final, TypeVar

import msgspec

from xinfu.contracts import errors
from xinfu.errors import InputError
from xinfu.evidence.canonical import parse
from xinfu.odrl.model.limits import measure

T = TypeVar("T")
_MISSING: Final = re.compile(r"Object missing required field `([^`]+)`")
_AT: Final = re.compile(r" - at `\$\.?([^`]*)`$")
_RENAMED: Final = {"erminateType": "terminateType"}
"""Misprinted field names in some copies of the standard -> the right names."""


def decode(body: bytes, kind: type[T]) -> T:
    """Decode a body as `kind`.

    Raises:
        InputError: `contract.body-empty`, `contract.body-malformed`, `contract.field-missing`,
            `contract.field-format`, `contract.field-length`, `contract.moment`.
        ProtocolError: `policy.too-large`: larger or deeper than the limits.
    """
    if not body.strip():
        raise errors.CONTRACT_BODY_EMPTY()
    try:
        value = parse(body)
    except InputError as error:
        raise errors.CONTRACT_BODY_MALFORMED() from error
    measure(value)
    return convert(value, kind)


def convert(value: Any, kind: type[T]) -> T:
    """Convert decoded JSON to `kind`.

    Raises:
        InputError: as `decode`.
    """
    if isinstance(value, dict):
        value = {_RENAMED.get(key, key): inner for key, inner in value.items()}
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise fault(error, "") from error


def fault(error: msgspec.ValidationError, below: str) -> InputError:
    """Make the error for an invalid field, with its name; `below` is the place of the decoded value."""
    text = str(error)
    at = _AT.search(text)
    missing = _MISSING.search(text)
    field = ".".join(part for part in (below, at[1] if at else "", missing[1] if missing else "") if part)
    said = _AT.sub("", text)
    if missing or "of length >= 1" in text:
        return required(field)
    if "of length" in text:
        return errors.CONTRACT_FIELD_LENGTH(field=field, said=said)
    return errors.CONTRACT_FIELD_FORMAT(field=field, said=said)


def required(field: str) -> InputError:
    """Make the error for a mandatory field that is absent or empty."""
    return errors.CONTRACT_FIELD_MISSING(field=field)
