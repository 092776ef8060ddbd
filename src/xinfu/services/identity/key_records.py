"""What the record of a key means: from when it signs, how long it is listed, and how others are told of it."""

from datetime import UTC, datetime
from typing import Final

from xinfu.credentials import OwnKey
from xinfu.evidence import key_facts
from xinfu.evidence.entry import Fact
from xinfu.ports.records import CONTRACTS, ISSUED_CREDENTIALS, KeyRecord, KeyState, KeyUse
from xinfu.ports.store import Step

FOREVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""Until when a contract lives that names no end."""
PURPOSES: Final = {KeyUse.LOG: "log", KeyUse.CONTRACT: "contract"}
"""Use of a key -> its purpose in evidence; messages and credentials are `sign`."""


async def _last_expiry(step: Step) -> datetime | None:
    """When the last credential that this context issued will have expired."""
    last: datetime | None = None
    after: str | None = None
    while page := await step.of(ISSUED_CREDENTIALS).find({"revoked": 0}, after=after, limit=1000):
        after = page[-1].id
        last = max([each.expires for each in page] + ([last] if last else []))
    return last


async def _last_end(step: Step) -> datetime | None:
    """When the last contract that this context signed will have ended; one that names no end never does."""
    last: datetime | None = None
    after: str | None = None
    while page := await step.of(CONTRACTS).find({}, after=after, limit=1000):
        after = page[-1].id
        ends = [each.contract.ends or FOREVER for each in page if each.contract.signatures]
        last = max(ends + ([last] if last else []), default=None)
    return last


async def lives_until(step: Step, use: KeyUse) -> datetime | None:
    """How long what keys of this use signed lives; an old one stays in the DID document for it."""
    match use:
        case KeyUse.MESSAGE:
            return await _last_expiry(step)
        case KeyUse.CONTRACT:
            return await _last_end(step)
        case _:
            return None


def facts_of(key: KeyRecord) -> dict[str, Fact]:
    """What evidence states of a key."""
    return key_facts(key.id, key.public_jwk, purpose=PURPOSES.get(key.use, "sign"))


def begins(key: KeyRecord) -> datetime:
    """From when a key signs."""
    return key.signs_from or key.created


def is_listed(key: KeyRecord, now: datetime) -> bool:
    """Whether the DID document lists a key: it signs or will, or something that it signed is alive."""
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
