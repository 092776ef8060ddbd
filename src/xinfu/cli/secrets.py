"""`xinfu secrets`: store keys and passwords of this node's sources."""

import sys

import click

from xinfu.api import SecretView
from xinfu.cli import errors
from xinfu.cli.confirmation import agreed, confirm
from xinfu.cli.options import calling
from xinfu.cli.output import Output, table
from xinfu.client import Node


@click.group(name="secrets")
def secrets_group() -> None:
    """Store keys and passwords of this node's sources."""


@secrets_group.command(name="list")
@calling
async def list_command(node: Node, out: Output, /) -> None:
    """List the names of secrets; a value is never shown again."""
    found = await node.secrets.list()
    out.give(found, _lines(out, found))


@secrets_group.command(name="set")
@click.argument("name")
@calling
async def set_command(node: Node, out: Output, /, name: str) -> None:
    """Store a secret under NAME, or replace it.

    The value is read from standard input without its last line end, or prompted for; it is never on the command line.
    """
    asked = sys.stdin.isatty()
    value = str(click.prompt(name, hide_input=True, err=True) if asked else sys.stdin.read()).removesuffix(
        "\n"
    )
    if not value:
        raise errors.SECRET_EMPTY(name=name)
    made = await node.secrets.set(name, value)
    out.give(made, _lines(out, [made]))


@secrets_group.command(name="remove")
@click.argument("name")
@agreed
@calling
async def remove_command(node: Node, out: Output, /, name: str, yes: bool) -> None:
    """Delete a secret; sources that name it become unreadable. Asks first."""
    confirm(
        out,
        f"Forget {name} for good? Sources that name it cannot be read from then on.",
        f"永久删除 {name}？使用它的数据源此后将无法读取。",
        yes=yes,
    )
    await node.secrets.remove(name)
    out.give({"removed": name}, [out.pick(f"Forgot {name}.", f"已删除 {name}。")])


def _lines(out: Output, known: list[SecretView]) -> list[str]:
    columns = out.pick("name written", "名称 写入时间").split()
    return table(columns, [(each.id, f"{each.updated:%Y-%m-%d %H:%M}") for each in known])
