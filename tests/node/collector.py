"""A small collector of traces: an HTTP server that reads OTLP by the published protobuf classes."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import msgspec
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A span as it came."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    links: tuple[str, ...]
    kind: int
    status: int
    begun_ns: int
    ended_ns: int
    instance: str
    facts: dict[str, str]


class Collector:
    """What came; `answers` are the statuses of the next posts, then 200."""

    def __init__(self) -> None:
        self.url = ""
        self.spans: list[Span] = []
        self.posts: list[dict[str, str]] = []
        self.answers: list[int] = []
        self._came = asyncio.Condition()

    async def receive(self, request: web.Request) -> web.Response:
        """POST /v1/traces."""
        body = await request.read()
        status = self.answers.pop(0) if self.answers else 200
        async with self._came:
            self.posts.append(dict(request.headers))
            if status == 200:
                self.spans += spans_in(body)
            self._came.notify_all()
        return web.Response(status=status)

    async def has(self, enough: Callable[[Sequence[Span]], bool]) -> list[Span]:
        """All spans, once they are enough."""
        async with asyncio.timeout(60), self._came:
            await self._came.wait_for(lambda: enough(self.spans))
            return list(self.spans)

    async def posted(self, times: int) -> None:
        """Wait for so many posts."""
        async with asyncio.timeout(60), self._came:
            await self._came.wait_for(lambda: len(self.posts) >= times)


def spans_in(body: bytes) -> list[Span]:
    """The spans of a request; aiohttp has inflated what was compressed."""
    read = ExportTraceServiceRequest.FromString(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
    return [
        Span(
            name=span.name,
            trace_id=span.trace_id.hex(),
            span_id=span.span_id.hex(),
            parent_id=span.parent_span_id.hex(),
            links=tuple(link.trace_id.hex() for link in span.links),
            kind=span.kind,
            status=span.status.code,
            begun_ns=span.start_time_unix_nano,
            ended_ns=span.end_time_unix_nano,
            instance={each.key: each.value.string_value for each in of.resource.attributes}[
                "service.instance.id"
            ],
            facts={each.key: each.value.string_value for each in span.attributes},
        )
        for of in read.resource_spans
        for scope in of.scope_spans
        for span in scope.spans
    ]


@asynccontextmanager
async def collector() -> AsyncIterator[Collector]:
    """A collector on a free port."""
    made = Collector()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/v1/traces", made.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()
