"""Evidence for others: receipts, tiles and checkpoints."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import msgspec

from xinfu.errors import ConflictError
from xinfu.evidence import (
    Checkpoint,
    Frontier,
    NodeReader,
    Note,
    NoteKey,
    ProvenEntry,
    Receipt,
    Tile,
    TileReader,
    build,
    bundle,
    node_reader,
    prove,
)
from xinfu.ports.log import StoredEntry
from xinfu.ports.records import KEYS, KeyUse
from xinfu.ports.store import Step
from xinfu.services.evidence import errors
from xinfu.services.parts import RecordParts

T = TypeVar("T")

_OF_MESSAGES: Final = frozenset({"token", "body", "key"})
"""Attachments of an entry about a message; texts of contracts are attached too, but handed out on their own."""


NUMBERED_S: Final = 5.0
"""How long to wait until a new entry is numbered, which normally takes milliseconds."""


async def receipt(parts: RecordParts, context: str, entry: str) -> Receipt:
    """The receipt of an entry, which can be checked offline; waits until a new entry is numbered.

    Raises:
        NotFoundError: `evidence.not-found`.
        ConflictError: `evidence.not-numbered`: it has no place in the log after `NUMBERED_S`.
    """
    return await _once_numbered(parts, lambda: _receipt_of(parts, context, entry))


async def receipts_of_process(parts: RecordParts, context: str, process: str) -> list[Receipt]:
    """The receipts of all entries of a process, in order; waits until new entries are numbered.

    Raises:
        ConflictError: `evidence.not-numbered`, as of `receipt`.
    """
    return await _once_numbered(parts, lambda: _receipts_of(parts, context, process))


async def _once_numbered(parts: RecordParts, look: Callable[[], Awaitable[T]]) -> T:
    """Return the result of `look`, called again at each checkpoint while an entry has no number."""
    signed = asyncio.Event()
    end = parts.store.watch(lambda topics: signed.set() if topics & {"checkpoint", "missed"} else None)
    try:
        async with asyncio.timeout(NUMBERED_S) as limit:
            while True:
                signed.clear()
                try:
                    return await look()
                except ConflictError as error:
                    if error.code != "evidence.not-numbered":
                        raise
                await signed.wait()
    except TimeoutError:
        if not limit.expired():
            raise
        return await look()
    finally:
        end()


async def _receipt_of(parts: RecordParts, context: str, entry: str) -> Receipt:
    async with parts.store.view(context) as view:
        stored = await view.log.entry(entry)
        if stored is None:
            raise errors.EVIDENCE_NOT_FOUND()
        return await _receipt(view, stored)


async def _receipts_of(parts: RecordParts, context: str, process: str) -> list[Receipt]:
    made: list[Receipt] = []
    after = 0
    async with parts.store.view(context) as view:
        while stored := await view.log.find(process=process, after=after, limit=1000):
            after = stored[-1].row
            made += [await _receipt(view, each) for each in stored]
    return made


async def checkpoint(parts: RecordParts, context: str) -> str:
    """The newest signed checkpoint.

    Raises:
        NotFoundError: `evidence.empty`: nothing was recorded yet.
    """
    async with parts.store.view(context) as view:
        note = await view.log.checkpoint()
    if note is None:
        raise errors.EVIDENCE_EMPTY()
    return note


async def tile(parts: RecordParts, context: str, path: str) -> bytes:
    """A tile or an entry bundle by its path (C2SP tlog-tiles).

    Raises:
        InputError: `evidence.tile-path`. NotFoundError: `evidence.not-found`.
    """
    wanted = Tile.parse(path)
    async with parts.store.view(context) as view:
        if wanted.level < 0:
            entries = await view.log.entries(wanted.index * 256, wanted.width)
            found = bundle([each.canonical for each in entries]) if len(entries) == wanted.width else None
        else:
            hashes = await view.log.tile(wanted.level, wanted.index)
            enough = hashes is not None and len(hashes) >= 32 * wanted.width
            found = hashes[: 32 * wanted.width] if hashes is not None and enough else None
    if found is None:
        raise errors.EVIDENCE_NOT_FOUND_TILE()
    return found


async def _receipt(view: Step, stored: StoredEntry) -> Receipt:
    note = await view.log.checkpoint()
    if note is None or stored.index is None:
        raise errors.EVIDENCE_NOT_NUMBERED()
    key, _ = await log_key(view, note)
    nodes = StoredNodes(view, Checkpoint.parse(Note.parse(note).text).size)
    entries = await _key_entries(view)
    kept = await view.log.attachments(stored.id)
    return build(
        await nodes.prove(stored, note, key),
        attachments={name: content for name, content in kept.items() if name in _OF_MESSAGES},
        keys=[
            *[await nodes.prove(each, note, key) for each in entries],
            *await _vouched(view, entries),
        ],
    )


class StoredNodes:
    """The tree of a log of `size` entries, read from its stored tiles as proofs need them.

    A proof is pure and asks for tiles by name, so it is tried until it misses none: O(log n) tiles in all.
    """

    def __init__(self, view: Step, size: int) -> None:
        self._view = view
        self._size = size
        self._tiles: dict[Tile, bytes] = {}

    async def prove(self, stored: StoredEntry, note: str, key: NoteKey) -> ProvenEntry:
        """Prove that an entry is in the checkpoint.

        Raises:
            IntegrityError: `evidence.tile-missing`: the stored log is damaged.
        """
        return await self.complete(
            lambda read: prove(stored.canonical, stored.index or 0, checkpoint=note, read=read, key=key)
        )

    async def root_at(self, size: int) -> bytes:
        """The root of the log at `size` entries, which must not exceed its present size.

        Raises:
            IntegrityError: as `prove`.
        """
        return (await self.complete(lambda read: Frontier.read(size, read))).root()

    async def complete(self, work: Callable[[NodeReader], T]) -> T:
        """Run `work` on the nodes of the tree, fetch the tiles that it needs, and return its result.

        Raises:
            IntegrityError: as `prove`.
        """
        while True:
            missed: list[Tile] = []
            try:
                return work(node_reader(self._size, self._reader(missed)))
            except TileMissedError:
                await self._fetch(missed[0])

    def _reader(self, missed: list[Tile]) -> TileReader:
        def read(tile: Tile) -> bytes:
            if tile not in self._tiles:
                missed.append(tile)
                raise TileMissedError
            return self._tiles[tile]

        return read

    async def _fetch(self, tile: Tile) -> None:
        hashes = await self._view.log.tile(tile.level, tile.index)
        if hashes is None or len(hashes) < 32 * tile.width:
            raise errors.EVIDENCE_TILE_MISSING(tile=tile.path())
        self._tiles[tile] = hashes[: 32 * tile.width]


class TileMissedError(Exception):
    """Raised when a proof needs a tile that has not been fetched yet."""


async def log_key(view: Step, note: str) -> tuple[NoteKey, str]:
    """The key whose signature the checkpoint carries, and its id."""
    parsed = Note.parse(note)
    origin = Checkpoint.parse(parsed.text).origin
    for record in await view.of(KEYS).find(KEYS.use.equals(KeyUse.LOG), limit=1000):
        key = NoteKey.from_jwk(origin, record.public_jwk)
        if any(line.key_hash == key.key_hash for line in parsed.signatures):
            return key, record.id
    raise errors.EVIDENCE_KEY_UNKNOWN()


async def _vouched(view: Step, entries: list[StoredEntry]) -> list[ProvenEntry]:
    """The proofs of both keys of each rotation, under the checkpoint by which the old key vouches for the new one."""
    links: list[ProvenEntry] = []
    for record in await view.of(KEYS).find(KEYS.use.equals(KeyUse.LOG), limit=1000):
        note = await view.log.checkpoint(record.vouched_at) if record.vouched_at else None
        if note is None or record.vouched_at is None:
            continue
        key, before = await log_key(view, note)
        nodes = StoredNodes(view, record.vouched_at)
        links += [
            await nodes.prove(each, note, key)
            for each in entries
            if each.kind == "key.added"
            and (each.index or 0) < record.vouched_at
            and _kid(each) in {record.id, before}
        ]
    return links


class _KeyFacts(msgspec.Struct, frozen=True):
    kid: str


class _KeyEntry(msgspec.Struct, frozen=True):
    facts: _KeyFacts


def _kid(stored: StoredEntry) -> str:
    return msgspec.json.decode(stored.canonical, type=_KeyEntry).facts.kid


async def _key_entries(view: Step) -> list[StoredEntry]:
    """The numbered entries about keys, so that a receipt outlives a rotation (D-20)."""
    found = [
        *await view.log.find(kind="key.added", limit=100),
        *await view.log.find(kind="key.retired", limit=100),
    ]
    return [each for each in found if each.index is not None]
