"""Observer: receives events about the node's work, to count, time and log it.

A piece of `Work` has a beginning and an end: a call of the API, a message of another participant, the processing of
an outbox row, a read of data. Meanwhile it is the *current* work of its task: log lines take context, process
and trace from it, and outgoing requests carry its trace. An observer never influences the work and never fails it.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from enum import StrEnum
from typing import Final, Protocol

from xinfu.ports.log import StoredEntry
from xinfu.ports.trace import Trace, read_trace


class WorkKind(StrEnum):
    """The kinds of work."""

    API = "api"
    """A call of the management listener."""
    MESSAGE = "message"
    """A message or a query of another participant, at the protocol listener."""
    DATA = "data"
    """A read at the data listener, until its last byte."""
    DISPATCH = "dispatch"
    """The processing of an outbox row: a message delivered, an answer decided, a flow ordered."""
    COMMIT = "commit"
    """The durable commit of a step."""


class Direction(StrEnum):
    """The direction of transferred data, as seen from this node."""

    OUT = "out"
    IN = "in"


class Work:
    """A piece of work. The code that does it fills in facts that become known only during the work.

    Attributes:
        type: the type within its kind, for example "negotiation.request"; from a closed set.
        context: id of the participant context; "" while none is known.
        process: id of the negotiation or transfer; "" while none is known.
        outcome: how it ended, from a closed set.
        trace: its place in its trace; None if nothing is traced.
        parent: the place that it follows from. linked: its original parent, if it continues under another trace.
    """

    __slots__ = ("context", "kind", "linked", "outcome", "parent", "process", "trace", "type")

    def __init__(self, kind: WorkKind, type_: str, context: str, process: str) -> None:
        self.kind = kind
        self.type = type_
        self.context = context
        self.process = process
        self.outcome = "done"
        self.trace: Trace | None = None
        self.parent: Trace | None = None
        self.linked: Trace | None = None


CURRENT: Final[ContextVar[Work | None]] = ContextVar("xinfu.work", default=None)
"""The current work of this task. Only an Observer sets it."""


def traceparent() -> str | None:
    """The trace of the current work as the value of the header; None if nothing is traced."""
    work = CURRENT.get()
    return None if work is None or work.trace is None else work.trace.header()


def about(context: str) -> None:
    """Record the context of the current work, once it is known."""
    work = CURRENT.get()
    if work is not None:
        work.context = context


def follow(process: str, header: str | None) -> None:
    """Record the process of the current work, and continue the work under the trace of the process.

    Args:
        header: the trace that is stored with the process.
    """
    work = CURRENT.get()
    if work is None:
        return
    work.process = process
    begun = None if work.trace is None else read_trace(header)
    if begun is not None and work.trace is not None and begun.trace_id != work.trace.trace_id:
        work.linked, work.parent = work.parent, begun
        work.trace = Trace(trace_id=begun.trace_id, span_id=work.trace.span_id, sampled=begun.sampled)


class Observer(Protocol):
    """A receiver of the node's events. Safe to call from the loop at any time; never raises, never waits."""

    def work(
        self,
        kind: WorkKind,
        type: str = "",  # noqa: A002 - the field's own name
        *,
        context: str = "",
        process: str = "",
        header: str | None = None,
    ) -> AbstractContextManager[Work]:
        """Observe a piece of work for the duration of the block; an exception that leaves the block is its outcome.

        Args:
            header: the `traceparent` under which it continues. If it is absent or malformed: the trace of the current
                work, else a new one.
        """
        ...

    def delivered(self, context: str, type: str, outcome: str, took_s: float) -> None:  # noqa: A002
        """Report a message that this node sent; `outcome` is one of ports/peer.py."""
        ...

    def postponed(self, context: str, family: str) -> None:
        """Report that an outbox row, the current work, failed and will be tried again."""
        ...

    def recorded(self, context: str, entries: Sequence[StoredEntry]) -> None:
        """Report entries that have received their index in the log. Each is reported once, whichever worker wrote it."""
        ...

    def carried(self, direction: Direction, context: str, size_bytes: int) -> None:
        """Report bytes of data sent to another participant, or received from one."""
        ...


class NoObserver:
    """An `Observer` that records nothing."""

    def work(
        self,
        kind: WorkKind,
        type: str = "",  # noqa: A002 - the field's own name
        *,
        context: str = "",
        process: str = "",
        header: str | None = None,
    ) -> AbstractContextManager[Work]:
        return nullcontext(Work(kind, type, context, process))

    def delivered(self, context: str, type: str, outcome: str, took_s: float) -> None:  # noqa: A002
        """Do nothing."""

    def postponed(self, context: str, family: str) -> None:
        """Do nothing."""

    def recorded(self, context: str, entries: Sequence[StoredEntry]) -> None:
        """Do nothing."""

    def carried(self, direction: Direction, context: str, size_bytes: int) -> None:
        """Do nothing."""
