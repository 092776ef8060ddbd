"""Rows as Arrow IPC streams and Parquet files; a column has one type, and a value that does not fit ends the result."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from xinfu.dataplanes.tables.columns import Batch, inexact
from xinfu.ports.sources import Column

_ROW_GROUP_BYTES: Final = 16 * 1024 * 1024
_TYPES: Final[dict[str, Callable[[], Any]]] = {
    "text": pa.string,
    "json": pa.string,
    "decimal": pa.string,
    "integer": pa.int64,
    "number": pa.float64,
    "boolean": pa.bool_,
    "bytes": pa.binary,
    "date": pa.date32,
    "time": lambda: pa.time64("us"),
    "timestamp": lambda: pa.timestamp("us"),
    "instant": lambda: pa.timestamp("us", tz="UTC"),
    "any": pa.null,
}
_WIDE: Final = 38
"""Digits of the narrower of Arrow's two decimals."""


class ArrowStream:
    """Writes an Arrow IPC stream."""

    def __init__(self, sink: BinaryIO, columns: tuple[Column, ...]) -> None:
        self._sink = sink
        self._columns = columns
        self._writer: Any = None

    def add(self, batch: Batch) -> None:
        """Write rows."""
        batch = _record_batch(batch, self._columns)
        if self._writer is None:
            self._writer = pyarrow.ipc.new_stream(self._sink, batch.schema)
        self._writer.write_batch(batch)

    def end(self) -> None:
        """Write the end of the stream; of no rows, their columns at least."""
        if self._writer is None:
            self.add(_none(self._columns))
        self._writer.close()


class ParquetFile:
    """Writes a Parquet file, row group by row group."""

    def __init__(self, sink: BinaryIO, columns: tuple[Column, ...]) -> None:
        self._sink = sink
        self._columns = columns
        self._writer: Any = None
        self._waiting: list[Any] = []

    def add(self, batch: Batch) -> None:
        """Take rows; they are written when they fill a row group."""
        self._waiting.append(_record_batch(batch, self._columns))
        if sum(each.nbytes for each in self._waiting) >= _ROW_GROUP_BYTES:
            self._write()

    def end(self) -> None:
        """Write what waits, and the footer."""
        if self._waiting or self._writer is None:
            self._waiting = self._waiting or [_none(self._columns)]
            self._write()
        self._writer.close()

    def _write(self) -> None:
        table = pa.Table.from_batches(self._waiting)
        self._waiting = []
        if self._writer is None:
            self._writer = pyarrow.parquet.ParquetWriter(
                self._sink, table.schema, compression="zstd", version="2.6", store_schema=True
            )
        self._writer.write_table(table, row_group_size=max(1, table.num_rows))


def _record_batch(batch: Batch, columns: tuple[Column, ...]) -> Any:
    if isinstance(batch, pa.RecordBatch):
        return batch
    values = list(zip(*batch, strict=True)) if batch else [()] * len(columns)
    arrays = [_array(column, each) for column, each in zip(columns, values, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=_schema(columns))


def _array(column: Column, values: Any) -> Any:
    to = _type(column.type)
    if pa.types.is_decimal(to):
        values = [Decimal(value) if isinstance(value, str) else value for value in values]
    elif pa.types.is_floating(to):
        values = [float(value) if isinstance(value, int) else value for value in values]
    try:
        return pa.array(values, type=to)
    except (pa.ArrowException, ValueError, OverflowError, TypeError) as error:
        raise inexact(
            column.name, f"it is not a value of type {column.type}", f"不是 {column.type}"
        ) from error


def _type(name: str) -> Any:
    match = re.fullmatch(r"decimal\((\d+),(\d+)\)", name)
    if match is None:
        return _TYPES[name]()
    digits, scale = int(match[1]), int(match[2])
    return pa.decimal128(digits, scale) if digits <= _WIDE else pa.decimal256(digits, scale)


def _schema(columns: tuple[Column, ...]) -> Any:
    return pa.schema([pa.field(column.name, _type(column.type)) for column in columns])


def _none(columns: tuple[Column, ...]) -> Any:
    """A batch without rows."""
    return pa.RecordBatch.from_pylist([], schema=_schema(columns))
