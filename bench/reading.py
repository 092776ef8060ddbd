"""Governed reads of a 1 GiB file compared with nginx: plain, over TLS 1.3, and by 64 readers at once.

And the stop: how long after the call that ends the agreement the last byte comes to any of the 64.
"""

import asyncio
import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import aiohttp
import msgspec

from bench.figures import Figure
from bench.governed import Address, Governed, governed
from bench.nginx import Nginx, serving
from bench.nodes import pss_mb

SIZE: Final = 1 << 30
RUNS: Final = 5
READERS: Final = 64
STREAMING_S: Final = 3
"""How long all of them read before the agreement ends."""
PART: Final = 64 << 20
"""What each of many readers takes, from a place of its own."""

Headers = Mapping[str, str]


class Rates(msgspec.Struct, frozen=True):
    """The MB/s of each run, ours and the peer's; without the peer its list is empty."""

    ours: list[float]
    theirs: list[float]


async def measure() -> list[Figure]:
    """Measure medians of five interleaved runs, and how much our memory grew over them."""
    if shutil.which("curl") is None:
        raise RuntimeError("this bench reads with curl")
    with tempfile.TemporaryDirectory(prefix="xinfu-bench-") as name:
        folder = Path(name)
        file = folder / "big.bin"
        _fill(file)
        cert, key = _certificate(folder)
        async with (
            governed(file, readers=READERS) as plain,
            governed(file, readers=1, tls=(cert, key)) as tls,
            serving(folder, cert=cert, key=key) as nginx,
        ):
            before = pss_mb(plain.node.pid)
            one = await _interleaved(_one(plain), _theirs(nginx, file.name, many=False))
            many = await _interleaved(_many(plain), _theirs(nginx, file.name, many=True))
            over_tls = await _interleaved(_one(tls), _theirs(nginx, file.name, many=False, tls=True))
            grown = max(0.0, pss_mb(plain.node.pid) - before)
            stop_ms = await _stopped(plain)
    return [
        _figure("file.1g.plain", one, 0.9),
        _figure("file.1g.tls13", over_tls, 0.8),
        _figure("file.1g.64-readers", many, 0.8),
        Figure(name="file.memory-grown", value=grown, unit="MB", budget=100),
        Figure(name="file.stop", value=stop_ms, unit="ms", budget=1000),
    ]


def _figure(name: str, rates: Rates, ratio: float) -> Figure:
    """A figure whose budget is the peer's rate in the same run times `ratio`."""
    peer = statistics.median(rates.theirs) if rates.theirs else None
    return Figure(
        name=name,
        value=statistics.median(rates.ours),
        unit="MB/s",
        peer=f"nginx, budget {ratio} of it",
        peer_value=peer,
        budget=None if peer is None else round(ratio * peer, 1),
        at_most=False,
    )


Run = Callable[[], Awaitable[float]]


async def _interleaved(ours: Run, theirs: Run | None) -> Rates:
    rates = Rates([], [])
    await ours()
    for _ in range(RUNS):
        rates.ours.append(await ours())
        if theirs is not None:
            rates.theirs.append(await theirs())
    return rates


async def _stopped(given: Governed) -> float:
    """The milliseconds from the call that ends the agreement to the last byte of 64 readers in mid-file."""
    readers = [asyncio.create_task(_last_byte(each)) for each in given.addresses]
    await asyncio.sleep(STREAMING_S)
    url, headers = f"{given.node.api}/agreements", given.node.headers
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.get(url) as found:
            agreement = (await found.json())["items"][0]["id"]
        began = time.perf_counter()
        async with session.post(f"{url}/{quote(agreement, safe='')}/terminate") as told:
            told.raise_for_status()
    return max(0.0, max(await asyncio.gather(*readers)) - began) * 1000


async def _last_byte(address: Address) -> float:
    """When the last byte came of an answer that must be cut. Little of it is in this process's buffers."""
    place = urlsplit(address.url)
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 17)
        reader.setblocking(False)
        loop, buffer, got, last = asyncio.get_running_loop(), bytearray(1 << 17), 0, 0.0
        await loop.sock_connect(reader, (place.hostname, place.port))
        asked = f"GET {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer {address.token}\r\n\r\n"
        await loop.sock_sendall(reader, asked.encode())
        with contextlib.suppress(ConnectionError):
            while size := await loop.sock_recv_into(reader, buffer):
                got, last = got + size, time.perf_counter()
    if not 0 < got < SIZE:
        raise RuntimeError(f"{got} bytes came before the agreement ended")
    return last


def _one(given: Governed) -> Run:
    address = given.addresses[0]

    async def run() -> float:
        return await _timed([_curl(address.url, address.headers)], SIZE)

    return run


def _many(given: Governed) -> Run:
    async def run() -> float:
        return await _timed(
            [_curl(each.url, each.headers | _part(number)) for number, each in enumerate(given.addresses)],
            READERS * PART,
        )

    return run


def _theirs(nginx: Nginx | None, name: str, *, many: bool, tls: bool = False) -> Run | None:
    if nginx is None:
        return None
    url = f"{nginx.tls if tls else nginx.plain}/{name}"

    async def run() -> float:
        if not many:
            return await _timed([_curl(url, {})], SIZE)
        return await _timed([_curl(url, _part(number)) for number in range(READERS)], READERS * PART)

    return run


def _part(number: int) -> dict[str, str]:
    start = number * (SIZE - PART) // (READERS - 1)
    return {"Range": f"bytes={start}-{start + PART - 1}"}


async def _timed(commands: list[list[str]], size: int) -> float:
    """The MB/s of these curls running side by side, which must read `size` bytes together."""
    began = time.perf_counter()
    running = [
        await asyncio.create_subprocess_exec(*each, stdout=asyncio.subprocess.PIPE) for each in commands
    ]
    told = await asyncio.gather(*(each.communicate() for each in running))
    took = time.perf_counter() - began
    got = sum(int(out) for out, _ in told)
    if got != size:
        raise RuntimeError(f"{got} bytes came, not {size}")
    return got / took / 1e6


def _curl(url: str, headers: Headers) -> list[str]:
    given = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    return ["curl", "-s", "-k", "-f", "-o", "/dev/null", "-w", "%{size_download}", *given, url]


def _fill(file: Path) -> None:
    piece = os.urandom(1 << 20)
    with file.open("wb") as stream:
        for number in range(SIZE >> 20):
            stream.write(number.to_bytes(8) + piece[8:])


def _certificate(folder: Path) -> tuple[Path, Path]:
    cert, key = folder / "cert.pem", folder / "key.pem"
    kind = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    out = ["-keyout", str(key), "-out", str(cert)]
    subprocess.run(["openssl", "req", "-x509", *kind, *out], check=True, capture_output=True)
    return cert, key
