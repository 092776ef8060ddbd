"""DataPlane and LivePlane: sources of bytes. The one enforcement point has decided before who may read them.

A DataPlane reads files and objects, which have a size and a stamp: they are measured when they are published, and
read in parts. A LivePlane produces bytes as they are read (an HTTP API, the rows of a query): they are
hashed as they flow. Embedded planes implement these ports; remote ones will speak Data Plane Signaling behind them.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

import msgspec

from xinfu.evidence import Manifest
from xinfu.odrl import Transform
from xinfu.ports import errors
from xinfu.ports.sources import Column, LiveSource, Source

CHUNK_BYTES: Final = 1024 * 1024
COLUMNS: Final = "columns"
"""The parameter by which a consumer chooses columns of a table."""
MANIFEST: Final = "application/vnd.xinfu.manifest+json"
LISTING: Final = "application/vnd.xinfu.listing+json"
"""The media types that request a manifest or a listing, so that a live source does not take the request for a path."""


class Secrets(Mapping[str, str]):
    """The values of the secrets that a source names, opened for one call; printing it shows only their names.

    Attributes:
        context: the context that they belong to, whose private addresses the call may reach; "": none.
    """

    def __init__(self, values: Mapping[str, str] | None = None, *, context: str = "") -> None:
        self._values = dict(values or {})
        self.context = context

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Secrets({sorted(self._values)})"


NO_SECRETS: Final = Secrets()


class FileOf(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a source. `path` is relative with forward slashes, "" for a source that is a file itself."""

    path: str
    size_bytes: int
    stamp: str


class OpenSource(Protocol):
    """An open file of a source; usable inside the `async with` that gave it."""

    @property
    def file(self) -> FileOf:
        """The open file; its stamp has been checked."""

    def chunks(self, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes `start` (inclusive) to `end` (exclusive), cut at multiples of 1 MiB of the file.

        Raises:
            IntegrityError: `source.changed`, if the file shrank, grew or was written to meanwhile;
                no byte of the changed chunk is given.
            StoreError: `source.unreadable`, if the disk fails.
        """


class DataPlane(Protocol):
    """A reader of one kind of source whose bytes exist before they are requested."""

    async def files(self, source: Source, *, secrets: Secrets = NO_SECRETS) -> list[FileOf]:
        """All files of the source, ordered by path.

        Raises:
            InputError: `source.missing`, `source.not-regular`, `source.outside`.
        """

    async def measure(self, source: Source, file: FileOf, *, secrets: Secrets = NO_SECRETS) -> Manifest:
        """Hash one file in chunks (D-17), in constant memory and outside the event loop.

        Raises:
            IntegrityError: `source.changed`.
        """

    def open(
        self, source: Source, path: str, *, stamp: str, secrets: Secrets = NO_SECRETS
    ) -> AbstractAsyncContextManager[OpenSource]:
        """Open one file for reading; never leaves the source's folder, and follows no link.

        Raises (on entering):
            NotFoundError: `file.not-found`, also for a path that leaves the folder, and for a link.
            IntegrityError: `source.changed`, if the stamp no longer matches.
        """


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """The reader of a live source: ids of the context, the agreement and the transfer."""

    context: str
    agreement: str
    transfer: str


class RowLimit:
    """The limit of the rows of an answer that is produced for one request.

    Attributes:
        counted: rows of the answer so far, including rows not read yet.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.counted = 0

    def add(self, rows: int) -> None:
        """Count `rows` more rows, before they are written.

        Raises:
            RefusedError: `rows.exhausted`: the answer would exceed the limit. Nothing is counted; write none of them.
        """
        if self.counted + rows > self.most:
            raise errors.ROWS_EXHAUSTED(left=self.most)
        self.counted += rows


class ChosenColumns(msgspec.Struct, frozen=True, tag="chosen"):
    """The consumer's choice among the columns that may leave; applied after all transforms."""

    names: tuple[str, ...]


Form = tuple[Transform | ChosenColumns, ...]
"""The form in which data leaves: the changes made to it, in order."""


class LiveRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A consumer's request to a live source; the source decides which parts of it have an effect.

    Attributes:
        reader: the reader; an answer is kept for this reader alone.
        fresh: the name to give to a new answer, if one is produced for this request and kept.
        rows: the limit of the rows of a new answer; None: no limit.
        transforms: changes to the data before it leaves; a source that cannot apply all of them gives nothing.
        columns: the columns wanted, of those that may leave; empty: all.
        part: only these bytes (start, end) of the answer that `LivePlane.kept` returned.
        path: relative, decoded, with forward slashes; "" for the source itself.
        query: names and values, decoded, in order.
        headers: by lower-case name, without Authorization (the endpoint token).
        body: the consumer's body, read only as fast as it is consumed; None: none.
    """

    reader: Reader = Reader(context="", agreement="", transfer="")
    fresh: str = ""
    rows: RowLimit | None = None
    transforms: tuple[Transform, ...] = ()
    columns: tuple[str, ...] = ()
    part: tuple[int, int] | None = None
    method: str = "GET"
    path: str = ""
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    body: AsyncIterator[bytes] | None = None

    @property
    def form(self) -> Form:
        """The transforms, followed by the choice of columns."""
        return (*self.transforms, ChosenColumns(self.columns)) if self.columns else self.transforms

    @property
    def range(self) -> str | None:
        """The Range header."""
        return self.headers.get("range")


class LiveAnswer(Protocol):
    """The answer of a live source whose body is still arriving; usable inside the `async with` that gave it."""

    @property
    def status(self) -> int:
        """The HTTP status for the consumer: 206 if a range is given, 4xx and 5xx as the source states them."""

    @property
    def media_type(self) -> str:
        """The content type, with its parameters."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Further headers for the consumer by lower-case name, such as etag, content-range, last-modified."""

    @property
    def size(self) -> int | None:
        """Bytes of the body if known in advance, else None; the body then has exactly this length or breaks off."""

    def chunks(self) -> AsyncIterator[bytes]:
        """The body in pieces of at most 1 MiB, produced or fetched as they are consumed: at most two are in memory.

        Raises:
            StoreError: `source.broken-off`: the source failed, or was silent too long.
        """


class StoredResult(msgspec.Struct, frozen=True, kw_only=True):
    """A complete stored answer, which can be read again, also by range; the bytes under its name never change."""

    name: str
    rows: int = 0
    media_type: str
    manifest: Manifest


class LivePlane(Protocol):
    """A reader of one kind of source whose bytes are produced as they are read.

    A range that cannot be given is ignored, as HTTP allows: the answer is then complete, with status 200.
    """

    async def check(self, source: LiveSource, *, secrets: Secrets = NO_SECRETS) -> tuple[Column, ...]:
        """Check that the source can be read as described; called when it is published.

        Returns:
            The columns that all its answers have; () if they have no columns.

        Raises:
            InputError: `source.*`: what is wrong and what would help.
            RefusedError: `source.own`; `transform.unreadable` for a file of rows.
        """

    def open(
        self, source: LiveSource, request: LiveRequest, *, secrets: Secrets = NO_SECRETS
    ) -> AbstractAsyncContextManager[LiveAnswer]:
        """Send the request to the source. Leaving the block releases it, whether or not its body was read.

        Raises (on entering):
            InputError: `source.not-passed`, `parameter.*`: the source does not accept this from a consumer.
            NotFoundError: `file.not-found`, for a path that leaves the source.
            StoreError: `source.unreachable`: the consumer cannot change that; its use is given back.
        """

    async def kept(self, source: LiveSource, request: LiveRequest, *, wait: bool) -> StoredResult | None:
        """The kept answer to this request; None if there is none.

        Args:
            wait: if the answer is still being produced, wait until it is complete; otherwise that counts as none.

        Raises:
            As `open`; StoreError: `source.broken-off`, `result.*`: the reason why it could not be completed.
        """

    def stop(self, context: str, *, agreement: str | None = None, transfer: str | None = None) -> None:
        """Interrupt running reads and forget kept answers under this agreement or for this transfer."""
