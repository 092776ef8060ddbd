"""The contract of ports/signer.py, over every adapter."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xinfu.ports.signer import Signer, Verifier
from xinfu.signers.ed25519 import Ed25519Signer, Ed25519Verifier
from xinfu.signers.es256 import Es256Signer, Es256Verifier
from xinfu.signers.sm2 import Sm2Signer, Sm2Verifier

KEY_ID = "did:web:example.org#key-1"


@dataclass(frozen=True)
class Kind:
    """One adapter: how a key is made, exported and imported, who checks it, and whether it signs by a fresh nonce."""

    generate: Callable[[str], Signer]
    export: Callable[[Signer], bytes]
    restore: Callable[[str, bytes], Signer]
    verifier: Verifier
    fresh_nonce: bool = False


def _ed25519_bytes(signer: Signer) -> bytes:
    assert isinstance(signer, Ed25519Signer)
    return signer.private_bytes()


def _es256_bytes(signer: Signer) -> bytes:
    assert isinstance(signer, Es256Signer)
    return signer.private_bytes()


def _sm2_bytes(signer: Signer) -> bytes:
    assert isinstance(signer, Sm2Signer)
    return signer.private_bytes()


KINDS = {
    "ed25519": Kind(
        Ed25519Signer.generate, _ed25519_bytes, Ed25519Signer.from_private_bytes, Ed25519Verifier()
    ),
    "es256": Kind(Es256Signer.generate, _es256_bytes, Es256Signer.from_private_bytes, Es256Verifier()),
    "sm2": Kind(
        Sm2Signer.generate, _sm2_bytes, Sm2Signer.from_private_bytes, Sm2Verifier(), fresh_nonce=True
    ),
}


@pytest.fixture(params=KINDS, scope="module")
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@given(st.binary(max_size=200))
@settings(max_examples=30)
def test_what_a_key_signs_its_public_part_verifies(kind: Kind, message: bytes) -> None:
    signer = kind.generate(KEY_ID)
    signature = signer.sign(message)
    assert len(signature) == 64
    assert kind.verifier.verify(signer.public_jwk(), message, signature)
    assert not kind.verifier.verify(signer.public_jwk(), message + b".", signature)


def test_signing_is_deterministic_or_takes_a_fresh_nonce(kind: Kind) -> None:
    signer = kind.generate(KEY_ID)
    assert (signer.sign(b"m") != signer.sign(b"m")) is kind.fresh_nonce


def test_another_key_does_not_verify(kind: Kind) -> None:
    signature = kind.generate(KEY_ID).sign(b"m")
    assert not kind.verifier.verify(kind.generate(KEY_ID).public_jwk(), b"m", signature)


@given(st.integers(0, 64 * 8 - 1))
@settings(max_examples=60)
def test_a_flipped_bit_never_verifies(kind: Kind, bit: int) -> None:
    signer = kind.restore(KEY_ID, b"\x01" * 32)
    signature = bytearray(signer.sign(b"m"))
    signature[bit // 8] ^= 1 << bit % 8
    assert not kind.verifier.verify(signer.public_jwk(), b"m", bytes(signature))


@pytest.mark.parametrize("length", [0, 1, 32, 63, 65, 128])
def test_a_signature_of_another_length_is_refused(kind: Kind, length: int) -> None:
    signer = kind.generate(KEY_ID)
    signature = (signer.sign(b"m") + bytes(64))[:length]
    assert not kind.verifier.verify(signer.public_jwk(), b"m", signature)


def test_all_zeros_and_all_ones_are_no_signatures(kind: Kind) -> None:
    jwk = kind.generate(KEY_ID).public_jwk()
    assert not kind.verifier.verify(jwk, b"m", bytes(64))
    assert not kind.verifier.verify(jwk, b"m", b"\xff" * 64)


def test_an_exported_key_signs_the_same_when_it_is_back(kind: Kind) -> None:
    signer = kind.generate(KEY_ID)
    again = kind.restore(KEY_ID, kind.export(signer))
    assert again.public_jwk() == signer.public_jwk()
    assert kind.verifier.verify(signer.public_jwk(), b"m", again.sign(b"m"))
    assert (again.key_id, again.algorithm) == (KEY_ID, kind.verifier.algorithm)


@pytest.mark.parametrize("raw", [b"", b"\x01" * 31, b"\x01" * 33], ids=["empty", "short", "long"])
def test_a_private_key_of_another_length_is_refused(kind: Kind, raw: bytes) -> None:
    with pytest.raises(ValueError):
        kind.restore(KEY_ID, raw)


def test_the_public_key_shows_nothing_private(kind: Kind) -> None:
    signer = kind.generate(KEY_ID)
    assert set(signer.public_jwk()) <= {"kty", "crv", "x", "y"}
    assert kind.export(signer).hex() not in repr(signer)


@pytest.mark.parametrize(
    "change",
    [{"kty": "oct"}, {"crv": "X25519"}, {"crv": "P-384"}, {"x": ""}, {"x": "AA"}, {"x": "!!"}, {"x": "AA=="}],
    ids=lambda change: str(change),
)
def test_a_key_of_another_kind_verifies_nothing(kind: Kind, change: dict[str, str]) -> None:
    signer = kind.generate(KEY_ID)
    assert not kind.verifier.verify(signer.public_jwk() | change, b"m", signer.sign(b"m"))


def test_an_empty_key_verifies_nothing(kind: Kind) -> None:
    assert not kind.verifier.verify({}, b"m", kind.generate(KEY_ID).sign(b"m"))


def test_the_algorithms_do_not_verify_each_other() -> None:
    for name, mine in KINDS.items():
        for other in (KINDS[each] for each in KINDS if each != name):
            signer = other.generate(KEY_ID)
            assert not mine.verifier.verify(signer.public_jwk(), b"m", signer.sign(b"m"))
