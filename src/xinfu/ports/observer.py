"""Observer: receives what the node does, to count, time and log it.

A piece of `Work` lasts from its begin to its end: a call of the API, a message of another participant, a promise
that is kept, a read of data. While it lasts it is the *current* work of its task: log lines take context, process
and trace from it, and what leaves meanwhile carries its trace. Observing decides nothing and fails nothing.
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
    """A message or a question of another participant, at the protocol listener."""
    DATA = "data"
    """A read at the data listener, until its last byte."""
    DISPATCH = "dispatch"
    """A promise that is kept: a message delivered, an answer decided, a flow ordered."""
    COMMIT = "commit"
    """A step that is made durable."""


class Direction(StrEnum):
    """Which way bytes of data went."""

    OUT = "out"
    IN = "in"


class Work:
    """A piece of work. Its doer fills in what becomes known only during the work.

    Attributes:
        type: what sort of it, for example "negotiation.request"; of a closed set.
        context: id of the participant context; "" while none is known.
        process: id of the negotiation or transfer; "" while none is known.
        outcome: how it ended, of a closed set.
        trace: where it stands in its trace; None when nothing is traced.
        parent: what it follows from. linked: under which trace it was asked for, if it goes on under another.
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
"""The work of this task. Set by an Observer only."""


def traceparent() -> str | None:
    """The trace of the current work as the header says it; None when nothing is traced."""
    work = CURRENT.get()
    return None if work is None or work.trace is None else work.trace.header()


def about(context: str) -> None:
    """The current work turns out to be about this context."""
    work = CURRENT.get()
    if work is not None:
        work.context = context


def follow(process: str, header: str | None) -> None:
    """The current work turns out to be about `process`: it goes on under the trace which that was begun under.

    Args:
        header: the trace that is kept with the process.
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
        """Observe a piece of work for as long as the block lasts; an exception that leaves it is its outcome.

        Args:
            header: the `traceparent` that it goes on under. Without one that counts: the trace of the current
                work, else a new one.
        """
        ...

    def delivered(self, context: str, type: str, outcome: str, took_s: float) -> None:  # noqa: A002
        """Report a message that this node sent; `outcome` is one of ports/peer.py."""
        ...

    def postponed(self, context: str, family: str) -> None:
        """A promise of the current work failed and will be tried again."""
        ...

    def recorded(self, context: str, entries: Sequence[StoredEntry]) -> None:
        """Report entries that got their index in the log. Each is reported once, whichever worker wrote it."""
        ...

    def carried(self, direction: Direction, context: str, size_bytes: int) -> None:
        """Bytes of data went out to another participant, or came in from one."""
        ...


class NoObserver:
    """An `Observer` that looks away."""

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
