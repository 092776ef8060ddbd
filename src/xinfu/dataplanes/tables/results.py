"""Results of queries, stored in files for a while, so that their bytes can be read again and by range.

A result is one query with its values in one format, for one transfer. It grows into a file (mode 0600) as fast as the
database returns rows, and readers follow at their own pace. So a slow reader never holds a database's
snapshot, and a cut download goes on with the same bytes. What bounds it is the disk that the operator gives: a result
that does not fit ends with `result.too-large`, and the oldest without a reader makes room. A result is forgotten
when its transfer or agreement stops, when it was not requested for a while, and when the process ends; what a killed
process left is removed by the next one that starts on the same folder.
"""

import asyncio
import fcntl
import hashlib
import logging
import os
import secrets
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from xinfu.dataplanes.tables import errors
from xinfu.errors import StoreError, XinfuError
from xinfu.evidence import Manifest
from xinfu.ports.dataplane import CHUNK_BYTES

_log = logging.getLogger(__name__)

_LOCK: Final = "lock"


class ResultLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of the stored results.

    Attributes:
        size_bytes: of all results together.
        number: results at a time.
        idle_s: seconds after which a result without requests is forgotten.
        running: queries at a time; more wait.
        query_s: seconds that one query may take.
        check_s: seconds within which the first rows come when a table or query is published.
    """

    size_bytes: int = 8 * 1024**3
    number: int = 64
    idle_s: float = 3600.0
    running: int = 4
    query_s: float = 3600.0
    check_s: float = 30.0


class ResultKey(msgspec.Struct, frozen=True, kw_only=True):
    """The key of a result: its reader, and in `name` the source, format, parameter values and form."""

    context: str
    agreement: str
    transfer: str
    name: str


class GrowingResult:
    """The file that a result grows into; hashes each 1 MiB on its way. Written in one thread at a time."""

    closed = False

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._hash = hashlib.sha256()
        self.size_bytes = 0
        self.rows = 0
        self.digests: list[bytes] = []

    def write(self, data: bytes | memoryview) -> int:
        """Append all of the data, or raise OSError."""
        view = memoryview(data).cast("B")
        at = 0
        while at < len(view):
            piece = view[at : at + CHUNK_BYTES - self.size_bytes % CHUNK_BYTES]
            written = os.write(self._descriptor, piece)
            self._hash.update(piece[:written])
            self.size_bytes += written
            at += written
            if self.size_bytes % CHUNK_BYTES == 0:
                self._next_chunk()
        return len(view)

    def flush(self) -> None:
        """Do nothing: writes are not buffered."""

    def manifest(self) -> Manifest:
        """Finish the file, and return its manifest. Nothing is written after it."""
        if self.size_bytes % CHUNK_BYTES:
            self._next_chunk()
        return Manifest.of(size=self.size_bytes, digests=self.digests)

    def _next_chunk(self) -> None:
        self.digests.append(self._hash.digest())
        self._hash = hashlib.sha256()


Fill = Callable[[GrowingResult], AsyncGenerator[None]]
"""Writes a result piece by piece; yields after each."""


class Result:
    """A result, whole or growing. Its `name` belongs to these bytes alone, from the first on."""

    def __init__(self, key: ResultKey, path: Path, name: str) -> None:
        self.key = key
        self.name = name
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self.file = GrowingResult(self._descriptor)
        self.size_bytes = 0
        self.manifest: Manifest | None = None
        self.error: XinfuError | None = None
        self.started = False
        self.readers = 0
        self.gone = False
        self.closed = False
        self.task: asyncio.Task[None] | None = None
        self.timer: asyncio.TimerHandle | None = None
        self._news = asyncio.Event()

    @property
    def idle(self) -> bool:
        """Whether it is whole and has no reader."""
        return self.manifest is not None and not self.readers

    async def begun(self) -> None:
        """Wait until its query has begun to return rows.

        Raises:
            XinfuError: it never will.
        """
        while not self.started:
            await self._change()

    async def whole(self) -> Manifest:
        """Wait until it is whole, and return its manifest.

        Raises:
            XinfuError: why it never will be.
        """
        while self.manifest is None:
            await self._change()
        return self.manifest

    async def chunks(self, start: int, end: int | None) -> AsyncIterator[bytes]:
        """The bytes from `start` to `end` (exclusive; None: to the end of the result) as they are written.

        Raises:
            XinfuError: why it ended early.
        """
        at = start
        while end is None or at < end:
            border = (at // CHUNK_BYTES + 1) * CHUNK_BYTES
            stop = min(border, self.size_bytes) if end is None else min(border, self.size_bytes, end)
            if stop > at:
                yield await asyncio.to_thread(os.pread, self._descriptor, stop - at, at)
                at = stop
            elif self.manifest is not None:
                return
            else:
                await self._change()

    def tell(self) -> None:
        """Wake the readers that wait for more bytes."""
        self._news.set()
        self._news = asyncio.Event()

    def close(self) -> None:
        """Close the file; its content is gone once no process holds it open."""
        self.closed = True
        os.close(self._descriptor)

    async def _change(self) -> None:
        if self.error is not None:
            raise self.error
        await self._news.wait()


class Results:
    """The results of this process, in a folder of its own below `folder`.

    Args:
        folder: made when it is first needed, mode 0700.
    """

    def __init__(self, folder: Path, limits: ResultLimits) -> None:
        self._above = folder
        self._limits = limits
        self._folder: Path | None = None
        self._lock = -1
        self._kept: dict[ResultKey, Result] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(limits.running)

    def there(self, key: ResultKey) -> Result | None:
        """The result of this key, whole or growing, if it is there."""
        return self._kept.get(key)

    @contextmanager
    def reading(self, key: ResultKey, fill: Fill, *, name: str) -> Iterator[Result]:
        """Yield the result of this key, begun as `name` if it is not there. It is not forgotten inside the block.

        Raises:
            StoreError: `result.no-room`: as many as may be are being read.
        """
        result = self._kept.get(key) or self._begin(key, fill, name)
        result.readers += 1
        if result.timer is not None:
            result.timer.cancel()
        try:
            yield result
        finally:
            result.readers -= 1
            if result.gone:
                self._let_go(result)
            elif not result.readers:
                result.timer = asyncio.get_running_loop().call_later(
                    self._limits.idle_s, self._forget, result, gone()
                )

    def stop(self, context: str, *, agreement: str | None = None, transfer: str | None = None) -> None:
        """Forget the results of this agreement or transfer; their queries are interrupted."""
        for key, result in list(self._kept.items()):
            if key.context == context and (key.agreement == agreement or key.transfer == transfer):
                self._forget(result, gone())

    def stop_all(self) -> None:
        """Forget every result."""
        for result in list(self._kept.values()):
            self._forget(result, gone())

    async def close(self) -> None:
        """Forget all, wait for what runs to end, and remove the folder."""
        self.stop_all()
        await asyncio.gather(*self._tasks, return_exceptions=True)  # also those that were stopped before
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            os.close(self._lock)
            self._folder = None

    @property
    def folder(self) -> Path:
        """The folder for files of this process. Folders of earlier processes are removed before it is made.

        Raises:
            StoreError: `result.folder`.
        """
        if self._folder is None:
            try:
                self._above.mkdir(mode=0o700, parents=True, exist_ok=True)
                with _held(self._above):
                    _remove_left_over(self._above)
                    made = self._above / secrets.token_hex(8)
                    made.mkdir(mode=0o700)
                    self._lock = _locked(made)
            except OSError as error:
                raise _no_folder(error) from error
            self._folder = made
        return self._folder

    def _begin(self, key: ResultKey, fill: Fill, name: str) -> Result:
        if len(self._kept) >= self._limits.number and not self._make_room():
            raise errors.RESULT_NO_ROOM()
        try:
            result = Result(key, self.folder / secrets.token_hex(8), name)
        except OSError as error:
            raise _no_folder(error) from error
        self._kept[key] = result
        result.task = asyncio.create_task(self._fill(result, fill))
        self._tasks.add(result.task)
        result.task.add_done_callback(self._tasks.discard)
        return result

    async def _fill(self, result: Result, fill: Fill) -> None:
        """Run the query to its end. If it fails, each reader gets its error."""
        try:
            async with self._slots, asyncio.timeout(self._limits.query_s):
                await self._grow(result, fill)
        except XinfuError as known:
            _log.warning("a result ended early", extra={"code": known.code}, exc_info=known.__cause__)
            self._forget(result, known)
        except TimeoutError:
            self._forget(result, errors.RESULT_TOO_SLOW(limit_s=self._limits.query_s))
        except asyncio.CancelledError:
            self._forget(result, gone())
        except OSError as failed:
            self._forget(result, _no_folder(failed))
        except Exception:  # the top of a worker: logged, and told to who waits
            _log.exception("a result could not be made")
            self._forget(result, errors.RESULT_FAILED())

    async def _grow(self, result: Result, fill: Fill) -> None:
        async with aclosing(fill(result.file)) as pieces:
            async for _ in pieces:
                result.started = True
                result.size_bytes = result.file.size_bytes
                self._check_size()
                result.tell()
        result.size_bytes = result.file.size_bytes
        self._check_size()
        result.manifest = result.file.manifest()
        result.tell()

    def _check_size(self) -> None:
        while sum(each.size_bytes for each in self._kept.values()) > self._limits.size_bytes:
            if not self._make_room():
                raise errors.RESULT_TOO_LARGE(limit=self._limits.size_bytes)

    def _make_room(self) -> bool:
        """Forget the oldest result without a reader, and return whether there was one."""
        idle = next((each for each in self._kept.values() if each.idle), None)
        if idle is not None:
            self._forget(idle, gone())
        return idle is not None

    def _forget(self, result: Result, error: XinfuError) -> None:
        if result.gone:
            return
        result.gone = True
        result.error = result.error or error
        self._kept.pop(result.key, None)
        if result.timer is not None:
            result.timer.cancel()
        with suppress(OSError):
            result.path.unlink()
        task = result.task
        if task is not None and not task.done():
            if task is not asyncio.current_task():
                task.cancel()
            task.add_done_callback(lambda _: self._let_go(result))
        result.tell()
        self._let_go(result)

    def _let_go(self, result: Result) -> None:
        """Close the file once neither a reader nor the query uses it."""
        writes = result.task is not None and not result.task.done()
        if not result.readers and not writes and not result.closed:
            result.close()


@contextmanager
def _held(above: Path) -> Iterator[None]:
    """Lock the folder, so that no other process makes or removes folders in it meanwhile."""
    descriptor = os.open(above, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _remove_left_over(above: Path) -> None:
    """Remove the folders of processes that have ended: a living process holds the lock of its folder."""
    for folder in above.iterdir():
        try:
            descriptor = _locked(folder)
        except OSError:
            continue
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _locked(folder: Path) -> int:
    """Take the lock of a result folder, and return its descriptor. Raises OSError if another process holds it."""
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def gone() -> StoreError:
    """The error for a result that was forgotten or stopped."""
    return errors.RESULT_GONE()


def _no_folder(error: OSError) -> StoreError:
    return errors.RESULT_FOLDER(why=error.strerror or "it failed", why_zh=error.strerror or "写入失败")
