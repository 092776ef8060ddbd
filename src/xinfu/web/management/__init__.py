"""The management API of EDC, v4 and v3, below `/management` of the management listener.

One set of handlers over the same use cases as `/api/v1`; `shapes` says what the two versions write differently.
"""

import re

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from xinfu.services.health import Check
from xinfu.services.parts import Parts
from xinfu.web.management import (
    agreements,
    assets,
    catalog,
    dataplanes,
    definitions,
    edrs,
    negotiations,
    policies,
    retirements,
    secrets,
    transfers,
)
from xinfu.web.management.faults import Fault, response
from xinfu.web.management.openapi import openapi_route
from xinfu.web.management.routes import Binding, ManagementRoute
from xinfu.web.management.system import system_routes
from xinfu.web.routing_errors import methods_at

BASE = "/management"


def lines() -> list[ManagementRoute]:
    """Return every route of the API; a fixed path precedes a path with an id in its place."""
    return [
        *assets.LINES,
        *policies.LINES,
        *definitions.LINES,
        *catalog.LINES,
        *negotiations.LINES,
        *retirements.LINES,
        *agreements.LINES,
        *transfers.LINES,
        *edrs.LINES,
        *secrets.LINES,
        *dataplanes.LINES,
    ]


def management_routes(
    parts: Parts, *, api_key: str, limit_bytes: int, check: Check | None = None
) -> list[BaseRoute]:
    """The API under its base, and version and health under EDC's default base as well."""
    binding = Binding(parts, api_key=api_key, limit_bytes=limit_bytes)
    app = Starlette(
        routes=[*binding.routes(lines()), *system_routes(parts, check=check), openapi_route(lines())],
        exception_handlers={HTTPException: _unrouted},
    )
    app.router.redirect_slashes = False
    mounted = Mount(BASE, app=OneSlash(app))
    mounted.path_regex = re.compile(mounted.path_regex.pattern, re.DOTALL)  # an id may hold a line break
    return [mounted, *system_routes(parts, "/api", check=check)]


class OneSlash:
    """Merges repeated slashes in a path for routing; encoded slashes in an id stay as they were sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            raw: bytes = scope.get("raw_path") or scope["path"].encode()
            parts = raw.split(b"?", 1)[0].decode("latin-1").split("/")
            scope = {**scope, "path": "/" + "/".join(part for part in parts if part)}
        await self._app(scope, receive, send)


async def _unrouted(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException) or error.status_code != 405:
        return response(404, Fault(message="There is nothing at this path", type="ObjectNotFound"))
    path = request.scope["path"].removeprefix(request.scope["root_path"])
    allowed = {"Allow": ", ".join(methods_at(request, path))}
    if request.method == "OPTIONS":  # a question that needs no key
        return Response(status_code=204, headers=allowed)
    answer = response(
        405, Fault(message=f"This path does not accept the method {request.method}", type="InvalidRequest")
    )
    answer.headers.update(allowed)
    return answer


__all__ = ["BASE", "lines", "management_routes"]
