"""Media types that others name: what is none goes out as bytes, and never as a header of its own (header injection)."""

import re
from typing import Final

BYTES: Final = "application/octet-stream"

_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}"
_MEDIA_TYPE: Final = re.compile(rf"{_WORD}/{_WORD}([ \t]*;[ -~\t]{{0,200}})?")


def media_type(named: str) -> str:
    """The value of a Content-Type header: `named`, or that of bytes where it is no media type (RFC 9110 §8.3.1)."""
    return named if _MEDIA_TYPE.fullmatch(named) else BYTES
