"""The node's vault, blocking."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from xinfu.client import vault as vaults
from xinfu.client.blocking.loop import Loop
from xinfu.client.blocking.reading import TransferFile
from xinfu.client.vault import Exported
from xinfu.client.views import Destruction, FileView, May, PassView, VaultView

if TYPE_CHECKING:
    import pandas as pd


class Vault:
    """See `xinfu.client.Vault`."""

    def __init__(self, loop: Loop, inner: vaults.Vault) -> None:
        self._loop = loop
        self._inner = inner

    def land(self, transfer: str, query: str = "") -> "VaultObject":
        """Begin to let a transfer's data land, or go on where it stopped; wait for its end with `landed`."""
        return VaultObject(self._loop, self._loop.wait(self._inner.land(transfer, query)))

    def object(self, id_: str) -> "VaultObject":
        """One object."""
        return VaultObject(self._loop, self._loop.wait(self._inner.object(id_)))

    def objects(
        self, *, state: str | None = None, dataset: str | None = None, transfer: str | None = None
    ) -> Iterator["VaultObject"]:
        """Objects, oldest first, those that match all that is given."""
        found = self._inner.objects(state=state, dataset=dataset, transfer=transfer)
        return (VaultObject(self._loop, each) for each in self._loop.each(found))


class VaultObject:
    """See `xinfu.client.VaultObject`."""

    def __init__(self, loop: Loop, inner: vaults.VaultObject) -> None:
        self._loop = loop
        self._inner = inner

    @property
    def view(self) -> VaultView:
        """What it was when last looked at."""
        return self._inner.view

    @property
    def id(self) -> str:
        """Its id."""
        return self._inner.id

    @property
    def state(self) -> str:
        """Its state when last looked at."""
        return self._inner.state

    def refresh(self) -> "VaultObject":
        """Look again."""
        self._loop.wait(self._inner.refresh())
        return self

    def landed(self, timeout_s: float = 60) -> "VaultObject":
        """Wait until all of it is there."""
        self._loop.wait(self._inner.landed(timeout_s))
        return self

    def files(self) -> list[FileView]:
        """Its files."""
        return self._loop.wait(self._inner.files())

    def may(self, action: Literal["read", "reproduce"] = "read", *, purpose: str | None = None) -> May:
        """Whether it may be read, or exported (`reproduce`), now, and why not."""
        return self._loop.wait(self._inner.may(action, purpose=purpose))

    def open(self, path: str = "", *, purpose: str | None = None) -> TransferFile:
        """Open a file as Python's own kind of file, to be read by range; see `xinfu.client.blocking.reading`."""
        return TransferFile(self._loop, self._loop.wait(vaults.ranges_of(self._inner, path, purpose)))

    def read(
        self, path: str = "", *, start: int = 0, end: int | None = None, purpose: str | None = None
    ) -> bytes:
        """The bytes of a file, or of a range of it, in memory."""
        return self._loop.wait(self._inner.read(path, start=start, end=end, purpose=purpose))

    def dataframe(self, path: str = "", *, purpose: str | None = None, **options: Any) -> "pd.DataFrame":
        """A file as a data frame of pandas."""
        return self._loop.wait(self._inner.dataframe(path, purpose=purpose, **options))

    def export(
        self,
        target: str | Path,
        *,
        path: str | None = None,
        purpose: str | None = None,
        overwrite: bool = True,
    ) -> Exported:
        """Take it out of the vault in the clear, where the policy permits it."""
        work = self._inner.export(target, path=path, purpose=purpose, overwrite=overwrite)
        return self._loop.wait(work)

    def issue_pass(self, *, purpose: str | None = None, life_s: int = 900) -> PassView:
        """A short-lived token with which a tool reads it at `content_url`."""
        return self._loop.wait(self._inner.issue_pass(purpose=purpose, life_s=life_s))

    def content_url(self, path: str = "") -> str:
        """Where a tool reads a file by HTTP, by range too."""
        return self._inner.content_url(path)

    def destroy(self) -> Destruction:
        """Destroy it with proof; nothing of it can be read again."""
        return self._loop.wait(self._inner.destroy())

    def proof(self) -> Destruction:
        """The proof of its destruction."""
        return self._loop.wait(self._inner.proof())
