"""`xinfu scenario`: play a scenario on real data through real nodes, and write its figures."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from xinfu.cli import errors
from xinfu.cli.options import speaking
from xinfu.cli.output import Output, as_json
from xinfu.cli.playing import Scenario, find, run_to_end, set_stage
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
    help="A JSON file with the parameters to change; docs/reference/scenarios.md lists the keys.",
)
@click.option(
    "--out",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the figures to this file (default: print them); pages and receipts go next to it, into NAME-pages.",
)
@click.option(
    "--schema",
    is_flag=True,
    help="Print only the JSON Schema of the parameters, without running the scenario.",
)
@speaking
def scenario_command(
    out: Output, /, name: str, data: Path | None, params: Path | None, target: Path | None, schema: bool
) -> None:
    """Play a scenario on real data through real nodes.

    One node publishes the data, another pulls it under a contract, and the figures are computed from the received
    copies. A scenario that generates its data needs no --data.
    """
    scenario = find(name)
    if schema:
        click.echo(as_json(dict(scenario.params_schema)))
        return
    if data is None and scenario.needs_data:
        raise errors.SCENARIO_NO_DATA()
    said = params.read_bytes() if params else None
    with _beside(target) as beside:
        figures = run_to_end(_played(out, scenario, data.resolve() if data else beside, beside, said))
    if target is None:
        click.echo(as_json(figures))
        return
    _write(target, as_json(figures) + "\n")
    out.give({"figures": str(target)}, [out.pick(f"Figures: {target}.", f"数据结果：{target}。")])


@contextmanager
def _beside(target: Path | None) -> Iterator[Path]:
    """Return the folder for a scenario's files besides its figures; a temporary one if the figures are only printed."""
    if target is None:
        with tempfile.TemporaryDirectory(prefix="xinfu-") as passing:
            yield Path(passing)
        return
    folder = target.with_name(f"{target.stem}-pages").resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    yield folder
    if not any(folder.iterdir()):
        folder.rmdir()


async def _played(
    out: Output, scenario: Scenario, data: Path, beside: Path, params: bytes | None
) -> dict[str, Any]:
    out.say(
        f"{scenario.title.en}: starting the nodes …", f"{scenario.title.zh}：正在启动节点……"
    )  # fmt: skip
    async with set_stage(scenario, {data, beside}, params) as stage:
        return dict(await scenario.run(stage.nodes, data, beside, params, out.say))


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> InputError:
    why = error.strerror or type(error).__name__
    return errors.SCENARIO_OUT(path=path, why=why)
