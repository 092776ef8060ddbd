"""Compile a query of ports/query.py to one SELECT.

A column has to be one of the kind's table; everything else that comes from outside, paths and
patterns included, is a bound value (threat P6). Records are looked into with the words of stores/sql/documents.py.
"""

from collections.abc import Sequence
from typing import Any, Final

from xinfu.ports.column import Match, Number, RecordColumn, Word
from xinfu.ports.query import (
    LARGEST_OFFSET,
    AnyCondition,
    ByRole,
    Compare,
    Condition,
    Constant,
    Field,
    First,
    Member,
    Moment,
    Query,
    Quotient,
    RelatedField,
    Value,
)
from xinfu.ports.records import ADDRESSES, AGREEMENTS
from xinfu.stores.sql import errors
from xinfu.stores.sql.documents import Words
from xinfu.stores.sql.rows import cell, pad
from xinfu.stores.sql.statements import Cell, Statement, among, quote_name, sql
from xinfu.stores.sql.tables import RECORDS, Table

_RELATIONS: Final[dict[str, tuple[Table, str, str]]] = {
    "negotiation-agreement": (RECORDS[AGREEMENTS], "id", "negotiation"),
    "transfer-agreement": (RECORDS[AGREEMENTS], "agreement", "wire_id"),
    "transfer-address": (RECORDS[ADDRESSES], "id", "id"),
}
"""Relation -> its table, the column here, and the column there that has the same value."""

_ORDERED: Final = {Compare.LESS: "<", Compare.AT_MOST: "<=", Compare.MORE: ">", Compare.AT_LEAST: ">="}
_NOTHING: Final = "1 = 0"
_MOST_VALUES: Final = 1000


class Compiler:
    """Builds one statement; `values` are the values that it binds."""

    def __init__(self, table: Table, words: Words, context: str) -> None:
        self._words = words
        self._tables = [table]
        self.values: dict[str, Cell] = {"context": context}

    def all_of(self, conditions: Sequence[AnyCondition[Any]]) -> str:
        """The conditions, with the condition that the record belongs to the context."""
        parts = [f"{self._alias}.context = :context", *(self._condition(each) for each in conditions)]
        return " AND ".join(parts)

    def behind(self, query: Query[Any]) -> str:
        """The condition that a record comes after the one with the id `query.after`, in the query's order."""
        assert query.after is not None
        own, beyond = f"{self._alias}.id", "<" if query.descending else ">"
        after = self.bound(query.after)
        if query.sort is None:
            return f"{own} {beyond} {after}"
        here = self._sortable(query.sort)
        self._tables.append(self._tables[-1])
        there = self._sortable(query.sort)
        table, alias = self._tables[0].name, self._alias
        last = f"(SELECT {there} FROM {table} AS {alias} WHERE {alias}.context = :context AND {alias}.id = {after})"  # noqa: S608 - all bound
        self._tables.pop()
        equal = f"({here} = {last} OR ({here} IS NULL AND {last} IS NULL))"
        unsorted = f"({here} IS NULL AND {last} IS NOT NULL)"
        return f"({here} {beyond} {last} OR {unsorted} OR ({equal} AND {own} {beyond} {after}))"

    def order(self, query: Query[Any]) -> str:
        """The ORDER BY of a query."""
        by_id = f"{self._alias}.id"
        direction = "DESC" if query.descending else "ASC"
        if query.sort is None:
            return f"ORDER BY {by_id} {direction}"
        return f"ORDER BY {self._sortable(query.sort)} {direction} NULLS LAST, {by_id} {direction}"

    def page(self, query: Query[Any]) -> str:
        """The LIMIT and OFFSET of a query.

        Raises:
            InputError: `query.limit`.
        """
        if not 1 <= query.limit <= 1000 or not 0 <= query.offset <= LARGEST_OFFSET:
            raise errors.QUERY_LIMIT()
        self.values |= {"limit": query.limit, "offset": query.offset}
        return "LIMIT :limit OFFSET :offset"

    def bound(self, value: Cell) -> str:
        """The name of a parameter that holds `value`."""
        name = f"q{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    @property
    def _alias(self) -> str:
        return "r" * (len(self._tables) - 1) or self._tables[0].name

    def _condition(self, condition: AnyCondition[Any]) -> str:
        if isinstance(condition, Match):
            names = [self.bound(each) for each in cells_of(condition)]
            return equals_any(self._column(condition.column), names) if names else _NOTHING
        if len(condition.values) > _MOST_VALUES:
            raise errors.QUERY_VALUE_UNUSABLE_COUNT(most_values=_MOST_VALUES)
        parts = [self._fits(field, condition) for field in condition.fields]
        return f"({' OR '.join(parts)})" if parts else _NOTHING

    def _fits(self, field: Field[Any], condition: Condition[Any]) -> str:
        if isinstance(field, RelatedField):
            return self._related(field, condition)
        if isinstance(field, Member):
            return self._member(field, condition)
        is_number = self._is_number(field)
        return self._compared(self._scalar(field), "number" if is_number else "text", condition)

    def _related(self, field: RelatedField, condition: Condition[Any]) -> str:
        table, here, there = _RELATIONS[field.relation]
        outer = self._alias
        self._tables.append(table)
        inner = self.all_of([Condition(fields=(field.field,), test=condition.test, values=condition.values)])
        chosen = f"SELECT {self._alias}.{quote_name(there)} FROM {table.name} AS {self._alias} WHERE {inner}"  # noqa: S608 - all bound
        self._tables.pop()
        return f"{outer}.{quote_name(here)} IN ({chosen})"

    def _member(self, field: Member, condition: Condition[Any]) -> str:
        path = self._words.path_cell(field.path)
        if path is None:
            return _NOTHING
        elements = self._words.elements(f"{self._alias}.record", self.bound(path))
        some = f"EXISTS (SELECT 1 FROM {elements} AS e"  # noqa: S608 - all bound
        positive = {Compare.NOT_EQUAL: Compare.EQUAL, Compare.NOT_IN: Compare.IN}.get(condition.test)
        if condition.test is Compare.PRESENT:
            return f"{some})"
        if positive is not None:
            inner = " OR ".join(self._of_element(positive, value) for value in condition.values) or _NOTHING
            return f"({some}) AND NOT {some} WHERE {inner}))"
        inner = " OR ".join(self._of_element(condition.test, value) for value in condition.values) or _NOTHING
        return f"{some} WHERE {inner})"

    def _of_element(self, test: Compare, value: Value) -> str:
        if isinstance(value, bool):
            return f"(e.kind <> 'number' AND {self._single('e.item', test, _said(value), is_number=False)})"
        if isinstance(value, str):
            kinds = "e.kind = 'text'" if test in _ORDERED else "e.kind <> 'number'"
            return f"({kinds} AND {self._single('e.item', test, value, is_number=False)})"
        item = "CAST(CASE WHEN e.kind = 'number' THEN e.item END AS DOUBLE PRECISION)"
        return self._single(item, test, value, is_number=True)

    def _compared(self, expression: str, kind: str, condition: Condition[Any]) -> str:
        """The condition on a field of a known kind; a value of another kind never fits."""
        if condition.test is Compare.PRESENT:
            return f"{expression} IS NOT NULL"
        positive = {Compare.NOT_EQUAL: Compare.EQUAL, Compare.NOT_IN: Compare.IN}.get(
            condition.test, condition.test
        )
        values = [_said(each) if isinstance(each, bool) else each for each in condition.values]
        fitting = [each for each in values if isinstance(each, str) is (kind == "text")]
        parts = [self._single(expression, positive, each, is_number=kind == "number") for each in fitting]
        either = f"({' OR '.join(parts)})" if parts else _NOTHING
        if positive is condition.test:
            return either
        return f"({expression} IS NOT NULL AND NOT {either})"

    def _single(self, expression: str, test: Compare, value: Value, *, is_number: bool) -> str:
        if is_number:
            right = f"CAST(CAST({self.bound(repr(value))} AS TEXT) AS DOUBLE PRECISION)"
            return (
                _NOTHING
                if test in {Compare.LIKE, Compare.ILIKE}
                else f"{expression} {_ORDERED.get(test, '=')} {right}"
            )
        if test is Compare.LIKE:
            return self._words.like(expression, self.bound(self._words.like_cell(str(value))))
        if test is Compare.ILIKE:
            return self._words.ilike(expression, self.bound(str(value)))
        return f"{expression} {_ORDERED.get(test, '=')} {self.bound(str(value))}"

    def _scalar(self, field: Field[Any]) -> str:
        match field:
            case RecordColumn():
                return self._column(field)
            case Quotient(column=column, divisor=divisor):
                return f"({self._column(column)} / {int(divisor)})"
            case Constant(text=text):
                return f"CAST({self.bound(text)} AS TEXT)"
            case Moment(path=path):
                return self._words.millis(self._text(path))
            case Member(path=path):
                return self._text(path)
            case ByRole(consumer=consumer, provider=provider):
                role = f"{self._alias}.{quote_name(self._known('role'))}"
                return f"CASE WHEN {role} = 'consumer' THEN {self._scalar(consumer)} ELSE {self._scalar(provider)} END"
            case First(fields=fields):
                return f"coalesce({', '.join(self._scalar(each) for each in fields)})"
            case RelatedField():
                raise errors.QUERY_VALUE_UNUSABLE_ORDER()

    def _sortable(self, field: Field[Any]) -> str:
        if isinstance(field, Member):
            path = self._words.path_cell(field.path)
            return self._words.sortable(f"{self._alias}.record", self.bound(path)) if path else "NULL"
        return self._scalar(field)

    def _text(self, path: Sequence[str | int]) -> str:
        cell = self._words.path_cell(path)
        return self._words.text(f"{self._alias}.record", self.bound(cell)) if cell else "NULL"

    def _is_number(self, field: Field[Any]) -> bool:
        return isinstance(field, Number | Quotient | Moment)

    def _column(self, column: RecordColumn[Any, Any]) -> str:
        return f"{self._alias}.{quote_name(self._known(column.name))}"

    def _known(self, name: str) -> str:
        if name not in self._tables[-1].names or name == "record":
            raise errors.QUERY_COLUMN_UNKNOWN_FOREIGN(name=name)
        return name


def cells_of(match: Match[Any]) -> list[Cell]:
    """The values of a condition, as many as a power of two; none, if it fits nothing.

    Raises:
        InputError: `query.value-unusable`.
    """
    found = [cell(each) for each in match.values]
    holds = str if isinstance(match.column, Word) else int
    if len(found) > _MOST_VALUES or [*map(type, found)].count(holds) < len(found):
        raise errors.QUERY_VALUE_UNUSABLE(column=match.column.name, limit=_MOST_VALUES)
    return pad(found) if len(found) > 1 else found


def equals_any(column: str, names: Sequence[str]) -> str:
    """The condition that a column equals any of these bound values; at least one."""
    return f"{column} = {names[0]}" if len(names) == 1 else f"{column} IN ({', '.join(names)})"


def select_page(
    table: Table, query: Query[Any], words: Words, context: str, *, extra: Sequence[str] = ()
) -> tuple[Statement, dict[str, Cell]]:
    """The SELECT of a page of records, and its bound values; `extra` conditions are texts of this package."""
    compiler = Compiler(table, words, context)
    behind = [compiler.behind(query)] if query.after is not None else []
    where = " AND ".join([compiler.all_of(query.conditions), *behind, *extra])
    order = compiler.order(query)
    statement = sql(
        f"SELECT {table.name}.record FROM", table.name, "WHERE", where, order, compiler.page(query)
    )
    return statement, compiler.values


def among_these(
    table: Table, conditions: Sequence[AnyCondition[Any]], words: Words, context: str, ids: Sequence[str]
) -> tuple[Statement, dict[str, Cell]]:
    """The SELECT of the `ids` whose records fit, ascending, and its bound values."""
    compiler = Compiler(table, words, context)
    where = compiler.all_of(conditions)
    values: dict[str, Cell] = {f"id_{place}": each for place, each in enumerate(ids)}
    one = among(f"{table.name}.id", "id", len(ids))
    statement = sql(f"SELECT {table.name}.id FROM", table.name, "WHERE", one, "AND", where, "ORDER BY 1")
    return statement, compiler.values | values


def select_count(
    table: Table, conditions: Sequence[AnyCondition[Any]], words: Words, context: str
) -> tuple[Statement, dict[str, Cell]]:
    """The SELECT that counts the records that fit, and its bound values."""
    compiler = Compiler(table, words, context)
    where = compiler.all_of(conditions)
    return sql("SELECT count(*) FROM", table.name, "WHERE", where), compiler.values


def _said(value: bool) -> str:
    return "true" if value else "false"
