"""`GET /metrics` on the management listener, for Prometheus. By default it needs a key: metrics reveal activity."""

import hmac
from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xinfu.web import errors
from xinfu.web.problem import problem, unexpected

Show = Callable[[str], Awaitable[tuple[bytes, str]]]
"""Accept header -> all metrics, and their media type."""


def metrics_route(show: Show, *, keys: Sequence[str], open_to_all: bool) -> Route:
    """Return the route; any of `keys` opens it."""
    known = [key.encode() for key in keys]

    async def metrics(request: Request) -> Response:
        given = request.headers.get("x-api-key") or request.headers.get("authorization", "")
        said = given.removeprefix("Bearer ").encode()
        if not open_to_all and not any(hmac.compare_digest(said, key) for key in known):
            return problem(errors.METRICS_KEY())
        try:
            body, media_type = await show(request.headers.get("accept", ""))
        except Exception as error:  # the top of an edge: logged, answered 500
            return problem(unexpected(error))
        return Response(body, headers={"content-type": media_type, "cache-control": "no-store"})

    return Route("/metrics", metrics, methods=["GET"])
