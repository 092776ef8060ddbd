"""A transaction on a SQLite connection, for the statements of stores/sql.

A statement takes microseconds, so it runs directly on the event loop's thread; only a search does not. Errors of SQLite
are translated here, and end the transaction: nothing can follow a broken statement.
"""

import asyncio
import errno
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn

from xinfu.errors import StoreError
from xinfu.ports.records import OutboxRow
from xinfu.stores import errors
from xinfu.stores.sql.documents import SQLITE, Words
from xinfu.stores.sql.statements import Cell, Row, Statement

_FULL: Final = sqlite3.SQLITE_FULL
_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection holds the lock, so that waiting helps."""
    return (_code(error) & 0xFF) in _BUSY


def sqlite_error(error: Exception) -> StoreError:
    """The error of the store for an error of SQLite or its file."""
    full = (isinstance(error, sqlite3.Error) and _code(error) & 0xFF == _FULL) or (
        isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    )
    if full:
        return errors.STORE_FULL()
    return errors.STORE_BROKEN(error=_name(error))


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", None) or 0


def _name(error: Exception) -> str:
    return getattr(error, "sqlite_errorname", None) or type(error).__name__


class SqliteSession:
    """Implements `Session` of stores/sql/statements.py."""

    __slots__ = ("_connection", "_writable", "broken", "held", "promised", "topics")

    def __init__(self, connection: sqlite3.Connection, *, writable: bool) -> None:
        self._connection: sqlite3.Connection | None = connection
        self._writable = writable
        self.topics: set[str] = set()
        self.promised: list[OutboxRow] = []
        self.held: dict[tuple[str, str], Mapping[str, Cell]] = {}
        self.broken: StoreError | None = None

    @property
    def words(self) -> Words:
        return SQLITE

    def end(self) -> None:
        """End the session: every later statement is refused."""
        self._connection = None

    def topic(self, name: str) -> None:
        self._writing()
        self.topics.add(name)

    def promise(self, row: OutboxRow) -> None:
        self._writing()
        self.promised.append(row)

    async def rows(self, statement: Statement, /, **values: Cell) -> list[Row]:
        return self._run(statement, values)[1]

    async def search(self, statement: Statement, /, **values: Cell) -> list[Row]:
        """Run a SELECT in a thread. A cancelled caller waits until SQLite has stopped using the connection."""
        connection = self._connection
        work = asyncio.get_running_loop().run_in_executor(None, self._run, statement, values)
        try:
            _, rows = await asyncio.shield(work)
        except asyncio.CancelledError:
            if connection is not None:
                connection.interrupt()
            await asyncio.wait({work})
            raise
        return rows

    async def write(self, statement: Statement, /, **values: Cell) -> int:
        self._writing()
        return self._run(statement, values)[0]

    async def write_rows(self, statement: Statement, /, **values: Cell) -> list[Row]:
        self._writing()
        return self._run(statement, values)[1]

    async def write_each(self, statement: Statement, values: Sequence[Mapping[str, Cell]]) -> None:
        self._writing()
        for each in values:
            self._run(statement, each)

    async def alone(self, name: str) -> None:
        """Return at once: the steps of a SQLite store run one after another."""

    def _writing(self) -> None:
        if not self._writable:
            raise RuntimeError("a view cannot write or lock: open a step")

    def _run(self, statement: Statement, values: Mapping[str, Cell]) -> tuple[int, list[Row]]:
        """Run a statement; return the number of changed rows, and the rows that it returned."""
        if self.broken is not None:
            raise self.broken
        if self._connection is None:
            raise RuntimeError("this step has ended: open another one")
        try:
            cursor = self._connection.execute(statement.text, values)
            return cursor.rowcount, cursor.fetchall()
        except sqlite3.Error as error:
            self.broken = sqlite_error(error)
            raise self.broken from error
        except (UnicodeEncodeError, OverflowError) as error:
            _refuse(error)


def _refuse(error: Exception) -> NoReturn:
    raise errors.STORE_TEXT_UNUSABLE() from error
