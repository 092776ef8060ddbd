"""Evidence log heads, for other xinfu nodes; our own extension of the protocol."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xinfu.dsp.heads import PATH, read_sizes
from xinfu.services.background import peer_logs
from xinfu.services.exchange.tokens import claim_read
from xinfu.services.parts import PeerParts
from xinfu.web.problem import problem
from xinfu.web.protocol.receive import arrive, guard


def heads_routes(parts: PeerParts, limit_bytes: int) -> list[Route]:
    """Return the route of our log head, with proofs. A peer whose log contradicts itself is answered too: it may not know."""

    async def show(request: Request) -> Response:
        arrival = await arrive(parts, request, limit_bytes, refuse=False)
        await claim_read(parts.store, arrival)
        answer = await peer_logs.answer(parts, arrival, read_sizes(request.query_params.get("from", "")))
        return Response(msgspec.json.encode(answer), media_type="application/json")

    return [Route(PATH, guard(show, problem), methods=["GET"])]
