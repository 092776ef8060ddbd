"""Governed reads of a small file by a few keep-alive connections: each enforced, counted and recorded in evidence."""

import asyncio
import os
import statistics
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from bench.figures import Figure
from bench.governed import Address, governed
from bench.nodes import pss_mb

CONNECTIONS = 8
SIZE = 1024
SECONDS = 5.0
ROUNDS = 3
COUNTED = {"leftOperand": "count", "operator": "lteq", "rightOperand": "1000000000"}


async def measure() -> list[Figure]:
    """Measure the reads a second under an open policy, and under a policy that counts each use."""
    figures = []
    with tempfile.TemporaryDirectory(prefix="xinfu-bench-") as folder:
        file = Path(folder) / "small.bin"
        file.write_bytes(os.urandom(SIZE))
        for name, constraint in (("open", None), ("counted", COUNTED)):
            async with governed(file, readers=CONNECTIONS, constraint=constraint) as given:
                await _rate(given.addresses, 1.0)
                rates = [await _rate(given.addresses, SECONDS) for _ in range(ROUNDS)]
                pss = pss_mb(given.node.pid)
            figures.append(
                Figure(
                    name=f"reads.1k.{name}",
                    value=statistics.median(rates),
                    unit="reads/s",
                    budget=3000,
                    at_most=False,
                )
            )
            figures.append(Figure(name=f"reads.1k.{name}.pss", value=pss, unit="MB"))
    return figures


class _Reader(asyncio.Protocol):
    """A connection that sends the next request as soon as an answer is whole."""

    def __init__(self, address: Address) -> None:
        target = urlsplit(address.url)
        self._request = (
            f"GET {target.path} HTTP/1.1\r\nHost: {target.netloc}\r\nAuthorization: Bearer {address.token}\r\n\r\n"
        ).encode()
        self._answer = b""
        self._transport: asyncio.Transport | None = None
        self.done = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end or len(body) < SIZE:
            return
        if not head.startswith(b"HTTP/1.1 200 ") or len(body) > SIZE:
            raise RuntimeError(self._answer.decode("latin-1"))
        self._answer = b""
        self.done += 1
        self._transport.write(self._request)

    def close(self) -> None:
        assert self._transport is not None
        self._transport.abort()


def _itself(reader: _Reader) -> _Reader:
    return reader


async def _rate(addresses: Sequence[Address], seconds: float) -> float:
    loop = asyncio.get_running_loop()
    readers: list[_Reader] = []
    for address in addresses:
        target = urlsplit(address.url)
        readers.append(_Reader(address))
        await loop.create_connection(partial(_itself, readers[-1]), target.hostname or "", target.port or 0)
    began, before = loop.time(), sum(each.done for each in readers)
    await asyncio.sleep(seconds)
    rate = (sum(each.done for each in readers) - before) / (loop.time() - began)
    for each in readers:
        each.close()
    return rate
