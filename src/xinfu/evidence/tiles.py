"""Tiles: how a Merkle tree lies in files of 256 hashes, and entries in bundles of 256.

Level 0 tiles hold leaf hashes; a tile above holds one hash for each *full* tile below. The rightmost tile
of a level may be partial (`.p/<width>`). Full tiles never change. Follows: C2SP tlog-tiles.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from xinfu.evidence import errors
from xinfu.evidence.tree import HASH_BYTES, NodeReader, node_hash

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
ENTRY_LIMIT_BYTES: Final = 0xFFFF
_PATH: Final = re.compile(r"tile/(entries|\d{1,2})/((?:x\d{3}/)*\d{3})(?:\.p/(\d{1,3}))?")


class Tile(msgspec.Struct, frozen=True, order=True):
    """The name of a tile.

    Attributes:
        level: 0 holds leaf hashes; -1 names an entry bundle.
        index: position in its level.
        width: hashes (entries) in it; 256 when full.
    """

    level: int
    index: int
    width: int = WIDTH

    @property
    def full(self) -> bool:
        """Whether it can never change again."""
        return self.width == WIDTH

    @property
    def start(self) -> int:
        """Index of the first entry that it covers."""
        return self.index << HEIGHT * (max(self.level, 0) + 1)

    def path(self) -> str:
        """The path at which the tile is served, e.g. `tile/0/x001/234` or `tile/entries/000.p/7`."""
        digits = f"{self.index % 1000:03d}"
        rest = self.index // 1000
        while rest:
            digits, rest = f"x{rest % 1000:03d}/{digits}", rest // 1000
        level = "entries" if self.level < 0 else str(self.level)
        return f"tile/{level}/{digits}" + ("" if self.full else f".p/{self.width}")

    @classmethod
    def parse(cls, path: str) -> "Tile":
        """The tile that a path names.

        Raises:
            InputError: `evidence.tile-path`.
        """
        match = _PATH.fullmatch(path)
        if match:
            level = -1 if match[1] == "entries" else int(match[1])
            tile = cls(level, int(re.sub("[x/]", "", match[2])), int(match[3] or WIDTH))
            if tile.path() == path and level <= 63 and 0 < tile.width <= WIDTH:
                return tile
        raise errors.EVIDENCE_TILE_PATH(path=path)


TileReader: TypeAlias = Callable[[Tile], bytes]
"""Gives the bytes of a tile; raises what its owner raises when there is none."""


def tiles_of(size: int, level: int, start: int = 0) -> Iterator[Tile]:
    """The tiles of one level (-1: the bundles) in a log of `size` entries, from tile `start` on."""
    count = size >> HEIGHT * max(level, 0)
    for index in range(start, count // WIDTH):
        yield Tile(level, index)
    if count % WIDTH:
        yield Tile(level, count // WIDTH, count % WIDTH)


def all_tiles(size: int) -> Iterator[Tile]:
    """Yield the hash tiles of a log of `size` entries, level by level."""
    for level in range(levels(size)):
        yield from tiles_of(size, level)


def levels(size: int) -> int:
    """How many levels of tiles a log of `size` entries has."""
    return -(-size.bit_length() // HEIGHT) if size else 0


def tile_holding(level: int, position: int, size: int) -> Tile:
    """The tile of `level` that holds hash number `position` in a log of `size` entries."""
    index = position // WIDTH
    count = size >> HEIGHT * max(level, 0)
    return Tile(level, index, min(WIDTH, count - index * WIDTH))


def pack(hashes: Sequence[bytes]) -> bytes:
    """The bytes of a tile."""
    return b"".join(hashes)


def unpack(data: bytes, tile: Tile) -> list[bytes]:
    """The hashes of a tile.

    Raises:
        IntegrityError: `evidence.tile-broken`: its length does not fit its width.
    """
    if len(data) != tile.width * HASH_BYTES:
        raise errors.EVIDENCE_TILE_BROKEN(tile=tile.path(), size=len(data), wanted=tile.width * HASH_BYTES)
    return [data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)]


def bundle(entries: Sequence[bytes]) -> bytes:
    """Entries as an entry bundle: each behind its length in two bytes, big-endian.

    Raises:
        InputError: `evidence.entry-too-long`: an entry above 65,535 bytes.
    """
    for entry in entries:
        if len(entry) > ENTRY_LIMIT_BYTES:
            raise errors.EVIDENCE_ENTRY_TOO_LONG(size=len(entry), limit=ENTRY_LIMIT_BYTES)
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundle(data: bytes) -> list[bytes]:
    """The entries of a bundle.

    Raises:
        IntegrityError: `evidence.bundle-broken`: it ends within an entry.
    """
    entries: list[bytes] = []
    position = 0
    while position < len(data):
        start = position + 2
        position = start + int.from_bytes(data[position:start], "big")
        if start > len(data) or position > len(data):
            raise errors.EVIDENCE_BUNDLE_BROKEN(index=len(entries))
        entries.append(data[start:position])
    return entries


def grow(size: int, leaves: Sequence[bytes], read: TileReader) -> dict[Tile, bytes]:
    """The tiles that are new or wider when `leaves` join a log of `size` entries.

    Args:
        leaves: leaf hashes in order.
        read: gives the partial tiles of the log of `size`; full ones are never asked for.

    Returns:
        Tiles with their bytes. Partial tiles of the same index with less width are superseded by them.
    """
    grown: dict[Tile, bytes] = {}
    level, hashes = 0, list(leaves)
    while hashes:
        count = size >> HEIGHT * level
        first, width = divmod(count, WIDTH)
        before = Tile(level, first, width)
        row = (unpack(read(before), before) if width else []) + hashes
        hashes = []
        for offset in range(0, len(row), WIDTH):
            chunk = row[offset : offset + WIDTH]
            grown[Tile(level, first + offset // WIDTH, len(chunk))] = pack(chunk)
            if len(chunk) == WIDTH:
                hashes.append(subtree_root(chunk))
        level += 1
    return grown


def changed_tiles(old: int, new: int) -> list[Tile]:
    """The hash tiles of the log of `new` entries that the log of `old` entries does not have."""
    return [
        tile
        for level in range(levels(new))
        for tile in tiles_of(new, level, (old >> HEIGHT * level) // WIDTH)
        if tile != tile_holding(level, tile.index * WIDTH, old)
    ]


def subtree_root(hashes: Sequence[bytes]) -> bytes:
    """The root of a complete subtree; the number of hashes is a power of two."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
    return row[0]


def node_reader(size: int, read: TileReader) -> NodeReader:
    """Nodes of the log of `size` entries out of its tiles; each tile is read once.

    Every node below a tile's top costs at most 255 hashes, so a proof needs O(log n) of work.
    """
    seen: dict[Tile, list[bytes]] = {}

    def node(level: int, index: int) -> bytes:
        row, within = divmod(level, HEIGHT)
        first = index << within
        tile = tile_holding(row, first, size)
        if tile not in seen:
            seen[tile] = unpack(read(tile), tile)
        offset = first % WIDTH
        return subtree_root(seen[tile][offset : offset + (1 << within)])

    return node


def reader_of(tiles: Mapping[Tile, bytes]) -> TileReader:
    """A reader over tiles in memory.

    Raises:
        IntegrityError: (when read) `evidence.tile-missing`.
    """

    def read(tile: Tile) -> bytes:
        if tile not in tiles:
            raise errors.EVIDENCE_TILE_MISSING(tile=tile.path())
        return tiles[tile]

    return read
