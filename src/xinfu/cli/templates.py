"""`xinfu contract-templates`: store contract templates, import the platform's, fill one in."""

from pathlib import Path

import click
import msgspec

from xinfu.api import TemplateView
from xinfu.cli import errors
from xinfu.cli.confirmation import agreed, confirm
from xinfu.cli.options import calling, forced
from xinfu.cli.output import Output, as_json, table
from xinfu.cli.rules import rule_lines
from xinfu.client import Node
from xinfu.client.files import write_file


@click.group(name="contract-templates")
def templates_group() -> None:
    """Store contract templates, import the platform's, fill one in."""


@templates_group.command(name="list")
@calling
async def list_command(node: Node, out: Output, /) -> None:
    """List contract templates."""
    found = await node.contract_templates.list()
    out.give(found, _lines(out, found))


@templates_group.command(name="put")
@click.argument("id_", metavar="ID")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@calling
async def put_command(node: Node, out: Output, /, id_: str, file: Path) -> None:
    """Check the template in FILE (JSON) and store it under ID."""
    try:
        template = msgspec.json.decode(file.read_bytes(), type=dict[str, object])
    except (OSError, msgspec.MsgspecError) as error:
        raise errors.TEMPLATE_UNREADABLE(name=file.name, error=error) from error
    made = await node.contract_templates.put(id_, template)
    out.give(made, _lines(out, [made]))


@templates_group.command(name="remove")
@click.argument("id_", metavar="ID")
@agreed
@calling
async def remove_command(node: Node, out: Output, /, id_: str, yes: bool) -> None:
    """Delete a template. Asks first."""
    confirm(out, f"Forget the template {id_}?", f"删除合约模板 {id_}？", yes=yes)
    await node.contract_templates.remove(id_)
    out.give({"removed": id_}, [out.pick(f"Removed {id_}.", f"已删除 {id_}。")])


@templates_group.command(name="fetch")
@calling
async def fetch_command(node: Node, out: Output, /) -> None:
    """Import all templates of the platform."""
    found = await node.contract_templates.fetch()
    out.give(found, _lines(out, found))


@templates_group.command(name="fill")
@click.argument("id_", metavar="ID")
@click.option(
    "--set", "values", multiple=True, metavar="NAME=VALUE", help="The value of a blank; may be repeated."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the policy to this file, for `xinfu publish --policy`.",
)
@forced
@calling
async def fill_command(
    node: Node, out: Output, /, id_: str, values: tuple[str, ...], output: Path | None, force: bool
) -> None:
    """Show the clauses of a template with its blanks filled in."""
    said = dict(each.partition("=")[::2] for each in values)
    made = await node.contract_templates.fill(id_, said)
    if output is not None:
        write_file(output, f"{as_json(made.policy.odrl)}\n".encode(), overwrite=force)
    lines = [made.name, made.abstract, *rule_lines(out, made.policy.rules), *made.terms]
    out.give(made, [line for line in lines if line])


def _lines(out: Output, found: list[TemplateView]) -> list[str]:
    columns = out.pick("id name blanks", "标识 名称 填写项").split()
    rows = [
        (
            each.id,
            str(each.template.get("name", "")),
            ", ".join(str(blank.get("name", "")) for blank in each.template.get("blanks", ())),
        )
        for each in found
    ]
    return table(columns, rows)
