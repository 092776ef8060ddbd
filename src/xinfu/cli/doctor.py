"""`xinfu doctor`: show what a partner would see of a node, what is open, and what is misconfigured."""

import asyncio
from pathlib import Path
from typing import Final

import click
import msgspec

from xinfu.api import Examination
from xinfu.cli.options import CONFIG, find_node, speaking
from xinfu.cli.output import Output
from xinfu.client import connect
from xinfu.errors import InputError, PeerError, XinfuError

_MARKS: Final = {
    "ok": ("ok     ", "正常", "green"),
    "warning": ("warning", "注意", "yellow"),
    "fault": ("FAULT  ", "故障", "red"),
}


@click.command(name="doctor")
@click.option("--url", help="Management listener of the node (default: XINFU_URL).")
@click.option(
    "--api-key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File with the node's API key (default: XINFU_API_KEY).",
)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"The node's configuration (default: {CONFIG} in this folder).",
)
@click.option("--quiet", is_flag=True, help="Leave out findings that are ok.")
@speaking
def doctor_command(
    out: Output, url: str | None, api_key_file: Path | None, config: Path | None, quiet: bool
) -> int:
    """Show what a partner would see of a node, and what is wrong with it.

    A running node checks itself, from outside in. If it does not run, its configuration is checked for what prevents
    a start. Exit code 0: no fault; 1: at least one.
    """
    found, runs = asyncio.run(_examine(url, api_key_file, config))
    shown = [each for each in found.findings if not quiet or each.grade != "ok"]
    lines = (
        []
        if runs
        else [out.pick("The node does not run; these are its files.", "节点未运行，以下为其文件的检查结果。")]
    )
    for each in shown:
        en, zh, colour = _MARKS[each.grade]
        mark = click.style(out.pick(en, zh), fg=colour)
        told = out.pick(each.en, each.zh)
        if each.grade != "ok" and each.about and each.about not in told:
            told = f"{each.about}{out.pick(': ', '：')}{told}"
        lines.append(f"{mark}  {told}  {click.style(f'[{each.code}]', dim=True)}")
        help_ = out.pick(each.help_en, each.help_zh)
        lines += [f"         {help_}"] if help_ else []
    faults = sum(each.grade == "fault" for each in found.findings)
    warnings = sum(each.grade == "warning" for each in found.findings)
    lines.append(
        out.pick(
            f"{len(found.findings)} things looked at, {warnings} warnings, {faults} faults.",
            f"共检查 {len(found.findings)} 项，注意 {warnings} 项，故障 {faults} 项。",
        )
    )
    out.give(msgspec.structs.replace(found, findings=shown), lines)
    return 1 if faults else 0


async def _examine(
    url: str | None, api_key_file: Path | None, config: Path | None
) -> tuple[Examination, bool]:
    """Return the node's own examination, or one of its configuration if it does not run."""
    path = config or (Path(CONFIG) if Path(CONFIG).is_file() else None)
    try:
        where = find_node(url=url, api_key_file=api_key_file, config=config)
        async with connect(where.url, where.api_key) as node:
            return await node.doctor(), True
    except XinfuError as error:
        if path is None or url is not None or not _is_not_there(error):
            raise
    from xinfu.node.offline_doctor import examine_offline  # loading a node costs time

    found = await examine_offline(path)
    return msgspec.convert(msgspec.to_builtins(found), Examination), False


def _is_not_there(error: XinfuError) -> bool:
    """Whether no node answers, or the configuration itself is at fault."""
    if isinstance(error, PeerError):
        return error.code == "node.unreachable"
    return not isinstance(error, InputError) or error.code in {"cli.port-unknown", "cli.no-key"}
