"""The node's vault: landed data, read under its agreement, exported if that is permitted, destroyed.

    landed = await transfer.land()
    frame = await landed.dataframe()
    await landed.destroy()

Each read is a use that the node decides and records. Only the contract binds what a program does with the bytes that
it has read.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import quote

import msgspec

from xinfu.api import Destruction, FileView, May, PassView, VaultView
from xinfu.client import errors
from xinfu.client.files import check_free
from xinfu.client.frames import frame_of
from xinfu.client.handle import Handle
from xinfu.client.problems import stopped
from xinfu.client.saving import Part, safe
from xinfu.client.transport import Incoming, Transport
from xinfu.client.waiting import wait_until

if TYPE_CHECKING:
    import pandas as pd

_SETTLED: Final = frozenset({"LANDED", "STOPPED", "DESTROYED"})


class VaultRanges:
    """Reads ranges of a file of an object. Created by `vault_ranges`."""

    def __init__(self, opened: "VaultObject", file: FileView, purpose: str | None) -> None:
        self._opened = opened
        self._purpose = purpose
        self.path = file.path
        self.size = file.size
        self.root = file.root

    async def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` up to but not including `end`."""
        return await self._opened.read(self.path, start=start, end=end, purpose=self._purpose)


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """The data exported from the vault in the clear."""

    path: Path
    size_bytes: int
    files: int


class Vault(Handle):
    """The vault of a node."""

    async def land(self, transfer: str, query: str = "") -> "VaultObject":
        """Start or continue landing a transfer's data; wait for its end with `landed`.

        Raises:
            NotFoundError: `transfer.not-found`. RefusedError: its agreement is not alive.
            ConflictError: `vault.not-fetched`.
        """
        body = {"transfer": transfer, "query": query}
        return VaultObject(self._transport, await self._transport.post("/vault", VaultView, body))

    async def object(self, id_: str) -> "VaultObject":
        """Return an object by its id.

        Raises:
            NotFoundError: `vault.not-found`.
        """
        view = await self._transport.get(f"/vault/{quote(id_, safe='')}", VaultView)
        return VaultObject(self._transport, view)

    async def objects(
        self, *, state: str | None = None, dataset: str | None = None, transfer: str | None = None
    ) -> AsyncIterator["VaultObject"]:
        """Yield the matching objects, oldest first."""
        query = {"state": state, "dataset": dataset, "transfer": transfer}
        async for view in self._transport.pages("/vault", VaultView, query):
            yield VaultObject(self._transport, view)


class VaultObject:
    """An object of the vault. `view` holds its state when it was last loaded."""

    def __init__(self, transport: Transport, view: VaultView) -> None:
        self._transport = transport
        self.view = view

    @property
    def id(self) -> str:
        """The id of the object."""
        return self.view.id

    @property
    def state(self) -> str:
        """LANDING, STOPPED, LANDED, DESTROYING or DESTROYED, when last loaded."""
        return self.view.state

    async def refresh(self) -> "VaultObject":
        """Reload the object from the node."""
        self.view = await self._transport.get(self._path, VaultView)
        return self

    async def landed(self, timeout_s: float = 60) -> "VaultObject":
        """Wait until all data has landed.

        Raises:
            RefusedError: the landing stopped, with the reason. PeerError: `wait.over`; the landing continues.
        """
        self.view = await wait_until(
            self._transport, self._path, VaultView, until=_SETTLED, timeout_s=timeout_s
        )
        if self.state != "LANDED":
            raise stopped(self.view.code, self.view.reason)
        return self

    async def files(self) -> list[FileView]:
        """Return the files of the object; a single one with the path "" if it is one file.

        Raises:
            ConflictError: `vault.not-landed`, `vault.destroyed`.
        """
        return await self._transport.get(f"{self._path}/files", list[FileView])

    async def may(self, action: Literal["read", "reproduce"] = "read", *, purpose: str | None = None) -> May:
        """Return whether the object may be read, or exported (`reproduce`), now, and why not; this costs no use."""
        return await self._transport.get(f"{self._path}/may", May, {"action": action, "purpose": purpose})

    @asynccontextmanager
    async def open(
        self, path: str = "", *, start: int = 0, end: int | None = None, purpose: str | None = None
    ) -> AsyncIterator[Incoming]:
        """Open a file for reading piece by piece.

        Args:
            path: a file of an object that is a folder.
            start, end: the bytes from `start` up to but not including `end`.
            purpose: the purpose of the use; by default that of its transfer.

        Raises (on entering):
            RefusedError: the agreement does not allow it, with rule and remedy. ConflictError: `vault.destroyed`.
        """
        async with self._bytes("content", path, start, end, purpose) as incoming:
            yield incoming

    async def read(
        self, path: str = "", *, start: int = 0, end: int | None = None, purpose: str | None = None
    ) -> bytes:
        """Return the bytes of a file, or of a range of it.

        Raises:
            As `open`; PeerError: `data.cut`: it was stopped during the read.
        """
        async with self.open(path, start=start, end=end, purpose=purpose) as incoming:
            return b"".join([chunk async for chunk in incoming.chunks()])

    async def dataframe(
        self, path: str = "", *, purpose: str | None = None, **options: Any
    ) -> "pd.DataFrame":
        """Return a file as a pandas data frame: Parquet, Arrow, JSON Lines or CSV, as its bytes show.

        Args:
            options: passed to the pandas reader.

        Raises:
            As `read`; InputError: `client.no-pandas`.
        """
        content = await self.read(path, purpose=purpose)
        return await asyncio.to_thread(frame_of, content, options)

    async def export(
        self,
        target: str | Path,
        *,
        path: str | None = None,
        purpose: str | None = None,
        overwrite: bool = True,
    ) -> Exported:
        """Export the object from the vault in the clear: a file to `target`, a folder below it.

        Args:
            path: export only this file of a folder, to `target`.
            overwrite: overwrite existing files; otherwise an existing file stops the call before a byte is read.

        Raises:
            RefusedError: the policy does not permit the action `reproduce`. InputError: `save.failed`, `save.exists`.
            IntegrityError: `data.path-unsafe`, `data.altered`.
        """
        place, listed = Path(target), await self.files()
        if path is not None:
            listed = [each for each in listed if each.path == path]
            if not listed:
                raise errors.FILE_NOT_FOUND()
        if path is not None or [each.path for each in listed] == [""]:
            parts = [Part(place, overwrite=overwrite)]
        else:
            parts = [Part(place / safe(each.path), overwrite=overwrite) for each in listed]
        for part in parts:
            check_free(part.target, overwrite=overwrite)
        for file, part in zip(listed, parts, strict=True):
            await self._save(file, part, purpose)
        return Exported(path=place, size_bytes=sum(each.size for each in listed), files=len(listed))

    async def issue_pass(self, *, purpose: str | None = None, life_s: int = 900) -> PassView:
        """Return a short-lived token with which a tool reads `content_url` for one purpose, without the node's key.

        Raises:
            InputError: `vault.pass-life`.
        """
        body = {"purpose": purpose, "life_s": life_s}
        return await self._transport.post(f"{self._path}/passes", PassView, body)

    def content_url(self, path: str = "") -> str:
        """Return the URL at which a tool reads a file, also by range, with a pass or the node's key."""
        named = f"?path={quote(path, safe='/')}" if path else ""
        return f"{self._transport.url}/api/v1{self._path}/content{named}"

    async def destroy(self) -> Destruction:
        """Destroy the object with proof; none of it can be read again.

        Raises:
            StoreError: `vault.key-missing`: its key is not in its place, so the destruction is not recorded.
        """
        made = await self._transport.post(f"{self._path}/destroy", Destruction)
        await self.refresh()
        return made

    async def proof(self) -> Destruction:
        """Return the proof of the object's destruction.

        Raises:
            NotFoundError: `vault.no-proof`: it is not destroyed.
        """
        return await self._transport.get(f"{self._path}/proof", Destruction)

    @asynccontextmanager
    async def _bytes(
        self, what: str, path: str, start: int, end: int | None, purpose: str | None
    ) -> AsyncIterator[Incoming]:
        range_ = None if start == 0 and end is None else f"bytes={start}-{'' if end is None else end - 1}"
        query = {"path": path or None, "purpose": purpose}
        async with self._transport.stream(f"{self._path}/{what}", query=query, range_=range_) as incoming:
            yield incoming

    async def _save(self, file: FileView, part: Part, purpose: str | None) -> None:
        async with self._bytes("export", file.path, 0, None, purpose) as incoming:
            await asyncio.to_thread(part.open, "")
            try:
                async for chunk in incoming.chunks():
                    await asyncio.to_thread(part.write, chunk)
                await asyncio.to_thread(part.finish, file.root)
            except BaseException:
                part.discard()
                raise

    @property
    def _path(self) -> str:
        return f"/vault/{quote(self.view.id, safe='')}"


async def vault_ranges(landed: VaultObject, path: str, purpose: str | None) -> VaultRanges:
    """Return a file of an object, for reading by range; this costs no use.

    Raises:
        NotFoundError: `file.not-found`. ConflictError: `vault.not-landed`, `vault.destroyed`.
    """
    for file in await landed.files():
        if file.path == path:
            return VaultRanges(landed, file, purpose)
    raise errors.FILE_NOT_FOUND()
