"""Statements: SQL that SQLite and PostgreSQL read alike, and the transaction that they run in.

A value is always a bound parameter, `:name`; nothing that comes from outside ever becomes part of a text
(threat P6). Texts are put together here and in a few places of this package, from names that stand in
stores/sql/tables.py. Written by hand, not with a library: loading one costs more than a third of the time and
memory that a whole node may take.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, TypeAlias

import msgspec

from xinfu.ports.records import OutboxRow
from xinfu.stores.sql.documents import Words
from xinfu.stores.sql.tables import Table

Cell: TypeAlias = str | int | bytes | None
Row: TypeAlias = tuple[Cell, ...]
Lock: TypeAlias = Literal["", "FOR UPDATE", "FOR UPDATE SKIP LOCKED"]


class Statement(msgspec.Struct, frozen=True):
    """A statement. `lock` follows its text where several steps run at the same time (not on SQLite)."""

    text: str
    lock: Lock = ""


class Session(Protocol):
    """An open transaction, on which everything in stores/sql runs its statements.

    Raises (every method):
        StoreError: `store.full`, `store.broken`; the transaction cannot go on.
        InputError: `store.text-unusable`: a value cannot be stored as text or number; it can go on.

    Attributes:
        held: the rows that it has locked, by table and id, as they are now: a change writes only what differs.
    """

    held: dict[tuple[str, str], Mapping[str, Cell]]

    @property
    def words(self) -> Words:
        """The expressions by which this SQL reads documents."""
        ...

    def topic(self, name: str) -> None:
        """Notify watchers of the topic `name` after the commit."""

    def promise(self, row: OutboxRow) -> None:
        """Hand over `row`, which is leased to this process, to the process's worker after the commit."""

    async def rows(self, statement: Statement, /, **values: Cell) -> list[Row]:
        """Run a SELECT, and return its rows."""
        ...

    async def search(self, statement: Statement, /, **values: Cell) -> list[Row]:
        """Run a SELECT that may read very many rows, while others go on."""
        ...

    async def write(self, statement: Statement, /, **values: Cell) -> int:
        """Run a change, and return the number of rows that it touched."""
        ...

    async def write_rows(self, statement: Statement, /, **values: Cell) -> list[Row]:
        """Run a change with RETURNING, or a SELECT that locks, and return its rows."""
        ...

    async def write_each(self, statement: Statement, values: Sequence[Mapping[str, Cell]]) -> None:
        """Run a change once for each of `values`, in one go."""
        ...

    async def alone(self, name: str) -> None:
        """Wait until no other transaction that asked for the same `name` runs; a view goes on at once."""
        ...


def sql(*parts: str, lock: Lock = "") -> Statement:
    """Join the parts into a statement."""
    return Statement(" ".join(part for part in parts if part), lock)


def quote_name(name: str) -> str:
    """Quote the name of a column, so that it may be a keyword of SQL."""
    return f'"{name}"'


def list_names(names: Sequence[str]) -> str:
    """Quoted names of columns, separated by commas."""
    return ", ".join(map(quote_name, names))


def equal(names: Sequence[str], prefix: str = "") -> str:
    """The condition that each column equals the value of the same name after `prefix`."""
    return " AND ".join(f'"{name}" = :{prefix}{name}' for name in names)


def among(column: str, name: str, count: int) -> str:
    """The condition that the column equals any of the values `name`_0, `name`_1 and so on."""
    return f"{column} IN ({', '.join(f':{name}_{place}' for place in range(count))})"


def insert_new(table: Table, columns: Sequence[str] | None = None, *, giving: str = "") -> Statement:
    """An INSERT that does nothing if a key or unique index is taken. Values have the names of the columns.

    Args:
        columns: the columns that get a value; None for all.
        giving: a column to return of the new row.
    """
    returning = ("RETURNING", quote_name(giving)) if giving else ()
    return sql(*_insert(table, columns or table.names), "ON CONFLICT DO NOTHING", *returning)


def insert_or_replace(table: Table) -> Statement:
    """An INSERT that replaces the row with the same key. Values have the names of the columns."""
    news = ", ".join(f'"{name}" = excluded."{name}"' for name in table.names if name not in table.key)
    return sql(
        *_insert(table, table.names), "ON CONFLICT", f"({list_names(table.key)})", "DO UPDATE SET", news
    )


def _insert(table: Table, columns: Sequence[str]) -> list[str]:
    values = ", ".join(f":{name}" for name in columns)
    return ["INSERT INTO", table.name, f"({list_names(columns)})", "VALUES", f"({values})"]
