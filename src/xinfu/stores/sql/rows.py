"""Convert between structs and rows: the cells of a record, moments as numbers, and lists of values for IN."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final, TypeVar

from xinfu.stores.sql.statements import Cell

T = TypeVar("T")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Microseconds since 1970 in UTC; a moment without a zone is a TypeError."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(micros_since_1970: Cell) -> datetime:
    """The moment for a number made by `micros`, in UTC."""
    assert isinstance(micros_since_1970, int)
    return _EPOCH + timedelta(microseconds=micros_since_1970)


def cell(value: object) -> Cell:
    """A field of a record as a cell.

    Raises:
        TypeError: the value has no place in a column.
    """
    kind = type(value)
    if kind is str or kind is int or kind is bytes or value is None:
        return value  # type: ignore[return-value]  # kind was looked at
    if isinstance(value, Enum):
        return cell(value.value)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return micros(value)
    raise TypeError(f"{kind.__name__} has no place in a column")


def text(value: Cell) -> str:
    """A cell that is text."""
    assert isinstance(value, str)
    return value


def number(value: Cell) -> int:
    """A cell that is a number."""
    assert isinstance(value, int)
    return value


def blob(value: Cell) -> bytes:
    """A cell that is bytes."""
    assert isinstance(value, bytes)
    return value


def pad(values: Sequence[T]) -> list[T]:
    """Repeat the last value up to a power of two, so that few lengths need few statements.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("an empty list matches nothing; do not ask")
    wanted = 1 << (len(values) - 1).bit_length()
    return [*values, *([values[-1]] * (wanted - len(values)))]
