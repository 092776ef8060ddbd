"""The keyring with master keys from a file: AES-256-GCM envelopes.

The file holds one master key a line, 32 bytes in base64url, the newest first. It lies outside the store
and is readable by its owner alone. To rotate, a new line is put before the others; old envelopes open
with the old line until they are sealed anew, then that line can go.

An envelope is: the letters `XFE`, the format's version (1), 8 bytes that name the master key, a nonce of
12 bytes, ciphertext and tag. Everything before the nonce, the context and the name are authenticated.

Follows: design decision D-06; NIST SP 800-38D; threat M10.
"""

import hashlib
import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from xinfu.credentials.base64url import decode, encode
from xinfu.errors import ConfigError
from xinfu.signers import errors

MAGIC: Final = b"XFE"
VERSION: Final = b"\x01"
KEY_BYTES: Final = 32
NAME_BYTES: Final = 8
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
HEAD_BYTES: Final = len(MAGIC) + len(VERSION) + NAME_BYTES
MOST_FILE_BYTES: Final = 64 * 1024


class MasterKeyring:
    """Seals with the first master key, opens with any of them.

    Args:
        keys: 32 bytes each, the newest first, at least one.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise errors.KEYRING_MASTER_KEY()
        self._ciphers = {_key_name(key): AESGCM(key) for key in keys}
        self._newest = _key_name(keys[0])

    @classmethod
    def from_file(cls, path: Path, *, credential: bool = False) -> Self:
        """The keyring of a master key file.

        Args:
            credential: the service manager handed the file over (systemd's credentials); the group may
                then read it too, since that is how it grants access.

        Raises:
            ConfigError: `keyring.file`: absent, unreadable or not a regular file; `keyring.permissions`:
                others may read or change it; `keyring.master-key`: a line is not a master key.
        """
        return cls([_parse_key(line) for line in _read_private(path, credential=credential).split()])

    def seal(self, plaintext: bytes, *, context: str, name: str) -> bytes:
        """See the port."""
        head = MAGIC + VERSION + self._newest
        nonce = secrets.token_bytes(NONCE_BYTES)
        bound = _bound(head, context, name)
        return head + nonce + self._ciphers[self._newest].encrypt(nonce, plaintext, bound)

    def open(self, envelope: bytes, *, context: str, name: str) -> bytes:
        """See the port."""
        head, rest = envelope[:HEAD_BYTES], envelope[HEAD_BYTES:]
        if not head.startswith(MAGIC + VERSION) or len(rest) < NONCE_BYTES + TAG_BYTES:
            raise errors.KEYRING_BROKEN()
        cipher = self._ciphers.get(head[-NAME_BYTES:])
        if cipher is None:
            raise errors.KEYRING_UNKNOWN_KEY()
        try:
            return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], _bound(head, context, name))
        except InvalidTag as error:
            raise errors.KEYRING_BROKEN() from error

    def is_current(self, envelope: bytes) -> bool:
        """See the port."""
        return envelope[:HEAD_BYTES] == MAGIC + VERSION + self._newest

    def __repr__(self) -> str:
        return f"MasterKeyring({len(self._ciphers)} keys)"


def create_master_key(path: Path) -> None:
    """Write a file with one fresh master key, mode 0600. Nothing is written over.

    Raises:
        ConfigError: `keyring.exists`: there is something at `path` already.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError as error:
        raise errors.KEYRING_EXISTS(path=path) from error
    _write_out(descriptor, encode(secrets.token_bytes(KEY_BYTES)) + "\n")
    _sync_folder(path)


def rotate_master_key(path: Path) -> None:
    """Put a fresh master key before the others of the file, whole or not at all.

    Raises:
        ConfigError: as `MasterKeyring.from_file`.
    """
    old = _read_private(path, credential=False)
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    _write_out(descriptor, encode(secrets.token_bytes(KEY_BYTES)) + "\n" + old)
    draft.replace(path)
    _sync_folder(path)


def _read_private(path: Path, *, credential: bool) -> str:
    """The file's text, after its permissions were checked on the very file that is read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise errors.KEYRING_FILE(path=path, why=error.strerror or "unreadable") from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise errors.KEYRING_FILE(path=path, why="not a regular file")
        _check_mode(path, stat.S_IMODE(found.st_mode), credential=credential)
        raw = os.read(descriptor, MOST_FILE_BYTES)
    finally:
        os.close(descriptor)
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError as error:
        raise _no_key(path) from error


def _check_mode(path: Path, mode: int, *, credential: bool) -> None:
    forbidden = 0o037 if credential else 0o077
    if mode & forbidden:
        raise errors.KEYRING_PERMISSIONS(path=path, mode=mode)


def _parse_key(line: str) -> bytes:
    try:
        key = decode(line)
    except ValueError as error:
        raise _no_key(None) from error
    if len(key) != KEY_BYTES:
        raise _no_key(None)
    return key


def _key_name(key: bytes) -> bytes:
    """The name of a master key: 8 bytes of a hash, which do not reveal the key."""
    return hashlib.sha256(b"xinfu master key name\x00" + key).digest()[:NAME_BYTES]


def _bound(head: bytes, context: str, name: str) -> bytes:
    """The bytes that an envelope is bound to. Length prefixes separate context and name."""
    parts = (context.encode(), name.encode())
    return head + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _write_out(descriptor: int, text: str) -> None:
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)


def _sync_folder(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _no_key(path: Path | None) -> ConfigError:
    where = f" {path}" if path else ""
    return errors.KEYRING_MASTER_KEY_LINE(where=where)
