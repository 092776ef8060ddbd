"""Small real servers on loopback that the tests call, and a resolver that says what a test wants."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class Wire:
    """A TCP server that counts connections and keeps the heads of the requests that came.

    Args:
        talk: what it does once the head of a request is there; bodies are left unread.
        requests: how many requests it answers on one connection.
    """

    def __init__(self, talk: Talk | None = None, *, requests: int = 1) -> None:
        self._talk = talk or answering(OK)
        self._requests = requests
        self.connections = 0
        self.heads: list[str] = []
        self.host = ""
        self.port = 0

    @asynccontextmanager
    async def open(
        self, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> AsyncIterator["Wire"]:
        server = await asyncio.start_server(self._serve, host, port, ssl=tls)
        self.host = host
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    def url(self, host: str = "", scheme: str = "http") -> str:
        """The address of its root, under `host` or its own."""
        return f"{scheme}://{host or self.host}:{self.port}/"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        # The client may hang up at any moment: that is what many of these tests are about.
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            for _ in range(self._requests):
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head.decode("latin-1"))
                await self._talk(reader, writer)
        writer.close()


class Names:
    """A resolver whose answers are given in order, the last one again and again; `_` stands for a dot."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self._answers = {name.replace("_", "."): list(rows) for name, rows in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, name: str) -> Sequence[str]:
        self.asked.append(name)
        rows = self._answers.get(name)
        if rows is None:
            raise OSError("no such name")
        return rows.pop(0) if len(rows) > 1 else rows[0]


def answering(*raws: bytes) -> Talk:
    """Talk that sends `raws` in turn, one for each request, the last one for ever."""
    left = list(raws)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(left.pop(0) if len(left) > 1 else left[0])
        await writer.drain()

    return talk


async def echoing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Talk that gives back the body of a chunked request."""
    body = await chunked(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    await writer.drain()


async def chunked(reader: asyncio.StreamReader) -> bytes:
    """A body in chunks, read to its end."""
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return body


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Talk that says nothing until the other side has gone."""
    await reader.read()
