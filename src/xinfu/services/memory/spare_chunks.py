"""Chunks that were fetched for a part of them, kept so that the next range need not pay for them again.

A range is fetched in whole chunks, since only those can be checked against the manifest, and its provider counts all
that it sends. The rest of a chunk serves the ranges that follow: as many bytes of it are handed out as it has, and then
it is fetched, and counted, anew. So nobody reads more than was counted. Before each read the provider is asked whether
it is still allowed; these chunks allow nothing by themselves.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final

import msgspec

from xinfu.services.memory.known_manifests import ManifestKey
from xinfu.services.memory.turns import Turns

MOST: Final = 32
"""Chunks in memory, of 1 MiB each."""
LIFE_S: Final = 60.0


class ChunkOf(msgspec.Struct, frozen=True):
    """The key of a chunk: its file, as published under this root, and its number."""

    whose: ManifestKey
    root: str
    number: int


class SpareChunk(msgspec.Struct):
    """A whole chunk, the headers that came with it, and how many bytes of it may still be handed out."""

    data: bytes
    headers: Mapping[str, str]
    left: int


class SpareChunks:
    """The spare chunks of this process."""

    def __init__(self, most: int = MOST) -> None:
        self._spare: OrderedDict[ChunkOf, SpareChunk] = OrderedDict()
        self._most = most
        self._turns = Turns()

    def turn(self, chunk: ChunkOf) -> AbstractAsyncContextManager[None]:
        """The lock of a chunk: callers that wait for it find what was fetched meanwhile."""
        return self._turns.of(chunk)

    def take(self, chunk: ChunkOf, amount: int) -> SpareChunk | None:
        """Count `amount` bytes of a chunk as handed out, and return it; None if fewer are left."""
        spare = self._spare.get(chunk)
        if spare is None or spare.left < amount:
            return None
        self._left(chunk, spare.left - amount)
        return spare

    def keep(self, chunk: ChunkOf, data: bytes, headers: Mapping[str, str], *, handed: int) -> SpareChunk:
        """Store a fetched chunk, of which `handed` bytes are handed out at once; the oldest chunk makes room."""
        spare = self._spare[chunk] = SpareChunk(data, headers, len(data))
        self._spare.move_to_end(chunk)
        asyncio.get_running_loop().call_later(LIFE_S, self._forget, chunk, spare)
        self._left(chunk, len(data) - handed)
        while len(self._spare) > self._most:
            self._spare.popitem(last=False)
        return spare

    def give_back(self, chunk: ChunkOf, amount: int) -> None:
        """Return `amount` bytes of a chunk that were not handed out after all."""
        if chunk in self._spare:
            self._left(chunk, self._spare[chunk].left + amount)

    def _left(self, chunk: ChunkOf, left: int) -> None:
        self._spare[chunk].left = left
        if not left:
            del self._spare[chunk]

    def _forget(self, chunk: ChunkOf, spare: SpareChunk) -> None:
        if self._spare.get(chunk) is spare:
            del self._spare[chunk]
