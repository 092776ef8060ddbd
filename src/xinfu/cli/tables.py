"""Options that name a table or a query, and those for its parameters and columns."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from xinfu.cli import errors
from xinfu.cli.places import by_name
from xinfu.client import in_database

F = TypeVar("F", bound=Callable[..., Any])

FORMATS: Final = ("csv", "jsonl", "parquet", "arrow")


def in_table(command: F) -> F:
    """Give a command the options that `table_of` reads."""
    for option in reversed(
        [
            click.option(
                "--table",
                help="sqlite:PATH#TABLE, duckdb:PATH#TABLE or postgresql://user@host/database#TABLE.",
            ),
            click.option(
                "--query",
                "query_file",
                type=click.Path(exists=True, dir_okay=False, path_type=Path),
                help="A file with one SELECT over the database that --table names (without #TABLE).",
            ),
            click.option(
                "--param",
                "parameters",
                multiple=True,
                help="A parameter of the query, written :NAME there: NAME:TYPE, NAME:TYPE=DEFAULT or NAME:TYPE?.",
            ),
            click.option(
                "--formats", help="The formats to offer, of csv,jsonl,parquet,arrow (default: all)."
            ),
            click.option("--password", help="secret:NAME, the password of the database."),
        ]
    ):
        command = option(command)
    return command


def table_of(given: dict[str, Any]) -> dict[str, Any] | None:
    """Remove these options from `given` and return the source that they name, or None.

    Raises:
        InputError: `publish.no-table`, `publish.key-in-clear`, `table.*`.
    """
    place, file, parameters = given.pop("table"), given.pop("query_file"), given.pop("parameters")
    formats, password = given.pop("formats"), given.pop("password")
    if place is None:
        if file or parameters or formats or password:
            raise errors.PUBLISH_NO_TABLE()
        return None
    return in_database(
        _whole(place),
        query=file.read_text(encoding="utf-8") if file else None,
        parameters=parameters,
        formats=formats.split(",") if formats else FORMATS,
        secret=by_name(password),
    )


def values_of(given: tuple[str, ...]) -> dict[str, str]:
    """Return the values of `--param NAME=VALUE` options.

    Raises:
        InputError: `get.param`.
    """
    pairs = [each.partition("=") for each in given]
    if any(not equals for _, equals, _ in pairs) or len({name for name, _, _ in pairs}) != len(pairs):
        raise errors.GET_PARAM()
    return {name: value for name, _, value in pairs}


def columns_of(given: str | None) -> tuple[str, ...]:
    """Return the names of a `--columns id,amount` option.

    Raises:
        InputError: `get.columns`.
    """
    if given is None:
        return ()
    try:
        [names] = csv.reader([given], strict=True)
    except (ValueError, csv.Error):
        names = []
    if not names or not all(names):
        raise errors.GET_COLUMNS()
    return tuple(names)


def _whole(place: str) -> str:
    """Return the absolute path of a file."""
    engine, colon, rest = place.partition(":")
    if engine not in {"sqlite", "duckdb"}:
        return place
    path, hash_, table = rest.partition("#")
    return f"{engine}{colon}{Path(path).resolve()}{hash_}{table}"
