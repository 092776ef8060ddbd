"""SQLite files: opened read-only, one transaction for a result, and an authorizer that lets nothing but reads pass.

A column of SQLite has no type, each value has: text formats write each value as it is. Where a format wants one type
for a column, the values are looked through first, in the same transaction. Follows: SQLite, Datatypes (storage classes).
"""

import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from xinfu.dataplanes.folders import missing
from xinfu.dataplanes.own_files import STORE_TABLES, OwnFiles, is_own
from xinfu.dataplanes.source_errors import broken_off
from xinfu.dataplanes.tables.columns import (
    BATCH_BYTES,
    Batch,
    Value,
    bad_query,
    inexact,
    named_once,
    no_table,
    not_a_select,
)
from xinfu.dataplanes.tables.queries import over, parameter_names, quote_name, statement_of, whole_table
from xinfu.dataplanes.tables.threads import Threads
from xinfu.dataplanes.tables.transforming import (
    MASKED,
    names_of_values,
    of_query,
    shape,
    statement,
    unavailable,
)
from xinfu.odrl import Rows
from xinfu.ports.dataplane import Form, Secrets
from xinfu.ports.sources import Column, TableSource

_BUSY_S: Final = 5.0
_ROWS: Final = 8192
_ALLOWED: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
_WHOLE_IN_FLOAT: Final = 2**53
_CLASSES: Final = {
    frozenset[str](): "any",
    frozenset({"integer"}): "integer",
    frozenset({"real"}): "number",
    frozenset({"integer", "real"}): "number",
    frozenset({"text"}): "text",
    frozenset({"blob"}): "bytes",
}


class Sqlite:
    """Reads tables and queries of SQLite files.

    Args:
        own: the node's own files, which are not read.
    """

    def __init__(self, threads: Threads, own: OwnFiles) -> None:
        self._threads = threads
        self._own = own

    @asynccontextmanager
    async def open(
        self,
        source: TableSource,
        values: dict[str, Value],
        *,
        secrets: Secrets,
        arrow: bool,
        form: Form = (),
    ) -> AsyncIterator["SqliteRows"]:
        """Begin to read; see `columns.Engine`."""
        connection = await self._threads.run(lambda: _connected(source.database, self._own))
        try:
            rows = SqliteRows(connection, self._threads)
            given = {name: _bound(value) for name, value in values.items()}
            await rows.begin(source, given, arrow=arrow, form=form)
            yield rows
        finally:
            await self._threads.run(connection.close)


class SqliteRows:
    """The rows of one statement."""

    def __init__(self, connection: sqlite3.Connection, threads: Threads) -> None:
        self._connection = connection
        self._threads = threads
        self._cursor = connection.cursor()
        self.columns: tuple[Column, ...] = ()

    async def begin(
        self,
        source: TableSource,
        values: dict[str, object],
        *,
        arrow: bool,
        form: Form = (),
    ) -> None:
        """Find the table or check the query, and run it up to its first row."""
        await self._in_thread(lambda: self._begin(source, values, arrow=arrow, form=form))

    async def batches(self) -> AsyncIterator[Batch]:
        """The rows in order."""
        while batch := await self._in_thread(self._next):
            yield batch

    def _begin(
        self,
        source: TableSource,
        values: dict[str, object],
        *,
        arrow: bool,
        form: Form,
    ) -> None:
        declared: dict[str, str] = {}
        if source.table is not None:
            query = _all_of(self._connection, source.table)
            declared = _affinities(self._connection, source.table)
        else:
            query = statement_of(source)
        if any(isinstance(each, Rows) for each in form) and self._connection.execute(
            "PRAGMA encoding"
        ).fetchone() != ("UTF-8",):
            raise unavailable("an exact comparison of texts (the database holds UTF-16)")
        self._connection.execute("BEGIN")  # what is looked through is what is given
        self._connection.set_authorizer(_only_reads)
        try:
            bare = self._connection.execute(over(query, "*") + " LIMIT 0", values)
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise _not_taken(self._connection, query, values) from error
        if form:
            names = [name for name, *_ in bare.description]
            named_once(tuple(Column(name=name, type="any") for name in names))
            query, values = _transformed(query, names, values, form)
        try:
            self._cursor.execute(query, values)
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise bad_query(str(error)) from error
        names = [name for name, *_ in self._cursor.description]
        self.columns = named_once(tuple(Column(name=name, type=declared.get(name, "any")) for name in names))
        if arrow:
            self.columns = _looked_through(self._connection, query, values, self.columns)

    def _next(self) -> list[tuple[Any, ...]]:
        rows, size = [], 0
        try:
            for row in self._cursor:
                rows.append(row)
                size += sum(len(value) for value in row if isinstance(value, (str, bytes)))
                if size >= BATCH_BYTES or len(rows) >= _ROWS:
                    break
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise broken_off() from error
        return rows

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await self._threads.run(work, interrupt=self._connection.interrupt)


def _connected(named: str, own: OwnFiles) -> sqlite3.Connection:
    path = os.path.realpath(named)
    if not Path(path).is_file():
        raise missing(named)
    own.check_path(path)
    try:
        connection = sqlite3.connect(
            f"file:{quote(path)}?mode=ro",
            uri=True,
            timeout=_BUSY_S,
            check_same_thread=False,  # one thread at a time, not always the same
            isolation_level=None,
        )
    except sqlite3.Error as error:
        raise missing(named) from error
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        found = connection.execute(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN (?, ?, ?)", STORE_TABLES
        ).fetchone()
    except sqlite3.Error as error:
        connection.close()
        raise bad_query(str(error)) from error
    if found[0] == len(STORE_TABLES):
        connection.close()
        raise is_own()
    return connection


def _only_reads(action: int, *told: str | None) -> int:
    if action not in _ALLOWED or (action == sqlite3.SQLITE_FUNCTION and told[1] == "load_extension"):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _all_of(connection: sqlite3.Connection, table: str) -> str:
    found = connection.execute(
        "SELECT 1 FROM sqlite_schema WHERE type IN ('table', 'view') AND name = ?", (table,)
    ).fetchone()
    if found is None:
        raise no_table(table)
    return whole_table(table)


def _transformed(
    query: str, names: Sequence[str], values: dict[str, object], form: Form
) -> tuple[str, dict[str, object]]:
    """The query with its transforms carried out, and all values that are bound in it.

    A unary plus keeps the column's affinity and collation from changing what is compared.
    """
    given = dict(values)
    free = names_of_values([*values, *parameter_names(query)])

    def compare(column: str, sign: str, value: Value) -> str:
        name = next(free)
        of = of_query(column)
        if isinstance(value, Decimal):
            given[name] = int(value) if value == value.to_integral_value() else float(value)
            return f"(typeof({of}) IN ('integer', 'real') AND +{of} {sign} +:{name})"
        given[name] = str(value).encode()
        return f"(typeof({of}) = 'text' AND CAST({of} AS BLOB) {sign} :{name})"

    def masking(column: str) -> str:
        return f"CASE WHEN typeof({of_query(column)}) = 'text' THEN '{MASKED}' END"

    return statement(query, shape(names, form), masking=masking, compare=compare), given


def _affinities(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    """The declared type of each column of a table. A value may still have another type."""
    listed = connection.execute("SELECT name, type FROM pragma_table_xinfo(?)", (table,)).fetchall()
    return {name: _affinity(str(declared).upper()) for name, declared in listed}


def _affinity(declared: str) -> str:
    for words, kind in ((("INT",), "integer"), (("CHAR", "CLOB", "TEXT"), "text"), (("BLOB",), "bytes")):
        if any(word in declared for word in words):
            return kind
    return "number" if any(word in declared for word in ("REAL", "FLOA", "DOUB")) else "any"


def _not_taken(connection: sqlite3.Connection, query: str, values: dict[str, object]) -> Exception:
    """The error for a query that cannot be nested: it is wrong, or it is not a single SELECT."""
    try:
        connection.execute(query, values).close()
    except sqlite3.Warning:
        return not_a_select()
    except sqlite3.Error as own:
        return not_a_select() if "not authorized" in str(own) else bad_query(str(own))
    return not_a_select()


def _looked_through(
    connection: sqlite3.Connection, query: str, values: dict[str, object], columns: tuple[Column, ...]
) -> tuple[Column, ...]:
    """The columns with the type that all their values have."""
    told = (
        f"total(typeof({name}) = 'integer'), total(typeof({name}) = 'real'), "
        f"total(typeof({name}) = 'text'), total(typeof({name}) = 'blob'), "
        f"total(typeof({name}) = 'integer' AND {name} NOT BETWEEN -{_WHOLE_IN_FLOAT} AND {_WHOLE_IN_FLOAT})"
        for name in (quote_name(column.name) for column in columns)
    )
    try:
        seen = connection.execute(over(query, told), values).fetchone()
    except sqlite3.Error as error:
        raise broken_off() from error
    return tuple(_typed(column, *seen[5 * at : 5 * at + 5]) for at, column in enumerate(columns))


def _typed(column: Column, integers: float, reals: float, texts: float, blobs: float, large: float) -> Column:
    counted = {"integer": integers, "real": reals, "text": texts, "blob": blobs}
    classes = frozenset(name for name, count in counted.items() if count)
    if not classes:
        return column
    if classes not in _CLASSES or (reals and large):
        mixed = ", ".join(sorted(classes))
        raise inexact(
            column.name, f"it holds values of several types ({mixed})", f"含有多种类型的值（{mixed}）"
        )
    return Column(name=column.name, type=_CLASSES[classes])


def _bound(value: Value) -> object:
    """A parameter as SQLite stores such values: dates and instants (UTC) as text, numbers as REAL."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
