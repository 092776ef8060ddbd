"""Chunks that a range had to be widened to, kept for a moment so that the next range need not pay for them again.

A range is fetched in whole chunks, for only those can be held against the manifest, and its provider counts all that it
sends. What the range did not ask for is there for the ranges behind it: of each chunk as many bytes are handed out as it
has, and then it is fetched, and counted, anew. So nobody reads more than was counted. Before each read the provider is
asked whether it still may be; here nothing is opened.
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
    """Which chunk of which file, as it was published under this root."""

    whose: ManifestKey
    root: str
    number: int


class SpareChunk(msgspec.Struct):
    """A chunk whole, what its provider said with it, and how many bytes of it may still be handed out."""

    data: bytes
    headers: Mapping[str, str]
    left: int


class SpareChunks:
    """Those of this process."""

    def __init__(self, most: int = MOST) -> None:
        self._spare: OrderedDict[ChunkOf, SpareChunk] = OrderedDict()
        self._most = most
        self._turns = Turns()

    def turn(self, chunk: ChunkOf) -> AbstractAsyncContextManager[None]:
        """The turn of one of those who want a chunk: whoever waits finds what was fetched meanwhile."""
        return self._turns.of(chunk)

    def take(self, chunk: ChunkOf, amount: int) -> SpareChunk | None:
        """The chunk, if so many bytes of it may still be handed out; they count as handed out."""
        spare = self._spare.get(chunk)
        if spare is None or spare.left < amount:
            return None
        self._left(chunk, spare.left - amount)
        return spare

    def keep(self, chunk: ChunkOf, data: bytes, headers: Mapping[str, str], *, handed: int) -> SpareChunk:
        """Keep what was just fetched, of which so many bytes are handed out at once; the oldest makes room."""
        spare = self._spare[chunk] = SpareChunk(data, headers, len(data))
        self._spare.move_to_end(chunk)
        asyncio.get_running_loop().call_later(LIFE_S, self._forget, chunk, spare)
        self._left(chunk, len(data) - handed)
        while len(self._spare) > self._most:
            self._spare.popitem(last=False)
        return spare

    def give_back(self, chunk: ChunkOf, amount: int) -> None:
        """So many bytes were not handed out after all."""
        if chunk in self._spare:
            self._left(chunk, self._spare[chunk].left + amount)

    def _left(self, chunk: ChunkOf, left: int) -> None:
        self._spare[chunk].left = left
        if not left:
            del self._spare[chunk]

    def _forget(self, chunk: ChunkOf, spare: SpareChunk) -> None:
        if self._spare.get(chunk) is spare:
            del self._spare[chunk]
