"""Translation of EDC's query conditions into conditions of the store: operators, values and paths in an asset.

Dots separate the parts of a path; a part in single quotes is taken whole, `name[0]` is a place in a list. A
path of an asset is first one key of its properties, then a path into them, then a field of the asset.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from xinfu.errors import InputError
from xinfu.ports.query import Compare, Condition, Field, Member, Quotient, Value
from xinfu.ports.records import ASSETS, Asset, Criterion
from xinfu.services.offering import errors

EDC: Final = "https://w3id.org/edc/v0.0.1/ns/"
_OPERATORS: Final = {str(each): each for each in Compare if each is not Compare.PRESENT}
_PART: Final = re.compile(r"(?:'([^']*)'|([^.'\[\]]+))((?:\[\d{1,9}\])*)(?:\.|$)")
_FIELDS: Final[dict[str, Field[Asset]]] = {
    "id": ASSETS.id,
    f"{EDC}id": ASSETS.id,
    "createdAt": Quotient(ASSETS.created, 1000),
}
_MEMBERS: Final = {
    "properties": "public",
    "privateProperties": "private",
    "dataAddress": "address",
    "dataplaneMetadata": "dataplane",
}


def compare(operator: str) -> Compare:
    """The comparison that an operator names, case ignored.

    Raises:
        InputError: `query.operator-unknown`.
    """
    found = _OPERATORS.get(operator.strip().lower())
    if found is None:
        raise errors.QUERY_OPERATOR_UNKNOWN(operator=operator)
    return found


def values(test: Compare, right: object) -> tuple[Value, ...]:
    """The right side of a condition: one value, or the values of a list.

    Raises:
        InputError: `query.value-unusable`: a list instead of one value, or an invalid value.
    """
    listed = list(right) if isinstance(right, list | tuple) else [right]
    usable = [each for each in listed if isinstance(each, str | bool | int | float)]
    many = test in {Compare.IN, Compare.NOT_IN}
    if not many and isinstance(right, list | tuple):
        raise errors.QUERY_VALUE_UNUSABLE_LIST(operator=test)
    if len(usable) != len(listed):
        raise errors.QUERY_VALUE_UNUSABLE()
    return tuple(usable)


def path_of(text: str) -> tuple[str | int, ...]:
    """The parts of a path.

    Raises:
        InputError: `query.path-malformed`.
    """
    parts: list[str | int] = []
    at = 0
    while at < len(text):
        found = _PART.match(text, at)
        if found is None:
            raise _malformed(text)
        quoted, plain, places = found.groups()
        parts.append(quoted if quoted is not None else plain)
        parts += [int(place) for place in re.findall(r"\d+", places)]
        at = found.end()
    if not parts or text.endswith("."):
        raise _malformed(text)
    return tuple(parts)


def asset_fields(text: str) -> tuple[Field[Asset], ...]:
    """The fields of an asset that a path may mean.

    Raises:
        InputError: `query.path-malformed`.
    """
    if text in _FIELDS:
        return (_FIELDS[text],)
    bare = text[1:-1] if text[:1] == text[-1:] == "'" and text.count("'") == 2 else text
    if bare in _FIELDS:
        return (_FIELDS[bare],)
    found: list[Field[Asset]] = [Member(("public", bare)), Member(("private", bare))]
    if text.startswith(".") or (text.endswith(".") and not text.endswith("'")):
        raise _malformed(text)
    if "://" in text and "'" not in text:
        return tuple(found)
    parts = path_of(text)
    if len(parts) > 1:
        found += [Member(("public", *parts)), Member(("private", *parts))]
        if parts[0] in _MEMBERS:
            found.append(Member((_MEMBERS[str(parts[0])], *parts[1:])))
    return tuple(found)


def asset_conditions(criteria: Iterable[Criterion]) -> tuple[Condition[Asset], ...]:
    """The conditions of the store for these criteria; an asset has to meet all of them.

    Raises:
        InputError: an invalid operator, value or path.
    """
    return tuple(_condition(each) for each in criteria)


def named_ids(criteria: Sequence[Criterion]) -> tuple[str, ...] | None:
    """The ids that the criteria select; None if they do anything else than select by id."""
    if len(criteria) != 1 or criteria[0].left not in {"id", f"{EDC}id", f"'{EDC}id'"}:
        return None
    test, right = compare(criteria[0].operator), criteria[0].right
    if test is Compare.EQUAL and isinstance(right, str):
        return (right,)
    if (
        test is Compare.IN
        and isinstance(right, list | tuple)
        and all(isinstance(each, str) for each in right)
    ):
        return tuple(dict.fromkeys(right))
    return None


def _condition(criterion: Criterion) -> Condition[Asset]:
    test = compare(criterion.operator)
    return Condition(fields=asset_fields(criterion.left), test=test, values=values(test, criterion.right))


def _malformed(text: str) -> InputError:
    return errors.QUERY_PATH_MALFORMED(text=text[:200])
