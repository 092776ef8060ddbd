"""Notices of other xinfu nodes about agreements and duties; an extension of ours beside the protocol."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xinfu.dsp.notice import PATH
from xinfu.services.background import notices
from xinfu.services.parts import DataParts
from xinfu.services.tokens import spend
from xinfu.web.problem import problem
from xinfu.web.protocol.receive import arrive, guard


def notice_routes(parts: DataParts, limit_bytes: int) -> list[Route]:
    """POST of a notice, answered with how it stands by then."""

    async def receive(request: Request) -> Response:
        arrival = await arrive(parts, request, limit_bytes)
        async with spend(parts.store, arrival):
            answer = await notices.receive(parts, arrival)
        return Response(msgspec.json.encode(answer), media_type="application/json")

    return [Route(PATH, guard(receive, problem), methods=["POST"])]
