"""The meaning of a key record: since when the key signs, how long it is listed, and how it is published."""

from datetime import UTC, datetime
from typing import Final

from xinfu.credentials import OwnKey
from xinfu.evidence import key_facts
from xinfu.evidence.entry import Fact
from xinfu.ports.records import CONTRACTS, ISSUED_CREDENTIALS, KeyRecord, KeyState, KeyUse
from xinfu.ports.store import Step

FOREVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of a contract that names none."""
PURPOSES: Final = {KeyUse.LOG: "log", KeyUse.CONTRACT: "contract"}
"""Use of a key -> its purpose in evidence; messages and credentials are `sign`."""


async def _last_expiry(step: Step) -> datetime | None:
    """The latest expiry among the credentials that this context issued and has not revoked; None without one."""
    last: datetime | None = None
    after: str | None = None
    while page := await step.of(ISSUED_CREDENTIALS).find(
        ISSUED_CREDENTIALS.revoked.equals(False), after=after, limit=1000
    ):
        after = page[-1].id
        last = max([each.expires for each in page] + ([last] if last else []))
    return last


async def _last_end(step: Step) -> datetime | None:
    """The latest end among this context's signed contracts; `FOREVER` if one names none, None without one."""
    last: datetime | None = None
    after: str | None = None
    while page := await step.of(CONTRACTS).find(after=after, limit=1000):
        after = page[-1].id
        ends = [each.contract.ends or FOREVER for each in page if each.contract.signatures]
        last = max(ends + ([last] if last else []), default=None)
    return last


async def lives_until(step: Step, use: KeyUse) -> datetime | None:
    """The moment until which an old key of this use stays in the DID document for what it signed; None: no longer."""
    match use:
        case KeyUse.MESSAGE:
            return await _last_expiry(step)
        case KeyUse.CONTRACT:
            return await _last_end(step)
        case _:
            return None


def facts_of(key: KeyRecord) -> dict[str, Fact]:
    """The facts that evidence states about a key."""
    return key_facts(key.id, key.public_jwk, purpose=PURPOSES.get(key.use, "sign"))


def begins(key: KeyRecord) -> datetime:
    """The moment from which a key signs."""
    return key.signs_from or key.created


def is_listed(key: KeyRecord, now: datetime) -> bool:
    """Whether the DID document lists a key: it signs or will sign, or something that it signed is still valid."""
    if key.state is not KeyState.RETIRING:
        return key.state is not KeyState.RETIRED
    ends = [end for end in (key.retire_at, key.credentials_until) if end is not None]
    return any(now < end for end in ends)


def listed_as(key: KeyRecord, now: datetime) -> OwnKey:
    """A key as our DID document lists it now."""
    if key.use is KeyUse.LOG:
        return OwnKey(id=key.id, jwk=key.public_jwk, use="log")
    if key.use is KeyUse.CONTRACT:
        ends = key.retire_at if key.state is KeyState.RETIRING else None
        return OwnKey(id=key.id, jwk=key.public_jwk, use="contract", ends=ends)
    past = key.state is KeyState.RETIRING and (key.retire_at is None or key.retire_at <= now)
    return OwnKey(id=key.id, jwk=key.public_jwk, use="credential" if past else "sign")
