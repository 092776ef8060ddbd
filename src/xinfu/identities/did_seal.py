"""Seals by the bare key of a DID: the one that signs a participant's tokens.

Such a seal proves who signed as far as the DID document is believed; it is marked as not certified. A key that a
document no longer lists leaves the verdict open: it may have been rotated since, or never have been theirs.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from xinfu.credentials import DidDocument, SignatureChecks
from xinfu.errors import InputError, PeerError
from xinfu.ports.identity import OwnLookup, Resolver
from xinfu.ports.sealing import Seal, SealReason, SealStanding
from xinfu.verdict import Verdict

_BY_CURVE = {"Ed25519": "EdDSA", "P-256": "ES256"}


class DidSealing:
    """A `Sealing` without certificates.

    Args:
        own: what each participant context proves itself with.
        documents: the DID document of a participant that this node plays; None for any other.
        resolver: where the documents of others come from.
        checks: algorithm -> its check.
    """

    def __init__(
        self,
        *,
        own: OwnLookup,
        documents: Callable[[str], DidDocument | None],
        resolver: Resolver,
        checks: SignatureChecks,
    ) -> None:
        self._own = own
        self._documents = documents
        self._resolver = resolver
        self._checks = checks

    async def seal(self, *, context: str, message: bytes) -> Seal:
        """See the port."""
        signer = self._own(context).signer
        return Seal(
            algorithm=signer.algorithm,
            key_id=signer.key_id,
            public_jwk=signer.public_jwk(),
            chain=(),
            value=signer.sign(message).hex(),
        )

    async def check(
        self, seal: Seal, message: bytes, *, holder: str, entity: str, at: datetime
    ) -> SealStanding:
        """See the port."""
        if not self._holds(seal.algorithm, seal.public_jwk, message, seal.value):
            return SealStanding(verdict=Verdict.NO, reasons=(SealReason.WRONG,))
        if seal.key_id.partition("#")[0] != holder:
            return SealStanding(verdict=Verdict.NO, reasons=(SealReason.OTHER_HOLDER,))
        try:
            document = self._documents(holder) or await self._resolver.resolve(holder, kid=seal.key_id)
        except (PeerError, InputError):
            return SealStanding(verdict=Verdict.UNKNOWN, reasons=(SealReason.UNRESOLVED,))
        method = document.method(seal.key_id)
        if method is None or not document.may_sign_tokens(method.id):
            return SealStanding(verdict=Verdict.UNKNOWN, reasons=(SealReason.UNLISTED,))
        if dict(method.jwk) != seal.public_jwk:
            return SealStanding(verdict=Verdict.NO, reasons=(SealReason.OTHER_HOLDER,))
        return SealStanding(verdict=Verdict.YES, reasons=(SealReason.UNCERTIFIED,))

    def stamp(self, *, context: str, message: bytes) -> str:
        """See the port."""
        return self._own(context).signer.sign(message).hex()

    def is_stamped(self, jwk: Mapping[str, str], message: bytes, value: str) -> bool:
        """See the port."""
        return self._holds(_BY_CURVE.get(jwk.get("crv", ""), ""), jwk, message, value)

    def _holds(self, algorithm: str, jwk: Mapping[str, str], message: bytes, value: str) -> bool:
        check = self._checks.get(algorithm)
        try:
            return check is not None and check.verify(jwk, message, bytes.fromhex(value))
        except ValueError:
            return False
