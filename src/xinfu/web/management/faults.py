"""The error array of the management API: an element for each fault, always with all four keys."""

from typing import Any

import msgspec
from starlette.responses import Response

from xinfu.errors import (
    ConflictError,
    InputError,
    NotFoundError,
    PeerError,
    ProtocolError,
    RefusedError,
    UnauthorizedError,
    XinfuError,
)
from xinfu.web.management.names import EDC


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """An element of an error body."""

    message: str
    type: str
    path: str | None = None
    invalidValue: Any = None  # noqa: N815 - the wire's own name


class FaultsError(Exception):
    """A refused request, with all its faults."""

    def __init__(self, status: int, *faults: Fault) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.status = status
        self.faults = faults


def response(status: int, *faults: Fault) -> Response:
    """The answer to a refused request."""
    return Response(msgspec.json.encode(faults), status_code=status, media_type="application/json")


def invalid(message: str, path: str | None = None, value: Any = None) -> Fault:
    """Return the fault of a missing or wrong field."""
    return Fault(message=message, type="ValidationFailure", path=path, invalidValue=value)


def refused(message: str) -> FaultsError:
    """Return the error for a well-formed request that is not allowed."""
    return FaultsError(400, Fault(message=message, type="InvalidRequest"))


def missing(kind: str, id_: str) -> FaultsError:
    """Return the error for an object that does not exist."""
    message = f"Object of type {kind} with ID={id_} was not found"
    return FaultsError(404, Fault(message=message, type="ObjectNotFound"))


def conflict(message: str) -> FaultsError:
    """Return the error for an object that exists already, is in use, or is in another state."""
    return FaultsError(409, Fault(message=message, type="ObjectConflict"))


def mandatory(what: str, path: str) -> Fault:
    """Return the fault of a missing mandatory value, object or array."""
    blank = " or it is blank" if what == "value" else ""
    return invalid(f"mandatory {what} '{path}' is missing{blank}", path)


def edc(*names: str) -> str:
    """Return the path of a field: full IRIs joined with slashes; names that begin with @ stay unchanged."""
    return "/".join(name if name[:1] == "@" or "://" in name else EDC + name for name in names)


_TYPES: dict[type[XinfuError], tuple[int, str]] = {
    UnauthorizedError: (401, "AuthenticationFailed"),
    RefusedError: (403, "NotAuthorized"),
    NotFoundError: (404, "ObjectNotFound"),
    ConflictError: (409, "ObjectConflict"),
    PeerError: (502, "BadGateway"),
    ProtocolError: (400, "InvalidRequest"),
    InputError: (400, "InvalidRequest"),
}


def of_error(error: XinfuError) -> Response:
    """The answer for an error of a use case."""
    for kind, (status, name) in _TYPES.items():
        if isinstance(error, kind):
            own = error.status if isinstance(error, InputError) else status
            return response(own, Fault(message=error.sentence("en"), type=name))
    return response(error.status, Fault(message=error.sentence("en"), type="InternalError"))
