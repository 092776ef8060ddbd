"""`xinfu receipts`: write the receipts of a negotiation or transfer."""

from pathlib import Path
from typing import Any

import click

from xinfu.cli.options import calling
from xinfu.cli.output import Output, as_json
from xinfu.client import Node
from xinfu.errors import InputError, NotFoundError


@click.command(name="receipts")
@click.argument("process")
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default="receipts",
    show_default=True,
    help="Folder that they are written to, a file each.",
)
@calling
async def receipts_command(node: Node, out: Output, /, process: str, folder: Path) -> None:
    """Write the receipts of a negotiation or transfer.

    PROCESS is the id of a negotiation or transfer. `xinfu verify` checks what is written.
    """
    found = await node.receipts(process)
    if not found:
        raise NotFoundError(
            "receipts.none",
            f"Nothing was recorded about {process}.",
            f"没有关于 {process} 的存证。",
            help_en="`xinfu negotiate list` and `xinfu transfers list` show the ids.",
            help_zh="可用 `xinfu negotiate list` 和 `xinfu transfers list` 查看标识。",
        )
    files = _write(folder, found)
    told = out.pick(f"{len(files)} receipts in {folder}.", f"{folder} 中有 {len(files)} 份存证凭证。")
    check = f"xinfu verify {folder}/*.json --trust DID.JSON"
    out.give(
        {"files": [str(each) for each in files]},
        [told, out.pick(f"Check them: {check}", f"校验：{check}")],
    )


def _write(folder: Path, receipts: list[dict[str, Any]]) -> list[Path]:
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, receipt in enumerate(receipts, 1):
            path = folder / f"{number:03}-{_kind(receipt)}.json"
            path.write_text(as_json(receipt) + "\n", encoding="utf-8")
            written.append(path)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise InputError(
            "receipts.output", f"{folder} cannot be written to: {why}.", f"无法写入 {folder}：{why}。"
        ) from error
    return written


def _kind(receipt: dict[str, Any]) -> str:
    """What the entry is about, fit for a file's name."""
    kind = str(receipt.get("proven", {}).get("entry", {}).get("kind", "entry"))
    return "".join(letter if letter.isalnum() else "-" for letter in kind)[:60]
