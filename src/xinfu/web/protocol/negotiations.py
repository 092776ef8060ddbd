"""Every negotiation message, both roles (DSP-RULES 6.2, 6.3)."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xinfu import dsp
from xinfu.dsp import negotiation as messages
from xinfu.services.parts import Parts
from xinfu.services.processes import received
from xinfu.services.processes.negotiation import NEGOTIATION
from xinfu.services.tokens import spending
from xinfu.web.problem import negotiation_error
from xinfu.web.protocol.receive import Handler, answered, arrive, guarded

_Opening = messages.ContractRequestMessage | messages.ContractOfferMessage

_OPENING: Mapping[str, type[_Opening]] = {
    "/negotiations/request": messages.ContractRequestMessage,
    "/negotiations/offers": messages.ContractOfferMessage,
}
_FOLLOWING: Mapping[str, type[messages.NegotiationMessage]] = {
    "/negotiations/{pid}/request": messages.ContractRequestMessage,
    "/negotiations/{pid}/offers": messages.ContractOfferMessage,
    "/negotiations/{pid}/agreement": messages.ContractAgreementMessage,
    "/negotiations/{pid}/agreement/verification": messages.ContractAgreementVerificationMessage,
    "/negotiations/{pid}/events": messages.ContractNegotiationEventMessage,
    "/negotiations/{pid}/termination": messages.ContractNegotiationTerminationMessage,
}


def negotiation_routes(parts: Parts, limit_bytes: int) -> list[Route]:
    """POST of each message and GET of the process."""

    def opening(kind: type[_Opening]) -> Handler:
        async def receive(request: Request) -> Response:
            arrival = await arrive(parts, request, limit_bytes)
            async with spending(parts.store, arrival):
                message = dsp.read(arrival.body, kind)
                return answered(parts, await received.open_process(parts, NEGOTIATION, arrival, message))

        return guarded(receive, negotiation_error)

    def following(kind: type[messages.NegotiationMessage]) -> Handler:
        async def receive(request: Request) -> Response:
            arrival = await arrive(parts, request, limit_bytes)
            async with spending(parts.store, arrival):
                message = dsp.read(arrival.body, kind)
                return answered(
                    parts,
                    await received.continue_process(
                        parts, NEGOTIATION, arrival, request.path_params["pid"], message
                    ),
                )

        return guarded(receive, negotiation_error)

    async def show(request: Request) -> Response:
        arrival = await arrive(parts, request, limit_bytes)
        return answered(
            parts, await received.show_process(parts, NEGOTIATION, arrival, request.path_params["pid"])
        )

    return [
        *(Route(path, opening(kind), methods=["POST"]) for path, kind in _OPENING.items()),
        *(Route(path, following(kind), methods=["POST"]) for path, kind in _FOLLOWING.items()),
        Route("/negotiations/{pid}", guarded(show, negotiation_error), methods=["GET"]),
    ]
