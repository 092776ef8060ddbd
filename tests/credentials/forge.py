"""Tokens as an attacker would write them: any header, any claims, any signature."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from xinfu.credentials import SignatureChecks
from xinfu.credentials.base64url import encode
from xinfu.signers.ed25519 import Ed25519Signer, Ed25519Verifier
from xinfu.signers.es256 import Es256Signer, Es256Verifier

NOW: Final = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
CHECKS: Final[SignatureChecks] = {"EdDSA": Ed25519Verifier(), "ES256": Es256Verifier()}
ALICE: Final = "did:web:alice.example.org"
BOB: Final = "did:web:bob.example.org"
ED: Final = Ed25519Signer.from_private_bytes(f"{ALICE}#key-1", b"\x05" * 32)
EC: Final = Es256Signer.from_private_bytes(f"{ALICE}#key-1", b"\x06" * 32)


def forge(
    header: Mapping[str, object] | bytes,
    claims: Mapping[str, object] | bytes,
    sign: Callable[[bytes], bytes] = ED.sign,
) -> str:
    """A compact token of exactly these parts."""
    head = header if isinstance(header, bytes) else msgspec.json.encode(header)
    payload = claims if isinstance(claims, bytes) else msgspec.json.encode(claims)
    signing_input = f"{encode(head)}.{encode(payload)}"
    return f"{signing_input}.{encode(sign(signing_input.encode()))}"


def good_header(**changes: object) -> dict[str, object]:
    """The header of a good token with some members changed; None takes one away."""
    header = {"alg": "EdDSA", "kid": ED.key_id, "typ": "JWT"} | changes
    return {name: value for name, value in header.items() if value is not None}


def good_claims(**changes: object) -> dict[str, object]:
    """The claims of a good token of alice for bob with some changed; None takes one away."""
    seconds = int(NOW.timestamp())
    claims: dict[str, object] = {
        "iss": ALICE,
        "sub": ALICE,
        "aud": BOB,
        "iat": seconds,
        "exp": seconds + 300,
        "jti": "urn:uuid:1",
    }
    return {name: value for name, value in (claims | changes).items() if value is not None}
