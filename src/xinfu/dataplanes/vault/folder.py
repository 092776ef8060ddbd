"""The vault in a folder of the node: implements `Vault` of ports/vault.py."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from xinfu.dataplanes.vault import errors
from xinfu.dataplanes.vault.folders import (
    OBJECTS,
    Handle,
    clear,
    failed,
    file_name,
    folder,
    name_of,
    open_file,
)
from xinfu.dataplanes.vault.keys import Keys
from xinfu.dataplanes.vault.landing import LandingFile, begin
from xinfu.dataplanes.vault.sealing import (
    HEAD_BYTES,
    SEALED_BYTES,
    Seal,
    chunks_of,
    damaged,
    sealed_bytes,
)
from xinfu.ports.dataplane import CHUNK_BYTES
from xinfu.ports.keyring import Keyring
from xinfu.ports.vault import ErasedKey, SealedContent, Spot

T = TypeVar("T")


class FolderVault:
    """Sealed files below a folder, which is made when it is first needed, mode 0700.

    Args:
        keyring: seals the keys of objects; its master key is stored elsewhere.
    """

    def __init__(self, root: Path, keyring: Keyring) -> None:
        self._root = root
        self._keys = Keys(root, keyring)

    async def make_key(self, context: str, object_: str) -> str:
        """See the port."""
        return await asyncio.to_thread(self._keys.make, context, object_)

    @asynccontextmanager
    async def land(self, spot: Spot, *, goes_on: bool) -> AsyncIterator[LandingFile]:
        """See the port."""
        key = await asyncio.to_thread(self._keys.read, spot.context, spot.object)
        file = Handle(await asyncio.to_thread(self._file_to_write, spot))
        try:
            yield await _on_disk(lambda: begin(file, key, spot, goes_on=goes_on))
        finally:
            await asyncio.to_thread(file.close)

    @asynccontextmanager
    async def open(self, spot: Spot, sealed: SealedContent) -> AsyncIterator["OpenedSealedFile"]:
        """See the port."""
        key = await asyncio.to_thread(self._keys.read, spot.context, spot.object)
        file = Handle(await asyncio.to_thread(self._file_to_read, spot))
        try:
            yield OpenedSealedFile(file, key, spot, sealed)
        finally:
            await asyncio.to_thread(file.close)

    async def destroy(self, context: str, object_: str) -> ErasedKey:
        """See the port."""
        return await asyncio.to_thread(self._keys.destroy, context, object_)

    async def remove(self, context: str, object_: str) -> None:
        """See the port."""
        await _on_disk(lambda: clear(self._root, OBJECTS, context, name_of(object_)))

    async def forget(self, context: str, object_: str) -> None:
        """See the port."""
        await asyncio.to_thread(self._keys.forget, context, object_)

    def _file_to_write(self, spot: Spot) -> int:
        try:
            with folder(self._root, OBJECTS, spot.context, name_of(spot.object), make=True) as at:
                descriptor = open_file(at, file_name(spot.path), os.O_RDWR | os.O_CREAT)
                os.fsync(at)
                return descriptor
        except OSError as error:
            raise failed(error) from error

    def _file_to_read(self, spot: Spot) -> int:
        try:
            with folder(self._root, OBJECTS, spot.context, name_of(spot.object)) as at:
                return open_file(at, file_name(spot.path), os.O_RDONLY)
        except OSError as error:
            raise errors.VAULT_FILE_MISSING() from error


class OpenedSealedFile:
    """Implements `SealedFile` of ports/vault.py.

    Raises:
        IntegrityError: `vault.damaged`: it is longer or shorter than it was sealed, or has another salt.
    """

    def __init__(self, file: Handle, key: bytes, spot: Spot, sealed: SealedContent) -> None:
        with file.held() as descriptor:
            head, size = os.pread(descriptor, HEAD_BYTES, 0), os.fstat(descriptor).st_size
        self._seal = Seal.of(key, head, spot)
        self._file = file
        self._sealed = sealed
        if self._seal.salt != sealed.salt or size != sealed_bytes(sealed.size_bytes):
            raise damaged()

    async def chunks(self, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes `start` to `end` (exclusive), cut at multiples of 1 MiB; one chunk in memory."""
        at = start
        while at < end:
            number = at // CHUNK_BYTES
            plain = await asyncio.to_thread(self._chunk, number)
            first = number * CHUNK_BYTES
            yield plain[at - first : end - first]
            at = first + CHUNK_BYTES

    def _chunk(self, number: int) -> bytes:
        size = self._sealed.size_bytes
        whole = size if number == chunks_of(size) - 1 else None
        length = min(SEALED_BYTES, sealed_bytes(size) - HEAD_BYTES - number * SEALED_BYTES)
        try:
            with self._file.held() as descriptor:
                sealed = os.pread(descriptor, length, HEAD_BYTES + number * SEALED_BYTES)
        except OSError as error:
            raise errors.VAULT_UNREADABLE() from error
        return self._seal.open(number, sealed, whole=whole)


async def _on_disk(work: Callable[[], T]) -> T:
    """Run blocking work in a thread, and raise a failure of the disk as an error of the vault."""
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise failed(error) from error
