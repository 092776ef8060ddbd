"""Connections of those who were not asked yet who they are."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from tests.nodes import Site, site

from xinfu.node.run import Connection
from xinfu.odrl import Permission, Policy, PolicyKind
from xinfu.services import negotiation

START = b"GET /health HTTP/1.1\r\nHost: node\r\n"


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Site]:
    """A running node."""
    async with aiohttp.ClientSession() as session, site(tmp_path / "bureau", session) as made:
        yield made


async def _sent(node: Site, *parts: bytes) -> tuple[int, bytes]:
    """How many of the parts went out before the node closed the connection, and what it answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", node.node.sockets.data.getsockname()[1])
    sent = 0
    try:
        for part in parts:
            writer.write(part)
            await asyncio.wait_for(writer.drain(), 5)
            sent += 1
        return sent, await asyncio.wait_for(reader.read(), 5)
    except ConnectionError:
        return sent, b""
    finally:
        writer.close()


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


@pytest.mark.parametrize(
    "beginning",
    [b"", START, START + b"Content-Length: 100\r\n\r\nhalf"],
    ids=["nothing", "half a head", "half a body"],
)
async def test_a_request_that_never_arrives_is_waited_for_no_longer_than_patience_lasts(
    node: Site, monkeypatch: pytest.MonkeyPatch, beginning: bytes
) -> None:
    monkeypatch.setattr(Connection, "patience_s", 0.3)
    began = time.monotonic()
    await _sent(node, beginning)
    assert time.monotonic() - began < 3


async def test_a_second_request_on_a_connection_is_waited_for_as_the_first(
    node: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "patience_s", 0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", node.node.sockets.data.getsockname()[1])
    writer.write(START + b"\r\n")
    assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200 ")
    writer.write(START)
    assert await asyncio.wait_for(reader.read(), 3) == b""
    writer.close()


async def test_a_slow_answer_outlasts_the_patience_for_its_request(
    node: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "patience_s", 0.3)
    record = await negotiation.request(
        node.node.parts,
        node.context,
        peer="did:web:away.example",
        base="http://127.0.0.1:9/dsp",
        offer=Policy(
            kind=PolicyKind.OFFER, id="offer", target="air", permissions=(Permission(action="use"),)
        ),
    )
    said = await node.api("GET", f"/negotiations/{record.id}", wait=1)
    assert said.status == 200
