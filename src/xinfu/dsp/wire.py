"""Conversion between bodies and messages.

The compact form of the schemas is read as plain JSON (R-GEN-01): its `@context` holds only strings and names the DSP
context, its `@type` is short, and it has no nested context. Other contexts in the list have no effect, because DSP
terms are protected (R-GEN-06). Every other form is converted by `jsonld` first. Unknown members are ignored
(R-GEN-05). Messages are written in the one form that the published schemas require.
"""

import hashlib
from typing import Any, Final, TypeVar

import msgspec

from xinfu.dsp import errors, forms, jsonld, limits, strict
from xinfu.dsp.catalog import Catalog, Dataset
from xinfu.dsp.message import Message
from xinfu.dsp.terms import DSP_CONTEXT
from xinfu.dsp.version import VersionResponse
from xinfu.errors import ProtocolError
from xinfu.odrl.model.limits import repeated_key

M = TypeVar("M", bound=Message)

_PAGE: Final = limits.PageBounds()

_OPAQUE: Final = frozenset({"filter", "reason"})
"""Members of a message that may hold any JSON (R-CAT-01, T-03); they are kept unchanged."""


def read(body: bytes, *expected: type[M], page: limits.PageBounds = _PAGE) -> M:
    """Read the message in `body`.

    Args:
        expected: the message types that are allowed here; at least one.
        page: bounds of a Catalog or Dataset. Reading one takes up to a second: do it outside the event loop.

    Raises:
        ProtocolError: 400. `message.malformed`, `message.wrong-type`, `message.field-missing`,
            `message.field-invalid`, `message.context-missing`, `message.too-large`, `message.too-deep`,
            `message.too-many-nodes`, `message.too-many-datasets`, `message.too-many-offers`, one of `jsonld`, or
            one of `odrl.read`.
    """
    long = bool({Catalog, Dataset} & set(expected))
    allowed = msgspec.structs.replace(limits.CATALOG, size_bytes=page.size_bytes) if long else limits.MESSAGE
    document = _parse(body, allowed)
    if expected == (VersionResponse,):
        limits.measure(document, allowed)
        return _as(expected[0], _object(document))
    if not isinstance(document, dict | list):
        raise errors.MESSAGE_MALFORMED_NO_OBJECT()
    found = limits.measure(document, allowed, opaque=_OPAQUE)
    if not found.contexts and _is_plain(document):
        plain = _object(document)
    else:
        plain = _linked(document, limits.LINKED_CATALOG if long else limits.LINKED_MESSAGE)
    if long:
        limits.count(plain, page)
    cls = forms.TYPES.get(_type(plain))
    for wanted in expected:
        if cls is wanted or (cls is None and wanted is Dataset and "@type" not in plain):
            message = _as(wanted, plain)
            strict.check_read(message)
            return message
    raise _wrong_type(_type(plain), expected)


def write(message: Message) -> bytes:
    """Write `message` as a body that is valid under the published schema of its type.

    Raises:
        InputError: `message.unwritable`: the schema, or a rule of the specification, forbids its content.
    """
    document = forms.write_struct(message)
    if isinstance(message, VersionResponse):
        return msgspec.json.encode(document)
    strict.check_written(message, document)
    return msgspec.json.encode({"@context": [DSP_CONTEXT], **document})


def digest(body: bytes) -> str:
    """SHA-256 of the body's canonical form, in hex: white space and the order of members do not matter.

    Raises:
        ProtocolError: as `read`, if the body is not JSON.
    """
    document = _parse(body, limits.CATALOG)
    return hashlib.sha256(msgspec.json.encode(document, order="sorted")).hexdigest()


def _parse(body: bytes, allowed: limits.Limits) -> object:
    limits.weigh(body, allowed)
    repeated = repeated_key(body) if len(body) <= limits.MESSAGE.size_bytes else None
    if repeated is not None:
        raise errors.MESSAGE_REPEATED_KEY(key=repeated[:60])
    try:
        return msgspec.json.decode(body)
    except RecursionError as error:
        raise limits.too_deep() from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise errors.MESSAGE_MALFORMED() from error


def _object(document: object) -> dict[str, Any]:
    if isinstance(document, dict):
        return document
    raise errors.MESSAGE_MALFORMED_NO_OBJECT()


def _is_plain(document: object) -> bool:
    """Whether the root is in the compact form of the schemas; a single string as context is accepted (T-08)."""
    if not isinstance(document, dict) or not isinstance(document.get("@type", ""), str):
        return False
    context = document.get("@context")
    names = context if isinstance(context, list) else [context]
    known = document.get("@type", "Dataset") in forms.TYPES
    return known and DSP_CONTEXT in names and all(isinstance(name, str) for name in names)


def _linked(document: object, allowed: limits.Limits) -> dict[str, Any]:
    """The plain form of any other JSON-LD; `reason` and `filter` are kept unchanged."""
    found = limits.measure(document, allowed)
    root = document.get("@context") if isinstance(document, dict) else None
    if root is None and isinstance(document, dict) and ":" not in str(document.get("@type")):
        raise errors.MESSAGE_CONTEXT_MISSING(dsp_context=DSP_CONTEXT)
    plain = jsonld.compact(document, (*found.contexts, root))
    kept = document if isinstance(document, dict) else {}
    return plain | {key: kept[key] for key in _OPAQUE if key in kept and key in plain}


def _type(plain: dict[str, Any]) -> str:
    found = plain.get("@type", "")
    if isinstance(found, list):
        found = next((each for each in found if each in forms.TYPES), "")
    return found if isinstance(found, str) else ""


def _as(cls: type[M], plain: dict[str, Any]) -> M:
    message = forms.read_struct(cls, plain)
    if not isinstance(message, cls):
        raise TypeError(cls)
    return message


def _wrong_type(found: str, expected: tuple[type[Message], ...]) -> ProtocolError:
    wanted = ", ".join(each.wire_type for each in expected)
    return errors.MESSAGE_WRONG_TYPE(
        expected=wanted, found=found[:80] or "thing without @type", found_zh=found[:80] or "（缺少 @type）"
    )
