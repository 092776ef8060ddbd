"""`xinfu credential`: store credentials about this node."""

from pathlib import Path

import click

from xinfu.cli import errors
from xinfu.cli.options import calling
from xinfu.cli.output import Output
from xinfu.client import Node


@click.group(name="credential")
def credential_group() -> None:
    """Store credentials about this node."""


@credential_group.command(name="add")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@calling
async def add_command(node: Node, out: Output, /, file: Path) -> None:
    """Store a credential from an issuer, from its file."""
    held = await node.credentials.hold(_read(file))
    out.give(
        held,
        [out.pick(f"Kept {held.type} of {held.issuer}.", f"已保存 {held.issuer} 签发的 {held.type}。")],
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise errors.CREDENTIAL_UNREADABLE(name=path.name) from error
