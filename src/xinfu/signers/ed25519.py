"""Ed25519, known to JOSE as EdDSA with the curve Ed25519.

Deterministic by construction. The library refuses a scalar that is not reduced; wrong lengths, other key
types and points of small order (a key of which some signatures fit any message) are refused here.

Follows: RFC 8032, RFC 8037; threat J9.
"""

from collections.abc import Mapping
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from xinfu.credentials.base64url import decode, encode
from xinfu.ports.signer import Algorithm

PUBLIC_KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
SMALL_ORDER: Final = frozenset(
    bytes.fromhex(point)
    for point in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)
"""Every encoding of a point whose order divides 8, the sign bit left out."""


class Ed25519Signer:
    """An Ed25519 key with its name."""

    algorithm: Algorithm = "EdDSA"

    def __init__(self, key_id: str, private: Ed25519PrivateKey) -> None:
        self.key_id = key_id
        self._private = private

    @classmethod
    def generate(cls, key_id: str) -> Self:
        """A fresh key."""
        return cls(key_id, Ed25519PrivateKey.generate())

    @classmethod
    def from_private_bytes(cls, key_id: str, raw: bytes) -> Self:
        """The key of a 32-byte seed, as `private_bytes` gave it.

        Raises:
            ValueError: it is not 32 bytes.
        """
        return cls(key_id, Ed25519PrivateKey.from_private_bytes(raw))

    def private_bytes(self) -> bytes:
        """The 32-byte seed, for the keyring and nobody else."""
        return self._private.private_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes R and S."""
        return self._private.sign(message)

    def public_jwk(self) -> dict[str, str]:
        """`kty` OKP, `crv` Ed25519, `x`."""
        return {"kty": "OKP", "crv": "Ed25519", "x": encode(self._private.public_key().public_bytes_raw())}

    def __repr__(self) -> str:
        return f"Ed25519Signer({self.key_id!r})"


class Ed25519Verifier:
    """Checks Ed25519 signatures."""

    algorithm: Algorithm = "EdDSA"

    def verify(self, jwk: Mapping[str, str], message: bytes, signature: bytes) -> bool:
        """See the port."""
        if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519" or len(signature) != SIGNATURE_BYTES:
            return False
        try:
            _public_key(jwk).verify(signature, message)
        except (ValueError, InvalidSignature):
            return False
        return True


def _public_key(jwk: Mapping[str, str]) -> Ed25519PublicKey:
    """The key of a JWK. ValueError: not 32 bytes, or of small order."""
    raw = decode(jwk.get("x", ""))
    if len(raw) != PUBLIC_KEY_BYTES or raw[:-1] + bytes((raw[-1] & 0x7F,)) in SMALL_ORDER:
        raise ValueError("not 32 bytes, or a point of small order")
    return Ed25519PublicKey.from_public_bytes(raw)
