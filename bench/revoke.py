"""Revoke one agreement while very many streams run: how long until the last byte of the last stream, and who else notices.

Each reader takes a little, again and again, from a connection that could give it far more, so that all of them are
under way and none is near its end. What the kernel holds by the time of the call is taken at once from then on: the
moment that counts is when a reader has the last byte that will ever come. The streams of another agreement go on
beside them, and what they get in the second after the call is held against the second before.
"""

import asyncio
import socket
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from bench.figures import Figure
from bench.governed import WIRE_ID, Address, Governed, governed
from xinfu.node.listener import allow_many_files

STREAMS = 1000
OTHERS = 50
SIZE = 256 * 1024 * 1024
PIECE = 16 * 1024
"""Bytes that a reader takes at once, four times a second."""
PAUSE_S = 0.25
RECEIVE_BUFFER = 32 * 1024
AT_ONCE = 50
"""Connections that are opened together."""
PATIENCE_S = 60.0


async def measure(streams: int = STREAMS, others: int = OTHERS) -> list[Figure]:
    """From the call to the last byte over all streams, and what became of the others."""
    allow_many_files()
    with tempfile.TemporaryDirectory(prefix="xinfu-bench-") as folder:
        file = Path(folder) / "large.bin"
        with file.open("wb") as made:
            made.truncate(SIZE)
        async with governed(file, readers=streams, others=others) as given:
            return await _measured(given, streams)


async def _measured(given: Governed, streams: int) -> list[Figure]:
    doomed = await _reading(given.addresses[:streams])
    spared = await _reading(given.addresses[streams:])
    await asyncio.sleep(2)
    loop = asyncio.get_running_loop()
    before = await _taken(spared, 1.0)
    began = loop.time()
    answered = await _revoke(given)
    for each in doomed:
        each.hurry()
    after = await _taken(spared, 1.0)
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*(each.ended.wait() for each in doomed))
    lasts = sorted(max(0.0, each.last_s - began) for each in doomed)
    cut = sum(each.ended.is_set() for each in spared)
    whole = sum(each.taken >= SIZE for each in doomed)
    for each in (*doomed, *spared):
        each.close()
    return [
        Figure(name=f"revoke.{streams}.last-byte.p100", value=lasts[-1], unit="s", budget=1.0),
        Figure(name=f"revoke.{streams}.last-byte.p50", value=statistics.median(lasts), unit="s"),
        Figure(name=f"revoke.{streams}.answered", value=answered - began, unit="s"),
        Figure(name=f"revoke.{streams}.went-on-to-the-end", value=whole, unit="streams", budget=0),
        Figure(name=f"revoke.{streams}.others-cut", value=cut, unit="streams", budget=0),
        Figure(
            name=f"revoke.{streams}.others-kept",
            value=after / before if before else 0.0,
            unit="of the second before",
            budget=0.5,
            at_most=False,
        ),
    ]


async def _revoke(given: Governed) -> float:
    """End the agreement; gives when it was answered."""
    node = given.node
    async with aiohttp.ClientSession(headers=node.headers) as session:
        async with session.get(f"{node.api}/agreements", params={"wire_id": WIRE_ID}) as answer:
            id_ = (await answer.json())["items"][0]["id"]
        async with session.post(f"{node.api}/agreements/{id_}/terminate", json={"clause": "7.1"}) as answer:
            if answer.status != 200:
                raise RuntimeError(await answer.text())
    return asyncio.get_running_loop().time()


class _Reader(asyncio.Protocol):
    """One stream, taken a little at a time."""

    def __init__(self, address: Address) -> None:
        target = urlsplit(address.url)
        self._request = (
            f"GET {target.path} HTTP/1.1\r\nHost: {target.netloc}\r\nAuthorization: Bearer {address.token}\r\n\r\n"
        ).encode()
        self._transport: asyncio.Transport | None = None
        self._hurries = False
        self._piece = 0
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()
        self.taken = 0
        self.last_s = 0.0

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
        self.last_s = loop.time()
        if self._piece >= PIECE and not self._hurries:
            self._transport.pause_reading()
            loop.call_later(PAUSE_S, self._go_on)

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()

    def hurry(self) -> None:
        """Take all that comes from now on."""
        self._hurries = True
        self._go_on()

    def close(self) -> None:
        assert self._transport is not None
        self._transport.abort()

    def _go_on(self) -> None:
        self._piece = 0
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()


async def _reading(addresses: Sequence[Address]) -> list[_Reader]:
    """Readers that have all begun."""
    readers = [_Reader(each) for each in addresses]
    for at in range(0, len(readers), AT_ONCE):
        some = list(zip(readers[at : at + AT_ONCE], addresses[at : at + AT_ONCE], strict=True))
        await asyncio.gather(*(_open(reader, address) for reader, address in some))
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*(reader.begun.wait() for reader, _ in some))
    return readers


async def _open(reader: _Reader, address: Address) -> None:
    target = urlsplit(address.url)
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, ("127.0.0.1", target.port or 0))
    await loop.create_connection(lambda: reader, sock=sock)


async def _taken(readers: Sequence[_Reader], seconds: float) -> int:
    """Bytes that these readers get in so many seconds."""
    before = sum(each.taken for each in readers)
    await asyncio.sleep(seconds)
    return sum(each.taken for each in readers) - before
