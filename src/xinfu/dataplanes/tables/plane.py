"""Tables and files of rows behind the port of live planes: parameters in, a stored result out.

An answer is made once for a reader, a format, the values of all parameters and the form. It is read as often as its uses
allow while it is stored (`results`). Engines and the Arrow formats need optional libraries; CSV and JSON Lines of SQLite
need none.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from xinfu.dataplanes.own_files import OwnFiles
from xinfu.dataplanes.source_errors import unreachable
from xinfu.dataplanes.tables import errors, parameters
from xinfu.dataplanes.tables.coarsening import coarsen_by, steps_of
from xinfu.dataplanes.tables.columns import Batch, Engine, Rows, Value
from xinfu.dataplanes.tables.postgres_place import Reach
from xinfu.dataplanes.tables.results import GrowingResult, Result, ResultKey, ResultLimits, Results, gone
from xinfu.dataplanes.tables.sqlite import Sqlite
from xinfu.dataplanes.tables.text import Csv, JsonLines
from xinfu.dataplanes.tables.threads import Threads
from xinfu.errors import InputError
from xinfu.ports.dataplane import NO_SECRETS, Form, LiveRequest, RowLimit, Secrets, StoredResult
from xinfu.ports.sources import Column, LiveSource, RowsSource, TableSource

if TYPE_CHECKING:
    from xinfu.dataplanes.tables.file_rows import FileRows

_log = logging.getLogger(__name__)

MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8; header=present",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
}
_SAMPLE: Final[dict[type, str]] = {int: "integer", float: "number", str: "text", bytes: "bytes"}


TabledSource = TableSource | RowsSource
"""A source that has rows."""


class Writer(Protocol):
    """Writes rows in one format."""

    def add(self, batch: Batch) -> None:
        """Write rows."""

    def end(self) -> None:
        """Write what closes the whole."""


class TableRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request in a normal form: equal for the same source, format, values and form, however it was written."""

    source: TabledSource
    format: str
    values: dict[str, Value]
    form: Form = ()

    def key(self, request: LiveRequest) -> ResultKey:
        """The key of the result for this reader."""
        values = {name: str(value) for name, value in self.values.items() if value is not None}
        named = [self.source, self.format, values, self.form]
        name = msgspec.json.encode(named, order="deterministic").decode()
        reader = request.reader
        return ResultKey(
            context=reader.context, agreement=reader.agreement, transfer=reader.transfer, name=name
        )


class TableAnswer:
    """A result as the answer of the port; its name is its ETag, so that a reader who goes on gets the same bytes."""

    def __init__(self, result: Result, media_type: str, request: LiveRequest) -> None:
        self._result = result
        self._part = request.part
        self.media_type = media_type
        self.status = 200
        self.headers = {"etag": f'"{result.name}"', "accept-ranges": "bytes"}
        if request.part is not None and request.range:
            start, end = request.part
            self.status = 206
            self.headers["content-range"] = f"bytes {start}-{end - 1}/{result.size_bytes}"

    @property
    def size(self) -> int | None:
        """The number of bytes to come; None if it is not known yet."""
        if self._part is not None:
            return self._part[1] - self._part[0]
        return None if self._result.manifest is None else self._result.size_bytes

    def chunks(self) -> AsyncIterator[bytes]:
        """The bytes."""
        start, end = self._part or (0, None)
        return self._result.chunks(start, end)


class Tables:
    """Reads tables, queries and files of rows (a `LivePlane`).

    Args:
        folder: where results are kept.
        reach: finds the address at which a database's host may be reached.
        own: the node's own files, which are not read.
    """

    def __init__(self, folder: Path, limits: ResultLimits, reach: Reach, own: OwnFiles) -> None:
        self._results = Results(folder, limits)
        self._threads = Threads(limits.running)
        self._checking = asyncio.Semaphore(1)
        self._check_s = limits.check_s
        self._reach = reach
        self._own = own

    async def check(self, source: LiveSource, *, secrets: Secrets = NO_SECRETS) -> tuple[Column, ...]:
        """Read the first rows with the default parameters, and return the columns; for a file of rows, their names.

        One source is checked at a time, and not for long: a query that never ends would keep a thread from all others.

        Raises:
            InputError: `source.too-slow`, or what is wrong with the source.
        """
        async with self._checking:
            try:
                async with asyncio.timeout(self._check_s):
                    return await self._checked(source, secrets)
            except TimeoutError as error:
                raise errors.SOURCE_TOO_SLOW(limit_s=self._check_s) from error

    async def _checked(self, source: LiveSource, secrets: Secrets) -> tuple[Column, ...]:
        if isinstance(source, RowsSource):
            return await self._file_rows().columns(source)
        assert isinstance(source, TableSource), "named by its kind"
        parameters.check(source)
        if (source.table is None) == (source.query is None) or not source.formats:
            raise errors.SOURCE_TABLE()
        for each in source.formats:
            _require_format(each)
        values = {each.name: parameters.default_of(each) for each in source.parameters}
        async with self._engine(source).open(source, values, secrets=secrets, arrow=False) as rows:
            first: Batch = await anext(rows.batches(), [])
            return tuple(_refined(column, first, at) for at, column in enumerate(rows.columns))

    @asynccontextmanager
    async def open(
        self, source: LiveSource, request: LiveRequest, *, secrets: Secrets = NO_SECRETS
    ) -> AsyncIterator[TableAnswer]:
        """Yield the result, and begin it if it is not there. Its query goes on when the reader leaves."""
        asked = _asked(_tabled(source), request)
        key = asked.key(request)
        if request.part is not None and self._results.there(key) is None:
            raise gone()

        def fill(sink: GrowingResult) -> AsyncGenerator[None]:
            return self._written(asked, secrets, sink, request.rows)

        with self._results.reading(key, fill, name=request.fresh) as result:
            await (result.whole() if request.method == "HEAD" else result.begun())
            yield TableAnswer(result, MEDIA_TYPES[asked.format], request)

    async def kept(self, source: LiveSource, request: LiveRequest, *, wait: bool) -> StoredResult | None:
        """The stored result, if there is one. A growing result is awaited if `wait` is set, and otherwise None."""
        asked = _asked(_tabled(source), request)
        result = self._results.there(asked.key(request))
        if result is None or (result.manifest is None and not wait):
            return None
        manifest = await result.whole()
        return StoredResult(
            name=result.name, media_type=MEDIA_TYPES[asked.format], manifest=manifest, rows=result.file.rows
        )

    def stop(self, context: str, *, agreement: str | None = None, transfer: str | None = None) -> None:
        """Interrupt the queries and forget the results under this agreement or for this transfer."""
        self._results.stop(context, agreement=agreement, transfer=transfer)

    async def close(self) -> None:
        """Interrupt and forget everything."""
        await self._results.close()
        self._threads.close()

    async def _written(
        self, asked: TableRequest, secrets: Secrets, sink: GrowingResult, limit: RowLimit | None
    ) -> AsyncGenerator[None]:
        writing = _writer(asked.format)
        try:
            async with self._rows(asked, secrets) as rows:
                columns = rows.columns
                coarse = coarsen_by(columns, steps_of(asked.form))
                writer: Writer = await self._threads.run(lambda: writing(sink, columns))
                yield
                async for batch in rows.batches():
                    if limit is not None:
                        limit.add(len(batch))
                    sink.rows += len(batch)
                    await self._threads.run(lambda batch=batch: writer.add(coarse(batch)))  # type: ignore[misc]  # mypy #2608
                    yield
                await self._threads.run(writer.end)
        except InputError as error:  # the provider's own words are not told to a consumer
            _log.warning("a table cannot be read as it was published", extra={"code": error.code})
            raise unreachable() from error

    def _rows(self, asked: TableRequest, secrets: Secrets) -> AbstractAsyncContextManager[Rows]:
        arrow = asked.format in {"parquet", "arrow"}
        source = asked.source
        if isinstance(source, TableSource):
            engine = self._engine(source)
            return engine.open(source, asked.values, secrets=secrets, arrow=arrow, form=asked.form)
        return self._file_rows().open(source, asked.form, arrow=arrow)

    def _file_rows(self) -> "FileRows":
        _require("duckdb", "tables")
        _require("pyarrow", "tables")
        from xinfu.dataplanes.tables.file_rows import FileRows

        return FileRows(self._threads, spill=self._results.folder / "spill", own=self._own)

    def _engine(self, source: TableSource) -> Engine:
        if source.engine == "sqlite":
            return Sqlite(self._threads, self._own)
        if source.engine == "duckdb":
            _require("duckdb", "tables")
            _require("pyarrow", "tables")
            from xinfu.dataplanes.tables.duckdb import DuckDb

            return DuckDb(self._threads, spill=self._results.folder / "spill", own=self._own)
        _require("asyncpg", "postgres")
        from xinfu.dataplanes.tables.postgres import Postgres

        return Postgres(self._reach)


def _tabled(source: LiveSource) -> TabledSource:
    assert isinstance(source, TabledSource), "named by its kind"
    return source


def _asked(source: TabledSource, request: LiveRequest) -> TableRequest:
    """Read the table, format, parameters and form from a request.

    Raises:
        InputError: `parameter.*`, `source.not-passed`.
    """
    if request.path or request.method not in {"GET", "HEAD"}:
        raise errors.SOURCE_NOT_PASSED()
    formats = [value for name, value in request.query if name == parameters.FORMAT]
    chosen = formats[0] if formats else source.formats[0]
    if len(formats) > 1 or chosen not in source.formats:
        raise errors.PARAMETER_FORMAT(formats=", ".join(source.formats))
    said = [(name, value) for name, value in request.query if name != parameters.FORMAT]
    values = parameters.read(source.parameters, said)
    return TableRequest(source=source, format=chosen, values=values, form=request.form)


def _refined(column: Column, rows: Batch, at: int) -> Column:
    """The column with the type of its first values, if the database does not declare one."""
    if column.type != "any" or not isinstance(rows, list):
        return column
    kinds = {_SAMPLE[type(row[at])] for row in rows if row[at] is not None}
    told = "number" if kinds == {"integer", "number"} else next(iter(kinds)) if len(kinds) == 1 else "any"
    return Column(name=column.name, type=told)


def _writer(format_: str) -> Callable[[Any, tuple[Column, ...]], Writer]:
    if format_ == "csv":
        return Csv
    if format_ == "jsonl":
        return JsonLines
    _require_format(format_)
    from xinfu.dataplanes.tables.arrow import ArrowStream, ParquetFile

    return ParquetFile if format_ == "parquet" else ArrowStream


def _require_format(format_: str) -> None:
    if format_ in {"parquet", "arrow"}:
        _require("pyarrow", "tables")


def _require(library: str, extra: str) -> None:
    if find_spec(library) is None:
        raise errors.SOURCE_LIBRARY_ABSENT(library=library, extra=extra)
