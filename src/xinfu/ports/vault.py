"""Vault (受控存储): where landed data lies encrypted, each object under a key of its own.

What is written can be read back whole or by range while the key is there, and never again once it was destroyed.
Who may read is decided before, by the consumer's enforcement point. No name of a provider's file becomes a path.
The docstrings are the contract; tests/dataplanes/vault holds the adapter to it.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec

from xinfu.errors import ConflictError
from xinfu.ports import errors


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """The spot of a file of an object. A sealed file is bound to its spot and does not open at another.

    Attributes:
        agreement: the id that both sides know.
        path: as the provider names the file; "" for an object that is one file.
    """

    context: str
    agreement: str
    object: str
    path: str = ""


class SealedContent(msgspec.Struct, frozen=True, kw_only=True):
    """A whole sealed file: bytes of its content, their Merkle root (D-17), and the salt of its own key."""

    size_bytes: int
    root: str
    salt: bytes


class ErasedKey(msgspec.Struct, frozen=True, kw_only=True):
    """An erased key: its fingerprint, and how it was erased."""

    key: str
    method: str


def destroyed() -> ConflictError:
    """Make the error for an object that was destroyed."""
    return errors.VAULT_DESTROYED()


class Landing(Protocol):
    """A file on its way in; alive inside the `async with` that gave it. What is not finished can go on later."""

    @property
    def size_bytes(self) -> int:
        """Bytes of content that are there; at first those from before, a multiple of 1 MiB."""

    async def write(self, data: bytes) -> None:
        """Append, in pieces of any length.

        Raises:
            StoreError: `vault.full`, `vault.unwritable`.
        """

    async def finish(self) -> SealedContent:
        """Seal the end, and return once all of it lies on the disk.

        Raises:
            As `write`.
        """


class SealedFile(Protocol):
    """A sealed file opened for reading; alive inside the `async with` that gave it."""

    def chunks(self, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes `start` to `end` (exclusive), cut at multiples of 1 MiB; no byte of a chunk that was tampered with.

        Raises:
            IntegrityError: `vault.damaged`. StoreError: `vault.unreadable`.
        """


class Vault(Protocol):
    """The vault of a node, for all its contexts."""

    async def make_key(self, context: str, object_: str) -> str:
        """Have a key for an object; gives its fingerprint, the same whenever it is asked for.

        Raises:
            StoreError: `vault.full`, `vault.unwritable`. ConflictError: `vault.destroyed`.
        """

    def land(self, spot: Spot, *, goes_on: bool) -> AbstractAsyncContextManager[Landing]:
        """Open a file for writing.

        Args:
            goes_on: with the whole chunks that are there from before; else all of it anew, under a fresh key.

        Raises (on entering):
            ConflictError: `vault.busy`: it is being written; `vault.destroyed`. StoreError: as `make_key`,
            `vault.key-missing`. IntegrityError: `keyring.*`.
        """

    def open(self, spot: Spot, sealed: SealedContent) -> AbstractAsyncContextManager[SealedFile]:
        """Open a sealed file for reading.

        Raises (on entering):
            ConflictError: `vault.destroyed`. StoreError: `vault.key-missing`, `vault.file-missing`.
            IntegrityError: `vault.damaged`, `keyring.*`.
        """

    async def destroy(self, context: str, object_: str) -> ErasedKey:
        """Overwrite the key of an object; from here on nothing of it opens. The same again when asked again.

        Raises:
            StoreError: `vault.key-missing`: it is not where it was put, so that nothing can be proven of it;
            `vault.unwritable`.
        """

    async def remove(self, context: str, object_: str) -> None:
        """Remove the sealed files of an object; that there are none is fine.

        Raises:
            StoreError: `vault.unwritable`.
        """

    async def forget(self, context: str, object_: str) -> None:
        """Remove the note that a destroyed key left, once its proof is recorded.

        Raises:
            StoreError: `vault.unwritable`.
        """
