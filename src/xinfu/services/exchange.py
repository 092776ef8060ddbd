"""A message that came in: who sent it, that it was not seen before (D-03), and what is answered (D-11).

A token's acceptance is never remembered; its id is claimed as a unique row in the step of the message itself,
so a replay is refused on every worker and after every restart.
"""

import hashlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import msgspec

from xinfu.errors import UnauthorizedError, XinfuError
from xinfu.ports.identity import Caller, Identity
from xinfu.ports.peerlogs import KeptHead
from xinfu.ports.store import Step, Store
from xinfu.services.contexts import Context

_log = logging.getLogger(__name__)

AFTER_A_CRASH: Final = timedelta(milliseconds=200)
"""When a promise falls due by itself, if the process dies between its commit and its answer."""


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A message of a participant whose token holds; `body` is exactly what came.

    Attributes:
        head: where the sender's evidence log stands, to be kept with the message; None where there is nothing to keep.
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
    """Status and body of an acknowledgement; what waits for it is promised in the process `release`."""

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
        UnauthorizedError: `token.refused`; the true reason stands in our log only.
    """
    caller = await identity.verify(authorization, context=context.id, url=url, body=body, source=source)
    return Arrival(context=context, caller=caller, body=body or b"", url=url)


async def claim(step: Step, arrival: Arrival) -> None:
    """Use up the token inside the message's own step, and keep what it says of the sender's log.

    It comes before every lock of the step: two messages with one head wait for each other here and nowhere else.

    Raises:
        UnauthorizedError: `token.refused`, when the token was used before.
    """
    caller = arrival.caller
    if not caller.jti:
        return
    if not await step.nonces.claim(caller.participant.id, caller.jti, expires=caller.expires):
        _log.warning("token refused", extra={"reason": "replay", "peer": caller.participant.id})
        raise UnauthorizedError(
            "token.refused", "The caller did not prove who it is.", "调用方未能证明其身份。"
        )
    if arrival.head is not None:
        await step.peer_logs.keep(arrival.peer, arrival.head)
    if arrival.signs_first:
        await step.peer_logs.keep_signing(arrival.peer)


@asynccontextmanager
async def spending(store: Store, arrival: Arrival) -> AsyncIterator[None]:
    """Use up the token of a message also when the block refuses it: what its step claimed was rolled back then.

    Otherwise a refused message could be played again, token and all, once it is in turn.

    Raises:
        UnauthorizedError: `token.refused`, when the token was used before; else what the block raised.
    """
    try:
        yield
    except UnauthorizedError:
        raise
    except XinfuError:
        await claim_read(store, arrival)
        raise


async def claim_read(store: Store, arrival: Arrival) -> None:
    """Use up the token of a read, in a small step of its own.

    Raises:
        UnauthorizedError: `token.refused`.
    """
    if arrival.caller.jti:
        async with store.step(arrival.context.id) as step:
            await claim(step, arrival)
