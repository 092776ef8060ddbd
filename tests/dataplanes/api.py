"""A real HTTP API on loopback: it keeps what it was asked, and answers as a test wants, also badly."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import msgspec
from tests.peers.wire import chunked

Talk = Callable[["Said", asyncio.StreamWriter], Awaitable[None]]


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it came over the wire; headers by lower-case name."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Api:
    """Listens on a port of its own and answers every request with `talk`."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self.said: list[Said] = []
        self.open_connections = 0
        self.port = 0

    @property
    def url(self) -> str:
        """Where it starts."""
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def open(self, tls: ssl.SSLContext | None = None) -> AsyncIterator["Api"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open_connections += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                said = await _read(reader)
                self.said.append(said)
                await self._talk(said, writer)
        finally:
            self.open_connections -= 1
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Said:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = b""
    if headers.get("transfer-encoding") == "chunked":
        body = await chunked(reader)
    elif "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    return Said(method=method, target=target, headers=headers, body=body)


def telling(status: str, body: bytes, **headers: str) -> Talk:
    """Talk that gives one answer, whole."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())

    async def talk(said: Said, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{lines}\r\n"
        writer.write(head.encode("latin-1") + (b"" if said.method == "HEAD" else body))
        await writer.drain()

    return talk


def serving(data: bytes, *, dies_after: int | None = None, measured: bool = True) -> Talk:
    """Talk that gives `data`, or the one range that is asked for; it may break off, and may not say its length."""

    async def talk(said: Said, writer: asyncio.StreamWriter) -> None:
        start, end, status = 0, len(data), "200 OK"
        if asked := said.headers.get("range"):
            first, _, last = asked.removeprefix("bytes=").partition("-")
            start, end = int(first), min(len(data), int(last) + 1 if last else len(data))
            status = "206 Partial Content"
        lines = [f"HTTP/1.1 {status}", "Content-Type: text/csv", 'ETag: "v1"', "Accept-Ranges: bytes"]
        lines += [f"Content-Range: bytes {start}-{end - 1}/{len(data)}"] if asked else []
        lines += [f"Content-Length: {end - start}" if measured else "Transfer-Encoding: chunked"]
        writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        stop = end if dies_after is None else min(end, start + dies_after)
        for at in range(start, stop if said.method != "HEAD" else start, 65536):
            piece = data[at : min(stop, at + 65536)]
            writer.write(piece if measured else b"%x\r\n%s\r\n" % (len(piece), piece))
            await writer.drain()
        if not measured and stop == end:
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        if stop < end:
            await asyncio.sleep(0)
            writer.transport.abort() if dies_after == 0 else writer.close()

    return talk


class Spring:
    """Talk that gives bytes without end, and counts what it could hand over."""

    def __init__(self, size: int | None = None) -> None:
        self._size = size
        self.given = 0

    async def __call__(self, said: Said, writer: asyncio.StreamWriter) -> None:
        length = "" if self._size is None else f"Content-Length: {self._size}\r\n"
        writer.write(f"HTTP/1.1 200 OK\r\nConnection: close\r\n{length}\r\n".encode())
        piece, end = bytes(65536), None if self._size is None else self.given + self._size
        while end is None or self.given < end:
            writer.write(piece)
            await writer.drain()
            self.given += len(piece)


async def mute(said: Said, writer: asyncio.StreamWriter) -> None:
    """Talk that takes the request and says nothing until the other side has gone."""
    while not writer.is_closing():
        await asyncio.sleep(0.02)


async def garbage(said: Said, writer: asyncio.StreamWriter) -> None:
    """Talk that is no HTTP."""
    writer.write(b"\x00\x01 this is no HTTP at all\r\n\r\n")
    await writer.drain()
