"""Chunk manifests that a consumer has fetched, kept for a while: a file that is read by many ranges has one.

It is used again only where the provider says that it still holds (304), so a file that was published anew is never
held against what it was before.
"""

from collections import OrderedDict
from typing import Final

import msgspec

from xinfu.evidence import Manifest

MOST_CHUNKS: Final = 100_000
"""Of all manifests together: about 12 MB, the chunks of 100 GB of data."""


class ManifestKey(msgspec.Struct, frozen=True):
    """Which file of which transfer a manifest is of; `query` as in the URL."""

    context: str
    transfer: str
    path: str
    query: str


class KnownManifests:
    """Those that were asked for last, in this process."""

    def __init__(self, most_chunks: int = MOST_CHUNKS) -> None:
        self._known: OrderedDict[ManifestKey, Manifest] = OrderedDict()
        self._most = most_chunks
        self._chunks = 0

    def get(self, whose: ManifestKey) -> Manifest | None:
        """The manifest as it was, if it is known."""
        if whose in self._known:
            self._known.move_to_end(whose)
        return self._known.get(whose)

    def keep(self, whose: ManifestKey, manifest: Manifest) -> None:
        """Know it; what was asked for longest ago goes. One that is larger than all may be is not kept."""
        self.forget(whose)
        if _size(manifest) > self._most:
            return
        self._known[whose] = manifest
        self._chunks += _size(manifest)
        while self._chunks > self._most:
            self.forget(next(iter(self._known)))

    def forget(self, whose: ManifestKey) -> None:
        """Know it no more."""
        manifest = self._known.pop(whose, None)
        if manifest is not None:
            self._chunks -= _size(manifest)


def _size(manifest: Manifest) -> int:
    return len(manifest.chunks) + 1
