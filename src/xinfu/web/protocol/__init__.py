"""The Dataspace Protocol 2025-1 over HTTPS: routes of the protocol listener.

Below `/dsp/<context>`: the version document, and under `/2025-1` catalog, negotiations and transfers in both
roles. A callback address is the same base (T-10). Below `/xinfu` stands what only xinfu nodes tell each other. The DID document of a context stands at `/<context>/did.json`.
"""

from starlette.routing import BaseRoute, Mount, Router

from xinfu.services.parts import Parts
from xinfu.services.processes.negotiation import NEGOTIATION
from xinfu.services.processes.transfer import TRANSFER
from xinfu.web.problem import negotiation_error, transfer_error
from xinfu.web.protocol.catalog import catalog_routes
from xinfu.web.protocol.heads import heads_routes
from xinfu.web.protocol.notices import notice_routes
from xinfu.web.protocol.processes import process_routes
from xinfu.web.protocol.version import version_routes


def protocol_routes(parts: Parts, *, limit_bytes: int) -> list[BaseRoute]:
    """Return all routes of the protocol listener except the DID documents."""
    bound = [
        *catalog_routes(parts, limit_bytes),
        *process_routes(parts, NEGOTIATION, limit_bytes, negotiation_error),
        *process_routes(parts, TRANSFER, limit_bytes, transfer_error),
        *notice_routes(parts, limit_bytes),
        *heads_routes(parts, limit_bytes),
    ]
    below = Router(routes=bound, redirect_slashes=False)
    return [*version_routes(parts), Mount("/dsp/{context}/2025-1", app=below)]


__all__ = ["protocol_routes"]
