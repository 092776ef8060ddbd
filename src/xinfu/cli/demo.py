"""`xinfu demo`: runs participants and their space operator on this machine through a whole exchange.

Everything except the page and its files is in a temporary folder and is removed at the end.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from xinfu.cli import errors
from xinfu.cli.nodes import RunningParticipant
from xinfu.cli.options import speaking
from xinfu.cli.output import Output, as_json
from xinfu.cli.playing import Stage, find, run_to_end, set_stage, told_to_stop

DEMOS: Final = {"air": "S03", "maintenance": "maintenance", "ledger": "S01"}
"""What a demo is called, and its scenario."""


@click.command(name="demo")
@click.argument("name", type=click.Choice(list(DEMOS)), default="air")
@click.option(
    "--data",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your own table instead of generated data; may be repeated.",
)
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default="demo-out",
    show_default=True,
    help="Folder for the page and the receipts.",
)
@click.option("--stay", is_flag=True, help="Leave the nodes running afterwards, until SIGINT or SIGTERM.")
@click.option(
    "--endpoints",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --stay: write the nodes' addresses and API keys to this file (mode 0600).",
)
@speaking
def demo_command(
    out: Output, /, name: str, files: tuple[Path, ...], folder: Path, stay: bool, endpoints: Path | None
) -> None:
    """Play a governed exchange between two participants on this machine.

    `air`: an environment bureau publishes hourly air quality under rules on purpose, time and membership. An emergency
    bureau finds it, negotiates, pulls it, computes the air quality index and grades the alert. Then three things
    are refused.

    `maintenance`: a machine builder publishes telemetry under purpose, time and count rules. A maintenance firm
    counters, both sign a digital contract, three reads are used and the fourth is refused, a stream is revoked, and
    the deletion is proven.

    `ledger`: eight provincial groups and the central firms' subsidiaries sign with a city, and the platform files. The
    city derives sums for the province, an amount is corrected under two signatures, and six attempts are refused.

    One HTML page shows the whole exchange.
    """
    if endpoints is not None and not stay:
        raise errors.DEMO_ENDPOINTS()
    run_to_end(_demo(out, DEMOS[name], files, folder, endpoints, stay=stay))


async def _demo(
    out: Output, name: str, files: Sequence[Path], folder: Path, endpoints: Path | None, *, stay: bool
) -> None:
    began = time.monotonic()
    place = await asyncio.to_thread(_made, folder)
    own = [each.resolve() for each in files] or None
    scenario = find(name)
    tell = _teller(out)
    tell(f"{scenario.title.en}: starting the nodes …", f"{scenario.title.zh}：正在启动节点……")
    async with set_stage(scenario, [place, *{each.parent for each in own or ()}]) as stage:
        told = await scenario.demo(stage.nodes, place, own, tell)
        seconds = time.monotonic() - began
        out.give(
            {
                "page": str(told.page),
                "receipts": [str(each) for each in told.receipts],
                "lines": [{"en": each.en, "zh": each.zh} for each in told.lines],
                "seconds": round(seconds, 1),
            },
            [
                "",
                *(click.style(out.pick(each.en, each.zh), bold=True) for each in told.lines),
                out.pick(
                    f"Page: {told.page}. {len(told.receipts)} receipts lie beside it. {seconds:.1f} s.",
                    f"页面：{told.page}。旁边有 {len(told.receipts)} 份存证凭证。用时 {seconds:.1f} 秒。",
                ),
            ],
        )
        if stay:
            await _stay(out, stage, endpoints)


async def _stay(out: Output, stage: Stage, endpoints: Path | None) -> None:
    if endpoints is not None:
        await asyncio.to_thread(write_endpoints, endpoints, stage.started)
    out.say("The nodes run until Ctrl-C:", "节点将持续运行，按 Ctrl-C 结束：")
    for each in stage.started:
        out.say(f"  {each.name_en}: {each.management}", f"  {each.name_zh}：{each.management}")
    await told_to_stop()


def write_endpoints(path: Path, started: Sequence[RunningParticipant]) -> None:
    """Write the addresses of running nodes, whole or not at all; readable only by the owner, because they include keys.

    Raises:
        InputError: `demo.endpoints`: the file cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(as_json({"participants": [_endpoint(each) for each in started]}) + "\n")
        draft.replace(path)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise errors.DEMO_ENDPOINTS_UNWRITABLE(path=path, why=why) from error


def _endpoint(node: RunningParticipant) -> dict[str, Any]:
    return {
        "id": node.participant,
        "name": node.name_en,
        "name_zh": node.name_zh,
        "key": node.key,
        "management": node.management,
        "native": f"{node.management}/api/v1",
        "protocol": node.base,
        "data": node.data,
        "api_key": node.api_key,
    }


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise errors.DEMO_OUT(folder=folder, why=why) from error
    return folder.resolve()


def _teller(out: Output) -> Any:
    """Return a function that prints the story line by line, or nothing with --json."""

    def tell(en: str, zh: str) -> None:
        if not out.as_json:
            click.echo(out.pick(en, zh))

    return tell
