"""Values on the wire: read from JSON leniently, and written strictly.

A text may be a plain string, `{"@id": …}` or `{"@value": …}`, or the only item of an array; a list of one item may be
written as that item. Only the plain form is written.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

import msgspec

from xinfu import odrl
from xinfu.dsp import errors
from xinfu.dsp.agreement import Agreement
from xinfu.dsp.terms import DSPACE
from xinfu.errors import ProtocolError
from xinfu.odrl import Policy, PolicyKind
from xinfu.odrl.operands import DECLARED

Item = TypeVar("Item", bound=StrEnum)


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """The reader and the writer of a value; `read` takes JSON and its place, for errors, and `write` returns JSON."""

    read: Callable[[Any, str], Any]
    write: Callable[[Any], Any]


def invalid(where: str, en: str, zh: str) -> ProtocolError:
    """Make the error for a member that cannot be read."""
    return errors.MESSAGE_FIELD_INVALID(field=where, en=en, zh=zh)


def missing(where: str) -> ProtocolError:
    """Make the error for a required member that is absent."""
    return errors.MESSAGE_FIELD_MISSING(field=where)


def plain(value: object) -> str | None:
    """The text of `value`, or None if it is not a text."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("@value", value.get("@id"))
    return value if isinstance(value, str) else None


def several(value: object) -> list[Any]:
    """`value` as a list: an array unchanged, `@list` and `@set` unwrapped, anything else as the only item."""
    if isinstance(value, dict) and len(value) == 1:
        value = value.get("@list", value.get("@set", value))
    return value if isinstance(value, list) else [value]


def object_in(value: object, where: str) -> dict[str, Any]:
    """`value` as an object, unwrapped if it is the only item of an array.

    Raises:
        ProtocolError: `message.field-invalid`.
    """
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        raise invalid(where, "is not an object", "不是对象")
    return value


def _read_text(value: object, where: str) -> str:
    found = plain(value)
    if found is None:
        raise invalid(where, "is not a text", "不是文本")
    return found


def _same(value: Any) -> Any:
    return value


TEXT: Final = Form(read=_read_text, write=_same)

LONGEST_DECLARED: Final = 1024
"""The longest declared value, in characters: the length of a program's name in TC609-6-2025-14, table 5.1."""


def _read_declared(value: object, where: str) -> dict[str, str]:
    """Read the consumer's statements on its use, by left operand; ignore names that no policy can use."""
    found = {
        name: _read_text(said, f"{where}.{name}")
        for name, said in object_in(value, where).items()
        if name in DECLARED
    }
    for name, text in found.items():
        if len(text) > LONGEST_DECLARED:
            raise invalid(f"{where}.{name}", "is too long", "过长")
    return found


DECLARATIONS: Final = Form(read=_read_declared, write=dict)

ANYTHING: Final = Form(read=lambda value, _: tuple(several(value)), write=list)
"""A list of any JSON: filters and reasons."""

TEXTS: Final = Form(
    read=lambda value, _: tuple(found for each in several(value) if (found := plain(each)) is not None),
    write=list,
)
"""A list of texts for people: items that are not texts are ignored."""


def _whole(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = plain(value)
    return int(found) if found is not None and found.isdecimal() and len(found) < 20 else None


WHOLE: Final = Form(read=lambda value, _: _whole(value), write=_same)
"""A number of bytes; any other value is ignored."""

LABEL: Final = Form(
    read=lambda value, _: (
        found if (found := plain(value)) is not None else msgspec.json.encode(value).decode()
    ),
    write=_same,
)
"""A text for people: any other JSON is kept in its JSON form."""


def _languages(value: object) -> dict[str, str]:
    texts: dict[str, str] = {}
    for each in several(value):
        if isinstance(each, str):
            texts.setdefault("", each)
        elif isinstance(each, dict) and "@value" in each:
            language = plain(each.get("@language")) or ""
            texts.setdefault(language, plain(each["@value"]) or "")
        elif isinstance(each, dict):
            texts |= {key: text for key, text in each.items() if isinstance(text, str) and key[:1] != "@"}
    return texts


def _write_language(texts: Mapping[str, str]) -> object:
    if set(texts) == {""}:
        return texts[""]
    return [{"@value": text, "@language": tag} if tag else {"@value": text} for tag, text in texts.items()]


LANGUAGE: Final = Form(read=lambda value, _: _languages(value), write=_write_language)
"""A text in several languages: a string, `{"@value","@language"}`, a map by language, or a list of these."""


def one_of(words: type[Item], *allowed: Item) -> Form:
    """The form of a word of an enumeration; `dspace:X` and the full IRI are read too."""

    def read(value: object, where: str) -> Item:
        word = _read_text(value, where).removeprefix("dspace:").removeprefix(DSPACE)
        found = next((each for each in allowed or tuple(words) if each.value == word), None)
        if found is None:
            raise invalid(where, "is not one of the allowed words", "取值不在允许范围内")
        return found

    return Form(read=read, write=_same)


def policy(kind: PolicyKind, *needed: str) -> Form:
    """The form of a policy of `kind` that has at least the members `needed` ("id", "target" …)."""

    def read(value: object, where: str) -> Policy:
        found = odrl.read(_without_silence(object_in(value, where)), kind=kind)
        for name in needed:
            if not getattr(found, name):
                raise missing(f"{where}.{'@id' if name == 'id' else name}")
        return found

    return Form(read=read, write=_write_policy)


def _write_policy(written: Policy) -> object:
    return odrl.write(odrl.link(written))


def _bare(offer: Policy) -> object:
    return _write_policy(msgspec.structs.replace(offer, target=None))


CATALOG_OFFER: Final = Form(read=policy(PolicyKind.OFFER).read, write=_bare)
"""An offer in a catalog: its target is the enclosing dataset and is not written (R-CAT-12)."""

_AGREED: Final = policy(PolicyKind.AGREEMENT, "id", "target", "assigner", "assignee")


def _read_agreement(value: object, where: str) -> Agreement:
    found: Policy = _AGREED.read(value, where)
    stamp = None if found.timestamp is None else _instant(found.timestamp, f"{where}.timestamp")
    return Agreement(policy=msgspec.structs.replace(found, timestamp=None), timestamp=stamp)


def _write_agreement(agreement: Agreement) -> object:
    stamp = agreement.timestamp
    text = None if stamp is None else stamp.astimezone(UTC).isoformat(timespec="seconds")
    written = msgspec.structs.replace(agreement.policy, timestamp=text and text.replace("+00:00", "Z"))
    return _write_policy(written)


AGREEMENT: Final = Form(read=_read_agreement, write=_write_agreement)


def _instant(text: str, where: str) -> datetime:
    """Read a moment (R-POL-05): seconds are required; without a zone it is in UTC."""
    try:
        found = msgspec.convert(text, datetime)
    except msgspec.ValidationError as error:
        raise invalid(where, "is not an xsd:dateTime", "不是有效的 xsd:dateTime") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


_RULES: Final = ("permission", "prohibition", "obligation", "duty", "remedy", "consequence")
_TERMS: Final = ("constraint", "refinement", "and", "or", "xone", "andSequence", "rightOperand")
_SPEAKING: Final = frozenset((*_RULES, *_TERMS))


def _without_silence(value: Any) -> Any:
    """`value` without null members and without foreign members that are empty lists: they mean nothing in JSON-LD.

    Some peers write `"constraints": []` into each rule, which would make the rule unknown.
    """
    if isinstance(value, list):
        return [_without_silence(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _without_silence(item)
        for key, item in value.items()
        if item is not None and (item != [] or _speaks(key))
    }


def _speaks(key: str) -> bool:
    """Whether `key`, in any spelling, has a meaning in a policy even if its value is empty."""
    return key[:1] == "@" or key.rpartition(":")[2].rpartition("/")[2] in _SPEAKING
