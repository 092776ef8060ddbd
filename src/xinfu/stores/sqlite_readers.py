"""Connections that only read: each view has one to itself and sees one moment of the store."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Generic, TypeVar

from xinfu.stores import errors
from xinfu.stores.sqlite_session import SqliteSession, sqlite_error

KEPT: Final = 4
"""How many idle connections are kept open."""

S = TypeVar("S")


class Readers:
    """Lends connections, and opens another whenever none is idle, so that a view inside a view never waits."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._idle: list[sqlite3.Connection] = []
        self._closed = False

    def borrow(self) -> sqlite3.Connection:
        """Lend a connection in a read-only transaction."""
        if self._closed:
            raise errors.STORE_CLOSED()
        try:
            connection = self._idle.pop() if self._idle else self._connect()
            connection.execute("BEGIN")
        except sqlite3.Error as error:
            raise sqlite_error(error) from error
        return connection

    def give_back(self, connection: sqlite3.Connection) -> None:
        """End the transaction and keep the connection for the next view."""
        with suppress(sqlite3.Error):
            connection.rollback()
        if self._closed or connection.in_transaction or len(self._idle) >= KEPT:
            connection.close()
        else:
            self._idle.append(connection)

    def close(self) -> None:
        """Close the idle connections now, and each other one when it is returned."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()


class Look(Generic[S]):
    """A context manager around one view; yields the result of `make` on its session."""

    __slots__ = ("_connection", "_make", "_readers", "_session")

    def __init__(self, readers: Readers, make: Callable[[SqliteSession], S]) -> None:
        self._readers = readers
        self._make = make
        self._connection: sqlite3.Connection | None = None
        self._session: SqliteSession | None = None

    async def __aenter__(self) -> S:
        self._connection = self._readers.borrow()
        self._session = SqliteSession(self._connection, writable=False)
        return self._make(self._session)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None
        assert self._connection is not None
        self._session.end()
        self._readers.give_back(self._connection)
