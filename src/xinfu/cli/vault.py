"""`xinfu vault`: read data in the node's vault, export it, destroy it with proof."""

import sys
from pathlib import Path
from typing import Final

import click

from xinfu.cli.confirmation import agreed, confirm
from xinfu.cli.options import calling, forced
from xinfu.cli.output import Output, size, table
from xinfu.cli.process_lines import moment
from xinfu.cli.tables import FORMATS, columns_of, values_of
from xinfu.client import Destruction, Node, VaultObject, VaultView
from xinfu.client.files import check_folder

LEVELS: Final = {
    "environment": ("in the use environment", "使用环境技术管控"),
    "contract": ("by contract only", "仅合约约束"),
}
"""Levels of control (管控方式) that a vault has."""


@click.group(name="vault")
def vault_group() -> None:
    """Read data in the vault, export it, destroy it with proof."""


@vault_group.command(name="list")
@click.option("--state", help="Only those in this state: LANDING, STOPPED, LANDED, DESTROYING, DESTROYED.")
@click.option("--dataset", help="Only those of this dataset.")
@calling
async def list_command(node: Node, out: Output, /, state: str | None, dataset: str | None) -> None:
    """List the objects in the vault, oldest first."""
    found = node.vault.objects(state=state and state.upper(), dataset=dataset)
    views = [each.view async for each in found]
    columns = [
        out.pick(*pair)
        for pair in [
            ("id", "标识"),
            ("state", "状态"),
            ("dataset", "数据产品"),
            ("size", "大小"),
            ("since", "时间"),
        ]
    ]
    rows = [
        [each.id, each.state, each.dataset, size(each.size_bytes), moment(each.updated)] for each in views
    ]
    out.give(views, table(columns, rows))


@vault_group.command(name="show")
@click.argument("id_", metavar="ID")
@calling
async def show_command(node: Node, out: Output, /, id_: str) -> None:
    """Show an object: its data, whether it may be read or exported now, and how far it is controlled."""
    landed = await node.vault.object(id_)
    lines = object_lines(out, landed.view)
    said: dict[str, object] = {"object": landed.view}
    if landed.state == "LANDED":
        asked = {"read": await landed.may("read"), "export": await landed.may("reproduce")}
        files = await landed.files()
        names = {"read": ("read", "读取"), "export": ("export in the clear", "明文导出")}
        for act, may in asked.items():
            why = "".join(out.pick(" " + each["message"], each["message_zh"]) for each in may.reasons[:1])
            lines.append(f"  {out.pick(*names[act])}: {may.verdict}{why and ' –' + why}")
        lines += [
            f"  {each.path or out.pick('(one file)', '（单个文件）')}  {size(each.size)}" for each in files
        ]
        said |= {"may": asked, "files": files}
    out.give(said, lines)


@vault_group.command(name="land")
@click.argument("transfer", metavar="TRANSFER")
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    help="The format of a table (default: its first format).",
)
@click.option("--columns", help="The columns of a table, such as id,amount (default: all that may leave).")
@click.option("--param", "params", multiple=True, help="NAME=VALUE for a parameter of a table.")
@click.option(
    "--timeout", "timeout_s", type=float, default=3600, show_default=True, help="Seconds to wait for its end."
)
@calling
async def land_command(
    node: Node,
    out: Output,
    /,
    transfer: str,
    format_: str | None,
    columns: str | None,
    params: tuple[str, ...],
    timeout_s: float,
) -> None:
    """Land the data of a started transfer in the vault, continuing an interrupted landing."""
    asked = (await node.transfer(transfer)).asking(format_, columns_of(columns), **values_of(params))
    landed = await (await asked.land()).landed(timeout_s)
    out.give(landed.view, object_lines(out, landed.view))


@vault_group.command(name="cat")
@click.argument("id_", metavar="ID")
@click.argument("path", default="")
@click.option(
    "--purpose", help="The purpose; it is declared and recorded (default: the purpose of the transfer)."
)
@calling
async def cat_command(node: Node, _: Output, /, id_: str, path: str, purpose: str | None) -> None:
    """Read a file to standard output. The node decides and records this as one use."""
    landed = await node.vault.object(id_)
    async with landed.open(path, purpose=purpose) as incoming:
        async for chunk in incoming.chunks():
            sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


@vault_group.command(name="export")
@click.argument("id_", metavar="ID")
@click.option(
    "-o", "--output", "target", required=True, type=click.Path(path_type=Path), help="The output path."
)
@click.option("--path", help="Only this file of a folder.")
@click.option(
    "--purpose", help="The purpose; it is declared and recorded (default: the purpose of the transfer)."
)
@forced
@calling
async def export_command(
    node: Node,
    out: Output,
    /,
    id_: str,
    target: Path,
    path: str | None,
    purpose: str | None,
    force: bool,
) -> None:
    """Export an object from the vault in the clear, if its policy permits the action `reproduce`."""
    landed = await node.vault.object(id_)
    check_folder(target)
    done = await landed.export(target, path=path, purpose=purpose, overwrite=force)
    told = out.pick(
        f"{done.path}: {size(done.size_bytes)} in the clear. From here on the contract alone binds its use.",
        f"{done.path}：{size(done.size_bytes)}，已为明文。此后其使用仅由合约约束。",
    )
    out.give({"file": str(done.path), "bytes": done.size_bytes, "files": done.files}, [told])


@vault_group.command(name="destroy")
@click.argument("id_", metavar="ID")
@agreed
@calling
async def destroy_command(node: Node, out: Output, /, id_: str, yes: bool) -> None:
    """Destroy an object with proof: its key is overwritten, and none of it can be read again."""
    landed = await node.vault.object(id_)
    confirm(
        out,
        f"Destroy {landed.view.dataset} ({id_}) for good?",
        f"永久销毁 {landed.view.dataset}（{id_}）？",
        yes=yes,
    )
    _give(out, await landed.destroy())


@vault_group.command(name="proof")
@click.argument("id_", metavar="ID")
@calling
async def proof_command(node: Node, out: Output, /, id_: str) -> None:
    """Show the proof that an object was destroyed; `xinfu receipts ID` writes it to a file for others."""
    _give(out, await (await node.vault.object(id_)).proof())


def landed_lines(out: Output, landed: VaultObject) -> list[str]:
    """Return lines about landed data."""
    return [
        *object_lines(out, landed.view),
        out.pick(
            f"Read it with `xinfu vault cat {landed.id}`.", f"可用 `xinfu vault cat {landed.id}` 读取。"
        ),
    ]


def object_lines(out: Output, view: VaultView) -> list[str]:
    """Return an object as lines for people."""
    checked = out.pick("checked against the provider's manifest", "已按提供方清单校验")
    if not view.verified:
        checked = out.pick("NOT checked: the provider has no manifest", "未校验：提供方没有清单")
    lines = [f"{view.id}  {view.state}", f"  {view.dataset}  {view.peer}"]
    if view.state == "LANDED":
        files = out.pick(f"{view.files} files", f"{view.files} 个文件")
        lines.append(f"  {files}, {size(view.size_bytes)}, {checked}")
    if view.code:
        lines.append(f"  {out.of(view.reason)} [{view.code}]")
    for each in view.control:
        level = out.pick(*LEVELS.get(each.level, (each.level, each.level)))
        lines += [f"  {level}: {out.pick(each.en, each.zh)}"]
    return lines


def _give(out: Output, proof: Destruction) -> None:
    lines = [
        out.pick(f"Destroyed at {moment(proof.destroyed)}.", f"已于 {moment(proof.destroyed)} 销毁。"),
        f"  {out.pick('key', '密钥')}: {proof.key} ({proof.method})",
        f"  {out.pick('contents', '内容摘要')}: {proof.contents}",
        f"  {out.pick('evidence', '存证')}: {proof.entry}",
        out.pick(
            f"  `xinfu receipts {proof.object}` writes the receipts that prove it.",
            f"  可用 `xinfu receipts {proof.object}` 导出存证凭证。",
        ),
    ]
    out.give(proof, lines)
