"""Columns by which records are found, declared by their kind, and the conditions that they make.

    class _Duties(DatedKind[DutyRecord]):
        agreement = Word[DutyRecord, str](lambda duty: duty.agreement)
        owes = Number[DutyRecord, bool](lambda duty: duty.owes)

    await step.of(DUTIES).find(DUTIES.agreement.equals(id), DUTIES.owes.equals(True))

A type checker refuses a column of another kind, and a value that the column cannot have.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")
V = TypeVar("V")
W = TypeVar("W", bound=str)
N = TypeVar("N", bound=int | datetime)


class RecordColumn(Generic[T, V]):
    """A column by which records are found: a `Word` or a `Number`.

    Attributes:
        name: the attribute of the kind that holds it.
        value_of: computes the value from a record.
        optional: whether a record may have no value.
    """

    __slots__ = ("name", "optional", "value_of")

    def __init__(self, value_of: Callable[[T], V | None], *, optional: bool = False) -> None:
        self.name = ""
        self.value_of = value_of
        self.optional = optional

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<column: {self.name}>"

    def equals(self, value: V) -> "Match[T]":
        """The condition that the column has this value."""
        return Match(self, (value,))

    def among(self, values: Collection[V]) -> "Match[T]":
        """The condition that the column has one of these values, at most 1,000; without any it fits nothing."""
        return Match(self, tuple(values))


class Word(RecordColumn[T, W]):
    """A column of text, compared and sorted by code point."""

    __slots__ = ()

    def equals_text(self, text: str) -> "Match[T]":
        """The condition that the column has this text, even if it is not one of the column's values.

        For text that comes from outside; it then fits nothing.
        """
        return Match(self, (text,))


class Number(RecordColumn[T, N]):
    """A column of whole numbers; a flag is 0 or 1, a moment the count of microseconds since 1970 in UTC."""

    __slots__ = ()


class Match(msgspec.Struct, Generic[T], frozen=True):
    """The condition that a column has one of these values; made by the column."""

    column: RecordColumn[T, Any]
    values: tuple[Any, ...]
