"""`xinfu catalog`: list the offers of a participant."""

import click

from xinfu.cli.options import calling
from xinfu.cli.output import Output, size
from xinfu.cli.rules import rule_lines
from xinfu.client import Dataset, Node
from xinfu.odrl.control.grades import name_of


@click.command(name="catalog")
@click.argument("participant")
@click.option("--at", help="The address to use instead of the one in its DID document.")
@click.option("--dataset", help="Only this dataset.")
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=1000,
    show_default=True,
    help="The largest number of datasets.",
)
@click.option("--after", help="Continue after a page: the `next` of that page.")
@calling
async def catalog_command(
    node: Node,
    out: Output,
    /,
    participant: str,
    at: str | None,
    dataset: str | None,
    limit: int,
    after: str | None,
) -> None:
    """List the datasets that a participant offers.

    PARTICIPANT is a DID, or an alias of the address book.
    """
    catalog = await node.catalog(participant, at=at, dataset=dataset, after=after, limit=limit)
    lines = [line for each in catalog for line in _lines(out, each)]
    if catalog.more:
        lines.append(out.pick(f"There are more: --after {catalog.next}", f"还有更多：--after {catalog.next}"))
    if not lines:
        lines = [
            out.pick(
                f"{catalog.participant} offers us nothing.", f"{catalog.participant} 没有向我方提供数据产品。"
            )
        ]
    out.give(catalog.view, lines)


def _lines(out: Output, dataset: Dataset) -> list[str]:
    view = dataset.view
    generated = out.pick(" (generated)", "（模拟生成）") if view.generated else ""
    head = click.style(view.id, bold=True) + f"  {dataset.title(out.language)}{generated}"
    lines = [f"{head}  {size(view.size_bytes)}".rstrip()]
    if view.grade is not None:
        graded = name_of(view.grade, out.language)
        lines.append("  " + out.pick(f"grade {graded}", f"分级 {graded}"))
    for offer in view.offers:
        lines.append(f"  {offer.id}")
        lines += rule_lines(out, offer.policy.rules)
    return lines
