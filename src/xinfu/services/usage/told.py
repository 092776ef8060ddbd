"""The form of what leaves, told in the answer's head, so that the consumer's evidence holds it as the provider's does.

The header is JSON in ASCII: the facts that evidence holds of it. They name columns, as the rule does that both sides have signed, and
no value. Whoever takes them in keeps only what has this shape.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Final

import msgspec

from xinfu.evidence.entry import Fact

HEADER: Final = "xinfu-form"
_LONGEST: Final = 4096

_Words = Annotated[list[Annotated[str, msgspec.Meta(max_length=_LONGEST)]], msgspec.Meta(max_length=256)]


class _HeaderWords(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a header says."""

    form: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    transforms: _Words = []
    columns: _Words = []


def headers_of(facts: Mapping[str, Fact]) -> dict[str, str]:
    """The header that tells these facts; of a form with a great many columns it tells the digest alone."""
    if not facts:
        return {}
    whole = json.dumps(facts, separators=(",", ":"))
    return {HEADER: whole if len(whole) <= _LONGEST else json.dumps({"form": facts["form"]})}


def facts_in(headers: Mapping[str, str]) -> dict[str, Fact]:
    """What an answer tells of its form; nothing where it tells nothing, or what nobody can read."""
    said = headers.get(HEADER, "")
    if not said or len(said) > _LONGEST:
        return {}
    try:
        told = msgspec.json.decode(said.encode(), type=_HeaderWords)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return {}
    if not all(word.isprintable() for word in (*told.transforms, *told.columns)):
        return {}
    return dict(msgspec.to_builtins(told))
