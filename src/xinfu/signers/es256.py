"""ES256: ECDSA on P-256 with SHA-256, signatures as r and s, 32 bytes each.

The nonce is derived from key and message (RFC 6979), so no weak or repeated one can happen. Of the two
values of s that verify, we write the lower one. We read both, because RFC 7518 allows both and other
nodes write both (the example of RFC 7515 has the upper one). Contracts, which are found by a digest of their signatures, take the
lower one alone (`contracts.suite`).

Follows: RFC 7518 section 3.4, RFC 6979; threat J9.
"""

from collections.abc import Mapping
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from xinfu.credentials.base64url import decode, encode
from xinfu.ports.signer import Algorithm

ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Order of the group of P-256 (FIPS 186-5, SP 800-186)."""
NUMBER_BYTES: Final = 32


class Es256Signer:
    """A P-256 key with its name."""

    algorithm: Algorithm = "ES256"

    def __init__(self, key_id: str, private: ec.EllipticCurvePrivateKey) -> None:
        if private.curve.name != ec.SECP256R1.name:
            raise ValueError("ES256 needs a key on P-256")
        self.key_id = key_id
        self._private = private

    @classmethod
    def generate(cls, key_id: str) -> Self:
        """A fresh key."""
        return cls(key_id, ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_private_bytes(cls, key_id: str, raw: bytes) -> Self:
        """The key of a 32-byte scalar, as `private_bytes` gave it.

        Raises:
            ValueError: it is not 32 bytes, or not between 1 and the order of the group.
        """
        if len(raw) != NUMBER_BYTES:
            raise ValueError("a private key of P-256 is 32 bytes")
        return cls(key_id, ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1()))

    def private_bytes(self) -> bytes:
        """The 32-byte scalar, for the keyring and nobody else."""
        return self._private.private_numbers().private_value.to_bytes(NUMBER_BYTES, "big")

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes r and s, s in its lower half."""
        der = self._private.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(der)
        return r.to_bytes(NUMBER_BYTES, "big") + min(s, ORDER - s).to_bytes(NUMBER_BYTES, "big")

    def public_jwk(self) -> dict[str, str]:
        """`kty` EC, `crv` P-256, `x`, `y`."""
        point = self._private.public_key().public_numbers()
        x, y = (encode(number.to_bytes(NUMBER_BYTES, "big")) for number in (point.x, point.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    def __repr__(self) -> str:
        return f"Es256Signer({self.key_id!r})"


class Es256Verifier:
    """Checks ES256 signatures."""

    algorithm: Algorithm = "ES256"

    def verify(self, jwk: Mapping[str, str], message: bytes, signature: bytes) -> bool:
        """See the port."""
        if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256" or len(signature) != 2 * NUMBER_BYTES:
            return False
        r = int.from_bytes(signature[:NUMBER_BYTES], "big")
        s = int.from_bytes(signature[NUMBER_BYTES:], "big")
        if not (0 < r < ORDER and 0 < s < ORDER):
            return False
        try:
            key = _public_key(jwk)
            key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        except (ValueError, InvalidSignature):
            return False
        return True


def _public_key(jwk: Mapping[str, str]) -> ec.EllipticCurvePublicKey:
    """The key of a JWK. ValueError: a coordinate has a wrong length, or the point is not on the curve."""
    x, y = decode(jwk.get("x", "")), decode(jwk.get("y", ""))
    if len(x) != NUMBER_BYTES or len(y) != NUMBER_BYTES:
        raise ValueError("a coordinate of P-256 is 32 bytes")
    return ec.EllipticCurvePublicNumbers(
        int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1()
    ).public_key()
