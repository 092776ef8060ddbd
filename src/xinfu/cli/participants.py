"""`xinfu participants`: manage the address book."""

import click

from xinfu.api import KnownView
from xinfu.cli.options import calling
from xinfu.cli.output import Output, table
from xinfu.client import Node
from xinfu.contracts import subject_checks


@click.group(name="participants")
def participants_group() -> None:
    """Manage the address book."""


@participants_group.command(name="list")
@calling
async def list_command(node: Node, out: Output, /) -> None:
    """List the address book."""
    found = await node.participants.list()
    out.give(found, _lines(out, found))


@participants_group.command(name="set")
@click.argument("alias")
@click.argument("did")
@click.option("--base", help="The base address for messages to it, instead of the one in its DID document.")
@click.option("--entity", help="Its subject code (主体标识码), 18 characters.")
@click.option("--connector", help="The code of its connector, 32 characters.")
@click.option("--name", help="Its name in contracts.")
@calling
async def set_command(
    node: Node,
    out: Output,
    /,
    alias: str,
    did: str,
    base: str | None,
    entity: str | None,
    connector: str | None,
    name: str | None,
) -> None:
    """Add a participant to the address book, or change its entry.

    Absent options change nothing, unless ALIAS belonged to another DID; an empty value removes the old one.
    """
    made = await node.participants.set(alias, did, base=base, entity=entity, connector=connector, name=name)
    out.give(made, _lines(out, [made]))


@participants_group.command(name="accept-log")
@click.argument("participant")
@click.option("--reason", required=True, help="The reason, which is recorded.")
@calling
async def accept_log_command(node: Node, out: Output, /, participant: str, reason: str) -> None:
    """Accept a participant's present evidence log.

    Its node was refused because the log contradicts heads that it had shown before.
    """
    given = await node.participants.accept_log(participant, reason=reason)
    taken = out.pick(
        f"The log of {given.participant} is taken as it is now; the {given.size} entries that it has shown before do not count.",
        f"自此以 {given.participant} 当前的日志为准，不再与其此前出示的 {given.size} 条比对。",
    )
    nothing = out.pick("Nothing had contradicted them.", "此前并未发现不一致。")
    out.give(given, [taken] if given.fault else [taken, nothing])


def _lines(out: Output, known: list[KnownView]) -> list[str]:
    columns = out.pick(
        "alias name entity connector did base", "别名 名称 主体标识码 连接器标识码 DID 地址"
    ).split()
    rows = [(each.id, each.name, each.entity, each.connector, each.did, each.base or "") for each in known]
    doubted = [each for each in known if each.entity and not subject_checks(each.entity)]
    return [
        *table(columns, rows),
        *(
            out.pick(
                f"The check character of {each.entity} ({each.id}) is wrong: a character may be mistyped.",
                f"{each.entity}（{each.id}）的校验码不正确，可能有字符录入错误。",
            )
            for each in doubted
        ),
    ]
