"""The stored side of evidence logs: entries in the order of their rows, and what the sequencer makes of them.

Follows: DECISIONS D-19.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select, bindparam, select, update

from xinfu.errors import ConflictError, InputError
from xinfu.evidence import Entry
from xinfu.ports.log import Head, StoredEntry
from xinfu.stores.sql.records import check_limit
from xinfu.stores.sql.rows import blob, number, text
from xinfu.stores.sql.schema import (
    LOG_ATTACHMENTS,
    LOG_CHECKPOINTS,
    LOG_ENTRIES,
    LOG_HEADS,
    LOG_TILES,
    PEER_CHECKPOINTS,
)
from xinfu.stores.sql.statements import Row, Session, Statement, insert_new, insert_or_replace, sql

TOPIC: Final = "log"

_entry: Final = LOG_ENTRIES.c
_here: Final = _entry.context == bindparam("at_context")


def _entries() -> Select[Any]:
    return select(_entry.id, _entry.row, _entry.index, _entry.canonical, _entry.kind, _entry.process).where(
        _here
    )


_ADD: Final = insert_new(LOG_ENTRIES, ("context", "id", "kind", "process", "canonical"))
_ATTACH: Final = insert_new(LOG_ATTACHMENTS)
_PENDING: Final = sql(_entries().where(_entry.index.is_(None)).order_by(_entry.row).limit(bindparam("count")))
_NUMBER: Final = sql(
    update(LOG_ENTRIES)
    .where(_here, _entry.row == bindparam("at_row"), _entry.index.is_(None))
    .values(index=bindparam("new_index"))
)
_RANGE: Final = sql(
    _entries().where(_entry.index >= bindparam("start")).order_by(_entry.index).limit(bindparam("count"))
)
_ENTRY: Final = sql(_entries().where(_entry.id == bindparam("at_id")))


def _finding(*columns: str) -> Statement:
    found = _entries().where(_entry.row > bindparam("after")).order_by(_entry.row).limit(bindparam("count"))
    return sql(found.where(*(_entry[column] == bindparam(f"at_{column}") for column in columns)))


_FIND: Final = {
    (False, False): _finding(),
    (True, False): _finding("process"),
    (False, True): _finding("kind"),
    (True, True): _finding("process", "kind"),
}
_ATTACHMENTS: Final = sql(
    select(LOG_ATTACHMENTS.c.name, LOG_ATTACHMENTS.c.content).where(
        LOG_ATTACHMENTS.c.context == bindparam("at_context"), LOG_ATTACHMENTS.c.entry == bindparam("at_id")
    )
)
_HEAD: Final = sql(
    select(LOG_HEADS.c.size, LOG_HEADS.c.frontier).where(LOG_HEADS.c.context == bindparam("at_context"))
)
_SAVE_HEAD: Final = insert_or_replace(LOG_HEADS)
_TILE: Final = sql(
    select(LOG_TILES.c.hashes).where(
        LOG_TILES.c.context == bindparam("at_context"),
        LOG_TILES.c.level == bindparam("at_level"),
        LOG_TILES.c.index == bindparam("at_index"),
    )
)
_SAVE_TILE: Final = insert_or_replace(LOG_TILES)
_checkpoint: Final = LOG_CHECKPOINTS.c
_NEWEST: Final = sql(
    select(_checkpoint.note)
    .where(_checkpoint.context == bindparam("at_context"))
    .order_by(_checkpoint.size.desc())
    .limit(1)
)
_OF_SIZE: Final = sql(
    select(_checkpoint.note).where(
        _checkpoint.context == bindparam("at_context"), _checkpoint.size == bindparam("at_size")
    )
)
_SAVE_CHECKPOINT: Final = insert_or_replace(LOG_CHECKPOINTS)
_PEER: Final = sql(
    select(PEER_CHECKPOINTS.c.note).where(
        PEER_CHECKPOINTS.c.context == bindparam("at_context"), PEER_CHECKPOINTS.c.peer == bindparam("at_peer")
    )
)
_SAVE_PEER: Final = insert_or_replace(PEER_CHECKPOINTS)


class LogTables:
    """Implements `Log` of ports/log.py."""

    __slots__ = ("_context", "_session")

    def __init__(self, session: Session, context: str) -> None:
        self._session = session
        self._context = context

    async def append(self, entry: Entry, attachments: Mapping[str, bytes]) -> None:
        """The stored half of `Step.record`.

        Raises:
            ConflictError: `entry.exists`; the step can go on.
            InputError: `context.foreign`: the entry speaks of another context.
        """
        if entry.context != self._context:
            raise InputError(
                "context.foreign",
                "An entry of another participant context cannot be kept here.",
                "不能在此保存属于另一参与方上下文的存证。",
            )
        added = await self._session.write(
            _ADD,
            context=self._context,
            id=entry.id,
            kind=entry.kind,
            process=entry.process,
            canonical=entry.to_bytes(),
        )
        if not added:
            raise ConflictError(
                "entry.exists", f"There is already an entry {entry.id!r}.", f"已经存在存证 {entry.id!r}。"
            )
        for name, content in attachments.items():
            await self._session.write(
                _ATTACH, context=self._context, entry=entry.id, name=name, content=content
            )
        self._session.topic(TOPIC)

    async def pending(self, limit: int = 1000) -> list[StoredEntry]:
        check_limit(limit)
        rows = await self._session.rows(_PENDING, at_context=self._context, count=limit)
        return [_read(row) for row in rows]

    async def number(self, rows: Sequence[int], first_index: int) -> None:
        for index, row in enumerate(rows, first_index):
            numbered = await self._session.write(
                _NUMBER, at_context=self._context, at_row=row, new_index=index
            )
            if not numbered:
                raise ConflictError(
                    "entry.numbered",
                    f"Row {row} has an index already, or is no entry of this log.",
                    f"第 {row} 行已有序号，或不属于本日志。",
                )

    async def head(self) -> Head | None:
        rows = await self._session.rows(_HEAD, at_context=self._context)
        return Head(size=number(rows[0][0]), frontier=blob(rows[0][1])) if rows else None

    async def save_head(self, head: Head) -> None:
        await self._session.write(_SAVE_HEAD, context=self._context, size=head.size, frontier=head.frontier)

    async def tile(self, level: int, index: int) -> bytes | None:
        rows = await self._session.rows(_TILE, at_context=self._context, at_level=level, at_index=index)
        return blob(rows[0][0]) if rows else None

    async def save_tile(self, level: int, index: int, hashes: bytes) -> None:
        await self._session.write(_SAVE_TILE, context=self._context, level=level, index=index, hashes=hashes)

    async def checkpoint(self, size: int | None = None) -> str | None:
        if size is None:
            rows = await self._session.rows(_NEWEST, at_context=self._context)
        else:
            rows = await self._session.rows(_OF_SIZE, at_context=self._context, at_size=size)
        return text(rows[0][0]) if rows else None

    async def save_checkpoint(self, size: int, note: str) -> None:
        await self._session.write(_SAVE_CHECKPOINT, context=self._context, size=size, note=note)

    async def entries(self, start: int, count: int) -> list[StoredEntry]:
        check_limit(count)
        rows = await self._session.rows(_RANGE, at_context=self._context, start=start, count=count)
        return [_read(row) for row in rows]

    async def find(
        self, *, process: str | None = None, kind: str | None = None, after: int = 0, limit: int = 100
    ) -> list[StoredEntry]:
        check_limit(limit)
        statement = _FIND[process is not None, kind is not None]
        rows = await self._session.rows(
            statement, at_context=self._context, at_process=process, at_kind=kind, after=after, count=limit
        )
        return [_read(row) for row in rows]

    async def entry(self, id: str) -> StoredEntry | None:  # noqa: A002 - the port's own name
        rows = await self._session.rows(_ENTRY, at_context=self._context, at_id=id)
        return _read(rows[0]) if rows else None

    async def attachments(self, id: str) -> Mapping[str, bytes]:  # noqa: A002 - the port's own name
        rows = await self._session.rows(_ATTACHMENTS, at_context=self._context, at_id=id)
        return {text(name): blob(content) for name, content in rows}

    async def peer_checkpoint(self, peer: str) -> str | None:
        rows = await self._session.rows(_PEER, at_context=self._context, at_peer=peer)
        return text(rows[0][0]) if rows else None

    async def save_peer_checkpoint(self, peer: str, note: str) -> None:
        await self._session.write(_SAVE_PEER, context=self._context, peer=peer, note=note)


def _read(row: Row) -> StoredEntry:
    id_, place, index, canonical, kind, process = row
    return StoredEntry(
        id=text(id_),
        row=number(place),
        index=None if index is None else number(index),
        canonical=blob(canonical),
        kind=text(kind),
        process=None if process is None else text(process),
    )
