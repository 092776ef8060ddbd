"""The stored side of evidence logs: entries in the order of their rows, and the tiles and checkpoints made of them.

Follows: DECISIONS D-19.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

import msgspec

from xinfu.evidence import Entry
from xinfu.evidence.terms import StatedTerms, term, terms_of
from xinfu.ports.log import EntrySearch, Head, StoredEntry
from xinfu.stores.sql import errors
from xinfu.stores.sql.log_rows import COLUMNS, read_entry
from xinfu.stores.sql.log_search import search_log
from xinfu.stores.sql.records import check_limit
from xinfu.stores.sql.rows import blob, number, text
from xinfu.stores.sql.statements import (
    Cell,
    Session,
    Statement,
    insert_new,
    insert_or_replace,
    list_names,
    sql,
)
from xinfu.stores.sql.tables import (
    LOG_ATTACHMENTS,
    LOG_CHECKPOINTS,
    LOG_ENTRIES,
    LOG_HEADS,
    LOG_TERMS,
    LOG_TILES,
)

TOPIC: Final = "log"

ADD: Final = insert_new(LOG_ENTRIES, ("context", "id", "kind", "process", "canonical"))
ATTACH: Final = insert_new(LOG_ATTACHMENTS)

_ENTRIES: Final = f"SELECT {COLUMNS} FROM log_entries AS e WHERE context = :context"  # noqa: S608 - our own names


def _entries(*conditions: str, tail: str = "") -> Statement:
    return sql(" AND ".join([_ENTRIES, *conditions]), tail)


PENDING: Final = _entries('"index" IS NULL', tail='ORDER BY "row" LIMIT :limit')
RANGE: Final = _entries('"index" >= :start', tail='ORDER BY "index" LIMIT :limit')
ENTRY: Final = _entries("id = :id")
NUMBER: Final = Statement(
    'UPDATE log_entries SET "index" = :index WHERE context = :context AND "row" = :row AND "index" IS NULL'
)
NUMBERED: Final = Statement(
    'SELECT count(*) FROM log_entries WHERE context = :context AND "index" BETWEEN :first AND :last'
)
_PAGE: Final = 'ORDER BY "row" LIMIT :limit'
FIND: Final = {
    (False, False): _entries('"row" > :after', tail=_PAGE),
    (True, False): _entries("process = :process", '"row" > :after', tail=_PAGE),
    (False, True): _entries("kind = :kind", '"row" > :after', tail=_PAGE),
    (True, True): _entries("process = :process", "kind = :kind", '"row" > :after', tail=_PAGE),
}
"""By whether a process and whether a kind is asked for."""

ATTACHMENTS: Final = Statement(
    "SELECT name, content FROM log_attachments WHERE context = :context AND entry = :id"
)
HEAD: Final = Statement("SELECT size, frontier FROM log_heads WHERE context = :context")
SAVE_HEAD: Final = insert_or_replace(LOG_HEADS)
TILE: Final = Statement(
    'SELECT hashes FROM log_tiles WHERE context = :context AND level = :level AND "index" = :index'
)
SAVE_TILE: Final = insert_or_replace(LOG_TILES)
NEWEST: Final = Statement(
    "SELECT note FROM log_checkpoints WHERE context = :context ORDER BY size DESC LIMIT 1"
)
OF_SIZE: Final = Statement("SELECT note FROM log_checkpoints WHERE context = :context AND size = :size")
SAVE_CHECKPOINT: Final = insert_or_replace(LOG_CHECKPOINTS)


@cache
def _add_terms(count: int) -> Statement:
    """The statement that adds so many terms of an entry, at least the one of its kind; those that are there stay."""
    rows = ", ".join(f"(:context, :t{place}, :at, :row)" for place in range(count))
    into = ("INSERT INTO", LOG_TERMS.name, f"({list_names(LOG_TERMS.names)})")
    return sql(*into, "VALUES", rows, "ON CONFLICT DO NOTHING")


class LogTables:
    """Implements `Log` of ports/log.py."""

    __slots__ = ("_context", "_session")

    def __init__(self, session: Session, context: str) -> None:
        self._session = session
        self._context = context

    async def append(self, entry: Entry, attachments: Mapping[str, bytes]) -> None:
        """Append an entry to the log: the stored half of `Step.record`.

        Raises:
            ConflictError: `entry.exists`; the step can go on.
            InputError: `context.foreign`: the entry speaks of another context.
        """
        if entry.context != self._context:
            raise errors.CONTEXT_FOREIGN_ENTRY()
        added = await self._session.write(
            ADD,
            context=self._context,
            id=entry.id,
            kind=entry.kind,
            process=entry.process,
            canonical=entry.to_bytes(),
        )
        if not added:
            raise errors.ENTRY_EXISTS(id=entry.id)
        if attachments:
            kept = {"context": self._context, "entry": entry.id}
            await self._session.write_each(
                ATTACH, [{**kept, "name": name, "content": content} for name, content in attachments.items()]
            )
        self._session.topic(TOPIC)

    async def pending(self, limit: int = 1000) -> list[StoredEntry]:
        check_limit(limit)
        await self._session.alone(f"{self._context}\nlog")  # one sequencer a log, also among many workers
        rows = await self._session.rows(PENDING, context=self._context, limit=limit)
        return [read_entry(row) for row in rows]

    async def number(self, rows: Sequence[int], first_index: int) -> None:
        if not rows:
            return
        await self._session.write_each(
            NUMBER,
            [
                {"context": self._context, "row": row, "index": index}
                for index, row in enumerate(rows, first_index)
            ],
        )
        last = first_index + len(rows) - 1
        found = await self._session.rows(NUMBERED, context=self._context, first=first_index, last=last)
        if number(found[0][0]) != len(rows):
            raise errors.ENTRY_NUMBERED(first=rows[0], last=rows[-1])

    async def index_terms(self, entries: Sequence[StoredEntry]) -> None:
        by_size: dict[int, list[dict[str, Cell]]] = {}
        for each in entries:
            stated = msgspec.json.decode(each.canonical, type=StatedTerms)
            found = [term(name, value) for name, value in terms_of(stated).items()]
            values: dict[str, Cell] = {f"t{place}": one for place, one in enumerate(found)}
            values |= {"context": self._context, "at": stated.at, "row": each.row}
            by_size.setdefault(len(found), []).append(values)
        for size, rows in by_size.items():  # a round trip for each, not for each entry
            await self._session.write_each(_add_terms(size), rows)

    async def head(self) -> Head | None:
        rows = await self._session.rows(HEAD, context=self._context)
        return Head(size=number(rows[0][0]), frontier=blob(rows[0][1])) if rows else None

    async def save_head(self, head: Head) -> None:
        await self._session.write(SAVE_HEAD, context=self._context, size=head.size, frontier=head.frontier)

    async def tile(self, level: int, index: int) -> bytes | None:
        rows = await self._session.rows(TILE, context=self._context, level=level, index=index)
        return blob(rows[0][0]) if rows else None

    async def save_tile(self, level: int, index: int, hashes: bytes) -> None:
        await self._session.write(SAVE_TILE, context=self._context, level=level, index=index, hashes=hashes)

    async def checkpoint(self, size: int | None = None) -> str | None:
        if size is None:
            rows = await self._session.rows(NEWEST, context=self._context)
        else:
            rows = await self._session.rows(OF_SIZE, context=self._context, size=size)
        return text(rows[0][0]) if rows else None

    async def save_checkpoint(self, size: int, note: str) -> None:
        await self._session.write(SAVE_CHECKPOINT, context=self._context, size=size, note=note)

    async def entries(self, start: int, count: int) -> list[StoredEntry]:
        check_limit(count)
        rows = await self._session.rows(RANGE, context=self._context, start=start, limit=count)
        return [read_entry(row) for row in rows]

    async def find(
        self, *, process: str | None = None, kind: str | None = None, after: int = 0, limit: int = 100
    ) -> list[StoredEntry]:
        check_limit(limit)
        statement = FIND[process is not None, kind is not None]
        rows = await self._session.rows(
            statement, context=self._context, process=process, kind=kind, after=after, limit=limit
        )
        return [read_entry(row) for row in rows]

    async def search(self, search: EntrySearch) -> list[StoredEntry]:
        return await search_log(self._session, self._context, search)

    async def entry(self, id: str) -> StoredEntry | None:  # noqa: A002 - the port's own name
        rows = await self._session.rows(ENTRY, context=self._context, id=id)
        return read_entry(rows[0]) if rows else None

    async def attachments(self, id: str) -> Mapping[str, bytes]:  # noqa: A002 - the port's own name
        rows = await self._session.rows(ATTACHMENTS, context=self._context, id=id)
        return {text(name): blob(content) for name, content in rows}
