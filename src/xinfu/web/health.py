"""`/health/live` and `/health/ready` on the management listener, for whatever starts the node and sends it traffic.

Live says that the process answers: only then restarting it would help. Ready says that it can do its work, and if
not, what stands in the way. Nobody needs a key; neither says anything about participants.
"""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xinfu.services.health import Check

_NO_STORE = {"cache-control": "no-store"}


def health_routes(check: Check) -> list[Route]:
    """Return both routes."""

    async def live(_: Request) -> Response:
        return Response(b'{"status":"ok"}', media_type="application/json", headers=_NO_STORE)

    async def ready(_: Request) -> Response:
        looked = await check()
        well = all(each.is_well for each in looked)
        body = {
            "status": "ok" if well else "not ready",
            "components": [
                {"name": each.name, "status": "ok"}
                if each.is_well
                else {
                    "name": each.name,
                    "status": "failed",
                    "detail": each.failure,
                    "detail_zh": each.failure_zh,
                }
                for each in looked
            ],
        }
        return Response(
            msgspec.json.encode(body),
            status_code=200 if well else 503,
            media_type="application/json",
            headers=_NO_STORE,
        )

    return [
        Route("/health/live", live, methods=["GET"]),
        Route("/health/ready", ready, methods=["GET"]),
    ]
