"""Read the places of the column chunks of a Parquet file from its footer.

It is read here and not asked of pyarrow: some of its views of a footer that contradicts itself end the process.
Follows: Apache Parquet, `parquet.thrift` (FileMetaData).
"""

import io
import os
from typing import Any, Final

import msgspec

from xinfu.dataplanes.tables.thrift import NOTHING, Compact, Wanted

FOOTER_BYTES: Final = 16 * 1024 * 1024

_TAIL: Final = 8
_VALUES, _UNPACKED, _PACKED, _DATA, _DICTIONARY = 5, 6, 7, 9, 11
_CHUNK: Final[Wanted] = dict.fromkeys((_VALUES, _UNPACKED, _PACKED, _DATA, _DICTIONARY), NOTHING)
_WANTED: Final[Wanted] = {4: {1: {3: _CHUNK}}}


class ColumnChunk(msgspec.Struct, frozen=True, gc=False):
    """A column chunk: it lies from `start` to `end`, and holds so many `values`, which come to `unpacked` bytes."""

    start: int
    end: int
    values: int
    unpacked: int


def places_of(file: io.BufferedReader, columns: int) -> list[tuple[ColumnChunk, ...]]:
    """The chunks of each row group, in the order of the columns.

    Raises:
        ValueError: the footer cannot be read, or does not have so many columns.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    length = int.from_bytes(file.read(_TAIL)[:4], "little")
    if length > min(FOOTER_BYTES, size - _TAIL):
        raise ValueError("the footer is too long")
    file.seek(size - _TAIL - length)
    footer = Compact(file.read(length)).struct(_WANTED)
    found = [tuple(map(_place, _listed(group, 1))) for group in _listed(footer, 4)]
    if any(len(each) != columns for each in found):
        raise ValueError("a row group lacks columns")
    return found


def _listed(told: object, field: int) -> list[Any]:
    found = told.get(field) if isinstance(told, dict) else None
    if not isinstance(found, list):
        raise ValueError("a list is missing")  # noqa: TRY004  it is the file that is wrong
    return found


def _place(told: object) -> ColumnChunk:
    chunk = told.get(3) if isinstance(told, dict) else None
    data = count(chunk, _DATA)
    first = count(chunk, _DICTIONARY) if isinstance(chunk, dict) and _DICTIONARY in chunk else 0
    start = first if 0 < first < data else data
    return ColumnChunk(
        start=start,
        end=start + count(chunk, _PACKED),
        values=count(chunk, _VALUES),
        unpacked=count(chunk, _UNPACKED),
    )


def count(told: object, field: int) -> int:
    """A field that counts something.

    Raises:
        ValueError: it is missing, or below nothing.
    """
    found = told.get(field) if isinstance(told, dict) else None
    if not isinstance(found, int) or found < 0:
        raise ValueError("a count is missing or below nothing")
    return found
