"""What a command asks before it ends, deletes or revokes something for good; `--yes` says yes beforehand."""

import sys

import click

from xinfu.cli.output import Output
from xinfu.errors import InputError

agreed = click.option("--yes", is_flag=True, help="Do not ask.")


def confirm(out: Output, en: str, zh: str, *, yes: bool) -> None:
    """Ask, and go on only after a yes.

    Raises:
        InputError: `cli.unconfirmed`: nobody is there to answer, or the answer is printed as JSON. click.Abort: a no.
    """
    if yes:
        return
    if out.as_json:
        raise _unconfirmed(en, zh)
    try:
        said = click.confirm(out.pick(en, zh), err=True)
    except click.Abort as error:
        if sys.stdin.isatty():
            raise
        raise _unconfirmed(en, zh) from error
    if not said:
        raise click.Abort


def _unconfirmed(en: str, zh: str) -> InputError:
    return InputError(
        "cli.unconfirmed",
        f"This needs a yes, and nobody is there to ask: {en}",
        f"此操作需要确认，而当前无法询问：{zh}",
        help_en="Nothing was done. Give --yes to go on.",
        help_zh="尚未执行。请加 --yes 继续。",
    )
