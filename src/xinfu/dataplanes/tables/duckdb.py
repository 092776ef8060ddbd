"""DuckDB files: attached read-only to an engine of their own for each result, which reaches nothing else.

External access is off, no extension is loaded, the configuration is locked, and memory is bounded; what does not fit
is spilled into the folder of results. Rows come as Arrow record batches while they are taken.
"""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb

from xinfu.dataplanes.away import broken_off
from xinfu.dataplanes.beneath import missing
from xinfu.dataplanes.tables.columns import (
    Batch,
    Value,
    bad_query,
    inexact,
    named_once,
    no_table,
    not_a_select,
)
from xinfu.dataplanes.tables.queries import (
    over,
    placed,
    quoted,
    schema_and_name,
    statement_of,
    types_of,
    used,
    whole_table,
)
from xinfu.dataplanes.tables.threads import Threads
from xinfu.dataplanes.tables.transforming import (
    MASKED,
    names_of_values,
    of_query,
    on_grid,
    shape,
    statement,
)
from xinfu.odrl import Transform
from xinfu.ports.dataplane import Secrets
from xinfu.ports.sources import Column, TableSource

_ROWS: Final = 2048
_MEMORY: Final = "128MB"
_THREADS: Final = "1"
_CASTS: Final = {
    "text": "VARCHAR",
    "enum": "VARCHAR",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
"""By which type a parameter stands in a statement; a number keeps its own digits."""
_PLAIN: Final = {
    **dict.fromkeys(
        ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"),
        "integer",
    ),
    "FLOAT": "number",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "VARCHAR": "text",
    "UUID": "text",
    "BLOB": "bytes",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "instant",
}
_WIDENED: Final = {
    "HUGEINT": ("DECIMAL(38, 0)", "decimal(38,0)"),
    "UHUGEINT": ("DECIMAL(38, 0)", "decimal(38,0)"),
    "TIMESTAMP_S": ("TIMESTAMP", "timestamp"),
    "TIMESTAMP_MS": ("TIMESTAMP", "timestamp"),
}


class DuckDb:
    """Reads tables and queries of DuckDB files."""

    def __init__(self, threads: Threads, *, spill: Path) -> None:
        self._threads = threads
        self._spill = spill

    @asynccontextmanager
    async def open(
        self,
        source: TableSource,
        values: dict[str, Value],
        *,
        secrets: Secrets,
        arrow: bool,
        transforms: tuple[Transform, ...] = (),
    ) -> AsyncIterator["DuckDbRows"]:
        """Begin to read; see `columns.Engine`."""
        connection = await self._threads.run(lambda: _connected(source.database, self._spill))
        try:
            rows = DuckDbRows(connection, self._threads, arrow=arrow)
            given = {name: _bound(value) for name, value in values.items()}
            await rows.begin(source, given, transforms)
            yield rows
        finally:
            await self._threads.run(connection.close)


class DuckDbRows:
    """The rows of one statement."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, threads: Threads, *, arrow: bool) -> None:
        self._connection = connection
        self._threads = threads
        self._arrow = arrow
        self._reader: Any = None
        self.columns: tuple[Column, ...] = ()

    async def begin(
        self, source: TableSource, values: dict[str, object], transforms: tuple[Transform, ...] = ()
    ) -> None:
        """Find the table or check the query, and run it."""
        await self._in_thread(lambda: self._begin(source, values, transforms))

    async def batches(self) -> AsyncIterator[Batch]:
        """The rows in order: record batches for an Arrow format, else rows."""
        while (batch := await self._in_thread(self._next)) is not None:
            yield batch

    def _begin(
        self, source: TableSource, values: dict[str, object], transforms: tuple[Transform, ...]
    ) -> None:
        query = self._query(source)
        try:
            kinds = self._kinds(query, values)
            if transforms:
                query, values = _transformed(query, dict(kinds), values, transforms)
                kinds = self._kinds(query, values)
            shown = [_shown(name, kind, arrow=self._arrow) for name, kind in kinds]
            whole = over(query, (expression for expression, _ in shown))
            self._reader = self._connection.sql(whole, params=values).to_arrow_reader(_ROWS)
        except duckdb.Error as error:
            raise bad_query(str(error)) from error
        self.columns = tuple(column for _, column in shown)

    def _kinds(self, query: str, values: dict[str, object]) -> list[tuple[str, str]]:
        """The columns of a query and the engine's own types of them."""
        bare = self._connection.sql(query, params=values)
        kinds = [(name, str(kind)) for name, kind in zip(bare.columns, bare.types, strict=True)]
        named_once(tuple(Column(name=name, type=kind) for name, kind in kinds))
        return kinds

    def _query(self, source: TableSource) -> str:
        if source.table is not None:
            return _all_of(self._connection, source.table)
        types = types_of(source)
        query = placed(
            statement_of(source),
            types,
            lambda name: f"CAST(${name} AS {_CASTS[types[name]]})" if types[name] in _CASTS else f"${name}",
        )
        try:
            statements = self._connection.extract_statements(query)
        except duckdb.Error as error:
            raise bad_query(str(error)) from error
        if [each.type for each in statements] != [duckdb.StatementType.SELECT]:
            raise not_a_select()
        return query

    def _next(self) -> Batch | None:
        try:
            batch = self._reader.read_next_batch()
        except StopIteration:
            return None
        except (duckdb.Error, OSError, RuntimeError) as error:  # pyarrow wraps what the engine says
            raise broken_off() from error
        if self._arrow:
            return batch
        return list(zip(*(_listed(name, batch.column(name)) for name in batch.schema.names), strict=True))

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await self._threads.run(work, interrupt=self._connection.interrupt)


def _connected(path: str, spill: Path) -> duckdb.DuckDBPyConnection:
    if not Path(path).is_file():
        raise missing(path)
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
            "memory_limit": _MEMORY,
            "threads": _THREADS,
            "temp_directory": str(spill),
        },
    )
    try:
        place = path.replace("'", "''")
        connection.execute(f"ATTACH '{place}' AS source (TYPE duckdb, READ_ONLY)")
        connection.execute("USE source")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
    except duckdb.Error as error:
        connection.close()
        raise bad_query(str(error)) from error
    return connection


def _all_of(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    schema, name = schema_and_name(table)
    found = connection.execute(
        "SELECT table_schema FROM information_schema.tables WHERE table_catalog = 'source'"
        " AND table_name = $name AND table_schema = coalesce($schema, 'main')",
        {"name": name, "schema": schema},
    ).fetchall()
    if not found:
        raise no_table(table)
    return whole_table(name, found[0][0])


def _transformed(
    query: str, kinds: dict[str, str], values: dict[str, object], transforms: Sequence[Transform]
) -> tuple[str, dict[str, object]]:
    """The query with its transforms carried out, and all values that are bound in it."""
    given = dict(values)
    free = names_of_values([*values, *used(query)])

    def compare(column: str, sign: str, value: Value) -> str:
        of, kind = of_query(column), kinds[column]
        if isinstance(value, Decimal):
            return numbers(of, kind, sign, value)
        if kind == "TIMESTAMP_NS" or _shown(column, kind, arrow=False)[1].type != "text":
            return "FALSE"
        given[name := next(free)] = value
        return f"encode(CAST({of} AS VARCHAR)) {sign} encode(CAST(${name} AS VARCHAR))"

    def numbers(of: str, kind: str, sign: str, value: Decimal) -> str:
        name = next(free)
        if kind in {"FLOAT", "DOUBLE"}:
            given[name] = float(value)
            return f"(NOT isnan({of}) AND CAST({of} AS DOUBLE) {sign} CAST(${name} AS DOUBLE))"
        digits, scale = _digits(kind)
        if not digits:
            return "FALSE"
        at = on_grid(sign, value, scale)
        if at is None:
            return f"({of} IS NOT NULL)" if sign == "<>" else "FALSE"
        sign, number = at
        if abs(number) >= Decimal(10) ** (digits - scale):
            is_so = sign == "<>" or ((sign in {"<", "<="}) == (number > 0) and sign != "=")
            return f"({of} IS NOT NULL)" if is_so else "FALSE"
        given[name] = format(number, "f")
        return f"CAST({of} AS DECIMAL({digits}, {scale})) {sign} CAST(${name} AS DECIMAL({digits}, {scale}))"

    def masking(column: str) -> str:
        of, kind = of_query(column), kinds[column]
        return f"CASE WHEN {of} IS NOT NULL THEN {_mask(of, kind)} END"

    return statement(query, shape(list(kinds), transforms), masking=masking, compare=compare), given


def _mask(of: str, kind: str) -> str:
    return f"'{MASKED}'" if kind == "VARCHAR" else f"CASE WHEN 1 = 0 THEN {of} END"


def _digits(kind: str) -> tuple[int, int]:
    """Digits and scale of an exact number; (0, 0) for any other type, and for one too wide to compare exactly."""
    if kind in _PLAIN and _PLAIN[kind] == "integer":
        return 20, 0
    match = re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", kind)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _shown(name: str, kind: str, *, arrow: bool) -> tuple[str, Column]:
    """How a column is selected, and how it is shown; what has no form of its own comes as text."""
    column = quoted(name)
    if kind in _PLAIN:
        return column, Column(name=name, type=_PLAIN[kind])
    if kind.startswith("DECIMAL("):
        return column, Column(name=name, type=kind.lower())
    if kind in _WIDENED:
        to, type_ = _WIDENED[kind]
        return f"CAST({column} AS {to}) AS {column}", Column(name=name, type=type_)
    if kind.endswith("]") or kind.startswith(("STRUCT(", "MAP(")):
        nested = column if arrow else f"CAST(to_json({column}) AS VARCHAR) AS {column}"
        return nested, Column(name=name, type="json")
    if kind == "TIMESTAMP_NS":
        text = f"replace(CAST({column} AS VARCHAR), ' ', 'T') AS {column}"
        return (
            (column, Column(name=name, type="timestamp")) if arrow else (text, Column(name=name, type="text"))
        )
    return f"CAST({column} AS VARCHAR) AS {column}", Column(name=name, type="text")


def _listed(name: str, values: Any) -> list[Any]:
    try:
        return list(values.to_pylist())
    except (ValueError, OverflowError) as error:
        raise inexact(name, "a moment out of the years 1 to 9999", "超出公元 1 至 9999 年的时刻") from error


def _bound(value: Value) -> object:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value
