"""`xinfu transfers`: view, suspend, complete or end transfers."""

import click

from xinfu.cli import process_lines
from xinfu.cli.confirmation import agreed, confirm
from xinfu.cli.options import calling
from xinfu.cli.output import Output
from xinfu.client import Node, Transfer


@click.group(name="transfers")
def transfers_group() -> None:
    """View, suspend, complete or end transfers."""


@transfers_group.command(name="list")
@click.option("--state", help="Only those in this state.")
@click.option(
    "--role", type=click.Choice(["consumer", "provider"]), help="Only those in which we have this role."
)
@click.option("--peer", metavar="PARTICIPANT", help="Only those with this participant.")
@click.option("--dataset", help="Only those for this dataset.")
@click.option(
    "--agreement", metavar="ID", help="Only those under this agreement (the id that both sides use)."
)
@click.option("--stuck", is_flag=True, help="Only stuck ones, which are unlikely to continue by themselves.")
@calling
async def list_command(
    node: Node,
    out: Output,
    /,
    state: str | None,
    role: str | None,
    peer: str | None,
    dataset: str | None,
    agreement: str | None,
    stuck: bool,
) -> None:
    """List transfers, oldest first: state, start of the state, and the side that has to act."""
    found = node.transfers(
        state=state and state.upper(),
        role=role,
        peer=peer,
        dataset=dataset,
        agreement=agreement,
        stuck=stuck,
    )
    views = [each.view async for each in found]
    out.give(views, process_lines.transfers(out, views))


@transfers_group.command(name="show")
@click.argument("id_", metavar="ID")
@click.option("--wait", "wait_s", type=float, help="Wait at most this many seconds for its end.")
@calling
async def show_command(node: Node, out: Output, /, id_: str, wait_s: float | None) -> None:
    """Show a transfer: its state, the side that has to act, the events."""
    transfer = await node.transfer(id_)
    if wait_s is not None:
        await transfer.over(timeout_s=wait_s)
    happened = await transfer.timeline()
    out.give(
        {"transfer": transfer.view, "timeline": happened},
        process_lines.transfer(out, transfer.view, happened),
    )


@transfers_group.command(name="check")
@click.argument("id_", metavar="ID")
@calling
async def check_command(node: Node, out: Output, /, id_: str) -> None:
    """Ask the peer for its state of a transfer, and adopt it."""
    transfer = await node.transfer(id_)
    checked = await transfer.check()
    out.give(
        {"checked": checked, "transfer": transfer.view},
        [*process_lines.check_lines(out, checked), *process_lines.transfer(out, transfer.view)],
    )


@transfers_group.command(name="suspend")
@click.argument("id_", metavar="ID")
@click.option("--reason", help="The reason, which the other side can read.")
@calling
async def suspend_command(node: Node, out: Output, /, id_: str, reason: str | None) -> None:
    """Suspend a transfer."""
    _give(out, await (await node.transfer(id_)).suspend(reason))


@transfers_group.command(name="resume")
@click.argument("id_", metavar="ID")
@calling
async def resume_command(node: Node, out: Output, /, id_: str) -> None:
    """Resume a suspended transfer."""
    _give(out, await (await node.transfer(id_)).resume())


@transfers_group.command(name="complete")
@click.argument("id_", metavar="ID")
@calling
async def complete_command(node: Node, out: Output, /, id_: str) -> None:
    """Complete a transfer: declare that all data was moved."""
    _give(out, await (await node.transfer(id_)).complete())


@transfers_group.command(name="terminate")
@click.argument("id_", metavar="ID")
@click.option("--reason", help="The reason, which the other side can read.")
@agreed
@calling
async def terminate_command(node: Node, out: Output, /, id_: str, reason: str | None, yes: bool) -> None:
    """End a transfer permanently; running streams stop within a second. Asks first."""
    transfer = await node.transfer(id_)
    view = transfer.view
    confirm(
        out,
        f"End the transfer of {view.dataset} with {view.peer} for good?",
        f"永久终止与 {view.peer} 关于 {view.dataset} 的传输？",
        yes=yes,
    )
    _give(out, await transfer.terminate(reason))


def _give(out: Output, transfer: Transfer) -> None:
    out.give(transfer.view, process_lines.transfer(out, transfer.view))
