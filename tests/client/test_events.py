"""Events from Python: as they happen, again after a cut, blocking, and bounded."""

import asyncio
from pathlib import Path

import pytest
from tests.client.conftest import KEY, Two

from xinfu.client import Event, connect, policy
from xinfu.client.blocking import connect as blocking
from xinfu.errors import InputError, PeerError


async def published(two: Two, name: str) -> None:
    file = two.folder / f"{name}.csv"
    file.write_bytes(b"a\n1\n")
    await two.provider.publish(file, id=name, policy=policy())


async def test_events_come_as_they_happen(two: Two) -> None:
    events = two.provider.events(kinds=["publication"])
    first = asyncio.ensure_future(anext(events))
    async with asyncio.timeout(60):
        number = 0
        while not first.done():  # it listens soon after it was asked
            number += 1
            await published(two, f"air-{number}")
            await asyncio.wait({first}, timeout=0.2)
        event = await first
        assert event.kind == "publication"
        assert event.facts["asset"].startswith("air-")
        assert event.at.tzinfo is not None
        following = await anext(events) if number > 1 else event
        assert following.index >= event.index
    await events.aclose()  # type: ignore[attr-defined]  # it is a generator


async def test_what_happened_can_be_read_to_its_end(two: Two) -> None:
    await published(two, "air")
    async with asyncio.timeout(60):
        found: list[Event] = []
        while "publication" not in {each.kind for each in found}:
            found = [each async for each in two.provider.events(since=0, follow=False)]
    assert [each.index for each in found] == list(range(len(found)))
    assert {each.context for each in found} == {"provider"}


async def test_what_cannot_be_asked_for_is_said(two: Two) -> None:
    with pytest.raises(InputError) as refused:
        await anext(two.provider.events(kinds=["made-up"]))
    assert refused.value.code == "query.kind"


async def test_a_cut_stream_goes_on_behind_the_last_event() -> None:
    """A small server that sends two events and hangs up, again and again; it says where the client wants to go on."""
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        last = next(
            (row.split(": ")[1] for row in head.split("\r\n") if row.startswith("last-event-id")), "-1"
        )
        asked.append(last)
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n: events\n\n"
        )
        for index in (int(last) + 1, int(last) + 2):
            entry = (
                b'{"id":"urn:x:%d","at":"2026-01-01T00:00:00Z","kind":"use","context":"c","facts":{}}' % index
            )
            writer.write(b"id: %d\nevent: use\ndata: %s\n\n" % (index, entry))
        writer.write(b"id: %d\nevent: use\ndata: {half" % (int(last) + 3))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, connect(f"http://127.0.0.1:{port}", KEY) as node, asyncio.timeout(60):
        found: list[int] = []
        async for event in node.events(since=0):
            found.append(event.index)
            if len(found) == 6:
                break
    assert found == [0, 1, 2, 3, 4, 5]
    assert asked == ["-1", "1", "3"]


async def test_a_node_that_is_away_is_said_where_nobody_follows() -> None:
    async with connect("http://127.0.0.1:9", KEY) as node:
        with pytest.raises(PeerError) as refused:
            await anext(node.events(since=0, follow=False))
    assert refused.value.code == "node.unreachable"


async def test_the_same_without_a_loop(two: Two, tmp_path: Path) -> None:
    await published(two, "air")

    def read() -> list[str]:
        with blocking(two.provider.url, KEY) as node:
            kinds: list[str] = []
            for event in node.events(since=0):
                kinds.append(event.kind)
                if event.kind == "publication":
                    return kinds
            return kinds

    async with asyncio.timeout(60):
        assert (await asyncio.to_thread(read))[-1] == "publication"
