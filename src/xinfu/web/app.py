"""Builds the ASGI app of each listener from routes."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ExceptionHandler

from xinfu.ports.observer import WorkKind
from xinfu.services.health import Check
from xinfu.services.identity.keys import KeyCabinet
from xinfu.services.parts import Parts, RecordParts
from xinfu.services.usage.uses import Uses
from xinfu.services.vault.vaults import Vaults
from xinfu.web.api import api_routes
from xinfu.web.api.operation import Examine
from xinfu.web.contracts import contract_routes
from xinfu.web.data.read import data_routes
from xinfu.web.data.token import token_routes
from xinfu.web.management import management_routes
from xinfu.web.observe import Look, ObservedApp, data_look, management_look, protocol_look
from xinfu.web.protocol import protocol_routes
from xinfu.web.protocol.documents import document_routes
from xinfu.web.routing_errors import answer_unrouted, answer_unrouted_protocol


async def _alive(_: Request) -> Response:
    return Response(b'{"status":"ok"}', media_type="application/json")


HEALTH = Route("/health", _alive, methods=["GET"])


def protocol_app(parts: Parts, keys: KeyCabinet, *, limit_bytes: int) -> Starlette:
    """The public protocol listener: DSP, version documents, DID documents, status lists."""
    routes = [
        *document_routes(parts, keys),
        *contract_routes(parts, limit_bytes=limit_bytes),
        *protocol_routes(parts, limit_bytes=limit_bytes),
    ]
    observed = _observed(parts, WorkKind.MESSAGE, protocol_look(parts.contexts))
    return _app(routes, answer_unrouted_protocol, observed)


def data_app(parts: Parts, uses: Uses) -> Starlette:
    """The public data listener."""
    observed = _observed(parts, WorkKind.DATA, data_look(parts.contexts))
    return _app([*data_routes(parts, uses), *token_routes(parts)], answer_unrouted, observed)


def management_app(
    parts: Parts,
    keys: KeyCabinet,
    vaults: Vaults,
    *,
    api_key: str,
    issuer: bool,
    limit_bytes: int,
    examine: Examine,
    check: Check | None = None,
    watching: Sequence[BaseRoute] = (),
) -> Starlette:
    """The private management listener: the native API, and EDC's below `/management`.

    Args:
        examine: looks the whole deployment over.
        check: looks at every part of the node; None: at its store alone.
        watching: more routes, for those who watch over the node.
    """
    native = api_routes(
        parts, keys, vaults, api_key=api_key, issuer=issuer, limit_bytes=limit_bytes, examine=examine
    )
    theirs = management_routes(parts, api_key=api_key, limit_bytes=limit_bytes, check=check)
    observed = _observed(parts, WorkKind.API, management_look())
    return _app([*native, *theirs, *watching], answer_unrouted, observed)


def _observed(parts: RecordParts, kind: WorkKind, look: Look) -> Middleware:
    return Middleware(ObservedApp, observer=parts.observer, kind=kind, look=look)


def _app(routes: Sequence[BaseRoute], told: ExceptionHandler, observed: Middleware) -> Starlette:
    app = Starlette(routes=[*routes, HEALTH], exception_handlers={HTTPException: told}, middleware=[observed])
    app.router.redirect_slashes = False
    return app
