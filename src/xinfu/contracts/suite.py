"""The digest that belongs to a signature algorithm, and the one accepted value of an ES256 signature.

The digest is SM3 for SM2, as China's national cryptography requires, and SHA-256 otherwise. For ES256 anyone can
replace s by its negative, which is valid too; we accept only the lower one. Others cannot make a second value of a
signature by EdDSA or SM2.
Follows: GB/T 32905-2016 (SM3), FIPS 180-4; TC609-6-2025-14, 8.3 a; decisions 0018, 0052.
"""

import hashlib
from typing import Final

from xinfu.contracts import errors

SM3: Final = "SM3"
SHA256: Final = "SHA-256"
HALF: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551 // 2
"""Half the order of the group of P-256 (SP 800-186)."""
_S: Final = slice(64, 128)
"""The place of s in the hex digits of a signature."""


def digest_method(algorithm: str) -> str:
    """The name of the digest of a signature algorithm (`EdDSA`, `ES256` or `SM2`)."""
    return SM3 if algorithm == "SM2" else SHA256


def digest_under(algorithm: str, data: bytes) -> str:
    """The digest of `data` that belongs to `algorithm`, 64 lower-case hex digits.

    Raises:
        ConfigError: `algorithm.unavailable`: this system has no SM3.
    """
    if digest_method(algorithm) == SHA256:
        return hashlib.sha256(data).hexdigest()
    try:
        return hashlib.new("sm3", data).hexdigest()
    except ValueError as error:
        raise errors.ALGORITHM_UNAVAILABLE() from error


def is_lower(algorithm: str, value: str) -> bool:
    """Whether a raw ES256 signature in hex has the lower of its two values; True for any other algorithm.

    True also for a text that is not hex: this function does not check whether it is a signature.
    """
    if algorithm != "ES256":
        return True
    try:
        return int.from_bytes(bytes.fromhex(value[_S]), "big") <= HALF
    except ValueError:
        return True
