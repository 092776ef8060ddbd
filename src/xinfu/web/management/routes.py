"""Routes of the management API, and how a request reaches its handler: key, body, version, answer."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import unquote

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xinfu.errors import UnreadableMediaTypeError, XinfuError
from xinfu.odrl.model.limits import repeated_key
from xinfu.services.contexts.context import Context, must_answer
from xinfu.services.parts import Parts
from xinfu.web.access import Access, access_of
from xinfu.web.limits import read_body, require_json
from xinfu.web.management import compact
from xinfu.web.management.expanded_object import ExpandedObject
from xinfu.web.management.faults import Fault, FaultsError, invalid, of_error, refused, response
from xinfu.web.management.names import Names, RepeatedNameError, UnknownContextError, expand
from xinfu.web.management.shapes import V3, V4, Version
from xinfu.web.problem import unexpected

BOTH: Final = (V3, V4)
_DEEPEST: Final = 32


class ManagementCall:
    """A call: the parts of the node, the API version, the path's values, and the body with EDC's names expanded."""

    def __init__(
        self,
        parts: Parts,
        version: Version,
        request: Request,
        access: Access,
        raw: bytes,
        given: ExpandedObject | None,
    ) -> None:
        self.parts = parts
        self.access = access
        self.version = version
        self.request = request
        self.raw = raw
        self._given = given
        self.path: Mapping[str, str] = {
            key: unquote(value) for key, value in request.path_params.items() if isinstance(value, str)
        }

    @property
    def id(self) -> str:
        return self.path["id"]

    @property
    def given(self) -> ExpandedObject:
        """The body; an empty object if the route allows an empty body."""
        return self._given if self._given is not None else ExpandedObject({})

    @property
    def context(self) -> Context:
        """The participant context: the one in `?context=`, else that of the key, else the first of the node.

        Raises:
            NotFoundError: `context.not-found`.
            ConflictError: `context.closed`, unless the call only looks.
        """
        context = self.access.to(self.parts.contexts, self.request.query_params.get("context"))
        looks = self.request.method == "GET" or self.request.url.path.endswith("/request")
        return context if looks else must_answer(context)

    def one(self, node: dict[str, Any]) -> dict[str, Any]:
        """An object as the answer."""
        return self.version.whole(node)

    def many(self, nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Objects as the answer, each with its context."""
        return [self.version.whole(node) for node in nodes]


Handler = Callable[[ManagementCall], Awaitable[Any]]


class ManagementRoute(msgspec.Struct, frozen=True, kw_only=True):
    """A route of the API.

    Attributes:
        takes: the type of the body; "" for none, in which case any body is ignored.
        may_be_empty: whether an empty body counts as an empty object.
        versions: the versions of the API that have it.
        query: names of query values, with what they mean.
    """

    method: str
    path: str
    handler: Handler
    takes: str = ""
    may_be_empty: bool = False
    versions: tuple[Version, ...] = BOTH
    query: dict[str, str] = {}


class Binding:
    """Binds lines to the parts of a node and to its API key."""

    def __init__(self, parts: Parts, *, api_key: str, limit_bytes: int) -> None:
        self._parts = parts
        self._api_key = api_key.encode()
        self._limit_bytes = limit_bytes

    def routes(self, lines: list[ManagementRoute]) -> list[Route]:
        """Return every route in each of its versions."""
        return [self._route(line, version) for line in lines for version in line.versions]

    def _route(self, line: ManagementRoute, version: Version) -> Route:
        async def handle(request: Request) -> Response:
            try:
                access = self._authorize(request)
                raw = await read_body(request, limit_bytes=self._limit_bytes)
                given = _given(request, raw, line, version)
                return _answer(
                    await line.handler(ManagementCall(self._parts, version, request, access, raw, given))
                )
            except FaultsError as error:
                return response(error.status, *error.faults)
            except XinfuError as error:
                return of_error(error)
            except Exception as error:  # the top of an edge: logged, answered 500
                return of_error(unexpected(error))

        return Route(f"/{version.name}{line.path}", handle, methods=[line.method])

    def _authorize(self, request: Request) -> Access:
        """Return the access that the key gives; a repeated key header is refused (M4)."""
        given = request.headers.getlist("x-api-key")
        if not given:
            raise _unauthorized("x-api-key not found")
        access = access_of(given[0], self._api_key, self._parts.contexts) if len(given) == 1 else None
        if access is None:
            raise _unauthorized("Request could not be authenticated")
        return access


def _given(request: Request, body: bytes, line: ManagementRoute, version: Version) -> ExpandedObject | None:
    """Return the body that a route takes; None if it takes none, or if the body may be empty and is."""
    if not line.takes:
        return None
    if body.strip():
        _require_json(request)
        return read(body, line.takes, version)
    if line.may_be_empty:
        return None
    raise FaultsError(400, invalid("input json is null", ""))


def read(body: bytes, takes: str, version: Version) -> ExpandedObject:
    """The body by names of EDC.

    Raises:
        FaultsError: 400: no JSON object, no legal form of its version, or a context that is not known here.
    """
    repeated = repeated_key(body)
    if repeated is not None:
        raise refused(f"The key {repeated[:60]} stands twice in one object.")
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise refused("The body is not JSON.") from error
    if not isinstance(document, dict) or _too_deep(document, _DEEPEST):
        raise refused("The body is not a JSON object, or is nested too deeply.")
    if not version.is_v3 and set(document) - {"@context"}:
        compact.check_schema(takes, document)
    try:
        return ExpandedObject(expand(document, Names(), root=True))
    except RepeatedNameError as error:
        raise refused(f"The key {str(error)[:60]} means what another key of its object means.") from error
    except UnknownContextError as error:
        name = str(error)[:200]
        raise refused(
            f"Failed to expand JsonObject: There was a problem encountered loading a remote context [{name}]"
        ) from error


def _too_deep(value: Any, left: int) -> bool:
    if left == 0:
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_too_deep(each, left - 1) for each in inner)


def _require_json(request: Request) -> None:
    try:
        require_json(request)
    except UnreadableMediaTypeError as error:
        raise FaultsError(415, Fault(message=error.en, type="InvalidRequest")) from error


def _unauthorized(message: str) -> FaultsError:
    return FaultsError(401, Fault(message=message, type="AuthenticationFailed"))


def _answer(value: Any) -> Response:
    if isinstance(value, Response):
        return value
    if value is None:
        return Response(status_code=204)
    return Response(msgspec.json.encode(value), media_type="application/json")
