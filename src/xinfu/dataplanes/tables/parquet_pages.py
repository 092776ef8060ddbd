"""Read the pages of a Parquet column chunk from their headers, with the size of each when it is unpacked.

A footer may say anything. What a reader takes for a page, it takes by the header of the page, so this is what bounds it.
Follows: Apache Parquet, `parquet.thrift` (PageHeader).
"""

import io
from collections.abc import Iterator
from typing import Final

import msgspec

from xinfu.dataplanes.tables.parquet_footer import count
from xinfu.dataplanes.tables.thrift import NOTHING, Compact, Wanted

_HEADER_BYTES: Final = 64 * 1024
_DATA, _DICTIONARY, _DATA_V2 = 0, 2, 3
_OF_TYPE: Final = {_DATA: 5, _DICTIONARY: 7, _DATA_V2: 8}
"""Type of a page -> the field of its header that says more."""
_WANTED: Final[Wanted] = dict.fromkeys((1, 2, 3), NOTHING) | {
    field: dict.fromkeys((1, 2, 4), NOTHING) for field in _OF_TYPE.values()
}
_ENCODING: Final = {_DATA: 2, _DICTIONARY: 2, _DATA_V2: 4}
_BY_DICTIONARY: Final = frozenset({2, 8})
_DELTA_LENGTHS: Final = frozenset({6, 7})
_DELTA_PREFIXES: Final = 7


class Page(msgspec.Struct, frozen=True, gc=False):
    """A page.

    Attributes:
        size: bytes that a reader sets aside for it, compressed or not, whichever is more.
        values: the number of values that its header states, with absent ones.
        is_dictionary: it holds the values that others point to.
        points: its values are places in the dictionary.
        has_prefixes: each of its values may repeat the one before.
        has_lengths: the lengths of all of its values are unpacked at once.
    """

    size: int
    values: int
    is_dictionary: bool = False
    points: bool = False
    has_prefixes: bool = False
    has_lengths: bool = False


def pages_of(file: io.BufferedReader, start: int, end: int, values: int) -> Iterator[Page]:
    """The pages of a chunk that lies from `start` to `end`, as far as a reader of so many values goes.

    Raises:
        ValueError: a header cannot be read, or a page does not lie within the chunk.
    """
    at, seen = start, 0
    while at < end and seen < values:
        file.seek(at)
        header = Compact(file.read(min(_HEADER_BYTES, end - at)))
        told = header.struct(_WANTED)
        type_, unpacked, packed = (count(told, field) for field in (1, 2, 3))
        at += header.at + packed
        if at > end:
            raise ValueError("the page ends behind its chunk")
        if type_ not in _OF_TYPE:
            continue
        more = told.get(_OF_TYPE[type_], {})
        held, encoding = count(more, 1), count(more, _ENCODING[type_])
        is_dictionary = type_ == _DICTIONARY
        seen += 0 if is_dictionary else held
        yield Page(
            size=max(unpacked, packed),
            values=held,
            is_dictionary=is_dictionary,
            points=not is_dictionary and encoding in _BY_DICTIONARY,
            has_prefixes=encoding == _DELTA_PREFIXES,
            has_lengths=encoding in _DELTA_LENGTHS,
        )
