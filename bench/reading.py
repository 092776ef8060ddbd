"""One file of 1 GiB, governed, beside the same file from nginx: plain, over TLS 1.3, and by 64 readers at once."""

import asyncio
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from bench.figures import Figure
from bench.governed import Governed, governed
from bench.nginx import Nginx, serving
from bench.nodes import pss_mb

SIZE: Final = 1 << 30
RUNS: Final = 5
READERS: Final = 64
PART: Final = 64 << 20
"""What each of many readers takes, from a place of its own."""

Headers = Mapping[str, str]


class Rates(msgspec.Struct, frozen=True):
    """MB/s of each run, ours and those of the peer; none of it where it is absent."""

    ours: list[float]
    theirs: list[float]


async def measure() -> list[Figure]:
    """Medians of five interleaved runs, and how much our memory grew over them."""
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
    return [
        _figure("file.1g.plain", one, 0.9),
        _figure("file.1g.tls13", over_tls, 0.8),
        _figure("file.1g.64-readers", many, 0.8),
        Figure(name="file.memory-grown", value=grown, unit="MB", budget=100),
    ]


def _figure(name: str, rates: Rates, ratio: float) -> Figure:
    """The budget is the peer's rate in the same run times `ratio`."""
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
    """MB/s of these curls, side by side, which have to take `size` bytes together."""
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
