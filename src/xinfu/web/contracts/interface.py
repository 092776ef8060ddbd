"""Common steps of every interface of the standards: check header and proof, call one service, sign the answer.

A message is taken once: its header is whole and in time, its token says who speaks, its `signValue` is by a key of theirs,
and neither its token nor its sequenceNum was seen before. Every answer has a code of six digits, and the `0` or `1` of its
table in `data`. Follows: NDI-TR-2025-03 (draft), 8.2.3, tables 16 and 17; decision 0018.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from xinfu.contracts.codes import OK, code_of
from xinfu.contracts.header import Header, read_header, signed_bytes
from xinfu.contracts.messages import FAILED
from xinfu.contracts.reading import decode
from xinfu.errors import XinfuError
from xinfu.services.contracts.sequence import claim_message
from xinfu.services.evidence import heads
from xinfu.services.exchange.arrival import Arrival, identify
from xinfu.services.identity.signed_bodies import check_body
from xinfu.services.parts import ContractParts, Parts
from xinfu.web import errors
from xinfu.web.limits import read_body, require_json
from xinfu.web.problem import unexpected
from xinfu.web.protocol.receive import Handler, context_of

LONGEST_MESSAGE: Final = 255

Serve = Callable[[Parts, Arrival, Any], Awaitable[msgspec.Struct]]


class Interface(msgspec.Struct, frozen=True, kw_only=True):
    """An interface of signed messages.

    Attributes:
        api: its path without the slash, which is also its msgcode.
        takes: the struct of the message.
        serve: the use case that handles the message.
        state: the field of its answer that holds `0` or `1`.
    """

    api: str
    takes: Any
    serve: Serve
    state: str = "status"


def interface(parts: Parts, of: Interface, limit_bytes: int) -> Handler:
    """The handler of an interface."""

    async def handle(request: Request) -> Response:
        try:
            arrival, header = await _arrived(parts, request, of, limit_bytes)
            await claim_message(parts, arrival, header)
            given = await of.serve(parts, arrival, decode(arrival.body, of.takes))
        except XinfuError as error:
            return _refused(error, of)
        except Exception as error:  # the top of an edge: logged, answered 500
            return _refused(unexpected(error), of)
        return _answer(OK, "ok", given, 200)

    return handle


async def _arrived(
    parts: ContractParts, request: Request, of: Interface, limit_bytes: int
) -> tuple[Arrival, Header]:
    """Return a message whose sender is proven, and whose header is signed with the same key.

    Raises:
        NotFoundError: `context.not-found`. InputError: `body.too-large`, `body.media-type`.
        ProtocolError: `envelope.*`. UnauthorizedError: `token.refused`, `envelope.unsigned`, `envelope.signature`.
    """
    context = context_of(parts, request)
    require_json(request)
    body = await read_body(request, limit_bytes=limit_bytes)
    header = read_header(request.headers, of.api, now=parts.clock.now())
    arrival = await identify(
        parts.identity,
        context,
        request.headers.get("authorization"),
        url=f"{context.protocol_root}/contracts/{of.api}",
        body=body,
        source=request.client.host if request.client else None,
    )
    covered = partial(signed_bytes, header, body)
    if not await parts.sealing.is_stamped(
        header.sign_value,
        covered,
        holder=arrival.peer,
        jwk=arrival.caller.issuer_jwk,
        now=parts.clock.now(),
    ):
        raise errors.ENVELOPE_SIGNATURE()
    return await heads.check(parts, await check_body(parts, arrival)), header


def _refused(error: XinfuError, of: Interface) -> Response:
    told = f"{error.code}: {error.zh} {error.en}"[:LONGEST_MESSAGE]
    status = 400 if error.status == 409 else error.status
    return _answer(code_of(error), told, {of.state: FAILED}, status)


def _answer(code: str, message: str, data: object, status: int) -> Response:
    body = msgspec.json.encode({"code": code, "message": message, "data": data})
    return Response(body, status_code=status, media_type="application/json")
