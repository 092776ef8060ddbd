"""Private keys in PKCS#8, as the openssl command writes them."""

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinfu.certificates import PRIVATE_KEY, read_pem
from xinfu.errors import InputError
from xinfu.signers import libcrypto
from xinfu.signers.keymaker import Keys
from xinfu.signers.pkcs8 import read_pkcs8

SCALAR = bytes(range(1, 33))
openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl command here")


def _generated(*arguments: str) -> bytes:
    made = subprocess.run(["openssl", "genpkey", *arguments], capture_output=True, text=True, check=True)
    return read_pem(made.stdout, PRIVATE_KEY)[0]


@openssl
@pytest.mark.parametrize(
    ("arguments", "algorithm"),
    [
        (("-algorithm", "SM2"), "SM2"),
        (("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2"), "SM2"),
        (("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"), "ES256"),
        (("-algorithm", "ED25519"), "EdDSA"),
    ],
    ids=["sm2", "ec on sm2", "p-256", "ed25519"],
)
def test_a_key_of_openssl_signs_here(arguments: tuple[str, ...], algorithm: str) -> None:
    found, private = read_pkcs8(_generated(*arguments))
    assert found == algorithm
    assert len(Keys().load(found, "did:web:a#1", private).sign(b"m")) == 64


@openssl
@pytest.mark.parametrize("name", ["RSA", "X25519", "ED448"])
def test_a_key_of_another_kind_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="Ed25519, P-256 or SM2"):
        read_pkcs8(_generated("-algorithm", name))


def test_a_key_without_its_point_is_read() -> None:
    assert read_pkcs8(libcrypto.PKCS8 + SCALAR) == ("SM2", SCALAR)


@given(st.integers(0, len(libcrypto.PKCS8) + 31), st.binary(max_size=3))
def test_a_key_with_changed_bytes_is_refused_or_of_32_bytes_and_never_shown(place: int, put: bytes) -> None:
    der = libcrypto.PKCS8 + SCALAR
    try:
        _, private = read_pkcs8(der[:place] + put + der[place + 1 :])
    except InputError as error:
        assert SCALAR.hex()[:16] not in f"{error} {error.__cause__}"  # noqa: PT017 - either way is right
    else:
        assert len(private) == 32
