"""A cache of the chunk manifests that a consumer has fetched: a file that is read in many ranges has one.

A manifest is used again only if the provider confirms it (304), so a file that was published anew is never checked
against its old manifest.
"""

from collections import OrderedDict
from typing import Final

import msgspec

from xinfu.evidence import Manifest

MOST_CHUNKS: Final = 100_000
"""Chunks of all manifests together: about 12 MB, for 100 GB of data."""


class ManifestKey(msgspec.Struct, frozen=True):
    """The key of a manifest: the transfer, and the file of it; `query` as in the URL."""

    context: str
    transfer: str
    path: str
    query: str


class KnownManifests:
    """The manifests of this process that were used last."""

    def __init__(self, most_chunks: int = MOST_CHUNKS) -> None:
        self._known: OrderedDict[ManifestKey, Manifest] = OrderedDict()
        self._most = most_chunks
        self._chunks = 0

    def get(self, whose: ManifestKey) -> Manifest | None:
        """The cached manifest; None if there is none."""
        if whose in self._known:
            self._known.move_to_end(whose)
        return self._known.get(whose)

    def keep(self, whose: ManifestKey, manifest: Manifest) -> None:
        """Cache a manifest, and evict the least recently used ones; one larger than the whole cache is not stored."""
        self.forget(whose)
        if _size(manifest) > self._most:
            return
        self._known[whose] = manifest
        self._chunks += _size(manifest)
        while self._chunks > self._most:
            self.forget(next(iter(self._known)))

    def forget(self, whose: ManifestKey) -> None:
        """Remove a manifest from the cache."""
        manifest = self._known.pop(whose, None)
        if manifest is not None:
            self._chunks -= _size(manifest)


def _size(manifest: Manifest) -> int:
    return len(manifest.chunks) + 1
