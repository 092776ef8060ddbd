"""Writes docs/reference/observability.md: every metric, span, log field and kind of event, from the program."""

from typing import Final

from xinfu.evidence.entry import KINDS, Kind
from xinfu.node.logs import FIELDS
from xinfu.node.metrics import METRICS, PROCESS
from xinfu.node.telemetry import SAID, SPANS
from xinfu.ports.observer import WorkKind

HEAD: Final = """# Metrics, spans, log fields, events

Written from the program by `make docs`. How to use them: [observe a node](../how-to/observe-a-node.md).

## Metrics

`GET /metrics` of the management listener, in the Prometheus text format or, where it is asked for, as OpenMetrics. A
metric that is about one participant context has the label `context`; labels never hold participants, datasets or
processes. A histogram has the samples `_bucket`, `_sum` and `_count`; its count is the number of things timed. Gauges of
the store are counted when they are asked for; of several workers on one database each shows the same.

| metric | sort | labels | meaning |
|---|---|---|---|
"""

PROCESS_HEAD: Final = """
Of the process, on Linux, where a name that ends in `_total` is a counter and any other a gauge:

| metric | meaning |
|---|---|
"""

SPANS_HEAD: Final = """
## Spans

The name of a span is the word below and the sort of the work, for example `message negotiation.request`. Attributes:
`xinfu.context`, `xinfu.process`, `xinfu.type`, `xinfu.outcome`. A span goes on under the trace that its process was begun
under, and links the one that it was asked for under where that is another. Resource: `service.name` is `xinfu`.

| span | what it covers | its log line says |
|---|---|---|
"""

FIELDS_HEAD: Final = """
## Fields of log lines

With `[log] format = "json"` each line is one JSON object. A field that does not apply is absent.

| field | meaning |
|---|---|
"""

EVENTS_HEAD: Final = """
## Kinds of events

`GET /api/v1/events` sends each entry of the log of evidence once it has its place: `id` is its index, `event` its kind,
`data` the entry as JSON. The facts that an entry of a kind states:

| kind | always | where it applies |
|---|---|---|
"""

COVERS: Final = {
    WorkKind.API: "a call of the management listener",
    WorkKind.MESSAGE: "a message or question of another participant, until it was answered",
    WorkKind.DATA: "a read at the data listener, until its last byte",
    WorkKind.DISPATCH: "a promise that is kept: a message delivered, an answer decided, a flow ordered",
    WorkKind.COMMIT: "the end of a step, until it is durable",
}


def page() -> str:
    """The whole page."""
    metrics = [f"| `{each.name}` | {each.sort} | {_named(each.labels)} | {each.about} |" for each in METRICS]
    process = [f"| `{name}` | {about} |" for name, about in PROCESS.items()]
    spans = [f"| `{SPANS[kind]}` | {COVERS[kind]} | {_said(kind)} |" for kind in WorkKind]
    fields = [f"| `{name}` | {about} |" for name, about in FIELDS.items()]
    kinds = [f"| `{name}` | {_facts(kind, 'must')} | {_facts(kind, 'may')} |" for name, kind in KINDS.items()]
    parts = [(HEAD, metrics), (PROCESS_HEAD, process), (SPANS_HEAD, spans), (FIELDS_HEAD, fields)]
    return "".join(head + "\n".join(rows) + "\n" for head, rows in [*parts, (EVENTS_HEAD, kinds)])


def _named(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{each}`" for each in names)


def _said(kind: WorkKind) -> str:
    return f"`{SAID[kind]}`" if kind in SAID else "–"


def _facts(kind: Kind, which: str) -> str:
    return ", ".join(f"`{name}`" for name in (kind.must if which == "must" else kind.may)) or "–"
