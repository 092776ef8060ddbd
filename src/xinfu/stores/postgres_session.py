"""A transaction on a PostgreSQL connection, for the statements of stores/sql.

A statement writes `:name` where PostgreSQL wants `$1`. Text in PostgreSQL cannot hold U+0000, but text in a store can:
U+0000 is stored as U+0001 U+0001, and U+0001 as U+0001 U+0002, which keeps the order of code points.
An error of the server ends the transaction: nothing can follow a broken statement.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from asyncpg import Connection

from xinfu.errors import StoreError
from xinfu.ports.records import OutboxRow
from xinfu.stores.postgres_errors import is_refused_value, postgres_error, refuse_value
from xinfu.stores.postgres_words import POSTGRES
from xinfu.stores.sql.documents import Words
from xinfu.stores.sql.statements import Cell, Row, Statement

_VALUE: Final = re.compile(r"(?<!:):([a-z_0-9]+)")
_ALONE: Final = Statement("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || :name, 0))")


@lru_cache(maxsize=4096)
def number_values(statement: Statement) -> tuple[str, tuple[str, ...]]:
    """The statement as PostgreSQL reads it, with its lock, and the names of its values in order."""
    names: list[str] = []

    def place(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    text = _VALUE.sub(place, statement.text)
    return (f"{text} {statement.lock}" if statement.lock else text), tuple(names)


def escape_cell(cell: Cell) -> Cell:
    """A cell as PostgreSQL can hold it."""
    if type(cell) is str and ("\x00" in cell or "\x01" in cell):
        return cell.replace("\x01", "\x01\x02").replace("\x00", "\x01\x01")
    return cell


def unescape_cell(cell: Cell) -> Cell:
    """Undo `escape_cell`."""
    if type(cell) is str and "\x01" in cell:
        return cell.replace("\x01\x01", "\x00").replace("\x01\x02", "\x01")
    return cell


class PostgresSession:
    """Implements `Session` of stores/sql/statements.py."""

    __slots__ = ("_connection", "_writable", "broken", "held", "promised", "topics")

    def __init__(self, connection: Connection, *, writable: bool) -> None:
        self._connection: Connection | None = connection
        self._writable = writable
        self.topics: set[str] = set()
        self.promised: list[OutboxRow] = []
        self.held: dict[tuple[str, str], Mapping[str, Cell]] = {}
        self.broken: StoreError | None = None

    @property
    def words(self) -> Words:
        """The expressions by which PostgreSQL reads documents."""
        return POSTGRES

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
        text, names = number_values(statement)
        try:
            found = await self._open().fetch(text, *_bound(names, values))
        except Exception as error:
            self._fail(error)
        return [tuple(map(unescape_cell, row)) for row in found]

    async def search(self, statement: Statement, /, **values: Cell) -> list[Row]:
        return await self.rows(statement, **values)

    async def write(self, statement: Statement, /, **values: Cell) -> int:
        self._writing()
        text, names = number_values(statement)
        try:
            status = await self._open().execute(text, *_bound(names, values))
        except Exception as error:
            self._fail(error)
        return int(status.rpartition(" ")[2])

    async def write_rows(self, statement: Statement, /, **values: Cell) -> list[Row]:
        self._writing()
        return await self.rows(statement, **values)

    async def write_each(self, statement: Statement, values: Sequence[Mapping[str, Cell]]) -> None:
        self._writing()
        text, names = number_values(statement)
        try:
            await self._open().executemany(text, [_bound(names, each) for each in values])
        except Exception as error:
            if is_refused_value(error):
                self.broken = postgres_error(error)  # those before it were sent
            self._fail(error)

    async def alone(self, name: str) -> None:
        if self._writable:
            await self.rows(_ALONE, name=name)

    def _open(self) -> Connection:
        if self.broken is not None:
            raise self.broken
        if self._connection is None:
            raise RuntimeError("this step has ended: open another one")
        return self._connection

    def _writing(self) -> None:
        if not self._writable:
            raise RuntimeError("a view cannot write or lock: open a step")

    def _fail(self, error: Exception) -> None:
        """Raise the store's error for an error of the driver. An error of the store itself is raised unchanged."""
        if isinstance(error, (StoreError, RuntimeError)):
            raise error
        if is_refused_value(error):
            refuse_value(error)
        self.broken = postgres_error(error)
        raise self.broken from error


def _bound(names: Sequence[str], values: Mapping[str, Cell]) -> list[Cell]:
    return [escape_cell(values[name]) for name in names]
