"""Bounds on what a caller may send: the size of a body, before anything reads it."""

from starlette.requests import ClientDisconnect, Request

from xinfu.errors import InputError


class TooLargeError(InputError):
    """The body is larger than this listener reads."""

    status = 413


class CutShortError(InputError):
    """The caller broke off inside its body; nobody hears the answer."""

    status = 400


class UnreadableMediaTypeError(InputError):
    """The body's media type is none that this listener reads (A-06)."""

    status = 415


async def read_body(request: Request, *, limit_bytes: int) -> bytes:
    """The whole body, read no further than the limit.

    Raises:
        TooLargeError: `body.too-large`. CutShortError: `body.cut-short`.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and len(declared) < 20 and int(declared) > limit_bytes:
        raise _too_large(limit_bytes)
    received: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit_bytes:
                raise _too_large(limit_bytes)
            received.append(chunk)
    except ClientDisconnect as error:
        raise CutShortError(
            "body.cut-short", "The caller broke off inside the body.", "调用方在请求体传完之前断开了连接。"
        ) from error
    return b"".join(received)


def require_json(request: Request) -> None:
    """Refuse a body that does not say it is JSON (R-HTTP-01).

    Raises:
        UnreadableMediaTypeError: `body.media-type`.
    """
    media_type = request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    if media_type not in {"application/json", "application/ld+json"}:
        raise UnreadableMediaTypeError(
            "body.media-type",
            "Only application/json and application/ld+json are read here.",
            "此处只接受 application/json 与 application/ld+json。",
        )


def _too_large(limit_bytes: int) -> TooLargeError:
    return TooLargeError(
        "body.too-large",
        f"The body is larger than {limit_bytes} bytes.",
        f"请求体超过 {limit_bytes} 字节。",
    )
