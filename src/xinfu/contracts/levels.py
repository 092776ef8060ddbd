"""Levels of control (管控方式): how far each constraint of the standard is enforced on each of its actions.

The levels are computed, not listed. A cell is the result of `odrl.levels` for a rule in the terms of the standard: the
action as a permission, or as a duty of a permission if the standard means an act that has to be done, with the
constraint and a sample value. Only the pairs without a meaning are listed here, with the reason. The action
`expansionItem` is shown by `use`, the constraint `expansionItem` by `purpose`; `expansions` gives the levels of the
other constraints under that name. Follows: TC609-6-2025-14, tables 4 and 5.1.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from xinfu.contracts.render import read_action
from xinfu.contracts.strategy import StrategyConstraint
from xinfu.contracts.terms import ACTIONS, CONSTRAINTS
from xinfu.contracts.values import read_constraint
from xinfu.odrl import (
    REGISTRY,
    AtomicConstraint,
    Control,
    Duty,
    Permission,
    Policy,
    PolicyKind,
    RuleLevel,
    levels,
)
from xinfu.odrl.engine.registry import Registry
from xinfu.odrl.model.meters import SELECTORS
from xinfu.odrl.model.transforms import TRANSFORMS
from xinfu.odrl.operands import OPERANDS
from xinfu.odrl.operands.tc609 import CONSTRAINT_NAMES

DUTIES: Final = frozenset({"plicyTransmit", "logRecordSend", "delete", "alert", "compensate"}) | (
    TRANSFORMS & set(ACTIONS)
)
"""Actions that are duties; all others are permissions (表4)."""

SAMPLES: Final[Mapping[str, tuple[str, str]]] = {
    "time": ("lteq", "2030-01-01T00:00:00+08:00"),
    "timeWindow": ("lteq", "P7D"),
    "region": ("eq", "CN-HN"),
    "networkAddress": ("isPartOf", "10.0.0.0/8"),
    "physicalAddress": ("eq", "urn:example:1"),
    "count": ("lteq", "3"),
    "frequency": ("lteq", "3/PT1H"),
    "dataSize": ("lteq", "2K"),
    "dateRecord": ("lteq", "3"),
    "dataField": ("isAnyOf", "[day,level]"),
    "valueExpression": ("eq", "level >= 3"),
    "application": ("eq", "urn:example:application"),
    "algorithm": ("eq", "urn:example:algorithm"),
    "machineLearningModels": ("eq", "urn:example:model"),
    "executionEnv": ("eq", "01"),
    "encryptMode": ("eq", "02"),
    "deliveryMethod": ("eq", "01"),
    "payAmount": ("eq", "100.00 CNY"),
    "expansionItem": ("eq", '{"name":"purpose","value":"research"}'),
}
"""Name of a constraint -> a sample of its operator and value, as the standard writes them."""


COLUMNS: Final = AtomicConstraint(left="dataField", operator="isAnyOf", right=("day", "level"))
"""The columns of a duty to change data before it leaves."""


class Mark(StrEnum):
    """The marks of the cells."""

    PROVIDER = "P"
    """Enforced technically, at the provider."""
    ENVIRONMENT = "E"
    """Enforced technically, in the vault of the user's own node; signed as enforced by contract only."""
    CONTRACT = "C"
    """Enforced by contract only."""
    CLOSED = "X"
    """No data is given out under such a rule, because it cannot be evaluated."""
    MEANINGLESS = "–"


class MeaninglessPairs(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs without a meaning: each of these actions with each of these constraints, and the reason."""

    actions: tuple[str, ...]
    constraints: tuple[str, ...]
    zh: str
    en: str


MEANINGLESS: Final = (
    MeaninglessPairs(
        actions=("plicyTransmit", "logRecordSend", "delete", "alert"),
        constraints=("payAmount",),
        zh="价款针对使用或交易，这些义务本身不计价",
        en="a price is paid for a use or a sale; these duties have none",
    ),
    MeaninglessPairs(
        actions=("plicyTransmit", "logRecordSend", "delete", "alert", "compensate"),
        constraints=("application", "algorithm", "machineLearningModels"),
        zh="限定的是用何种程序计算数据，而这些义务不对数据进行计算",
        en="they name the program that computes with the data; these duties compute nothing",
    ),
    MeaninglessPairs(
        actions=("plicyTransmit", "delete"),
        constraints=("count", "frequency"),
        zh="策略随每份副本传递一次，副本删除一次，不计次数",
        en="a policy goes along with each copy once, and a copy is deleted once; there is nothing to count",
    ),
    MeaninglessPairs(
        actions=("alert", "compensate"),
        constraints=("dataField", "valueExpression"),
        zh="提醒和补偿不涉及具体字段或记录",
        en="an alarm or a payment concerns no column and no row",
    ),
    MeaninglessPairs(
        actions=("delete", "compensate"),
        constraints=("encryptMode", "deliveryMethod"),
        zh="删除和补偿不交付任何数据",
        en="nothing is delivered when data is deleted or a use is paid",
    ),
)


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """The level of one action under one constraint.

    Attributes:
        level: the result of `odrl.levels` for the rule; None if the pair has no meaning.
        zh: the reason in Chinese. en: the same in English.
    """

    mark: Mark
    level: RuleLevel | None
    zh: str
    en: str


def cell(action: str, constraint: str, *, registry: Registry = REGISTRY) -> Cell:
    """Compute how far `constraint` on `action` is enforced; names as printed in tables 4 and 5.1."""
    for group in MEANINGLESS:
        if action in group.actions and constraint in group.constraints:
            return Cell(mark=Mark.MEANINGLESS, level=None, zh=group.zh, en=group.en)
    found = levels(cell_policy(action, read_constraint(sample(constraint))), registry=registry)[-1]
    return Cell(mark=_mark(found), level=found, zh=found.zh, en=found.en)


def table(*, registry: Registry = REGISTRY) -> dict[tuple[str, str], Cell]:
    """Compute every cell, by action and constraint, in the order of the standard."""
    return {
        (action, name): cell(action, name, registry=registry) for action in ACTIONS for name in CONSTRAINTS
    }


def expansions(*, registry: Registry = REGISTRY) -> dict[str, Control]:
    """The level of each constraint that is written under `expansionItem`, on a use, by its ODRL name."""
    named = {*CONSTRAINT_NAMES, *CONSTRAINT_NAMES.values(), *SELECTORS}
    names = [name for name in OPERANDS if name not in named]
    return {name: made.control for name in names if (made := registry.operand(name, "")) is not None}


def sample(constraint: str) -> StrategyConstraint:
    """A sample constraint with this name, as it may be written in a contract."""
    operator, value = SAMPLES[constraint]
    return StrategyConstraint(name=constraint, operator=operator, value=value)


def cell_policy(action: str, constraints: tuple[AtomicConstraint, ...]) -> Policy:
    """Make a policy of one rule on `action`: a permission, or a permission to use with a duty.

    A duty to change data names columns.
    """
    name = read_action("expansionItem:use" if action == "expansionItem" else action)
    if action in DUTIES:
        named = action not in TRANSFORMS or any(each.left == COLUMNS.left for each in constraints)
        duty = Duty(action=name, constraints=constraints, refinements=() if named else (COLUMNS,))
        rule = Permission(action="use", duties=(duty,))
    else:
        rule = Permission(action=name, constraints=constraints)
    return Policy(kind=PolicyKind.AGREEMENT, permissions=(rule,))


def _mark(found: RuleLevel) -> Mark:
    if found.level is Control.CONTRACT and found.inside is Control.ENVIRONMENT:
        return Mark.ENVIRONMENT
    return Mark[found.level.name]
