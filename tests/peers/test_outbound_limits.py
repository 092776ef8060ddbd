"""O4: slow, endless, inflating and broken answers are bounded, and one such peer does not hold up another."""

import asyncio
import gzip
import itertools
import resource
import time
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from tests.peers.wire import OK, Names, Talk, Wire, answering, silent

from xinfu.errors import PeerError
from xinfu.peers.names import LookUp
from xinfu.peers.outbound import HttpOutbound
from xinfu.peers.rules import OutboundRules
from xinfu.ports.outbound import MIB, Purpose

QUICK = OutboundRules(development=True, connect_s=0.3, first_byte_s=0.3)
ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"


@asynccontextmanager
async def calling(
    rules: OutboundRules = QUICK, *, look_up: LookUp | None = None
) -> AsyncIterator[HttpOutbound]:
    outbound = HttpOutbound(rules, look_up=look_up)
    try:
        yield outbound
    finally:
        await outbound.close()


def compressed(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def pouring(head: bytes, piece: bytes) -> Talk:
    """Talk that sends `head`, and then `piece` again and again until the client hangs up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()

    return talk


async def trickling(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Talk that sends a header byte now and then, for ever."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X: y\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("talk", [silent, trickling])
@pytest.mark.parametrize("timeout_s", [30.0, 0.1])
async def test_a_peer_without_a_head_is_given_up_within_the_first_byte_limit(
    talk: Talk, timeout_s: float
) -> None:
    async with Wire(talk).open() as wire, calling() as outbound:
        started = time.monotonic()
        with pytest.raises(PeerError, match=r"peer\.timeout"):
            await outbound.request("GET", wire.url(), purpose=Purpose.PEER, timeout_s=timeout_s)
        assert time.monotonic() - started < 20  # of 30 that the caller would give
        with pytest.raises(PeerError, match=r"peer\.timeout"):
            async with outbound.stream("GET", wire.url(), purpose=Purpose.DATA):
                pass


async def test_a_body_that_trickles_is_given_up_at_the_total_limit() -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(ENDLESS)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with Wire(slow).open() as wire, calling() as outbound:
        with pytest.raises(PeerError, match=r"peer\.timeout"):
            await outbound.request("GET", wire.url(), purpose=Purpose.PEER, limit_bytes=10**11, timeout_s=0.4)


async def test_a_look_up_that_hangs_is_given_up() -> None:
    async def never(name: str) -> list[str]:
        await asyncio.Event().wait()
        return []

    async with calling(look_up=never) as outbound:
        with pytest.raises(PeerError, match=r"peer\.timeout"):
            await outbound.request("GET", "https://peer.test/", purpose=Purpose.DID)


async def test_a_name_that_nobody_knows_is_unreachable() -> None:
    async with calling(look_up=Names()) as outbound:
        with pytest.raises(PeerError, match=r"peer\.unreachable"):
            await outbound.request("GET", "https://peer.test/", purpose=Purpose.DID)


async def test_ten_gigabytes_announced_are_refused_at_the_head() -> None:
    async with Wire(answering(ENDLESS)).open() as wire, calling() as outbound:
        with pytest.raises(PeerError, match=r"peer\.too-large"):
            await outbound.request("GET", wire.url(), purpose=Purpose.PEER)


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"],
    ids=["until close", "chunked"],
)
async def test_an_endless_body_is_cut_at_the_limit(head: bytes) -> None:
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n" if b"chunked" in head else b"x" * 65536
    async with Wire(pouring(head, piece)).open() as wire, calling() as outbound:
        with pytest.raises(PeerError, match=r"peer\.too-large"):
            await outbound.request("GET", wire.url(), purpose=Purpose.PEER, limit_bytes=3 * MIB)


async def test_an_endless_head_is_refused() -> None:
    talk = pouring(b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"y" * 4000 + b"\r\n")
    async with Wire(talk).open() as wire, calling() as outbound:
        with pytest.raises(PeerError, match=r"peer\.(malformed|timeout)"):
            await outbound.request("GET", wire.url(), purpose=Purpose.PEER)


async def test_a_small_answer_that_inflates_to_a_gigabyte_is_cut_at_the_limit() -> None:
    bomb = gzip.compress(bytes(64 * MIB), 9) * 16
    assert len(bomb) < 2 * MIB
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with Wire(answering(compressed(bomb))).open() as wire, calling() as outbound:
        with pytest.raises(PeerError, match=r"peer\.too-large"):
            await outbound.request("GET", wire.url(), purpose=Purpose.PEER, limit_bytes=4 * MIB)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # KiB


async def test_inflating_hands_over_pieces_of_the_size_that_was_asked_for() -> None:
    body = gzip.compress(bytes(8 * MIB)) + gzip.compress(b"second member")
    async with (
        Wire(answering(compressed(body))).open() as wire,
        calling() as outbound,
        outbound.stream("GET", wire.url(), purpose=Purpose.DATA) as streamed,
    ):
        sizes = [len(piece) async for piece in streamed.chunks(100_000)]
    assert max(sizes) <= 100_000
    assert sum(sizes) == 8 * MIB + len(b"second member")


@pytest.mark.parametrize(
    "raw",
    [
        compressed(gzip.compress(b"x" * 1000)[:-8]),
        compressed(gzip.compress(b"x" * 1000)[:20]),
        compressed(b"no gzip at all"),
        compressed(zlib.compress(b"x")),
        compressed(b"x").replace(b"gzip", b"br"),
        compressed(b"x").replace(b"gzip", b"gzip, gzip"),
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-A\x00: b\r\n\r\n",
    ],
)
async def test_an_answer_that_cannot_be_read_says_so(raw: bytes) -> None:
    async with Wire(answering(raw)).open() as wire, calling() as outbound:
        with pytest.raises(PeerError, match=r"peer\.malformed"):
            await outbound.request("GET", wire.url(), purpose=Purpose.PEER)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    ],
)
async def test_an_answer_that_breaks_off_is_no_answer(raw: bytes) -> None:
    async with Wire(answering(raw)).open() as wire, calling() as outbound:
        with pytest.raises(PeerError, match=r"peer\.(unreachable|malformed)"):
            await outbound.request("GET", wire.url(), purpose=Purpose.PEER)


async def test_a_stream_is_read_no_faster_than_it_is_taken() -> None:
    sent = 0

    async def counting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(ENDLESS)
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()
            sent += 65536

    async with (
        Wire(counting).open() as wire,
        calling() as outbound,
        outbound.stream("GET", wire.url(), purpose=Purpose.DATA) as streamed,
    ):
        async for _ in streamed.chunks():
            break
        level = await settled(lambda: sent)
    assert level < 32 * MIB


async def settled(read: Callable[[], int]) -> int:
    """The value of `read` once it has stopped changing."""
    before = -1
    while before != (now := read()):
        before = now
        await asyncio.sleep(0.1)
    return before


async def test_leaving_a_stream_early_hangs_up() -> None:
    hung_up = asyncio.Event()

    async def until_hung_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await pouring(ENDLESS, b"x" * 65536)(reader, writer)
        finally:
            hung_up.set()

    async with Wire(until_hung_up).open() as wire, calling() as outbound:
        async with outbound.stream("GET", wire.url(), purpose=Purpose.DATA) as streamed:
            async for _ in streamed.chunks():
                break
        await asyncio.wait_for(hung_up.wait(), 5)


async def test_a_peer_is_called_at_most_as_often_at_once_as_the_rules_say() -> None:
    now, most = 0, 0

    async def counting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.02)
        now -= 1
        writer.write(OK)
        await writer.drain()

    rules = OutboundRules(development=True, per_peer=3)
    async with Wire(counting).open() as wire, calling(rules) as outbound:
        calls = (outbound.request("GET", wire.url(), purpose=Purpose.PEER) for _ in range(12))
        answers = await asyncio.gather(*calls)
    assert [answer.status for answer in answers] == [200] * 12
    assert most == 3


async def test_a_tarpit_does_not_slow_the_calls_of_others() -> None:
    rules = OutboundRules(development=True)
    async with Wire(silent).open() as tarpit, Wire().open() as quick, calling(rules) as outbound:
        alone = await p99(outbound, quick.url())
        stuck = [
            asyncio.ensure_future(outbound.request("POST", tarpit.url(), purpose=Purpose.PEER, body=b"{}"))
            for _ in range(64)
        ]
        while tarpit.connections < rules.per_peer:
            await asyncio.sleep(0.01)
        beside = await p99(outbound, quick.url())
        assert tarpit.connections == rules.per_peer
        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)
    assert beside < max(2 * alone, 0.1)


async def p99(outbound: HttpOutbound, url: str) -> float:
    took = []
    for _ in itertools.repeat(None, 100):
        started = time.perf_counter()
        await outbound.request("GET", url, purpose=Purpose.PEER)
        took.append(time.perf_counter() - started)
    return sorted(took)[98]
