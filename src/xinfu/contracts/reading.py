"""Strict decoding of the bodies of the standards: type, length and presence of every field, named when it fails.

Unknown fields are passed over (D-14). Every fault has a code of ours, and one of the standards' (`codes`).
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
"""Names as some copies of the text print them."""


def decode(body: bytes, kind: type[T]) -> T:
    """The body as `kind`.

    Raises:
        InputError: `contract.body-empty`, `contract.body-malformed`, `contract.field-missing`,
            `contract.field-format`, `contract.field-length`, `contract.moment`.
        ProtocolError: `policy.too-large`: larger or deeper than anyone reads.
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
    """Decoded JSON as `kind`.

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
    """What is wrong with a field, with its name; `below` is where the value stands."""
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
    """A mandatory field is not there, or empty."""
    return errors.CONTRACT_FIELD_MISSING(field=field)
