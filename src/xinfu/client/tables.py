"""Builds sources from tables and queries, and the queries that a consumer sends."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from xinfu.client import errors

Asked = str | int | float | bool | Decimal | date
"""A value of a parameter; a datetime is a date as well."""

_FILE: Final = re.compile(r"(?P<engine>sqlite|duckdb):(?P<database>[^#]+)(?:#(?P<table>.+))?")
_SERVER: Final = re.compile(r"(?P<database>postgres(?:ql)?://[^#]+)(?:#(?P<table>.+))?")
_PARAMETER: Final = re.compile(r"(?P<name>\w+):(?P<type>[^=?]+)(?:(?P<null>\?)|=(?P<default>.*))?", re.DOTALL)
_TYPES: Final = ("text", "integer", "number", "boolean", "date", "timestamp")


def in_database(
    place: str,
    *,
    query: str | None = None,
    parameters: Sequence[str] = (),
    formats: Sequence[str] = ("csv", "jsonl", "parquet", "arrow"),
    secret: str | None = None,
) -> dict[str, Any]:
    """Return a table, or the rows of a query, as a source for `Node.publish`.

    Args:
        place: `sqlite:PATH#TABLE`, `duckdb:PATH#TABLE` or `postgresql://user@host/database#TABLE`; without `#TABLE`
            for a query.
        query: one SELECT, with parameters written as `:name`.
        parameters: `NAME:TYPE` if required, `NAME:TYPE=DEFAULT`, or `NAME:TYPE?` if it may be NULL.
            TYPE is text, integer, number, boolean, date, timestamp, or the values of an enum: `low|high`.
        formats: formats that a consumer may ask for; the first is the default.
        secret: name of the node's secret that holds the password.

    Raises:
        InputError: `table.place`, `table.parameter`.
    """
    match = _FILE.fullmatch(place) or _SERVER.fullmatch(place)
    if match is None or (match["table"] is None) == (query is None):
        raise errors.TABLE_PLACE()
    return {
        "kind": "table",
        "engine": match.groupdict().get("engine", "postgresql"),
        "database": match["database"],
        "table": match["table"],
        "query": query,
        "parameters": [_parameter(each) for each in parameters],
        "formats": list(formats),
        "secret": secret,
    }


def table_query(
    format: str | None,  # noqa: A002 - the API's name
    values: Mapping[str, Asked | None],
    columns: Sequence[str] = (),
) -> str:
    """Return a consumer's query of a table, as in a URL; values that are None are left out."""
    told = {"format": format} if format else {}
    if columns:
        told["columns"] = ",".join(map(_listed, columns))
    return urlencode(told | {name: _text(value) for name, value in values.items() if value is not None})


def _parameter(text: str) -> dict[str, Any]:
    match = _PARAMETER.fullmatch(text)
    if match is None or (match["type"] not in _TYPES and "|" not in match["type"]):
        raise errors.TABLE_PARAMETER(text=text, types=", ".join(_TYPES), types_zh="、".join(_TYPES))
    enum = "|" in match["type"]
    made: dict[str, Any] = {"name": match["name"], "type": "enum" if enum else match["type"]}
    if enum:
        made["values"] = match["type"].split("|")
    if match["null"] or match["default"] is not None:
        made["default"] = None if match["null"] else match["default"]
    return made


def _listed(name: str) -> str:
    """Return a name in a list, quoted as in CSV."""
    return '"' + name.replace('"', '""') + '"' if any(sign in name for sign in ',"') else name


def _text(value: Asked) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
