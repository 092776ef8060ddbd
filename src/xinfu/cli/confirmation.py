"""Confirmation before a command ends, deletes or revokes something permanently; `--yes` confirms in advance."""

import sys

import click

from xinfu.cli import errors
from xinfu.cli.output import Output

agreed = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")


def confirm(out: Output, en: str, zh: str, *, yes: bool) -> None:
    """Ask for confirmation, and return only after a yes.

    Raises:
        InputError: `cli.unconfirmed`: there is no terminal, or the output is JSON. click.Abort: the answer is no.
    """
    if yes:
        return
    if out.as_json:
        raise errors.CLI_UNCONFIRMED(en=en, zh=zh)
    try:
        said = click.confirm(out.pick(en, zh), err=True)
    except click.Abort as error:
        if sys.stdin.isatty():
            raise
        raise errors.CLI_UNCONFIRMED(en=en, zh=zh) from error
    if not said:
        raise click.Abort
