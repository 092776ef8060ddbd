"""The bare limit: the same messages with the same fsyncs and signatures, and no logic.

Two processes answer POSTs. Each receipt checks an Ed25519 signature over the body, commits one row with
`synchronous=FULL`, answers, then signs and posts the next message to the other: four messages an exchange.
"""

import asyncio
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import uvicorn
import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xinfu.node.build import bound_socket
from xinfu.node.config import Listener
from xinfu.node.connection import Bounds
from xinfu.node.listener import Server

MESSAGES = 4
_KEY = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)


async def serve(folder: str) -> None:
    """Run a side: print its address, then answer until it is terminated."""
    store = sqlite3.connect(Path(folder, "bare.sqlite"), isolation_level=None, check_same_thread=False)
    store.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE row (body BLOB)")
    session = aiohttp.ClientSession()
    done: dict[str, asyncio.Event] = {}

    async def keep(body: bytes) -> None:
        await asyncio.to_thread(store.execute, "INSERT INTO row VALUES (?)", (body,))

    async def send(told: dict[str, object]) -> None:
        body = json.dumps(told).encode()
        headers = {"X-Signature": _KEY.sign(body).hex()}
        async with session.post(str(told["to"]), data=body, headers=headers) as answer:
            await answer.read()

    async def receive(request: Request) -> Response:
        body = await request.body()
        _KEY.public_key().verify(bytes.fromhex(request.headers["X-Signature"]), body)
        await keep(body)
        told = json.loads(body)
        left = int(told["left"])
        if left == 0:
            done.setdefault(told["id"], asyncio.Event()).set()
            return Response(b"{}")
        back = {**told, "left": left - 1, "to": told["from"], "from": told["to"]}
        return Response(b"{}", background=BackgroundTask(send, back))

    async def start(request: Request) -> Response:
        told = json.loads(await request.body())
        finished = done.setdefault(told["id"], asyncio.Event())
        await keep(b"start")
        await send({**told, "left": MESSAGES - 1})
        await finished.wait()
        return Response(b"{}")

    app = Starlette(routes=[Route("/", receive, methods=["POST"]), Route("/start", start, methods=["POST"])])
    bound = bound_socket("bare", Listener())
    sys.stdout.write(f"http://127.0.0.1:{bound.getsockname()[1]}/\n")
    sys.stdout.flush()
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    bounds = Bounds(head_s=10, request_s=60, reader_s=60, connections=1000)
    await Server(config, bounds).serve(sockets=[bound])


@asynccontextmanager
async def pair() -> AsyncIterator[tuple[str, str]]:
    """Start two sides as processes, and yield their addresses."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        processes = [
            await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench.bare", folder, stdout=asyncio.subprocess.PIPE
            )
            for folder in (one, two)
        ]
        try:
            lines = [await process.stdout.readline() for process in processes if process.stdout]
            yield lines[0].decode().strip(), lines[1].decode().strip()
        finally:
            for process in processes:
                process.terminate()
                await process.wait()


async def exchange(session: aiohttp.ClientSession, one: str, two: str, name: str) -> float:
    """The milliseconds of an exchange, from its first message to the commit of the last one."""
    began = time.perf_counter()
    body = json.dumps({"id": name, "to": two, "from": one})
    async with session.post(f"{one}start", data=body) as answer:
        await answer.read()
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
