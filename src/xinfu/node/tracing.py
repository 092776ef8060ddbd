"""Work that has ended, as OpenTelemetry spans, sent to the operator's collector over OTLP/HTTP.

This file is loaded only where `[telemetry] endpoint` is set. A span is made when its work has ended, from what was
kept of it, so work costs next to nothing more. Spans are gathered for a second and leave through the one checked
way out of the node; a collector that is away never holds anything up: what does not fit any more is dropped, and
counted. Follows: OpenTelemetry protocol (OTLP) 1.x, HTTP with protobuf.
"""

import asyncio
import gzip
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from xinfu import __version__
from xinfu.errors import XinfuError
from xinfu.node.telemetry import SPANS
from xinfu.ports.observer import Work, WorkKind
from xinfu.ports.outbound import Outbound, Purpose
from xinfu.ports.trace import Trace

_log = logging.getLogger(__name__)

GATHER_S: Final = 1.0
AGAIN_S: Final = 5.0
"""How long spans are gathered, and how long a collector that failed is left alone."""
BATCH: Final = 512
KEPT: Final = 8192
"""Spans that wait at most."""
_SEND_S: Final = 10.0
_LEAVE_S: Final = 3.0
_WELL: Final = frozenset({"done", "acknowledged", "cancelled", "refused", "cut"})
_SCOPE: Final = InstrumentationScope("xinfu", __version__)
_KINDS: Final[Mapping[WorkKind, SpanKind]] = {
    WorkKind.API: SpanKind.SERVER,
    WorkKind.MESSAGE: SpanKind.SERVER,
    WorkKind.DATA: SpanKind.SERVER,
    WorkKind.DISPATCH: SpanKind.CLIENT,
    WorkKind.COMMIT: SpanKind.INTERNAL,
}


class FinishedWork(msgspec.Struct, frozen=True):
    """Work that is over, and when it was, in nanoseconds since 1970."""

    work: Work
    begun_ns: int
    ended_ns: int


class Collector:
    """Sends spans to a collector; implements `Spans` of node/telemetry.py. Made and used in the loop.

    Args:
        endpoint: base address; `/v1/traces` follows.
        ratio: how many of the traces that begin here are kept, 0 to 1.
        instance: tells this process from others of the same service.
        count: is told what became of spans: "sent" or "dropped", and how many.
        key: a bearer token for the collector.
    """

    def __init__(
        self,
        outbound: Outbound,
        endpoint: str,
        *,
        ratio: float,
        instance: str,
        count: Callable[[str, int], None],
        key: str | None = None,
    ) -> None:
        self._outbound = outbound
        self._url = f"{endpoint.rstrip('/')}/v1/traces"
        self._least = int(ratio * 2**56)
        self._count = count
        self._headers = {"Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"}
        self._headers |= {} if key is None else {"Authorization": f"Bearer {key}"}
        self._resource = Resource(
            {"service.name": "xinfu", "service.version": __version__, "service.instance.id": instance}
        )
        self._waiting: deque[FinishedWork] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._sending: asyncio.Task[None] | None = None

    def samples(self, trace_id: str) -> bool:
        """Whether to keep a trace; only its id decides, so that all sides with the same ratio keep the same traces."""
        return int(trace_id[-14:], 16) < self._least

    def ended(self, work: Work, begun_ns: int, ended_ns: int) -> None:
        """Keep a span until it is sent."""
        if len(self._waiting) >= KEPT:
            self._count("dropped", 1)
            return
        self._waiting.append(FinishedWork(work, begun_ns, ended_ns))
        self._soon(GATHER_S)

    async def close(self) -> None:
        """Send what waits, for a moment, and let the rest go."""
        if self._timer is not None:
            self._timer.cancel()
        try:
            async with asyncio.timeout(_LEAVE_S):
                if self._sending is not None:
                    await self._sending
                while self._waiting and await self._send():
                    pass
        except TimeoutError:
            pass
        if self._waiting:
            self._count("dropped", len(self._waiting))

    def _soon(self, seconds: float) -> None:
        if self._timer is None and self._sending is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._start)

    def _start(self) -> None:
        self._timer = None
        self._sending = asyncio.create_task(self._send_all())

    async def _send_all(self) -> None:
        well = True
        while self._waiting and well:
            well = await self._send()
        self._sending = None
        if self._waiting:
            self._soon(GATHER_S if well else AGAIN_S)

    async def _send(self) -> bool:
        """Send one batch; whether it went. What did not waits on, where there is room."""
        batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        try:
            body = await asyncio.to_thread(self._encoded, batch)
            answer = await self._outbound.request(
                "POST", self._url, purpose=Purpose.SOURCE, headers=self._headers, body=body, timeout_s=_SEND_S
            )
            status = answer.status
        except XinfuError as error:
            _log.warning("the collector of traces is away", extra={"code": error.code})
            status = 503
        except BaseException:
            self._waiting.extendleft(reversed(batch))
            raise
        if status < 300:
            self._count("sent", len(batch))
            return True
        if status in {429, 502, 503, 504}:  # OTLP: worth another try
            self._waiting.extendleft(reversed(batch))
            return False
        _log.warning("the collector of traces refuses spans", extra={"code": f"http.{status}"})
        self._count("dropped", len(batch))
        return False

    def _encoded(self, batch: Sequence[FinishedWork]) -> bytes:
        spans = [span_of(each, self._resource) for each in batch]
        return gzip.compress(encode_spans(spans).SerializeToString(), compresslevel=1)


def span_of(ended: FinishedWork, resource: Resource) -> ReadableSpan:
    """The span of a piece of work."""
    work = ended.work
    assert work.trace is not None, "only work with a trace ends here"
    facts = {
        "xinfu.context": work.context,
        "xinfu.process": work.process,
        "xinfu.type": work.type,
        "xinfu.outcome": work.outcome,
    }
    return ReadableSpan(
        name=f"{SPANS[work.kind]} {work.type}".rstrip(),
        context=_place(work.trace),
        parent=None if work.parent is None else _place(work.parent, remote=True),
        resource=resource,
        attributes={name: value for name, value in facts.items() if value},
        links=[] if work.linked is None else [Link(_place(work.linked, remote=True))],
        kind=_KINDS[work.kind],
        status=Status(StatusCode.UNSET if work.outcome in _WELL else StatusCode.ERROR),
        start_time=ended.begun_ns,
        end_time=ended.ended_ns,
        instrumentation_scope=_SCOPE,
    )


def _place(trace: Trace, *, remote: bool = False) -> SpanContext:
    flags = TraceFlags(TraceFlags.SAMPLED if trace.sampled else TraceFlags.DEFAULT)
    return SpanContext(int(trace.trace_id, 16), int(trace.span_id, 16), is_remote=remote, trace_flags=flags)
