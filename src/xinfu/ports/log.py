"""Log: the stored part of a context's evidence log. One sequencer for each log gives the order (D-19)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec


class StoredEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as stored. `index` is None until the sequencer has assigned one."""

    id: str
    row: int
    index: int | None
    canonical: bytes
    kind: str
    process: str | None


class EntrySearch(msgspec.Struct, frozen=True, kw_only=True):
    """A search of the log; every condition has to hold.

    Attributes:
        terms: term -> value, by the names in `evidence.terms.TERMS`.
        since, until: of the entry's own time; `until` is exclusive.
        start: the row of the entry behind which the page begins, in the direction of the search; None: at its beginning.
        limit: 1 to 1,000.
    """

    terms: Mapping[str, str] = {}
    process: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    start: int | None = None
    newest_first: bool = False
    limit: int = 100


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a log: the number of entries with an index, and the frontier of the tree as bytes."""

    size: int
    frontier: bytes


class Log(Protocol):
    """Entries, tiles and checkpoints of one context, inside a step."""

    async def pending(self, limit: int = 1000) -> list[StoredEntry]:
        """Entries without an index, in the order of their rows. No other step assigns indexes until this one ends.

        Rows are in the order in which steps committed, except for steps that ran at the same time.
        """
        ...

    async def number(self, rows: Sequence[int], first_index: int) -> None:
        """Assign consecutive indexes to these rows, from `first_index` on.

        Raises:
            ConflictError: `entry.numbered`, if a row has an index already or does not belong to this log.
        """
        ...

    async def index_terms(self, entries: Sequence[StoredEntry]) -> None:
        """Let these entries be found by their terms; once more changes nothing."""
        ...

    async def head(self) -> Head | None:
        """The head of the log; None if it is empty."""
        ...

    async def save_head(self, head: Head) -> None:
        """Replace the head."""
        ...

    async def tile(self, level: int, index: int) -> bytes | None:
        """The hashes of a (full or partial) tile, 32 bytes each, joined; None if there is no such tile."""
        ...

    async def save_tile(self, level: int, index: int, hashes: bytes) -> None:
        """Save a tile, in place of a shorter version of it."""
        ...

    async def checkpoint(self, size: int | None = None) -> str | None:
        """The signed checkpoint of exactly `size` entries, or the newest if no size is given; None if there is none."""
        ...

    async def save_checkpoint(self, size: int, note: str) -> None:
        """Save a signed checkpoint."""
        ...

    async def entries(self, start: int, count: int) -> list[StoredEntry]:
        """Entries by index, ascending, from `start` on."""
        ...

    async def find(
        self, *, process: str | None = None, kind: str | None = None, after: int = 0, limit: int = 100
    ) -> list[StoredEntry]:
        """Entries of a process, of a kind, or both, in the order of their rows; only rows above `after`."""
        ...

    async def search(self, search: EntrySearch) -> list[StoredEntry]:
        """Entries that fit, in the order of their times, or newest first; by process or kind alone in that of their rows.

        By other terms, and by kind within bounds of time, an entry is found once its terms are indexed, as it is numbered.

        Raises:
            InputError: `query.limit`; `query.column-unknown`: a term by which no entry is found.
        """
        ...

    async def entry(self, id: str) -> StoredEntry | None:  # noqa: A002 - the field's own name
        """Return the entry with this id, or None."""
        ...

    async def attachments(self, id: str) -> Mapping[str, bytes]:  # noqa: A002 - the field's own name
        """Return the attachments of the entry, by name (for example `token` and `body`)."""
        ...
