"""Answers for an unknown path or method: the error body of the listener, as everywhere else.

Below a protocol base an unknown path of negotiations and transfers is the same empty 404 as an unknown process
(R-HTTP-04); a known path with another method is 405 with the family's error (A-08).
"""

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xinfu.errors import XinfuError
from xinfu.web import errors
from xinfu.web.problem import catalog_error, negotiation_error, problem, transfer_error

Told = Callable[[XinfuError], Response]


async def answer_unrouted(request: Request, error: Exception) -> Response:
    """Return the answer of a listener whose errors are problem documents."""
    return _answer(request, error, problem)


async def answer_unrouted_protocol(request: Request, error: Exception) -> Response:
    """Return the answer of the protocol listener, in the form of the family that the path names."""
    parts = request.url.path.split("/")
    family = parts[4] if len(parts) > 4 and parts[1] == "dsp" and parts[3] == "2025-1" else ""
    families: dict[str, Told] = {"": problem, "catalog": catalog_error, "transfers": transfer_error}
    return _answer(request, error, families.get(family, negotiation_error))


def _answer(request: Request, error: Exception, told: Told) -> Response:
    if not isinstance(error, HTTPException) or error.status_code != 405:
        return told(errors.REQUEST_PATH_UNKNOWN())
    routed = (error.headers or {}).get("Allow", "")  # below a mount only its own router knows
    allowed = ", ".join(methods_at(request, request.url.path)) or routed
    response = told(errors.REQUEST_METHOD(allowed=allowed, method=request.method))
    response.headers["allow"] = allowed
    return response


def methods_at(request: Request, path: str) -> list[str]:
    """Return all methods of a path, because the router reports only those of the first matching route."""
    met = [each for each in request.app.routes if isinstance(each, Route) and each.path_regex.match(path)]
    found = {method for each in met if each.path == met[0].path for method in each.methods or ()}
    return sorted(found)
