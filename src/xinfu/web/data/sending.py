"""Sends bytes from the data listener, chunk by chunk, and cuts them off at once when they must stop.

A stream that has to stop is cut without its end, so that a cut file never looks complete (F5); it is cut at once, also
while the reader is slow. Statuses: no or bad token 401, anything refused 403.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Final, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from xinfu.errors import XinfuError
from xinfu.services.usage.grant_lookup import ReadRequest
from xinfu.services.usage.manifests import LiveSourceError
from xinfu.services.usage.read_keys import KEY_HEADER, read_key
from xinfu.web.problem import problem, unexpected

_log = logging.getLogger(__name__)
NO_STORE: Final = "no-store"

CONNECTION: Final = "xinfu.connection"
"""ASGI extension of our listeners: `abort` drops the connection at once, `is_gone` tells that it is no more, and
`room`, awaited behind each chunk, waits until its reader takes more and the stream may go on."""
CALLER: Final = "xinfu.caller"
"""ASGI extension of our listeners: the `address` from which a request comes, where that is certain."""


class StreamCutError(Exception):
    """Raised after bytes have gone out, so that the server breaks the connection off."""


class ByteStream(Protocol):
    """Bytes to send, chunk by chunk: each chunk is produced and counted when it is asked for."""

    def chunks(self) -> AsyncIterator[bytes]:
        """The bytes."""

    def at_stop(self, cut: Callable[[], None]) -> None:
        """Call `cut` at the moment when the bytes must stop."""


async def answer_with(
    scope: Scope, receive: Receive, send: Send, answer: Callable[[Request, Send], Awaitable[None]]
) -> None:
    """Let `answer` send; its error becomes a refusal before the first byte, and a broken connection after it.

    Raises:
        LiveSourceError: `answer` met one; nothing was sent.
    """
    begun = False

    async def sent(message: Message) -> None:
        nonlocal begun
        await send(message)
        begun = True

    try:
        await answer(Request(scope, receive), sent)
    except StreamCutError:
        await _break_off(scope)
    except LiveSourceError:
        raise
    except XinfuError as error:
        if begun:
            _log.warning("stream cut", extra={"code": error.code})
            await _break_off(scope)
        else:
            await refusal(error)(scope, receive, send)
    except Exception as error:  # the top of an edge: logged, answered 500
        if begun:
            raise
        await problem(unexpected(error))(scope, receive, send)


def still_there(scope: Scope) -> None:
    """Check that the client is connected: the server silently takes bytes for a client that left, and they would count.

    Raises:
        StreamCutError: the connection is no more.
    """
    extension = scope.get("extensions", {}).get(CONNECTION)
    if extension is not None and extension["is_gone"]():
        raise StreamCutError


async def stream(held: ByteStream, gone: asyncio.Task[None], scope: Scope, send: Send) -> None:
    """Send chunk by chunk; a stop or a disconnect ends this even while a chunk is being sent.

    A stop drops the connection in the call that stops, before anything else is done about it: settling and recording
    may take their time.
    A chunk is made only once the connection takes it: it goes out while it lies in the processor's cache, and a slow
    reader holds none in memory.

    Args:
        gone: done when the reader has gone away; the caller's to cancel.

    Raises:
        StreamCutError: not all was sent.
    """
    sending = asyncio.create_task(_send(held, scope, send, gone))
    stopped = asyncio.get_running_loop().create_future()

    def cut() -> None:
        if not _is_whole(sending):
            _drop(scope)
        if not stopped.done():
            stopped.set_result(None)

    held.at_stop(cut)
    try:
        await asyncio.wait((sending, gone, stopped), return_when=asyncio.FIRST_COMPLETED)
        if not sending.done():
            raise StreamCutError
        await sending
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


def _is_whole(sending: asyncio.Task[None]) -> bool:
    return sending.done() and not sending.cancelled() and sending.exception() is None


async def _send(held: ByteStream, scope: Scope, send: Send, gone: asyncio.Task[None]) -> None:
    """Send the chunks and check the connection after each, because the server silently takes bytes for a client that left."""
    extension = scope.get("extensions", {}).get(CONNECTION)
    room = extension["room"] if extension is not None else partial(asyncio.sleep, 0)
    still_there(scope)
    async for chunk in held.chunks():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await room()
        if gone.done():
            raise StreamCutError
        still_there(scope)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def until_gone(receive: Receive) -> None:
    """Wait until the client disconnects."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _break_off(scope: Scope) -> None:
    """Drop the connection with what is still buffered: no further byte reaches the socket (J6).

    The server hands over how (node/run.py); any other server is left with an unfinished answer.
    """
    if not _drop(scope):
        raise StreamCutError
    await asyncio.sleep(0)


def _drop(scope: Scope) -> bool:
    """Drop the connection; False if the server cannot."""
    extension = scope.get("extensions", {}).get(CONNECTION)
    if extension is not None:
        extension["abort"]()
    return extension is not None


def read_request(request: Request) -> ReadRequest:
    """Return the read that a request asks for, with the token that it carries.

    Raises:
        InputError: `read.key-unusable`.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return ReadRequest(
        context=request.path_params["context"],
        token=token.strip() if scheme.lower() == "bearer" else scheme,
        transfer=request.path_params["transfer"],
        path=request.path_params.get("path", ""),
        range=request.headers.get("range"),
        address=request.scope.get("extensions", {}).get(CALLER, {}).get("address", ""),
        encrypted=request.scope["scheme"] == "https",
        key=_key(request),
    )


def _key(request: Request) -> str:
    """Return the key of the read, without the quotes that RFC 8941 puts around strings; "" without a key."""
    said = request.headers.get(KEY_HEADER)
    if said is None:
        return ""
    return read_key(said[1:-1] if len(said) > 1 and said[0] == said[-1] == '"' else said)


def head(status: int, headers: dict[str, str]) -> Message:
    """The start of an answer."""
    return {
        "type": "http.response.start",
        "status": status,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
    }


def refusal(error: XinfuError) -> Response:
    """Return the answer that refuses the bytes."""
    response = problem(error)
    response.headers["cache-control"] = NO_STORE
    if error.status == 416:
        response.headers["content-range"] = f"bytes */{error.facts.get('size', '*')}"
    return response
