"""DataPlane and LivePlane: where bytes come from. Who may read them is decided before, by the one enforcement point.

A DataPlane holds things with a size and a stamp (files, objects): they are measured when they are published, and
read in parts. Of a LivePlane bytes come into being as they are read (an HTTP API, the rows of a query): they are
hashed as they flow. Embedded planes speak these ports; remote ones will speak Data Plane Signaling behind them.
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
"""The parameter with which a consumer chooses columns of a table."""
MANIFEST: Final = "application/vnd.xinfu.manifest+json"
LISTING: Final = "application/vnd.xinfu.listing+json"
"""What a consumer accepts when it asks for a manifest or a listing, so that no live source takes it for a path."""


class Secrets(Mapping[str, str]):
    """The values of the secrets that a source names, opened for one call; shows none of them when printed.

    Attributes:
        context: whose they are, and so whose addresses the call may reach; "": nobody's, no private address.
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
    """Reads one kind of source whose bytes lie there before they are asked for."""

    async def files(self, source: Source, *, secrets: Secrets = NO_SECRETS) -> list[FileOf]:
        """All files of the source, ordered by path.

        Raises:
            InputError: `source.missing`, `source.not-regular`, `source.outside`.
        """

    async def measure(self, source: Source, file: FileOf, *, secrets: Secrets = NO_SECRETS) -> Manifest:
        """Hash one file in chunks (D-17), in flat memory and off the loop.

        Raises:
            IntegrityError: `source.changed`.
        """

    def open(
        self, source: Source, path: str, *, stamp: str, secrets: Secrets = NO_SECRETS
    ) -> AbstractAsyncContextManager[OpenSource]:
        """Open one file for reading, without ever leaving the source's folder (no link is followed).

        Raises (on entering):
            NotFoundError: `file.not-found`, also for a path that climbs or a link that leads out.
            IntegrityError: `source.changed`, when the stamp no longer fits.
        """


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """The reader of a live source: ids of the context, the agreement and the transfer."""

    context: str
    agreement: str
    transfer: str


class RowLimit:
    """How many rows an answer may have that is made for one request.

    Attributes:
        counted: rows that it has so far, those that nobody has read yet included.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.counted = 0

    def add(self, rows: int) -> None:
        """So many more rows are about to be written.

        Raises:
            RefusedError: `rows.exhausted`: there would be more than there may; none of them is written.
        """
        if self.counted + rows > self.most:
            raise errors.ROWS_EXHAUSTED(left=self.most)
        self.counted += rows


class ChosenColumns(msgspec.Struct, frozen=True, tag="chosen"):
    """Of what may leave, the consumer wants these columns; carried out after all transforms."""

    names: tuple[str, ...]


Form = tuple[Transform | ChosenColumns, ...]
"""In which form data leaves: what is done to it, one after the other."""


class LiveRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a consumer says when it reads a live source; how much of it counts is the source's to say.

    Attributes:
        reader: for whom; what is kept of an answer is kept for this reader alone.
        fresh: the name of an answer that is made for this request and kept.
        rows: how many rows an answer that is made may have; None: as many as there are.
        transforms: what is done to the data before it leaves; a source that cannot do all of it gives nothing.
        columns: of those that may leave, the ones that are wanted; empty: all of them.
        part: only these bytes (start, end) of the answer that `LivePlane.kept` told of.
        path: relative, decoded, with forward slashes; "" for the source itself.
        query: names and values, decoded, in order.
        headers: by lower-case name; Authorization (the endpoint token) is not among them.
        body: what the consumer sends, read only as fast as it is taken; None: nothing.
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
        """The transforms, and the choice of columns behind them."""
        return (*self.transforms, ChosenColumns(self.columns)) if self.columns else self.transforms

    @property
    def range(self) -> str | None:
        """The Range header."""
        return self.headers.get("range")


class LiveAnswer(Protocol):
    """The answer of a live source whose body is still coming; alive inside the `async with` that gave it."""

    @property
    def status(self) -> int:
        """The HTTP status that the consumer gets: 206 where a range was given, 4xx and 5xx as a source says it."""

    @property
    def media_type(self) -> str:
        """Content type, with its parameters."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Further headers for the consumer, by lower-case name: such as etag, content-range, last-modified."""

    @property
    def size(self) -> int | None:
        """Bytes of the body where the source knows them before; then exactly so many come, or it breaks off."""

    def chunks(self) -> AsyncIterator[bytes]:
        """The body in pieces of at most 1 MiB, made or fetched only as they are taken: two at most in memory.

        Raises:
            StoreError: `source.broken-off`: the source died, or stood still too long.
        """


class StoredResult(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that lies here whole and can be read again, also by range: its bytes never change under its name."""

    name: str
    rows: int = 0
    media_type: str
    manifest: Manifest


class LivePlane(Protocol):
    """Reads one kind of source whose bytes come into being as they are read.

    A range that cannot be given is passed over, as HTTP allows: the answer is whole then, with status 200.
    """

    async def check(self, source: LiveSource, *, secrets: Secrets = NO_SECRETS) -> tuple[Column, ...]:
        """See whether the source can be read as it is described; asked when it is published.

        Returns:
            The columns that all its answers have; none where they have no columns.

        Raises:
            InputError: `source.*`: what is wrong and what would help. RefusedError: `source.own`; `transform.unreadable`
                of a file of rows.
        """

    def open(
        self, source: LiveSource, request: LiveRequest, *, secrets: Secrets = NO_SECRETS
    ) -> AbstractAsyncContextManager[LiveAnswer]:
        """Ask the source. Leaving the block lets go of it, whether or not its body was read.

        Raises (on entering):
            InputError: `source.not-passed`, `parameter.*`: the source does not take this from a consumer.
            NotFoundError: `file.not-found`, for a path that climbs.
            StoreError: `source.unreachable`: nothing that a consumer could change; its use is given back.
        """

    async def kept(self, source: LiveSource, request: LiveRequest, *, wait: bool) -> StoredResult | None:
        """The answer to this request that was made before, if it is still there.

        Args:
            wait: until it is whole, where it is still being made; else it is not there yet.

        Raises:
            As `open`; StoreError: `source.broken-off`, `result.*`: why it was not made to its end.
        """

    def stop(self, context: str, *, agreement: str | None = None, transfer: str | None = None) -> None:
        """Interrupt what runs, and forget what is kept, under this agreement or for this transfer."""
