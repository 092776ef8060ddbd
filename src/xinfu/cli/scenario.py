"""`xinfu scenario`: play a scenario on real data through real nodes, and write its figures."""

from pathlib import Path
from typing import Any

import click

from xinfu.cli.options import speaking
from xinfu.cli.output import Output, as_json
from xinfu.cli.playing import Scenario, find, run_to_end, staged
from xinfu.errors import InputError


@click.command(name="scenario")
@click.argument("name")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder that holds the data sets.",
)
@click.option(
    "--params",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A JSON file of what to change; docs/reference/scenarios.md has the keys.",
)
@click.option(
    "--out",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the figures here (default: print them).",
)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the parameters, and play nothing.")
@speaking
def scenario_command(
    out: Output, /, name: str, data: Path | None, params: Path | None, target: Path | None, schema: bool
) -> None:
    """Play a scenario on real data through real nodes.

    Each data file is published by one node and pulled by another under a contract; the figures are computed from
    the copies that arrived.
    """
    scenario = find(name)
    if schema:
        click.echo(as_json(dict(scenario.params_schema)))
        return
    if data is None:
        raise InputError("scenario.no-data", "--data is needed.", "需要 --data。")
    figures = run_to_end(_played(out, scenario, data.resolve(), params.read_bytes() if params else None))
    if target is None:
        click.echo(as_json(figures))
        return
    _write(target, as_json(figures) + "\n")
    out.give({"figures": str(target)}, [out.pick(f"Figures: {target}.", f"数据结果：{target}。")])


async def _played(out: Output, scenario: Scenario, data: Path, params: bytes | None) -> dict[str, Any]:
    out.say(
        f"{scenario.title.en}: starting the nodes …", f"{scenario.title.zh}：正在启动节点……"
    )  # fmt: skip
    async with staged(scenario, [data]) as stage:
        return dict(await scenario.run(stage.nodes, data, params, out.say))


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise InputError(
            "scenario.out", f"{path} cannot be written: {why}.", f"无法写入 {path}：{why}。"
        ) from error
