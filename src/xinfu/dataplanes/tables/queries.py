"""Statements: place declared parameters in a query, and quote names as identifiers.

A value never becomes part of a statement's text. A query names its parameters as `:name`; where an engine writes
them otherwise the name is replaced by that engine's own placeholder, and the value is passed separately. Texts,
quoted names and comments are passed over; names that are not declared are left for the engine to refuse.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final

from xinfu.ports.sources import TableSource

_LEXEME: Final = re.compile(
    r"""
      '(?:[^']|'')*'            # a text
    | "(?:[^"]|"")*"            # a quoted name
    | --[^\n]*
    | /\*.*?\*/
    | (?P<dollar>\$\w*\$).*?(?P=dollar)
    | ::                        # a cast
    | :(?P<name>[A-Za-z_]\w*)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)


def parameter_names(query: str) -> list[str]:
    """The names that a query uses as parameters, each once, in order."""
    return list(dict.fromkeys(match["name"] for match in _LEXEME.finditer(query) if match["name"]))


def place_parameters(query: str, declared: Iterable[str], placeholder: Callable[[str], str]) -> str:
    """Replace each declared parameter in the query by the engine's own placeholder."""
    known = frozenset(declared)

    def put(match: re.Match[str]) -> str:
        return placeholder(match["name"]) if match["name"] in known else match[0]

    return _LEXEME.sub(put, query)


def quote_name(name: str) -> str:
    """A name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def whole_table(name: str, schema: str | None = None) -> str:
    """The statement that gives a whole table."""
    place = quote_name(name) if schema is None else f"{quote_name(schema)}.{quote_name(name)}"
    return f"SELECT * FROM {place}"  # noqa: S608 - quoted names


def over(query: str, expressions: Iterable[str]) -> str:
    """A statement over the rows of a query. It can only be prepared where the query is a single SELECT."""
    return f"SELECT {', '.join(expressions)} FROM (\n{query}\n) AS q"  # noqa: S608 - the provider's own query


def statement_of(source: TableSource) -> str:
    """The provider's query without the semicolon at its end."""
    return (source.query or "").strip().rstrip(";")


def schema_and_name(table: str) -> tuple[str | None, str]:
    """A table's schema, where one is given, and its name."""
    schema, dot, name = table.partition(".")
    return (schema, name) if dot else (None, table)


def types_of(source: TableSource) -> dict[str, str]:
    """The declared type of each parameter."""
    return {parameter.name: parameter.type for parameter in source.parameters}
