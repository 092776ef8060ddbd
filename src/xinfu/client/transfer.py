"""A transfer as a handle: follow it, read from it, save its data, stop it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

from xinfu.api import Checked, FileView, Happening, TransferCheck, TransferView
from xinfu.client import errors
from xinfu.client.files import check_free, unwritable
from xinfu.client.problems import ended
from xinfu.client.saving import Part, name_of, root_of, safe
from xinfu.client.tables import Asked, table_query
from xinfu.client.timeline import happenings
from xinfu.client.transport import Incoming, Transport
from xinfu.client.vault import Vault, VaultObject
from xinfu.client.waiting import wait_until
from xinfu.errors import (
    NotFoundError,
    PeerError,
    RefusedError,
    XinfuError,
)

Progress = Callable[[int, int], None]
"""Told after each piece: bytes done, bytes in all."""

STARTED: Final = "STARTED"
_NOT_OURS: Final = "peer.answer"
"""The code of a refusal that is not in our words, as by a provider that knows no listing."""
TRIES: Final = 3
"""Cuts in a row, without a byte between them, after which saving gives up."""


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """The saved data.

    Attributes:
        verified: whether every file was checked against the provider's manifest, in transit and on disk.
        resumed_from: bytes present from an earlier attempt.
    """

    path: Path
    size_bytes: int
    files: int
    verified: bool
    resumed_from: int


class Transfer:
    """A transfer of the node. `view` holds its state when it was last loaded."""

    def __init__(
        self, transport: Transport, view: TransferView, query: str = "", key: str | None = None
    ) -> None:
        self._transport = transport
        self._query = query
        self._key = key
        self.view = view

    def asking(
        self,
        /,
        format: str | None = None,  # noqa: A002 - the API's name
        columns: Sequence[str] = (),
        **values: Asked | None,
    ) -> "Transfer":
        """Return the same transfer of a table, for the rows that these values select, in this format.

        It then carries one file, the result: the provider produces it once, and it is read whole or by range.

        Args:
            format: "csv", "jsonl", "parquet" or "arrow", if the dataset is offered in it.
            columns: select these columns; a column that the rule withholds refuses the whole query. None: all that may leave.
            values: values of the dataset's parameters.
        """
        return Transfer(self._transport, self.view, table_query(format, values, columns), self._key)

    def once(self, key: str) -> "Transfer":
        """Return the same transfer with `key` as the key of its next read: a repeat under this key is not a second use.

        A key covers one read of one file or result; each file of a folder needs its own, so a folder cannot be saved with it.

        Args:
            key: 1 to 255 printable ASCII characters without quotes or backslashes, such as a request's id.
        """
        return Transfer(self._transport, self.view, self._query, key)

    @property
    def id(self) -> str:
        """Our id of the transfer."""
        return self.view.id

    @property
    def state(self) -> str:
        """The state when last loaded."""
        return self.view.state

    async def refresh(self) -> "Transfer":
        """Reload the transfer from the node."""
        self.view = await self._transport.get(self._path, TransferView)
        return self

    async def started(self, timeout_s: float = 30) -> "Transfer":
        """Wait until the data can be fetched.

        Raises:
            RefusedError: it was ended, with the other side's reason. PeerError: `wait.over`.
        """
        self.view = await wait_until(
            self._transport, self._path, TransferView, until={STARTED}, timeout_s=timeout_s
        )
        if self.view.state != STARTED:
            raise self._ended()
        return self

    async def pushed(self, timeout_s: float = 30) -> "Transfer":
        """Wait until the provider has sent all data to the requested address.

        Raises:
            RefusedError: it was ended, with the other side's reason. PeerError: `wait.over`.
        """
        await self.over(timeout_s)
        if self.view.state != "COMPLETED":
            raise self._ended()
        return self

    async def over(self, timeout_s: float = 30) -> "Transfer":
        """Wait until the transfer is completed or terminated.

        Raises:
            PeerError: `wait.over`.
        """
        self.view = await wait_until(
            self._transport, self._path, TransferView, until=set(), timeout_s=timeout_s
        )
        return self

    async def check(self) -> Checked:
        """Ask the peer for its state of the transfer, and adopt it.

        Raises:
            ConflictError: `process.not-opened`. PeerError: the peer is unreachable.
        """
        told = await self._transport.post(f"{self._path}/check", TransferCheck)
        self.view = told.transfer
        return told.checked

    async def files(self) -> list[FileView]:
        """Return the files of the transfer; a single one with the path "" if the dataset is one file, or a table.

        Waits until the result of a table is produced.

        Raises:
            NotFoundError: the provider has no listing. ConflictError: it does not run.
        """
        return await self._transport.get(
            f"{self._path}/files", list[FileView], {"query": self._query or None, "key": self._key}
        )

    @asynccontextmanager
    async def open(
        self, path: str = "", *, start: int = 0, end: int | None = None
    ) -> AsyncIterator[Incoming]:
        """Open a file for reading piece by piece; the node checks each chunk in transit.

        Args:
            path: a file of a folder.
            start, end: the bytes from `start` up to but not including `end`.

        Raises (on entering):
            RefusedError: the provider refuses, with rule and remedy. ConflictError: it does not run.
        """
        range_ = None if start == 0 and end is None else f"bytes={start}-{'' if end is None else end - 1}"
        query = {"path": path or None, "query": self._query or None, "key": self._key}
        async with self._transport.stream(f"{self._path}/content", query=query, range_=range_) as incoming:
            yield incoming

    async def read(self, path: str = "", *, start: int = 0, end: int | None = None) -> bytes:
        """Return the bytes of a file, or of a range of it.

        Raises:
            As `open`; PeerError: `data.cut`.
        """
        async with self.open(path, start=start, end=end) as incoming:
            return b"".join([chunk async for chunk in incoming.chunks()])

    async def save(
        self, path: str | Path, progress: Progress | None = None, *, overwrite: bool = True
    ) -> Saved:
        """Save the data: a file to `path`, a folder below it. Continues an earlier attempt.

        Args:
            path: if it is an existing folder, a single file is saved in it under the name of the dataset.
            overwrite: overwrite other files; otherwise an existing file stops the call before a byte is read.

        Raises:
            RefusedError: the provider refuses or stopped it. PeerError: `data.cut` again and again.
            IntegrityError: `data.altered`, `data.path-unsafe`.
            InputError: `save.failed`, `save.exists`, `get.no-name`, `read.key-folder`.
        """
        target = Path(path)
        listed = await self.listed()
        saving = _Download(self, listed, progress, overwrite=overwrite)
        if len(listed) == 1 and listed[0].path == "":
            inside = await asyncio.to_thread(target.is_dir)
            return await saving.single(target / name_of(self.view.dataset) if inside else target)
        if self._key is not None:
            raise errors.READ_KEY_FOLDER()
        return await saving.folder(target)

    async def land(self) -> VaultObject:
        """Start or continue landing the data in the node's vault; `landed` waits for its end.

        Raises:
            As `Vault.land`.
        """
        return await Vault(self._transport).land(self.id, self._query)

    async def suspend(self, reason: str | None = None) -> "Transfer":
        """Suspend the transfer; either side may start it again."""
        return await self._act("suspend", reason)

    async def resume(self) -> "Transfer":
        """Start the transfer again."""
        return await self._act("resume", None)

    async def complete(self) -> "Transfer":
        """Complete the transfer: declare that all data was moved."""
        return await self._act("complete", None)

    async def terminate(self, reason: str | None = None) -> "Transfer":
        """End the transfer; running streams stop within a second."""
        return await self._act("terminate", reason)

    async def timeline(self) -> list[Happening]:
        """Return the events of the transfer from the evidence log, in order."""
        return await happenings(self._transport, self.id)

    @property
    def _path(self) -> str:
        return f"/transfers/{quote(self.view.id, safe='')}"

    async def _act(self, act: str, reason: str | None) -> "Transfer":
        self.view = await self._transport.post(f"{self._path}/{act}", TransferView, {"reason": reason})
        return self

    async def listed(self) -> list[FileView]:
        """Return the listing; a provider other than xinfu may have none, and then carries one file of unknown length."""
        try:
            return await self.files()
        except (NotFoundError, PeerError, RefusedError) as error:
            if isinstance(error, RefusedError) and error.code != _NOT_OURS:
                raise
            await self.refresh()
            if self.state != STARTED:
                raise
            return [FileView(path="", size=0, root="")]

    def _ended(self) -> Exception:
        if self.view.state == "COMPLETED":
            return errors.TRANSFER_COMPLETED()
        return ended(("transfer", "传输"), peer=self.view.peer, code=self.view.code, reasons=self.view.reason)

    async def why_cut(self, error: XinfuError) -> Exception:
        """Return the cause of a cut stream: the other side's reason if it stopped the transfer, else the cut itself."""
        await self.refresh()
        return error if self.state == STARTED else self._ended()


class _Download:
    """The work of a call of `save`."""

    def __init__(
        self, transfer: Transfer, listed: list[FileView], progress: Progress | None, *, overwrite: bool
    ) -> None:
        self._transfer = transfer
        self._overwrite = overwrite
        self._listed = listed
        self._progress = progress
        self._total = sum(each.size for each in listed)
        self._done = 0
        self._resumed = 0
        self._verified = True

    async def single(self, target: Path) -> Saved:
        """Save a dataset of one file."""
        await self._one(self._listed[0], Part(target, overwrite=self._overwrite))
        return self._saved(target)

    async def folder(self, target: Path) -> Saved:
        """Save a dataset that is a folder. Parts are kept in their own folder, so that names cannot clash."""
        parts = target.with_name(target.name + ".part")
        missing = []
        for file in self._listed:
            below = safe(file.path)
            if await asyncio.to_thread(root_of, target / below) == file.root:
                self._count(file.size)
                self._resumed += file.size
            else:
                check_free(target / below, overwrite=self._overwrite)
                missing.append((file, below))
        for file, below in missing:
            await self._one(file, Part(target / below, parts / below, overwrite=self._overwrite))
        try:
            await asyncio.to_thread(target.mkdir, parents=True, exist_ok=True)
            await asyncio.to_thread(_remove_empty, parts)
        except OSError as error:
            raise unwritable(target, error) from error
        return self._saved(target)

    def _saved(self, target: Path) -> Saved:
        return Saved(
            path=target,
            size_bytes=self._done,
            files=len(self._listed),
            verified=self._verified,
            resumed_from=self._resumed,
        )

    async def _one(self, file: FileView, part: Part) -> None:
        """Save a file, retrying after each cut while every attempt makes progress."""
        before, had = self._done, await asyncio.to_thread(part.open, file.root)
        self._resumed += had
        most, empty_tries = had, 0
        while (error := await self._attempt(file, part, before, had)) is not None:
            empty_tries = 0 if part.size > most else empty_tries + 1
            most = max(most, part.size)
            why = await self._transfer.why_cut(error)
            if why is not error or empty_tries >= TRIES:
                raise why from error
            await asyncio.sleep(0.2 * 2**empty_tries)
            had = await asyncio.to_thread(part.open, file.root)

    async def _attempt(self, file: FileView, part: Part, before: int, had: int) -> PeerError | None:
        """Receive the missing bytes; return the cut, if there was one."""
        self._done = before + had
        try:
            await self._receive(file, part, had)
        except PeerError as error:
            return error
        finally:
            await asyncio.to_thread(part.close)
        return None

    async def _receive(self, file: FileView, part: Part, had: int) -> None:
        if not (had and had == file.size):
            async with self._transfer.open(file.path, start=had) as incoming:
                if incoming.root != file.root and file.root:
                    raise errors.DATA_CHANGED()
                if not file.root:
                    self._total = incoming.length
                async for chunk in incoming.chunks():
                    await asyncio.to_thread(part.write, chunk)
                    self._count(len(chunk))
        self._verified = self._verified and bool(file.root)
        await asyncio.to_thread(part.finish, file.root)

    def _count(self, more: int) -> None:
        self._done += more
        if self._progress is not None:
            self._progress(self._done, max(self._total, self._done))


def _remove_empty(folder: Path) -> None:
    """Remove a tree of empty folders; a folder with content stays."""
    if not folder.is_dir():
        return
    for below in sorted(folder.rglob("*"), reverse=True):
        if below.is_dir():
            below.rmdir()
    folder.rmdir()
