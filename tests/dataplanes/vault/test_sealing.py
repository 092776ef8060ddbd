"""The format of a sealed file stays what it is: what was sealed yesterday opens tomorrow."""

import hashlib

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from tests.dataplanes.vault.places import SPOT

from xinfu.dataplanes.vault.sealing import Seal, chunks_of, sealed_bytes
from xinfu.errors import IntegrityError

KEY = bytes(range(32))
SALT = bytes(range(32, 64))
SEAL = Seal(KEY, SALT, SPOT)


def test_a_sealed_file_is_written_as_its_format_says() -> None:
    """Version 1, put together here from its parts: head, key, nonce, what is authenticated."""
    parts = [b"xinfu vault file 1", b"shop", b"urn:uuid:a", SPOT.object.encode(), b""]
    info = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    cipher = AESGCM(HKDF(SHA256(), length=32, salt=SALT, info=info).derive(KEY))
    head = b"XFV\x01" + SALT
    first = cipher.encrypt(bytes(12), b"first", head + (0).to_bytes(8, "big"))
    nonce = bytes(3) + (1).to_bytes(8, "big") + b"\x01"
    last = cipher.encrypt(nonce, b"last", head + (1).to_bytes(8, "big") + (9).to_bytes(8, "big"))
    assert SEAL.head == head
    assert (SEAL.close(0, b"first"), SEAL.close(1, b"last", whole=9)) == (first, last)


def test_its_bytes_are_those_of_the_first_version() -> None:
    sealed = SEAL.head + SEAL.close(0, b"first") + SEAL.close(1, b"last", whole=9)
    assert (
        hashlib.sha256(sealed).hexdigest()
        == "143f61c980d3f454779f3c4b07f9d26e28fefc6d7dc1192b7807011b21116bfb"
    )


@pytest.mark.parametrize(
    ("number", "whole"), [(0, 9), (1, None), (1, 8), (2, 9)], ids=["first", "not-last", "shorter", "later"]
)
def test_the_last_chunk_opens_as_the_last_chunk_of_its_file_alone(number: int, whole: int | None) -> None:
    last = SEAL.close(1, b"last", whole=9)
    assert SEAL.open(1, last, whole=9) == b"last"
    with pytest.raises(IntegrityError) as caught:
        SEAL.open(number, last, whole=whole)
    assert caught.value.code == "vault.damaged"


@pytest.mark.parametrize(("size", "chunks"), [(0, 1), (1, 1), (1 << 20, 1), ((1 << 20) + 1, 2), (3 << 20, 3)])
def test_sizes_follow_from_the_content(size: int, chunks: int) -> None:
    assert chunks_of(size) == chunks
    assert sealed_bytes(size) == 36 + size + 16 * chunks
