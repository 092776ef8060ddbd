"""Notices from other xinfu nodes about agreements and duties; our own extension of the protocol."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xinfu.dsp.notice import PATH
from xinfu.services.background import notices
from xinfu.services.exchange.tokens import spend
from xinfu.services.parts import DataParts
from xinfu.web.problem import problem
from xinfu.web.protocol.receive import arrive, guard


def notice_routes(parts: DataParts, limit_bytes: int) -> list[Route]:
    """Return the route that takes a notice and answers with the resulting state."""

    async def receive(request: Request) -> Response:
        arrival = await arrive(parts, request, limit_bytes)
        async with spend(parts.store, arrival):
            answer = await notices.receive(parts, arrival)
        return Response(msgspec.json.encode(answer), media_type="application/json")

    return [Route(PATH, guard(receive, problem), methods=["POST"])]
