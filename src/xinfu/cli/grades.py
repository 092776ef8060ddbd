"""`xinfu grades`: the scale of grades (分类分级), how an asset is graded, and stating another grade."""

import click

from xinfu.api import GradedView, GradeView
from xinfu.cli.options import calling
from xinfu.cli.output import Output, table
from xinfu.client import Node
from xinfu.odrl.control.grades import name_of


@click.group(name="grades")
def grades_group() -> None:
    """Grade data (分类分级), and see which offers its grade withholds."""


@grades_group.command(name="list")
@calling
async def list_command(node: Node, out: Output, /) -> None:
    """List the grades: the data that each covers, and what its offers must keep."""
    found = await node.grades.scale()
    out.give(found, [line for each in found for line in _grade(out, each)])


@grades_group.command(name="show")
@click.argument("asset")
@calling
async def show_command(node: Node, out: Output, /, asset: str) -> None:
    """Show the grade of an asset, and the offers that its grade withholds."""
    found = await node.grades.show(asset)
    out.give(found, _graded(out, found))


@grades_group.command(name="set")
@click.argument("asset")
@click.argument("grade", type=click.IntRange(1, 5))
@click.option("--reason", help="The reason, for the evidence log; required to lower a grade.")
@calling
async def set_command(node: Node, out: Output, /, asset: str, grade: int, reason: str | None) -> None:
    """Set the grade of an asset; offers too weak for it are withheld from now on."""
    found = await node.grades.state(asset, grade, reason=reason)
    out.give(found, _graded(out, found))


def _grade(out: Output, grade: GradeView) -> list[str]:
    lines = [click.style(f"{grade.number} {out.of(grade.name)}", bold=True), f"  {out.of(grade.means)}"]
    lines += [
        f"  - {out.pick(each.en, each.zh)} ({out.pick(each.help_en, each.help_zh)})" for each in grade.least
    ]
    if grade.by_hand:
        lines.append(out.pick("  - a person agrees to each contract", "  - 每份合约均由经办人确认"))
    return lines


def _graded(out: Output, found: GradedView) -> list[str]:
    if found.grade is None:
        head = out.pick(
            f"{found.asset} has no grade and is not offered.", f"{found.asset} 未分级，不予提供。"
        )
    else:
        named = name_of(found.grade, out.language)
        head = out.pick(f"{found.asset} is graded {named}", f"{found.asset} 的分级为 {named}")
        head += "" if found.stated else out.pick(", as its participant states", "（按参与方设定）")
    lines = [head]
    for each in found.withheld:
        lines.append(
            out.pick(f"withheld: the offer under {each.definition}", f"暂不提供：{each.definition} 下的要约")
        )
        rows = [
            (lack.rule, out.pick(lack.en, lack.zh), out.pick(lack.help_en, lack.help_zh))
            for lack in each.lacks
        ]
        lines += [
            f"  {line}" for line in table(out.pick("rule lacks how", "规则 缺少 补足方式").split(), rows)
        ]
    if found.agreements:
        lines.append(
            out.pick(
                "Live agreements under weaker terms, which stand until somebody ends them:",
                "仍有效但条款较弱的协议（终止之前继续有效）：",
            )
        )
        lines += [f"  {each}" for each in found.agreements]
    return lines
