"""Signer and Verifier: one key that signs, and the check of what any key of that kind has signed.

Who signs (tokens, credentials, checkpoints, digital contracts) is handed a Signer and never sees a private
key. A Verifier is stateless and takes the public key from whoever resolved it; it chooses nothing.
"""

from collections.abc import Mapping
from typing import Literal, Protocol

Algorithm = Literal["EdDSA", "ES256", "SM2"]
"""Names of RFC 7518 and RFC 8037, where `EdDSA` means Ed25519 here and nothing else; `SM2` means SM2 with SM3
(GB/T 32918.2), signs contracts and no tokens, and is not available on every system."""


class Signer(Protocol):
    """A private key with its name. Signing is deterministic or uses a fresh nonce, by the library's care."""

    @property
    def key_id(self) -> str:
        """The full id of its verification method: `did#fragment`."""

    @property
    def algorithm(self) -> Algorithm:
        """The name of what `sign` does."""

    def sign(self, message: bytes) -> bytes:
        """The raw 64 bytes: RFC 8032 for EdDSA; r and s, 32 bytes each, for ES256 (RFC 7518, 3.4) and SM2."""

    def public_jwk(self) -> dict[str, str]:
        """The public key as JWK: `kty`, `crv`, `x` and for EC `y`; never anything private."""


class Verifier(Protocol):
    """Checks raw signatures of one algorithm."""

    @property
    def algorithm(self) -> Algorithm:
        """The name of the algorithm that is checked."""

    def verify(self, jwk: Mapping[str, str], message: bytes, signature: bytes) -> bool:
        """Whether `signature` is that of `jwk` over `message`.

        False, never an error, for a wrong length, a number out of range, a key of another type or
        curve, a point that is not on the curve, or a JWK that nobody can read.
        """
