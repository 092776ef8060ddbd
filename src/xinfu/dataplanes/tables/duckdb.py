"""DuckDB files: attached read-only to an engine of their own for each result, which reaches nothing else.

External access is off, no extension is loaded, the configuration is locked, and memory is bounded; what does not fit
is spilled into the folder of results. Rows come as Arrow record batches while they are taken.
"""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from xinfu.dataplanes.folders import missing
from xinfu.dataplanes.own_files import OwnFiles
from xinfu.dataplanes.source_errors import broken_off
from xinfu.dataplanes.tables.columns import (
    Batch,
    Value,
    bad_query,
    named_once,
    no_table,
    not_a_select,
)
from xinfu.dataplanes.tables.duckdb_columns import list_values, show_column
from xinfu.dataplanes.tables.duckdb_forms import TYPED, transform_query
from xinfu.dataplanes.tables.queries import (
    over,
    place_parameters,
    schema_and_name,
    statement_of,
    types_of,
    whole_table,
)
from xinfu.dataplanes.tables.threads import Threads
from xinfu.ports.dataplane import Form, Secrets
from xinfu.ports.sources import Column, TableSource

ROWS: Final = 2048
"""Of a record batch."""
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
"""The SQL type of each type of parameter; a number keeps its own digits."""


class DuckDb:
    """Reads tables and queries of DuckDB files.

    Args:
        own: what is the node's own, which is not read.
    """

    def __init__(self, threads: Threads, *, spill: Path, own: OwnFiles) -> None:
        self._threads = threads
        self._spill = spill
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
    ) -> AsyncIterator["DuckDbRows"]:
        """Begin to read; see `columns.Engine`."""
        connection = await self._threads.run(lambda: _connected(source.database, self._spill, self._own))
        try:
            rows = DuckDbRows(connection, self._threads, arrow=arrow)
            given = {name: _bound(value) for name, value in values.items()}
            await rows.begin(source, given, form)
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

    async def begin(self, source: TableSource, values: dict[str, object], form: Form = ()) -> None:
        """Find the table or check the query, and run it."""
        await self._in_thread(lambda: self._begin(source, values, form))

    async def batches(self) -> AsyncIterator[Batch]:
        """The rows in order: record batches for an Arrow format, else rows."""
        while (batch := await self._in_thread(self._next)) is not None:
            yield batch

    def _begin(self, source: TableSource, values: dict[str, object], form: Form) -> None:
        query = self._query(source)
        try:
            kinds = kinds_of(self._connection, query, values)
            if form:
                query, values = transform_query(query, dict(kinds), values, form, TYPED)
                kinds = kinds_of(self._connection, query, values)
            selected = [show_column(name, kind, arrow=self._arrow) for name, kind in kinds]
            whole = over(query, (expression for expression, _ in selected))
            self._reader = self._connection.sql(whole, params=values).to_arrow_reader(ROWS)
        except duckdb.Error as error:
            raise bad_query(str(error)) from error
        self.columns = tuple(column for _, column in selected)

    def _query(self, source: TableSource) -> str:
        if source.table is not None:
            return _all_of(self._connection, source.table)
        types = types_of(source)
        query = place_parameters(
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
        return batch if self._arrow else rows_of(batch)

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await self._threads.run(work, interrupt=self._connection.interrupt)


def _connected(named: str, spill: Path, own: OwnFiles) -> duckdb.DuckDBPyConnection:
    path = os.path.realpath(named)
    if not Path(path).is_file():
        raise missing(named)
    own.check_path(path)
    connection = memory(spill)
    try:
        place = path.replace("'", "''")
        connection.execute(f"ATTACH '{place}' AS source (TYPE duckdb, READ_ONLY)")
        connection.execute("USE source")
        return lock(connection)
    except duckdb.Error as error:
        connection.close()
        raise bad_query(str(error)) from error


def memory(spill: Path) -> duckdb.DuckDBPyConnection:
    """An empty engine with bounded memory."""
    return duckdb.connect(
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


def lock(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Lock the engine, so that it can open no other file or address from now on."""
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def kinds_of(
    connection: duckdb.DuckDBPyConnection, query: str, values: dict[str, object]
) -> list[tuple[str, str]]:
    """The columns of a query and the engine's own types of them."""
    bare = connection.sql(query, params=values)
    kinds = [(name, str(kind)) for name, kind in zip(bare.columns, bare.types, strict=True)]
    named_once(tuple(Column(name=name, type=kind) for name, kind in kinds))
    return kinds


def rows_of(batch: Any) -> list[Any]:
    """The rows of a record batch."""
    return list(zip(*(list_values(name, batch.column(name)) for name in batch.schema.names), strict=True))


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


def _bound(value: Value) -> object:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value
