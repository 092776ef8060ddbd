"""Reply: what the other side is answered, and which promises become due once the answer has gone out (D-11)."""

from datetime import timedelta
from typing import Final

import msgspec

AFTER_A_CRASH: Final = timedelta(milliseconds=200)
"""When a promise falls due by itself, if the process dies between its commit and its answer."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """Status and body of an acknowledgement; what waits for it is promised in the process `release`."""

    status: int
    body: bytes
    release: str | None = None
