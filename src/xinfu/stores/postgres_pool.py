"""Connections to PostgreSQL: each lent to one step or view at a time, and opened anew when the server comes back.

A task that holds a connection already gets one beyond the size, so that a view inside a step never waits for
itself. There is no timer here: a broken connection is noticed when it is needed next.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from asyncpg import Connection

from xinfu.stores import errors
from xinfu.stores.postgres_errors import LOST, away, crowded, is_away, postgres_error

_log = logging.getLogger(__name__)

FIRST_PAUSE_S: Final = 0.05
LONGEST_PAUSE_S: Final = 1.0
"""Between two tries to reach a server that is away."""


class Pool:
    """Lends connections.

    Args:
        connect: opens one; raises what the driver raises.
        size: how many are lent at once, but for those to tasks that hold one.
        wait_s: how long one waits for a free connection, or for a server that is away.
    """

    def __init__(self, connect: Callable[[], Awaitable[Connection]], *, size: int, wait_s: float) -> None:
        self._connect = connect
        self._size = size
        self._wait_s = wait_s
        self._places = asyncio.Semaphore(size)
        self._idle: list[Connection] = []
        self._beyond: set[Connection] = set()
        self._users = 0
        self._left = asyncio.Event()
        self._closed = False

    async def begin(self, command: str, *, nested: bool) -> Connection:
        """Lend a connection on which `command` has begun a transaction; an empty command begins none.

        Raises:
            ConflictError: `store.busy`. StoreError: `store.closed`, `store.away`, or what the server said.
        """
        if self._closed:
            raise errors.STORE_CLOSED()
        self._users += 1
        placed = False
        try:
            if not nested:
                await self._place()
                placed = True
            connection = await self._begun(command)
        except BaseException:
            if placed:
                self._places.release()
            self._leave()
            raise
        if nested:
            self._beyond.add(connection)
        return connection

    def give_back(self, connection: Connection, *, usable: bool) -> None:
        """End a loan; a connection that is not `usable` is dropped."""
        if connection in self._beyond:
            self._beyond.discard(connection)
        else:
            self._places.release()
        if usable and not connection.is_closed() and len(self._idle) < self._size:
            self._idle.append(connection)
        else:
            connection.terminate()
        self._leave()

    async def close(self) -> None:
        """Wait for all loans and waiting calls to end, then close all connections."""
        self._closed = True
        while self._users:
            self._left.clear()
            await self._left.wait()
        while self._idle:
            await _closed(self._idle.pop())

    async def _place(self) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        try:
            async with asyncio.timeout(self._wait_s):
                await self._places.acquire()
        except TimeoutError as error:
            raise crowded(self._wait_s) from error

    async def _begun(self, command: str) -> Connection:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._wait_s
        pause = FIRST_PAUSE_S
        while True:
            try:
                return await self._try(command)
            except LOST as error:
                if not is_away(error):
                    raise postgres_error(error) from error
                if loop.time() + pause >= deadline:
                    raise away() from error
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    async def _try(self, command: str) -> Connection:
        connection = self._whole_one() or await self._connect()
        if command:
            try:
                await connection.execute(command)
            except BaseException:
                connection.terminate()
                raise
        return connection

    def _whole_one(self) -> Connection | None:
        """An idle connection that is not known to be broken."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return None

    def _leave(self) -> None:
        self._users -= 1
        if not self._users:
            self._left.set()


async def _closed(connection: Connection) -> None:
    with suppress(*LOST):
        await connection.close(timeout=2)
    if not connection.is_closed():
        connection.terminate()
