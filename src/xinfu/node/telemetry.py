"""The observer of a running node: what happens becomes metrics, spans and log lines, in this one place.

Work that ends is counted and timed, written as a log line, and handed to the tracing where that is switched on.
What concerns contracts and use is counted from the log of evidence: what counts is what was recorded, once.
"""

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import Token
from datetime import datetime
from types import TracebackType
from typing import Final, Protocol

import msgspec

from xinfu.errors import XinfuError
from xinfu.node import metrics as of
from xinfu.node.metrics import Metric, Metrics
from xinfu.ports.log import StoredEntry
from xinfu.ports.observer import CURRENT, Direction, Work, WorkKind
from xinfu.ports.trace import Trace, read_trace

_log = logging.getLogger(__name__)

_TIMED: Final[Mapping[WorkKind, Metric]] = {
    WorkKind.API: of.CALLS,
    WorkKind.MESSAGE: of.RECEIVED,
    WorkKind.DATA: of.READS,
    WorkKind.DISPATCH: of.DISPATCHED,
}
SAID: Final[Mapping[WorkKind, str]] = {
    WorkKind.API: "api call",
    WorkKind.MESSAGE: "message received",
    WorkKind.DATA: "data read",
    WorkKind.DISPATCH: "promise worked on",
}
"""What the log line of each kind of work says."""
SPANS: Final[Mapping[WorkKind, str]] = {
    WorkKind.API: "api",
    WorkKind.MESSAGE: "message",
    WorkKind.DATA: "data.read",
    WorkKind.DISPATCH: "dispatch",
    WorkKind.COMMIT: "store.commit",
}
"""What the name of the span of each kind of work begins with; its sort follows."""
_WELL: Final = frozenset({"done", "acknowledged", "cancelled"})
_OVER: Final = frozenset({"FINALIZED", "TERMINATED", "COMPLETED"})
_FETCHED: Final = frozenset({"verified", "unverified", "cut", "failed"})
_USED: Final = frozenset({"completed", "cut"})


class Spans(Protocol):
    """Takes work that has ended, for a trace."""

    def ended(self, work: Work, begun_ns: int, ended_ns: int) -> None:
        """Keep the work as a span, or let it go; never waits."""

    def samples(self, trace_id: str) -> bool:
        """Whether a trace that begins here is kept."""

    async def close(self) -> None:
        """Send what waits, for a moment, and let the rest go."""


class Telemetry:
    """Implements `Observer` of ports/observer.py.

    Attributes:
        spans: where work goes that has ended; None: nothing is traced, and ids serve the log lines alone.
    """

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.spans: Spans | None = None

    async def close(self) -> None:
        """Let go of what is not sent yet."""
        if self.spans is not None:
            await self.spans.close()

    def work(
        self,
        kind: WorkKind,
        type: str = "",  # noqa: A002 - the port's own name
        *,
        context: str = "",
        process: str = "",
        header: str | None = None,
    ) -> "Watch":
        return Watch(self, Work(kind, type, context, process), read_trace(header) if header else None)

    def delivered(self, context: str, type: str, outcome: str, took_s: float) -> None:  # noqa: A002
        work = CURRENT.get()
        if work is not None:
            work.outcome = outcome
        self.metrics.time(of.SENT, (context, type, outcome), took_s)

    def postponed(self, context: str, family: str) -> None:
        work = CURRENT.get()
        if work is not None and work.outcome == "done":
            work.outcome = "again"
        self.metrics.count(of.RETRIES, (context, family))

    def carried(self, direction: Direction, context: str, size_bytes: int) -> None:
        self.metrics.count(of.BYTES, (context, direction.value), size_bytes)

    def recorded(self, context: str, entries: Sequence[StoredEntry]) -> None:
        for entry in entries:
            self.metrics.count(of.ENTRIES, (context, entry.kind))
            read = _READERS.get(entry.kind)
            if read is not None:
                read(self.metrics, context, msgspec.json.decode(entry.canonical, type=CountedEntry))

    def ended(self, work: Work, took_s: float, begun_ns: int) -> None:
        """A piece of work is over."""
        if work.kind is WorkKind.COMMIT:
            self.metrics.time(of.COMMITS, (work.context, work.outcome), took_s)
        else:
            self.metrics.time(_TIMED[work.kind], (work.context, work.type, work.outcome), took_s)
            _say(work, took_s)
        if self.spans is not None and work.trace is not None and work.trace.sampled:
            self.spans.ended(work, begun_ns, begun_ns + int(took_s * 1e9))


class Watch:
    """`async`-free block around one piece of work: it is the current work of the task meanwhile."""

    __slots__ = ("_begun", "_begun_ns", "_given", "_telemetry", "_token", "_work")

    def __init__(self, telemetry: Telemetry, work: Work, given: Trace | None) -> None:
        self._telemetry = telemetry
        self._work = work
        self._given = given
        self._begun = 0.0
        self._begun_ns = 0
        self._token: Token[Work | None] | None = None

    def __enter__(self) -> Work:
        before = CURRENT.get()
        work = self._work
        if work.kind is WorkKind.COMMIT and before is not None:
            work.process = before.process
        self._place(self._given or (None if before is None else before.trace))
        self._token = CURRENT.set(work)
        self._begun_ns = time.time_ns()
        self._begun = time.perf_counter()
        return work

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        took_s = time.perf_counter() - self._begun
        work = self._work
        if error is not None:
            work.outcome = _outcome(error)
        if self._token is not None:
            self._telemetry.ended(work, took_s, self._begun_ns)
            CURRENT.reset(self._token)

    def _place(self, parent: Trace | None) -> None:
        """Give the work its place: under `parent`, or at the beginning of a trace of its own."""
        work, spans = self._work, self._telemetry.spans
        if work.kind is WorkKind.COMMIT and spans is None:  # there are many, and nobody asks
            work.trace = parent
            return
        trace_id = os.urandom(16).hex() if parent is None else parent.trace_id
        sampled = parent is not None and parent.sampled
        work.parent = parent
        work.trace = Trace(
            trace_id=trace_id,
            span_id=os.urandom(8).hex(),
            sampled=sampled or (spans is not None and spans.samples(trace_id)),
        )


def _outcome(error: BaseException) -> str:
    if isinstance(error, XinfuError):
        return error.code
    return "failed" if isinstance(error, Exception) else "cancelled"


def _say(work: Work, took_s: float) -> None:
    if work.outcome == "failed":
        level = logging.ERROR
    elif work.kind is WorkKind.API:
        level = logging.INFO
    else:  # what goes well is too much for every day
        level = logging.DEBUG if work.outcome in _WELL else logging.WARNING
    if _log.isEnabledFor(level):
        extra = {"type": work.type, "outcome": work.outcome, "took_ms": round(took_s * 1000, 1)}
        _log.log(level, SAID[work.kind], extra=extra)


_ENDS: Final = frozenset({"EXPIRED", "FULFILLED"})
"""States in which an agreement ends by itself; who terminates one is told of by an entry of its own."""


class CountedFacts(msgspec.Struct, frozen=True):
    """The facts of an entry that are counted."""

    to: str = ""
    by: str = ""
    outcome: str = ""
    code: str = ""


class CountedEntry(msgspec.Struct, frozen=True):
    """An entry, as far as it is counted."""

    at: str
    facts: CountedFacts
    process: str | None = None


def _moved(family: str) -> Callable[[Metrics, str, CountedEntry], None]:
    def read(metrics: Metrics, context: str, told: CountedEntry) -> None:
        state = told.facts.to
        metrics.count(of.MOVES, (context, family, state, told.facts.by))
        begun_s = begin_of(told.process or "") if state in _OVER else None
        if state in _OVER:
            facts = {"context": context, "process_id": told.process, "type": family, "outcome": state}
            _log.info("process over", extra=facts)
        if begun_s is not None:
            lasted_s = datetime.fromisoformat(told.at).timestamp() - begun_s
            metrics.time(of.LASTED, (context, family, state), lasted_s)

    return read


def _counted(metric: Metric) -> Callable[[Metrics, str, CountedEntry], None]:
    def read(metrics: Metrics, context: str, _: CountedEntry) -> None:
        metrics.count(metric, (context,))

    return read


def _agreement(metrics: Metrics, context: str, told: CountedEntry) -> None:
    if told.facts.to in _ENDS:
        metrics.count(of.ENDED, (context,))


def _duty(metrics: Metrics, context: str, told: CountedEntry) -> None:
    metrics.count(of.DUTY_MOVES, (context, told.facts.to))


def _used(metrics: Metrics, context: str, told: CountedEntry) -> None:
    outcome = told.facts.outcome
    metrics.count(of.USES, (context, outcome if outcome in _USED else "stopped"))


def _fetched(metrics: Metrics, context: str, told: CountedEntry) -> None:
    """Count a fetch. An outcome in the other side's words counts as refused, because labels are a closed set."""
    outcome = told.facts.outcome
    metrics.count(of.FETCHES, (context, outcome if outcome in _FETCHED else "refused"))


def _refused(metrics: Metrics, context: str, told: CountedEntry) -> None:
    metrics.count(of.REFUSALS, (context, told.facts.code))


_READERS: Final[Mapping[str, Callable[[Metrics, str, CountedEntry], None]]] = {
    "negotiation.state": _moved("negotiation"),
    "transfer.state": _moved("transfer"),
    "agreement.concluded": _counted(of.CONCLUDED),
    "agreement.state": _agreement,
    "agreement.terminated": _counted(of.ENDED),
    "duty.state": _duty,
    "publication": _counted(of.PUBLICATIONS),
    "use": _used,
    "data.received": _fetched,
    "refusal": _refused,
}


def begin_of(id_: str) -> float | None:
    """Return when our process began, in seconds since 1970, from its UUIDv7; None for any other id."""
    digits = id_.removeprefix("urn:uuid:").replace("-", "")
    try:
        return int(digits[:12], 16) / 1000 if len(digits) == 32 and digits[12] == "7" else None
    except ValueError:
        return None
