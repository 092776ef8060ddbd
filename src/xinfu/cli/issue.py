"""`xinfu issue`: issue a credential about a participant, as issuer."""

from pathlib import Path
from typing import Any

import click
import msgspec

from xinfu.cli import errors
from xinfu.cli.options import calling, forced
from xinfu.cli.output import Output
from xinfu.client import Node
from xinfu.client.files import check_free, write_file


@click.command(name="issue")
@click.argument("subject", metavar="DID")
@click.option(
    "--type", "type_", default="MembershipCredential", show_default=True, help="Type of the credential."
)
@click.option(
    "--claim",
    "claims",
    multiple=True,
    metavar="NAME=VALUE",
    help="A claim of the credential; may be repeated.",
)
@click.option("--days", type=int, default=90, show_default=True, help="Its lifetime in days.")
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the credential here.",
)
@forced
@calling
async def issue_command(
    node: Node,
    out: Output,
    /,
    subject: str,
    type_: str,
    claims: tuple[str, ...],
    days: int,
    target: Path | None,
    force: bool,
) -> None:
    """Issue a credential about a participant, as issuer.

    The node has to be an issuer (`xinfu init --issuer`). The output is for the subject, which stores it with
    `xinfu credential add`.
    """
    if target is not None:
        check_free(target, overwrite=force)
    issued = await node.credentials.issue(subject, type=type_, claims=_claims(claims), days=days)
    if target is None:
        out.give(issued, [issued.jwt])
        return
    write_file(target, f"{issued.jwt}\n".encode("ascii"), overwrite=force, code="issue.output")
    out.give(
        {"id": issued.id, "subject": issued.subject, "type": issued.type, "file": str(target)},
        [out.pick(f"Wrote {target}, for {subject}.", f"已写入 {target}，交给 {subject}。")],
    )


def _claims(said: tuple[str, ...]) -> dict[str, Any]:
    """Return the claims of `NAME=VALUE` options; a JSON value is decoded."""
    found: dict[str, Any] = {}
    for each in said:
        name, equals, value = each.partition("=")
        if not name or not equals:
            raise errors.ISSUE_CLAIM(given=each)
        try:
            found[name] = msgspec.json.decode(value)
        except msgspec.DecodeError:
            found[name] = value
    return found
