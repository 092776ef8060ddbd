"""A proxy in front of a node that can stop at four moments of one request, for someone to be killed there."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum

import msgspec


class Moment(StrEnum):
    """Where between two nodes a message is when one of them dies."""

    DISPATCH = "during dispatch"
    """The sender has sent it; it never leaves the proxy. The sender dies."""
    BEFORE_COMMIT = "before the receiver's commit"
    """All but its last byte has reached the receiver. The receiver dies."""
    BEFORE_ANSWER = "after the commit, before the answer"
    """The receiver has committed; its answer never leaves the proxy. The receiver dies."""
    AFTER_ANSWER = "after the answer, before the sender's commit"
    """The answer is back at the proxy, and the sender dies before it has it."""

    @property
    def kills_sender(self) -> bool:
        """Who dies."""
        return self in {Moment.DISPATCH, Moment.AFTER_ANSWER}


class Trap(msgspec.Struct, kw_only=True):
    """Waits for the next POST whose path ends in `suffix`; `spring` kills, and ends when who died is up again."""

    suffix: str
    moment: Moment
    spring: Callable[[], Awaitable[None]]
    sprung: bool = False


class Proxy:
    """Passes requests on to the node at `port`, one connection each; a broken side breaks the other."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._trap: Trap | None = None
        self._server: asyncio.Server | None = None
        self._rising: set[asyncio.Future[None]] = set()

    async def open(self) -> int:
        """Listen; gives the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Listen no more."""
        assert self._server is not None
        self._server.close()

    def set(self, trap: Trap) -> None:
        """Let the next fitting request spring `trap`."""
        self._trap = trap

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await _head(reader):
                answer = await self._passed(head, await _body(reader, head))
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # a side that has died is what this is for
        finally:
            writer.transport.abort()

    async def _passed(self, head: bytes, body: bytes) -> bytes | None:
        """The node's answer; None when nobody is to have it."""
        trap = self._met(head)
        if trap is None:
            return await self._asked(head + body)
        if trap.moment in {Moment.BEFORE_ANSWER, Moment.AFTER_ANSWER}:
            await self._asked(head + body)
        elif trap.moment is Moment.BEFORE_COMMIT:
            _, half = await asyncio.open_connection("127.0.0.1", self._port)
            half.write(head + body[:-1])
            await half.drain()
        rising = asyncio.ensure_future(trap.spring())
        self._rising.add(rising)
        rising.add_done_callback(self._rising.discard)
        return None

    def _met(self, head: bytes) -> Trap | None:
        method, path, _ = head.split(b" ", 2)
        trap = self._trap
        if trap is None or method != b"POST" or not path.decode().endswith(trap.suffix):
            return None
        self._trap = None
        trap.sprung = True
        return trap

    async def _asked(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(request)
            head = await _head(reader)
            return head + await _body(reader, head)
        finally:
            writer.close()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return b""


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    lengths = [
        line.partition(b":")[2] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    ]
    return await reader.readexactly(int(lengths[0])) if lengths else b""
