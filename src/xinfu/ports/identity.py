"""Identity: proves our identity to other participants, and identifies callers.

The port knows one header value and not how it is made. It does not detect replays: the handler of the
message claims `Caller.jti` as a unique row in the message's own step (D-03), until
`Caller.expires` plus the skew.

Follows: design decisions D-02, D-03, D-09; threats J1 to J8.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from xinfu.credentials import DidDocument, Participant
from xinfu.evidence import SignedHead
from xinfu.ports.signer import Signer


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """A caller, with the data that proves its identity.

    Attributes:
        participant: its id, and the claims in its checked credentials; no other claims count.
        jti: identifies this token at its issuer; unique while the token could be accepted. Empty if this
            identity has nothing that could be replayed.
        expires: the time until which the token could be accepted, skew included; forget `jti` only after it.
        signed_body: the token covers the body (D-02); False is shown as "unsigned body" in evidence.
        token: the value of the Authorization header as received, for evidence; never logged.
        issuer_key: the verification method that signed, `did#fragment`.
        issuer_jwk: that key as a public JWK, as in the issuer's document; empty if nothing is signed.
        withheld: credential type -> codes of the reasons why a presented credential of that type gave no claims.
        access_token: an endpoint token that the caller holds and wants renewed; a secret.
        log_head: the head of its evidence log at that time, signed by its log key; None if it states none.
    """

    participant: Participant
    jti: str
    expires: datetime
    signed_body: bool
    token: str
    issuer_key: str
    issuer_jwk: Mapping[str, str] = msgspec.field(default_factory=dict)
    withheld: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    access_token: str | None = None
    log_head: SignedHead | None = None

    def __repr__(self) -> str:
        return f"Caller(participant={self.participant.id!r}, issuer_key={self.issuer_key!r})"


class OwnIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """The means by which a participant context proves its identity.

    Attributes:
        did: its own DID.
        signer: the key that signs from now on; the DID document lists `signer.key_id`.
        credentials: own credentials as compact JWTs, inlined into each token.
        public_url: the address at which others reach our listener, if it differs from the one we see
            (behind a proxy); it may have a path.
    """

    did: str
    signer: Signer
    credentials: tuple[str, ...] = ()
    public_url: str | None = None

    def __repr__(self) -> str:
        return f"Own(did={self.did!r}, key_id={self.signer.key_id!r})"


OwnLookup = Callable[[str], OwnIdentity]
"""Participant context -> its current means of proof. Raises NotFoundError for an unknown context.

It is called anew for each token, so a rotation takes effect with the next message.
"""


HeadLookup = Callable[[str], Awaitable[str | None]]
"""Participant context -> the newest signed head of its evidence log; None while the log is empty."""


class Identity(Protocol):
    """A way to identify participants."""

    async def prove(
        self, *, context: str, audience: str, url: str, body: bytes | None, access_token: str | None = None
    ) -> str:
        """Make the complete value of the Authorization header for one message, anew at each call.

        Args:
            context: the participant context that sends the message.
            audience: DID of the participant that receives the message.
            url: the full address of the message.
            body: exactly the bytes that will be sent; None for a request without a body.
            access_token: an endpoint token that we hold and want renewed; it becomes part of the proof.

        Raises:
            NotFoundError: there is no such context.
        """
        ...

    async def verify(
        self,
        authorization: str | None,
        *,
        context: str,
        url: str,
        body: bytes | None,
        source: str | None = None,
    ) -> Caller:
        """Return the sender of a message.

        Args:
            authorization: the value of the header; None if it was absent.
            context: the participant context that is addressed; its DID must be the audience.
            url: the full address at which the message arrived.
            body: exactly the bytes that arrived; None for a request without a body.
            source: the network the request came from, if known; DIDs of unknown participants are resolved at a
                limited rate for each network (D-09).

        Raises:
            TokenRefusedError: always with the code `token.refused` and the same sentence. The true
                reason is in its `reason` and in our log at WARNING, and never in an answer.
            NotFoundError: there is no such context.
        """
        ...

    async def proven(self, authorization: str, *, holder: str) -> Mapping[str, tuple[str, ...]]:
        """Return the claims that the credentials of an accepted message still prove now, at any later time.

        Args:
            authorization: the value of the header as received (`Caller.token`).
            holder: the participant that was proven to have sent it.

        Returns:
            Claims as in `Participant.claims`; a credential that expired, was revoked or cannot be looked up gives none.
        """
        ...

    async def signed_head(self, did: str, note: str) -> SignedHead | None:
        """Read the signed head of a participant's evidence log, if a log key of its DID document signed it.

        Returns:
            None if the note is not a signed head, or its signer cannot be determined.
        """
        ...

    async def log_keys(self, did: str, *, anew: bool = False) -> tuple[Mapping[str, str], ...]:
        """The public JWKs that sign the evidence log of a participant, as it publishes them.

        Args:
            anew: the cached keys lack the key that is needed: fetch them again, at most once every few seconds.

        Returns:
            () if the participant cannot be reached, or publishes no keys.
        """
        ...


class Resolver(Protocol):
    """A resolver of DIDs to their documents."""

    async def resolve(
        self, did: str, *, kid: str | None = None, stranger_from: str | None = None
    ) -> DidDocument:
        """Return the document of `did`, from the cache while it is fresh.

        Args:
            kid: a verification method that the caller needs; a cached document without it is
                fetched anew (key rotation), at most once every few seconds.
            stranger_from: the network from which an unproven caller named this DID; only a limited number of
                DIDs that were never resolved before is fetched for one network. None: we chose the DID.

        Raises:
            InputError: `did.malformed`: it is not a did:web that we accept.
            PeerError: `did.unresolved`: there is no answer, it is not the document of this DID, or the address
                may not be called (the fact `cause` holds the code); `did.throttled`: too many unknown
                DIDs were requested.
        """
        ...
