"""Rows of a file, with transforms carried out around them by DuckDB while the file is read.

The file is read by its stamp, once from its beginning to its end, and in its own format; DuckDB itself reaches nothing.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from xinfu.dataplanes.files import WatchedFile
from xinfu.dataplanes.own_files import OwnFiles
from xinfu.dataplanes.tables.columns import Batch, named_once
from xinfu.dataplanes.tables.duckdb import kinds_of, lock, memory, rows_of
from xinfu.dataplanes.tables.duckdb_columns import show_column
from xinfu.dataplanes.tables.duckdb_forms import JSON, TEXTS, TYPED, Values, transform_query
from xinfu.dataplanes.tables.file_batches import batches_of, names_in, rows_of_batch, unreadable
from xinfu.dataplanes.tables.queries import over, quote_name, whole_table
from xinfu.dataplanes.tables.threads import Threads
from xinfu.errors import InputError, XinfuError
from xinfu.ports.dataplane import Form
from xinfu.ports.sources import Column, RowsSource

_NAME: Final = "file_rows"
_VALUES: Final[dict[str, Values]] = {"csv": TEXTS, "jsonl": JSON, "parquet": TYPED}
_WRITTEN: Final = {"csv": "text", "jsonl": "json"}
"""What the columns of a file without types are shown as."""


class FileRows:
    """Reads files of rows.

    Args:
        own: what is the node's own, which is not read.
    """

    def __init__(self, threads: Threads, *, spill: Path, own: OwnFiles) -> None:
        self._threads = threads
        self._spill = spill
        self._own = own

    async def columns(self, source: RowsSource) -> tuple[Column, ...]:
        """The columns of a file: of CSV from its first line, of Parquet from its end, of JSON Lines from all of it.

        Raises:
            IntegrityError: `source.changed`. RefusedError: `source.own`, `transform.unreadable`.
        """
        file = await self._threads.run(lambda: WatchedFile(source.path, source.stamp, self._own))
        try:
            names = await self._threads.run(lambda: _names(file, source.format), interrupt=file.stop)
        finally:
            file.close()
        type_ = _WRITTEN.get(source.format, "any")
        return tuple(Column(name=name, type=type_) for name in names)

    @asynccontextmanager
    async def open(self, source: RowsSource, form: Form, *, arrow: bool) -> AsyncIterator["RowsOfFile"]:
        """Open the file and run the query around it.

        Raises (on entering):
            IntegrityError: `source.changed`: the file has changed since it was measured.
            RefusedError: `transform.*`. NotFoundError: `column.not-found`.
        """
        file = await self._threads.run(lambda: WatchedFile(source.path, source.stamp, self._own))
        try:
            connection = await self._threads.run(lambda: lock(memory(self._spill)))
            try:
                rows = RowsOfFile(connection, file, self._threads, source.format, arrow=arrow)
                await rows.begin(form)
                yield rows
            finally:
                await self._threads.run(connection.close)
        finally:
            file.close()


def _names(file: WatchedFile, format_: str) -> list[str]:
    try:
        return names_in(file, format_)
    except OSError as error:
        raise file.error or unreadable(format_) from error


class RowsOfFile:
    """The rows of one file."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        file: WatchedFile,
        threads: Threads,
        format_: str,
        *,
        arrow: bool,
    ) -> None:
        self._connection = connection
        self._file = file
        self._threads = threads
        self._format = format_
        self._arrow = arrow
        self._reader: Any = None
        self.columns: tuple[Column, ...] = ()

    async def begin(self, form: Form) -> None:
        """Read the first rows, in this form."""
        await self._threads.run(lambda: self._begin(form), interrupt=self._stop)

    async def batches(self) -> AsyncIterator[Batch]:
        """The rows in order."""
        while (batch := await self._threads.run(self._next, interrupt=self._stop)) is not None:
            yield batch

    def _begin(self, form: Form) -> None:
        try:
            rows = rows_of_batch(self._file, self._format)
            batches = batches_of(self._file, self._format, rows)
            named_once(tuple(Column(name=name, type="any") for name in batches.schema.names))
            self._connection.register(_NAME, batches)
            query, values = whole_table(_NAME), dict[str, object]()
            kinds = kinds_of(self._connection, query, values)
            if [name for name, _ in kinds] != batches.schema.names:
                raise unreadable(self._format)
            query, values = transform_query(query, dict(kinds), values, form, _VALUES[self._format])
            selected = [self._shown(*each) for each in kinds_of(self._connection, query, values)]
            whole = over(query, (expression for expression, _ in selected))
            self._reader = self._connection.sql(whole, params=values).to_arrow_reader(rows)
        except (duckdb.Error, pa.ArrowException, OSError, RuntimeError, InputError) as error:
            raise self._why() from error
        self.columns = tuple(column for _, column in selected)

    def _shown(self, name: str, kind: str) -> tuple[str, Column]:
        written = _WRITTEN.get(self._format)
        if written is None:
            return show_column(name, kind, arrow=self._arrow)
        return quote_name(name), Column(name=name, type=written)

    def _next(self) -> Batch | None:
        try:
            batch = self._reader.read_next_batch()
        except StopIteration:
            return None
        except (
            duckdb.Error,
            OSError,
            RuntimeError,
            ValueError,
        ) as error:  # what the libraries say may hold values
            raise self._why() from error
        return batch if self._arrow else rows_of(batch)

    def _why(self) -> XinfuError:
        return self._file.error or unreadable(self._format)

    def _stop(self) -> None:
        self._file.stop()
        self._connection.interrupt()
