"""SM2: the published sample, the openssl command both ways, and what must never verify."""

import gc
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xinfu.credentials.base64url import decode
from xinfu.errors import ConfigError
from xinfu.signers import libcrypto
from xinfu.signers.sm2 import IDENTITY, ORDER, Sm2Signer, Sm2Verifier, der_signature, raw_signature

KEY_ID = "did:web:example.org#contract-1"
SCALAR = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
X = "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
Y = "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
MESSAGE = b"message digest"
R = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
S = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
SIGNATURE = bytes.fromhex(R + S)
"""The sample of GB/T 32918.5-2017, annex A, on the recommended curve."""

NUMBERS = st.one_of(
    st.integers(1, ORDER - 1),
    st.sampled_from([1, 127, 128, 255, 256, 2**248, 2**255 - 1, 2**255, ORDER - 1]),
)

openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl command here")


def _raw(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _sample() -> Sm2Signer:
    return Sm2Signer.from_private_bytes(KEY_ID, SCALAR)


def test_the_point_of_the_sample_comes_out_of_its_scalar() -> None:
    jwk = _sample().public_jwk()
    assert (jwk["kty"], jwk["crv"]) == ("EC", "SM2")
    assert (decode(jwk["x"]).hex(), decode(jwk["y"]).hex()) == (X.lower(), Y.lower())


def test_the_signature_of_the_sample_verifies() -> None:
    assert Sm2Verifier().verify(_sample().public_jwk(), MESSAGE, SIGNATURE)


@pytest.mark.parametrize(
    ("identity", "message", "signature"),
    [
        (b"1234567812345679", MESSAGE, SIGNATURE),
        (b"12345678123456780", MESSAGE, SIGNATURE),
        (b"ALICE123@YAHOO.COM", MESSAGE, SIGNATURE),
        (IDENTITY, MESSAGE + b" ", SIGNATURE),
        (IDENTITY, b"", SIGNATURE),
        (IDENTITY, MESSAGE, SIGNATURE[:-1]),
        (IDENTITY, MESSAGE, SIGNATURE + b"\0"),
        (IDENTITY, MESSAGE, SIGNATURE[32:] + SIGNATURE[:32]),
        (IDENTITY, MESSAGE, der_signature(SIGNATURE)),
    ],
    ids=["id", "longer id", "other id", "message", "no message", "short", "long", "swapped", "der"],
)
def test_another_identity_message_or_form_does_not_verify(
    identity: bytes, message: bytes, signature: bytes
) -> None:
    assert not Sm2Verifier(identity=identity).verify(_sample().public_jwk(), message, signature)


@pytest.mark.parametrize(
    ("r", "s"),
    [
        (0, 1),
        (1, 0),
        (0, 0),
        (ORDER, 1),
        (1, ORDER),
        (ORDER - 1, ORDER + 1),
        (int(R, 16), 0),
        (0, int(S, 16)),
        (int(R, 16), ORDER),
        (2**256 - 1, int(S, 16)),
    ],
)
def test_numbers_out_of_range_are_refused_before_the_library_sees_them(r: int, s: int) -> None:
    assert not Sm2Verifier().verify(_sample().public_jwk(), MESSAGE, _raw(r, s))
    with pytest.raises(ValueError):
        der_signature(_raw(r, s))


@given(st.integers(0, 511))
@settings(max_examples=60)
def test_a_flipped_bit_of_the_sample_never_verifies(bit: int) -> None:
    flipped = bytearray(SIGNATURE)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not Sm2Verifier().verify(_sample().public_jwk(), MESSAGE, bytes(flipped))


@given(NUMBERS, NUMBERS)
def test_raw_and_der_are_two_forms_of_the_same_numbers(r: int, s: int) -> None:
    assert raw_signature(der_signature(_raw(r, s))) == _raw(r, s)


@given(st.binary(max_size=80))
def test_bytes_that_are_no_der_are_refused(data: bytes) -> None:
    try:
        raw = raw_signature(data)
    except ValueError:
        return
    assert der_signature(raw) == data


@pytest.mark.parametrize(
    "der",
    [
        "3006020101020101" + "00",
        "300702020001020101",
        "3006020100020101",
        "30060201ff020101",
        "3081060201010201" + "01",
        "3003020101",
    ],
    ids=["trailing", "padded", "zero", "negative", "long length", "one number"],
)
def test_a_second_spelling_of_a_signature_is_refused(der: str) -> None:
    with pytest.raises(ValueError):
        raw_signature(bytes.fromhex(der))


@pytest.mark.parametrize("scalar", [0, ORDER - 1, ORDER, ORDER + 1, 2**256 - 1])
def test_a_scalar_out_of_range_is_refused(scalar: int) -> None:
    with pytest.raises(ValueError, match="from 1 to n-2") as caught:
        Sm2Signer(KEY_ID, scalar.to_bytes(32, "big"))
    assert f"{scalar:x}" not in str(caught.value) or scalar == 0


@pytest.mark.parametrize("identity", [b"", b"x" * 8192], ids=["empty", "too long"])
def test_an_identity_without_form_is_refused(identity: bytes) -> None:
    with pytest.raises(ValueError):
        Sm2Verifier(identity=identity)
    with pytest.raises(ValueError):
        Sm2Signer(KEY_ID, SCALAR, identity=identity)


def test_both_sides_may_agree_on_another_identity() -> None:
    signer = Sm2Signer(KEY_ID, SCALAR, identity=b"ALICE123@YAHOO.COM")
    signature = signer.sign(MESSAGE)
    assert Sm2Verifier(identity=b"ALICE123@YAHOO.COM").verify(signer.public_jwk(), MESSAGE, signature)
    assert not Sm2Verifier().verify(signer.public_jwk(), MESSAGE, signature)


def test_a_point_off_the_curve_verifies_nothing() -> None:
    jwk = _sample().public_jwk()
    assert not Sm2Verifier().verify(jwk | {"y": jwk["x"]}, MESSAGE, SIGNATURE)


@given(st.binary(max_size=4096))
@settings(max_examples=20)
def test_any_message_is_signed_also_an_empty_one(message: bytes) -> None:
    signer = _sample()
    assert Sm2Verifier().verify(signer.public_jwk(), message, signer.sign(message))


def test_threads_share_a_key() -> None:
    signer, verifier = _sample(), Sm2Verifier()

    def work(turn: int) -> bool:
        message = b"%d" % turn
        good = verifier.verify(signer.public_jwk(), message, signer.sign(message))
        return good and not verifier.verify(signer.public_jwk(), b"-" + message, signer.sign(message))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(200)))


@pytest.mark.slow
def test_nothing_stays_behind_on_any_path() -> None:
    """Peak memory does not grow with the number of keys, signatures and refusals."""

    def round_(turns: int) -> None:
        for turn in range(turns):
            signer = Sm2Signer.generate(KEY_ID)
            signature = signer.sign(b"m" * 1000)
            jwk = signer.public_jwk()
            assert not Sm2Verifier().verify(jwk, b"%d" % turn, signature)
            assert not Sm2Verifier().verify(jwk | {"y": jwk["x"]}, b"m", signature)

    round_(280)
    gc.collect()
    before = _resident_kb()
    round_(400)
    gc.collect()
    assert _resident_kb() - before < 1000


def _resident_kb() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1]) if Path("/proc/self/statm").exists() else 0
    return pages * 4


def test_what_the_library_minded_is_off_its_queue() -> None:
    jwk = _sample().public_jwk()
    Sm2Verifier().verify(jwk | {"y": jwk["x"]}, MESSAGE, SIGNATURE)
    Sm2Verifier().verify(jwk, b"other", SIGNATURE)
    assert libcrypto.load().complaint() == "no reason given"


@pytest.mark.parametrize("names", [("libno-such.so.9",), ("libc.so.6", "libm.so.6"), ()])
def test_a_system_without_sm2_says_so(names: Sequence[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        libcrypto.load(tuple(names))
    assert caught.value.code == "algorithm.unavailable"
    assert "OpenSSL 3" in caught.value.en
    assert "不可用" in caught.value.zh


def test_a_library_that_fails_is_told_by_its_reason_and_no_secret() -> None:
    key = libcrypto.public_key(libcrypto.BASE_POINT)
    with pytest.raises(ConfigError) as caught:
        key.sign(b"m", IDENTITY)
    assert caught.value.code == "algorithm.failed"
    assert caught.value.facts["reason"]


def _command(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)


@openssl
def test_openssl_verifies_what_we_sign(tmp_path: Path) -> None:
    signer = _sample()
    (tmp_path / "message").write_bytes(MESSAGE)
    (tmp_path / "signature").write_bytes(der_signature(signer.sign(MESSAGE)))
    (tmp_path / "public").write_bytes(libcrypto.SPKI + bytes.fromhex(X + Y))
    verify = (
        *(
            "pkeyutl",
            "-verify",
            "-rawin",
            "-digest",
            "sm3",
            "-pubin",
            "-keyform",
            "DER",
            "-inkey",
            tmp_path / "public",
        ),
        *("-in", tmp_path / "message", "-sigfile", tmp_path / "signature", "-pkeyopt"),
    )
    assert _command(*verify, "distid:1234567812345678").returncode == 0
    assert _command(*verify, "distid:8765432187654321").returncode != 0


@openssl
def test_we_verify_what_openssl_signs(tmp_path: Path) -> None:
    (tmp_path / "message").write_bytes(MESSAGE)
    (tmp_path / "key").write_bytes(libcrypto.PKCS8 + SCALAR)
    signed = _command(
        *("pkeyutl", "-sign", "-rawin", "-digest", "sm3", "-keyform", "DER", "-inkey", tmp_path / "key"),
        *("-in", tmp_path / "message", "-out", tmp_path / "signature", "-pkeyopt", "distid:1234567812345678"),
    )
    assert signed.returncode == 0, signed.stderr
    signature = raw_signature((tmp_path / "signature").read_bytes())
    assert Sm2Verifier().verify(_sample().public_jwk(), MESSAGE, signature)
    assert not Sm2Verifier(identity=b"8765432187654321").verify(_sample().public_jwk(), MESSAGE, signature)


@openssl
def test_openssl_reads_a_key_of_ours_as_sm2(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(libcrypto.PKCS8 + Sm2Signer.generate(KEY_ID).private_bytes())
    shown = _command("pkey", "-inform", "DER", "-in", tmp_path / "key", "-noout", "-text")
    assert "SM2" in shown.stdout
