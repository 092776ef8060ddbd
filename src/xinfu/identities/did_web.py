"""did:web identity: a self-issued token a message, with the membership credential inlined.

What is asked of a token, in this order (D-09); the first miss refuses it:

1. its form, algorithm, type, claims, audience, times, target and body digest: no call to anyone;
2. the DID document of its issuer, whose name then leads to the one key that its header names;
3. that this key may sign tokens, and did sign this one;
4. the credentials inlined: each counts only if all is well with it, and a bad one gives no claims. A caller
   whose required credentials do not count is refused.

To the caller every refusal is the same. The true reason is one WARNING in our log, without the token.

Follows: DCP 1.0, Self-Issued ID Tokens; design decisions D-02, D-03, D-07, D-09; threats J1 to J8.
"""

import logging
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Final

from xinfu.credentials import (
    CheckedToken,
    Credential,
    CredentialCheck,
    DidDocument,
    Participant,
    Reason,
    SelfIssuedToken,
    SignatureChecks,
    StatusList,
    TokenRefusedError,
    Trust,
    VerificationMethod,
    absolute_key_id,
    build_token,
    check_claimed,
    check_credential,
    check_signed,
    check_token,
    claims_of,
    read_credential,
    shown_credentials,
    signature_holds,
    write_token,
)
from xinfu.credentials.token import SKEW
from xinfu.errors import InputError, PeerError
from xinfu.evidence import SignedHead, signed_head
from xinfu.identities.signature_cache import cache_checks
from xinfu.identities.status_lists import StatusLists
from xinfu.ports.clock import Clock
from xinfu.ports.identity import Caller, HeadLookup, OwnIdentity, OwnLookup, Resolver
from xinfu.verdict import Verdict

SCHEME: Final = "Bearer "
MOST_VERIFIED: Final = 1024
"""Participants whose newest head is remembered as checked."""
_BY_CURVE: Final = {"Ed25519": "EdDSA", "P-256": "ES256"}

_log = logging.getLogger(__name__)


class DidWebIdentity:
    """The default identity.

    Args:
        own: what each participant context proves itself with.
        resolver: from an issuer to its keys.
        statuses: where the status lists of credentials come from.
        trust: whose credentials of which types are believed.
        checks: algorithm -> its check, for `EdDSA` and `ES256`.
        required: types of credentials without which nobody is let in; none: claims are up to policies.
        heads: where our own evidence logs stand, which our tokens say; None: they do not.
    """

    def __init__(
        self,
        *,
        own: OwnLookup,
        resolver: Resolver,
        statuses: StatusLists,
        trust: Trust,
        checks: SignatureChecks,
        clock: Clock,
        required: frozenset[str] = frozenset(),
        heads: HeadLookup | None = None,
    ) -> None:
        self._own = own
        self._resolver = resolver
        self._statuses = statuses
        self._trust = trust
        self._checks = checks
        self._credential_checks = cache_checks(checks)
        self._clock = clock
        self._required = required
        self._heads = heads
        self._verified: OrderedDict[str, SignedHead] = OrderedDict()

    async def prove(
        self, *, context: str, audience: str, url: str, body: bytes | None, access_token: str | None = None
    ) -> str:
        """See the port."""
        own = self._own(context)
        now = self._clock.now()  # before the head is read: a token's time is a bound below that of its head
        claims = build_token(
            did=own.did,
            audience=audience,
            url=url,
            body=body,
            credentials=own.credentials,
            now=now,
            jti=self._clock.new_id(),
            access_token=access_token,
            log_head=None if self._heads is None else await self._heads(context),
        )
        return SCHEME + write_token(claims, own.signer)

    async def verify(
        self,
        authorization: str | None,
        *,
        context: str,
        url: str,
        body: bytes | None,
        source: str | None = None,
    ) -> Caller:
        """See the port."""
        own = self._own(context)
        try:
            checked = self._check_form(authorization, own, url, body)
            method = await self._check_signature(checked, source)
            return await self._admit(checked, method, authorization or "")
        except TokenRefusedError as error:
            why = error.__cause__
            cause = why.facts.get("cause", why.code) if isinstance(why, PeerError) else ""
            _log.warning(
                "refused a token: %s %s",
                error.reason,
                cause,
                extra={"context": context, "reason": str(error.reason), "cause": cause},
            )
            raise

    async def proven(self, authorization: str, *, holder: str) -> Mapping[str, tuple[str, ...]]:
        """See the port."""
        try:
            shown = shown_credentials(authorization[len(SCHEME) :], holder=holder)
        except TokenRefusedError:
            return {}
        judged = [await self._judge(text, holder) for text in shown]
        return claims_of((credential, verdict) for credential, verdict in judged if credential is not None)

    async def signed_head(self, did: str, note: str) -> SignedHead | None:
        """See the port."""
        known = self._verified.get(did)
        if known is not None and known.note == note:
            return known
        for anew in (False, True):
            found = signed_head(did, note, await self.log_keys(did, anew=anew), self._is_signed)
            if found is not None:
                self._verified[did] = found
                self._verified.move_to_end(did)
                while len(self._verified) > MOST_VERIFIED:
                    self._verified.popitem(last=False)
                return found
        return None

    def _is_signed(self, jwk: Mapping[str, str], message: bytes, signature: bytes) -> bool:
        check = self._checks.get(_BY_CURVE.get(jwk.get("crv", ""), ""))
        return check is not None and check.verify(jwk, message, signature)

    async def log_keys(self, did: str, *, anew: bool = False) -> tuple[Mapping[str, str], ...]:
        """See the port."""
        unlisted = f"{did}#" if anew else None  # no document lists it, so what is remembered does not do
        try:
            return (await self._resolver.resolve(did, kid=unlisted)).log_keys()
        except (PeerError, InputError):
            return ()

    def _check_form(
        self, authorization: str | None, own: OwnIdentity, url: str, body: bytes | None
    ) -> CheckedToken:
        if not authorization:
            raise TokenRefusedError(Reason.MISSING)
        if authorization[: len(SCHEME)].lower() != SCHEME.lower():
            raise TokenRefusedError(Reason.SCHEME)
        return check_token(
            authorization[len(SCHEME) :],
            audience=own.did,
            url=url,
            body=body,
            now=self._clock.now(),
            public_url=own.public_url,
        )

    async def _check_signature(self, checked: CheckedToken, source: str | None) -> VerificationMethod:
        """The key that signed."""
        issuer = checked.claims.issuer
        try:
            document = await self._resolver.resolve(
                issuer, kid=checked.key_id, stranger_from=source or "unknown"
            )
        except (PeerError, InputError) as error:
            raise TokenRefusedError(Reason.UNRESOLVED) from error
        method = document.method(checked.key_id)
        if method is None:
            raise TokenRefusedError(Reason.KEY_UNKNOWN)
        if not document.may_sign_tokens(method.id):
            raise TokenRefusedError(Reason.KEY_USE)
        if method.has_ended(self._clock.now()):
            raise TokenRefusedError(Reason.KEY_ENDED)
        if not signature_holds(checked.jws, method.jwk, self._checks):
            raise TokenRefusedError(Reason.SIGNATURE)
        return method

    async def _admit(self, checked: CheckedToken, method: VerificationMethod, authorization: str) -> Caller:
        claims = checked.claims
        judged = [await self._judge(text, claims.issuer) for text in claims.credentials]
        counted = [(credential, verdict) for credential, verdict in judged if credential is not None]
        proven = claims_of((credential, verdict) for credential, verdict in counted)
        withheld = _withheld(judged, proven.keys())
        if withheld:
            _log.warning(
                "credentials of %s do not count: %s",
                claims.issuer,
                sorted({reason for reasons in withheld.values() for reason in reasons}),
                extra={"did": claims.issuer},
            )
        if not self._required <= proven.keys():
            raise TokenRefusedError(Reason.MEMBERSHIP)
        return Caller(
            participant=Participant(id=claims.issuer, claims=proven),
            jti=claims.jti,
            expires=claims.expires + SKEW,
            signed_body=claims.digest is not None,
            token=authorization,
            issuer_key=method.id,
            issuer_jwk=method.jwk,
            withheld=withheld,
            access_token=claims.access_token,
            log_head=await self._shown_head(claims),
        )

    async def _shown_head(self, claims: SelfIssuedToken) -> SignedHead | None:
        """The log head in a token; None if the token has none or its signature cannot be verified."""
        if claims.log_head is None:
            return None
        found = await self.signed_head(claims.issuer, claims.log_head)
        if found is None:
            _log.warning(
                "a head of the log of %s is not signed by it", claims.issuer, extra={"did": claims.issuer}
            )
        return found

    async def _judge(self, text: str, holder: str) -> tuple[Credential | None, CredentialCheck]:
        """Check an inlined credential. If it can be refused without a request, none is sent."""
        now = self._clock.now()
        try:
            credential = read_credential(text)
        except TokenRefusedError as error:
            return None, CredentialCheck(verdict=Verdict.NO, reasons=(error.reason,), types=())
        claimed = check_claimed(credential, holder=holder, trust=self._trust, now=now)
        if claimed.verdict is not Verdict.YES:
            return credential, claimed
        issuer = await self._issuer(credential)
        signed = check_signed(
            credential,
            holder=holder,
            trust=self._trust,
            issuer=issuer,
            checks=self._credential_checks,
            now=now,
        )
        if issuer is None or signed.verdict is not Verdict.YES:
            return credential, signed
        checked = check_credential(
            credential,
            holder=holder,
            trust=self._trust,
            issuer=issuer,
            lists=await self._lists(credential, issuer),
            checks=self._credential_checks,
            now=self._clock.now(),
        )
        return credential, checked

    async def _issuer(self, credential: Credential) -> DidDocument | None:
        """The document of a trusted issuer; that we trust it is our own choice, so no pace applies."""
        try:
            kid = absolute_key_id(credential.issuer, credential.key_id) if credential.key_id else None
            return await self._resolver.resolve(credential.issuer, kid=kid)
        except (PeerError, InputError):
            return None

    async def _lists(self, credential: Credential, issuer: DidDocument) -> dict[str, StatusList]:
        found = [await self._statuses.find(entry.url, issuer) for entry in credential.status]
        return {one.url: one for one in found if one is not None}


def _withheld(
    judged: Iterable[tuple[Credential | None, CredentialCheck]], proven: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Type -> reasons, of credentials that gave no claims and that no other one made up for."""
    good = set(proven)
    found: dict[str, tuple[str, ...]] = {}
    for credential, checked in judged:
        if checked.verdict is not Verdict.YES:
            for name in credential.types if credential else ("?",):
                found[name] = (*found.get(name, ()), *(str(reason) for reason in checked.reasons))
    return {name: reasons for name, reasons in found.items() if name not in good}
