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
    return errors.SOURCE_VALUE(column=column, why_en=why_en, why_zh=why_zh)


def bad_query(said: str) -> InputError:
    """The engine does not take the statement; told to the one who publishes it."""
    first = said.strip().splitlines()[0][:300] if said.strip() else ""
    return errors.SOURCE_QUERY(first=first)


def not_a_select() -> InputError:
    """Something else than one SELECT."""
    return errors.SOURCE_NOT_A_SELECT()


def no_table(name: str) -> InputError:
    """There is no table or view of this name."""
    return errors.SOURCE_NO_TABLE(name=name)


def unnamed_columns() -> InputError:
    """Two columns of the same name, one without, or none at all."""
    return errors.SOURCE_COLUMNS()


def named_once(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns as they are.

    Raises:
        InputError: `source.columns`.
    """
    names = {column.name for column in columns}
    if not columns or len(names) != len(columns) or "" in names:
        raise unnamed_columns()
    return columns
