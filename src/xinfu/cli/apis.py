"""Options that describe an HTTP API as a source; secrets are given only by name."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from xinfu.cli import errors
from xinfu.client import http_api

F = TypeVar("F", bound=Callable[..., Any])

_BY_NAME: Final = "secret:"


def in_api(command: F) -> F:
    """Give a command the options that `api_of` reads."""
    for option in reversed(
        [
            click.option("--http", "api", metavar="URL", help="An HTTP API behind the node."),
            click.option("--path", "api_path", default="", help="Fixed path below the API's address."),
            click.option(
                "--method",
                "api_method",
                default="GET",
                type=click.Choice(["GET", "POST", "PUT", "PATCH", "DELETE"]),
                help="Fixed method of the API (default: GET).",
            ),
            click.option("--api-query", "api_query", default="", help="Fixed parameters, a=1&b=2."),
            click.option("--body", "api_body", help="Fixed body, as JSON."),
            click.option(
                "--header",
                "api_headers",
                multiple=True,
                metavar="NAME=VALUE",
                help="Fixed header; NAME=secret:SECRET sends a secret of the node (`xinfu secrets set`).",
            ),
            click.option(
                "--allow",
                "api_passes",
                multiple=True,
                help="The parts that a consumer may set, separated by commas: path, query, body, method:POST, header:Accept.",
            ),
        ]
    ):
        command = option(command)
    return command


def api_of(given: dict[str, Any]) -> dict[str, Any] | None:
    """Remove these options from `given` and return the source that they describe, or None.

    Raises:
        InputError: `publish.no-api`, `publish.header`, `publish.passes`.
    """
    url, body = given.pop("api"), given.pop("api_body")
    path, method, query = given.pop("api_path"), given.pop("api_method"), given.pop("api_query")
    headers = dict(_header(each) for each in given.pop("api_headers"))
    passes = [each for some in given.pop("api_passes") for each in some.split(",") if each]
    if url is None:
        if path or query or headers or passes or body is not None or method != "GET":
            raise errors.PUBLISH_NO_API()
        return None
    return http_api(
        url,
        path=path,
        method=method,
        query=query,
        headers={name: value for name, value in headers.items() if not value.startswith(_BY_NAME)},
        secret_headers={
            name: value.removeprefix(_BY_NAME)
            for name, value in headers.items()
            if value.startswith(_BY_NAME)
        },
        body=body,
        passes=passes,
    )


def _header(text: str) -> tuple[str, str]:
    name, between, value = text.partition("=")
    if not name or not between:
        raise errors.PUBLISH_HEADER()
    return name, value
