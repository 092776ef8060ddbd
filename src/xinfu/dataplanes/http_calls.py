"""Build the request to an HTTP API from the source's fixed values and what it passes on of a consumer's request.

The consumer can add to a path, never leave it: no segment climbs, is empty in between, or holds a slash in disguise.
It can add parameters and headers, never replace those that the source fixes. Lines are never smuggled: every header is
held against the grammar of HTTP (RFC 9110 §5.5).
"""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import msgspec

from xinfu.dataplanes import errors
from xinfu.errors import InputError, MethodError, XinfuError
from xinfu.ports.dataplane import LiveRequest, Secrets
from xinfu.ports.sources import HttpSource

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_SEGMENT: Final = "-._~!$&'()*+,;=:@"
NEVER: Final = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "cookie",
        "expect",
        "forwarded",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers of a consumer that never pass, whatever a source lists."""
_FIXABLE: Final = frozenset({"authorization", "cookie"})
"""Of these, what a source may fix itself."""
_ALWAYS: Final = frozenset(
    {"range", "if-range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since"}
)
"""Headers that pass in any case: parts of an answer, and whether it has changed."""
_ANY_METHOD: Final = ("GET", "HEAD")


class Upstream(msgspec.Struct, frozen=True, kw_only=True):
    """A request to an API. Its headers may hold secrets."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | AsyncIterator[bytes] | None

    def __repr__(self) -> str:
        return f"Upstream({self.method})"


def is_value(value: str) -> bool:
    """Whether a header can have this value (RFC 9110 §5.5): it has no line break, and each character is one byte."""
    return _VALUE.fullmatch(value) is not None


def check(source: HttpSource, secrets: Secrets) -> None:
    """Check the description of the source.

    Raises:
        InputError: `source.url`, `source.path`, `source.header`, `source.methods`.
    """
    parts = urlsplit(source.url)
    if parts.query or parts.fragment or parts.username is not None:
        raise errors.SOURCE_URL()
    if not all(_is_plain(segment) for segment in source.path.strip("/").split("/") if source.path.strip("/")):
        raise errors.SOURCE_PATH()
    fixed = {**source.headers, **{name: secrets[of] for name, of in source.secret_headers.items()}}
    for name, value in fixed.items():
        if not _NAME.fullmatch(name) or name.lower() in NEVER - _FIXABLE or not is_value(value):
            raise _bad_header(name)
    for name in source.passes.headers:
        if not _NAME.fullmatch(name) or name.lower() in NEVER:
            raise _bad_header(name)
    if source.body is not None and source.method == "GET" and not source.passes.methods:
        raise errors.SOURCE_METHODS()


def upstream(source: HttpSource, request: LiveRequest, secrets: Secrets) -> Upstream:
    """Build the request to the API for a consumer's request.

    Raises:
        MethodError: `source.method`. InputError: `source.not-passed`, with what the source does not take.
        NotFoundError: `file.not-found`: a path that leads out.
    """
    method = _method(source, request)
    return Upstream(
        method=method,
        url=_url(source, request),
        headers=_headers(source, request, secrets),
        body=_body(source, request, method),
    )


def _method(source: HttpSource, request: LiveRequest) -> str:
    passed = source.passes.methods
    if passed:
        if request.method not in passed:
            raise _method_refused(passed)
        return request.method
    if request.method not in _ANY_METHOD:
        raise _method_refused(_ANY_METHOD)
    return request.method if source.method == "GET" else source.method


def _url(source: HttpSource, request: LiveRequest) -> str:
    if request.path and not source.passes.path:
        raise _not_passed("a path", "路径")
    pieces = [source.url.rstrip("/") if source.path or request.path else source.url]
    if source.path:
        pieces.append(source.path.strip("/") if request.path else source.path.lstrip("/"))
    if request.path:
        pieces.append(_path(request.path))
    fixed = parse_qsl(source.query, keep_blank_values=True)
    if request.query and not source.passes.query:
        raise _not_passed("parameters", "查询参数")
    names = {name for name, _ in fixed}
    query = fixed + [(name, value) for name, value in request.query if name not in names]
    return "/".join(pieces) + (f"?{urlencode(query, quote_via=quote)}" if query else "")


def _path(path: str) -> str:
    *folders, last = path.split("/")
    if not all(map(_is_plain, folders)) or not (last == "" or _is_plain(last)):
        raise errors.FILE_NOT_FOUND()
    return "/".join(quote(segment, safe=_SEGMENT) for segment in (*folders, last))


def _is_plain(segment: str) -> bool:
    """Whether it stays a single segment however often the API decodes it, and holds no line break."""
    decoded, before = segment, ""
    while decoded != before:
        decoded, before = unquote(decoded), decoded
    return decoded not in {"", ".", ".."} and decoded.isprintable() and not set(decoded) & {"/", "\\"}


def _headers(source: HttpSource, request: LiveRequest, secrets: Secrets) -> dict[str, str]:
    wanted = {name.lower() for name in source.passes.headers} | _ALWAYS
    headers = {name: value for name, value in request.headers.items() if name in wanted - NEVER}
    if source.body is not None:
        headers["content-type"] = source.body_type
    elif source.passes.body and "content-type" in request.headers:
        headers["content-type"] = request.headers["content-type"]
    headers |= {name.lower(): value for name, value in source.headers.items()}
    headers |= {name.lower(): secrets[of] for name, of in source.secret_headers.items()}
    if not all(map(is_value, headers.values())):
        raise errors.SOURCE_HEADER_CHARACTERS()
    return headers


def _body(source: HttpSource, request: LiveRequest, method: str) -> bytes | AsyncIterator[bytes] | None:
    if source.body is not None and method != "GET":
        return source.body.encode()
    if request.body is not None and not source.passes.body:
        raise _not_passed("a body", "请求体")
    return request.body


def _not_passed(en: str, zh: str) -> XinfuError:
    return errors.SOURCE_NOT_PASSED(en=en.removeprefix("a "), zh=zh)


def _method_refused(taken: tuple[str, ...]) -> MethodError:
    return errors.SOURCE_METHOD(allow=", ".join(taken))


def _bad_header(name: str) -> InputError:
    shown = name if _NAME.fullmatch(name) else repr(name)
    return errors.SOURCE_HEADER(shown=shown)
