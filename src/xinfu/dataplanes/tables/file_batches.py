"""Files of rows as Arrow record batches; every value is exactly as it is written in the file.

CSV (RFC 4180, with a header line) gives texts: an empty field is absent, `""` is an empty text. JSON Lines gives each value
as its own JSON; a member that an object lacks, and null, are absent. Parquet gives its own types. Memory is a few batches.
"""

import io
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

import msgspec
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from xinfu.dataplanes.files import WatchedFile
from xinfu.dataplanes.tables import errors
from xinfu.dataplanes.tables.parquet_footer import FOOTER_BYTES
from xinfu.dataplanes.tables.parquet_rows import rows_at_once
from xinfu.errors import RefusedError

T = TypeVar("T")

LONGEST_LINE: Final = 16 * 1024 * 1024
"""Bytes of one JSON object; a row of CSV has at most 1 MiB."""
MOST_COLUMNS: Final = 1000
ROWS: Final = 2048
"""Of a batch, where none of them is large."""

_BATCH_BYTES: Final = 1024 * 1024
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NULL: Final = b"null"
_FOOTER_PARTS: Final = 1_000_000


def rows_of_batch(watched: WatchedFile, format_: str) -> int:
    """The number of rows that a batch may have and still stay small, whatever the rows hold.

    Raises:
        RefusedError: `transform.unreadable`.
    """
    if format_ != "parquet":
        return ROWS
    try:
        return _through(watched, lambda file: rows_at_once(file, _opened_parquet(file).schema, ROWS))
    except (pa.ArrowException, ValueError, KeyError) as error:
        raise unreadable(format_) from error


def batches_of(watched: WatchedFile, format_: str, rows: int) -> Any:
    """A reader of record batches (a pyarrow.RecordBatchReader), for one reading from the beginning to the end.

    Args:
        rows: the result of `rows_of_batch`.

    Raises:
        RefusedError: `transform.unreadable`.
    """
    try:
        return _READERS[format_](watched, rows)
    except (pa.ArrowException, ValueError, KeyError) as error:
        raise unreadable(format_) from error


def names_in(watched: WatchedFile, format_: str) -> list[str]:
    """The names of the columns.

    Raises:
        RefusedError: `transform.unreadable`.
    """
    try:
        return _NAMED[format_](watched)
    except (pa.ArrowException, ValueError, KeyError) as error:
        raise unreadable(format_) from error


def _buffered(watched: WatchedFile) -> io.BufferedReader:
    watched.seek(0)
    return io.BufferedReader(watched)


def _through(watched: WatchedFile, read: Callable[[io.BufferedReader], T]) -> T:
    """The result of `read` on the file, which stays open."""
    file = _buffered(watched)
    try:
        return read(file)
    finally:
        file.detach()


def unreadable(format_: str) -> RefusedError:
    """The error for a file that is not of its format. The error shows nothing of the content."""
    return errors.TRANSFORM_UNREADABLE(format=_NAMES[format_])


def _csv(watched: WatchedFile, _: int) -> Any:
    opened = _opened_csv(watched, _csv_names(watched))
    return pa.RecordBatchReader.from_batches(opened.schema, _checked(opened, watched))


def _checked(batches: Any, watched: WatchedFile) -> Iterator[Any]:
    """The batches, each checked, so that a file that was cut meanwhile is not mistaken for a shorter one."""
    try:
        for batch in batches:
            watched.check()
            yield batch
    finally:
        watched.check()


def _csv_names(watched: WatchedFile) -> list[str]:
    """The column names in the first line, whose length is checked before it is parsed."""
    head = _through(watched, _first_line)
    if len(head) > _BATCH_BYTES or head.count(b",") >= MOST_COLUMNS * 8:
        raise ValueError
    return _few(_opened_csv(watched, []).schema.names)


def _first_line(file: io.BufferedReader) -> bytes:
    first = file.peek(1)  # an error of the file comes here, in its own words
    return file.readline(_BATCH_BYTES + 1) if first else b""


def _few(names: list[str]) -> list[str]:
    if len(names) > MOST_COLUMNS:
        raise ValueError
    return names


def _opened_csv(watched: WatchedFile, names: list[str]) -> Any:
    """Open the file as CSV.

    Arrow reads ahead in a thread that nobody can await. It reads without Python, for a process that ends lets no such
    thread back into it.
    """
    convert = pyarrow.csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    # of one column, an empty line is a row in which it is absent
    parse = pyarrow.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=len(names) != 1)
    read = pyarrow.csv.ReadOptions(use_threads=False, block_size=_BATCH_BYTES)
    file = pa.OSFile(watched.place)
    return pyarrow.csv.open_csv(file, read_options=read, parse_options=parse, convert_options=convert)


def _json_lines(watched: WatchedFile, _: int) -> Any:
    names = _json_names(watched)
    file = _buffered(watched)
    schema = pa.schema([pa.field(name, pa.string()) for name in names])
    return pa.RecordBatchReader.from_batches(schema, _json_batches(file, schema))


def _json_names(watched: WatchedFile) -> list[str]:
    return _through(watched, _members_of)


def _members_of(file: io.BufferedReader) -> list[str]:
    names: dict[str, None] = {}
    for line in _objects(file):
        if not line.keys() <= names.keys():
            names |= dict.fromkeys(line)
        if len(names) > MOST_COLUMNS:
            raise ValueError
    if not names:
        raise ValueError
    return list(names)


def _json_batches(file: io.BufferedReader, schema: Any) -> Iterator[Any]:
    rows: list[dict[str, msgspec.Raw]] = []
    size = 0
    for line in _objects(file):
        rows.append(line)
        size += sum(map(len, line.values()))
        if len(rows) >= ROWS or size >= _BATCH_BYTES:
            yield _json_batch(rows, schema)
            rows, size = [], 0
    if rows:
        yield _json_batch(rows, schema)


def _json_batch(rows: list[dict[str, msgspec.Raw]], schema: Any) -> Any:
    columns = ([_json(row.get(name)) for row in rows] for name in schema.names)
    return pa.RecordBatch.from_arrays([pa.array(each, pa.string()) for each in columns], schema=schema)


def _json(raw: msgspec.Raw | None) -> str | None:
    text = _NULL if raw is None else bytes(raw).strip()
    return None if text == _NULL else text.decode()


def _objects(file: io.BufferedReader) -> Iterator[dict[str, msgspec.Raw]]:
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise ValueError
        if line.strip():
            yield _OBJECT.decode(line)


def _parquet(watched: WatchedFile, rows: int) -> Any:
    opened = _opened_parquet(_buffered(watched))
    batches = opened.iter_batches(batch_size=rows, use_threads=False)
    return pa.RecordBatchReader.from_batches(opened.schema_arrow.remove_metadata(), batches)


def _parquet_names(watched: WatchedFile) -> list[str]:
    return _through(watched, lambda file: list(_opened_parquet(file).schema_arrow.names))


def _opened_parquet(file: io.BufferedReader) -> Any:
    """Open the file as Parquet, unless it has too many columns."""
    opened = pyarrow.parquet.ParquetFile(
        file,
        pre_buffer=False,
        memory_map=False,
        thrift_string_size_limit=FOOTER_BYTES,
        thrift_container_size_limit=_FOOTER_PARTS,
    )
    told = opened.metadata
    _few(opened.schema_arrow.names)
    if told.num_columns > MOST_COLUMNS:
        raise ValueError
    return opened


_NAMED: Final[dict[str, Callable[[WatchedFile], list[str]]]] = {
    "csv": _csv_names,
    "jsonl": _json_names,
    "parquet": _parquet_names,
}
_READERS: Final[dict[str, Callable[[WatchedFile, int], Any]]] = {
    "csv": _csv,
    "jsonl": _json_lines,
    "parquet": _parquet,
}
_NAMES: Final = {"csv": "CSV", "jsonl": "JSON Lines", "parquet": "Parquet"}
