"""The metrics of a node: one table, and the registry that is made from it.

A node has a registry of its own, so several nodes live in one process. Labels are of closed sets: contexts that
the node plays, kinds, states, our own codes. No participant, dataset or process is ever a label. What only the
store knows is counted when somebody asks, and not before.
Follows: Prometheus text format 0.0.4, OpenMetrics 1.0.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder

from xinfu import __version__
from xinfu.ports.census import Census


class Sort(StrEnum):
    """How a metric behaves."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Metric(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A line of the table: what the reference page says and what is measured.

    Attributes:
        bounds: upper bounds of the buckets of a histogram, in seconds.
    """

    name: str
    sort: Sort
    about: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()


_QUICK: Final = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_LONG: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0, 3600.0, 86400.0)


def _counter(name: str, about: str, *labels: str) -> Metric:
    return Metric(name=name, sort=Sort.COUNTER, about=about, labels=labels)


def _gauge(name: str, about: str, *labels: str) -> Metric:
    return Metric(name=name, sort=Sort.GAUGE, about=about, labels=labels)


def _seconds(name: str, about: str, *labels: str, bounds: tuple[float, ...] = _QUICK) -> Metric:
    return Metric(name=name, sort=Sort.HISTOGRAM, about=about, labels=labels, bounds=bounds)


RECEIVED: Final = _seconds(
    "xinfu_message_received_seconds",
    "Messages and questions of other participants, until they were answered.",
    "context",
    "type",
    "outcome",
)
SENT: Final = _seconds(
    "xinfu_message_sent_seconds",
    "Deliveries of our messages, until the other side answered or could not.",
    "context",
    "type",
    "outcome",
)
MOVES: Final = _counter(
    "xinfu_process_moves_total",
    "Changes of state of negotiations and transfers, by the side that moved.",
    "context",
    "family",
    "state",
    "by",
)
LASTED: Final = _seconds(
    "xinfu_process_seconds",
    "From the begin of a negotiation or transfer to its last state.",
    "context",
    "family",
    "state",
    bounds=_LONG,
)
PROCESSES: Final = _gauge(
    "xinfu_processes",
    "Negotiations and transfers that are not over; OPENING before the first acknowledgement.",
    "context",
    "family",
    "role",
    "state",
)
AGREEMENTS: Final = _gauge("xinfu_agreements", "Agreements that are kept.", "context", "state")
CONCLUDED: Final = _counter("xinfu_agreements_concluded_total", "Agreements that were concluded.", "context")
ENDED: Final = _counter("xinfu_agreements_ended_total", "Agreements that were ended.", "context")
DUTY_MOVES: Final = _counter(
    "xinfu_duty_moves_total",
    "Changes of state of duties, ours and those that are owed to us.",
    "context",
    "state",
)
ASSETS: Final = _gauge("xinfu_assets", "Assets (data resources) that are held.", "context")
DEFINITIONS: Final = _gauge(
    "xinfu_contract_definitions", "Contract definitions under which assets are offered.", "context"
)
PUBLICATIONS: Final = _counter("xinfu_publications_total", "Acts of publishing.", "context")
USES: Final = _counter("xinfu_uses_total", "Uses of our data that ended.", "context", "outcome")
FETCHES: Final = _counter(
    "xinfu_fetches_total", "Fetches of the data of others that ended.", "context", "outcome"
)
REFUSALS: Final = _counter("xinfu_refusals_total", "Refusals that were recorded.", "context", "code")
ENTRIES: Final = _counter(
    "xinfu_log_entries_total", "Entries of evidence that got their place.", "context", "kind"
)
BYTES: Final = _counter("xinfu_data_bytes_total", "Bytes of data that were carried.", "context", "direction")
CALLS: Final = _seconds(
    "xinfu_api_call_seconds",
    "Calls of the management listener; one that waits for a state counts its waiting.",
    "context",
    "type",
    "outcome",
)
READS: Final = _seconds(
    "xinfu_data_read_seconds",
    "Requests at the data listener, until the last byte.",
    "context",
    "type",
    "outcome",
    bounds=_LONG,
)
DISPATCHED: Final = _seconds(
    "xinfu_dispatch_seconds", "Promises that were worked on.", "context", "type", "outcome"
)
RETRIES: Final = _counter(
    "xinfu_retries_total", "Promises that failed and will be tried again.", "context", "family"
)
WAITING: Final = _gauge("xinfu_outbox_rows", "Promises that wait to be kept.", "context")
RETRYING: Final = _gauge("xinfu_outbox_retrying_rows", "Those of them that failed before.", "context")
OVERDUE: Final = _gauge(
    "xinfu_outbox_overdue_seconds",
    "For how long the promise that waits longest has been due; 0 if none.",
    "context",
)
TASKS: Final = _gauge("xinfu_dispatcher_tasks", "Promises that are worked on now.")
LAG: Final = _gauge(
    "xinfu_sequencer_lag_seconds", "For how long evidence has waited for its place; 0 if none waits."
)
RUNNING: Final = _gauge("xinfu_running_uses", "Uses whose bytes flow now.", "context")
COMMITS: Final = _seconds(
    "xinfu_store_commit_seconds", "Ends of steps, until they were durable or lost.", "context", "outcome"
)
SPANS: Final = _counter(
    "xinfu_spans_total", "Spans of traces that were sent to the collector, or dropped.", "outcome"
)
STORE_UP: Final = _gauge(
    "xinfu_store_up", "1 when the store answered this scrape; without it its gauges are left out."
)
BUILD: Final = _gauge("xinfu_build_info", "Always 1; the label names the version.", "version")

METRICS: Final[tuple[Metric, ...]] = tuple(
    each for each in tuple(globals().values()) if isinstance(each, Metric)
)
"""The table."""

PROCESS: Final[Mapping[str, str]] = {
    "process_virtual_memory_bytes": "Virtual memory of the process.",
    "process_resident_memory_bytes": "Memory of the process that is in RAM.",
    "process_start_time_seconds": "When the process began, since 1970.",
    "process_cpu_seconds_total": "Time of the processors that the process used.",
    "process_open_fds": "Open files and sockets.",
    "process_max_fds": "How many there may be.",
}
"""What the library measures of the process, on Linux."""

_MOST: Final = 2000
"""Series of one metric: labels are of closed sets, and this holds if one is not. What is beyond is "other"."""

Child = Counter | Gauge | Histogram


class Metrics:
    """The registry of one node and what is measured in it."""

    def __init__(self) -> None:
        # else each series has a second one, which says no more than process_start_time_seconds
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library's own
        self._registry = CollectorRegistry()
        self._made: dict[Metric, Child] = {each: _made(each, self._registry) for each in METRICS}
        self._children: dict[Metric, dict[tuple[str, ...], Child]] = {each: {} for each in METRICS}
        ProcessCollector(registry=self._registry)
        self.set(BUILD, (__version__,), 1)

    def count(self, metric: Metric, labels: tuple[str, ...], amount: int = 1) -> None:
        """Add to a counter."""
        child = self._child(metric, labels)
        assert isinstance(child, Counter)
        child.inc(amount)

    def time(self, metric: Metric, labels: tuple[str, ...], seconds: float) -> None:
        """Add an observation to a histogram."""
        child = self._child(metric, labels)
        assert isinstance(child, Histogram)
        child.observe(max(0.0, seconds))

    def set(self, metric: Metric, labels: tuple[str, ...], value: float) -> None:
        """Say what a gauge shows."""
        child = self._child(metric, labels)
        assert isinstance(child, Gauge)
        child.set(value)

    def show(self, accept: str) -> tuple[bytes, str]:
        """Return all metrics in the format that a scraper asks for, with its media type."""
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type

    def take(self, counted: Mapping[str, Census], now: datetime) -> None:
        """Set the gauges of the store to its present counts; values that no longer exist disappear."""
        for metric in (PROCESSES, AGREEMENTS, ASSETS, DEFINITIONS, WAITING, RETRYING, OVERDUE):
            self._forget(metric)
        for context, census in counted.items():
            for family, going in (("negotiation", census.negotiations), ("transfer", census.transfers)):
                for (role, state), number in going.items():
                    self.set(PROCESSES, (context, family, role, state), number)
            for state, number in census.agreements.items():
                self.set(AGREEMENTS, (context, state), number)
            self.set(ASSETS, (context,), census.assets)
            self.set(DEFINITIONS, (context,), census.definitions)
            self.set(WAITING, (context,), census.waiting)
            self.set(RETRYING, (context,), census.retrying)
            due = census.oldest_due
            self.set(OVERDUE, (context,), 0 if due is None else max(0.0, (now - due).total_seconds()))

    def run(self, uses: Mapping[str, int], *, tasks: int, lag_s: float) -> None:
        """Let the gauges of the process show how much runs now: uses by context, promises, the sequencer's lag."""
        self._forget(RUNNING)
        for context, number in uses.items():
            self.set(RUNNING, (context,), number)
        self.set(TASKS, (), tasks)
        self.set(LAG, (), lag_s)

    def _forget(self, metric: Metric) -> None:
        self._made[metric].clear()
        self._children[metric].clear()

    def _child(self, metric: Metric, labels: tuple[str, ...]) -> Child:
        children = self._children[metric]
        child = children.get(labels)
        if child is None:
            named = labels if len(children) < _MOST else ("other",) * len(labels)
            child = self._made[metric].labels(*named) if labels else self._made[metric]
            children[labels if len(children) < _MOST else named] = child
        return child


def _made(metric: Metric, registry: CollectorRegistry) -> Child:
    match metric.sort:
        case Sort.COUNTER:
            return Counter(metric.name, metric.about, metric.labels, registry=registry)
        case Sort.GAUGE:
            return Gauge(metric.name, metric.about, metric.labels, registry=registry)
        case Sort.HISTOGRAM:
            return Histogram(
                metric.name, metric.about, metric.labels, registry=registry, buckets=metric.bounds
            )
