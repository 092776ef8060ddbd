"""Rows as text: CSV (RFC 4180) and JSON Lines. What is written here is exact; the how-to page shows the mapping.

CSV tells NULL (nothing) from an empty text (`""`). Bytes are base64, instants in UTC end with Z, decimals keep their
scale and are texts in JSON, and so are the numbers that JSON does not know (NaN, Infinity).
"""

import math
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, BinaryIO, Final

import msgspec

from xinfu.dataplanes.tables.columns import Batch
from xinfu.ports.sources import Column

_NEEDS_QUOTES: Final = re.compile(r'[",\r\n]|^\s|\s$|^$')
_JSON: Final = msgspec.json.Encoder()


class Csv:
    """Writes CSV with a header line."""

    def __init__(self, sink: BinaryIO, columns: tuple[Column, ...]) -> None:
        self._sink = sink
        self._lines([[_quoted(column.name) for column in columns]])

    def add(self, batch: Batch) -> None:
        """Write rows."""
        self._lines([[_CSV[type(value)](value) for value in row] for row in batch])

    def end(self) -> None:
        """Do nothing: CSV has no footer."""

    def _lines(self, rows: list[list[str]]) -> None:
        self._sink.write("".join([",".join(row) + "\r\n" for row in rows]).encode())


class JsonLines:
    """Writes one JSON object a line, in UTF-8."""

    def __init__(self, sink: BinaryIO, columns: tuple[Column, ...]) -> None:
        self._sink = sink
        self._names = [column.name for column in columns]
        self._json = [at for at, column in enumerate(columns) if column.type == "json"]

    def add(self, batch: Batch) -> None:
        """Write rows."""
        self._sink.write(b"".join([_JSON.encode(self._line(row)) + b"\n" for row in batch]))

    def end(self) -> None:
        """Do nothing: JSON Lines has no footer."""

    def _line(self, row: Any) -> dict[str, object]:
        values = [_PLAIN[type(value)](value) if type(value) in _PLAIN else value for value in row]
        for at in self._json:
            values[at] = None if values[at] is None else msgspec.Raw(str(values[at]))
        return dict(zip(self._names, values, strict=True))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


def _number(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _moment(value: datetime) -> str:
    text = value.isoformat()
    return text if value.tzinfo is None else text.removesuffix("+00:00") + "Z"


def _digits(value: Decimal) -> str:
    return format(value, "f") if value.is_finite() else str(value)


_CSV: Final[dict[type, Callable[[Any], str]]] = {
    type(None): lambda _: "",
    str: _quoted,
    bool: lambda value: "true" if value else "false",
    int: str,
    float: _number,
    Decimal: _digits,
    bytes: lambda value: b64encode(value).decode() or '""',
    date: date.isoformat,
    time: time.isoformat,
    datetime: _moment,
}
_PLAIN: Final[dict[type, Callable[[Any], object]]] = {
    float: lambda value: value if math.isfinite(value) else _number(value),
    Decimal: _digits,
    datetime: _moment,
    date: date.isoformat,
    time: time.isoformat,
    bytes: lambda value: b64encode(value).decode(),
}
