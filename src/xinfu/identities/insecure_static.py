"""Insecure identity: whoever writes a name is believed. For development and the mock identity of EDC.

The header is a JSON object, as EDC's mock identity writes it: `{"region":…,"audience":…,"clientId":…}`.
`clientId` is the participant; `audience` is null, our own id, or an address. `region` is always sent, because the
mock of EDC 0.14 answers 500 without one; an empty one says nothing. Nothing is signed, so nothing is proven,
bodies count as unsigned, and there is no token that could be replayed. It cannot be built outside development.

Follows: design decision D-10; the exchanges of EDC 0.18 and 0.14 with its mock identity.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

import msgspec

from xinfu.credentials import Participant, Reason, TokenRefusedError
from xinfu.credentials.reading import read_json
from xinfu.evidence import SignedHead
from xinfu.identities import errors
from xinfu.ports.clock import Clock
from xinfu.ports.identity import Caller

REJECTED: Final = "faultyClientId"
"""The name that EDC's mock rejects; its tests send it to see a refusal."""
LONGEST: Final = 4096
LIFE: Final = timedelta(minutes=5)
ISSUER_KEY: Final = "insecure-static"

_log = logging.getLogger(__name__)


class _MockToken(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    client_id: str
    audience: str | None = None
    region: str | None = None
    token: str | None = None


class InsecureStaticIdentity:
    """Believes every name.

    Args:
        development: must be True.
        own: participant context -> our own id. Raises NotFoundError for an unknown context.
        peers: participant id -> the claims that it is given.
        default_peer: who calls when there is no header, or one that is no mock token; None: nobody does.
    """

    def __init__(
        self,
        *,
        development: bool,
        own: Callable[[str], str],
        clock: Clock,
        peers: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None,
        default_peer: str | None = None,
        region: str = "",
    ) -> None:
        if development is not True:
            raise errors.IDENTITY_INSECURE()
        self._own = own
        self._clock = clock
        self._peers = peers or {}
        self._default_peer = default_peer
        self._region = region

    async def prove(
        self, *, context: str, audience: str, url: str, body: bytes | None, access_token: str | None = None
    ) -> str:
        """See the port."""
        token = {"region": self._region, "audience": audience, "clientId": self._own(context)}
        token |= {"token": access_token} if access_token else {}
        return msgspec.json.encode(token).decode()

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
            token = self._read(authorization, own)
        except TokenRefusedError as error:
            _log.warning(
                "refused a token: %s", error.reason, extra={"context": context, "reason": str(error.reason)}
            )
            raise
        return Caller(
            participant=Participant(id=token.client_id, claims=self._claims(token)),
            jti="",
            expires=self._clock.now() + LIFE,
            signed_body=False,
            token=authorization or "",
            issuer_key=ISSUER_KEY,
            access_token=token.token,
        )

    async def proven(self, authorization: str, *, holder: str) -> Mapping[str, tuple[str, ...]]:
        """See the port: what is believed does not change."""
        try:
            token = self._read(authorization, None)
        except TokenRefusedError:
            return {}
        return self._claims(token) if token.client_id == holder else {}

    async def signed_head(self, did: str, note: str) -> SignedHead | None:
        """See the port: a plain name signs no log."""
        return None

    async def log_keys(self, did: str, *, anew: bool = False) -> tuple[Mapping[str, str], ...]:
        """See the port: a plain name publishes no keys."""
        return ()

    def _claims(self, token: _MockToken) -> dict[str, tuple[str, ...]]:
        claims = dict(self._peers.get(token.client_id, {}))
        if token.region:
            claims["region"] = (token.region,)
        return claims

    def _read(self, authorization: str | None, own: str | None) -> _MockToken:
        if not authorization or not authorization.startswith("{"):
            if self._default_peer is None:
                raise TokenRefusedError(Reason.SCHEME if authorization else Reason.MISSING)
            return _MockToken(client_id=self._default_peer)
        if len(authorization) > LONGEST:
            raise TokenRefusedError(Reason.SIZE)
        try:
            token = read_json(authorization, _MockToken)
        except ValueError as error:
            raise TokenRefusedError(Reason.FORM) from error
        if token.client_id in {"", REJECTED}:
            raise TokenRefusedError(Reason.ISSUER)
        if own is not None and token.audience not in {None, own} and "://" not in (token.audience or ""):
            raise TokenRefusedError(Reason.AUDIENCE)
        return token
