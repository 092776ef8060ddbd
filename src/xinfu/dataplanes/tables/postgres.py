"""PostgreSQL: one read-only transaction of one moment for a result, read by a cursor on the server.

A session ends when its result ends or is stopped; a statement that still runs is cancelled at the server. Types that
have no form of their own are cast to text there, so that nothing is lost on the way.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import asyncpg
from asyncpg import Connection

from xinfu.dataplanes.own_files import STORE_TABLES, is_own
from xinfu.dataplanes.source_errors import broken_off, unreachable
from xinfu.dataplanes.tables.columns import (
    BATCH_BYTES,
    Batch,
    Value,
    bad_query,
    inexact,
    named_once,
    no_table,
    not_a_select,
)
from xinfu.dataplanes.tables.postgres_place import DatabasePlace, Reach, database_place
from xinfu.dataplanes.tables.queries import (
    over,
    parameter_names,
    place_parameters,
    quote_name,
    schema_and_name,
    statement_of,
    types_of,
    whole_table,
)
from xinfu.dataplanes.tables.transforming import MASKED, of_query, shape, statement
from xinfu.errors import InputError, RefusedError
from xinfu.ports.dataplane import Form, Secrets
from xinfu.ports.sources import Column, TableSource

_CONNECT_S: Final = 10.0
_LEAVE_S: Final = 0.5
_FIRST_ROWS: Final = 64
_MOST_ROWS: Final = 8192
_SETTINGS: Final = {
    "application_name": "xinfu",
    "default_transaction_read_only": "on",
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "IntervalStyle": "iso_8601",
    "extra_float_digits": "3",
    "jit": "off",
    "lock_timeout": "10s",
}
_CASTS: Final = {
    "text": "text",
    "enum": "text",
    "integer": "bigint",
    "number": "numeric",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamptz",
}
_PLAIN: Final = {
    **dict.fromkeys(("int2", "int4", "int8"), "integer"),
    **dict.fromkeys(("float4", "float8"), "number"),
    **dict.fromkeys(("text", "varchar", "bpchar", "name"), "text"),
    "bool": "boolean",
    "bytea": "bytes",
    "date": "date",
    "time": "time",
    "timestamp": "timestamp",
    "timestamptz": "instant",
}
_LOST: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, asyncio.IncompleteReadError)
_IS_STORE: Final = (
    "SELECT true FROM pg_catalog.pg_class WHERE relkind = 'r' AND relname = ANY($1::pg_catalog.text[])"
    " GROUP BY relnamespace HAVING pg_catalog.count(*) = $2::pg_catalog.int8 LIMIT 1"
)
"""Whether a schema of the database holds a node's store."""
_EPOCH: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - a moment without zone, as the server counts it
_WIDEST_DECIMAL: Final = 76


class Postgres:
    """Reads tables and queries of PostgreSQL databases.

    Args:
        reach: finds the address at which a host may be reached.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    @asynccontextmanager
    async def open(
        self,
        source: TableSource,
        values: dict[str, Value],
        *,
        secrets: Secrets,
        arrow: bool,
        form: Form = (),
    ) -> AsyncIterator["PostgresRows"]:
        """Begin to read; see `columns.Engine`."""
        password = secrets[source.secret] if source.secret is not None else ""
        connection = await self._connected(secrets.context, database_place(source.database), password)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                rows = PostgresRows(connection)
                await rows.begin(source, values, arrow=arrow, form=form)
                yield rows
        except (asyncpg.InterfaceError, OSError) as error:  # the end of a transaction on a lost connection
            raise broken_off() from error
        finally:
            await asyncio.shield(_left(connection))

    async def _connected(self, context: str, place: DatabasePlace, password: str) -> Connection:
        try:
            at = await self._reach(context, place.host, place.encrypted)
            connection = await asyncpg.connect(
                place.url,
                host=None if place.named_in_tls else at,
                password=password,  # never None: the driver would look for one of the node's own
                timeout=_CONNECT_S,
                server_settings=_SETTINGS,
                statement_cache_size=0,
            )
            if await connection.fetchval(_IS_STORE, STORE_TABLES, len(STORE_TABLES)):
                await _left(connection)
                raise is_own()
            for name, decode in _MOMENTS.items():
                await connection.set_type_codec(
                    name, schema="pg_catalog", encoder=_ENCODERS[name], decoder=decode, format="tuple"
                )
        except RefusedError:
            raise
        except (*_LOST, TimeoutError, ValueError) as error:
            raise unreachable() from error
        return connection


class PostgresRows:
    """The rows of one statement."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cursor: Any = None
        self.columns: tuple[Column, ...] = ()

    async def begin(
        self,
        source: TableSource,
        values: dict[str, Value],
        *,
        arrow: bool,
        form: Form = (),
    ) -> None:
        """Find the table or check the query, and open the cursor."""
        names = parameter_names(source.query or "")
        numbers = {name: number for number, name in enumerate((n for n in names if n in values), 1)}
        given = [values[name] for name in numbers]
        with _taken():
            if source.table is not None:
                query, known = await _all_of(self._connection, source.table)
            else:
                query, known = _numbered(source, numbers), {}
            kinds = await self._kinds(query)
        if form:
            named_once(tuple(Column(name=name, type=kind.name) for name, kind in kinds))
            query, bound = _transformed(query, dict(kinds), len(given), form)
            given += bound
            with _taken(_no_part_of_another):
                kinds = await self._kinds(query)
        shown = [_shown(name, kind, known.get(name)) for name, kind in kinds]
        named_once(tuple(column for _, column in shown))
        whole = over(query, (expression for expression, _ in shown))
        with _taken(_no_part_of_another):
            prepared = await self._connection.prepare(whole)
        columns = tuple(column for _, column in shown)
        with _broken():
            if arrow:
                columns = await _looked_through(self._connection, query, given, columns)
        with _taken():
            self._cursor = await prepared.cursor(*given)
        self.columns = columns

    async def _kinds(self, query: str) -> list[tuple[str, Any]]:
        bare = await self._connection.prepare(query)
        return [(each.name, each.type) for each in bare.get_attributes()]

    async def batches(self) -> AsyncIterator[Batch]:
        """The rows in order, about 1 MiB at a time."""
        count = _FIRST_ROWS
        while True:
            with _broken():
                rows = await self._cursor.fetch(count)
            if not rows:
                return
            self._exact(rows)
            yield rows
            bytes_each = max(1, sum(map(_size, rows[:_FIRST_ROWS])) // len(rows[:_FIRST_ROWS]))
            count = min(2 * count, _MOST_ROWS, max(1, BATCH_BYTES // bytes_each))

    def _exact(self, rows: list[Any]) -> None:
        for at, column in enumerate(self.columns):
            if column.type in {"date", "timestamp", "instant"} and any(row[at] is _BEYOND for row in rows):
                raise inexact(
                    column.name, "a moment out of the years 1 to 9999", "超出公元 1 至 9999 年的时刻"
                )


def _numbered(source: TableSource, numbers: dict[str, int]) -> str:
    types = types_of(source)
    return place_parameters(
        statement_of(source), numbers, lambda name: f"CAST(${numbers[name]} AS {_CASTS[types[name]]})"
    )


async def _all_of(connection: Connection, table: str) -> tuple[str, dict[str, str]]:
    """The statement for a whole table, and the types of its decimals."""
    schema, name = schema_and_name(table)
    found = await connection.fetchrow(
        "SELECT c.oid, n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind = ANY('{r,v,m,f,p}') AND c.relname = $1"
        " AND (n.nspname = $2 OR ($2::text IS NULL AND pg_table_is_visible(c.oid)))",
        name,
        schema,
    )
    if found is None:
        raise no_table(table)
    listed = await connection.fetch(
        "SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute"
        " WHERE attrelid = $1 AND attnum > 0 AND atttypid = 'numeric'::regtype",
        found["oid"],
    )
    decimals = {row["attname"]: _decimal(row["type"]) for row in listed}
    return whole_table(name, found["nspname"]), decimals


def _transformed(query: str, kinds: dict[str, Any], already: int, form: Form) -> tuple[str, list[Value]]:
    """The query with its transforms carried out, and the values that are bound in it behind those of the query."""
    bound: list[Value] = []
    types = {name: _shown(name, kind, None)[1].type for name, kind in kinds.items()}

    def compare(column: str, sign: str, value: Value) -> str:
        of = of_query(column)
        if not isinstance(value, Decimal):
            if types[column] != "text":
                return "FALSE"
            bound.append(value)
            given = f"CAST(${already + len(bound)} AS text)"
            return f"convert_to({of}::text, 'UTF8') {sign} convert_to({given}, 'UTF8')"
        as_type = {"integer": "numeric", "decimal": "numeric", "number": "float8"}.get(types[column])
        if as_type is None:
            return "FALSE"
        bound.append(format(value, "f"))
        given = f"CAST(CAST(${already + len(bound)} AS text) AS {as_type})"
        return f"({of}::{as_type} <> 'NaN'::{as_type} AND {of}::{as_type} {sign} {given})"

    def masking(column: str) -> str:
        of = of_query(column)
        kind = kinds[column]
        if kind.schema == "pg_catalog" and kind.name in {"text", "varchar", "bpchar"}:
            return f"CASE WHEN {of} IS NOT NULL THEN '{MASKED}'::text END"
        return f"CASE WHEN 1 = 0 THEN {of} END"

    return statement(query, shape(list(kinds), form), masking=masking, compare=compare), bound


def _decimal(formatted: str) -> str:
    match = re.fullmatch(r"numeric\((\d+),(\d+)\)", formatted)
    fits = match is not None and int(match[2]) <= int(match[1]) <= _WIDEST_DECIMAL
    return f"decimal({match[1]},{match[2]})" if match is not None and fits else "decimal"


def _shown(name: str, kind: Any, known: str | None) -> tuple[str, Column]:
    """How a column is selected, and how it is shown. A type without a form of its own is read as text."""
    column = quote_name(name)
    if kind.name in _PLAIN and kind.schema == "pg_catalog":
        return column, Column(name=name, type=_PLAIN[kind.name])
    if kind.name == "numeric":
        return f"{column}::text AS {column}", Column(name=name, type=known or "decimal")
    if kind.name in {"json", "jsonb"}:
        return f"{column}::text AS {column}", Column(name=name, type="json")
    if kind.kind in {"array", "composite"}:
        return f"to_json({column})::text AS {column}", Column(name=name, type="json")
    return f"{column}::text AS {column}", Column(name=name, type="text")


async def _looked_through(
    connection: Connection, query: str, given: list[Value], columns: tuple[Column, ...]
) -> tuple[Column, ...]:
    """The columns, with digits and scale measured for each decimal whose type does not declare them."""
    open_ones = [column for column in columns if column.type == "decimal"]
    if not open_ones:
        return columns
    told = (
        f"max(scale({name})), max(length(trunc(abs({name}))::text)),"
        f" bool_or({name}::text IN ('NaN', 'Infinity', '-Infinity'))"
        for name in (quote_name(column.name) for column in open_ones)
    )
    seen = await connection.fetchrow(over(query, told), *given)
    types: dict[str, str] = {}
    for at, column in enumerate(open_ones):
        scale, digits, unusual = seen[3 * at : 3 * at + 3]
        fits = not unusual and (scale or 0) + (digits or 1) <= _WIDEST_DECIMAL
        types[column.name] = f"decimal({(scale or 0) + (digits or 1)},{scale or 0})" if fits else "text"
    return tuple(Column(name=each.name, type=types.get(each.name, each.type)) for each in columns)


def _size(row: Any) -> int:
    return sum(len(value) if isinstance(value, (str, bytes)) else 16 for value in row)


_BEYOND: Final = object()
"""A moment that Python's calendar does not hold: infinity, or a year out of 1 to 9999."""


def _day(counted: tuple[int]) -> object:
    try:
        return date.fromordinal(_EPOCH.toordinal() + counted[0])
    except (ValueError, OverflowError):
        return _BEYOND


def _moment(counted: tuple[int]) -> object:
    try:
        return _EPOCH + timedelta(microseconds=counted[0])
    except OverflowError:
        return _BEYOND


def _instant(counted: tuple[int]) -> object:
    moment = _moment(counted)
    return moment.replace(tzinfo=UTC) if isinstance(moment, datetime) else moment


def _counted(moment: datetime) -> tuple[int]:
    return ((moment.replace(tzinfo=None) - _EPOCH) // timedelta(microseconds=1),)


_MOMENTS: Final = {"date": _day, "timestamp": _moment, "timestamptz": _instant}
_ENCODERS: Final[dict[str, Any]] = {
    "date": lambda day: (day.toordinal() - _EPOCH.toordinal(),),
    "timestamp": _counted,
    "timestamptz": _counted,
}


async def _left(connection: Connection) -> None:
    """Let go of a session; a statement that runs is cancelled, so that it does not outlive its reader."""
    try:
        await connection.close(timeout=_LEAVE_S)
    except (*_LOST, TimeoutError):
        connection.terminate()


@contextmanager
def _taken(why: Any = None) -> Iterator[None]:
    """Raise a server error about a statement with the server's words, for the participant that publishes it."""
    try:
        yield
    except asyncpg.PostgresSyntaxError as error:
        if "multiple commands" in str(error):
            raise not_a_select() from error
        raise (why or bad_query)(str(error)) from error
    except (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError) as error:
        raise broken_off() from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise (why or bad_query)(str(error)) from error
    except OSError as error:
        raise broken_off() from error


@contextmanager
def _broken() -> Iterator[None]:
    try:
        yield
    except _LOST as error:
        raise broken_off() from error


def _no_part_of_another(_: str) -> InputError:
    """The error for a statement that can be prepared but not selected from, so that it is not a SELECT."""
    return not_a_select()
