"""Log: the stored side of a context's evidence log. Order is given by one sequencer a log (D-19)."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec


class StoredEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it lies in the store. `index` is None until the sequencer has given one."""

    id: str
    row: int
    index: int | None
    canonical: bytes
    kind: str
    process: str | None


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a log: how many entries have an index, and the frontier of the tree as bytes."""

    size: int
    frontier: bytes


class Log(Protocol):
    """Entries, tiles and checkpoints of one context, inside a step."""

    async def pending(self, limit: int = 1000) -> list[StoredEntry]:
        """Entries without an index, in the order of their rows. No other step gives indexes until this one ends.

        Rows are in the order in which steps committed, but for steps that ran at the same time.
        """
        ...

    async def number(self, rows: Sequence[int], first_index: int) -> None:
        """Give these rows gapless indexes from `first_index` on.

        Raises:
            ConflictError: `entry.numbered`, when a row has an index already or is none of this log's.
        """
        ...

    async def head(self) -> Head | None:
        """None for an empty log."""
        ...

    async def save_head(self, head: Head) -> None:
        """Replace the head."""
        ...

    async def tile(self, level: int, index: int) -> bytes | None:
        """The hashes of a (full or partial) tile, 32 bytes each, joined."""
        ...

    async def save_tile(self, level: int, index: int, hashes: bytes) -> None:
        """Replace a tile with a longer version of itself."""
        ...

    async def checkpoint(self, size: int | None = None) -> str | None:
        """The signed checkpoint of exactly `size` entries; without a size the newest."""
        ...

    async def save_checkpoint(self, size: int, note: str) -> None:
        """Keep a signed checkpoint."""
        ...

    async def entries(self, start: int, count: int) -> list[StoredEntry]:
        """Entries by index, ascending, from `start` on."""
        ...

    async def find(
        self, *, process: str | None = None, kind: str | None = None, after: int = 0, limit: int = 100
    ) -> list[StoredEntry]:
        """Entries of a process and/or kind in the order of their rows, rows above `after` only."""
        ...

    async def entry(self, id: str) -> StoredEntry | None:  # noqa: A002 - the field's own name
        """Return the entry with this id, or None."""
        ...

    async def attachments(self, id: str) -> Mapping[str, bytes]:  # noqa: A002 - the field's own name
        """Return the attachments of the entry, by name (for example `token` and `body`)."""
        ...
