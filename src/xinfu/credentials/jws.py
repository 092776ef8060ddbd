"""Signed tokens in compact form: one way to write them, one strict way to read them.

What is read names an algorithm out of a closed list, the type that the reader expects, and at most the id
of a key. A token that brings its own key or says where to get one (`jwk`, `jku`, `x5u`, `x5c`), names an
extension (`crit`), is encrypted, or has a second spelling of the same bytes is refused before anything is
fetched for it. The key comes from whoever resolved the issuer, and must fit the algorithm.

Follows: RFC 7515, RFC 7518, RFC 8037, RFC 8725; threat J1.
"""

from collections.abc import Mapping
from typing import Final, Protocol

import msgspec

from xinfu.credentials.base64url import decode, encode
from xinfu.credentials.reading import read_json
from xinfu.credentials.refusal import Reason, TokenRefusedError

ALGORITHMS: Final = frozenset({"EdDSA", "ES256"})
MOST_CHARACTERS: Final = 32 * 1024
KEY_MEMBERS: Final = frozenset({"jwk", "jku", "x5u", "x5c"})


class SigningKey(Protocol):
    """A key that signs tokens; every Signer is one."""

    @property
    def key_id(self) -> str:
        """`did#fragment`."""

    @property
    def algorithm(self) -> str:
        """The algorithm, one of `ALGORITHMS`."""

    def sign(self, message: bytes) -> bytes:
        """The raw signature."""


class SignatureCheck(Protocol):
    """A check of token signatures by one algorithm; every Verifier is one."""

    def verify(self, jwk: Mapping[str, str], message: bytes, signature: bytes) -> bool:
        """Whether the signature is that of the key over the message."""


SignatureChecks = Mapping[str, SignatureCheck]
"""Algorithm -> its check."""


class CompactJws(msgspec.Struct, frozen=True, kw_only=True):
    """A token whose form was checked and whose signature was not.

    Attributes:
        key_id: as the header has it; None when it has none.
        signing_input: what the signature covers.
    """

    algorithm: str
    key_id: str | None
    payload: bytes
    signature: bytes
    signing_input: bytes

    def __repr__(self) -> str:
        return f"CompactJws(algorithm={self.algorithm!r}, key_id={self.key_id!r})"


def write_compact(signer: SigningKey, payload: bytes, *, typ: str) -> str:
    """`payload` as a signed token."""
    header = msgspec.json.encode({"alg": signer.algorithm, "kid": signer.key_id, "typ": typ})
    signing_input = f"{encode(header)}.{encode(payload)}"
    return f"{signing_input}.{encode(signer.sign(signing_input.encode()))}"


def read_compact(text: str, *, types: frozenset[str]) -> CompactJws:
    """A token's parts, with every check that needs no key.

    Args:
        types: what `typ` may be, in lower case; a missing one is refused.

    Raises:
        TokenRefusedError: the first thing that was wrong, as its `reason`.
    """
    if len(text) > MOST_CHARACTERS:
        raise TokenRefusedError(Reason.SIZE)
    parts = text.split(".")
    if len(parts) == 5:
        raise TokenRefusedError(Reason.ENCRYPTED)
    if len(parts) != 3:
        raise TokenRefusedError(Reason.FORM)
    try:
        header, payload, signature = (decode(part) for part in parts)
    except ValueError as error:
        raise TokenRefusedError(Reason.FORM) from error
    algorithm, key_id = _check_header(header, types)
    return CompactJws(
        algorithm=algorithm,
        key_id=key_id,
        payload=payload,
        signature=signature,
        signing_input=f"{parts[0]}.{parts[1]}".encode(),
    )


def signature_holds(jws: CompactJws, jwk: Mapping[str, str], checks: SignatureChecks) -> bool:
    """Whether `jwk` signed this token. The algorithm's own check refuses a key of another kind."""
    check = checks.get(jws.algorithm)
    return check is not None and check.verify(jwk, jws.signing_input, jws.signature)


def _check_header(raw: bytes, types: frozenset[str]) -> tuple[str, str | None]:
    """Algorithm and key id of a header that holds nothing dangerous."""
    try:
        header = read_json(raw, dict[str, object])
    except ValueError as error:
        raise TokenRefusedError(Reason.FORM) from error
    if header.keys() & {"enc", "zip"}:
        raise TokenRefusedError(Reason.ENCRYPTED)
    if header.keys() & {"crit", "b64"}:
        raise TokenRefusedError(Reason.CRITICAL)
    if header.keys() & KEY_MEMBERS:
        raise TokenRefusedError(Reason.HEADER_KEY)
    algorithm, typ, key_id = header.get("alg"), header.get("typ"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise TokenRefusedError(Reason.ALGORITHM)
    if not isinstance(typ, str) or typ.lower() not in types:
        raise TokenRefusedError(Reason.TYPE)
    if not isinstance(key_id, str | None):
        raise TokenRefusedError(Reason.KEY_ID)
    return algorithm, key_id
