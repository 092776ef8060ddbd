"""The keys of a vault: one a landed object, sealed by the node's keyring, each in a file of its own.

They lie in files and never in the database. There a deleted row lives on in the write-ahead log, in old pages, in
replicas and dumps; a file is overwritten where it lies, and is gone from every later copy of the node's folder.

A key goes in three moves, each on the disk before the next: random bytes are written over it; a note takes their place
that says which key it was; after the proof is recorded, the file is removed. So a crash in between finds either the
key or the note, and never has to guess. What file systems and drives keep on their own (snapshots, journals of data,
spare blocks of flash) no program can overwrite; a backup made before holds the sealed key still.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from xinfu.dataplanes.vault import errors
from xinfu.dataplanes.vault.folders import KEYS, failed, folder, name_of, open_file
from xinfu.errors import IntegrityError, StoreError
from xinfu.ports.keyring import Keyring
from xinfu.ports.vault import ErasedKey, destroyed

KEY_BYTES: Final = 32
METHOD: Final = "cryptographic-erase"
"""The key is destroyed, the content stays unreadable wherever its ciphertext is (NIST SP 800-88, 2.5)."""
_GONE: Final = b"XFG\x01"
_LARGEST: Final = 4096


class Keys:
    """The folder of keys. Blocking; meant for a worker thread."""

    def __init__(self, root: Path, keyring: Keyring) -> None:
        self._root = root
        self._keyring = keyring

    def make(self, context: str, object_: str) -> str:
        """See the port: `Vault.make_key`."""
        try:
            return fingerprint(self.read(context, object_))
        except StoreError as error:
            if error.code != "vault.key-missing":
                raise
        key = secrets.token_bytes(KEY_BYTES)
        envelope = self._keyring.seal(key, context=context, name=_sealed_name(object_))
        try:
            self._write(context, name_of(object_), envelope)
        except FileExistsError:  # another worker was faster
            return fingerprint(self.read(context, object_))
        except OSError as error:
            raise failed(error) from error
        return fingerprint(key)

    def read(self, context: str, object_: str) -> bytes:
        """The key of an object.

        Raises:
            ConflictError: `vault.destroyed`. StoreError: `vault.key-missing`. IntegrityError: `keyring.*`.
        """
        content = self._content(context, object_)
        if content.startswith(_GONE):
            raise destroyed()
        return self._keyring.open(content, context=context, name=_sealed_name(object_))

    def destroy(self, context: str, object_: str) -> ErasedKey:
        """See the port: `Vault.destroy`."""
        with self._alone(context, object_) as descriptor:
            content = os.pread(descriptor, _LARGEST, 0)
            if content.startswith(_GONE):
                return msgspec.json.decode(content[len(_GONE) :], type=ErasedKey)
            try:
                key = fingerprint(self._keyring.open(content, context=context, name=_sealed_name(object_)))
            except IntegrityError:  # it opens no more, by us at least; what lies there goes all the same
                key = ""
            erased = ErasedKey(key=key, method=METHOD)
            try:
                _overwrite(descriptor, _GONE + msgspec.json.encode(erased))
            except OSError as error:
                raise failed(error) from error
            return erased

    def forget(self, context: str, object_: str) -> None:
        """Remove the note that a key left."""
        try:
            with folder(self._root, KEYS, context) as at:
                os.unlink(name_of(object_), dir_fd=at)
                os.fsync(at)
        except FileNotFoundError:
            return
        except OSError as error:
            raise failed(error) from error

    def _content(self, context: str, object_: str) -> bytes:
        try:
            with folder(self._root, KEYS, context) as at:
                descriptor = open_file(at, name_of(object_), os.O_RDONLY)
                with os.fdopen(descriptor, "rb") as file:
                    return file.read(_LARGEST)
        except OSError as error:
            raise errors.VAULT_KEY_MISSING() from error

    def _write(self, context: str, name: str, envelope: bytes) -> None:
        """Write a new file, whole or not at all, and never over an existing one.

        Raises:
            FileExistsError: there is one.
        """
        with folder(self._root, KEYS, context, make=True) as at:
            fresh = f"{name}-{secrets.token_hex(4)}"
            descriptor = open_file(at, fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            with os.fdopen(descriptor, "wb") as file:
                file.write(envelope)
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(fresh, name, src_dir_fd=at, dst_dir_fd=at)
            finally:
                os.unlink(fresh, dir_fd=at)
            os.fsync(at)

    @contextmanager
    def _alone(self, context: str, object_: str) -> Iterator[int]:
        """Open and lock the file of a key, so that no worker destroys the key at the same time."""
        try:
            with folder(self._root, KEYS, context) as at:
                descriptor = open_file(at, name_of(object_), os.O_RDWR)
        except OSError as error:
            raise errors.VAULT_KEY_MISSING() from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)


def _overwrite(descriptor: int, note: bytes) -> None:
    """Overwrite the file in place with random bytes, then with the note."""
    size = max(os.fstat(descriptor).st_size, len(note))
    os.pwrite(descriptor, secrets.token_bytes(size), 0)
    os.fsync(descriptor)
    os.pwrite(descriptor, note, 0)
    os.ftruncate(descriptor, len(note))
    os.fsync(descriptor)


def fingerprint(key: bytes) -> str:
    """The fingerprint of a key: SHA-256, hex. It reveals nothing about a key of 256 random bits."""
    return hashlib.sha256(b"xinfu vault key 1" + key).hexdigest()


def _sealed_name(object_: str) -> str:
    return f"vault:{object_}"
