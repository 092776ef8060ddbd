"""Seals by contract keys: certified by a chain, or bare keys of a DID.

A bare key proves who signed as far as the DID document is believed; it is marked as not certified. A key that a
document no longer lists leaves the verdict open: it may have been rotated since, or never have been theirs. A key for
which the document states an end holds for what was seen before it, and for nothing after it (decision 0051). A chain
that is there has to hold at the time of signing, and to be about the one who is said to have signed: its OU is a code
of that subject's connector or platform (NDI-TR-2025-03 draft, Annex A), or the DID document lists the same key.

Message headers are stamped by the contract key where it signs by SM2, else by the key that signs our tokens.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from xinfu.certificates import (
    CERTIFICATE,
    Certificate,
    SignatureChecks,
    Trust,
    check_chain,
    parse_chain,
    read_pem,
    write_pem,
)
from xinfu.credentials import DidDocument
from xinfu.credentials.document import CONTRACT_KEY
from xinfu.errors import InputError, PeerError
from xinfu.ports.identity import OwnLookup, Resolver
from xinfu.ports.sealing import ContractKey, Covered, Seal, SealReason, SealStanding
from xinfu.ports.signer import Signer
from xinfu.verdict import Verdict

BY_CURVE: Final = {"Ed25519": "EdDSA", "P-256": "ES256", "SM2": "SM2"}
SUBJECT_CODE: Final = slice(1, 19)
"""Where the subject's code stands in that of a node (NDI-TR-2025-04)."""
NODE_CODE_LENGTH: Final = 32
_YES: Final = SealStanding(verdict=Verdict.YES)


class ContractSealing:
    """See the port.

    Args:
        key: what a context signs contracts with.
        own: what it proves itself with in messages.
        documents: the DID document of a participant that this node plays; None for any other.
        resolver: where the documents of others come from.
        trust: the authorities that count now.
        checks: the algorithms that this system can check.
    """

    def __init__(
        self,
        *,
        key: Callable[[str], Awaitable[ContractKey]],
        own: OwnLookup,
        documents: Callable[[str], DidDocument | None],
        resolver: Resolver,
        trust: Callable[[], Trust],
        checks: SignatureChecks,
    ) -> None:
        self._key = key
        self._own = own
        self._documents = documents
        self._resolver = resolver
        self._trust = trust
        self._checks = checks

    async def seal(self, *, context: str, covered: Callable[[Seal], bytes]) -> Seal:
        """See the port."""
        key = await self._key(context)
        signer = key.signer
        seal = Seal(
            algorithm=signer.algorithm,
            key_id=signer.key_id,
            public_jwk=signer.public_jwk(),
            chain=tuple(write_pem(CERTIFICATE, der) for der in key.certificates),
            value="",
        )
        return replace(seal, value=signer.sign(covered(seal)).hex())

    async def check(
        self, seal: Seal, covered: Covered, *, holder: str, entity: str, at: datetime, seen: datetime
    ) -> SealStanding:
        """See the port."""
        if BY_CURVE.get(seal.public_jwk.get("crv", "")) != seal.algorithm:
            return _told(Verdict.NO, SealReason.WRONG)
        if seal.algorithm not in self._checks:
            return _told(Verdict.UNKNOWN, SealReason.ALGORITHM)
        if not self._holds(seal.public_jwk, covered, seal.value):
            return _told(Verdict.NO, SealReason.WRONG)
        if await self._has_ended(seal, holder, max(at, seen)):
            return _told(Verdict.NO, SealReason.ENDED)
        if seal.chain:
            return await self._certified(seal, holder=holder, entity=entity, at=at)
        listed = await self._listed(seal, holder)
        return listed if listed is not _YES else _told(Verdict.YES, SealReason.UNCERTIFIED)

    def is_signed(self, jwk: Mapping[str, str], message: bytes, signature: bytes) -> bool:
        """See the port."""
        check = self._checks.get(BY_CURVE.get(jwk.get("crv", ""), ""))
        return check is not None and check.verify(jwk, message, signature)

    async def stamp(self, *, context: str, covered: Covered) -> str:
        """See the port."""
        signer = await self._stamping(context)
        return signer.sign(covered(signer.algorithm)).hex()

    async def is_stamped(
        self, value: str, covered: Covered, *, holder: str, jwk: Mapping[str, str], now: datetime
    ) -> bool:
        """See the port."""
        if self._holds(jwk, covered, value):
            return True
        if self._stamps(await self._document(holder, None), covered, value, now):
            return True
        younger = f"{holder}#{CONTRACT_KEY}"  # names no key, so what is remembered is asked for anew
        return self._stamps(await self._document(holder, younger), covered, value, now)

    def _stamps(self, document: DidDocument | None, covered: Covered, value: str, now: datetime) -> bool:
        """Whether an SM2 key that the document lists for contracts, not ended, made a stamp; a header names no key."""
        return document is not None and any(
            self._holds(method.jwk, covered, value)
            for method in document.methods
            if method.jwk.get("crv") == "SM2"
            and document.may_sign_contracts(method.id)
            and not method.has_ended(now)
        )

    async def _certified(self, seal: Seal, *, holder: str, entity: str, at: datetime) -> SealStanding:
        try:
            chain = parse_chain([der for pem in seal.chain for der in read_pem(pem, CERTIFICATE)])
        except InputError:
            return _told(Verdict.NO, SealReason.CHAIN)
        if chain[0].jwk != seal.public_jwk:
            return _told(Verdict.NO, SealReason.OTHER_HOLDER)
        checked = check_chain(chain, trust=self._trust(), at=at, checks=self._checks)
        theirs = await self._about(chain[0], seal, holder=holder, entity=entity)
        verdict = checked.verdict & theirs.verdict
        return SealStanding(
            verdict=verdict,
            certified=verdict is Verdict.YES,
            subject=chain[0].name,
            reasons=(*theirs.reasons, *dict.fromkeys(str(each.fault) for each in checked.findings)),
        )

    async def _about(self, certificate: Certificate, seal: Seal, *, holder: str, entity: str) -> SealStanding:
        """Whether a certificate is about the holder: by the code in it, else by the DID document."""
        named = certificate.unit[SUBJECT_CODE] if len(certificate.unit) == NODE_CODE_LENGTH else ""
        if named and entity:
            return _YES if named == entity else _told(Verdict.NO, SealReason.OTHER_HOLDER)
        return await self._listed(seal, holder)

    async def _has_ended(self, seal: Seal, holder: str, moment: datetime) -> bool:
        """Whether the holder's DID document states an end of this key that had come; by the key, not by its name."""
        document = await self._document(holder, None)
        return document is not None and any(
            method.has_ended(moment) for method in document.methods if dict(method.jwk) == seal.public_jwk
        )

    async def _listed(self, seal: Seal, holder: str) -> SealStanding:
        """Whether the holder's DID document lists the key for contracts."""
        if seal.key_id.partition("#")[0] != holder:
            return _told(Verdict.NO, SealReason.OTHER_HOLDER)
        document = await self._document(holder, seal.key_id)
        if document is None:
            return _told(Verdict.UNKNOWN, SealReason.UNRESOLVED)
        method = document.method(seal.key_id)
        if method is None or not document.may_sign_contracts(method.id):
            return _told(Verdict.UNKNOWN, SealReason.UNLISTED)
        return _YES if dict(method.jwk) == seal.public_jwk else _told(Verdict.NO, SealReason.OTHER_HOLDER)

    async def _document(self, holder: str, key_id: str | None) -> DidDocument | None:
        try:
            return self._documents(holder) or await self._resolver.resolve(holder, kid=key_id)
        except (PeerError, InputError):
            return None

    async def _stamping(self, context: str) -> Signer:
        signer = (await self._key(context)).signer
        return signer if signer.algorithm == "SM2" else self._own(context).signer

    def _holds(self, jwk: Mapping[str, str], covered: Covered, value: str) -> bool:
        try:
            return self.is_signed(jwk, covered(BY_CURVE.get(jwk.get("crv", ""), "")), bytes.fromhex(value))
        except ValueError:
            return False


def _told(verdict: Verdict, reason: SealReason) -> SealStanding:
    return SealStanding(verdict=verdict, reasons=(reason,))
