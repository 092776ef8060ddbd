"""An HTTP connection of a listener, with limits on everything that a client can consume.

Callers are unauthenticated until a request is complete, so its head and its arrival have time limits, its head has a
size limit (O4, M7), and few requests may be queued. A client that reads next to nothing is disconnected, and at the
maximum number of connections the one that has waited longest for a request is closed for a new one.
"""

import asyncio
import ctypes
import socket
import struct
import time
from email.utils import formatdate
from functools import lru_cache
from typing import Any, Final

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from xinfu.node.turns import Turns
from xinfu.web.data.sending import CONNECTION

HEAD_BYTES: Final = 64 * 1024
PIECE: Final = 64 * 1024
PIPELINED: Final = 32
"""Requests that may wait for the answers of those before them; a server that reads on would never be done."""
TURN: Final = 4
"""Chunks that a stream may send in one turn."""
TAKEN: Final = 64 * 1024
"""Bytes that a reader has to take each time it is looked at."""


def _said(status: str) -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()


_AT_ONCE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER: what has not been taken is thrown away, and the other side is told so."""
_LIBC: Final = ctypes.CDLL(None)
_NOBODY: Final = bytes(16)
"""An address of AF_UNSPEC: to connect to it resets a TCP connection there and then (Linux, connect(2)), else fails."""
_HEAD_TOO_LARGE: Final = _said("431 Request Header Fields Too Large")
_FULL: Final = _said("503 Service Unavailable")


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How long a connection may take for what, in seconds, and how many a listener has at once.

    Attributes:
        head_s: for the TLS handshake, and for the head of a request.
        request_s: for a whole request.
        reader_s: how long a reader may take next to nothing of an answer.
    """

    head_s: float
    request_s: float
    reader_s: float
    connections: int


class Crowd:
    """The connections of one listener; those that wait for a request are known by how long they do.

    Attributes:
        turns: of the streams that are on their way.
    """

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.turns = Turns()
        self._waiting: dict[Connection, None] = {}
        self._size = 0

    def enter(self, connection: "Connection") -> bool:
        """Admit a new connection, closing a waiting one if necessary; False if there is no room."""
        self._size += 1
        if self._size > self.bounds.connections:
            if not self._waiting:
                return False
            next(iter(self._waiting)).drop()
        self.waits(connection)
        return True

    def waits(self, connection: "Connection") -> None:
        """Mark a connection as waiting for a request."""
        self.works(connection)
        self._waiting[connection] = None

    def works(self, connection: "Connection") -> None:
        """Mark a connection as no longer waiting."""
        self._waiting.pop(connection, None)

    def leave(self, connection: "Connection") -> None:
        """Remove a closed connection."""
        self.works(connection)
        self._size -= 1


class TooManyError(Exception):
    """Makes the parser stop: the requests that came at once are too many."""


class Connection(HttpToolsProtocol):
    """A connection that the app can drop at once, for streams that have to stop (web/data/sending.py).

    The Date of an answer is made when a request comes, at most once a second, so that no timer has to keep it.
    """

    def __init__(self, *given: Any, crowd: Crowd, **named: Any) -> None:
        super().__init__(*given, **named)
        self._crowd = crowd
        self._bounds = crowd.bounds
        self._in_head = True
        self._head_size = 0
        self._is_whole = False
        self._chunks = 0
        self._patience: asyncio.TimerHandle | None = None
        self._reader: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for the first request, but not for ever."""
        tls = transport.get_extra_info("sslcontext") is not None
        super().connection_made(Pieces(transport) if tls else transport)  # type: ignore[arg-type]  # like one
        if self._crowd.enter(self):
            self._wait(self._bounds.head_s)
        else:
            self.transport.write(_FULL)
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all waiting of a closed connection."""
        self._arrived()
        self._is_read()
        self._crowd.leave(self)
        super().connection_lost(exc)

    def _reset(self) -> None:
        """Drop the connection with all that the system still holds for it: megabytes, for a reader who is slow.

        It is gone when this returns, and not when the loop comes to close it, where the system can do that.
        """
        sock = self.transport.get_extra_info("socket")
        if sock is None or self.transport.is_closing():
            self.transport.abort()
            return
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.transport.abort()
        _LIBC.connect(sock.fileno(), _NOBODY, len(_NOBODY))

    def drop(self) -> None:
        """Make room for another one."""
        self._crowd.works(self)
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head grows beyond all bounds."""
        self._head_size += len(data) if self._in_head else 0
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        if self._head_size > HEAD_BYTES:
            self.transport.write(_HEAD_TOO_LARGE)
            self.transport.close()
        elif self._patience is None:
            self._wait(self._bounds.head_s)  # empty lines are no request

    def on_message_begin(self) -> None:
        """Hand the app the way to drop the connection."""
        if len(self.pipeline) >= PIPELINED:
            self.transport.abort()
            raise TooManyError
        super().on_message_begin()
        self._in_head, self._head_size, self._is_whole = True, 0, False
        self._wait(self._bounds.head_s)
        self.scope["extensions"] = {
            CONNECTION: {
                "abort": self._reset,
                "is_gone": self.transport.is_closing,
                "room": self._room,
            }
        }
        self.server_state.default_headers = [(b"date", _date(int(time.time())))]

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._in_head = False
        self._crowd.works(self)
        self._wait(self._bounds.request_s)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole; it may have been answered before."""
        self._arrived()
        super().on_message_complete()
        self._is_whole = True
        self._rest()

    def on_response_complete(self) -> None:
        """Wait for the next request, unless it is here already or the rest of this one is still to come."""
        super().on_response_complete()
        self._rest()

    def _rest(self) -> None:
        if self._is_whole and self.timeout_keep_alive_task is not None:
            self._in_head, self._head_size = True, 0
            self._crowd.waits(self)

    def pause_writing(self) -> None:
        """The reader takes less than is sent: look from time to time whether it takes anything."""
        super().pause_writing()
        self._look(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """The reader has taken what was sent."""
        self._is_read()
        super().resume_writing()

    async def _room(self) -> None:
        """Behind each chunk: until the reader takes more, and after a few of them until it is its turn again."""
        self._chunks += 1
        if self.flow.write_paused or self._chunks >= TURN:
            self._chunks = 0
            await self.flow.drain()
            await self._crowd.turns.wait()

    def _look(self, left: int) -> None:
        self._reader = self.loop.call_later(self._bounds.reader_s, self._look_again, left)

    def _look_again(self, before: int) -> None:
        left = self.transport.get_write_buffer_size()
        if before - left < TAKEN:
            self.transport.abort()
        else:
            self._look(left)

    def _is_read(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            self._reader = None

    def _wait(self, seconds: float) -> None:
        self._arrived()
        self._patience = self.loop.call_later(seconds, self.transport.abort)

    def _arrived(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


class Pieces:
    """A transport over TLS that is given 64 KiB at once.

    What is encrypted should still lie in the processor's cache when it is sent.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def write(self, data: bytes) -> None:
        """Write to the transport in pieces."""
        view = memoryview(data)
        for at in range(0, len(view), PIECE):
            self._transport.write(view[at : at + PIECE])

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()
