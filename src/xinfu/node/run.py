"""Listeners up, drain, down."""

import asyncio
import contextlib
import logging
import signal
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from email.utils import formatdate
from functools import lru_cache

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from xinfu.errors import ConfigError
from xinfu.node.build import Node, build, public_url
from xinfu.node.config import Config
from xinfu.node.doctor import examine_start
from xinfu.ports.clock import Clock
from xinfu.signers.process import forbid_dumps
from xinfu.web.data.sending import ABORT

_log = logging.getLogger(__name__)

DRAIN_S = 5

_HEAD_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


class Connection(HttpToolsProtocol):
    """A connection that the app can drop at once, for streams that have to stop (web/data/sending.py).

    The Date of an answer is made when a request comes, at most once a second, so that no timer has to keep it.
    Nobody was asked who it is before a request is whole, so a request gets no more than `head_bytes` for its
    head and `patience_s` to arrive (O4, M7).
    """

    head_bytes = 64 * 1024
    patience_s = 60.0

    _in_head = True
    _head_size = 0
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for the first request, but not for ever."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing to wait for any more."""
        self._arrived()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head grows beyond all bounds."""
        self._head_size += len(data) if self._in_head else 0
        super().data_received(data)
        if self._in_head and self._head_size > self.head_bytes:
            self.transport.write(_HEAD_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """Hand the app the way to drop the connection."""
        super().on_message_begin()
        self._in_head, self._head_size = True, 0
        self._wait()
        self.scope["extensions"] = {
            ABORT: {"abort": self.transport.abort, "is_gone": self.transport.is_closing}
        }
        self.server_state.default_headers = [(b"date", _date(int(time.time())))]

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._arrived()
        super().on_message_complete()

    def _wait(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(self.patience_s, self.transport.abort)

    def _arrived(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()


class Server(uvicorn.Server):
    """A uvicorn server among several in one loop: signals belong to the node, and it sleeps until it is ended."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ended = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    async def main_loop(self) -> None:
        """Wait, without looking ten times a second whether to go on."""
        await self._ended.wait()

    def end(self) -> None:
        """Let the server drain and close."""
        self.should_exit = True
        self._ended.set()


@asynccontextmanager
async def running(config: Config, *, clock: Clock | None = None) -> AsyncIterator[Node]:
    """A node that listens and works for as long as the block lasts.

    Args:
        clock: whose time it goes by; the machine's, when none is given.
    """
    node = await build(config, clock=clock)
    tasks: list[asyncio.Task[None]] = []
    serving: list[asyncio.Task[None]] = []
    servers: list[Server] = []
    sockets = [node.sockets.management, node.sockets.protocol, node.sockets.data]
    try:
        servers += [
            _server(config, node.management, tls=False),
            _server(config, node.protocol, tls=True),
            _server(config, node.data, tls=True),
        ]
        tasks += [asyncio.create_task(node.dispatcher.run()), asyncio.create_task(node.sequencer.run())]
        serving += [
            asyncio.create_task(server.serve(sockets=[bound]))
            for server, bound in zip(servers, sockets, strict=True)
        ]
        await _started(servers, serving)
        yield node
    finally:
        for server in servers:
            server.end()
        if serving:
            await asyncio.wait(serving, timeout=DRAIN_S)
        for task in [*tasks, *serving]:
            task.cancel()
        await asyncio.gather(*tasks, *serving, return_exceptions=True)
        await node.close()


async def run(config: Config, ready: Callable[[Node], None]) -> None:
    """Run a node until SIGTERM or SIGINT; `ready` is told once it listens."""
    if not config.development:
        forbid_dumps()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with running(config) as node:
        ready(node)
        looking = asyncio.create_task(examine_start(node.config, node.parts, node.keys))
        await stop.wait()
        _log.info("stopping")
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


def urls(node: Node) -> dict[str, str]:
    """The addresses of the listeners as others reach them."""
    listen, sockets = node.config.listen, node.sockets
    management = sockets.management.getsockname()
    return {
        "management": f"http://{management[0]}:{management[1]}",
        "protocol": public_url(node.config, listen.protocol, sockets.protocol),
        "data": public_url(node.config, listen.data, sockets.data),
    }


async def _started(servers: list[Server], serving: list[asyncio.Task[None]]) -> None:
    while not all(server.started for server in servers):
        for task in serving:
            if task.done():
                task.result()
        await asyncio.sleep(0.005)


def _server(config: Config, app: Starlette, *, tls: bool) -> Server:
    settings = uvicorn.Config(
        app,
        http=Connection,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="off",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=DRAIN_S,
        h11_max_incomplete_event_size=64 * 1024,
        ssl_certfile=str(config.at(config.tls.cert)) if tls and config.tls.cert else None,
        ssl_keyfile=str(config.at(config.tls.key)) if tls and config.tls.key else None,
    )
    try:
        settings.load()
    except OSError as error:  # of the ssl module too
        raise ConfigError(
            "config.certificate",
            f"[tls] cert and key cannot be used: {error.strerror or error}.",
            f"[tls] 的 cert 与 key 无法使用：{error.strerror or error}。",
            help_en="Give a PEM certificate chain and its PEM key, both readable by the node.",
            help_zh="请提供节点可读的 PEM 证书链及其 PEM 私钥。",
        ) from error
    if settings.ssl is not None:
        settings.ssl.minimum_version = ssl.TLSVersion.TLSv1_3
    return Server(settings)
