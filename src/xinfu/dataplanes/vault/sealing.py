"""How a file is sealed: chunks of 1 MiB under AES-256-GCM, in the STREAM construction.

A sealed file is a head and then its chunks, the last one shorter or empty:

    head   `XFV`, version 1, 32 bytes of salt
    chunk  ciphertext of up to 1 MiB, 16 bytes of tag

The file's key is HKDF-SHA256 of the object's key, with the salt, over all that says where the file belongs
(`Spot`): sealed bytes that are put elsewhere open nothing. A salt is drawn for each writing from the beginning, so one
key never seals two contents. The nonce of a chunk is its number and whether it is the last; number, the last one's
mark and the size of the whole are authenticated too, so chunks that are swapped, left out, repeated or cut off at the
end do not open.

Follows: Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance" (STREAM); NIST SP 800-38D; RFC 5869; decision 0020.
"""

import secrets
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from xinfu.dataplanes.vault import errors
from xinfu.errors import IntegrityError
from xinfu.ports.dataplane import CHUNK_BYTES
from xinfu.ports.vault import Spot

MAGIC: Final = b"XFV\x01"
SALT_BYTES: Final = 32
HEAD_BYTES: Final = len(MAGIC) + SALT_BYTES
TAG_BYTES: Final = 16
SEALED_BYTES: Final = CHUNK_BYTES + TAG_BYTES
"""Bytes of a sealed chunk that is whole."""
_PURPOSE: Final = b"xinfu vault file 1"


class Seal:
    """Seals and opens the chunks of one file.

    Args:
        key: of the object, 32 bytes.
    """

    def __init__(self, key: bytes, salt: bytes, spot: Spot) -> None:
        self.salt = salt
        self.head = MAGIC + salt
        derived = HKDF(SHA256(), length=32, salt=salt, info=_info(spot)).derive(key)
        self._cipher = AESGCM(derived)

    @classmethod
    def fresh(cls, key: bytes, spot: Spot) -> Self:
        """A seal for a file that is written from its beginning."""
        return cls(key, secrets.token_bytes(SALT_BYTES), spot)

    @classmethod
    def of(cls, key: bytes, head: bytes, spot: Spot) -> Self:
        """The seal of a file that begins with `head`.

        Raises:
            IntegrityError: `vault.damaged`: it is not a sealed file.
        """
        if len(head) != HEAD_BYTES or not head.startswith(MAGIC):
            raise damaged()
        return cls(key, head[len(MAGIC) :], spot)

    def close(self, number: int, plain: bytes, *, whole: int | None = None) -> bytes:
        """A chunk, sealed. `whole` is the size of the file's content where this is its last chunk."""
        return self._cipher.encrypt(_nonce(number, whole), plain, self._bound(number, whole))

    def open(self, number: int, sealed: bytes, *, whole: int | None = None) -> bytes:
        """The content of a chunk again.

        Raises:
            IntegrityError: `vault.damaged`: it is not this chunk of this file, whole and as it was sealed.
        """
        try:
            return self._cipher.decrypt(_nonce(number, whole), sealed, self._bound(number, whole))
        except (InvalidTag, ValueError) as error:
            raise damaged(number) from error

    def _bound(self, number: int, whole: int | None) -> bytes:
        return self.head + number.to_bytes(8, "big") + (b"" if whole is None else whole.to_bytes(8, "big"))


def sealed_bytes(size_bytes: int) -> int:
    """The size in bytes of a sealed file with so much content."""
    return HEAD_BYTES + size_bytes + chunks_of(size_bytes) * TAG_BYTES


def chunks_of(size_bytes: int) -> int:
    """The number of chunks of a file. An empty file has one, which is its last."""
    return max(1, -(-size_bytes // CHUNK_BYTES))


def damaged(number: int | None = None) -> IntegrityError:
    """The error for a file in the vault that is not as it was sealed."""
    return errors.VAULT_DAMAGED({} if number is None else {"chunk": str(number)})


def _nonce(number: int, whole: int | None) -> bytes:
    return b"\0\0\0" + number.to_bytes(8, "big") + (b"\0" if whole is None else b"\1")


def _info(spot: Spot) -> bytes:
    """Encode where a file belongs, each part preceded by its length."""
    parts = [_PURPOSE]
    parts += [part.encode() for part in (spot.context, spot.agreement, spot.object, spot.path)]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
