"""Columns of DuckDB: the engine's own types, how each is selected and shown, and which of them are exact numbers."""

import re
from typing import Any, Final

from xinfu.dataplanes.tables.columns import inexact
from xinfu.dataplanes.tables.queries import quote_name
from xinfu.ports.sources import Column

_PLAIN: Final = {
    **dict.fromkeys(
        ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"),
        "integer",
    ),
    "FLOAT": "number",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "VARCHAR": "text",
    "UUID": "text",
    "BLOB": "bytes",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "instant",
}
_WIDENED: Final = {
    "HUGEINT": ("DECIMAL(38, 0)", "decimal(38,0)"),
    "UHUGEINT": ("DECIMAL(38, 0)", "decimal(38,0)"),
    "TIMESTAMP_S": ("TIMESTAMP", "timestamp"),
    "TIMESTAMP_MS": ("TIMESTAMP", "timestamp"),
}


def show_column(name: str, kind: str, *, arrow: bool) -> tuple[str, Column]:
    """How a column is selected, and how it is shown. A type without a form of its own is read as text."""
    column = quote_name(name)
    if kind in _PLAIN:
        return column, Column(name=name, type=_PLAIN[kind])
    if kind.startswith("DECIMAL("):
        return column, Column(name=name, type=kind.lower())
    if kind in _WIDENED:
        to, type_ = _WIDENED[kind]
        return f"CAST({column} AS {to}) AS {column}", Column(name=name, type=type_)
    if kind.endswith("]") or kind.startswith(("STRUCT(", "MAP(")):
        nested = column if arrow else f"CAST(to_json({column}) AS VARCHAR) AS {column}"
        return nested, Column(name=name, type="json")
    if kind == "TIMESTAMP_NS":
        text = f"replace(CAST({column} AS VARCHAR), ' ', 'T') AS {column}"
        return (
            (column, Column(name=name, type="timestamp")) if arrow else (text, Column(name=name, type="text"))
        )
    return f"CAST({column} AS VARCHAR) AS {column}", Column(name=name, type="text")


def digits_of(kind: str) -> tuple[int, int]:
    """Digits and scale of an exact number; (0, 0) for any other type, and for one too wide to compare exactly."""
    if kind in _PLAIN and _PLAIN[kind] == "integer":
        return 20, 0
    match = re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", kind)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def list_values(name: str, values: Any) -> list[Any]:
    """The values of a column, as a batch of rows has them.

    Raises:
        StoreError: `source.value`.
    """
    try:
        return list(values.to_pylist())
    except (ValueError, OverflowError) as error:
        raise inexact(name, "a moment out of the years 1 to 9999", "超出公元 1 至 9999 年的时刻") from error
