"""Every transfer message, both roles (DSP-RULES 7.2); GET serves both roles (T-10)."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xinfu import dsp
from xinfu.dsp import transfer as messages
from xinfu.services.parts import Parts
from xinfu.services.processes import received
from xinfu.services.processes.transfer import TRANSFER
from xinfu.services.tokens import spending
from xinfu.web.problem import transfer_error
from xinfu.web.protocol.receive import Handler, answered, arrive, guarded

_OPENING: Mapping[str, type[messages.TransferRequestMessage]] = {
    "/transfers/request": messages.TransferRequestMessage
}
_FOLLOWING: Mapping[str, type[messages.TransferMessage]] = {
    "/transfers/{pid}/start": messages.TransferStartMessage,
    "/transfers/{pid}/completion": messages.TransferCompletionMessage,
    "/transfers/{pid}/suspension": messages.TransferSuspensionMessage,
    "/transfers/{pid}/termination": messages.TransferTerminationMessage,
}


def transfer_routes(parts: Parts, limit_bytes: int) -> list[Route]:
    """POST of each message and GET of the process."""

    def opening(kind: type[messages.TransferRequestMessage]) -> Handler:
        async def receive(request: Request) -> Response:
            arrival = await arrive(parts, request, limit_bytes)
            async with spending(parts.store, arrival):
                message = dsp.read(arrival.body, kind)
                return answered(parts, await received.open_process(parts, TRANSFER, arrival, message))

        return guarded(receive, transfer_error)

    def following(kind: type[messages.TransferMessage]) -> Handler:
        async def receive(request: Request) -> Response:
            arrival = await arrive(parts, request, limit_bytes)
            async with spending(parts.store, arrival):
                message = dsp.read(arrival.body, kind)
                return answered(
                    parts,
                    await received.continue_process(
                        parts, TRANSFER, arrival, request.path_params["pid"], message
                    ),
                )

        return guarded(receive, transfer_error)

    async def show(request: Request) -> Response:
        arrival = await arrive(parts, request, limit_bytes)
        return answered(
            parts, await received.show_process(parts, TRANSFER, arrival, request.path_params["pid"])
        )

    return [
        *(Route(path, opening(kind), methods=["POST"]) for path, kind in _OPENING.items()),
        *(Route(path, following(kind), methods=["POST"]) for path, kind in _FOLLOWING.items()),
        Route("/transfers/{pid}", guarded(show, transfer_error), methods=["GET"]),
    ]
