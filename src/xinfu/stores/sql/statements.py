"""Statements: written once with SQLAlchemy Core, rendered once a dialect, run as text with bound values.

SQLAlchemy's own way of running a statement costs more than the statement does on SQLite, so only its
renderer is used. Every value is a bound parameter (threat P6): a Statement has no way to take text in.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, TypeAlias

from sqlalchemy import Dialect, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement

Cell: TypeAlias = str | int | bytes | None
Row: TypeAlias = tuple[Cell, ...]


class Rendered:
    """The text of a statement for one dialect, and which value goes where."""

    __slots__ = ("_fixed", "_names", "text")

    def __init__(self, compiled: SQLCompiler) -> None:
        names = compiled.positiontup or []
        self.text = str(compiled)
        self._names = tuple(names)
        self._fixed: Mapping[str, Cell] = {
            name: compiled.params[name]
            for name in names
            if isinstance(compiled.params[name], (str, int, bytes))
        }

    def arrange(self, values: Mapping[str, Cell]) -> tuple[Cell, ...]:
        """The values in the order of the text; a value that is missing is a KeyError."""
        known = {**self._fixed, **values} if self._fixed else values
        return tuple([known[name] for name in self._names])


class Statement:
    """A statement that is built when it is first needed, and kept as text for each dialect."""

    __slots__ = ("_build", "_columns", "_rendered")

    def __init__(self, build: Callable[[Dialect], Executable], columns: Sequence[str] | None = None) -> None:
        """`columns`: for an INSERT, the columns that get a value; each is bound under its own name."""
        self._build = build
        self._columns = list(columns) if columns is not None else None
        self._rendered: dict[str, Rendered] = {}

    def rendered(self, dialect: Dialect) -> Rendered:
        """The text for `dialect`, whose paramstyle must be positional."""
        found = self._rendered.get(dialect.name)
        if found is None:
            element = self._build(dialect)
            assert isinstance(element, ClauseElement)
            compiled = element.compile(dialect=dialect, column_keys=self._columns)
            assert isinstance(compiled, SQLCompiler)
            found = self._rendered[dialect.name] = Rendered(compiled)
        return found


class Session(Protocol):
    """One open transaction; `stores/sql` runs its statements on this.

    Raises (every method):
        StoreError: `store.full`, `store.broken`; the transaction cannot go on.
        InputError: `store.text-unusable`: a value cannot be stored as text or number.
    """

    def topic(self, name: str) -> None:
        """Tell `name` to those who watch, after the commit."""

    async def rows(self, statement: Statement, /, **values: Cell) -> list[Row]:
        """What a SELECT gives."""
        ...

    async def write(self, statement: Statement, /, **values: Cell) -> int:
        """Run a change; gives how many rows it touched."""
        ...

    async def write_rows(self, statement: Statement, /, **values: Cell) -> list[Row]:
        """Run a change that has RETURNING, or a SELECT that locks; gives the rows."""
        ...


def sql(element: Executable) -> Statement:
    """A statement that is the same for every dialect."""
    return Statement(lambda _: element)


_INSERTS: Final[Mapping[str, Callable[[Table], sqlite.Insert | postgresql.Insert]]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def insert_new(table: Table, columns: Sequence[str] | None = None) -> Statement:
    """INSERT that does nothing (0 rows) where a key or unique index is taken. Values by column name."""
    names = list(columns) if columns is not None else [column.name for column in table.columns]

    def build(dialect: Dialect) -> Executable:
        return _INSERTS[dialect.name](table).on_conflict_do_nothing()

    return Statement(build, names)


def insert_or_replace(table: Table) -> Statement:
    """INSERT that takes the place of the row with the same primary key. Values by column name."""
    keys = [column.name for column in table.primary_key]
    names = [column.name for column in table.columns]

    def build(dialect: Dialect) -> Executable:
        statement = _INSERTS[dialect.name](table)
        news = {name: statement.excluded[name] for name in names if name not in keys}
        return statement.on_conflict_do_update(index_elements=keys, set_=news)

    return Statement(build, names)


def insert_giving(table: Table, columns: Sequence[str], giving: str) -> Statement:
    """INSERT that returns one column, or no row where a key or unique index is taken."""

    def build(dialect: Dialect) -> Executable:
        statement = _INSERTS[dialect.name](table).on_conflict_do_nothing()
        return statement.returning(table.c[giving])

    return Statement(build, columns)
