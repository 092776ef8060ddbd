"""Turns a QuerySpec into a query of the store: names of fields, operators, order and page, all checked.

Which names a kind of record has stands in its `Entity`, an allow-list; a name outside it is refused, but for
assets, whose properties have any name. A state is compared by its number or by its name.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar

import msgspec
from starlette.responses import Response

from xinfu.errors import InputError
from xinfu.ports.query import LARGEST_OFFSET, Compare, Condition, Field, Member, Query, Value
from xinfu.ports.records import Criterion
from xinfu.services.offering.criteria import compare, path_of, values
from xinfu.web.management.expanded_object import ExpandedObject
from xinfu.web.management.faults import invalid, refused
from xinfu.web.management.routes import ManagementCall

T = TypeVar("T")

DEFAULT_LIMIT: Final = 50
LARGEST_LIMIT: Final = 1000
_COMPARED: Final = frozenset({Compare.LESS, Compare.AT_MOST, Compare.MORE, Compare.AT_LEAST})


class Codes(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A field whose values have a name and a number: the stored text of each, with both."""

    field: Field[T]
    known: tuple[tuple[str, str, int], ...]

    def condition(self, test: Compare, wanted: tuple[Value, ...]) -> Condition[T]:
        """Return the stored texts whose name or number matches."""
        fitting = [stored for stored, name, number in self.known if _fits(test, name, number, wanted)]
        return Condition(fields=(self.field,), test=Compare.IN, values=tuple(dict.fromkeys(fitting)))


class Entity(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """The fields by which a kind of record can be queried.

    Attributes:
        fields: name of a field -> its place in the record.
        below: name of an object -> the member of the document in which any path below it is looked up.
        lookup: for a kind whose names are free.
    """

    name: str
    fields: Mapping[str, Field[T] | Codes[T]]
    below: Mapping[str, tuple[str, ...]] = {}
    lookup: Callable[[str], tuple[Field[T], ...]] | None = None

    def find(self, name: str) -> tuple[Field[T] | Codes[T], ...]:
        """The field that a name means.

        Raises:
            FaultsError: 400: there is none of this name.
        """
        if name in self.fields:
            return (self.fields[name],)
        if self.lookup is not None:
            return self.lookup(name)
        try:
            first, *rest = path_of(name)
        except InputError as error:
            raise refused(error.en) from error
        if first in self.below and rest:
            return (Member((*self.below[str(first)], *rest)),)
        raise refused(f"Field {name} not found on type {self.name}")


def read_query(given: ExpandedObject, entity: Entity[T]) -> Query[T]:
    """The query that a body asks for.

    Raises:
        FaultsError: 400, with every fault.
    """
    limit, offset = _number(given, "limit", DEFAULT_LIMIT), _number(given, "offset", 0)
    if offset is not None and offset < 0:
        given.faults.append(_wrong(given, "offset", "must be greater or equal to zero"))
    if limit is not None and limit <= 0:
        given.faults.append(_wrong(given, "limit", "must be greater than zero"))
    order = given.text("sortOrder") or "ASC"
    if order not in {"ASC", "DESC"}:
        given.faults.append(_wrong(given, "sortOrder", "must be one of [ASC, DESC]"))
    asked = [_criterion(each) for each in given.each("filterExpression")]
    given.settle()
    sort = given.text("sortField")
    try:
        conditions = tuple(_condition(entity, *each) for each in asked if each is not None)
        field = None if sort is None else _sort(entity, sort)
    except InputError as error:
        raise refused(error.en) from error
    return Query(
        conditions=conditions,
        sort=field,
        descending=order == "DESC",
        offset=min(offset or 0, LARGEST_OFFSET),
        limit=min(limit or DEFAULT_LIMIT, LARGEST_LIMIT),
    )


def criteria(given: ExpandedObject, name: str) -> tuple[Criterion, ...]:
    """Return the criteria of a query; errors become faults."""
    found: list[Criterion] = []
    for each in given.each(name):
        checked = _criterion(each)
        if checked is not None:
            left, operator = each.needed("operandLeft"), each.needed("operator")
            found.append(Criterion(left=left, operator=operator, right=_right(each)))
    return tuple(found)


def page(call: ManagementCall, nodes: list[dict[str, Any]], total: int) -> Response:
    """Return a page as a bare array, as clients expect, with the exact total in the header `X-Total-Count`."""
    body = msgspec.json.encode(call.many(nodes))
    return Response(body, media_type="application/json", headers={"X-Total-Count": str(total)})


def _criterion(given: ExpandedObject) -> tuple[str, Compare, tuple[Value, ...]] | None:
    left, operator = given.needed("operandLeft"), given.needed("operator")
    right = _right(given)
    if right is None:
        given.needed("operandRight")
    if not left or not operator or right is None:
        return None
    try:
        test = compare(operator)
    except InputError:
        path = given.path("operator")
        given.faults.append(invalid(f"Operator {operator} is not supported", path, operator))
        return None
    try:
        return left, test, values(test, right)
    except InputError as error:
        given.faults.append(invalid(error.en, given.path("operandRight"), right))
        return None


def _right(given: ExpandedObject) -> Any:
    """Return the right operand: the item of an array of one, or the text of `{"@id": ...}`."""
    right = given.value("operandRight")
    return right["@id"] if isinstance(right, dict) and isinstance(right.get("@id"), str) else right


def _condition(entity: Entity[T], left: str, test: Compare, wanted: tuple[Value, ...]) -> Condition[T]:
    found = entity.find(left)
    if len(found) == 1 and isinstance(found[0], Codes):
        return found[0].condition(test, wanted)
    fields = tuple(each for each in found if not isinstance(each, Codes))
    return Condition(fields=fields, test=test, values=wanted)


def _sort(entity: Entity[T], name: str) -> Field[T]:
    found = entity.find(name)[0]
    return found.field if isinstance(found, Codes) else found


def _number(given: ExpandedObject, name: str, default: int) -> int | None:
    value = given.value(name)
    if value is None:
        return default
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and value.lstrip("-").isdecimal() and len(value) < 19:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    given.faults.append(_wrong(given, name, "must be a number"))
    return None


def _wrong(given: ExpandedObject, name: str, what: str) -> Any:
    return invalid(f"optional value '{given.path(name)}' {what}", given.path(name), given.value(name))


def _fits(test: Compare, name: str, number: int, wanted: tuple[Value, ...]) -> bool:
    if test in {Compare.NOT_EQUAL, Compare.NOT_IN}:
        return not any(_is(name, number, each) for each in wanted)
    if test in _COMPARED:
        return any(_ordered(test, number, each) for each in wanted)
    return any(_is(name, number, each) for each in wanted)


def _is(name: str, number: int, wanted: Value) -> bool:
    return wanted in (name, str(number)) if isinstance(wanted, str) else wanted == number


def _ordered(test: Compare, number: int, wanted: Value) -> bool:
    if isinstance(wanted, str):
        return False
    return {
        Compare.LESS: number < wanted,
        Compare.AT_MOST: number <= wanted,
        Compare.MORE: number > wanted,
        Compare.AT_LEAST: number >= wanted,
    }[test]


__all__ = ["Codes", "Entity", "criteria", "page", "read_query"]
