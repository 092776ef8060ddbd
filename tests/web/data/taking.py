"""A server's side of a read, played by a test: it takes chunk by chunk, as fast as the test lets it.

What a server was handed, and when it was told to drop the connection, is known here to the chunk; no clock is asked.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp, Message

from xinfu.web.data.sending import CONNECTION

Room = Callable[[], Awaitable[None]]


class Taking:
    """One read of a data listener's app.

    Attributes:
        status: of the answer; 0: none came.
        handed: bytes of its body. chunks: how many pieces they came in.
        whole: whether the answer came to its end. dropped: whether the connection was.
        begun: set with the first bytes.
        go_on: while it is not set, the connection takes no more after the first bytes.
    """

    def __init__(self) -> None:
        self.status = self.handed = self.chunks = 0
        self.whole = self.dropped = False
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()
        self._gone = asyncio.Event()

    async def read(self, app: ASGIApp, url: str, token: str) -> None:
        """Read until the app has nothing more to say."""
        place = urlsplit(url)
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": unquote(place.path),
            "raw_path": place.path.encode(),
            "root_path": "",
            "query_string": place.query.encode(),
            "headers": [(b"authorization", f"Bearer {token}".encode())],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
            "extensions": {
                CONNECTION: {"abort": self._abort, "is_gone": self._gone.is_set, "room": self._room}
            },
        }
        asked = False

        async def receive() -> Message:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await self._gone.wait()
            return {"type": "http.disconnect"}

        await app(scope, receive, self._send)

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        assert not self.dropped, "bytes after the connection was dropped"
        self.handed += len(message.get("body", b""))
        self.chunks += 1
        self.whole = not message.get("more_body", False)
        if self.handed:
            self.begun.set()

    async def _room(self) -> None:
        await asyncio.sleep(0)
        if self.begun.is_set():
            await self.go_on.wait()

    def _abort(self) -> None:
        self.dropped = True
        self._gone.set()
