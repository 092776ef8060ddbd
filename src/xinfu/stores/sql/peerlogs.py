"""The stored heads of other participants' logs, and the participants that sign the bodies of their messages."""

from typing import Final

from xinfu.ports.peerlogs import KeptHead
from xinfu.stores.sql.records import check_limit
from xinfu.stores.sql.rows import micros, moment, number, text
from xinfu.stores.sql.statements import Row, Session, Statement, insert_new, sql
from xinfu.stores.sql.tables import BODY_SIGNERS, PEER_HEADS

_HEADS: Final = "SELECT size, note, since, fault FROM peer_heads WHERE context = :context AND peer = :peer"
_NEWEST: Final = sql(_HEADS, "ORDER BY size DESC LIMIT 1")
_ALL: Final = sql(_HEADS, "ORDER BY size LIMIT :limit")
_OF_SIZE: Final = sql(_HEADS, "AND size = :size")
_KEEP: Final = insert_new(PEER_HEADS)
_BLAME: Final = Statement(
    "UPDATE peer_heads SET fault = :fault WHERE context = :context AND peer = :peer AND size = :size"
)
_FORGET: Final = Statement(
    "DELETE FROM peer_heads WHERE context = :context AND peer = :peer AND size < :below"
)
_THIN: Final = Statement(
    "DELETE FROM peer_heads WHERE context = :context AND peer = :peer"
    " AND size > (SELECT MIN(size) FROM peer_heads WHERE context = :context AND peer = :peer)"
    " AND size < (SELECT size FROM peer_heads WHERE context = :context AND peer = :peer"
    " ORDER BY size DESC LIMIT 1 OFFSET :skipped)"
)
_PEERS: Final = Statement(
    "SELECT DISTINCT peer FROM peer_heads WHERE context = :context AND peer > :after ORDER BY peer LIMIT :limit"
)
_SIGNS: Final = Statement("SELECT 1 FROM body_signers WHERE context = :context AND peer = :peer")
_KEEP_SIGNING: Final = insert_new(BODY_SIGNERS)


class PeerLogsTables:
    """Implements `PeerLogs` of ports/peerlogs.py."""

    __slots__ = ("_context", "_session")

    def __init__(self, session: Session, context: str) -> None:
        self._session = session
        self._context = context

    async def newest(self, peer: str) -> KeptHead | None:
        rows = await self._session.rows(_NEWEST, context=self._context, peer=peer)
        return _read(rows[0]) if rows else None

    async def heads(self, peer: str, limit: int = 1000) -> list[KeptHead]:
        check_limit(limit)
        rows = await self._session.rows(_ALL, context=self._context, peer=peer, limit=limit)
        return [_read(row) for row in rows]

    async def of_size(self, peer: str, size: int) -> KeptHead | None:
        rows = await self._session.rows(_OF_SIZE, context=self._context, peer=peer, size=size)
        return _read(rows[0]) if rows else None

    async def keep(self, peer: str, head: KeptHead) -> bool:
        kept = await self._session.write(
            _KEEP,
            context=self._context,
            peer=peer,
            size=head.size,
            note=head.note,
            since=micros(head.since),
            fault=head.fault,
        )
        return bool(kept)

    async def blame(self, peer: str, size: int, fault: str) -> None:
        await self._session.write(_BLAME, context=self._context, peer=peer, size=size, fault=fault)

    async def forget(self, peer: str, *, below: int) -> None:
        await self._session.write(_FORGET, context=self._context, peer=peer, below=below)

    async def thin(self, peer: str, *, most: int) -> None:
        await self._session.write(_THIN, context=self._context, peer=peer, skipped=most - 2)

    async def peers(self, after: str = "", limit: int = 1000) -> list[str]:
        check_limit(limit)
        rows = await self._session.rows(_PEERS, context=self._context, after=after, limit=limit)
        return [text(row[0]) for row in rows]

    async def signs_bodies(self, peer: str) -> bool:
        return bool(await self._session.rows(_SIGNS, context=self._context, peer=peer))

    async def keep_signing(self, peer: str) -> None:
        await self._session.write(_KEEP_SIGNING, context=self._context, peer=peer)


def _read(row: Row) -> KeptHead:
    size, note, since, fault = row
    return KeptHead(size=number(size), note=text(note), since=moment(since), fault=text(fault))
