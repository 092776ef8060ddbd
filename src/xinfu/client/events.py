"""Events of a node as they happen, from its stream of server-sent events.

The id of each event is the index of its entry in the log. A stream that breaks off is reopened after the last event
received, so no event is missed or repeated.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from xinfu.client import errors
from xinfu.client.transport import Transport
from xinfu.errors import PeerError

_FIRST_S: Final = 0.2
_LONGEST_S: Final = 10.0
_LARGEST: Final = 4 * 1024 * 1024
"""Bytes of one event."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A new entry of the evidence log.

    Attributes:
        index: its place in the log of the context; the next one follows without a gap.
        kind: what happened, for example "negotiation.state" (docs/reference/evidence.md).
        facts: what the kind states.
    """

    index: int
    id: str
    at: datetime
    kind: str
    context: str
    process: str | None = None
    agreement: str | None = None
    peer: str | None = None
    facts: dict[str, Any] = {}


class _Entry(msgspec.Struct, frozen=True):
    id: str
    at: datetime
    kind: str
    context: str
    process: str | None = None
    agreement: str | None = None
    peer: str | None = None
    facts: dict[str, Any] = {}


class _StreamPosition:
    """The position reached in the stream, from which a new connection continues."""

    def __init__(self) -> None:
        self.last: str | None = None


async def events(
    transport: Transport,
    *,
    since: int | None = None,
    kinds: Iterable[str] = (),
    process: str | None = None,
    follow: bool = True,
) -> AsyncIterator[Event]:
    """Yield events on demand; with `follow` without end."""
    query = {
        "since": None if since is None else str(since),
        "kind": ",".join(kinds) or None,
        "process": process,
        "follow": None if follow else "no",
    }
    heard = _StreamPosition()
    pause_s = _FIRST_S
    while True:
        try:
            async for event in _once(transport, query, heard):
                pause_s = _FIRST_S
                yield event
        except PeerError:
            if not follow:
                raise
        if not follow:
            return
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_S)


async def _once(
    transport: Transport, query: Mapping[str, str | None], heard: _StreamPosition
) -> AsyncIterator[Event]:
    """Yield the events of one connection."""
    headers = {} if heard.last is None else {"Last-Event-ID": heard.last}
    data, place = b"", heard.last
    async for line in _lines(transport.lasting("/events", query=query, headers=headers)):
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"id":
            place = value.decode("ascii", "replace")
        elif name == b"data":
            data = value
        elif not line:  # only what is whole counts
            heard.last = place
            if data:
                entry = msgspec.json.decode(data, type=_Entry)
                data = b""
                yield Event(index=int(place or "0"), **msgspec.structs.asdict(entry))


async def _lines(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield complete lines without their ends; an incomplete last line is dropped, as its event is sent again."""
    waiting = bytearray()
    async for piece in pieces:
        waiting += piece
        *whole, rest = bytes(waiting).split(b"\n")
        if len(rest) > _LARGEST:
            raise errors.CLIENT_EVENT_TOO_LARGE()
        waiting = bytearray(rest)
        for line in whole:
            yield line
