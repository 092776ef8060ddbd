"""A received message with its sender, and the reply to it (D-11)."""

import hashlib
from datetime import timedelta
from typing import Final

import msgspec

from xinfu.ports.identity import Caller, Identity
from xinfu.ports.peerlogs import KeptHead
from xinfu.services.contexts.context import Context

AFTER_A_CRASH: Final = timedelta(milliseconds=200)
"""When a promise falls due by itself, if the process dies between its commit and its answer."""


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A message whose token was verified, with its sender; `body` is exactly as received.

    Attributes:
        head: the head of the sender's evidence log, to be kept with the message; None if there is none to keep.
        signs_first: it is the first message of the sender whose token covers the body.
    """

    context: Context
    caller: Caller
    body: bytes
    url: str
    head: KeptHead | None = None
    signs_first: bool = False

    @property
    def peer(self) -> str:
        """The identifier of the participant that sent it."""
        return self.caller.participant.id

    @property
    def digest(self) -> str:
        """SHA-256 of the body, lower-case hex."""
        return hashlib.sha256(self.body).hexdigest()


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """Status and body of an acknowledgement; once it is sent, the queued messages of process `release` may leave."""

    status: int
    body: bytes
    release: str | None = None


async def identify(
    identity: Identity,
    context: Context,
    authorization: str | None,
    *,
    url: str,
    body: bytes | None,
    source: str | None = None,
) -> Arrival:
    """Check the token of a message.

    Args:
        source: the network that it came from; strangers are looked up at a bounded rate a network (D-09).

    Raises:
        UnauthorizedError: `token.refused`; the true reason is in our log only.
    """
    caller = await identity.verify(authorization, context=context.id, url=url, body=body, source=source)
    return Arrival(context=context, caller=caller, body=body or b"", url=url)
