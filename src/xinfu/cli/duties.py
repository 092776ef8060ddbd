"""`xinfu duties`: view duties, submit proofs, decide on the proofs of others."""

import hashlib
from pathlib import Path

import click

from xinfu.cli import process_lines
from xinfu.cli.confirmation import agreed, confirm
from xinfu.cli.options import calling
from xinfu.cli.output import Output
from xinfu.client import Duty, Node


@click.group(name="duties")
def duties_group() -> None:
    """View duties, submit proofs, decide on the proofs of others."""


@duties_group.command(name="list")
@click.option(
    "--state", help="Only those in this state: pending, due, claimed, overdue, fulfilled and so on."
)
@click.option("--agreement", metavar="ID", help="Only those of this agreement.")
@click.option("--peer", metavar="PARTICIPANT", help="Only those with this participant.")
@click.option("--action", help="Only duties to do this, such as delete.")
@calling
async def list_command(
    node: Node, out: Output, /, state: str | None, agreement: str | None, peer: str | None, action: str | None
) -> None:
    """List our duties and those owed to us, oldest first."""
    found = node.duties(state=state and state.lower(), agreement=agreement, peer=peer, action=action)
    views = [each.view async for each in found]
    out.give(views, process_lines.duties(out, views))


@duties_group.command(name="show")
@click.argument("id_", metavar="ID")
@calling
async def show_command(node: Node, out: Output, /, id_: str) -> None:
    """Show a duty: its deadline, its accepted proofs, and the submitted proof."""
    _give(out, await node.duty(id_))


@duties_group.command(name="fulfil")
@click.argument("id_", metavar="ID")
@click.option("--method", default="", help="The method, such as overwritten.")
@click.option(
    "--digest",
    "digests",
    multiple=True,
    metavar="SHA256",
    help="The digest of the data concerned; may be repeated.",
)
@click.option(
    "--file",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file whose SHA-256 is used as --digest; the file itself is not sent.",
)
@click.option("--link", default="", help="The address of the proof.")
@click.option("--receipt", default="", help="Id of the receipt of a payment.")
@click.option("--amount", default="", help="The amount that was paid.")
@click.option("--currency", default="", help="The currency, such as CNY.")
@click.option("--statement", default="", help="A statement in words.")
@calling
async def fulfil_command(
    node: Node,
    out: Output,
    /,
    id_: str,
    digests: tuple[str, ...],
    files: tuple[Path, ...],
    **words: str,
) -> None:
    """Submit the proof of our duty, or accept the proof of the other side."""
    named = [*digests, *(_digest(each) for each in files)]
    _give(out, await (await node.duty(id_)).fulfil(digests=named, **words))


@duties_group.command(name="refuse")
@click.argument("id_", metavar="ID")
@click.option("--reason", help="The reason, which the other side can read.")
@calling
async def refuse_command(node: Node, out: Output, /, id_: str, reason: str | None) -> None:
    """Refuse the proof that the other side submitted."""
    _give(out, await (await node.duty(id_)).refuse(reason))


@duties_group.command(name="waive")
@click.argument("id_", metavar="ID")
@click.option("--reason", help="The reason, which the other side can read.")
@agreed
@calling
async def waive_command(node: Node, out: Output, /, id_: str, reason: str | None, yes: bool) -> None:
    """Waive a duty of the other side permanently. Asks first."""
    duty = await node.duty(id_)
    confirm(
        out,
        f"Do without this duty of {duty.view.peer} for good: {duty.view.action}?",
        f"永久免除 {duty.view.peer} 的义务：{duty.view.action}？",
        yes=yes,
    )
    _give(out, await duty.waive(reason))


@duties_group.command(name="breach")
@click.argument("id_", metavar="ID")
@click.option("--reason", help="The reason, which the other side can read.")
@agreed
@calling
async def breach_command(node: Node, out: Output, /, id_: str, reason: str | None, yes: bool) -> None:
    """Declare an overdue duty breached; its agreement then allows no further use. Asks first."""
    duty = await node.duty(id_)
    confirm(
        out,
        f"Declare this duty of {duty.view.peer} breached for good: {duty.view.action}?",
        f"永久认定 {duty.view.peer} 违反义务：{duty.view.action}？",
        yes=yes,
    )
    _give(out, await duty.breach(reason))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _give(out: Output, duty: Duty) -> None:
    out.give(duty.view, process_lines.duty(out, duty.view))
