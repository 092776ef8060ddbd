"""How far each rule is enforced, honestly, so that people see it before they sign (管控方式).

A provider's node controls what it hands out: to whom, when, how often. It does not control what happens to
data that has been handed out, nor whether a declared purpose is the true one or where the data is used: that
is by contract only, until a use environment enforces it. A rule is as strong as the weakest of its parts.
Follows: usage-control §7; the terms 提供侧技术管控 / 使用环境技术管控 / 仅合约约束.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from xinfu.odrl.compile import comes_before
from xinfu.odrl.faults import atomic_fault, conditions, leaves
from xinfu.odrl.operands import Control
from xinfu.odrl.policy import AtomicConstraint, Duty, Permission, Policy, Prohibition
from xinfu.odrl.registry import REGISTRY, Registry
from xinfu.odrl.words import Words, pick

HANDED_OUT: Final = frozenset({"use", "read", "stream"})
"""Actions that are the handing out itself; all others happen where the data is."""

NAMES: Final[dict[Control, Words]] = {
    Control.PROVIDER: ("提供侧技术管控", "technically, at the provider"),
    Control.ENVIRONMENT: ("使用环境技术管控", "technically, in the use environment"),
    Control.CONTRACT: ("仅合约约束", "by contract only"),
}
_WHY: Final[dict[str, Words]] = {
    "handed-out": (
        "提供方节点按此规则交付；已交付的数据此后由合约约束",
        "the provider's node hands out by this rule; what was handed out is bound by contract from then on",
    ),
    "declared": (
        "{0}由使用方声明或证明：不符者提供方拒绝交付，但实际使用情况提供方无法核实",
        "{0} is stated by the user: the provider refuses what does not fit, but cannot see the real use",
    ),
    "elsewhere": (
        "该行为发生在数据交付之后，提供方无法从技术上阻止",
        "this happens after data was handed out; the provider cannot stop it technically",
    ),
    "closed": (
        "含有无法判定的内容，提供方节点不予交付",
        "it cannot be judged, so the provider's node hands nothing out",
    ),
    "before": ("未履行之前提供方节点不予交付", "the provider's node hands nothing out before it is done"),
    "promised": ("由使用方承诺履行并提供证明", "the user promises it and gives proof"),
}


class RuleLevel(msgspec.Struct, frozen=True, kw_only=True):
    """How one rule is enforced.

    Attributes:
        rule: where it stands, `permission[0]` or `permission[0].duty[1]`.
        zh: why it is this level and no higher, in Chinese.
        en: the same in English.
    """

    rule: str
    level: Control
    zh: str
    en: str

    def name(self, language: str) -> str:
        """The level's name in `language` ("zh" or "en")."""
        return pick(NAMES[self.level], language)


def levels(policy: Policy, *, registry: Registry = REGISTRY) -> tuple[RuleLevel, ...]:
    """The level of control of every rule and duty, in the order of the policy."""
    return tuple(_levels(policy, registry))


def _levels(policy: Policy, registry: Registry) -> Iterator[RuleLevel]:
    for i, rule in enumerate(policy.permissions):
        yield _judged(f"permission[{i}]", rule, registry)
        for j, duty in enumerate(rule.duties):
            yield _duty(f"permission[{i}].duty[{j}]", duty)
    for i, barrier in enumerate(policy.prohibitions):
        yield _judged(f"prohibition[{i}]", barrier, registry)
    for i in range(len(policy.obligations)):
        yield _level(f"obligation[{i}]", Control.CONTRACT, "promised")


def _judged(path: str, rule: Permission | Prohibition, registry: Registry) -> RuleLevel:
    if rule.action not in HANDED_OUT:
        return _level(path, Control.CONTRACT, "elsewhere")
    for constraint, _ in conditions(rule, path):
        for part, _ in leaves(constraint, ""):
            if not isinstance(part, AtomicConstraint):
                continue
            operand = registry.operand(part.left, path)
            if operand is None or atomic_fault(part, "", operand, registry) is not None:
                return _level(path, Control.PROVIDER, "closed")
            if operand.control is Control.CONTRACT:
                return _level(path, Control.CONTRACT, "declared", operand.zh, operand.en)
    return _level(path, Control.PROVIDER, "handed-out")


def _duty(path: str, duty: Duty) -> RuleLevel:
    if comes_before(duty):
        return _level(path, Control.PROVIDER, "before")
    return _level(path, Control.CONTRACT, "promised")


def _level(path: str, level: Control, why: str, zh: str = "", en: str = "") -> RuleLevel:
    said = _WHY[why]
    return RuleLevel(rule=path, level=level, zh=said[0].format(zh), en=said[1].format(en))
