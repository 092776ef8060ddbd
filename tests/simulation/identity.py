"""An identity whose tokens say openly what they prove; checked as strictly as signed ones (an `Identity`)."""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import msgspec

from xinfu.credentials import Participant, Reason, TokenRefusedError
from xinfu.evidence import SignedHead
from xinfu.ports.clock import Clock
from xinfu.ports.identity import Caller

LIFE: Final = timedelta(minutes=5)
SKEW: Final = timedelta(seconds=60)
CLAIMS: Final[Mapping[str, tuple[str, ...]]] = {"MembershipCredential": ("active",)}


class OpenIdentity:
    """Proves by naming; refuses a token that is late, early, for another address, body or audience."""

    def __init__(self, own: str, clock: Clock) -> None:
        self._own = own
        self._clock = clock

    async def prove(
        self, *, context: str, audience: str, url: str, body: bytes | None, access_token: str | None = None
    ) -> str:
        now = self._clock.now().timestamp()
        said = {
            "iss": self._own,
            "aud": audience,
            "iat": now,
            "exp": now + LIFE.total_seconds(),
            "jti": self._clock.new_id(),
            "digest": _digest(body),
            "htu": url,
        }
        return "Open " + msgspec.json.encode(said).decode()

    async def verify(
        self,
        authorization: str | None,
        *,
        context: str,
        url: str,
        body: bytes | None,
        source: str | None = None,
    ) -> Caller:
        said = json.loads((authorization or "Open null").removeprefix("Open "))
        if said is None:
            raise TokenRefusedError(Reason.MISSING)
        now = self._clock.now()
        if said["aud"] != self._own:
            raise TokenRefusedError(Reason.AUDIENCE)
        if said["digest"] != _digest(body):
            raise TokenRefusedError(Reason.DIGEST)
        if said["htu"] != url:
            raise TokenRefusedError(Reason.TARGET)
        if not -SKEW.total_seconds() <= said["exp"] - now.timestamp() <= (LIFE + SKEW).total_seconds():
            raise TokenRefusedError(Reason.EXPIRED)
        return Caller(
            participant=Participant(id=said["iss"], claims=CLAIMS),
            jti=said["jti"],
            expires=now + LIFE + SKEW,
            signed_body=True,
            token=authorization or "",
            issuer_key=f"{said['iss']}#key",
        )

    async def proven(self, authorization: str, *, holder: str) -> Mapping[str, tuple[str, ...]]:
        return CLAIMS

    async def signed_head(self, did: str, note: str) -> SignedHead | None:
        return None

    async def log_keys(self, did: str, *, anew: bool = False) -> tuple[Mapping[str, str], ...]:
        return ()


def _digest(body: bytes | None) -> str | None:
    return None if body is None else hashlib.sha256(body).hexdigest()
