"""`GET /events`: the log of a context as server-sent events, from the client's last position while it listens.

Nothing is asked of the store but after a commit. What a client does not take is not gathered for it: the next page
is read when the one before has left, and who takes nothing for long is dropped; it goes on later by its
`Last-Event-ID`. Follows: HTML Standard, server-sent events; DECISIONS D-19.
"""

import asyncio
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from xinfu.errors import XinfuError
from xinfu.ports.log import StoredEntry
from xinfu.services.evidence import events
from xinfu.services.evidence.events import EventFilter
from xinfu.services.parts import Parts
from xinfu.web import errors
from xinfu.web.api.operation import Call, Operation
from xinfu.web.data.sending import CONNECTION

_HIGHEST: Final = 2**53


class EventStream(Response):
    """The long-lived response that streams events.

    Args:
        start: index of the first event. follow: go on when there are no more for now.
    """

    media_type = "text/event-stream"

    def __init__(self, parts: Parts, wanted: EventFilter, start: int, *, follow: bool) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._parts = parts
        self._wanted = wanted
        self._next = start
        self._follow = follow

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the last one was sent, the client disconnects, or the node stops."""
        streams = self._parts.streams
        happened = asyncio.Event()

        def told(topics: frozenset[str]) -> None:
            if topics & events.WAKING:
                happened.set()

        end = self._parts.store.watch(told)
        over: set[asyncio.Future[Any]] = {
            asyncio.ensure_future(streams.stopping.wait()),
            asyncio.ensure_future(_gone(receive)),
        }
        try:
            with streams.opened():
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                await self._talk(send, happened, over)
                await self._send(send, b"", more=False)
        except (
            TimeoutError,
            XinfuError,
        ):  # too slow, or the store is away: it comes back by its Last-Event-ID
            _drop(scope)
        finally:
            end()
            for each in over:
                each.cancel()

    async def _talk(self, send: Send, happened: asyncio.Event, over: set[asyncio.Future[Any]]) -> None:
        await self._send(send, b": events\n\n")
        while not any(each.done() for each in over):
            happened.clear()
            before = self._next
            found, self._next = await events.page(self._parts, self._wanted, self._next)
            if found:
                await self._send(send, b"".join(write_event(each) for each in found))
            if self._next != before:
                continue
            if not self._follow:
                return
            await self._wait(send, happened, over)

    async def _wait(self, send: Send, happened: asyncio.Event, over: set[asyncio.Future[Any]]) -> None:
        """Wait for new events or the end; meanwhile send heartbeats, without reading the store."""
        news = asyncio.ensure_future(happened.wait())
        try:
            while True:
                done, _ = await asyncio.wait(
                    {news, *over}, timeout=self._parts.streams.beat_s, return_when=asyncio.FIRST_COMPLETED
                )
                if done:
                    return
                await self._send(send, self._beat())
        finally:
            news.cancel()

    def _beat(self) -> bytes:
        """Send a heartbeat, which moves the client's Last-Event-ID past events that it did not ask for."""
        return b": beat\n\n" if self._next == 0 else f": beat\nid: {self._next - 1}\n\n".encode()

    async def _send(self, send: Send, body: bytes, *, more: bool = True) -> None:
        async with asyncio.timeout(self._parts.streams.patience_s):
            await send({"type": "http.response.body", "body": body, "more_body": more})


def write_event(entry: StoredEntry) -> bytes:
    """An event; its data is the entry as it was recorded, JSON on one line."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (entry.index or 0, entry.kind.encode(), entry.canonical)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _drop(scope: Scope) -> None:
    extension = scope.get("extensions", {}).get(CONNECTION)
    if extension is not None:
        extension["abort"]()


async def follow_events(call: Call) -> Response:
    call.parts.streams.must_have_room()
    context = call.context.id
    wanted = EventFilter(
        context=context,
        kinds=events.kinds_of(call.query.get("kind", "")),
        process=call.query.get("process") or None,
    )
    start = _start(call)
    if start is None:
        start = await events.next_index(call.parts, context)
    follow = call.query.get("follow", "yes") != "no"
    return EventStream(call.parts, wanted, start, follow=follow)


def _start(call: Call) -> int | None:
    """Return the index of the first event, by `Last-Event-ID`, else by `since`; None for new events only.

    Raises:
        InputError: `query.since`.
    """
    last, since = call.request.headers.get("last-event-id", ""), call.query.get("since", "")
    text = last or since
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 17 and int(text) < _HIGHEST):
        raise errors.QUERY_SINCE()
    return int(text) + 1 if last else int(text)


OPERATIONS = [
    Operation(
        method="GET",
        path="/events",
        summary="Follow events as server-sent events; Last-Event-ID resumes after the last event received.",
        handler=follow_events,
        media="text/event-stream",
        query={
            "since": "index of the first event; without it only new events",
            "kind": "kinds of entries, separated by commas; without it all",
            "process": "only events of this negotiation or transfer",
            "follow": "`no` ends the stream when there are no more events",
        },
    ),
]
