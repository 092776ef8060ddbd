"""Which digest belongs to a signature: SM3 under SM2, as national cryptography wants it, and SHA-256 otherwise.

Follows: GB/T 32905-2016 (SM3), FIPS 180-4; TC609-6-2025-14, 8.3 a; decision 0018.
"""

import hashlib
from typing import Final

from xinfu.errors import ConfigError

SM3: Final = "SM3"
SHA256: Final = "SHA-256"


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
        raise ConfigError(
            "algorithm.unavailable", "SM3 is not available on this system.", "本系统不支持 SM3。"
        ) from error
