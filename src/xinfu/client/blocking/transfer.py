"""A transfer as a handle, blocking."""

from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from xinfu.client import transfer as transfers
from xinfu.client.blocking.loop import Loop
from xinfu.client.blocking.reading import TransferFile
from xinfu.client.blocking.vault import VaultObject
from xinfu.client.landing import Landed, upload
from xinfu.client.reading import ranges_of
from xinfu.client.tables import Asked
from xinfu.client.transfer import Progress, Saved
from xinfu.client.views import Checked, FileView, Happening, TransferView
from xinfu.s3 import Keys


class Transfer:
    """See `xinfu.client.Transfer`."""

    def __init__(self, loop: Loop, inner: transfers.Transfer) -> None:
        self._loop = loop
        self._inner = inner

    @property
    def view(self) -> TransferView:
        """What it was when last looked at."""
        return self._inner.view

    @property
    def id(self) -> str:
        """Our id of it."""
        return self._inner.id

    @property
    def state(self) -> str:
        """Its state when last looked at."""
        return self._inner.state

    def asking(
        self,
        /,
        format: str | None = None,  # noqa: A002 - the API's name
        columns: Sequence[str] = (),
        **values: Asked | None,
    ) -> "Transfer":
        """The same transfer of a table, for the rows that these values choose, in this format."""
        return Transfer(self._loop, self._inner.asking(format, columns, **values))

    def once(self, key: str) -> "Transfer":
        """The same transfer, whose next read is called `key`: repeated under the same key it is no second use."""
        return Transfer(self._loop, self._inner.once(key))

    def refresh(self) -> "Transfer":
        """Look again."""
        return self._same(self._inner.refresh())

    def started(self, timeout_s: float = 30) -> "Transfer":
        """Wait until the data can be fetched."""
        return self._same(self._inner.started(timeout_s))

    def pushed(self, timeout_s: float = 30) -> "Transfer":
        """Wait until the provider has sent all of it to where it was asked to."""
        return self._same(self._inner.pushed(timeout_s))

    def over(self, timeout_s: float = 30) -> "Transfer":
        """Wait until it is completed or terminated."""
        return self._same(self._inner.over(timeout_s))

    def check(self) -> Checked:
        """Ask the peer how it stands there, and go by what it says."""
        return self._loop.wait(self._inner.check())

    def files(self) -> list[FileView]:
        """The files that it carries."""
        return self._loop.wait(self._inner.files())

    def read(self, path: str = "", *, start: int = 0, end: int | None = None) -> bytes:
        """The bytes of a file, or of a range of it, in memory."""
        return self._loop.wait(self._inner.read(path, start=start, end=end))

    def open(self, path: str = "") -> TransferFile:
        """Open a file as Python's own kind of file, to be read by range; see `xinfu.client.blocking.reading`.

        Args:
            path: a file of a folder.

        Raises:
            NotFoundError: `data.no-such-file`. ConflictError: it does not run. RefusedError: the provider refuses.
        """
        return TransferFile(self._loop, self._loop.wait(ranges_of(self._inner, path)))

    def save(self, path: str | Path, progress: Progress | None = None, *, overwrite: bool = True) -> Saved:
        """Save what it carries; goes on where an earlier try ended. `progress` is told in another thread."""
        return self._loop.wait(self._inner.save(path, progress, overwrite=overwrite))

    def upload(
        self,
        place: str,
        *,
        endpoint: str | None = None,
        region: str | None = None,
        keys: Keys | None = None,
        progress: Progress | None = None,
        overwrite: bool = True,
    ) -> Landed:
        """Let what it carries land in one's own bucket; see `xinfu.client.upload`."""
        work = upload(
            self._inner,
            place,
            endpoint=endpoint,
            region=region,
            keys=keys,
            progress=progress,
            overwrite=overwrite,
        )
        return self._loop.wait(work)

    def land(self) -> VaultObject:
        """Begin to let it land in the node's vault, or go on where it stopped."""
        return VaultObject(self._loop, self._loop.wait(self._inner.land()))

    def suspend(self, reason: str | None = None) -> "Transfer":
        """Stop it for now."""
        return self._same(self._inner.suspend(reason))

    def resume(self) -> "Transfer":
        """Start it again."""
        return self._same(self._inner.resume())

    def complete(self) -> "Transfer":
        """Say that everything was moved."""
        return self._same(self._inner.complete())

    def terminate(self, reason: str | None = None) -> "Transfer":
        """End it."""
        return self._same(self._inner.terminate(reason))

    def timeline(self) -> list[Happening]:
        """What happened, in order."""
        return self._loop.wait(self._inner.timeline())

    def _same(self, work: Coroutine[Any, Any, transfers.Transfer]) -> "Transfer":
        self._loop.wait(work)
        return self
