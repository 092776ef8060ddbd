"""Take each message of a contract interface once: neither its token nor its `sequenceNum` may repeat."""

from xinfu.contracts.header import SKEW, Header
from xinfu.services.contracts import errors
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.exchange.tokens import claim
from xinfu.services.parts import RecordParts


async def claim_message(parts: RecordParts, arrival: Arrival, header: Header) -> None:
    """Use up the token and the `sequenceNum` of a message, in a step of its own.

    Follows: NDI-TR-2025-03 (draft), 8.2.3; decision 0018.

    Raises:
        UnauthorizedError: `token.refused`. ProtocolError: `envelope.repeated`.
    """
    async with parts.store.step(arrival.context.id) as step:
        await claim(step, arrival)
        nonce = f"sequenceNum {header.sequence_num}"
        if not await step.nonces.claim(arrival.peer, nonce, expires=parts.clock.now() + 2 * SKEW):
            raise errors.ENVELOPE_REPEATED()
