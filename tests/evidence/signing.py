"""Real keys for tests: they sign as JWS does and are checked by the same library."""

import base64
from collections.abc import Mapping
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from xinfu.evidence import NoteKey


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Ed25519Key:
    """An Ed25519 key made from a seed byte."""

    alg = "EdDSA"

    def __init__(self, seed: int) -> None:
        self.private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)

    @property
    def jwk(self) -> dict[str, str]:
        raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": b64url(raw)}

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message)

    def note_key(self, name: str) -> NoteKey:
        return NoteKey.from_jwk(name, self.jwk)


class Es256Key:
    """A P-256 key made from a seed."""

    alg = "ES256"

    def __init__(self, seed: int) -> None:
        self.private = ec.derive_private_key(seed, ec.SECP256R1())

    @property
    def jwk(self) -> dict[str, str]:
        numbers = self.private.public_key().public_numbers()
        x, y = (b64url(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def note_key(self, name: str) -> NoteKey:
        return NoteKey.from_jwk(name, self.jwk)


Key = Ed25519Key | Es256Key


@cache
def _public(kty: str, x: str, y: str) -> ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey:
    if kty == "OKP":
        return ed25519.Ed25519PublicKey.from_public_bytes(unb64url(x))
    point = b"\x04" + unb64url(x) + unb64url(y)
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def check_signature(jwk: Mapping[str, str], message: bytes, signature: bytes) -> bool:
    """Whether the signature holds; False for whatever cannot be checked."""
    try:
        key = _public(jwk["kty"], jwk["x"], jwk.get("y", ""))
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
        else:
            r, s = (int.from_bytes(signature[i : i + 32], "big") for i in (0, 32))
            key.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError, KeyError):
        return False
    return True
