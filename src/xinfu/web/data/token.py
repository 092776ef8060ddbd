"""Renewal of endpoint tokens: an OAuth 2 token endpoint on the data listener.

`POST /data/<context>/token`, form `grant_type=refresh_token&refresh_token=…`, with the consumer's proof in
`Authorization`. Tractus-X writes both values into the query and sends no body; that is read too, and nothing of it
is ever logged. A refusal adds OAuth's `error` to our own error body.

Follows: Data Plane Signaling 1.0, Token Renewal; OAuth 2, RFC 6749 §5.1, §5.2, §6.
"""

from typing import Any, Final
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xinfu.errors import InputError, RefusedError, UnauthorizedError, XinfuError
from xinfu.services.exchange.arrival import identify
from xinfu.services.parts import PeerParts
from xinfu.services.processes import token_renewal
from xinfu.services.usage import grants
from xinfu.web import errors
from xinfu.web.limits import read_body
from xinfu.web.problem import problem, unexpected

_LONGEST: Final = 16 * 1024
_NO_STORE: Final = {"cache-control": "no-store", "pragma": "no-cache"}


def token_routes(parts: PeerParts) -> list[Route]:
    """The token endpoint of every context."""

    async def handle(request: Request) -> Response:
        try:
            return _answer(200, await _renewed(parts, request))
        except XinfuError as error:
            return _refusal(error)
        except Exception as error:  # the top of an edge: logged, answered 500
            return _refusal(unexpected(error))

    return [Route("/data/{context}/token", handle, methods=["POST"])]


async def _renewed(parts: PeerParts, request: Request) -> dict[str, Any]:
    context = parts.contexts.get(request.path_params["context"])
    body = await read_body(request, limit_bytes=_LONGEST)
    arrival = await identify(
        parts.identity,
        context,
        request.headers.get("authorization"),
        url=grants.refresh_endpoint(context),
        body=body,
        source=request.client.host if request.client else None,
    )
    tokens = await token_renewal.renew(parts, arrival, _refresh_token(request, body))
    return {"token_type": "Bearer", **msgspec.structs.asdict(tokens)}


def _refresh_token(request: Request, body: bytes) -> str:
    """Return the refresh token from the form, or from the query if there is no form.

    Raises:
        InputError: `refresh.form`.
    """
    form = body.decode("utf-8", "replace") or request.url.query
    try:
        given = parse_qs(form, keep_blank_values=True, max_num_fields=8)
    except ValueError as error:
        raise errors.REFRESH_FORM() from error
    if given.get("grant_type") != ["refresh_token"] or len(given.get("refresh_token", [])) != 1:
        raise errors.REFRESH_FORM()
    return given["refresh_token"][0]


def _refusal(error: XinfuError) -> Response:
    """Return an error as OAuth and we write it; OAuth's statuses have no 403."""
    kinds: dict[type[XinfuError], tuple[int, str]] = {
        UnauthorizedError: (401, "invalid_client"),
        RefusedError: (400, "invalid_grant"),
        InputError: (error.status, "invalid_request"),
    }
    status, name = next((told for kind, told in kinds.items() if isinstance(error, kind)), (error.status, ""))
    shown: dict[str, Any] = msgspec.json.decode(bytes(problem(error, status=status).body))
    if name:
        shown |= {"error": name, "error_description": error.en}
    answer = _answer(status, shown)
    if status == 401:
        answer.headers["www-authenticate"] = "Bearer"
    return answer


def _answer(status: int, body: dict[str, Any]) -> Response:
    return Response(
        msgspec.json.encode(body), status_code=status, media_type="application/json", headers=_NO_STORE
    )
