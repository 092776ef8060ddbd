"""Draws docs/reference/levels.md: the table of levels of control, computed as a contract's own are."""

from collections.abc import Iterable, Iterator
from typing import Final

from xinfu.contracts.levels import DUTIES, MEANINGLESS, SAMPLES, Mark, cell, expansions, table
from xinfu.contracts.terms import ACTIONS, CONSTRAINTS
from xinfu.odrl.control.levels import NAMES

HEAD: Final = """# Levels of control

Drawn from the program by `make docs`. For each of the 21 actions and 19 constraints of TC609-6-2025-14 (tables 4 and 5.1): how
far a rule with this action and this constraint is enforced, as it is shown before signing and filed with the contract. Each cell
is computed by the same function that says it of a real policy (`xinfu policy show FILE`), and tested: what is called technical
is allowed by one set of facts and refused by another, what is called closed is refused to everyone.
[Levels of control](../explanation/control.md) says what the words mean.

本页由程序生成。表中逐项给出 TC609-6-2025-14 的 21 个操作与 19 个约束组合后的管控方式，与签署前展示、随合约备案的内容由同一函数计算。

## Legend 图例

| mark | level of control | 管控方式 | meaning | 含义 |
|---|---|---|---|---|
"""
MEANINGS: Final[dict[Mark, tuple[str, str, str, str]]] = {
    Mark.PROVIDER: (
        "technical at the provider",
        "提供侧技术管控",
        "the provider's node hands nothing out against it",
        "不符合者提供方节点不予交付",
    ),
    Mark.ENVIRONMENT: (
        "technical in the use environment",
        "使用环境技术管控",
        "the vault of the user's own node keeps it; declared and not attested, so signed as *by contract only*",
        "由使用方节点的受控存储执行；因受控存储仅为声明而未经证明，签署和备案时记为仅合约约束",
    ),
    Mark.CONTRACT: (
        "by contract only",
        "仅合约约束",
        "agreed, recorded and provable; not prevented",
        "有约定、有记录、可举证，但无法从技术上阻止",
    ),
    Mark.CLOSED: (
        "closed",
        "不予交付",
        "nobody can tell whether it holds, or what it asks for, so nothing is handed out under such a rule",
        "无法判定或无法执行，按此规则不交付任何数据",
    ),
    Mark.MEANINGLESS: (
        "meaningless",
        "无意义",
        "the constraint says nothing of the action; reasons below",
        "约束与操作不相关，理由见下",
    ),
}
VAULT: Final = ("read", "reproduce", "expansionItem")
"""Actions that a vault is asked for."""


def page() -> str:
    """The whole page."""
    return "".join(_lines())


def _lines() -> Iterator[str]:
    cells = table()
    yield HEAD
    for mark in Mark:
        yield _row((f"`{mark.value}`", *MEANINGS[mark]))
    yield "\n## Table 总表\n\nActions marked * are duties below a permission to `use`. 带 * 者为许可所附的义务。\n\n"
    yield from _names()
    yield from _head()
    for action in ACTIONS:
        marks = (cells[action, name].mark.value for name in CONSTRAINTS)
        yield _row((_action(action), *marks))
    yield "\n`expansionItem` as an action is shown by `expansionItem:use`, as a constraint by `purpose`.\n"
    yield "\n| cells 单元格 | number 数量 |\n|---|---|\n"
    for mark in Mark:
        yield _row((f"`{mark.value}`", str(sum(each.mark is mark for each in cells.values()))))
    yield from _inside()
    yield from _meaningless()
    yield "\n## Constraints under `expansionItem` 扩展约束\n\nOn an action that hands out (`use`, `read`), by ODRL name.\n\n"
    yield "| operand | level of control | 管控方式 |\n|---|---|---|\n"
    for name, control in expansions().items():
        yield _row((f"`{name}`", NAMES[control][1], NAMES[control][0]))


def _names() -> Iterator[str]:
    yield "| no. | constraint | 约束 | shown by |\n|---|---|---|---|\n"
    for number, (name, zh) in enumerate(CONSTRAINTS.items(), 1):
        operator, value = SAMPLES[name]
        yield _row((str(number), f"`{name}`", zh, f"`{operator} {value}`"))
    yield "\n"


def _head() -> Iterator[str]:
    yield _row(("action 操作", *(str(number) for number in range(1, len(CONSTRAINTS) + 1))))
    yield "|---" * (len(CONSTRAINTS) + 1) + "|\n"


def _inside() -> Iterator[str]:
    yield (
        "\n## In the vault of the user's node 使用方节点的受控存储内\n\nWhat the vault itself keeps when data that landed in it is"
        " read (`read`, `expansionItem:use`) or exported (`reproduce`). What only the provider's node knows or counts is"
        " closed there.\n\n"
    )
    yield from _head()
    for action in VAULT:
        found = (cell(action, name).level for name in CONSTRAINTS)
        marks = (
            "" if each is None or each.inside is None else Mark[each.inside.name].value for each in found
        )
        yield _row((_action(action), *marks))


def _meaningless() -> Iterator[str]:
    yield "\n## Meaningless pairs 无意义的组合\n\n| actions 操作 | constraints 约束 | why | 理由 |\n|---|---|---|---|\n"
    for group in MEANINGLESS:
        yield _row((_listed(group.actions), _listed(group.constraints), group.en, group.zh))


def _action(name: str) -> str:
    return f"`{name}`{'*' if name in DUTIES else ''} {ACTIONS[name]}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _row(parts: Iterable[str]) -> str:
    return f"| {' | '.join(parts)} |\n"
