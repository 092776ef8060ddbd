"""Transforms as SQL around the provider's own query: only these columns, only these rows, these columns masked.

Names of columns are those that the query really has, values are bound and never written into the statement. Numbers are
compared as numbers and texts by code point, in every engine alike; a row whose value is absent or of another type does
not leave (decision 0028). What cannot be done exactly ends the read before anything leaves.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import ROUND_FLOOR, Decimal, localcontext
from typing import Final

import msgspec

from xinfu.dataplanes.tables import errors
from xinfu.dataplanes.tables.columns import Value
from xinfu.dataplanes.tables.queries import over, quote_name
from xinfu.errors import NotFoundError, RefusedError
from xinfu.odrl import Columns, Mask, Resolution, Rows, RowTest
from xinfu.ports.dataplane import ChosenColumns, Form

MASKED: Final = "***"
"""The text that replaces a masked one."""

_LONGEST_LIST: Final = 300
_DIGITS: Final = 15
"""Of a number in a test: so many are exact in every engine."""
_SIGNS: Final = {"eq": "=", "neq": "<>", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """The combined effect of several transforms in sequence.

    Attributes:
        names: the columns that are selected, in the order of the query.
        masked: the masked columns, and the action that masks each.
        tests: the tests that every selected row passes.
    """

    names: tuple[str, ...]
    masked: dict[str, str]
    tests: tuple[RowTest, ...]


Compare = Callable[[str, str, Value], str]
"""The SQL of one comparison: column, sign, and the value, which it binds."""
Masking = Callable[[str], str]
"""The SQL of a column whose texts are desensitized."""


def shape(names: Sequence[str], form: Form) -> Shape:
    """Combine transforms for a query that has these columns.

    Raises:
        RefusedError: `transform.column`, `transform.value`, `transform.unavailable`.
        NotFoundError: `column.not-found`: what is chosen is not among what may leave.
    """
    twice = [name for name in names if sum(each.casefold() == name.casefold() for each in names) > 1]
    if twice:
        raise _no_column(twice[0])  # engines that do not tell case apart could give the other one
    left, masked, tests = list(names), dict[str, str](), list[RowTest]()
    coarse = set[str]()
    for each in form:
        match each:
            case Columns():
                _known(each.names, names)
                left = [name for name in left if name in each.names]
            case Mask():
                _known(each.columns, names)
                masked |= {name: _stronger(masked.get(name), each.action) for name in each.columns}
            case Rows():
                as_they_are = [name for name in left if name not in masked and name not in coarse]
                _known([test.column for test in each.tests], as_they_are)
                tests += each.tests
            case Resolution():  # done to the rows behind the query, see `coarsen_by`
                _known(each.columns, names)
                coarse |= set(each.columns)
            case ChosenColumns():
                left = _chosen(each.names, left)
            case _:
                raise unavailable(each.needs)
    if not left:
        raise _no_column(", ".join(names)[:64])
    return Shape(names=tuple(left), masked=masked, tests=tuple(tests))


def statement(query: str, formed: Shape, *, masking: Masking, compare: Compare) -> str:
    """The query with `formed` applied around it."""
    shown = (_shown(name, formed.masked.get(name), masking) for name in formed.names)
    tests = [_test(test, compare) for test in formed.tests]
    return over(query, shown) + (f" WHERE {' AND '.join(tests)}" if tests else "")


def of_query(name: str) -> str:
    """The SQL for a column of the query inside `statement`."""
    return f"q.{quote_name(name)}"


def _shown(name: str, mask: str | None, masking: Masking) -> str:
    if mask is None:
        return of_query(name)
    if mask == "anonymize":
        return f"CASE WHEN 1 = 0 THEN {of_query(name)} END AS {quote_name(name)}"  # NULL of the column's own type
    return f"{masking(name)} AS {quote_name(name)}"


def _test(test: RowTest, compare: Compare) -> str:
    values = [_number(value) if test.is_number else value for value in test.values]
    if test.operator == "isAnyOf":
        return "(" + " OR ".join(compare(test.column, "=", value) for value in values) + ")"
    return compare(test.column, _SIGNS[test.operator], values[0])


def _number(text: str) -> Decimal:
    value = Decimal(text)
    if len(value.normalize().as_tuple().digits) > _DIGITS or (value and value.adjusted() >= _DIGITS):
        raise errors.TRANSFORM_VALUE(digits=_DIGITS)
    return value


def _stronger(known: str | None, action: str) -> str:
    return "anonymize" if "anonymize" in (known, action) else action


def _chosen(wanted: Sequence[str], left: Sequence[str]) -> list[str]:
    for name in wanted:
        if name not in left:
            raise _not_found(name, left)
    return [name for name in left if name in wanted]


def _known(wanted: Sequence[str], names: Sequence[str]) -> None:
    for name in wanted:
        if name not in names:
            raise _no_column(name)


def _not_found(name: str, left: Sequence[str]) -> NotFoundError:
    known = ", ".join(left)[:_LONGEST_LIST]
    return errors.COLUMN_NOT_FOUND(name=_shortened(name), known=known)


def _shortened(name: str) -> str:
    return name[:64] if name.isprintable() else "?"


def _no_column(name: str) -> RefusedError:
    shown = _shortened(name)
    return errors.TRANSFORM_COLUMN(shown=shown)


def unavailable(needs: str) -> RefusedError:
    """The error for a transform that the source cannot apply exactly."""
    return errors.TRANSFORM_UNAVAILABLE(needs=needs)


def on_grid(sign: str, value: Decimal, scale: int) -> tuple[str, Decimal] | None:
    """The same comparison of numbers with `scale` digits behind the point, with a number of that kind.

    None where no such number equals the value, and the sign asks just for that.
    """
    with localcontext(prec=64):
        step = Decimal(1).scaleb(-scale)
        below = value.quantize(step, rounding=ROUND_FLOOR)
        if below == value:
            return sign, below
        if sign in {"=", "<>"}:
            return None
        return ("<=", below) if sign in {"<", "<="} else (">", below)


def names_of_values(taken: Sequence[str]) -> Iterator[str]:
    """Names for bound values that the query does not use yet."""
    at = 0
    while True:
        if (name := f"transform_{at}") not in taken:
            yield name
        at += 1
