"""The header that states the form of an answer, so that both sides record the same form as evidence.

The header is JSON in ASCII: the facts that evidence holds of the form. They name columns, as the rule does that both
sides have signed, and no value. A reader keeps only facts of this shape.
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
    """The content of the header."""

    form: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    transforms: _Words = []
    columns: _Words = []


def headers_of(facts: Mapping[str, Fact]) -> dict[str, str]:
    """The header for these facts; only the digest if the form has too many columns for a header."""
    if not facts:
        return {}
    whole = json.dumps(facts, separators=(",", ":"))
    return {HEADER: whole if len(whole) <= _LONGEST else json.dumps({"form": facts["form"]})}


def facts_in(headers: Mapping[str, str]) -> dict[str, Fact]:
    """The form facts in an answer's headers; empty if there are none, or if they are malformed."""
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
