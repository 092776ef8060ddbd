"""`xinfu policy dry-run`: show which known participants could use a dataset under an unpublished policy."""

from pathlib import Path

import click

from xinfu.cli.explain import MAY
from xinfu.cli.options import calling
from xinfu.cli.output import Output, table
from xinfu.client import DryRun, Node, read_policy


@click.command(name="dry-run")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dataset", help="The dataset that the policy would apply to.")
@click.option("--action", default="use", show_default=True, help="The action of the participants.")
@click.option("--purpose", help="The purpose that they would declare.")
@calling
async def dry_run_command(
    node: Node, out: Output, /, file: Path, dataset: str | None, action: str, purpose: str | None
) -> None:
    """Test the policy in FILE on every participant that the node knows.

    For each it shows whether the terms could be agreed and whether a first use would then be allowed, based on the
    credentials from its last contact with the node.
    """
    found = await node.dry_run(read_policy(file), dataset=dataset, action=action, purpose=purpose)
    out.give(found, _lines(out, found))


def _lines(out: Output, found: DryRun) -> list[str]:
    rows = [
        (
            each.participant,
            out.pick(*MAY[each.negotiable or "unknown"][:2]),
            out.pick(*MAY[each.use or "unknown"][:2]),
            "; ".join(out.pick(one.detail, one.detail_zh) for one in each.reasons[1:]),
        )
        for each in found.items
    ]
    headings = (
        out.pick("participant", "参与方"),
        out.pick("may agree", "能否达成协议"),
        out.pick("may use", "能否使用"),
        out.pick("why not", "原因"),
    )
    total = len(found.items)
    return [
        *table(headings, rows),
        out.pick(
            f"{found.able} of {total} could use it.", f"共 {total} 个参与方，其中 {found.able} 个可以使用。"
        ),
    ]
