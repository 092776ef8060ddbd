"""Records of one kind in one context, on their table: the generic half of every step.

Columns of a query are those of the kind, values are always bound (threat P6); the context is part of every
statement (threat M1).
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import Any, Final, Generic, TypeAlias, TypeVar

import msgspec

from xinfu.errors import InputError, NotFoundError
from xinfu.ports.column import Match, RecordColumn
from xinfu.ports.kind import Kind, Record
from xinfu.ports.query import AnyCondition, Query
from xinfu.stores.sql import errors
from xinfu.stores.sql.query import cells_of, equals_any, select_count, select_page
from xinfu.stores.sql.rows import cell, number, text
from xinfu.stores.sql.statements import Cell, Session, Statement, equal, insert_new, quote_name, sql
from xinfu.stores.sql.tables import Table

T = TypeVar("T", bound=Record)
Shape: TypeAlias = tuple[tuple[RecordColumn[Any, Any], int], ...]
"""The columns that a query names, and how many values each may have."""

Follow: TypeAlias = Callable[[Session, str, str, T | None], Awaitable[None]]
"""Called with session, context, id and the new record (None: it is gone) after each change."""

LIMIT: Final = 1000
"""The largest page."""


class Layout(Generic[T]):
    """The layout of one kind of record in its table, and the statements over it.

    Args:
        table: of stores/sql/tables.py.
        follow: updates the rows that depend on a record.
    """

    def __init__(self, kind: Kind[T], table: Table, follow: Follow[T] | None = None) -> None:
        self.name = kind.name
        self.zh = kind.zh
        self.table = table
        self._follow = follow
        self.columns = frozenset(kind.columns)
        self._values = tuple((column.name, column.value_of) for column in kind.columns)
        self.changing = tuple(name for name in table.names if name not in table.key)
        self._decoder = msgspec.json.Decoder(kind.struct)
        self._encoder = msgspec.json.Encoder()
        mine = equal(table.key)
        self.get = sql("SELECT record FROM", table.name, "WHERE", mine)
        self.hold = sql(self.get.text, lock="FOR UPDATE")
        self.add = insert_new(table)
        self.remove = sql("DELETE FROM", table.name, "WHERE", mine)

    async def follow(self, session: Session, context: str, id: str, record: T | None) -> None:  # noqa: A002
        """Update the rows that depend on this record."""
        if self._follow is not None:
            await self._follow(session, context, id, record)

    def read(self, document: Cell) -> T:
        """The record that a document holds."""
        return self._decoder.decode(text(document))

    def found_by(self, record: T) -> dict[str, Cell]:
        """The columns by which the record is found."""
        return {name: cell(value_of(record)) for name, value_of in self._values}

    def cells(self, record: T) -> dict[str, Cell]:
        """Every column of the record's row."""
        return {**self.found_by(record), "record": self._encoder.encode(record).decode()}


class RecordsTable(Generic[T]):
    """Implements `Records[T]` of ports/store.py."""

    __slots__ = ("_context", "_layout", "_session")

    def __init__(self, layout: Layout[T], session: Session, context: str) -> None:
        self._layout = layout
        self._session = session
        self._context = context

    async def get(self, id: str) -> T | None:  # noqa: A002 - the port's own name
        rows = await self._session.rows(self._layout.get, context=self._context, id=id)
        return self._layout.read(rows[0][0]) if rows else None

    async def lock(self, id: str) -> T:  # noqa: A002 - the port's own name
        rows = await self._session.write_rows(self._layout.hold, context=self._context, id=id)
        if not rows:
            raise _not_found(self._layout, id)
        record = self._layout.read(rows[0][0])
        self._session.held[self._layout.table.name, id] = self._layout.found_by(record)
        return record

    async def add(self, record: T) -> None:
        cells = self._cells(record)
        if not await self._session.write(self._layout.add, **cells):
            raise errors.EXISTS(name=self._layout.name, id=record.id, name_zh=self._layout.zh)
        await self._layout.follow(self._session, self._context, record.id, record)

    async def save(self, record: T) -> None:
        cells, key = self._cells(record), (self._layout.table.name, record.id)
        before = self._session.held.get(key, {})
        changed = tuple(
            name for name in self._layout.changing if name not in before or before[name] != cells[name]
        )
        if not changed:
            return
        if not await self._session.write(save_statement(self._layout, changed), **cells):
            raise _not_found(self._layout, record.id)
        self._session.held[key] = cells
        await self._layout.follow(self._session, self._context, record.id, record)

    async def remove(self, id: str) -> bool:  # noqa: A002 - the port's own name
        gone = await self._session.write(self._layout.remove, context=self._context, id=id) > 0
        self._session.held.pop((self._layout.table.name, id), None)
        if gone:
            await self._layout.follow(self._session, self._context, id, None)
        return gone

    async def find(
        self,
        *where: Match[T],
        after: str | None = None,
        limit: int = 100,
        newest_first: bool = False,
    ) -> list[T]:
        check_limit(limit)
        shape, values = shape_of(self._layout, where)
        if shape is None:
            return []
        statement = find_statement(self._layout, shape, after is not None, newest_first)
        rows = await self._session.rows(statement, context=self._context, after=after, limit=limit, **values)
        return [self._layout.read(row[0]) for row in rows]

    async def count(self, *where: Match[T]) -> int:
        shape, values = shape_of(self._layout, where)
        if shape is None:
            return 0
        rows = await self._session.rows(count_statement(self._layout, shape), context=self._context, **values)
        return number(rows[0][0])

    async def query(self, query: Query[T]) -> list[T]:
        statement, values = select_page(self._layout.table, query, self._session.words, self._context)
        return [self._layout.read(row[0]) for row in await self._session.rows(statement, **values)]

    async def matching(self, conditions: Sequence[AnyCondition[T]]) -> int:
        statement, values = select_count(self._layout.table, conditions, self._session.words, self._context)
        return number((await self._session.rows(statement, **values))[0][0])

    def _cells(self, record: T) -> dict[str, Cell]:
        if record.context != self._context:
            raise errors.CONTEXT_FOREIGN(name=self._layout.name, name_zh=self._layout.zh)
        return self._layout.cells(record)


def check_limit(limit: int) -> None:
    """Refuse a page that is empty or larger than LIMIT, with InputError `query.limit`."""
    if not 1 <= limit <= LIMIT:
        raise errors.QUERY_LIMIT_GIVEN(most=LIMIT, limit=limit)


def shape_of(layout: Layout[T], where: Sequence[Match[T]]) -> tuple[Shape | None, dict[str, Cell]]:
    """The shape of a query and its bound values; the shape is None when nothing can fit.

    Raises:
        InputError: `query.column-unknown`, `query.value-unusable`.
    """
    shape: list[tuple[RecordColumn[Any, Any], int]] = []
    values: dict[str, Cell] = {}
    for match in where:
        if match.column not in layout.columns:
            raise _unknown(layout, match.column)
        found = cells_of(match)
        if not found:
            return None, {}
        for place, each in enumerate(found, len(values)):
            values[f"w{place}"] = each
        shape.append((match.column, len(found)))
    return tuple(shape), values


@lru_cache(maxsize=512)
def save_statement(layout: Layout[T], changed: tuple[str, ...]) -> Statement:
    """The UPDATE of the columns that differ, so that indexes over the others are not touched."""
    news = ", ".join(f"{quote_name(name)} = :{name}" for name in changed)
    return sql("UPDATE", layout.table.name, "SET", news, "WHERE", equal(layout.table.key))


@lru_cache(maxsize=512)
def find_statement(layout: Layout[T], shape: Shape, after: bool, newest_first: bool) -> Statement:
    """The SELECT of a page of records; with `after` it begins after that id."""
    conditions = _conditions(shape)
    if after:
        conditions.append(f"id {'<' if newest_first else '>'} :after")
    order = "ORDER BY id DESC" if newest_first else "ORDER BY id"
    where = " AND ".join(conditions)
    return sql("SELECT record FROM", layout.table.name, "WHERE", where, order, "LIMIT :limit")


@lru_cache(maxsize=512)
def count_statement(layout: Layout[T], shape: Shape) -> Statement:
    """The SELECT that counts records."""
    where = " AND ".join(_conditions(shape))
    return sql("SELECT count(*) FROM", layout.table.name, "WHERE", where)


def _conditions(shape: Shape) -> list[str]:
    """The conditions of a shape, whose columns are those of the kind; their values are `w0`, `w1` and so on."""
    found, place = ["context = :context"], 0
    for column, count in shape:
        names = [f":w{each}" for each in range(place, place + count)]
        found.append(equals_any(quote_name(column.name), names))
        place += count
    return found


def _not_found(layout: Layout[T], wanted: str) -> NotFoundError:
    return errors.NOT_FOUND(name=layout.name, wanted=wanted, name_zh=layout.zh)


def _unknown(layout: Layout[T], column: RecordColumn[Any, Any]) -> InputError:
    names = ", ".join(sorted(each.name for each in layout.columns))
    return errors.QUERY_COLUMN_UNKNOWN(name=layout.name, column=column.name, name_zh=layout.zh, names=names)
