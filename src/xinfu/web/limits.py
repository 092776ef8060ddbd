"""Bounds on what a caller may send: the size of a body, before anything reads it."""

from starlette.requests import ClientDisconnect, Request

from xinfu.web import errors


async def read_body(request: Request, *, limit_bytes: int) -> bytes:
    """Read the body up to the limit, and return it whole.

    Raises:
        TooLargeError: `body.too-large`. CutShortError: `body.cut-short`.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and len(declared) < 20 and int(declared) > limit_bytes:
        raise errors.BODY_TOO_LARGE(limit_bytes=limit_bytes)
    received: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit_bytes:
                raise errors.BODY_TOO_LARGE(limit_bytes=limit_bytes)
            received.append(chunk)
    except ClientDisconnect as error:
        raise errors.BODY_CUT_SHORT() from error
    return b"".join(received)


def require_json(request: Request) -> None:
    """Refuse a body whose Content-Type is not JSON (R-HTTP-01).

    Raises:
        UnreadableMediaTypeError: `body.media-type`.
    """
    media_type = request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    if media_type not in {"application/json", "application/ld+json"}:
        raise errors.BODY_MEDIA_TYPE()
