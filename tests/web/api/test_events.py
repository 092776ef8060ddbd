"""The stream of events: order, resumption, filters, wakening, slow readers, other contexts."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from tests.nodes import ContextTable, Site, World, configured, site
from tests.nodes import world as open_world
from tests.simulation.test_idle import listen
from tests.stores.conftest import server
from tests.stores.postgres_server import Server
from tests.stores.test_postgres_nodes import pair

from xinfu.node.observed_store import ObservedStore
from xinfu.node.run import run_node
from xinfu.services.evidence.events import PAGE
from xinfu.services.evidence.notes import record_entry
from xinfu.services.memory.streams import MOST
from xinfu.stores.sqlite import SqliteStore

__all__ = ["server"]

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Event(msgspec.Struct, frozen=True):
    """An event as it came."""

    index: int
    kind: str
    entry: dict[str, Any]


class Listening:
    """One who listens; events come one by one, and `ended` once there are no more."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response
        self.beats = 0
        self._id = ""

    async def lines(self) -> AsyncIterator[str]:
        async for line in self.response.content:
            yield line.decode().rstrip("\n")

    async def events(self) -> AsyncIterator[Event]:
        kind, data = "", ""
        async for line in self.lines():
            name, _, value = line.partition(": ")
            if line.startswith(": beat"):
                self.beats += 1
            elif name == "id":
                self._id = value
            elif name == "event":
                kind = value
            elif name == "data":
                data = value
            elif not line and data:
                yield Event(int(self._id), kind, json.loads(data))
                data = ""

    async def take(self, count: int) -> list[Event]:
        """The next `count` events."""
        found: list[Event] = []
        async with asyncio.timeout(60):
            async for event in self.events():
                found.append(event)
                if len(found) == count:
                    break
        return found


@asynccontextmanager
async def listening(
    node: Site, *, headers: Mapping[str, str] | None = None, key: str | None = None, **query: str
) -> AsyncIterator[Listening]:
    url = f"{node.urls['management']}/api/v1/events"
    said = {"X-Api-Key": key or node.api_key, **(headers or {})}
    async with node.session.get(url, params=query, headers=said) as response:
        assert response.status == 200, await response.text()
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        async with asyncio.timeout(60):
            assert await response.content.readline() == b": events\n"
        yield Listening(response)


async def all_of(node: Site, headers: Mapping[str, str] | None = None, **query: str) -> list[Event]:
    """What there is now."""
    async with listening(node, headers=headers, follow="no", **query) as heard, asyncio.timeout(60):
        return [event async for event in heard.events()]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def agreed(world: World) -> dict[str, Any]:
    """An agreement, recorded and numbered at both sides."""
    await world.provider.publish("streamed")
    made = await world.agree("streamed")
    for each in (world.provider, world.consumer):
        await each.numbered()
    return made


async def test_events_are_the_log_in_its_order_without_a_gap(world: World, agreed: dict[str, Any]) -> None:
    events = await all_of(world.consumer, since="0")
    assert [each.index for each in events] == list(range(len(events)))
    assert all(each.kind == each.entry["kind"] for each in events)
    states = [each.entry["facts"]["to"] for each in events if each.kind == "negotiation.state"]
    assert states[-4:] == ["REQUESTED", "AGREED", "VERIFIED", "FINALIZED"]
    listed = await world.consumer.get("/evidence/entries", limit=1000)
    assert [each.entry for each in events] == [each["entry"] for each in listed]


async def test_who_was_away_goes_on_behind_the_last_event(world: World, agreed: dict[str, Any]) -> None:
    events = await all_of(world.consumer, since="0")
    for last in (0, len(events) // 2, len(events) - 1):
        again = await all_of(world.consumer, {"Last-Event-ID": str(last)}, since="0")
        assert again == events[last + 1 :]
    assert await all_of(world.consumer, since=str(len(events) + 1000)) == []


async def test_events_can_be_of_one_kind_or_of_one_process(world: World, agreed: dict[str, Any]) -> None:
    events = await all_of(world.consumer, since="0")
    kinds = "negotiation.state, agreement.concluded"
    wanted = {"negotiation.state", "agreement.concluded"}
    assert await all_of(world.consumer, since="0", kind=kinds) == [
        each for each in events if each.kind in wanted
    ]
    process = agreed["negotiation"]
    mine = await all_of(world.consumer, since="0", process=process)
    assert mine == [each for each in events if each.entry["process"] == process] != []


async def test_who_listens_hears_at_once_what_is_committed(world: World) -> None:
    async with listening(world.consumer, kind="negotiation.state") as heard:
        await world.provider.publish("woken")
        await world.agree("woken")
        states = [each.entry["facts"]["to"] for each in await heard.take(4)]
    assert states == ["REQUESTED", "AGREED", "VERIFIED", "FINALIZED"]


async def test_a_sign_of_life_moves_the_client_over_what_it_does_not_want(world: World) -> None:
    world.provider.node.parts.streams.beat_s = 0.05
    try:
        end = len(await all_of(world.provider, since="0"))
        async with listening(world.provider, since="0", kind="credential.revoked") as heard:
            async with asyncio.timeout(60):
                async for line in heard.lines():
                    if line.startswith("id: "):
                        break
        assert int(line.removeprefix("id: ")) >= end - 1
    finally:
        world.provider.node.parts.streams.beat_s = 15.0


@pytest.mark.parametrize(
    ("query", "headers", "code"),
    [
        ({"since": "-1"}, {}, "query.since"),
        ({"since": "x"}, {}, "query.since"),
        ({"since": "1" * 40}, {}, "query.since"),
        ({"since": "٣"}, {}, "query.since"),
        ({}, {"Last-Event-ID": "1.5"}, "query.since"),
        ({"kind": "made-up"}, {}, "query.kind"),
        ({"context": "made-up"}, {}, "context.not-found"),
    ],
)
async def test_what_cannot_be_followed_is_said_before_the_stream(
    world: World, query: dict[str, str], headers: dict[str, str], code: str
) -> None:
    url = f"{world.provider.urls['management']}/api/v1/events"
    said = headers | {"X-Api-Key": world.provider.api_key}
    async with world.session.get(url, params=query, headers=said) as response:
        assert (await response.json(content_type=None))["code"] == code


async def test_without_a_key_nobody_listens(world: World) -> None:
    said = await world.provider.send("GET", f"{world.provider.urls['management']}/api/v1/events")
    assert (said.status, said.code) == (401, "api.key")


async def test_no_more_listen_than_the_node_bears(world: World) -> None:
    streams = world.issuer.node.parts.streams
    held = [streams.opened() for _ in range(MOST)]
    for each in held:
        each.__enter__()
    try:
        said = await world.issuer.api("GET", "/events")
        assert (said.status, said.code) == (409, "events.too-many")
    finally:
        for each in held:
            each.__exit__(None, None, None)
    assert len(streams) == 0


async def grow(node: Site, count: int, size: int) -> None:
    """Record `count` entries with so many bytes each."""
    parts, context = node.node.parts, node.context.id
    for _ in range(0, count, 100):
        async with parts.store.step(context) as step:
            for _ in range(100):
                await record_entry(step, parts.clock, "refusal", {"code": "x", "detail": "x" * size})
    await node.numbered()


async def test_who_takes_nothing_is_dropped_and_can_go_on(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as session, site(tmp_path / "node", session) as node:
        await grow(node, 2000, 10_000)
        streams = node.node.parts.streams
        streams.patience_s = 0.5
        host, port = node.node.sockets.management.getsockname()[:2]
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(slow, (host, port))
        asked = f"GET /api/v1/events?since=0 HTTP/1.1\r\nHost: x\r\nX-Api-Key: {node.api_key}\r\n\r\n"
        await loop.sock_sendall(slow, asked.encode())
        async with asyncio.timeout(60):
            while len(streams) != 1:
                await asyncio.sleep(0.01)
            while len(streams) != 0:  # dropped, though nobody closed the other end
                await asyncio.sleep(0.01)
        slow.close()
        streams.patience_s = 30.0
        again = await all_of(node, {"Last-Event-ID": str(PAGE)})
        assert again[0].index == PAGE + 1
        assert len(again) > 1000


async def test_a_node_that_stops_ends_its_streams(tmp_path: Path) -> None:
    config, key = configured(tmp_path / "node")
    async with aiohttp.ClientSession() as session:
        async with run_node(config) as node:
            at = node.sockets.management.getsockname()
            url = f"http://{at[0]}:{at[1]}/api/v1/events"
            response = await session.get(url, headers={"X-Api-Key": key})
            assert await response.content.readline() == b": events\n"
        async with asyncio.timeout(60):
            assert b"data" not in await response.content.read()  # its end, and no broken connection


async def test_an_idle_stream_asks_the_store_nothing(tmp_path: Path) -> None:
    statements: list[str] = []
    async with aiohttp.ClientSession() as session, site(tmp_path / "node", session) as node:
        await node.publish("air")
        await node.numbered()
        observed = node.node.parts.store
        assert isinstance(observed, ObservedStore)
        assert isinstance(observed.kept, SqliteStore)
        node.node.parts.streams.beat_s = 0.05
        async with listening(node, since="0") as heard:
            await heard.take(1)
            while heard.beats < 1:
                async for line in heard.lines():
                    if line.startswith(": beat"):
                        heard.beats += 1
                        break
            listen(observed.kept, statements.append)
            async with asyncio.timeout(60):
                async for line in heard.lines():
                    heard.beats += line.startswith(": beat")
                    if heard.beats == 5:
                        break
        assert statements == []


async def test_the_events_of_one_context_are_shown_to_no_other(tmp_path: Path) -> None:
    contexts = (ContextTable(id="first", grade=1), ContextTable(id="second", grade=1))
    async with (
        aiohttp.ClientSession() as session,
        site(tmp_path / "house", session, contexts=contexts) as house,
    ):
        made = await house.post("/contexts", {"id": "third"})
        await house.publish("air", context="first")
        await house.publish("water", context="second")
        for context in ("first", "second"):
            async with listening(house, since="0", context=context, kind="publication") as heard:
                await heard.take(1)
        for context, others in (("first", "water"), ("second", "air")):
            text = str(await all_of(house, since="0", context=context))
            assert others not in text
            assert {each.entry["context"] for each in await all_of(house, since="0", context=context)} == {
                context
            }
        key = made["api_key"]
        async with listening(house, key=key, since="0", follow="no") as heard:
            assert {each.entry["context"] async for each in heard.events()} <= {"third"}
        url = f"{house.urls['management']}/api/v1/events?context=first"
        said = await house.send("GET", url, headers={"X-Api-Key": key})
        assert said.status == 404
        metrics = await house.send("GET", f"{house.urls['management']}/metrics", headers={"X-Api-Key": key})
        assert metrics.status == 401


@pytest.mark.slow
async def test_who_listens_at_one_worker_hears_of_the_others(tmp_path: Path, server: Server) -> None:
    url = await asyncio.to_thread(server.database)
    async with pair(tmp_path, url) as workers, listening(workers.two, kind="publication") as heard:
        await workers.one.publish("air")
        (event,) = await heard.take(1)
        assert event.entry["facts"]["asset"] == "air"
        again = await all_of(workers.one, {"Last-Event-ID": str(event.index - 1)}, kind="publication")
        assert [each.index for each in again] == [event.index]


@pytest.mark.slow
async def test_a_reader_who_comes_back_after_a_restart_misses_nothing(tmp_path: Path) -> None:
    async with open_world(tmp_path) as made:
        await made.provider.publish("air")
        await made.provider.numbered()
        before = await all_of(made.provider, since="0")
        config = made.provider.node.config
        key = made.provider.api_key
    async with aiohttp.ClientSession() as session, run_node(config) as node:
        at = node.sockets.management.getsockname()
        url = f"http://{at[0]}:{at[1]}/api/v1/events?follow=no&since=0"
        async with session.get(url, headers={"X-Api-Key": key}) as response:
            again = [event async for event in Listening(response).events()]
    assert again[: len(before)] == before
