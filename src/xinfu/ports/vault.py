"""Vault (受控存储): encrypted storage of landed data, with a separate key for each object.

Written data can be read back, whole or by range, until the key is destroyed, and never again after that.
The consumer's enforcement point has decided before who may read. No name of a provider's file becomes a path.
The docstrings are the contract; tests/dataplanes/vault checks the adapter against it.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec

from xinfu.errors import ConflictError
from xinfu.ports import errors


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """The place of a file of an object. A sealed file is bound to its place and cannot be opened at another.

    Attributes:
        agreement: the id that both sides use.
        path: the provider's name of the file; "" for an object that is one file.
    """

    context: str
    agreement: str
    object: str
    path: str = ""


class SealedContent(msgspec.Struct, frozen=True, kw_only=True):
    """A complete sealed file: size and Merkle root (D-17) of its content, and the salt of its own key."""

    size_bytes: int
    root: str
    salt: bytes


class ErasedKey(msgspec.Struct, frozen=True, kw_only=True):
    """An erased key: its fingerprint, and the method by which it was erased."""

    key: str
    method: str


def destroyed() -> ConflictError:
    """Make the error for an object that was destroyed."""
    return errors.VAULT_DESTROYED()


class Landing(Protocol):
    """A file being written; usable inside the `async with` that gave it. An unfinished file can be continued later."""

    @property
    def size_bytes(self) -> int:
        """Bytes of content written so far; at first those of an earlier landing, a multiple of 1 MiB."""

    async def write(self, data: bytes) -> None:
        """Append a piece of any length.

        Raises:
            StoreError: `vault.full`, `vault.unwritable`.
        """

    async def finish(self) -> SealedContent:
        """Seal the end, and return once the complete file is on the disk.

        Raises:
            As `write`.
        """


class SealedFile(Protocol):
    """A sealed file opened for reading; usable inside the `async with` that gave it."""

    def chunks(self, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes `start` to `end` (exclusive), cut at multiples of 1 MiB; gives no byte of a chunk that was changed.

        Raises:
            IntegrityError: `vault.damaged`. StoreError: `vault.unreadable`.
        """


class Vault(Protocol):
    """The vault of a node, for all its contexts."""

    async def make_key(self, context: str, object_: str) -> str:
        """Make the key of an object if there is none, and return its fingerprint; repeating returns the same.

        Raises:
            StoreError: `vault.full`, `vault.unwritable`. ConflictError: `vault.destroyed`.
        """

    def land(self, spot: Spot, *, goes_on: bool) -> AbstractAsyncContextManager[Landing]:
        """Open a file for writing.

        Args:
            goes_on: continue after the complete chunks of an earlier landing; otherwise start anew under a new key.

        Raises (on entering):
            ConflictError: `vault.busy`: the file is being written; `vault.destroyed`. StoreError: as `make_key`,
            `vault.key-missing`. IntegrityError: `keyring.*`.
        """

    def open(self, spot: Spot, sealed: SealedContent) -> AbstractAsyncContextManager[SealedFile]:
        """Open a sealed file for reading.

        Raises (on entering):
            ConflictError: `vault.destroyed`. StoreError: `vault.key-missing`, `vault.file-missing`.
            IntegrityError: `vault.damaged`, `keyring.*`.
        """

    async def destroy(self, context: str, object_: str) -> ErasedKey:
        """Overwrite the key of an object, so that nothing of it can be opened again; repeating returns the same.

        Raises:
            StoreError: `vault.key-missing`: the key is not where it was put, so its destruction cannot be proven;
            `vault.unwritable`.
        """

    async def remove(self, context: str, object_: str) -> None:
        """Remove the sealed files of an object, if there are any.

        Raises:
            StoreError: `vault.unwritable`.
        """

    async def forget(self, context: str, object_: str) -> None:
        """Remove the note about a destroyed key, once the proof of the destruction is recorded.

        Raises:
            StoreError: `vault.unwritable`.
        """
