"""SM2 with SM3, signatures as r and s, 32 bytes each, as the Chinese standards want contracts signed.

What is signed is SM3 over Z and the message; Z binds the public key and a distinguishing identifier, which is
`1234567812345678` unless both sides agree on another one (GM/T 0009). The nonce is fresh, by the library's care, so
two signatures of one message differ. Of a key only its scalar is kept; the library works out its point.

As a JWK the public key is `kty` EC with `crv` SM2. No registry of JOSE has that name: it is that of
draft-dang-webauthn-sm2-00, section 2. No token is signed with SM2 here, since peers of the Dataspace Protocol read none.

Follows: GB/T 32918.2-2016, GB/T 32918.5-2017, GB/T 32905-2016; encodings of GB/T 35276-2017.
"""

import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from xinfu.credentials.base64url import decode, encode
from xinfu.ports.signer import Algorithm
from xinfu.signers import libcrypto

ORDER: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
"""Order of the group (GB/T 32918.5, recommended curve)."""
NUMBER_BYTES: Final = 32
IDENTITY: Final = b"1234567812345678"
"""The distinguishing identifier where none was agreed on (GM/T 0009)."""
LONGEST_IDENTITY: Final = 8191
"""Bytes; its length in bits stands in 16 bits."""
_KNOWN_KEYS: Final = 256


class Sm2Signer:
    """An SM2 key with its name.

    Args:
        scalar: 32 bytes.
        identity: the distinguishing identifier under which it signs, 1 to 8191 bytes.

    Raises:
        ConfigError: `algorithm.unavailable`.
        ValueError: the scalar is not 32 bytes, or not between 1 and n-2; the identity is too short or long.
    """

    algorithm: Algorithm = "SM2"

    def __init__(self, key_id: str, scalar: bytes, *, identity: bytes = IDENTITY) -> None:
        if len(scalar) != NUMBER_BYTES or not 0 < int.from_bytes(scalar, "big") < ORDER - 1:
            raise ValueError("a private key of SM2 is a number of 32 bytes from 1 to n-2")
        self.key_id = key_id
        self._scalar = scalar
        self._identity = _checked(identity)
        self._key = libcrypto.private_key(scalar)
        self._point = self._key.point()

    @classmethod
    def generate(cls, key_id: str) -> Self:
        """A fresh key: a random number from 1 to n-2 (GB/T 32918.1, 6.1)."""
        return cls(key_id, (secrets.randbelow(ORDER - 2) + 1).to_bytes(NUMBER_BYTES, "big"))

    @classmethod
    def from_private_bytes(cls, key_id: str, raw: bytes) -> Self:
        """The key of a 32-byte scalar, as `private_bytes` gave it.

        Raises:
            ConfigError: `algorithm.unavailable`.
            ValueError: it is not 32 bytes, or not between 1 and n-2.
        """
        return cls(key_id, raw)

    def private_bytes(self) -> bytes:
        """The 32-byte scalar, for the keyring and nobody else."""
        return self._scalar

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes r and s."""
        return raw_signature(self._key.sign(message, self._identity))

    def public_jwk(self) -> dict[str, str]:
        """`kty` EC, `crv` SM2, `x`, `y`."""
        x, y = self._point[1 : 1 + NUMBER_BYTES], self._point[1 + NUMBER_BYTES :]
        return {"kty": "EC", "crv": "SM2", "x": encode(x), "y": encode(y)}

    def __repr__(self) -> str:
        return f"Sm2Signer({self.key_id!r})"


class Sm2Verifier:
    """Checks SM2 signatures made under one distinguishing identifier.

    Raises:
        ConfigError: `algorithm.unavailable`: nobody here can say whether a signature holds.
    """

    algorithm: Algorithm = "SM2"

    def __init__(self, *, identity: bytes = IDENTITY) -> None:
        self._identity = _checked(identity)
        libcrypto.load()

    def verify(self, jwk: Mapping[str, str], message: bytes, signature: bytes) -> bool:
        """See the port."""
        if jwk.get("kty") != "EC" or jwk.get("crv") != "SM2":
            return False
        try:
            der = der_signature(signature)
            return _public_key(_point(jwk)).verifies(der, message, self._identity)
        except ValueError:
            return False


def raw_signature(der: bytes) -> bytes:
    """r and s, 32 bytes each, of a signature in DER.

    Raises:
        ValueError: it is not the one DER form of two numbers, or one of them is not between 1 and n-1.
    """
    r, s = decode_dss_signature(der)
    if not (0 < r < ORDER and 0 < s < ORDER) or encode_dss_signature(r, s) != der:
        raise ValueError("no signature of SM2")
    return r.to_bytes(NUMBER_BYTES, "big") + s.to_bytes(NUMBER_BYTES, "big")


def der_signature(raw: bytes) -> bytes:
    """The DER form of r and s, 32 bytes each.

    Raises:
        ValueError: not 64 bytes, or one of the numbers is not between 1 and n-1.
    """
    r, s = int.from_bytes(raw[:NUMBER_BYTES], "big"), int.from_bytes(raw[NUMBER_BYTES:], "big")
    if len(raw) != 2 * NUMBER_BYTES or not (0 < r < ORDER and 0 < s < ORDER):
        raise ValueError("no signature of SM2")
    return encode_dss_signature(r, s)


def _point(jwk: Mapping[str, str]) -> bytes:
    """x and y of a JWK. ValueError: a coordinate has a wrong length."""
    x, y = decode(jwk.get("x", "")), decode(jwk.get("y", ""))
    if len(x) != NUMBER_BYTES or len(y) != NUMBER_BYTES:
        raise ValueError("a coordinate of SM2 is 32 bytes")
    return x + y


@lru_cache(maxsize=_KNOWN_KEYS)
def _public_key(point: bytes) -> libcrypto.Key:
    """The key of x and y, remembered: reading it takes as long as checking a signature."""
    return libcrypto.public_key(point)


def _checked(identity: bytes) -> bytes:
    if not 0 < len(identity) <= LONGEST_IDENTITY:
        raise ValueError("a distinguishing identifier has 1 to 8191 bytes")
    return identity
