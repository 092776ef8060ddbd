"""Observes incoming requests as work: one ASGI layer around each listener.

It reads the caller's `traceparent`, derives the sort of work and its context from the path, counts the bytes of data
sent, and records how the request ended. Requests about the node itself (health, metrics) and the long-lived stream of
events do not count as work.
"""

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import unquote

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xinfu.dsp import negotiation, transfer
from xinfu.errors import NotFoundError
from xinfu.ports.observer import Direction, Observer, Work, WorkKind
from xinfu.services.contexts.context import Contexts

_TABLES: Final = (negotiation.MESSAGES, transfer.MESSAGES)
MESSAGE_PATHS: Final[Mapping[str, Mapping[str, str]]] = {
    table.family: {"": "show"} | {row.path: row.name for row in table.rows} for table in _TABLES
}
_OPENING: Final = frozenset(row.path for table in _TABLES for row in table.rows if row.opens)
CATALOG_PATHS: Final[Mapping[str, str]] = {"request": "catalog.request", "datasets": "catalog.dataset"}
DATA_PATHS: Final[Mapping[str, str]] = {
    "": "file",
    "files": "file",
    "manifest": "manifest",
    "listing": "listing",
}
OTHER: Final = "other"
_PORTION: Final = 16 << 20
"""Bytes of data that are counted together: a counter for each chunk would cost as much as its checks."""


class PathSubject(msgspec.Struct, frozen=True):
    """The facts in a path: the sort of work, the context, and our process."""

    type: str
    context: str = ""
    process: str = ""


Look = Callable[[Scope], PathSubject | None]


class ObservedApp:
    """An ASGI app whose requests are observed as work.

    Args:
        look: what a request is about; None: it is not observed.
    """

    def __init__(self, app: ASGIApp, observer: Observer, kind: WorkKind, look: Look) -> None:
        self._app = app
        self._observer = observer
        self._kind = kind
        self._look = look

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        seen = self._look(scope) if scope["type"] == "http" else None
        if seen is None:
            await self._app(scope, receive, send)
            return
        with self._observer.work(
            self._kind, type=seen.type, context=seen.context, process=seen.process, header=_traceparent(scope)
        ) as work:
            watched = WatchedSend(self._observer, work, send)
            try:
                await self._app(scope, receive, watched)
            finally:
                watched.tell()


class WatchedSend:
    """A `send` that records the status, the end and the bytes of an answer."""

    __slots__ = ("_carried", "_is_data", "_observer", "_send", "_work")

    def __init__(self, observer: Observer, work: Work, send: Send) -> None:
        self._observer = observer
        self._work = work
        self._send = send
        self._carried = 0
        self._is_data = work.kind is WorkKind.DATA and work.type == "file"
        work.outcome = "cut"

    async def __call__(self, message: Message) -> None:
        await self._send(message)
        if message["type"] == "http.response.start":
            self._begun(message["status"])
        elif message["type"] == "http.response.body":
            if self._is_data:
                self._carried += len(message.get("body", b""))
                if self._carried >= _PORTION:
                    self.tell()
            if not message.get("more_body", False) and self._work.outcome == "cut":
                self._work.outcome = "done"

    def tell(self) -> None:
        """Report the bytes sent since the last report."""
        if self._carried:
            self._observer.carried(Direction.OUT, self._work.context, self._carried)
            self._carried = 0

    def _begun(self, status: int) -> None:
        if status >= 500:
            self._work.outcome = "failed"
        elif status >= 400:
            self._work.outcome = "refused"


def management_look() -> Look:
    """Describe calls of the native API and of EDC's; key and query determine the context (web/access.py)."""

    def look(scope: Scope) -> PathSubject | None:
        path: str = scope["path"]
        if path.startswith("/api/v1/") and path != "/api/v1/events":
            return PathSubject("native")
        return PathSubject("edc") if path.startswith("/management/") else None

    return look


def protocol_look(contexts: Contexts) -> Look:
    """Describe messages and requests below a protocol base; documents are not observed."""

    def look(scope: Scope) -> PathSubject | None:
        parts = scope["path"].split("/", 5)  # "", dsp, <context>, 2025-1, <family>, <rest>
        if len(parts) < 5 or parts[1] != "dsp" or parts[3] != "2025-1":
            return None
        type_, process = message_type(parts[4], parts[5] if len(parts) > 5 else "")
        return PathSubject(type_, known_context(contexts, parts[2]), process)

    return look


def data_look(contexts: Contexts) -> Look:
    """Describe reads at the data listener."""

    def look(scope: Scope) -> PathSubject | None:
        parts = scope["path"].split("/", 6)  # "", data, <context>, transfers, <transfer>, <part>, <path>
        if len(parts) < 5 or parts[1] != "data" or parts[3] != "transfers":
            return None
        type_ = DATA_PATHS.get(parts[5] if len(parts) > 5 else "", OTHER)
        return PathSubject(type_, known_context(contexts, parts[2]), parts[4])

    return look


def message_type(family: str, rest: str) -> tuple[str, str]:
    """Return the sort of a message by its path below the protocol base, and the pid in the path."""
    if family == "catalog":
        return CATALOG_PATHS.get(rest.partition("/")[0], OTHER), ""
    if family == "xinfu":
        return ("notice" if rest == "notices" else OTHER), ""
    if family not in MESSAGE_PATHS:
        return OTHER, ""
    pid, _, path = ("", "", rest) if rest in _OPENING else rest.partition("/")
    name = MESSAGE_PATHS[family].get(path)
    return OTHER if name is None else f"{family.removesuffix('s')}.{name}", unquote(pid)


def known_context(contexts: Contexts, id_: str) -> str:
    """Return the id if that context exists, so that an invented id becomes no label."""
    try:
        return contexts.get(id_).id
    except NotFoundError:
        return ""


def _traceparent(scope: Scope) -> str | None:
    """Return the header, if it was sent exactly once."""
    found = [value for name, value in scope["headers"] if name == b"traceparent"]
    return found[0].decode("latin-1") if len(found) == 1 else None
