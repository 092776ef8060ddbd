"""Columns and batches, as engines produce them and formats take them.

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

from xinfu.dataplanes.tables import errors
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
    """The rows of one statement, as of one moment. They are alive inside the block that gave them."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns; no two have the same name."""

    def batches(self) -> AsyncIterator[Batch]:
        """The rows in order, read only as they are taken. Cancelling it stops the statement.

        Raises:
            StoreError: `source.broken-off`: the database died or the statement failed on its way.
        """


class Engine(Protocol):
    """Runs read-only statements on one kind of database."""

    def open(
        self,
        source: TableSource,
        values: dict[str, Value],
        *,
        secrets: Secrets,
        arrow: bool,
        form: Form = (),
    ) -> AbstractAsyncContextManager[Rows]:
        """Open the source and run the statement.

        Args:
            values: the value of every declared parameter.
            form: transforms of the rows before they leave the database.
            arrow: whether the format needs one type for each column.

        Raises (on entering):
            InputError: `source.missing`, `source.no-table`, `source.not-a-select`, `source.query`.
            StoreError: `source.unreachable`. RefusedError: `transform.*`. NotFoundError: `column.not-found`.
        """


def inexact(column: str, why_en: str, why_zh: str) -> StoreError:
    """The error for a value that the format cannot hold exactly."""
    return errors.SOURCE_VALUE(column=column, why_en=why_en, why_zh=why_zh)


def bad_query(said: str) -> InputError:
    """The error for a statement that the engine refuses; the participant that publishes it reads the reason."""
    first = said.strip().splitlines()[0][:300] if said.strip() else ""
    return errors.SOURCE_QUERY(first=first)


def not_a_select() -> InputError:
    """The error for a query that is not a single SELECT."""
    return errors.SOURCE_NOT_A_SELECT()


def no_table(name: str) -> InputError:
    """The error for a table or view that does not exist."""
    return errors.SOURCE_NO_TABLE(name=name)


def unnamed_columns() -> InputError:
    """The error for a query whose columns repeat a name, lack a name, or do not exist."""
    return errors.SOURCE_COLUMNS()


def named_once(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Return the columns unchanged after checking that each has a name of its own.

    Raises:
        InputError: `source.columns`.
    """
    names = {column.name for column in columns}
    if not columns or len(names) != len(columns) or "" in names:
        raise unnamed_columns()
    return columns
