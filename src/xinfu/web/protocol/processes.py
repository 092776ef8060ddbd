"""Every message of a negotiation or a transfer, both roles, and the state of the process (DSP-RULES 6.2, 6.3, 7.2; T-10).

The routes are made from the family's table of messages.
"""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xinfu import dsp
from xinfu.dsp.message import Message
from xinfu.errors import XinfuError
from xinfu.services.exchange.tokens import spend
from xinfu.services.parts import Parts
from xinfu.services.processes import peer_messages
from xinfu.services.processes.family import Family
from xinfu.web.protocol.receive import Handler, acknowledge, arrive, guard


def process_routes(
    parts: Parts, family: Family[Any, Any, Any], limit_bytes: int, error: Callable[[XinfuError], Response]
) -> list[Route]:
    """POST of each message and GET of the process; `error` is a refusal in the family's own form."""

    def opening(message_type: type[Message]) -> Handler:
        async def receive(request: Request) -> Response:
            arrival = await arrive(parts, request, limit_bytes)
            async with spend(parts.store, arrival):
                message = dsp.read(arrival.body, message_type)
                return acknowledge(parts, await peer_messages.open_process(parts, family, arrival, message))

        return guard(receive, error)

    def following(message_type: type[Message]) -> Handler:
        async def receive(request: Request) -> Response:
            arrival = await arrive(parts, request, limit_bytes)
            async with spend(parts.store, arrival):
                message = dsp.read(arrival.body, message_type)
                pid = request.path_params["pid"]
                return acknowledge(
                    parts, await peer_messages.continue_process(parts, family, arrival, pid, message)
                )

        return guard(receive, error)

    async def show(request: Request) -> Response:
        arrival = await arrive(parts, request, limit_bytes)
        return acknowledge(
            parts, await peer_messages.show_process(parts, family, arrival, request.path_params["pid"])
        )

    base, rows = f"/{family.messages.family}", family.messages.rows
    return [
        *(Route(f"{base}/{row.path}", opening(row.message), methods=["POST"]) for row in rows if row.opens),
        *(
            Route(f"{base}/{{pid}}/{row.path}", following(row.message), methods=["POST"])
            for row in rows
            if row.follows
        ),
        Route(f"{base}/{{pid}}", guard(show, error), methods=["GET"]),
    ]
