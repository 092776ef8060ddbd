"""The PostgreSQL database of one side of a simulation: its workers have it open at the same time."""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.simulation.fragile import Die, FragileStore
from tests.simulation.lines import SETTLED, WAIT_S, Line, LinePlace
from tests.simulation.wired import WiredLoop
from tests.stores import postgres_server
from tests.stores.postgres_server import Server

from xinfu.stores.postgres import PostgresStore
from xinfu.stores.postgres_session import escape_cell
from xinfu.stores.sql.tables import TABLES

Rows = Mapping[str, Sequence[tuple[Any, ...]]]
"""The rows of each table."""

CONNECTIONS: Final = 4
_CHANNEL: Final = "xinfu_public"
_GONE: Final = "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = ANY($1::int[])"


class Database:
    """What all workers of a side share."""

    def __init__(self, name: str, loop: WiredLoop) -> None:
        self._url = _url(postgres_server.one()[0], name)
        self._loop = loop
        self._places: list[LinePlace] = []
        self._dying: list[int] = []
        self._number = 0
        self._heard = asyncio.Event()
        self._settling: asyncio.Task[None] | None = None
        self._control: Line | None = None
        loop.before_time(self._settle)

    async def open(self, rows: Rows) -> None:
        """Begin with these rows and no others."""
        self._control = await LinePlace(self._url, self._loop, self._heard.set).connect()
        await self.fill(rows)

    async def fill(self, rows: Rows) -> None:
        """Hold these rows and no others."""
        control = self.control
        await control.execute("BEGIN; " + "; ".join(f"DELETE FROM {table.name}" for table in TABLES))
        for table in TABLES:
            if found := rows[table.name]:
                places = ", ".join(f"${number}" for number in range(1, len(table.names) + 1))
                names = ", ".join(f'"{name}"' for name in table.names)
                await control.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({places})", found)
            if table.numbered:
                (key,) = table.key
                await control.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', '{key}'),"
                    f' (SELECT coalesce(max("{key}"), 0) + 1 FROM {table.name}), false)'
                )
        await control.execute("COMMIT")

    async def rows(self) -> Rows:
        """All that it holds; nobody writes meanwhile."""
        found = {}
        for table in TABLES:
            names = ", ".join(f'"{name}"' for name in table.names)
            rows = await self.control.fetch(f"SELECT {names} FROM {table.name}")
            found[table.name] = [tuple(row) for row in rows]
        return found

    def close(self) -> None:
        """Nobody needs it any more."""
        for place in self._places:
            place.fall()
        if self._control is not None:
            self._control.terminate()

    @property
    def control(self) -> Line:
        """A connection that is no worker's."""
        assert self._control is not None
        return self._control

    def place(self) -> LinePlace:
        """Where one more worker finds it."""
        self._places.append(LinePlace(self._url, self._loop, self._heard.set))
        return self._places[-1]

    def fallen(self, place: LinePlace) -> None:
        """The worker at `place` is dead."""
        self._places.remove(place)
        self._dying += place.fall()
        self._heard.set()

    def _settle(self) -> bool:
        """Whether all that was told was heard, and the sessions of the dead have ended."""
        lines = [line for place in self._places for line in place.lines]
        if not self._dying and not any(line.told for line in lines):
            return True
        for line in lines:
            line.told = False
        self._settling = self._loop.create_task(self._settled())
        return False

    async def _settled(self) -> None:
        dying, self._dying = self._dying, []
        while not await self.control.fetchval(_GONE, dying):
            await self.control.execute("SELECT pg_sleep(0.001)")
        self._number += 1
        await self.control.execute(f"NOTIFY {_CHANNEL}, '{SETTLED}{self._number}'")
        with self._loop.call():
            while self._is_missed():
                self._heard.clear()
                await self._heard.wait()

    def _is_missed(self) -> bool:
        listening = [line for place in self._places for line in place.lines if not line.is_closed()]
        return any(line.settled is not None and line.settled < self._number for line in listening)


class WorkerStore(FragileStore):
    """A `Store` of one worker; when that is dead, nobody waits for the steps that it was in."""

    def __init__(self, real: PostgresStore, die: Die) -> None:
        super().__init__(real, die)
        self.is_dead = False
        self._news = real._news

    async def close(self) -> None:
        await (self._news if self.is_dead else self.real).close()


class Seat:
    """A `Storage` of one worker."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, die: Die) -> FragileStore:
        self._place = self._database.place()
        store = PostgresStore(self._place, connections=CONNECTIONS, busy_timeout_s=WAIT_S)
        await store.listen()
        self._store = WorkerStore(store, die)
        return self._store

    def fall(self, *, power: bool) -> None:
        """The power of a worker is not that of its database, which keeps what it has."""
        self._store.is_dead = True
        self._database.fallen(self._place)

    async def copy(self) -> Rows:
        return await self._database.rows()

    async def set_back(self, older: Rows) -> None:
        await self._database.fill(older)


def rows_of(file: Path) -> Rows:
    """What a SQLite store holds, as PostgreSQL keeps it."""
    with closing(sqlite3.connect(file)) as store:
        found = {}
        for table in TABLES:
            names = ", ".join(f'"{name}"' for name in table.names)
            rows = store.execute(f"SELECT {names} FROM {table.name}")
            found[table.name] = [tuple(map(escape_cell, row)) for row in rows]
        return found


@cache
def _url(server: Server, name: str) -> str:
    """The database of the side of this name: to empty one is faster than to make one."""
    return server.database()
