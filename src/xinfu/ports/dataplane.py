"""DataPlane: where bytes come from. Who may read them is decided before, by the one enforcement point.

Embedded planes speak this port; remote ones will speak Data Plane Signaling behind the same port.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

import msgspec

from xinfu.evidence import Manifest
from xinfu.ports.records import Source

CHUNK_BYTES: Final = 1024 * 1024


class FileOf(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a source. `path` is relative with forward slashes, "" for a source that is a file itself."""

    path: str
    size_bytes: int
    stamp: str


class Opened(Protocol):
    """An open file of a source; alive inside the `async with` that gave it."""

    @property
    def file(self) -> FileOf:
        """What was opened; its stamp was checked."""

    def chunks(self, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes `start` (inclusive) to `end` (exclusive), cut at multiples of 1 MiB of the file.

        Raises:
            IntegrityError: `source.changed`, when the file shrank, grew or was written to meanwhile;
                no byte of the changed chunk is given.
            StoreError: `source.unreadable`, when the disk fails.
        """


class DataPlane(Protocol):
    """Reads one kind of source."""

    async def files(self, source: Source) -> list[FileOf]:
        """All files of the source, ordered by path.

        Raises:
            InputError: `source.missing`, `source.not-regular`, `source.outside`.
        """

    async def measure(self, source: Source, file: FileOf) -> Manifest:
        """Hash one file in chunks (D-17), in flat memory and off the loop.

        Raises:
            IntegrityError: `source.changed`.
        """

    def open(self, source: Source, path: str, *, stamp: str) -> AbstractAsyncContextManager[Opened]:
        """Open one file for reading, without ever leaving the source's folder (no link is followed).

        Raises (on entering):
            NotFoundError: `file.not-found`, also for a path that climbs or a link that leads out.
            IntegrityError: `source.changed`, when the stamp no longer fits.
        """
