"""Media types given by others: an invalid one is sent as bytes, so that it cannot inject a header."""

import re
from typing import Final

BYTES: Final = "application/octet-stream"

_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}"
_MEDIA_TYPE: Final = re.compile(rf"{_WORD}/{_WORD}([ \t]*;[ -~\t]{{0,200}})?")


def media_type(named: str) -> str:
    """Return the Content-Type value `named`, or that of bytes if it is not a valid media type (RFC 9110 §8.3.1)."""
    return named if _MEDIA_TYPE.fullmatch(named) else BYTES
