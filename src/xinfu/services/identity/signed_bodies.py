"""Check that a token covers the body of its message, as it must if the sender has signed a body before.

The Dataspace Protocol asks for no such thing, so peers that never sign bodies are served, and the evidence says
`unsigned-body`. A peer that signs bodies could otherwise deny a message by leaving the signature out once. Follows: D-02.
"""

import logging

from msgspec.structs import replace

from xinfu.credentials import Reason, TokenRefusedError
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.parts import PeerParts

_log = logging.getLogger(__name__)


async def check_body(parts: PeerParts, arrival: Arrival) -> Arrival:
    """Refuse a token that does not cover the body, if our settings or an earlier message of the sender require it.

    Returns:
        The message; marked if it is the first of its sender with a signed body.

    Raises:
        TokenRefusedError: `token.refused`.
    """
    caller = arrival.caller
    if not arrival.body or not caller.jti:  # nothing to cover, or an identity that signs nothing
        return arrival
    if parts.signed_bodies and caller.signed_body:
        return arrival
    known = parts.signed_bodies or await parts.heads.signs(arrival.context.id, arrival.peer)
    if known and not caller.signed_body:
        _log.warning("refused a token: %s", Reason.DIGEST, extra={"peer": arrival.peer})
        raise TokenRefusedError(Reason.DIGEST)
    return replace(arrival, signs_first=caller.signed_body and not known)
