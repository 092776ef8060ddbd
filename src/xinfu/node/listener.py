"""A listener: one ASGI app behind a socket that is bound already."""

import asyncio
import contextlib
import resource
import socket
import ssl
from collections.abc import Iterator
from functools import partial
from typing import Any, Final, cast

import uvicorn
from starlette.types import ASGIApp

from xinfu.node import errors
from xinfu.node.callers import Callers
from xinfu.node.config import Config, Listener
from xinfu.node.connection import Bounds, Connection, Crowd

DRAIN_S: Final = 5
LISTENERS: Final = 3
_THIS_MACHINE: Final = ("127.0.0.1", "::1")
KEPT_FILES: Final = 128
"""File descriptors that are left for everything but the connections of callers."""


class Server(uvicorn.Server):
    """A uvicorn server among several in one loop: signals belong to the node, and it sleeps until it is ended."""

    def __init__(self, config: uvicorn.Config, bounds: Bounds) -> None:
        super().__init__(config)
        self._bounds = bounds
        self._ended = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; a TLS handshake may take no longer than the head of a request."""
        loop, config = asyncio.get_running_loop(), self.config
        connection = partial(
            Connection,
            crowd=Crowd(self._bounds),
            config=config,
            server_state=self.server_state,
            app_state={},
        )
        patience = self._bounds.head_s if config.ssl is not None else None
        self.servers = [
            await loop.create_server(connection, sock=each, ssl=config.ssl, ssl_handshake_timeout=patience)
            for each in sockets or []
        ]
        self.started = True

    async def main_loop(self) -> None:
        """Wait, without looking ten times a second whether to go on."""
        await self._ended.wait()

    def end(self) -> None:
        """Let the server drain and close."""
        self.should_exit = True
        self._ended.set()


def server(config: Config, app: ASGIApp, listener: Listener, *, tls: bool) -> Server:
    """The server of a listener.

    Args:
        listener: as configured.
        tls: whether it speaks TLS where the config has a certificate.

    Raises:
        ConfigError: `config.certificate`.
    """
    settings = uvicorn.Config(
        cast("Any", _callers(app, listener, speaks_tls=tls and bool(config.tls.cert))),
        proxy_headers=False,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="off",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=DRAIN_S,
        ssl_certfile=str(config.at(config.tls.cert)) if tls and config.tls.cert else None,
        ssl_keyfile=str(config.at(config.tls.key)) if tls and config.tls.key else None,
    )
    try:
        settings.load()
    except OSError as error:  # of the ssl module too
        raise errors.CONFIG_CERTIFICATE(why=error.strerror or error) from error
    if settings.ssl is not None:
        settings.ssl.minimum_version = ssl.TLSVersion.TLSv1_3
    return Server(settings, _bounds(config))


def _callers(app: ASGIApp, listener: Listener, *, speaks_tls: bool) -> Callers:
    """Return the app that determines the caller; a public address without our own TLS belongs to a proxy."""
    is_fronted = bool(listener.public_url) and not speaks_tls
    if listener.trusted_proxies is not None:
        return Callers(app, listener.trusted_proxies)
    return Callers(app, _THIS_MACHINE if is_fronted else (), knows_peers=not is_fronted)


def allow_many_files() -> None:
    """Let the process have as many open files as the system lets it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _bounds(config: Config) -> Bounds:
    """Return the configured bounds, with at most as many connections as files can be open."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    possible = max(1, (files - KEPT_FILES) // LISTENERS) if files != resource.RLIM_INFINITY else 1 << 20
    limits = config.limits
    return Bounds(
        head_s=limits.header_seconds,
        request_s=limits.request_seconds,
        reader_s=limits.reader_seconds,
        connections=min(limits.connections, possible),
    )
