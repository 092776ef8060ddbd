"""Which bytes a read asks for: a Range header against a file's size (RFC 9110 §14), one range at most."""

import re
from typing import Final

import msgspec

from xinfu.errors import InputError

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class RangeError(InputError):
    """The range cannot be satisfied; `facts["size"]` is the size it was held against."""

    status = 416


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
        raise _unsatisfiable(size)
    if match[1] == "":
        start, end = max(0, size - int(match[2])), size
    else:
        start, end = int(match[1]), min(size, int(match[2]) + 1) if match[2] else size
    if start >= end:
        raise _unsatisfiable(size)
    return Span(start=start, end=end, size=size, partial=True)


def _unsatisfiable(size: int) -> RangeError:
    return RangeError(
        "range.unsatisfiable",
        f"The range is not one range within the file's {size} bytes.",
        f"请求的范围不是该文件（{size} 字节）内的单一区间。",
        help_en="Ask for one range, bytes=first-last.",
        help_zh="请只请求一个区间，形如 bytes=起-止。",
        facts={"size": str(size)},
    )
