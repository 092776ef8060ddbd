"""Signer and Verifier: a key that signs, and the check of signatures by any key of its kind.

Code that signs (tokens, credentials, checkpoints, digital contracts) is given a Signer and never sees a private
key. A Verifier is stateless: its caller has resolved the public key and passes it in.
"""

from collections.abc import Mapping
from typing import Literal, Protocol

Algorithm = Literal["EdDSA", "ES256", "SM2"]
"""Names of RFC 7518 and RFC 8037, where `EdDSA` means Ed25519 here and nothing else; `SM2` means SM2 with SM3
(GB/T 32918.2), signs contracts and no tokens, and is not available on every system."""


class Signer(Protocol):
    """A private key with its name. Signing is deterministic or uses a fresh nonce; the library ensures that."""

    @property
    def key_id(self) -> str:
        """The full id of its verification method: `did#fragment`."""

    @property
    def algorithm(self) -> Algorithm:
        """The algorithm of `sign`."""

    def sign(self, message: bytes) -> bytes:
        """Sign a message and return 64 raw bytes: RFC 8032 for EdDSA; r and s for ES256 (RFC 7518, 3.4) and SM2."""

    def public_jwk(self) -> dict[str, str]:
        """The public key as JWK: `kty`, `crv`, `x` and for EC `y`; never a private member."""


class Verifier(Protocol):
    """Checks raw signatures of one algorithm."""

    @property
    def algorithm(self) -> Algorithm:
        """The algorithm of the signatures that it checks."""

    def verify(self, jwk: Mapping[str, str], message: bytes, signature: bytes) -> bool:
        """Whether the key `jwk` made `signature` over `message`.

        False, never an error, for a wrong length, a number out of range, a key of another type or
        curve, a point that is not on the curve, or an unreadable JWK.
        """
