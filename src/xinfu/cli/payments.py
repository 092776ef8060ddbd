"""`xinfu payments`: record and list payments under agreements."""

import click

from xinfu.cli import process_lines
from xinfu.cli.options import calling
from xinfu.cli.output import Output
from xinfu.client import Node


@click.group(name="payments")
def payments_group() -> None:
    """Record and list payments under agreements."""


@payments_group.command(name="record")
@click.argument("agreement", metavar="AGREEMENT")
@click.option("--receipt", required=True, help="Id of the receipt; repeating the same one changes nothing.")
@click.option("--amount", required=True, help="The amount that was paid, such as 100.00.")
@click.option("--currency", required=True, help="The currency, such as CNY.")
@calling
async def record_command(
    node: Node, out: Output, /, agreement: str, receipt: str, amount: str, currency: str
) -> None:
    """Record a payment made to us under an agreement, given by our id; the other side is notified."""
    found = await node.agreement(agreement)
    view = await found.record_payment(receipt=receipt, amount=amount, currency=currency)
    out.give(view, process_lines.payments(out, [view]))


@payments_group.command(name="list")
@click.option("--agreement", metavar="ID", help="Only those under this agreement.")
@click.option("--peer", metavar="PARTICIPANT", help="Only those with this participant.")
@calling
async def list_command(node: Node, out: Output, /, agreement: str | None, peer: str | None) -> None:
    """List payments, made to us and by us, oldest first."""
    views = [each async for each in node.payments(agreement=agreement, peer=peer)]
    out.give(views, process_lines.payments(out, views))
