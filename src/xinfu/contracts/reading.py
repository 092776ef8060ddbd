"""Strict decoding of the bodies of the standards: type, length and presence of every field, named when it fails.

Unknown fields are passed over (D-14). Every fault has a code of ours, and one of the standards' (`codes`).
"""

import re
from typing import Any, Final, TypeVar

import msgspec

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
        raise InputError("contract.body-empty", "The message is empty.", "报文为空。")
    try:
        value = parse(body)
    except InputError as error:
        raise InputError(
            "contract.body-malformed", "The message is not JSON with one meaning.", "报文不是合格的 JSON。"
        ) from error
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
        return InputError(
            "contract.field-length",
            f"The length of {field!r} does not fit: {said}.",
            f"字段 {field!r} 的长度不符合要求：{said}。",
            facts={"field": field},
        )
    return InputError(
        "contract.field-format",
        f"The field {field!r} does not fit: {said}.",
        f"字段 {field!r} 的格式不符合要求：{said}。",
        facts={"field": field},
    )


def required(field: str) -> InputError:
    """A mandatory field is not there, or empty."""
    return InputError(
        "contract.field-missing",
        f"The mandatory field {field!r} is missing or empty.",
        f"必选字段 {field!r} 缺失或为空。",
        facts={"field": field},
    )
