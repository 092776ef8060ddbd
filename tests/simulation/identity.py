"""An identity whose tokens say openly what they prove; checked as strictly as signed ones (an `Identity`)."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from xinfu.credentials import Participant, Reason, TokenRefusedError
from xinfu.evidence import SignedHead, signed_head
from xinfu.ports.clock import Clock
from xinfu.ports.identity import Caller, HeadLookup
from xinfu.signers.ed25519 import Ed25519Verifier

LogKeyLookup = Callable[[str], Mapping[str, str]]
"""DID -> the public key of its log."""

LIFE: Final = timedelta(minutes=5)
SKEW: Final = timedelta(seconds=60)
CLAIMS: Final[Mapping[str, tuple[str, ...]]] = {"MembershipCredential": ("active",)}


class OpenIdentity:
    """Proves by naming; refuses a token that is late, early, for another address, body or audience."""

    def __init__(
        self, own: str, clock: Clock, heads: HeadLookup | None = None, log_keys: LogKeyLookup | None = None
    ) -> None:
        self._own = own
        self._clock = clock
        self._heads = heads
        self._log_keys = log_keys

    async def prove(
        self, *, context: str, audience: str, url: str, body: bytes | None, access_token: str | None = None
    ) -> str:
        now = self._clock.now().timestamp()
        head = None if self._heads is None else await self._heads(context)
        said = {
            "head": head,
            "iss": self._own,
            "aud": audience,
            "iat": now,
            "exp": now + LIFE.total_seconds(),
            "jti": self._clock.new_id(),
            "digest": _digest(body),
            "htu": url,
        }
        return "Open " + json.dumps(said)  # ASCII: a note holds a dash that no header may

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
            log_head=await self.signed_head(said["iss"], said["head"]) if said.get("head") else None,
        )

    async def proven(self, authorization: str, *, holder: str) -> Mapping[str, tuple[str, ...]]:
        return CLAIMS

    async def signed_head(self, did: str, note: str) -> SignedHead | None:
        return signed_head(did, note, await self.log_keys(did), Ed25519Verifier().verify)

    async def log_keys(self, did: str, *, anew: bool = False) -> tuple[Mapping[str, str], ...]:
        return () if self._log_keys is None else (self._log_keys(did),)


def _digest(body: bytes | None) -> str | None:
    return None if body is None else hashlib.sha256(body).hexdigest()
