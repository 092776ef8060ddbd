"""Which digest belongs to a signature, and which of its values is taken.

SM3 under SM2, as national cryptography wants it, and SHA-256 otherwise. Of ES256 the negative of s holds as well as s
does, whoever writes it; we take the lower one alone. Signatures of EdDSA and SM2 have no second value that others can make.
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
"""Where s stands in the hex digits of a signature."""


def digest_method(algorithm: str) -> str:
    """The digest of a signature algorithm (`EdDSA`, `ES256` or `SM2`)."""
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
    """Whether a raw signature in hex is not the upper one of the two values of ES256; True for any other algorithm.

    What is no signature at all is not judged here.
    """
    if algorithm != "ES256":
        return True
    try:
        return int.from_bytes(bytes.fromhex(value[_S]), "big") <= HALF
    except ValueError:
        return True
