"""Which bytes a read asks for: a Range header against a file's size (RFC 9110 §14), one range at most."""

import re
from typing import Final

import msgspec

from xinfu.services.usage import errors

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes `start` to `end` (exclusive) of a file of `size` bytes; `partial` when a range was asked for."""

    start: int
    end: int
    size: int
    partial: bool

    @property
    def length(self) -> int:
        """Bytes in it."""
        return self.end - self.start

    @property
    def content_range(self) -> str:
        """The Content-Range header of a partial answer."""
        return f"bytes {self.start}-{self.end - 1}/{self.size}"


def span_of(header: str | None, size: int) -> Span:
    """The bytes that a Range header asks for; without one the whole file.

    Raises:
        RangeError: `range.unsatisfiable`: outside the file, backwards, several at once, or no range at all.
    """
    if header is None:
        return Span(start=0, end=size, size=size, partial=False)
    match = _RANGE.fullmatch(header.replace(" ", ""))
    if match is None or match[1] == match[2] == "":
        raise errors.RANGE_UNSATISFIABLE(size=size)
    if match[1] == "":
        start, end = max(0, size - int(match[2])), size
    else:
        start, end = int(match[1]), min(size, int(match[2]) + 1) if match[2] else size
    if start >= end:
        raise errors.RANGE_UNSATISFIABLE(size=size)
    return Span(start=start, end=end, size=size, partial=True)
