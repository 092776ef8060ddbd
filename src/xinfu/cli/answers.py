"""`xinfu answers`: manage stored answers, which decide without a person."""

import click

from xinfu.api import AnswerView
from xinfu.cli.confirmation import agreed, confirm
from xinfu.cli.options import calling
from xinfu.cli.output import Output, table
from xinfu.client import Node


@click.group(name="answers")
def answers_group() -> None:
    """Manage stored answers, which decide without a person."""


@answers_group.command(name="list")
@calling
async def list_command(node: Node, out: Output, /) -> None:
    """List stored answers; the matching one with the highest priority applies, then the first by id."""
    found = await node.answers.list()
    out.give(found, _lines(out, found))


@answers_group.command(name="set")
@click.argument("id_", metavar="ID")
@click.option("--on", required=True, help="The event, such as requested, offered, transfer-requested.")
@click.option(
    "--do",
    "acts",
    multiple=True,
    required=True,
    help="An act, such as agree, agree-within, start, hold; may be repeated, done in order.",
)
@click.option("--dataset", help="Only for this dataset.")
@click.option("--agreement", help="Only for this agreement.")
@click.option("--peer", metavar="PARTICIPANT", help="Only for this participant.")
@click.option(
    "--priority",
    type=int,
    default=0,
    show_default=True,
    help="Priority; the matching answer with the highest number applies.",
)
@click.option("--reason", help="The reason sent to the other side, for acts that have one.")
@calling
async def set_command(
    node: Node,
    out: Output,
    /,
    id_: str,
    on: str,
    acts: tuple[str, ...],
    dataset: str | None,
    agreement: str | None,
    peer: str | None,
    priority: int,
    reason: str | None,
) -> None:
    """Store an answer, or a new version of it."""
    made = await node.answers.set(
        id_,
        on=on,
        do=acts,
        dataset=dataset,
        agreement=agreement,
        peer=peer,
        priority=priority,
        reason=reason,
    )
    out.give(made, _lines(out, [made]))


@answers_group.command(name="remove")
@click.argument("id_", metavar="ID")
@agreed
@calling
async def remove_command(node: Node, out: Output, /, id_: str, yes: bool) -> None:
    """Remove an answer. Asks first."""
    confirm(out, f"Remove the answer {id_}?", f"删除答复规则 {id_}？", yes=yes)
    await node.answers.remove(id_)
    out.give({"removed": id_}, [out.pick(f"Removed {id_}.", f"已删除 {id_}。")])


def _lines(out: Output, answers: list[AnswerView]) -> list[str]:
    columns = out.pick("id on do only-for priority", "标识 事件 动作 仅限 优先级").split()
    rows = [(each.id, each.on, " ".join(each.do), _only(each), str(each.priority)) for each in answers]
    return table(columns, rows)


def _only(answer: AnswerView) -> str:
    return " ".join(part for part in (answer.dataset, answer.agreement, answer.peer) if part) or "*"
