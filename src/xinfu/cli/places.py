"""Options that give the place of objects in a store; keys are given only by the name of a secret."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from xinfu.cli import errors
from xinfu.client import in_bucket

F = TypeVar("F", bound=Callable[..., Any])

_BY_NAME: Final = "secret:"


def in_store(command: F) -> F:
    """Give a command the options that `store_of` reads."""
    for option in reversed(
        [
            click.option(
                "--s3", help="Objects in a store: s3://bucket/key, or s3://bucket/prefix/ for all below it."
            ),
            click.option("--endpoint", help="Address of the store (default: AWS in the region)."),
            click.option("--region", default="us-east-1", show_default=True, help="Region of the bucket."),
            click.option("--access-key", help="secret:NAME, a secret of the node (`xinfu secrets set`)."),
            click.option("--secret-key", help="secret:NAME, as for --access-key."),
            click.option("--keys", help="secret:NAME of one secret that holds both as JSON."),
        ]
    ):
        command = option(command)
    return command


def store_of(given: dict[str, Any]) -> dict[str, Any] | None:
    """Remove these options from `given` and return the source that they name, or None.

    Raises:
        InputError: `publish.no-place`, `publish.key-in-clear`, `bucket.*`.
    """
    place, endpoint, region = given.pop("s3"), given.pop("endpoint"), given.pop("region")
    keys = [given.pop(name) for name in ("access_key", "secret_key", "keys")]
    if place is None:
        if endpoint or any(keys):
            raise errors.PUBLISH_NO_PLACE()
        return None
    access_key, secret_key, both = (by_name(each) for each in keys)
    return in_bucket(
        place, endpoint=endpoint, region=region, access_key=access_key, secret_key=secret_key, keys=both
    )


def by_name(value: str | None) -> str | None:
    """Return the name of a secret written as `secret:NAME`.

    Raises:
        InputError: `publish.key-in-clear`.
    """
    if value is None or value.startswith(_BY_NAME):
        return value and value.removeprefix(_BY_NAME)
    raise errors.PUBLISH_KEY_IN_CLEAR()
