"""Turns errors into the error body of each API.

Management and `/api/v1` answer application/problem+json (RFC 9457) with the stable code, both languages and
what would help. Protocol families answer their own error object (R-HTTP-06..08): `code` is the HTTP status as
text, our code stands in `reason` (A-07). Negotiations and transfers answer 404 without a body where a caller
may not know that a thing exists (R-HTTP-04).
"""

import logging

import msgspec
from starlette.responses import Response

from xinfu import dsp
from xinfu.errors import NotFoundError, RefusedError, UnauthorizedError, XinfuError
from xinfu.services.refusals import as_reason, refusal_text
from xinfu.web import errors

_log = logging.getLogger(__name__)


def problem(error: XinfuError, *, status: int | None = None) -> Response:
    """The problem+json of an error."""
    answered = status or error.status
    body: dict[str, object] = {
        "type": f"urn:xinfu:error:{error.code}",
        "title": error.en,
        "status": answered,
        "code": error.code,
        "detail": error.sentence("en"),
        "detail_zh": error.sentence("zh"),
    }
    if error.help_en:
        body["help"], body["help_zh"] = error.help_en, error.help_zh
    if error.facts:
        body["facts"] = error.facts
    headers = {"WWW-Authenticate": "Bearer"} if answered == 401 else None
    return Response(
        msgspec.json.encode(body),
        status_code=answered,
        media_type="application/problem+json",
        headers=headers,
    )


def catalog_error(error: XinfuError) -> Response:
    """Return the CatalogError of an error; it always has a body (R-HTTP-08)."""
    body = dsp.write(dsp.CatalogError(code=str(error.status), reason=_reason(error)))
    return Response(body, status_code=error.status, media_type="application/json")


def negotiation_error(error: XinfuError, *, consumer_pid: str = "", provider_pid: str = "") -> Response:
    """The ContractNegotiationError of an error, or an empty 404."""
    if isinstance(error, NotFoundError | UnauthorizedError | RefusedError):
        return Response(status_code=404)
    status = 400 if error.status == 409 else error.status
    body = dsp.write(
        dsp.ContractNegotiationError(
            consumer_pid=consumer_pid, provider_pid=provider_pid, code=str(status), reason=_reason(error)
        )
    )
    return Response(body, status_code=status, media_type="application/json")


def transfer_error(error: XinfuError, *, consumer_pid: str = "", provider_pid: str = "") -> Response:
    """The TransferError of an error, or an empty 404."""
    if isinstance(error, NotFoundError | UnauthorizedError | RefusedError):
        return Response(status_code=404)
    status = 400 if error.status == 409 else error.status
    body = dsp.write(
        dsp.TransferError(
            consumer_pid=consumer_pid, provider_pid=provider_pid, code=str(status), reason=_reason(error)
        )
    )
    return Response(body, status_code=status, media_type="application/json")


def unexpected(error: Exception) -> XinfuError:
    """Log an unexpected error and return the error for the caller, which reveals nothing of it."""
    _log.error("request failed", exc_info=error)
    return errors.NODE_FAILED()


def _reason(error: XinfuError) -> tuple[object, ...]:
    return as_reason((refusal_text(error),))
