"""Use up the token of each message exactly once (D-03).

A token's acceptance is never remembered; its id is claimed as a unique row in the step of the message itself,
so a replay is refused on every worker and after every restart.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from xinfu.errors import UnauthorizedError, XinfuError
from xinfu.ports.store import Step, Store
from xinfu.services.exchange import errors
from xinfu.services.exchange.arrival import Arrival

_log = logging.getLogger(__name__)


async def claim(step: Step, arrival: Arrival) -> None:
    """Use up the token in the message's own step, and keep the head of the sender's log that came with it.

    Call it before any lock of the step: two messages with the same head then wait for each other only here.

    Raises:
        UnauthorizedError: `token.refused`, when the token was used before.
    """
    caller = arrival.caller
    if not caller.jti:
        return
    if not await step.nonces.claim(caller.participant.id, caller.jti, expires=caller.expires):
        _log.warning("token refused", extra={"reason": "replay", "peer": caller.participant.id})
        raise errors.TOKEN_REFUSED()
    if arrival.head is not None:
        await step.peer_logs.keep(arrival.peer, arrival.head)
    if arrival.signs_first:
        await step.peer_logs.keep_signing(arrival.peer)


@asynccontextmanager
async def spend(store: Store, arrival: Arrival) -> AsyncIterator[None]:
    """Use up the token of a message even if the block refuses it and so rolls back the claim of its step.

    Otherwise a refused message could be replayed with its token once it is in turn.

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
