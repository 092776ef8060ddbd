"""`xinfu participants`: keep the address book."""

import click

from xinfu.cli.options import calling
from xinfu.cli.output import Output, table
from xinfu.client import Node
from xinfu.client.views import KnownView


@click.group(name="participants")
def participants_group() -> None:
    """Keep the address book."""


@participants_group.command(name="list")
@calling
async def list_command(node: Node, out: Output, /) -> None:
    """List the address book."""
    found = await node.participants.list()
    out.give(found, _lines(out, found))


@participants_group.command(name="set")
@click.argument("alias")
@click.argument("did")
@click.option("--base", help="Where it is spoken to, in place of what its DID document says.")
@click.option("--entity", default="", help="Its subject code (主体标识码), 18 characters.")
@click.option("--connector", default="", help="The code of its connector, 32 characters.")
@click.option("--name", default="", help="What it is called in contracts.")
@calling
async def set_command(
    node: Node, out: Output, /, alias: str, did: str, base: str | None, entity: str, connector: str, name: str
) -> None:
    """Put a participant into the address book, or replace it."""
    made = await node.participants.set(alias, did, base=base, entity=entity, connector=connector, name=name)
    out.give(made, _lines(out, [made]))


def _lines(out: Output, known: list[KnownView]) -> list[str]:
    columns = out.pick("alias did base", "别名 DID 地址").split()
    return table(columns, [(each.id, each.did, each.base or "") for each in known])
