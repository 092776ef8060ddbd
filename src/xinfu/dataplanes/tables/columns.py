"""Columns and batches: what an engine gives and a format takes.

A batch is a list of rows, or an Arrow record batch where the engine speaks Arrow itself. The values of a row are
None and, by the type of their column: `text` str, `integer` int, `number` float, `decimal(p,s)` Decimal (`decimal`
alone: its digits as str), `boolean` bool, `date`, `time`, `timestamp` (datetime without zone), `instant` (datetime
in UTC), `bytes`, `json` (its text). A column of the type `any` holds whatever each row holds.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Protocol

from xinfu.errors import InputError, StoreError
from xinfu.ports.dataplane import Form, Secrets
from xinfu.ports.sources import Column, TableSource

BATCH_BYTES: Final = 1024 * 1024
"""About as much of a result is in memory at a time."""

Value = str | int | Decimal | bool | date | datetime | None
"""What a parameter can be."""

Batch = Any
"""A list of tuples, or a pyarrow.RecordBatch (an optional library, so that it cannot be named here)."""


class Rows(Protocol):
    """The rows of one statement, of one moment; alive inside the block that gave them."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """Each name stands once."""

    def batches(self) -> AsyncIterator[Batch]:
        """The rows in order, read only as they are taken. Cancelling it stops the statement.

        Raises:
            StoreError: `source.broken-off`: the database died or the statement failed on its way.
        """


class Engine(Protocol):
    """Runs statements of one kind of database, and nothing but reads."""

    def open(
        self,
        source: TableSource,
        values: dict[str, Value],
        *,
        secrets: Secrets,
        arrow: bool,
        form: Form = (),
    ) -> AbstractAsyncContextManager[Rows]:
        """Begin to read.

        Args:
            values: of every parameter that is declared.
            form: what is done to the rows before they leave the database.
            arrow: the rows go into a format in which a column has one type.

        Raises (on entering):
            InputError: `source.missing`, `source.no-table`, `source.not-a-select`, `source.query`.
            StoreError: `source.unreachable`. RefusedError: `transform.*`. NotFoundError: `column.not-found`.
        """


def inexact(column: str, why_en: str, why_zh: str) -> StoreError:
    """A value that the format cannot hold as it is."""
    return StoreError(
        "source.value",
        f"Column {column} holds a value that this format cannot hold exactly: {why_en}.",
        f"列 {column} 中有该格式无法精确表示的值：{why_zh}。",
        help_en="Ask for another format, or let the provider cast the column.",
        help_zh="请改用其他格式，或请数据提供方转换该列的类型。",
    )


def bad_query(said: str) -> InputError:
    """The engine does not take the statement; told to the one who publishes it."""
    first = said.strip().splitlines()[0][:300] if said.strip() else ""
    return InputError(
        "source.query",
        f"The database does not take the query: {first}",
        f"数据库不接受该查询：{first}",
        help_en="Write one SELECT; parameters stand in it as :name and are declared.",
        help_zh="请写成单条 SELECT；参数在其中写作 :name，并须声明。",
    )


def not_a_select() -> InputError:
    """Something else than one SELECT."""
    return InputError(
        "source.not-a-select",
        "The query is not one single SELECT.",
        "该查询不是单条 SELECT 语句。",
        help_en="Write one statement that only reads.",
        help_zh="请只写一条只读语句。",
    )


def no_table(name: str) -> InputError:
    """There is no table or view of this name."""
    return InputError(
        "source.no-table",
        f"The database has no table or view {name}.",
        f"数据库中没有表或视图 {name}。",
        help_en="Names are taken as they are written, with a schema before a dot where there is one.",
        help_zh="名称须与数据库中完全一致；如有模式名，写在点号之前。",
    )


def unnamed_columns() -> InputError:
    """Two columns of the same name, one without, or none at all."""
    return InputError(
        "source.columns",
        "A result has columns, each with a name of its own.",
        "结果须有列，且每一列都有各不相同的名称。",
        help_en="Name it in the query: SELECT a AS x, b AS y.",
        help_zh="请在查询中命名：SELECT a AS x, b AS y。",
    )


def named_once(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns as they are.

    Raises:
        InputError: `source.columns`.
    """
    names = {column.name for column in columns}
    if not columns or len(names) != len(columns) or "" in names:
        raise unnamed_columns()
    return columns
