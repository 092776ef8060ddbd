"""`xinfu contract`: look at digital contracts."""

import click

from xinfu.cli.options import calling
from xinfu.cli.output import Output, table
from xinfu.cli.rules import rule_lines
from xinfu.cli.showing import moment
from xinfu.client import Node
from xinfu.client.views import ContractView


@click.group(name="contract")
def contract_group() -> None:
    """Look at digital contracts."""


@contract_group.command(name="list")
@click.option("--status", help="Only those in this status: 01, 02, 0301, 0302, 05, 06.")
@click.option("--agreement", help="Only that of this agreement, by the id that both sides use.")
@click.option("--side", type=click.Choice(["party", "platform"]), help="Only those in which we are this.")
@calling
async def list_command(
    node: Node, out: Output, /, status: str | None, agreement: str | None, side: str | None
) -> None:
    """List digital contracts, oldest first."""
    views = [each.view async for each in node.contracts(status=status, agreement=agreement, side=side)]
    columns = out.pick("id number name status since", "标识 合约标识码 名称 状态 自").split()
    rows = [(v.id, _number(out, v), v.name, _status(out, v), moment(v.updated)) for v in views]
    out.give(views, table(columns, rows))


@contract_group.command(name="show")
@click.argument("id_", metavar="ID")
@calling
async def show_command(node: Node, out: Output, /, id_: str) -> None:
    """Show a digital contract with its parties and rules.

    ID is ours, or the number that the platform gave.
    """
    view = (await node.contract(id_)).view
    out.give(view, _lines(out, view))


def _lines(out: Output, view: ContractView) -> list[str]:
    """One contract: number, status, parties and who has signed, rules, receipt."""
    ends = moment(view.ends) if view.ends else out.pick("open", "未约定")
    return [
        f"{click.style(view.name, bold=True)}  {_status(out, view)}  {moment(view.updated)}",
        f"  {_number(out, view)}",
        f"  {moment(view.begins)} – {ends}",
        *(f"  {_party(out, view, at)}" for at in range(len(view.parties))),
        *rule_lines(out, view.policy.rules),
        *(f"  {term}" for term in view.terms),
        *_receipt(out, view),
    ]


def _status(out: Output, view: ContractView) -> str:
    return f"{view.status} {out.pick(view.status_en, view.status_zh)}"


def _number(out: Output, view: ContractView) -> str:
    return out.pick("draft", "草稿") if view.draft else view.number


def _party(out: Output, view: ContractView, at: int) -> str:
    party = view.parties[at]
    who = " ".join(filter(None, (party.name, party.entity, party.participant)))
    signed = (
        out.pick(f"signed {moment(party.signed)}", f"{moment(party.signed)} 签署")
        if party.signed
        else out.pick("not signed", "未签署")
    )
    return f"{out.pick(party.type_en, party.type_zh)}: {who}, {signed}"


def _receipt(out: Output, view: ContractView) -> list[str]:
    if view.filing is None:
        return [out.pick("  not filed", "  未备案")]
    filed = moment(view.filing.filed)
    return [
        out.pick(f"  filed {filed} by {view.filing.platform}", f"  {filed} 由 {view.filing.platform} 备案"),
        f"  {view.filing.hash}",
    ]
