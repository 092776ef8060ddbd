"""An operation of `/api/v1`: its call, its answer, and its handler.

The table of operations is the API: routes and the OpenAPI page are made from it, so they cannot differ.
Bodies and answers are msgspec structs; an unknown field is refused by name.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xinfu.errors import XinfuError
from xinfu.odrl.model.limits import repeated_key
from xinfu.services.contexts.context import Context, must_answer
from xinfu.services.finding import Examination
from xinfu.services.identity.keys import KeyCabinet
from xinfu.services.parts import Parts
from xinfu.services.vault.passes import open_pass
from xinfu.services.vault.vaults import Vaults
from xinfu.web import errors
from xinfu.web.access import Access, access_of
from xinfu.web.limits import read_body
from xinfu.web.problem import problem, unexpected

PREFIX = "/api/v1"


class Call:
    """A call: the parts of the node, its access, the path's and query's values, and the body."""

    def __init__(self, api: "Api", request: Request, access: Access, body: Any) -> None:
        self.parts = api.parts
        self.access = access
        self.keys = api.keys
        self.vaults = api.vaults
        self.examine = api.examine
        self.request = request
        self.path: Mapping[str, str] = request.path_params
        self.query: Mapping[str, str] = dict(request.query_params)
        self.body = body

    @property
    def context(self) -> Context:
        """The context in `?context=`, else that of the key, else the first of the node.

        Raises:
            NotFoundError: `context.not-found`.
            ConflictError: `context.closed`, for a call that changes something.
        """
        context = self.access.to(self.parts.contexts, self.query.get("context"))
        return context if self.request.method == "GET" else must_answer(context)

    @property
    def limit(self) -> int:
        """The maximum number of items: 1 to 1,000, by default 100.

        Raises:
            InputError: `query.limit`.
        """
        return self.whole("limit", 100, least=1, most=1000)

    def whole(self, name: str, default: int, *, least: int, most: int) -> int:
        """A whole number of the query.

        Raises:
            InputError: `query.<name>`.
        """
        text = self.query.get(name, str(default))
        if not text.isdecimal() or len(text) > 9 or not least <= int(text) <= most:
            raise errors.QUERY(name=name, least=least, most=most)
        return int(text)


Handler = Callable[[Call], Awaitable[Any]]
Examine = Callable[[], Awaitable[Examination]]
"""Looks the whole deployment over."""


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """An operation of the API: method, path, handler and documentation.

    Attributes:
        summary: one sentence.
        name: the operation's name in the OpenAPI page; the handler's, when none is given.
        takes: the struct of the body; None for no body.
        gives: the struct of the answer; None for no body, or if the handler returns its own Response.
        media: media type of such a Response.
        query: names of query values, with what they mean.
        node: whether it concerns the whole node, so that only the node's own key opens it.
        passes: whether a pass of the vault opens it too.
    """

    method: str
    path: str
    summary: str
    handler: Handler
    takes: Any = None
    gives: Any = None
    name: str = ""
    media: str = ""
    status: int = 200
    query: dict[str, str] = {}
    node: bool = False
    passes: bool = False


class Api:
    """Binds operations to the parts of a node and to its API key."""

    def __init__(
        self,
        parts: Parts,
        keys: KeyCabinet,
        vaults: Vaults,
        *,
        api_key: str,
        limit_bytes: int,
        examine: Examine,
    ) -> None:
        self.parts = parts
        self.keys = keys
        self.vaults = vaults
        self.examine = examine
        self._api_key = api_key.encode()
        self._limit_bytes = limit_bytes

    def route(self, operation: Operation) -> Route:
        """The operation as a route."""

        async def handle(request: Request) -> Response:
            try:
                access = self.authorize(request, passes=operation.passes)
                if operation.node:
                    access.must_be_the_nodes()
                call = Call(self, request, access, await self._body(request, operation))
                return _answer(await operation.handler(call), operation.status)
            except XinfuError as error:
                return problem(error)
            except Exception as error:  # the top of an edge: logged, answered 500
                return problem(unexpected(error))

        return Route(PREFIX + operation.path, handle, methods=[operation.method])

    def authorize(self, request: Request, *, passes: bool = False) -> Access:
        """Return the access that the API key gives (M4), or that a pass gives where `passes` allows one.

        Raises:
            UnauthorizedError: `api.key`.
        """
        given = request.headers.get("x-api-key") or request.headers.get("authorization", "")
        given = given.removeprefix("Bearer ")
        access = access_of(given, self._api_key, self.parts.contexts)
        if access is None and passes and (passed := open_pass(self.parts, given)) is not None:
            access = Access(passed.context, passed)
        if access is None:
            raise errors.API_KEY()
        return access

    async def _body(self, request: Request, operation: Operation) -> Any:
        if operation.takes is None:
            return None
        data = await read_body(request, limit_bytes=self._limit_bytes)
        repeated = repeated_key(data)
        if repeated is not None:
            raise errors.BODY_REPEATED_KEY(key=repeated[:60])
        try:
            return msgspec.json.decode(data or b"{}", type=operation.takes)
        except msgspec.ValidationError as error:
            raise errors.BODY_INVALID(error=error) from error
        except RecursionError as error:
            raise errors.BODY_TOO_DEEP() from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise errors.BODY_MALFORMED() from error


def _answer(value: Any, status: int) -> Response:
    if isinstance(value, Response):
        return value
    if value is None:
        return Response(status_code=204)
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")
