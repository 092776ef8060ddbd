"""Transforms as DuckDB carries them out: on columns with types, and on values of files that have none.

A value of a CSV file is a text, and a number as well where it reads as one; a value of JSON Lines is its own JSON.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec

from xinfu.dataplanes.tables.columns import Value
from xinfu.dataplanes.tables.duckdb_columns import digits_of, show_column
from xinfu.dataplanes.tables.queries import parameter_names
from xinfu.dataplanes.tables.transforming import (
    MASKED,
    names_of_values,
    of_query,
    on_grid,
    shape,
    statement,
)
from xinfu.ports.dataplane import Form

Bind = Callable[[object], str]
"""Binds a value, and returns its placeholder in the statement."""

_PLAIN: Final = "'[+-]?[0-9]{1,20}([.][0-9]{1,18})?'"
"""Numbers that are compared exactly, as DECIMAL(38, 18)."""
_NUMBER: Final = "'[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?'"
"""All numbers; the others are compared as binary fractions."""
_SCALE: Final = 18


class Values(msgspec.Struct, frozen=True):
    """How values of one kind of source are compared and masked.

    Attributes:
        compare: makes SQL from the column, its engine type, a sign, a value, and the function that binds it.
        mask: makes the SQL that replaces a present value, from the column and its engine type.
    """

    compare: Callable[[str, str, str, Value, Bind], str]
    mask: Callable[[str, str], str]


def transform_query(
    query: str, kinds: dict[str, str], values: dict[str, object], form: Form, of_values: Values
) -> tuple[str, dict[str, object]]:
    """The query with its form applied, and all values that are bound in it.

    Args:
        kinds: the columns of the query, and the engine's own types of them.
    """
    given = dict(values)
    free = names_of_values([*values, *parameter_names(query)])

    def bind(value: object) -> str:
        given[name := next(free)] = value
        return f"${name}"

    def compare(column: str, sign: str, value: Value) -> str:
        return of_values.compare(of_query(column), kinds[column], sign, value, bind)

    def masking(column: str) -> str:
        of = of_query(column)
        return f"CASE WHEN {of} IS NOT NULL THEN {of_values.mask(of, kinds[column])} END"

    return statement(query, shape(list(kinds), form), masking=masking, compare=compare), given


def _typed(of: str, kind: str, sign: str, value: Value, bind: Bind) -> str:
    if isinstance(value, Decimal):
        return _typed_number(of, kind, sign, value, bind)
    if kind == "TIMESTAMP_NS" or show_column("", kind, arrow=False)[1].type != "text":
        return "FALSE"
    return _texts(f"CAST({of} AS VARCHAR)", sign, value, bind)


def _texts(of: str, sign: str, value: Value, bind: Bind) -> str:
    """Compare texts by code point, as UTF-8."""
    return f"encode({of}) {sign} encode(CAST({bind(value)} AS VARCHAR))"


def _typed_number(of: str, kind: str, sign: str, value: Decimal, bind: Bind) -> str:
    if kind in {"FLOAT", "DOUBLE"}:
        return f"(NOT isnan({of}) AND {_binary(f'CAST({of} AS DOUBLE)', sign, value, bind)})"
    digits, scale = digits_of(kind)
    if not digits:
        return "FALSE"
    at = on_grid(sign, value, scale)
    if at is None:
        return f"({of} IS NOT NULL)" if sign == "<>" else "FALSE"
    sign, number = at
    if abs(number) >= Decimal(10) ** (digits - scale):
        is_so = sign == "<>" or ((sign in {"<", "<="}) == (number > 0) and sign != "=")
        return f"({of} IS NOT NULL)" if is_so else "FALSE"
    to = f"DECIMAL({digits}, {scale})"
    return f"CAST({of} AS {to}) {sign} CAST({bind(format(number, 'f'))} AS {to})"


def _binary(of: str, sign: str, value: Decimal, bind: Bind) -> str:
    return f"{of} {sign} CAST({bind(float(value))} AS DOUBLE)"


def _typed_mask(of: str, kind: str) -> str:
    is_text = kind == "VARCHAR" or kind.startswith("ENUM(")
    return f"'{MASKED}'" if is_text else f"CASE WHEN 1 = 0 THEN {of} END"


def _written_number(of: str, sign: str, value: Decimal, bind: Bind) -> str:
    """Compare a number that is written as text. A text that is not a number does not pass."""
    at = on_grid(sign, value, _SCALE)
    to = f"DECIMAL(38, {_SCALE})"
    exact = "TRUE" if sign == "<>" else "FALSE"
    if at is not None:
        exact = f"TRY_CAST({of} AS {to}) {at[0]} CAST({bind(format(at[1], 'f'))} AS {to})"
    other = f"coalesce({_binary(f'TRY_CAST({of} AS DOUBLE)', sign, value, bind)}, FALSE)"
    return (
        f"CASE WHEN regexp_full_match({of}, {_PLAIN}) THEN {exact}"
        f" WHEN regexp_full_match({of}, {_NUMBER}) THEN {other} ELSE FALSE END"
    )


def _text_compare(of: str, _: str, sign: str, value: Value, bind: Bind) -> str:
    if isinstance(value, Decimal):
        return _written_number(of, sign, value, bind)
    return _texts(of, sign, value, bind)


def _json_compare(of: str, _: str, sign: str, value: Value, bind: Bind) -> str:
    if isinstance(value, Decimal):
        return _written_number(of, sign, value, bind)
    text = f"CASE WHEN {_is_text(of)} THEN CAST({of} AS JSON) ->> '$' END"
    return f"({_texts(text, sign, value, bind)})"


def _json_mask(of: str, _: str) -> str:
    return f"CASE WHEN {_is_text(of)} THEN '\"{MASKED}\"' END"


def _is_text(of: str) -> str:
    return f"starts_with({of}, '\"')"


TYPED: Final = Values(_typed, _typed_mask)
"""Columns with types."""
TEXTS: Final = Values(_text_compare, lambda _of, _kind: f"'{MASKED}'")
"""Texts of a CSV file."""
JSON: Final = Values(_json_compare, _json_mask)
"""Values of JSON Lines, each as its own JSON."""
