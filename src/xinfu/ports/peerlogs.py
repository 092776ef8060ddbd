"""Peer logs: the signed heads of other participants' evidence logs, which a context received with their messages.

A head is kept until a later head of the same log is proven to include it, so a participant that rewrites its log
contradicts a kept head. Of a log without such proofs, the first and the newest heads are kept.
Follows: DECISIONS D-37.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec


class KeptHead(msgspec.Struct, frozen=True, kw_only=True):
    """A kept head of a participant's log.

    Attributes:
        size: number of entries of the log at this head.
        note: the signed checkpoint.
        since: time at which it first reached us, by our clock.
        fault: how it contradicts another head of the same log (`forked`, `rewritten`); "" if it does not.
    """

    size: int
    note: str
    since: datetime
    fault: str = ""


class PeerLogs(Protocol):
    """The kept heads of one context, inside a step, and the peers that sign the bodies of their messages."""

    async def newest(self, peer: str) -> KeptHead | None:
        """The largest kept head of a participant's log, or None."""
        ...

    async def heads(self, peer: str, limit: int = 1000) -> list[KeptHead]:
        """The kept heads of a participant's log, smallest first."""
        ...

    async def of_size(self, peer: str, size: int) -> KeptHead | None:
        """The kept head of exactly this size, or None."""
        ...

    async def keep(self, peer: str, head: KeptHead) -> bool:
        """Keep a head; False if a head of its size is kept already, and nothing is changed then."""
        ...

    async def blame(self, peer: str, size: int, fault: str) -> None:
        """Mark a kept head as contradicting another; "" removes the mark."""
        ...

    async def forget(self, peer: str, *, below: int) -> None:
        """Forget the heads below a size."""
        ...

    async def thin(self, peer: str, *, most: int) -> None:
        """Keep only the first head and the newest heads of a participant's log, `most` (2 or more) in all."""
        ...

    async def peers(self, after: str = "", limit: int = 1000) -> Sequence[str]:
        """The participants with a kept head, in the order of their ids, from behind `after` on."""
        ...

    async def signs_bodies(self, peer: str) -> bool:
        """Whether this participant has sent a message whose token covers its body."""
        ...

    async def keep_signing(self, peer: str) -> None:
        """Record that `signs_bodies` holds for this participant from now on."""
        ...
