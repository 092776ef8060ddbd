"""`xinfu conformance`: run an official kit against a throw-away node and read its output."""

import asyncio
import logging
import sys
from pathlib import Path
from typing import Final

import click
import msgspec

from xinfu.cli.kits import dsp, java
from xinfu.cli.kits.java import Result, TestOutcome
from xinfu.cli.kits.stand import stand
from xinfu.cli.kits.triggers import serve
from xinfu.cli.options import speaking
from xinfu.cli.output import Output

_COLOURS: Final = {TestOutcome.PASS: "green", TestOutcome.FAIL: "red", TestOutcome.SKIP: "yellow"}


class KitReport(msgspec.Struct, frozen=True, kw_only=True):
    """The results of a kit."""

    kit: str
    passed: int
    failed: int
    skipped: int
    tests: tuple[Result, ...]


@click.group(name="conformance")
def conformance_group() -> None:
    """Run an official kit against a node."""


@conformance_group.command(name="dsp")
@click.option(
    "--only", default="", metavar="PATTERN", help="Only tests whose name matches, such as 'CN_C:0[12]'."
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the kit's JUnit-like report here.",
)
@click.option("--log", type=click.Path(dir_okay=False, path_type=Path), help="Write the node's log here.")
@speaking
def dsp_command(out: Output, only: str, report: Path | None, log: Path | None) -> None:
    """Run the Eclipse DSP TCK: Dataspace Protocol 2025-1, both roles.

    Starts a development node in a temporary folder, loads the data that the tests expect through its API, and runs
    the kit against it. Needs Java 17 or newer and, the first time, Maven. Exit code 1 when a test failed.
    """
    _log_to(log)
    found = asyncio.run(_run_dsp(out, only, report))
    out.give(found, [f"{found.passed} passed, {found.failed} failed"])
    if found.failed or not found.passed:
        sys.exit(1)


async def _run_dsp(out: Output, only: str, report: Path | None) -> KitReport:
    await java.fetch("dsp")
    results: list[Result] = []
    async with stand() as node, serve(node.api.negotiate, node.api.transfer) as triggers:
        settings = node.folder / "kit.properties"
        settings.write_text(
            dsp.properties(
                suite_port=java.free_port(),
                protocol=node.protocol,
                version_base=node.version_base,
                triggers=triggers,
            ),
            encoding="ascii",
        )
        written = report or node.folder / "report.xml"
        async for result in java.run("dsp", properties=settings, report=written, pattern=only):
            results.append(result)
            _show(out, result)
    return count_results("dsp", results)


def count_results(kit: str, results: list[Result]) -> KitReport:
    """Return the results with their totals."""
    sums = {outcome: sum(result.outcome is outcome for result in results) for outcome in TestOutcome}
    return KitReport(
        kit=kit,
        passed=sums[TestOutcome.PASS],
        failed=sums[TestOutcome.FAIL],
        skipped=sums[TestOutcome.SKIP],
        tests=tuple(results),
    )


def _show(out: Output, result: Result) -> None:
    """Print a line for each finished test; with --json nothing, because the final document contains all results."""
    if out.as_json:
        return
    outcome = click.style(result.outcome, fg=_COLOURS[result.outcome])
    click.echo(f"{outcome} {result.name}" + (f": {result.reason}" if result.reason else ""))
    sys.stdout.flush()


def _log_to(path: Path | None) -> None:
    handler: logging.Handler = logging.NullHandler() if path is None else logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.getLogger("xinfu").addHandler(handler)
    if path is not None:
        logging.getLogger("xinfu").setLevel(logging.DEBUG)
