"""Which versions there are, and whether the node is well. Nobody needs a key for either."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xinfu.errors import XinfuError
from xinfu.services.parts import Parts

_VERSIONS: Final[dict[str, list[dict[str, Any]]]] = {
    "management": [
        {
            "version": "3.1.6",
            "urlPath": "/v3",
            "lastUpdated": "2026-04-22T08:30:01Z",
            "maturity": "deprecated",
        },
        {"version": "4.1.0", "urlPath": "/v4", "lastUpdated": "2026-05-25T09:43:01Z", "maturity": "stable"},
    ],
    "observability": [
        {"version": "1.0.0", "urlPath": "/v1", "lastUpdated": "2025-09-22T09:12:45Z", "maturity": "stable"}
    ],
    "version": [
        {"version": "1.0.1", "urlPath": "/v1", "lastUpdated": "2025-10-02T09:12:45Z", "maturity": "stable"}
    ],
}
_PROBES: Final = ("health", "liveness", "readiness", "startup")


def system_routes(parts: Parts, base: str = "") -> list[Route]:
    """Version and health, below a base."""
    return [
        Route(f"{base}/v1/version", _versions, methods=["GET"]),
        *(Route(f"{base}/check/{probe}", _probe(parts), methods=["GET"]) for probe in _PROBES),
    ]


async def _versions(_: Request) -> Response:
    return Response(msgspec.json.encode(_VERSIONS), media_type="application/json")


def _probe(parts: Parts) -> Callable[[Request], Awaitable[Response]]:
    """A probe that looks into the store: a node that cannot read is not well."""

    async def probe(_: Request) -> Response:
        failure: str | None = None
        try:
            async with parts.store.view(next(iter(parts.contexts)).id) as view:
                await view.assets.find(limit=1)
        except XinfuError as error:
            failure = error.en
        well = failure is None
        body = {
            "componentResults": [{"failure": failure, "component": "store", "isHealthy": well}],
            "isSystemHealthy": well,
        }
        return Response(
            msgspec.json.encode(body), status_code=200 if well else 503, media_type="application/json"
        )

    return probe
