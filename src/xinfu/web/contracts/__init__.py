"""The interfaces of the Chinese standards on the protocol listener, below `/dsp/<context>/contracts`."""

from starlette.routing import Route

from xinfu.services.parts import Parts
from xinfu.web.contracts import contracts, usage
from xinfu.web.contracts.interface import interface


def contract_routes(parts: Parts, *, limit_bytes: int) -> list[Route]:
    """Return the routes of all interfaces that this node answers."""
    return [
        Route(
            f"/dsp/{{context}}/contracts/{each.api}",
            interface(parts, each, limit_bytes),
            methods=["POST"],
        )
        for each in (*contracts.INTERFACES, *usage.INTERFACES)
    ]


__all__ = ["contract_routes"]
