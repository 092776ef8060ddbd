"""Passes: short-lived tokens with which a tool reads one object by HTTP, for one purpose, without the node's key.

A pass is an envelope of the node's keyring: it holds what it opens and until when, nobody else can make one, and
nothing of it is stored. It opens reading only, through the same enforcement point as every read, so it is worth
nothing once the policy, the agreement or the object says no.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from xinfu.credentials.base64url import decode, encode
from xinfu.errors import IntegrityError
from xinfu.services.parts import RecordParts
from xinfu.services.vault import errors

LIFE: Final = timedelta(minutes=15)
LONGEST: Final = timedelta(hours=12)
_PREFIX: Final = "xvp."
_NAME: Final = "vault-pass"
_LARGEST: Final = 4096


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a pass: its object, its purpose and its end."""

    context: str
    object: str
    purpose: str | None
    until: datetime


class FreshPass(msgspec.Struct, frozen=True, kw_only=True):
    """A pass as its bearer holds it; goes as `Authorization: Bearer`."""

    token: str
    until: datetime

    def __repr__(self) -> str:
        return f"Issued(until={self.until!r})"


def issue(
    parts: RecordParts, context: str, object_: str, *, purpose: str | None, life: timedelta = LIFE
) -> FreshPass:
    """A pass for an object.

    Raises:
        InputError: `vault.pass-life`: longer than twelve hours, or nothing.
    """
    if not timedelta(0) < life <= LONGEST:
        raise errors.VAULT_PASS_LIFE()
    made = Pass(context=context, object=object_, purpose=purpose, until=parts.clock.now() + life)
    sealed = parts.keyring.seal(msgspec.json.encode(made), context=context, name=_NAME)
    return FreshPass(token=f"{_PREFIX}{context}.{encode(sealed)}", until=made.until)


def open_pass(parts: RecordParts, token: str) -> Pass | None:
    """Return the pass in a token; None if the token is invalid or has expired."""
    if not token.startswith(_PREFIX) or len(token) > _LARGEST:
        return None
    context, _, sealed = token.removeprefix(_PREFIX).partition(".")
    if context not in parts.contexts:
        return None
    try:
        plain = parts.keyring.open(decode(sealed), context=context, name=_NAME)
        found = msgspec.json.decode(plain, type=Pass)
    except (ValueError, IntegrityError, msgspec.DecodeError):
        return None
    return found if parts.clock.now() < found.until else None
