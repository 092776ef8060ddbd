"""Limit the rows of a Parquet file that are read at a time, so that a batch has a bounded number of bytes.

A value may lie in a file once and stand in a million rows: a file of 700 bytes comes to gigabytes where its rows are spread
out. The pages say how large a value can be, before any is unpacked; where that is too coarse, the dictionary is read.
"""

import io
from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet

from xinfu.dataplanes.tables.parquet_footer import ColumnChunk, places_of
from xinfu.dataplanes.tables.parquet_pages import Page, pages_of

MOST_UNPACKED: Final = 256 * 1024 * 1024
"""Bytes of all pages that are open at one time, and of a batch of rows."""

_SPREAD: Final = 16 * 1024 * 1024
"""Bytes that the rows of a batch come to beyond the pages on which one of them may lie."""
_MOST_PAGES: Final = 100_000
"""Pages of a row group."""
_WIDTHS: Final = {"BOOLEAN": 1, "INT32": 4, "FLOAT": 4, "INT64": 8, "DOUBLE": 8, "INT96": 8}
"""Bytes of a value of each kind but texts."""
_DECIMAL: Final = 32
_LENGTH: Final = 8
"""Bytes for the length of a text, where the lengths of a page are unpacked at once."""


class _Chunk(msgspec.Struct):
    """A column of a row group.

    Attributes:
        name: the path of the column.
        width: bytes of a value of a fixed size; 0: each has its own.
        nested: a row may have many values.
        dictionary: the page that others point to.
        pages: all others.
        longest: bytes of the longest value of the dictionary, at most.
    """

    name: str
    width: int
    nested: bool
    dictionary: Page | None
    pages: tuple[Page, ...]
    longest: int

    def open(self) -> int:
        """Bytes of what is unpacked at one time, whatever the number of rows."""
        largest = max(
            (each.size + _LENGTH * each.values * each.has_lengths for each in self.pages), default=0
        )
        return largest + (self.dictionary.size if self.dictionary else 0)

    def spread(self, rows: int) -> int:
        """The most bytes of so many rows, without those that `lie` counts."""
        return 0 if self.nested else rows * self._value()

    def lie(self, rows: int) -> int:
        """The most bytes of the pages that hold so many consecutive rows unencoded; for nested rows, all pages."""
        if self.nested:
            return sum(each.size + each.values * self._value() for each in self.pages)
        return 0 if self.width else _span([each for each in self.pages if not each.points], rows)

    def _value(self) -> int:
        """The most bytes of one value that is not written out in a page."""
        if self.width:
            return self.width
        repeated = max((each.size for each in self.pages if each.has_prefixes), default=0)
        return max(repeated, self.longest) if any(each.points for each in self.pages) else repeated


def rows_at_once(file: io.BufferedReader, schema: Any, most: int) -> int:
    """How many rows of a file to read at a time.

    Args:
        schema: its columns (a pyarrow.parquet.ParquetSchema).
        most: the answer for an ordinary file.

    Raises:
        ValueError: more than `MOST_UNPACKED` would lie open, or a page is not what its header says.
    """
    rows = most
    for group, places in enumerate(places_of(file, len(schema))):
        chunks = [_chunk(file, place, schema.column(at)) for at, place in enumerate(places)]
        if sum(len(each.pages) for each in chunks) > _MOST_PAGES:
            raise ValueError("too many pages")
        if sum(each.open() for each in chunks) > MOST_UNPACKED:
            raise ValueError("too much lies open at one time")
        if not _fits(chunks, rows):
            _look_into(file, group, [each for each in chunks if _is_worth_a_look(each)])
        while not _fits(chunks, rows):
            rows //= 2
        if not rows:
            raise ValueError("one row comes to too much")
    return rows


def _chunk(file: io.BufferedReader, place: ColumnChunk, kind: Any) -> _Chunk:
    if place.unpacked > MOST_UNPACKED:
        raise ValueError("the chunk is too large")
    pages = list(islice(pages_of(file, place.start, place.end, place.values), _MOST_PAGES + 1))
    dictionary = next((each for each in pages if each.is_dictionary), None)
    return _Chunk(
        name=kind.path,
        width=_width(kind),
        nested=kind.max_repetition_level > 0,
        dictionary=dictionary,
        pages=tuple(each for each in pages if not each.is_dictionary),
        longest=dictionary.size if dictionary else 0,
    )


def _width(kind: Any) -> int:
    if kind.physical_type == "BYTE_ARRAY":
        return 0
    least = _DECIMAL if kind.logical_type.type == "DECIMAL" else 1
    return max(least, int(kind.length), _WIDTHS.get(kind.physical_type, 0))


def _is_worth_a_look(chunk: _Chunk) -> bool:
    """Whether reading the first row also reads the dictionary, so that its longest value can be measured."""
    found = chunk.dictionary is not None and not chunk.nested and not chunk.width
    return found and bool(chunk.pages) and chunk.pages[0].points


def _look_into(file: io.BufferedReader, group: int, chunks: Sequence[_Chunk]) -> None:
    """Measure the longest value of each dictionary. One that is not read whole keeps the size of its page."""
    file.seek(0)
    opened = pyarrow.parquet.ParquetFile(
        file, read_dictionary=[each.name for each in chunks], pre_buffer=False
    )
    for chunk in chunks:
        batches = opened.iter_batches(1, row_groups=[group], columns=[chunk.name], use_threads=False)
        first = next(batches, None)
        found = None if first is None else first.column(0)
        if found is None or not pa.types.is_dictionary(found.type):
            continue
        if chunk.dictionary is not None and len(found.dictionary) == chunk.dictionary.values:
            lengths = pyarrow.compute.binary_length(found.dictionary)
            chunk.longest = pyarrow.compute.max(lengths).as_py() or 0


def _fits(chunks: Sequence[_Chunk], rows: int) -> bool:
    spread, lie = sum(each.spread(rows) for each in chunks), sum(each.lie(rows) for each in chunks)
    if spread + lie > MOST_UNPACKED and rows:
        return False
    return rows < 2 or spread + lie - sum(each.lie(2) for each in chunks) <= _SPREAD


def _span(pages: Sequence[Page], rows: int) -> int:
    """Bytes of all pages that so many rows after one another touch, where these are largest."""
    most = size = values = first = 0
    for page in pages:
        size += page.size
        values += page.values
        while pages[first] is not page and values - pages[first].values - page.values > rows - 2:
            size -= pages[first].size
            values -= pages[first].values
            first += 1
        most = max(most, size)
    return most
