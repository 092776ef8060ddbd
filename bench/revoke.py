"""Revoke an agreement while very many streams run: the time to the last byte, and the effect on other streams.

Two crowds: a thousand streams of one agreement that is revoked, with fifty of another agreement; and a thousand
agreements with a stream each, of which one is revoked. Each reader takes a little, again and again, from a connection
that could give it far more, so that all of them are under way and none is near its end. The moment that counts is when
a reader has its last byte: after the answer to the call it reads everything at once, so that bytes which the system
still held for it are counted too. For the other streams, the two seconds after the call are compared with the two
before it: how much they get, and the longest wait for a next byte.
"""

import asyncio
import socket
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import msgspec

from bench.figures import Figure
from bench.governed import WIRE_ID, Address, Governed, governed
from bench.nodes import cpu_s
from xinfu.node.listener import allow_many_files

STREAMS = 1000
OTHERS = 50
SIZE = 256 * 1024 * 1024
PIECE = 16 * 1024
"""Bytes that a reader takes at once, twice a second."""
PAUSE_S = 0.5
RECEIVE_BUFFER = 32 * 1024
AT_ONCE = 50
"""Connections that are opened together."""
WINDOW_S = 2.0
PATIENCE_S = 60.0


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """The readers: the number of streams under the agreement that is revoked, and under each of the others."""

    name: str
    doomed: int
    others: tuple[int, ...]


CROWDS = (
    Crowd(name=f"revoke.{STREAMS}-of-one", doomed=STREAMS, others=(OTHERS,)),
    Crowd(name=f"revoke.one-of-{STREAMS}", doomed=1, others=(1,) * (STREAMS - 1)),
)


async def measure(crowds: Sequence[Crowd] = CROWDS) -> list[Figure]:
    """Measure the time from the call to the last byte of any stream, and the effect on the other streams."""
    allow_many_files()
    figures: list[Figure] = []
    for crowd in crowds:
        with tempfile.TemporaryDirectory(prefix="xinfu-bench-") as folder:
            file = Path(folder) / "large.bin"
            with file.open("wb") as made:
                made.truncate(SIZE)
            async with governed(file, readers=crowd.doomed, others=crowd.others) as given:
                figures += await _measured(given, crowd)
    return figures


async def _measured(given: Governed, crowd: Crowd) -> list[Figure]:
    readers = await _reading(given.addresses)
    doomed, spared = readers[: crowd.doomed], readers[crowd.doomed :]
    await asyncio.sleep(1)
    loop = asyncio.get_running_loop()
    before = await _fare(spared)
    async with aiohttp.ClientSession(headers=given.node.headers) as session:
        end = await _end_of(given, session)
        faring = asyncio.create_task(_fare(spared))
        began, used_s = loop.time(), cpu_s(given.node.pid)
        await _revoke(session, end)
        answered = loop.time()
    had = [each.taken for each in doomed]
    for each in doomed:
        each.hurry()
    after = await faring
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*(each.ended.wait() for each in doomed))
    used_s = cpu_s(given.node.pid) - used_s
    lasts = sorted(max(0.0, each.last_s - began) for each in doomed)
    left = [each.taken - earlier for each, earlier in zip(doomed, had, strict=True)]
    cut = sum(each.ended.is_set() for each in spared)
    whole = sum(each.taken >= SIZE for each in doomed)
    for each in readers:
        each.close()
    name = crowd.name
    return [
        Figure(name=f"{name}.last-byte.p100", value=lasts[-1], unit="s", budget=1.0),
        Figure(name=f"{name}.last-byte.p50", value=statistics.median(lasts), unit="s"),
        Figure(name=f"{name}.answered", value=answered - began, unit="s"),
        Figure(name=f"{name}.processor", value=used_s, unit="s of the node"),
        Figure(name=f"{name}.found-after.p100", value=max(left) / 1024, unit="KiB a stream"),
        Figure(name=f"{name}.went-on-to-the-end", value=whole, unit="streams", budget=0),
        Figure(name=f"{name}.others-cut", value=cut, unit="streams", budget=0),
        Figure(
            name=f"{name}.others-kept",
            value=after.taken / before.taken if before.taken else 0.0,
            unit="of the time before",
            budget=0.9,
            at_most=False,
        ),
        Figure(name=f"{name}.others-gap.before", value=before.gap_s, unit="s"),
        Figure(name=f"{name}.others-gap.after", value=after.gap_s, unit="s", budget=1.0),
    ]


async def _end_of(given: Governed, session: aiohttp.ClientSession) -> str:
    """The address that ends the agreement."""
    async with session.get(f"{given.node.api}/agreements", params={"wire_id": WIRE_ID}) as answer:
        id_ = (await answer.json())["items"][0]["id"]
    return f"{given.node.api}/agreements/{id_}/terminate"


async def _revoke(session: aiohttp.ClientSession, end: str) -> None:
    async with session.post(end, json={"clause": "7.1"}) as answer:
        if answer.status != 200:
            raise RuntimeError(await answer.text())


class _Reader(asyncio.Protocol):
    """A reader that takes a little of its stream at a time."""

    def __init__(self, address: Address) -> None:
        target = urlsplit(address.url)
        self._request = (
            f"GET {target.path} HTTP/1.1\r\nHost: {target.netloc}\r\nAuthorization: Bearer {address.token}\r\n\r\n"
        ).encode()
        self._transport: asyncio.Transport | None = None
        self._hurries = False
        self._piece = 0
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()
        self.taken = 0
        self.last_s = 0.0
        self.gap_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        if not self.begun.is_set() and not data.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(data.decode("latin-1"))
        self.begun.set()
        loop = asyncio.get_running_loop()
        self.taken += len(data)
        self._piece += len(data)
        now = loop.time()
        self.gap_s, self.last_s = max(self.gap_s, now - self.last_s), now
        if self._piece >= PIECE and not self._hurries:
            self._transport.pause_reading()
            loop.call_later(PAUSE_S, self._go_on)

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()

    def hurry(self) -> None:
        """Read all that has arrived at once, without the event loop, then everything that comes later."""
        self._hurries = True
        try:
            while data := self.sock.recv(1 << 20):
                self.taken += len(data)
                self.last_s = asyncio.get_running_loop().time()
        except BlockingIOError:
            self._go_on()
        except OSError:
            self.ended.set()

    def close(self) -> None:
        assert self._transport is not None
        self._transport.abort()

    def _go_on(self) -> None:
        self._piece = 0
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()


async def _reading(addresses: Sequence[Address]) -> list[_Reader]:
    """Start a reader for each address, and wait until all have begun."""
    readers = [_Reader(each) for each in addresses]
    for at in range(0, len(readers), AT_ONCE):
        some = list(zip(readers[at : at + AT_ONCE], addresses[at : at + AT_ONCE], strict=True))
        await asyncio.gather(*(_open(reader, address) for reader, address in some))
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*(reader.begun.wait() for reader, _ in some))
    return readers


async def _open(reader: _Reader, address: Address) -> None:
    target = urlsplit(address.url)
    sock = reader.sock
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, ("127.0.0.1", target.port or 0))
    await loop.create_connection(lambda: reader, sock=sock)


class Fare(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes that readers got in a period, and the longest wait for a next byte."""

    taken: int
    gap_s: float


async def _fare(readers: Sequence[_Reader]) -> Fare:
    before = sum(each.taken for each in readers)
    for each in readers:
        each.gap_s = 0.0
    await asyncio.sleep(WINDOW_S)
    now = asyncio.get_running_loop().time()
    return Fare(
        taken=sum(each.taken for each in readers) - before,
        gap_s=max(max(each.gap_s, now - each.last_s) for each in readers),
    )
