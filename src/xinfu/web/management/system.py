"""The versions of the API, and the health of the node; both without a key."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xinfu.services.health import Check, Component, look_at_store
from xinfu.services.parts import RecordParts

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
_PROBES: Final = ("health", "readiness", "startup")


def system_routes(parts: RecordParts, base: str = "", *, check: Check | None = None) -> list[Route]:
    """Return version and health below a base. A node that answers is alive; `check` determines the rest of its health."""

    async def store_alone() -> Sequence[Component]:
        return (await look_at_store(parts),)

    async def alive() -> Sequence[Component]:
        return (Component(name="node"),)

    looked = check or store_alone
    return [
        Route(f"{base}/v1/version", _versions, methods=["GET"]),
        Route(f"{base}/check/liveness", _probe(alive), methods=["GET"]),
        *(Route(f"{base}/check/{probe}", _probe(looked), methods=["GET"]) for probe in _PROBES),
    ]


async def _versions(_: Request) -> Response:
    return Response(msgspec.json.encode(_VERSIONS), media_type="application/json")


def _probe(check: Check) -> Callable[[Request], Awaitable[Response]]:
    async def probe(_: Request) -> Response:
        looked = await check()
        well = all(each.is_well for each in looked)
        body = {
            "componentResults": [
                {"failure": each.failure, "component": each.name, "isHealthy": each.is_well}
                for each in looked
            ],
            "isSystemHealthy": well,
        }
        return Response(
            msgspec.json.encode(body), status_code=200 if well else 503, media_type="application/json"
        )

    return probe
