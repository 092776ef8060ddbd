"""Connections to a real database that a simulated loop waits for, and that end with their process."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from asyncpg import Connection
from tests.simulation.wired import WiredLoop

from xinfu.stores.postgres_place import Database

T = TypeVar("T")
Heard = Callable[..., None]

WAIT_S: Final = 10.0
SETTLED: Final = "settled "
"""What a test tells to see that all has been heard; no node tells anything like it."""


class Line:
    """A `Connection` as a store uses it; each call is known to the loop.

    Attributes:
        settled: the number of the last `SETTLED` that it heard; None while it does not listen.
        told: it told something since this was last set to False.
    """

    def __init__(self, connection: Connection, loop: WiredLoop, heard: Callable[[], None]) -> None:
        self.pid: Final[int] = connection.get_server_pid()
        self.settled: int | None = None
        self.told = False
        self._connection = connection
        self._loop = loop
        self._heard = heard

    async def execute(self, query: str, *values: object) -> Any:
        return await self._call(self._connection.execute(query, *values))

    async def executemany(self, query: str, rows: object) -> None:
        await self._call(self._connection.executemany(query, rows))

    async def fetch(self, query: str, *values: object) -> Any:
        return await self._call(self._connection.fetch(query, *values))

    async def fetchval(self, query: str, *values: object) -> Any:
        self.told = self.told or "pg_notify" in query
        return await self._call(self._connection.fetchval(query, *values))

    async def add_listener(self, channel: str, callback: Heard) -> None:
        def hear(_: Connection, pid: int, where: str, payload: str) -> None:
            if payload.startswith(SETTLED):
                self.settled = int(payload.removeprefix(SETTLED))
                self._heard()
            else:
                callback(self, pid, where, payload)

        await self._call(self._connection.add_listener(channel, hear))
        self.settled = 0

    def add_termination_listener(self, callback: Heard) -> None:
        self._connection.add_termination_listener(lambda _: callback(self))

    def is_closed(self) -> bool:
        return bool(self._connection.is_closed())

    def terminate(self) -> None:
        self._connection.terminate()

    async def close(self, timeout: float | None = None) -> None:
        await self._call(self._connection.close(timeout=timeout))

    async def _call(self, work: Awaitable[T]) -> T:
        with self._loop.call():
            return await work


class LinePlace(Database):
    """Where one process finds its database."""

    def __init__(self, url: str, loop: WiredLoop, heard: Callable[[], None]) -> None:
        super().__init__(url, wait_s=WAIT_S)
        self.lines: list[Line] = []
        self._loop = loop
        self._heard = heard
        self._dead = False

    async def connect(self) -> Line:
        if self._dead:
            raise ConnectionRefusedError("a dead process connects to nothing")
        with self._loop.call():
            line = Line(await super().connect(), self._loop, self._heard)
        if self._dead:
            line.terminate()
        self.lines = [*(each for each in self.lines if not each.is_closed()), line]
        return line

    def fall(self) -> list[int]:
        """End every connection at once, as a kernel does; gives the server's numbers of them."""
        self._dead = True
        for line in self.lines:
            line.terminate()
        return [line.pid for line in self.lines]
