"""Connections of those who were not asked yet who they are: each is bounded, and the listener lives on."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.nodes import Limits, Site, site
from tests.peers.authority import Authority

from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.node.config import Tls
from xinfu.odrl import Permission, Policy, PolicyKind
from xinfu.services.processes import requests

START = b"GET /health HTTP/1.1\r\nHost: node\r\n"
HASTY = Limits(header_seconds=1, request_seconds=1)
QUICK = Limits(header_seconds=5, request_seconds=5)
"""For tests in which a request has to arrive in time, on a machine that is busy."""
LISTENERS = ["management", "protocol", "data"]
HANGING_S = 30
"""Bounds nothing but a test that would hang."""


@asynccontextmanager
async def node_of(folder: Path, **changes: Any) -> AsyncIterator[Site]:
    async with aiohttp.ClientSession() as session, site(folder / "bureau", session, **changes) as made:
        yield made


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Site]:
    """A running node."""
    async with node_of(tmp_path) as made:
        yield made


@pytest.fixture
async def hasty(tmp_path: Path) -> AsyncIterator[Site]:
    """A node that waits for a second."""
    async with node_of(tmp_path, limits=HASTY) as made:
        yield made


@pytest.fixture
async def quick(tmp_path: Path) -> AsyncIterator[Site]:
    """A node that waits for a few seconds."""
    async with node_of(tmp_path, limits=QUICK) as made:
        yield made


def port_of(node: Site, listener: str = "data") -> int:
    port: int = getattr(node.node.sockets, listener).getsockname()[1]
    return port


@asynccontextmanager
async def connected(
    node: Site, listener: str = "data"
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(node, listener))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def until_closed(reader: asyncio.StreamReader) -> bytes:
    """All that the node still says before it closes the connection."""
    with contextlib.suppress(ConnectionError):
        return await asyncio.wait_for(reader.read(), HANGING_S)
    return b""


async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """One whole answer to a request for /health."""
    writer.write(START + b"\r\n")
    return await asyncio.wait_for(reader.readuntil(b"}"), HANGING_S)


async def _sent(node: Site, *parts: bytes) -> tuple[int, bytes]:
    """How many of the parts went out before the node closed the connection, and what it answered."""
    sent = 0
    async with connected(node) as (reader, writer):
        try:
            for part in parts:
                writer.write(part)
                await asyncio.wait_for(writer.drain(), HANGING_S)
                sent += 1
        except ConnectionError:
            return sent, b""
        return sent, await until_closed(reader)


@pytest.mark.parametrize(
    "part",
    [b"a" * 65536, b"X-Header: a\r\n" * 5000],
    ids=["one header without an end", "headers without an end"],
)
async def test_a_head_without_an_end_is_read_no_further(node: Site, part: bytes) -> None:
    sent, answer = await _sent(node, START + b"X-First: ", *[part] * 1000)
    assert sent < 1000
    assert not answer or answer.startswith(b"HTTP/1.1 431 ")


async def test_a_large_head_is_told_so(node: Site) -> None:
    _, answer = await _sent(node, START + b"X-Large: ", b"a" * 40_000, b"a" * 40_000)
    assert answer.startswith(b"HTTP/1.1 431 ")


async def test_a_head_of_everyday_size_is_answered(node: Site) -> None:
    said = await node.send(
        "GET", f"{node.urls['data']}/health", headers={"Authorization": "Bearer " + "a" * 30_000}
    )
    assert said.status == 200


@pytest.mark.parametrize("listener", LISTENERS)
@pytest.mark.parametrize(
    "beginning",
    [b"", b"\r\n\r\n", START, START + b"Content-Length: 100\r\n\r\nhalf"],
    ids=["nothing", "empty lines", "half a head", "half a body"],
)
async def test_a_request_that_never_arrives_is_not_waited_for(
    hasty: Site, beginning: bytes, listener: str
) -> None:
    async with connected(hasty, listener) as (reader, writer):
        writer.write(beginning)
        await until_closed(reader)


@pytest.mark.parametrize("listener", LISTENERS)
@pytest.mark.parametrize(
    ("beginning", "drop"),
    [
        (START + b"X-Slow: ", b"a"),
        (START + b"Content-Length: 100000\r\n\r\n", b"a"),
        (START + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (b"", b"\r\n"),
    ],
    ids=["a head", "a body", "chunks", "empty lines"],
)
async def test_a_request_that_trickles_is_cut(
    hasty: Site, beginning: bytes, drop: bytes, listener: str
) -> None:
    async def trickle(writer: asyncio.StreamWriter) -> None:
        writer.write(beginning)
        while True:
            await asyncio.sleep(0.1)
            writer.write(drop)

    async with connected(hasty, listener) as (reader, writer):
        trickling = asyncio.create_task(trickle(writer))
        await until_closed(reader)
        trickling.cancel()


async def test_a_second_request_on_a_connection_is_waited_for_as_the_first(quick: Site) -> None:
    async with connected(quick) as (reader, writer):
        assert (await answered(reader, writer)).startswith(b"HTTP/1.1 200 ")
        writer.write(START)
        assert await until_closed(reader) == b""


async def test_empty_lines_between_requests_do_not_keep_a_connection(quick: Site) -> None:
    async with connected(quick) as (reader, writer):
        await answered(reader, writer)
        writer.write(b"\r\n\r\n")
        assert await until_closed(reader) == b""


async def test_a_slow_answer_outlasts_the_patience_for_its_request(quick: Site) -> None:
    record = await _waiting(quick)
    said = await quick.api("GET", f"/negotiations/{record.id}", wait=6)
    assert said.status == 200


@pytest.mark.parametrize("beginning", [b"", b"\x16\x03\x01\x02\x00\x01"], ids=["nothing", "half a hello"])
async def test_a_handshake_that_never_ends_is_not_waited_for(tmp_path: Path, beginning: bytes) -> None:
    authority = Authority(tmp_path)
    authority.server("localhost", "127.0.0.1")
    pair = str(tmp_path / "localhost.pem")
    tls = Tls(cert=pair, key=pair, ca_file=str(authority.ca_file))
    async with node_of(tmp_path, limits=QUICK, tls=tls) as node:
        async with connected(node, "protocol") as one, connected(node, "data") as other:
            for _, writer in (one, other):
                writer.write(beginning)
            for reader, _ in (one, other):
                await until_closed(reader)
        trusting = ssl.create_default_context(cafile=authority.ca_file)
        async with aiohttp.ClientSession() as session:
            url = f"https://127.0.0.1:{port_of(node)}/health"
            async with session.get(url, ssl=trusting) as answer:
                assert answer.status == 200


async def test_one_that_waits_longest_makes_room_for_a_new_connection(tmp_path: Path) -> None:
    async with node_of(tmp_path, limits=Limits(connections=4)) as node, contextlib.AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(connected(node)) for _ in range(4)]
        for each in opened:
            assert (await answered(*each)).startswith(b"HTTP/1.1 200 ")
        await answered(*opened[0])  # it waits since later than the second now
        newest = await stack.enter_async_context(connected(node))
        assert (await answered(*newest)).startswith(b"HTTP/1.1 200 ")
        assert await until_closed(opened[1][0]) == b""
        for each in (opened[0], *opened[2:]):
            assert (await answered(*each)).startswith(b"HTTP/1.1 200 ")


async def test_where_all_connections_are_at_work_the_next_one_is_told_so(tmp_path: Path) -> None:
    async with node_of(tmp_path, limits=Limits(connections=1)) as node:
        record = await _waiting(node)
        async with connected(node, "management") as (_, writer):
            path = f"/api/v1/negotiations/{record.id}?wait=60"
            writer.write(f"GET {path} HTTP/1.1\r\nHost: node\r\nX-Api-Key: {node.api_key}\r\n\r\n".encode())
            while not await _is_refused(node):
                await asyncio.sleep(0.02)  # the node has not read the request yet
        while await _is_refused(node):
            await asyncio.sleep(0.02)


async def _waiting(node: Site) -> ContractNegotiation:
    """A negotiation that waits for its peer, and whoever asks for its end with it."""
    return await requests.request_agreement(
        node.node.parts,
        node.context,
        peer="did:web:away.example",
        base="http://127.0.0.1:9/dsp",
        offer=Policy(
            kind=PolicyKind.OFFER, id="offer", target="air", permissions=(Permission(action="use"),)
        ),
    )


async def _is_refused(node: Site) -> bool:
    async with connected(node, "management") as (reader, writer):
        writer.write(START + b"Connection: close\r\n\r\n")
        return not (await until_closed(reader)).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "request_",
    [
        START + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\ngarbage\r\n",
        START + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        START + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        START + b"Transfer-Encoding: gzip\r\n\r\n",
        START + b"Content-Length: -1\r\n\r\n",
        START + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        START + b"Content-Length: 99999999999999999999999\r\n\r\n",
        START + b"X-Header\x00: a\r\n\r\n",
        START + b"X Header: a\r\n\r\n",
        START + b"X-Header: a\rX-Injected: b\r\n\r\n",
        START + b" folded: a\r\n\r\n",
        b"GET /health HTTP/9.9\r\nHost: node\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_a_request_that_is_none_ends_its_connection(node: Site, request_: bytes) -> None:
    _, answer = await _sent(node, request_)
    assert answer.count(b"HTTP/1.1 ") <= 2  # to what was whole before it, if anything
    assert b" 400 " in answer or b" 411 " in answer or answer == b""
    async with connected(node) as (reader, writer):
        assert (await answered(reader, writer)).startswith(b"HTTP/1.1 200 ")


async def test_requests_in_a_row_are_answered_in_order(node: Site) -> None:
    paths = [b"/health", b"/none-1", b"/health", b"/none-2", b"/health"]
    asked = b"".join(b"GET %s HTTP/1.1\r\nHost: node\r\n\r\n" % path for path in paths[:-1])
    last = b"GET %s HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n" % paths[-1]
    _, answer = await _sent(node, asked + last)
    told = [each.split(b" ", 1)[0] for each in answer.split(b"HTTP/1.1 ")[1:]]
    assert told == [b"200", b"404", b"200", b"404", b"200"]


async def test_a_heap_of_requests_in_a_row_is_cut(node: Site) -> None:
    async with connected(node) as (_, writer):
        with pytest.raises(ConnectionError):
            async with asyncio.timeout(HANGING_S):
                while True:
                    writer.write((START + b"\r\n") * 1000)
                    await writer.drain()
                    await asyncio.sleep(0)  # an empty buffer drains without a look at the connection
    async with connected(node) as (reader, writer):
        assert (await answered(reader, writer)).startswith(b"HTTP/1.1 200 ")
