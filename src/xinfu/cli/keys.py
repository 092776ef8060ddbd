"""`xinfu keys`: rotate the keys that sign."""

import click

from xinfu.cli.options import calling
from xinfu.cli.output import Output
from xinfu.client import Node


@click.group(name="keys")
def keys_group() -> None:
    """Rotate the keys that sign."""


@keys_group.command(name="rotate")
@click.option(
    "--use",
    type=click.Choice(["message", "log"]),
    default="message",
    show_default=True,
    help="The key of messages, or that of the evidence log.",
)
@calling
async def rotate_command(node: Node, out: Output, /, use: str) -> None:
    """Let a fresh key sign from now on; what the old one signed stays valid."""
    key = await node.keys.rotate(use)
    out.give(
        key,
        [
            out.pick(
                f"From now on {key.id} signs ({key.use}, {key.algorithm}).",
                f"此后由 {key.id} 签名（{key.use}，{key.algorithm}）。",
            )
        ],
    )
