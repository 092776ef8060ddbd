"""Private keys as others hand them over: PKCS#8 in DER, of the algorithms that we sign with.

Follows: RFC 5208, RFC 5915, RFC 8410; GB/T 35276-2017 for SM2, which is id-ecPublicKey on its curve.
"""

from typing import Annotated, Final

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from xinfu.certificates.keys import CURVES, EC_KEY, ED25519, AlgorithmIdentifier
from xinfu.ports.signer import Algorithm
from xinfu.signers import errors

PRIVATE_BYTES: Final = 32
BY_CURVE: Final[dict[str, Algorithm]] = {"P-256": "ES256", "SM2": "SM2"}


@asn1.sequence
class _PrivateKeyInfo:
    version: int
    algorithm: AlgorithmIdentifier
    key: bytes


@asn1.sequence
class _EcPrivateKey:
    version: int
    scalar: bytes
    curve: Annotated[ObjectIdentifier | None, asn1.Explicit(0)]
    point: Annotated[asn1.BitString | None, asn1.Explicit(1)]


def read_pkcs8(der: bytes) -> tuple[Algorithm, bytes]:
    """The algorithm of a private key and its 32 bytes.

    Raises:
        InputError: `key.unreadable`: of another algorithm, or no plain PKCS#8 at all. It tells nothing of the key.
    """
    try:
        algorithm, private = _read(der)
    except (ValueError, TypeError):
        algorithm, private = None, b""
    if algorithm is None or len(private) != PRIVATE_BYTES:
        raise errors.KEY_UNREADABLE() from None
    return algorithm, private


def _read(der: bytes) -> tuple[Algorithm | None, bytes]:
    found = asn1.decode_der(_PrivateKeyInfo, der)
    if found.algorithm.oid == ED25519:
        return "EdDSA", asn1.decode_der(bytes, found.key)
    named = found.algorithm.parameters
    if found.algorithm.oid != EC_KEY or not isinstance(named, ObjectIdentifier):
        return None, b""
    return BY_CURVE.get(CURVES.get(named, "")), asn1.decode_der(_EcPrivateKey, found.key).scalar
