"""A file on its way into the vault: sealed chunk by chunk, so that no byte of it lies on the disk in the clear.

A chunk is written when another one follows, for only the end knows which is the last. What a cut or a killed process
left is opened again chunk by chunk: whole chunks stay, the rest is cut off. Memory is two chunks whatever the size.
"""

import asyncio
import fcntl
import hashlib
import os
from typing import Final

from xinfu.dataplanes.vault import errors
from xinfu.dataplanes.vault.folders import Handle, failed
from xinfu.dataplanes.vault.sealing import HEAD_BYTES, SEALED_BYTES, Seal
from xinfu.errors import ConflictError, IntegrityError
from xinfu.evidence import Manifest
from xinfu.ports.dataplane import CHUNK_BYTES
from xinfu.ports.vault import SealedContent, Spot

_SYNC_EVERY: Final = 64
"""Chunks after which what was written is sent to the disk."""


class LandingFile:
    """Implements `Landing` of ports/vault.py over an open file."""

    def __init__(self, file: Handle, seal: Seal, digests: list[bytes]) -> None:
        self._file = file
        self._seal = seal
        self._digests = digests
        self._waiting = bytearray()

    @property
    def size_bytes(self) -> int:
        """Bytes of content that are there."""
        return len(self._digests) * CHUNK_BYTES + len(self._waiting)

    async def write(self, data: bytes) -> None:
        """Append."""
        self._waiting += data
        while len(self._waiting) > CHUNK_BYTES:
            chunk = bytes(self._waiting[:CHUNK_BYTES])
            await asyncio.to_thread(self._append, chunk)
            del self._waiting[:CHUNK_BYTES]

    async def finish(self) -> SealedContent:
        """Seal the end."""
        size = self.size_bytes
        await asyncio.to_thread(self._append, bytes(self._waiting), whole=size)
        self._waiting.clear()
        digests = self._digests if size else []
        return SealedContent(size_bytes=size, root=Manifest.of(size, digests).root, salt=self._seal.salt)

    def _append(self, plain: bytes, *, whole: int | None = None) -> None:
        number = len(self._digests)
        sealed = self._seal.close(number, plain, whole=whole)
        try:
            with self._file.held() as descriptor:
                _write_all(descriptor, sealed, _place(number))
                if whole is not None or number % _SYNC_EVERY == _SYNC_EVERY - 1:
                    os.fdatasync(descriptor)
        except OSError as error:
            raise failed(error) from error
        self._digests.append(hashlib.sha256(plain).digest())


def begin(file: Handle, key: bytes, spot: Spot, *, goes_on: bool) -> LandingFile:
    """Go on with a file, or begin it anew. Blocking.

    Raises:
        ConflictError: `vault.busy`. OSError: the disk fails, or it is closed meanwhile.
    """
    with file.held() as descriptor:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise busy() from error
        if goes_on:
            try:
                seal = Seal.of(key, os.pread(descriptor, HEAD_BYTES, 0), spot)
            except IntegrityError:  # it never got so far
                pass
            else:
                digests = _whole_chunks(file, descriptor, seal)
                os.ftruncate(descriptor, _place(len(digests)))
                return LandingFile(file, seal, digests)
        seal = Seal.fresh(key, spot)
        os.ftruncate(descriptor, 0)
        _write_all(descriptor, seal.head, 0)
    return LandingFile(file, seal, [])


def busy() -> ConflictError:
    """The error for a file that another writer is writing."""
    return errors.VAULT_BUSY()


def _whole_chunks(file: Handle, descriptor: int, seal: Seal) -> list[bytes]:
    """Digests of the chunks that are there, whole and not the last one."""
    digests: list[bytes] = []
    while len(sealed := os.pread(descriptor, SEALED_BYTES, _place(len(digests)))) == SEALED_BYTES:
        file.check()
        try:
            plain = seal.open(len(digests), sealed)
        except IntegrityError:
            break
        digests.append(hashlib.sha256(plain).digest())
    return digests


def _place(number: int) -> int:
    return HEAD_BYTES + number * SEALED_BYTES


def _write_all(descriptor: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, at)
        view, at = view[written:], at + written
