"""A provider and a consumer to measure: on SQLite, over TLS, or as several workers on PostgreSQL."""

import asyncio
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

import aiohttp
import asyncpg
import msgspec
from tests.stores import postgres_server

from bench.crowd import Count
from bench.nginx import balancing
from bench.nodes import Started, node, prepare

FINALIZED = "SELECT count(*) FROM negotiations WHERE state = 'FINALIZED'"
NAMES = ("provider", "consumer")


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """The two sides with their workers, and the function that counts in their stores."""

    providers: list[Started]
    consumers: list[Started]
    count: Count


@asynccontextmanager
async def on_sqlite(*, tls: bool = False) -> AsyncIterator[Pair]:
    """Start a pair of one process a side, each with its own SQLite file."""
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xinfu-bench-")))
        secured = await asyncio.to_thread(_certified, home) if tls else ""
        sides: list[Started] = []
        for name in NAMES:
            folder = home / name
            folder.mkdir()
            prepare(folder, name, more=secured)
            if tls:
                _leave_development(folder)
            sides.append(await stack.enter_async_context(node(name, folder)))
        await _publish(sides[0])
        files = [stack.enter_context(closing(_opened(each.folder))) for each in sides]

        async def count() -> int:
            return min(int(each.execute(FINALIZED).fetchone()[0]) for each in files)

        yield Pair(providers=[sides[0]], consumers=[sides[1]], count=count)


@asynccontextmanager
async def on_postgres(workers: int) -> AsyncIterator[Pair | None]:
    """Start `workers` processes a side, on one database a side, behind a balancer; None without PostgreSQL."""
    if postgres_server.binaries() is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="xinfu-bench-") as folder:
        served = postgres_server.serving(fsync=True)
        server = await asyncio.to_thread(served.__enter__)
        try:
            async with AsyncExitStack() as stack:
                urls = [await asyncio.to_thread(server.database) for _ in NAMES]
                sides = [
                    await _side(stack, Path(folder), name, url, workers)
                    for name, url in zip(NAMES, urls, strict=True)
                ]
                await _publish(sides[0][0])
                asked = [
                    await stack.enter_async_context(asyncpg.create_pool(url, min_size=1, max_size=2))
                    for url in urls
                ]

                async def count() -> int:
                    return min([int(await each.fetchval(FINALIZED)) for each in asked])

                yield Pair(providers=sides[0], consumers=sides[1], count=count)
        finally:
            await asyncio.to_thread(served.__exit__, None, None, None)


async def _side(stack: AsyncExitStack, home: Path, name: str, url: str, workers: int) -> list[Started]:
    """Start the workers of one side; their peers see the address of the balancer."""
    public, ports = _free_port(), [_free_port() for _ in range(workers)]
    await stack.enter_async_context(balancing(public, ports))
    first = home / f"{name}-0"
    first.mkdir()
    prepare(first, name, more=f'[store]\nurl = "{url}"\n')
    started: list[Started] = []
    for number, port in enumerate(ports):
        folder = home / f"{name}-{number}"
        folder.mkdir(exist_ok=True)
        for each in ("node.toml", "master.key", "api.key"):
            (folder / each).write_bytes((first / each).read_bytes())
            (folder / each).chmod(0o600)
        listen = f'[listen.protocol]\nport = {port}\npublic_url = "http://localhost:{public}"\n'
        written = (folder / "node.toml").read_text()
        (folder / "node.toml").write_text(
            written.replace("[listen.protocol]\nport = 0\n", listen) if number == 0 else _at(written, port)
        )
        started.append(await stack.enter_async_context(node(name, folder)))
    return started


def _at(written: str, port: int) -> str:
    """The settings of the first worker, with another port."""
    before, _, after = written.partition("[listen.protocol]\nport = ")
    return f"{before}[listen.protocol]\nport = {port}\n{after.partition(chr(10))[2]}"


def _opened(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{folder / 'xinfu.sqlite'}?mode=ro", uri=True)


async def _publish(provider: Started) -> None:
    source = provider.folder / "open.txt"
    source.write_text("open\n")
    asset = {"id": "open", "source": {"kind": "file", "path": str(source)}, "grade": 1}
    form = {"asset": asset, "policy": {"permission": [{"action": "use"}]}}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{provider.api}/publications", json=form, headers=provider.headers) as answer,
    ):
        if answer.status >= 400:
            raise RuntimeError(f"{answer.status} {await answer.text()}")


def _certified(home: Path) -> str:
    """Make a self-signed certificate for localhost, and return the settings that use it."""
    cert, key = home / "cert.pem", home / "key.pem"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    made = ["openssl", "req", "-x509", *kind, *name, "-keyout", str(key), "-out", str(cert)]
    subprocess.run(made, check=True, capture_output=True)
    return (
        f'[tls]\ncert = "{cert}"\nkey = "{key}"\nca_file = "{cert}"\n'
        '[outbound]\nallow = [{ host = "localhost" }]\n'
    )


def _leave_development(folder: Path) -> None:
    written = (folder / "node.toml").read_text()
    (folder / "node.toml").write_text(written.replace("development = true", "development = false"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def pids(workers: Sequence[Started]) -> list[int]:
    """The process ids of these workers."""
    return [each.pid for each in workers]
