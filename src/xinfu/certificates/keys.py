"""Public keys and signatures as they stand in certificates: SubjectPublicKeyInfo <-> JWK, DER <-> raw.

Three kinds are known: Ed25519, P-256 with SHA-256, and SM2 with SM3. SM2 keys are id-ecPublicKey on the curve
1.2.156.10197.1.301, their signatures 1.2.156.10197.1.501. Checking is done elsewhere, by whoever has the algorithm.

Follows: RFC 5280, RFC 5480, RFC 8410; GB/T 35276-2017, GM/T 0015.
"""

import base64
from collections.abc import Mapping
from typing import Final, Literal, Protocol

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.x509 import ObjectIdentifier

Algorithm = Literal["EdDSA", "ES256", "SM2"]

NUMBER_BYTES: Final = 32
ED25519: Final = ObjectIdentifier("1.3.101.112")
EC_KEY: Final = ObjectIdentifier("1.2.840.10045.2.1")
CURVES: Final = {
    ObjectIdentifier("1.2.840.10045.3.1.7"): "P-256",
    ObjectIdentifier("1.2.156.10197.1.301"): "SM2",
}
SIGNATURES: Final[dict[ObjectIdentifier, Algorithm]] = {
    ED25519: "EdDSA",
    ObjectIdentifier("1.2.840.10045.4.3.2"): "ES256",
    ObjectIdentifier("1.2.156.10197.1.501"): "SM2",
}
"""Object identifier of a signature -> the name under which it is checked."""


class SignatureCheck(Protocol):
    """A check of signatures by one algorithm; every Verifier is one."""

    def verify(self, jwk: Mapping[str, str], message: bytes, signature: bytes) -> bool:
        """Whether the raw signature is that of the key over the message."""


SignatureChecks = Mapping[str, SignatureCheck]
"""Algorithm -> its check; one that is not here cannot be checked on this system."""


class SigningKey(Protocol):
    """A key that signs certificate requests; every Signer is one."""

    @property
    def algorithm(self) -> Algorithm:
        """The algorithm that `sign` uses."""

    def sign(self, message: bytes) -> bytes:
        """The raw signature, 64 bytes."""

    def public_jwk(self) -> dict[str, str]:
        """The public key."""


@asn1.sequence
class AlgorithmIdentifier:
    """An algorithm and its parameters, of the kinds that the algorithms here have."""

    oid: ObjectIdentifier
    parameters: ObjectIdentifier | asn1.Null | None


@asn1.sequence
class SubjectPublicKeyInfo:
    """A public key with its algorithm, which may be of any kind."""

    algorithm: asn1.TLV
    key: asn1.BitString


def jwk_of(spki: SubjectPublicKeyInfo) -> dict[str, str] | None:
    """The key as JWK; None when it is of a kind that is not known here."""
    try:
        algorithm = spki.algorithm.parse(AlgorithmIdentifier)
    except ValueError:
        return None
    key = spki.key.as_bytes()
    if (algorithm.oid, algorithm.parameters, len(key)) == (ED25519, None, NUMBER_BYTES):
        return {"kty": "OKP", "crv": "Ed25519", "x": _b64url(key)}
    named = algorithm.parameters if isinstance(algorithm.parameters, ObjectIdentifier) else None
    curve = CURVES.get(named) if named and algorithm.oid == EC_KEY else None
    if curve is None or len(key) != 1 + 2 * NUMBER_BYTES or key[0] != 4:
        return None
    x, y = key[1 : 1 + NUMBER_BYTES], key[1 + NUMBER_BYTES :]
    return {"kty": "EC", "crv": curve, "x": _b64url(x), "y": _b64url(y)}


def spki_of(jwk: Mapping[str, str]) -> SubjectPublicKeyInfo:
    """Convert the key of a JWK to its form in a certificate.

    Raises:
        ValueError: it is of a kind that is not known here, or malformed.
    """
    members = [_unb64url(jwk.get(name, "")) for name in ("x", "y") if name in jwk]
    if any(len(each) != NUMBER_BYTES for each in members):
        raise ValueError("a coordinate has 32 bytes")
    if jwk.get("crv") == "Ed25519" and len(members) == 1:
        return _spki(AlgorithmIdentifier(oid=ED25519, parameters=None), members[0])
    curve = next((oid for oid, name in CURVES.items() if name == jwk.get("crv")), None)
    if curve is None or len(members) != 2:
        raise ValueError("a key of another kind")
    return _spki(AlgorithmIdentifier(oid=EC_KEY, parameters=curve), b"\x04" + b"".join(members))


def _spki(algorithm: AlgorithmIdentifier, key: bytes) -> SubjectPublicKeyInfo:
    encoded = asn1.decode_der(asn1.TLV, asn1.encode_der(algorithm))
    return SubjectPublicKeyInfo(algorithm=encoded, key=asn1.BitString(key, 0))


def signature_algorithm(algorithm: Algorithm) -> AlgorithmIdentifier:
    """The identifier of this signature algorithm, as a certificate states it."""
    oid = next(oid for oid, name in SIGNATURES.items() if name == algorithm)
    return AlgorithmIdentifier(oid=oid, parameters=None)


def raw_signature(algorithm: Algorithm, encoded: bytes) -> bytes:
    """A signature out of a certificate as the 64 bytes that are checked; empty when it is malformed."""
    if algorithm == "EdDSA":
        return encoded
    try:
        r, s = decode_dss_signature(encoded)
        return r.to_bytes(NUMBER_BYTES, "big") + s.to_bytes(NUMBER_BYTES, "big")
    except (ValueError, OverflowError):
        return b""


def encoded_signature(algorithm: Algorithm, raw: bytes) -> bytes:
    """The 64 bytes of a signature as they stand in a certificate."""
    if algorithm == "EdDSA":
        return raw
    r, s = int.from_bytes(raw[:NUMBER_BYTES], "big"), int.from_bytes(raw[NUMBER_BYTES:], "big")
    return encode_dss_signature(r, s)


def _b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
