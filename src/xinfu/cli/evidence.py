"""`xinfu evidence`: search the evidence log of a node."""

from datetime import datetime

import click
import msgspec

from xinfu.api import EntryView
from xinfu.cli.options import calling
from xinfu.cli.output import Output, table
from xinfu.client import Node
from xinfu.evidence.terms import StatedTerms, terms_of


@click.group(name="evidence")
def evidence_group() -> None:
    """Search the evidence log."""


@evidence_group.command(name="find")
@click.option("--contract", metavar="NUMBER", help="Only what was done under this digital contract.")
@click.option("--strategy", metavar="ID", help="Only what names this strategy of a contract.")
@click.option("--agreement", metavar="ID", help="Only what was done under this agreement.")
@click.option("--dataset", metavar="ID", help="Only what concerns this dataset.")
@click.option("--peer", metavar="PARTICIPANT", help="Only what concerns this participant.")
@click.option("--outcome", help="Only what came out like this: completed, or the code of a refusal.")
@click.option("--kind", help="Only entries of this kind, such as use or refusal.")
@click.option("--process", metavar="ID", help="Only those of this negotiation, transfer or object.")
@click.option("--since", metavar="TIME", help="Not before this moment, such as 2026-12-01+08:00.")
@click.option("--until", metavar="TIME", help="Before this moment.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="At most so many."
)
@click.option("--oldest-first", is_flag=True, help="Begin with the oldest; the default is the newest.")
@calling
async def find_command(
    node: Node,
    out: Output,
    /,
    contract: str | None,
    strategy: str | None,
    agreement: str | None,
    dataset: str | None,
    peer: str | None,
    outcome: str | None,
    kind: str | None,
    process: str | None,
    since: str | None,
    until: str | None,
    limit: int,
    oldest_first: bool,
) -> None:
    """Find entries of the log that meet all conditions, newest first.

    With --json each entry is given whole, as it was signed. `xinfu receipts` writes what proves an entry to others.
    """
    found = await node.entries(
        contract=contract,
        strategy=strategy,
        agreement=agreement,
        dataset=dataset,
        peer=peer,
        outcome=outcome,
        kind=kind,
        process=process,
        since=since,
        until=until,
        newest_first=not oldest_first,
        limit=limit,
    )
    head = out.pick(
        "index at kind outcome dataset contract agreement peer", "序号 时间 种类 结果 数据产品 合约 协议 对方"
    )
    out.give(found, table(head.split(), map(_row, found)))


def _row(view: EntryView) -> list[str]:
    entry = msgspec.convert(view.entry, StatedTerms)
    terms = terms_of(entry)
    at = datetime.fromisoformat(entry.at).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    index = "-" if view.index is None else str(view.index)
    named = (terms.get(name, "-") for name in ("outcome", "dataset", "contract", "agreement", "peer"))
    return [index, at, entry.kind, *named]
