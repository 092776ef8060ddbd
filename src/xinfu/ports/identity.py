"""Identity: prove who we are to another participant, and find out who calls us.

The port knows one header value and nothing of how it is made. Replay is not remembered here: whoever
handles the message claims `Caller.jti` as a unique row in the message's own step (D-03), until
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
    """A caller, and what must be kept to prove who it is.

    Attributes:
        participant: its id and those claims that a checked credential carries; nothing else counts.
        jti: names this token for its issuer; unique while the token could be accepted. Empty when this
            identity has nothing that could be replayed.
        expires: until when the token could be accepted, skew included; forget `jti` only after it.
        signed_body: the token covers the body (D-02); False is shown as "unsigned body" in evidence.
        token: the Authorization header's value as it came, for evidence; never logged.
        issuer_key: the verification method that signed, `did#fragment`.
        issuer_jwk: that key as a public JWK, as it stood in the issuer's document; empty where nothing is signed.
        withheld: credential type -> codes of why a presented credential of that type gave no claims.
        access_token: an endpoint token that the caller holds and wants renewed; a secret.
        log_head: where its evidence log stood then, as its log key signed it; None where it does not say.
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
        signer: the key that signs from now on; `signer.key_id` stands in the DID document.
        credentials: own credentials as compact JWTs, inlined into each token.
        public_url: the address under which others reach our listener, when it is not the one we see
            (behind a proxy); it may hold a path.
    """

    did: str
    signer: Signer
    credentials: tuple[str, ...] = ()
    public_url: str | None = None

    def __repr__(self) -> str:
        return f"Own(did={self.did!r}, key_id={self.signer.key_id!r})"


OwnLookup = Callable[[str], OwnIdentity]
"""Participant context -> what it proves itself with now. Raises NotFoundError for an unknown context.

It is asked anew for each token, so a rotation takes effect with the next message.
"""


HeadLookup = Callable[[str], Awaitable[str | None]]
"""Participant context -> the newest signed head of its evidence log; None while the log is empty."""


class Identity(Protocol):
    """A way to identify participants."""

    async def prove(
        self, *, context: str, audience: str, url: str, body: bytes | None, access_token: str | None = None
    ) -> str:
        """The whole value of the Authorization header for one message, fresh for each call.

        Args:
            context: the participant context that speaks.
            audience: DID of the participant that the message is for.
            url: where the message goes, whole.
            body: the bytes that will be sent, exactly; None for a request without a body.
            access_token: an endpoint token that we hold and want renewed; it stands in the proof.

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
            authorization: the header's value; None when it was absent.
            context: the participant context that is addressed; its DID must be the audience.
            url: the address under which the message came in, whole.
            body: the bytes that came, exactly; None for a request without a body.
            source: the network the request came from, when it is known; strangers are asked about at a
                limited pace for each (D-09).

        Raises:
            TokenRefusedError: always with the code `token.refused` and the same sentence. The true
                reason stands in its `reason`, in our log at WARNING, and never in an answer.
            NotFoundError: there is no such context.
        """
        ...

    async def proven(self, authorization: str, *, holder: str) -> Mapping[str, tuple[str, ...]]:
        """Return what the credentials of an accepted message still prove now, however long ago it came.

        Args:
            authorization: the header's value as it came (`Caller.token`).
            holder: who was proven to have sent it.

        Returns:
            Claims as in `Participant.claims`; what expired, was revoked or cannot be looked up gives none.
        """
        ...

    async def signed_head(self, did: str, note: str) -> SignedHead | None:
        """The head of a participant's evidence log, where a log key of its DID document signed it.

        Returns:
            None where the note is none, or its signer cannot be told from here.
        """
        ...

    async def log_keys(self, did: str, *, anew: bool = False) -> tuple[Mapping[str, str], ...]:
        """The public JWKs that sign the evidence log of a participant, as it publishes them.

        Args:
            anew: what is remembered lacks the key that is needed: ask again, at most once every few seconds.

        Returns:
            () where the participant cannot be asked, or publishes no keys.
        """
        ...


class Resolver(Protocol):
    """A resolver of DIDs to their documents."""

    async def resolve(
        self, did: str, *, kid: str | None = None, stranger_from: str | None = None
    ) -> DidDocument:
        """The document of `did`, from the cache while it is fresh.

        Args:
            kid: a verification method that the caller needs; a cached document without it is
                fetched anew (key rotation), at most once every few seconds.
            stranger_from: the network from which someone unproven named this DID; so many DIDs that
                nobody has resolved before are fetched for one network and no more. None: we chose it.

        Raises:
            InputError: `did.malformed`: it is no did:web that we accept.
            PeerError: `did.unresolved`: nobody answers, not with this DID's document, or under an address
                that may not be called (its code is the fact `cause`); `did.throttled`: too many unknown
                DIDs were asked for.
        """
        ...
