"""`xinfu receipts`: write the receipts of a negotiation or transfer."""

from pathlib import Path
from typing import Any

import click

from xinfu.cli import errors
from xinfu.cli.options import calling, forced
from xinfu.cli.output import Output, as_json
from xinfu.client import Node
from xinfu.client.files import check_free, holds, unwritable, write_file


@click.command(name="receipts")
@click.argument("process")
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default="receipts",
    show_default=True,
    help="The output folder, with a file for each receipt.",
)
@forced
@calling
async def receipts_command(node: Node, out: Output, /, process: str, folder: Path, force: bool) -> None:
    """Write the receipts of a negotiation or transfer.

    PROCESS is the id of a negotiation or transfer. `xinfu verify` checks the written files.
    """
    found = await node.receipts(process)
    if not found:
        raise errors.RECEIPTS_NONE(process=process)
    files = _write(folder, found, force=force)
    told = out.pick(f"{len(files)} receipts in {folder}.", f"{folder} 中有 {len(files)} 份存证凭证。")
    check = f"xinfu verify {folder}/*.json --trust DID.JSON"
    out.give(
        {"files": [str(each) for each in files]},
        [told, out.pick(f"Check them: {check}", f"校验：{check}")],
    )


def _write(folder: Path, receipts: list[dict[str, Any]], *, force: bool) -> list[Path]:
    """Write a file for each receipt, or none if one would replace another file."""
    content = {
        folder / f"{number:03}-{_kind(receipt)}.json": f"{as_json(receipt)}\n".encode()
        for number, receipt in enumerate(receipts, 1)
    }
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error, code="receipts.output") from error
    for path, text in content.items():
        if not holds(path, text):
            check_free(path, overwrite=force)
    for path, text in content.items():
        write_file(path, text, overwrite=force, code="receipts.output")
    return list(content)


def _kind(receipt: dict[str, Any]) -> str:
    """Return the kind of the entry, in a form safe for a file name."""
    kind = str(receipt.get("proven", {}).get("entry", {}).get("kind", "entry"))
    return "".join(letter if letter.isalnum() else "-" for letter in kind)[:60]
