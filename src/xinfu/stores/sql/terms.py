"""The properties of an asset, member by member, as terms: the index by which selections find their assets.

A term names one member and one of its values. An asset with more than MOST_TERMS terms or a member deeper than DEEPEST,
and a selection that needs no value of any one member, are indexed under ANY. A term only narrows: what it finds is still
checked against the whole condition, so two members that share a term do no harm, but no term may be missing.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from xinfu.ports.column import Match
from xinfu.ports.query import AnyCondition, Compare, Member
from xinfu.ports.records import Asset

ANY: Final = "*"
MOST_TERMS: Final = 256
DEEPEST: Final = 16
_MEMBERS: Final = ("public", "private")


def terms_of(asset: Asset) -> set[str]:
    """The terms of an asset."""
    found: set[str] = set()
    for name in _MEMBERS:
        for path, value in _leaves((name,), getattr(asset, name)):
            if len(found) >= MOST_TERMS or len(path) >= DEEPEST:
                return {ANY}
            found.add(_term(path, value))
    return found


def needed_terms(conditions: Sequence[AnyCondition[Asset]]) -> set[str] | None:
    """Terms of which every asset that fits all conditions has at least one; None if no such set is known."""
    for condition in conditions:
        found = _needed(condition)
        if found is not None:
            return found | {ANY}
    return None


def _needed(condition: AnyCondition[Asset]) -> set[str] | None:
    if isinstance(condition, Match) or condition.test not in {Compare.EQUAL, Compare.IN}:
        return None
    found: set[str] = set()
    for field in condition.fields:
        if not isinstance(field, Member) or field.path[0] not in _MEMBERS:
            return None
        if any(isinstance(step, int) for step in field.path):
            return None
        found |= {_term(field.path, value) for value in condition.values}
    return found


def _leaves(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if len(path) >= DEEPEST:
        yield path, ""
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves((*path, str(key)), inner)
    elif isinstance(value, list | tuple):
        for each in value:
            if isinstance(each, str | bool | int | float):
                yield path, each
    elif isinstance(value, str | bool | int | float):
        yield path, value


def _term(path: Sequence[str | int], value: Any) -> str:
    """The term of a member and value. Values that conditions compare as equal have equal terms."""
    if isinstance(value, bool):
        said: str | float = "true" if value else "false"
    elif isinstance(value, str):
        said = value.replace("\0", "\ufffd")
    else:
        said = _double(value)
    return hashlib.blake2b(msgspec.json.encode([*path, said]), digest_size=12).hexdigest()


def _double(value: float) -> float:
    try:
        return float(value) + 0.0  # no minus zero
    except OverflowError:
        return float("inf")
