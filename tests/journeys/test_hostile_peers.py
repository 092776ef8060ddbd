"""A peer that answers a protocol message with garbage, with far too much, or never.

The process says so, nothing grows, and everything else goes on.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.nodes import Site, site
from tests.peers.wire import Talk, Wire, answering

from xinfu.odrl import Permission, Policy, PolicyKind
from xinfu.services.processes import requests

TEN_GIGABYTES = 10 * 1024**3
MIB = 1024 * 1024


@pytest.fixture
async def consumer(tmp_path: Path) -> AsyncIterator[Site]:
    """A node that asks."""
    async with aiohttp.ClientSession() as session, site(tmp_path / "bureau", session) as made:
        yield made


class Endless:
    """Sends without an end for as long as somebody takes it."""

    def __init__(self, head: bytes, piece: bytes) -> None:
        self._head = head
        self._piece = piece
        self.sent = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self._head)
        while not writer.is_closing():
            writer.write(self._piece)
            await writer.drain()
            self.sent += len(self._piece)


async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes what comes, and is silent until the other side has gone."""
    with suppress(ConnectionError):
        await reader.read()


async def asked(consumer: Site, peer: Wire) -> Any:
    """A negotiation with the peer, as it explains itself once its first message has failed."""
    record = await requests.request_agreement(
        consumer.node.parts,
        consumer.context,
        peer="did:web:hostile.example",
        base=f"{peer.url()}dsp",
        offer=Policy(
            kind=PolicyKind.OFFER, id="offer", target="air", permissions=(Permission(action="use"),)
        ),
    )
    async with asyncio.timeout(100):
        while True:
            shown = await consumer.get(f"/negotiations/{record.id}")
            waiting = shown["waiting"]
            if waiting is not None and waiting["last_error"]:
                return shown
            await asyncio.sleep(0.05)


def explains_itself(shown: Any) -> None:
    """What failed, in both languages, and when it is tried again."""
    waiting = shown["waiting"]
    assert waiting["whom"] == "us"
    assert waiting["failure"]["code"] == waiting["last_error"]
    assert waiting["failure"]["detail"]
    assert waiting["failure"]["detail_zh"]
    assert waiting["next_try"]


@pytest.mark.parametrize(
    "talk",
    [
        answering(b"\x00\xff\xfe no HTTP at all\r\n\r\n"),
        answering(b"HTTP/1.1 500 Oops\r\nContent-Length: 9\r\n\r\n<garbage>"),
        answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"),
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
        answering(b""),
        never,
    ],
    ids=["no HTTP", "a failure without words", "broken chunks", "half a body", "nothing", "never"],
)
async def test_a_message_that_is_answered_with_garbage_or_never_is_explained(
    consumer: Site, talk: Talk
) -> None:
    async with Wire(talk).open() as peer:
        explains_itself(await asked(consumer, peer))
        assert (await consumer.api("GET", "/negotiations")).status == 200


@pytest.mark.parametrize(
    "talk",
    [
        Endless(f"HTTP/1.1 200 OK\r\nContent-Length: {TEN_GIGABYTES}\r\n\r\n".encode(), b" " * MIB),
        Endless(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"100000\r\n" + b" " * MIB + b"\r\n"
        ),
        Endless(b"HTTP/1.1 200 OK\r\nX-Header: ", b"a" * MIB),
    ],
    ids=["ten gigabytes announced", "chunks without an end", "a header without an end"],
)
async def test_an_answer_of_ten_gigabytes_is_read_no_further_than_a_message_may_be(
    consumer: Site, talk: Endless
) -> None:
    before = _resident()
    async with Wire(talk).open() as peer:
        explains_itself(await asked(consumer, peer))
    assert talk.sent < 64 * MIB  # what two kernels buffer, each time it was tried
    assert _resident() - before < 64 * MIB


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
