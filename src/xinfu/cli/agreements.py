"""`xinfu agreements`: view, suspend or end agreements."""

import click

from xinfu.cli import process_lines
from xinfu.cli.confirmation import agreed, confirm
from xinfu.cli.options import calling
from xinfu.cli.output import Output
from xinfu.client import Agreement, Node


@click.group(name="agreements")
def agreements_group() -> None:
    """View, suspend or end agreements."""


@agreements_group.command(name="list")
@click.option("--state", help="Only those in this state: ACTIVE, SUSPENDED, EXPIRED, FULFILLED, TERMINATED.")
@click.option(
    "--role", type=click.Choice(["consumer", "provider"]), help="Only those in which we have this role."
)
@click.option("--peer", metavar="PARTICIPANT", help="Only those with this participant.")
@click.option("--dataset", help="Only those for this dataset.")
@calling
async def list_command(
    node: Node, out: Output, /, state: str | None, role: str | None, peer: str | None, dataset: str | None
) -> None:
    """List agreements, oldest first."""
    found = node.agreements(state=state and state.upper(), role=role, peer=peer, dataset=dataset)
    views = [each.view async for each in found]
    out.give(views, process_lines.agreements(out, views))


@agreements_group.command(name="show")
@click.argument("id_", metavar="ID")
@calling
async def show_command(node: Node, out: Output, /, id_: str) -> None:
    """Show an agreement with its rules."""
    _give(out, await node.agreement(id_))


@agreements_group.command(name="suspend")
@click.argument("id_", metavar="ID")
@click.option("--reason", help="The reason, which the other side can read.")
@click.option("--clause", help="The clause of the contract that allows it.")
@calling
async def suspend_command(
    node: Node, out: Output, /, id_: str, reason: str | None, clause: str | None
) -> None:
    """Suspend all use under an agreement."""
    _give(out, await (await node.agreement(id_)).suspend(reason, clause=clause))


@agreements_group.command(name="resume")
@click.argument("id_", metavar="ID")
@calling
async def resume_command(node: Node, out: Output, /, id_: str) -> None:
    """Resume use under an agreement."""
    _give(out, await (await node.agreement(id_)).resume())


@agreements_group.command(name="renew")
@click.argument("id_", metavar="ID")
@click.argument("by", metavar="NEW")
@calling
async def renew_command(node: Node, out: Output, /, id_: str, by: str) -> None:
    """Replace the agreement ID by NEW; ID remains valid until its own end."""
    old = await node.agreement(id_)
    _give(out, await old.renew(await node.agreement(by)))


@agreements_group.command(name="terminate")
@click.argument("id_", metavar="ID")
@click.option("--reason", help="The reason, which the other side can read.")
@click.option("--clause", help="The clause of the contract that allows it; without one it is a breach by us.")
@agreed
@calling
async def terminate_command(
    node: Node, out: Output, /, id_: str, reason: str | None, clause: str | None, yes: bool
) -> None:
    """End an agreement for good; running streams stop within a second. Asks first."""
    agreement = await node.agreement(id_)
    view = agreement.view
    under = (f"under the clause {clause}", f"依据条款 {clause}")
    if clause is None:
        under = (
            "which is recorded as our own breach, as no --clause is given",
            "未给出 --clause，将记录为我方违约",
        )
    confirm(
        out,
        f"End the agreement about {view.dataset} with {view.peer} for good, {under[0]}?",
        f"永久终止与 {view.peer} 关于 {view.dataset} 的协议（{under[1]}）？",
        yes=yes,
    )
    _give(out, await agreement.terminate(reason, clause=clause))


def _give(out: Output, agreement: Agreement) -> None:
    out.give(agreement.view, process_lines.agreement(out, agreement.view))
