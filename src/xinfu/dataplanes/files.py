"""Files and folders as sources: stamps, chunk manifests, and reading in 1 MiB chunks.

A file is known by its stamp (inode, size, mtime, ctime). Whatever was hashed under one stamp is not served
under another: a file that shrinks, grows or is written to while it is read ends the stream with
`source.changed`, and the chunk that was being read is not given (D-17). Reading leaves the loop free: a chunk
that has to come from the disk is read in a thread, and memory is one chunk whatever the size.
"""

import asyncio
import hashlib
import io
import os
import stat
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from xinfu.dataplanes import errors
from xinfu.dataplanes.folders import missing, not_found, open_beneath, opened_folder, walk_beneath
from xinfu.dataplanes.own_files import OwnFiles
from xinfu.dataplanes.source_errors import broken_off
from xinfu.errors import IntegrityError, XinfuError
from xinfu.evidence import Manifest
from xinfu.ports.dataplane import CHUNK_BYTES, NO_SECRETS, FileOf, Secrets
from xinfu.ports.sources import FileSource, FolderSource, Source

Local = FileSource | FolderSource
Marks = tuple[int, int, int]
"""What of a stamp can change while a file is open: size, mtime, ctime."""
_PROBE: Final = (bytearray(1),)


class Files:
    """Reads sources of the kinds `file` and `folder`.

    Args:
        own: the node's own files, which are neither listed nor read.
    """

    def __init__(self, own: OwnFiles) -> None:
        self._own = own

    async def files(self, source: Source, *, secrets: Secrets = NO_SECRETS) -> list[FileOf]:
        """List the files of the source, ordered by path. A source that is itself a file has the path ""."""
        return await asyncio.to_thread(_list, _local(source), self._own)

    async def measure(self, source: Source, file: FileOf, *, secrets: Secrets = NO_SECRETS) -> Manifest:
        """Hash one file in chunks of 1 MiB, in flat memory and off the loop."""
        return await asyncio.to_thread(_measure, _local(source), file, self._own)

    @asynccontextmanager
    async def open(
        self, source: Source, path: str, *, stamp: str, secrets: Secrets = NO_SECRETS
    ) -> AsyncIterator["OpenedFile"]:
        """Open one file for reading; the stamp must still fit."""
        descriptor = await asyncio.to_thread(_open, _local(source), path, self._own)
        try:
            status = os.fstat(descriptor)
            file = _describe(path, status)
            if file.stamp != stamp:
                raise changed()
            yield OpenedFile(descriptor, file, _marks(status))
        finally:
            os.close(descriptor)


class OpenedFile:
    """An open file; every chunk is checked against the stamp before it is given."""

    def __init__(self, descriptor: int, file: FileOf, marks: Marks) -> None:
        self._descriptor = descriptor
        self._marks = marks
        self.file = file

    async def chunks(self, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes `start` to `end` (exclusive), cut at multiples of 1 MiB of the file."""
        at = start
        while at < end:
            stop = min(end, (at // CHUNK_BYTES + 1) * CHUNK_BYTES)
            if self._is_at_hand(at, stop - 1):
                yield self._read(at, stop - at)
            else:
                yield await asyncio.to_thread(self._read, at, stop - at)
            at = stop

    def _is_at_hand(self, first: int, last: int) -> bool:
        """Whether the system has a chunk in memory already: then it is copied in less time than a thread takes."""
        try:
            ends = os.preadv(self._descriptor, _PROBE, first, os.RWF_NOWAIT)
            return bool(ends and os.preadv(self._descriptor, _PROBE, last, os.RWF_NOWAIT))
        except OSError:  # it would have to wait, or cannot tell
            return False

    def _read(self, at: int, size: int) -> bytes:
        try:
            data = os.pread(self._descriptor, size, at)
        except OSError as error:
            raise errors.SOURCE_UNREADABLE() from error
        if len(data) != size or _marks(os.fstat(self._descriptor)) != self._marks:
            raise changed()
        return data


class WatchedFile(io.RawIOBase):
    """A file for a library that reads where it likes, in threads of its own.

    Opening and each read raise IntegrityError (`source.changed`) if the file no longer has this stamp.

    Attributes:
        error: why a read failed; a library that reads would replace it by an error of its own.
    """

    def __init__(self, path: str, stamp: str, own: OwnFiles) -> None:
        self._alone = threading.Lock()
        self._descriptor = _open(FileSource(path=path), "", own)
        self._at = 0
        self.error: XinfuError | None = None
        status = os.fstat(self._descriptor)
        self._marks = _marks(status)
        if _stamp(status) != stamp:
            self.close()
            raise changed()

    def readable(self) -> bool:
        """Return True, as a library asks before it reads."""
        return True

    def seekable(self) -> bool:
        """Return True, as a library asks before it seeks."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place of the file."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._marks[0]}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Read into the buffer from the current place."""
        with self._alone:
            if self.error is not None or self.closed:
                raise self.error or ValueError("closed")
            size = os.preadv(self._descriptor, [buffer], self._at)
            if _marks(os.fstat(self._descriptor)) != self._marks:
                self.error = changed()
                raise self.error
            self._at += size
            return size

    @property
    def place(self) -> str:
        """A path by which a library opens this very file for itself; what it reads is to be checked with `check`."""
        return f"/proc/self/fd/{self._descriptor}"

    def check(self) -> None:
        """Refuse what was read so far, if the file has changed, or reading is to stop.

        Raises:
            IntegrityError: `source.changed`.
        """
        with self._alone:
            if self.error is None and not self.closed and _marks(os.fstat(self._descriptor)) != self._marks:
                self.error = changed()
            if self.error is not None or self.closed:
                raise self.error or ValueError("closed")

    def stop(self) -> None:
        """Make every later read fail."""
        self.error = self.error or broken_off()

    def close(self) -> None:
        """Let go of the file."""
        with self._alone:
            if not self.closed:
                os.close(self._descriptor)
            super().close()


def _local(source: Source) -> Local:
    if not isinstance(source, Local):
        raise TypeError(f"{source.kind} is not a kind of file")
    return source


def _list(source: Local, own: OwnFiles) -> list[FileOf]:
    if isinstance(source, FileSource):
        descriptor = _open(source, "", own)
        try:
            return [_describe("", os.fstat(descriptor))]
        finally:
            os.close(descriptor)
    with opened_folder(Path(source.path)) as root:
        found = []
        for name in walk_beneath(root, leave_out=own.holds):
            descriptor = open_beneath(root, name)
            try:
                if not own.holds(descriptor):
                    found.append(_describe(name, os.fstat(descriptor)))
            finally:
                os.close(descriptor)
    return sorted(found, key=lambda file: file.path)


def _open(source: Local, path: str, own: OwnFiles) -> int:
    descriptor = _opened(source, path)
    try:
        if isinstance(source, FileSource):
            own.check(descriptor)
        elif own.holds(descriptor):
            raise not_found()
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _opened(source: Local, path: str) -> int:
    if isinstance(source, FolderSource):
        if not path:
            raise not_found()
        with opened_folder(Path(source.path)) as root:
            return open_beneath(root, path)
    if path:
        raise not_found()
    try:
        descriptor = os.open(source.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise missing(source.path) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise missing(source.path)
    return descriptor


def _describe(path: str, status: os.stat_result) -> FileOf:
    return FileOf(path=path, size_bytes=status.st_size, stamp=_stamp(status))


def _marks(status: os.stat_result) -> Marks:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _stamp(status: os.stat_result) -> str:
    return f"{status.st_dev}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"


def _measure(source: Local, file: FileOf, own: OwnFiles) -> Manifest:
    descriptor = _open(source, file.path, own)
    try:
        digests = []
        buffer = bytearray(CHUNK_BYTES)
        with os.fdopen(os.dup(descriptor), "rb", buffering=0) as stream:
            while size := _fill(stream.readinto, buffer):
                digests.append(hashlib.sha256(memoryview(buffer)[:size]).digest())
        if _stamp(os.fstat(descriptor)) != file.stamp:
            raise changed()
    finally:
        os.close(descriptor)
    return Manifest.of(size=file.size_bytes, digests=digests)


def _fill(readinto: Callable[[memoryview], int | None], buffer: bytearray) -> int:
    """Read until the buffer is full or the file ends; a short read is not the end of a file."""
    size, view = 0, memoryview(buffer)
    while size < len(buffer):
        got = readinto(view[size:])
        if not got:
            break
        size += got
    return size


def changed() -> IntegrityError:
    """The error for a file that has changed since it was published."""
    return errors.SOURCE_CHANGED()
