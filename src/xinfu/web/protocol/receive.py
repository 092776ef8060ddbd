"""First steps of every protocol endpoint: find the context, read the body, identify the caller."""

from collections.abc import Awaitable, Callable

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from xinfu.errors import ConflictError, XinfuError
from xinfu.services.contexts.context import Context
from xinfu.services.evidence import heads
from xinfu.services.exchange.arrival import Arrival, Reply, identify
from xinfu.services.identity.signed_bodies import check_body
from xinfu.services.parts import PeerParts, RecordParts
from xinfu.web.limits import read_body, require_json
from xinfu.web.problem import unexpected

Handler = Callable[[Request], Awaitable[Response]]


def context_of(parts: RecordParts, request: Request) -> Context:
    """Return the context that the path names.

    Raises:
        NotFoundError: `context.not-found`.
    """
    return parts.contexts.answering(request.path_params["context"])


async def arrive(parts: PeerParts, request: Request, limit_bytes: int, *, refuse: bool = True) -> Arrival:
    """Read the body within the limit and check the token that must cover it.

    Args:
        refuse: a sender whose evidence log contradicts itself; else that is only recorded.

    Raises:
        UnauthorizedError: `token.refused`. ConflictError: `peer.log-*`.
        InputError: `body.too-large`, `body.media-type`.
        NotFoundError: `context.not-found`.
    """
    context = context_of(parts, request)
    body: bytes | None = None
    if request.method == "POST":
        require_json(request)
        body = await read_body(request, limit_bytes=limit_bytes)
    url = context.protocol_base + _path_below(request)
    arrival = await identify(
        parts.identity,
        context,
        request.headers.get("authorization"),
        url=url,
        body=body,
        source=request.client.host if request.client else None,
    )
    arrival = await check_body(parts, arrival)
    request.state.log_head = await heads.head_for(parts, arrival)
    try:
        return await heads.check(parts, arrival)
    except ConflictError:
        if refuse:
            raise
        return arrival


def _path_below(request: Request) -> str:
    """Return path and query below the protocol base, exactly as sent, because a token names them literally."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope.get("query_string", b"")
    below = raw.split(b"?", 1)[0].decode("latin-1").split("/", 4)[4]  # /dsp/<context>/2025-1/...
    path = f"/{below}"
    return f"{path}?{query.decode('latin-1')}" if query else path


def guard(handler: Handler, told: Callable[[XinfuError], Response]) -> Handler:
    """Wrap a handler so that every error becomes an answer in the form of its family."""

    async def handle(request: Request) -> Response:
        try:
            answer = await handler(request)
        except XinfuError as error:
            answer = told(error)
        except Exception as error:  # the top of an edge: logged, answered 500
            answer = told(unexpected(error))
        head: str | None = getattr(request.state, "log_head", None)
        if head is not None:
            answer.headers[heads.HEADER] = head
        return answer

    return handle


def acknowledge(parts: PeerParts, reply: Reply) -> Response:
    """Return the acknowledgement; after it is sent, the messages that waited for it are released (D-11)."""
    background = None
    if reply.release is not None:
        background = BackgroundTask(parts.promises.release, reply.release)
    return Response(
        reply.body, status_code=reply.status, media_type="application/json", background=background
    )
