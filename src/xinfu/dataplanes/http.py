"""HTTP APIs as sources: status, content type and bytes are passed on unchanged.

The API is called through ports/outbound.py under the operator's own list of sources (D-08); a redirect is followed only
to an address that this list opens. Both bodies stream: neither side is read faster than the other one takes. What went
wrong with the API is written to the log, without the query of its address; a consumer reads only that it is away.
"""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from xinfu.dataplanes import http_calls
from xinfu.dataplanes.source_errors import broken_off, unreachable
from xinfu.errors import PeerError, RefusedError, XinfuError
from xinfu.ports.dataplane import CHUNK_BYTES, NO_SECRETS, LiveRequest, Secrets, StoredResult
from xinfu.ports.outbound import Outbound, Purpose, StreamedAnswer
from xinfu.ports.sources import Column, HttpSource, LiveSource

_log = logging.getLogger(__name__)
_PASSED: Final = (
    "etag",
    "last-modified",
    "accept-ranges",
    "content-range",
    "content-disposition",
    "content-language",
    "retry-after",
)
"""Headers of the API that a consumer gets, where they hold what a header may; none of them can say where it is.

`Link` and `Location` are not among them: what they name is an address behind the node.
"""


class HttpApi:
    """Reads sources of the kind `http` (a `LivePlane`)."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def check(self, source: LiveSource, *, secrets: Secrets = NO_SECRETS) -> tuple[Column, ...]:
        """Check the description of the API; the API is not called."""
        described = _http(source)
        self._outbound.check(described.url, purpose=Purpose.SOURCE, context=secrets.context)
        http_calls.check(described, secrets)
        return ()

    @asynccontextmanager
    async def open(
        self, source: LiveSource, request: LiveRequest, *, secrets: Secrets = NO_SECRETS
    ) -> AsyncIterator["ApiAnswer"]:
        """Call the API, and yield its answer while it arrives."""
        described = _http(source)
        call = http_calls.upstream(described, request, secrets)
        calling = self._outbound.stream(
            call.method,
            call.url,
            purpose=Purpose.SOURCE,
            context=secrets.context,
            headers=call.headers,
            body=call.body,
            silence_s=described.silence_s,
        )
        async with AsyncExitStack() as stack:
            try:
                streamed = await stack.enter_async_context(calling)
            except (PeerError, RefusedError) as error:
                _log.warning("a source is away", extra={"code": error.code, **error.facts})
                raise unreachable() from error
            yield ApiAnswer(streamed, method=call.method)

    async def kept(self, source: LiveSource, request: LiveRequest, *, wait: bool) -> StoredResult | None:
        """Return None: answers of an API are never stored."""
        return None

    def stop(self, context: str, *, agreement: str | None = None, transfer: str | None = None) -> None:
        """Do nothing: no answer is stored, and a running call ends with its use."""


class ApiAnswer:
    """The answer of an API (a `LiveAnswer`)."""

    def __init__(self, streamed: StreamedAnswer, *, method: str) -> None:
        self._streamed = streamed
        told = {name: value for name, value in streamed.headers.items() if http_calls.is_value(value)}
        self.status = streamed.status
        self.media_type = told.get("content-type", "application/octet-stream")
        self.headers: Mapping[str, str] = {name: told[name] for name in _PASSED if name in told}
        length = told.get("content-length", "")
        plain = told.get("content-encoding", "identity").lower() == "identity"
        self.size = int(length) if plain and length.isdigit() and len(length) < 19 else None
        self._expected = None if method == "HEAD" or self.status in {204, 304} else self.size

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes as they come."""
        count = 0
        try:
            async for piece in self._streamed.chunks(CHUNK_BYTES):
                count += len(piece)
                yield piece
        except XinfuError as error:
            _log.warning("a source broke off", extra={"code": error.code, **error.facts})
            raise broken_off() from error
        if self._expected is not None and count != self._expected:
            raise broken_off()


def _http(source: LiveSource) -> HttpSource:
    if not isinstance(source, HttpSource):
        raise TypeError(f"{source.kind} is not an HTTP API")
    return source
