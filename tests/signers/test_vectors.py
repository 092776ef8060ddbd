"""Published vectors, and signatures that other code is known to let through (threat J9)."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from xinfu.credentials.base64url import decode, encode
from xinfu.signers.ed25519 import SMALL_ORDER, Ed25519Signer, Ed25519Verifier
from xinfu.signers.es256 import ORDER, Es256Signer, Es256Verifier

ED_ORDER = 2**252 + 27742317777372353535851937790883648493

RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]

RFC_6979_KEY = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721"
RFC_6979 = [
    (
        b"sample",
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
        "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
    ),
    (
        b"test",
        "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367",
        "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
    ),
]

RFC_7515_JWK = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
RFC_7515_INPUT = (
    b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNv"
    b"bS9pc19yb290Ijp0cnVlfQ"
)
RFC_7515_SIGNATURE = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"

RFC_8037_JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
RFC_8037_INPUT = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
RFC_8037_SIGNATURE = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC_8032, ids=["1", "2", "3"])
def test_ed25519_gives_the_signatures_of_rfc_8032(
    seed: str, public: str, message: str, signature: str
) -> None:
    signer = Ed25519Signer.from_private_bytes("did:web:a#k", bytes.fromhex(seed))
    assert decode(signer.public_jwk()["x"]).hex() == public
    assert signer.sign(bytes.fromhex(message)).hex() == signature
    assert Ed25519Verifier().verify(signer.public_jwk(), bytes.fromhex(message), bytes.fromhex(signature))


def test_the_token_of_rfc_8037_verifies() -> None:
    assert Ed25519Verifier().verify(RFC_8037_JWK, RFC_8037_INPUT, decode(RFC_8037_SIGNATURE))


@pytest.mark.parametrize(("message", "r", "s"), RFC_6979, ids=["sample", "test"])
def test_es256_gives_the_nonce_of_rfc_6979_and_the_lower_s(message: bytes, r: str, s: str) -> None:
    signer = Es256Signer.from_private_bytes("did:web:a#k", bytes.fromhex(RFC_6979_KEY))
    lower = min(int(s, 16), ORDER - int(s, 16)).to_bytes(32, "big")
    assert signer.sign(message) == bytes.fromhex(r) + lower
    assert Es256Verifier().verify(signer.public_jwk(), message, bytes.fromhex(r + s))


def test_the_token_of_rfc_7515_verifies_with_s_in_its_upper_half() -> None:
    signature = decode(RFC_7515_SIGNATURE)
    assert int.from_bytes(signature[32:], "big") > ORDER // 2
    assert Es256Verifier().verify(RFC_7515_JWK, RFC_7515_INPUT, signature)


def test_ed25519_refuses_a_scalar_that_is_not_reduced() -> None:
    signer = Ed25519Signer.from_private_bytes("did:web:a#k", b"\x07" * 32)
    signature = signer.sign(b"m")
    larger = int.from_bytes(signature[32:], "little") + ED_ORDER
    malleable = signature[:32] + larger.to_bytes(32, "little")
    assert not Ed25519Verifier().verify(signer.public_jwk(), b"m", malleable)


@pytest.mark.parametrize("point", sorted(SMALL_ORDER), ids=lambda point: point[:2].hex())
@pytest.mark.parametrize("sign_bit", [0, 0x80])
def test_ed25519_refuses_keys_of_small_order(point: bytes, sign_bit: int) -> None:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": encode(point[:-1] + bytes((point[-1] | sign_bit,)))}
    identity = b"\x01" + bytes(31)
    assert not Ed25519Verifier().verify(jwk, b"any message", identity + bytes(32))
    assert not Ed25519Verifier().verify(jwk, b"any message", point + bytes(32))


@pytest.mark.parametrize(
    ("r", "s"),
    [(0, 0), (0, 1), (1, 0), (ORDER, 1), (1, ORDER), (ORDER, ORDER), (2**256 - 1, 1), (ORDER - 1, ORDER + 1)],
)
def test_es256_refuses_numbers_out_of_range(r: int, s: int) -> None:
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert not Es256Verifier().verify(RFC_7515_JWK, RFC_7515_INPUT, signature)


def test_es256_refuses_an_s_raised_by_the_order() -> None:
    nonce, s, message = 7, 5, b"m"  # an s so small that s + n still fits 32 bytes
    r = ec.derive_private_key(nonce, ec.SECP256R1()).public_key().public_numbers().x
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    private = (s * nonce - digest) * pow(r, -1, ORDER) % ORDER
    jwk = Es256Signer.from_private_bytes("did:web:a#k", private.to_bytes(32, "big")).public_jwk()
    signed = r.to_bytes(32, "big")
    assert Es256Verifier().verify(jwk, message, signed + s.to_bytes(32, "big"))
    assert not Es256Verifier().verify(jwk, message, signed + (s + ORDER).to_bytes(32, "big"))


def test_es256_reads_no_der() -> None:
    private = ec.derive_private_key(int(RFC_6979_KEY, 16), ec.SECP256R1())
    signer = Es256Signer("did:web:a#k", private)
    der = bytes.fromhex("3006020101020101")
    assert not Es256Verifier().verify(signer.public_jwk(), b"m", der)


def test_es256_refuses_a_point_off_the_curve() -> None:
    off = RFC_7515_JWK | {"y": RFC_7515_JWK["x"]}
    assert not Es256Verifier().verify(off, RFC_7515_INPUT, decode(RFC_7515_SIGNATURE))


@pytest.mark.parametrize("scalar", [0, ORDER, ORDER + 1])
def test_es256_refuses_a_scalar_out_of_range(scalar: int) -> None:
    with pytest.raises(ValueError):
        Es256Signer.from_private_bytes("did:web:a#k", scalar.to_bytes(32, "big"))


def test_es256_takes_only_keys_on_p_256() -> None:
    with pytest.raises(ValueError):
        Es256Signer("did:web:a#k", ec.generate_private_key(ec.SECP384R1()))
