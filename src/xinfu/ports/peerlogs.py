"""Peer logs: what a context knows of the evidence logs of others, by the signed heads that came with their messages.

A head is kept until a later one of the same log was shown to hold it; so whoever rewrites its log has to account for
all that it showed us since. Of a log that is never shown to hold them, the first head and the newest are kept. Follows: DECISIONS D-37.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec


class KeptHead(msgspec.Struct, frozen=True, kw_only=True):
    """A head of a participant's log.

    Attributes:
        size: entries of the log then.
        note: the signed checkpoint.
        since: when it reached us first, by our clock.
        fault: how it contradicts another head of the same log (`forked`, `rewritten`); "" when it does not.
    """

    size: int
    note: str
    since: datetime
    fault: str = ""


class PeerLogs(Protocol):
    """The kept heads of one context, inside a step; and which peers sign the bodies of their messages."""

    async def newest(self, peer: str) -> KeptHead | None:
        """The largest head of a participant's log."""
        ...

    async def heads(self, peer: str, limit: int = 1000) -> list[KeptHead]:
        """Heads of a participant's log, the smallest first."""
        ...

    async def of_size(self, peer: str, size: int) -> KeptHead | None:
        """The head of exactly this size."""
        ...

    async def keep(self, peer: str, head: KeptHead) -> bool:
        """Keep a head; False where one of its size is kept already, and then nothing is changed."""
        ...

    async def blame(self, peer: str, size: int, fault: str) -> None:
        """Mark a kept head as contradicting another; "" removes the mark."""
        ...

    async def forget(self, peer: str, *, below: int) -> None:
        """Forget the heads below a size."""
        ...

    async def thin(self, peer: str, *, most: int) -> None:
        """Forget all but the first head and the newest of a participant's log: `most` (2 or more) stay."""
        ...

    async def peers(self, after: str = "", limit: int = 1000) -> Sequence[str]:
        """Participants of whose logs a head is kept, in order of their names; those behind `after`."""
        ...

    async def signs_bodies(self, peer: str) -> bool:
        """Whether a message of this participant came whose token covers its body."""
        ...

    async def keep_signing(self, peer: str) -> None:
        """Record that `signs_bodies` holds for this participant from now on."""
        ...
