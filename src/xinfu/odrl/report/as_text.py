"""A compliance report as lines for people, in Chinese or English."""

from collections.abc import Iterator, Sequence
from typing import Final

from xinfu.odrl.model.policy import AtomicConstraint, Constraint, Permission, Policy, Prohibition, Rule
from xinfu.odrl.report.compliance import (
    Activation,
    Answer,
    Deontic,
    Performance,
    PolicyReport,
    Premise,
    PremiseReport,
    RuleReport,
    answers,
)
from xinfu.odrl.report.world import RequestedAct
from xinfu.odrl.words.lexicon import ACTIONS, LIST, Words, pick
from xinfu.verdict import Verdict

_MAY: Final[dict[bool, Words]] = {
    True: ("该请求得到允许。", "What is asked is permitted."),
    False: ("该请求未得到允许。", "What is asked is not permitted."),
}
_SOME: Final[Words] = (
    "请求共 {1} 项，允许 {0} 项；未允许：{2}。",
    "Permitted: {0} of {1}. Not permitted: {2}.",
)
_ABOUT: Final[Words] = ("，针对{0}", ", for {0}")
_KINDS: Final[dict[type[Rule], Words]] = {
    Permission: ("允许", "permission"),
    Prohibition: ("禁止", "prohibition"),
}
_OBLIGATION: Final[Words] = ("义务", "obligation")
_ACTIVE: Final[dict[Activation, Words]] = {
    Activation.ACTIVE: ("生效", "active"),
    Activation.INACTIVE: ("未生效", "inactive"),
}
_PARTS: Final[dict[Premise, Words]] = {
    Premise.TARGET: ("客体", "target"),
    Premise.PARTY: ("主体", "party"),
    Premise.ACTION: ("行为", "action"),
    Premise.CONSTRAINT: ("约束", "constraint"),
}
_VERDICTS: Final[dict[Verdict, Words]] = {
    Verdict.YES: ("满足", "satisfied"),
    Verdict.NO: ("不满足", "not satisfied"),
    Verdict.UNKNOWN: ("无法判定，按不满足处理", "cannot be told, counts as not satisfied"),
}
_DEONTIC: Final[dict[Deontic, Words]] = {
    Deontic.NON_SET: ("未定", "not set"),
    Deontic.VIOLATED: ("已违反", "violated"),
    Deontic.FULFILLED: ("已履行", "fulfilled"),
}
_PERFORMED: Final[dict[Performance, Words]] = {
    Performance.PERFORMED: ("已执行", "performed"),
    Performance.UNPERFORMED: ("未执行且已无法执行", "not performed, and no longer can be"),
    Performance.UNKNOWN: ("是否执行未知", "performance unknown"),
}
_FOUND: Final[Words] = ("（实际为 {0}）", " (found {0})")
_CONDITION: Final[Words] = ("所依赖的义务见 {0}", "depends on a duty, see {0}")


def lines(report: PolicyReport, policy: Policy, language: str) -> Iterator[str]:
    """The report, one line a judged part, the whole first.

    Args:
        language: "zh" or "en".
    """
    found = answers(report, policy)
    if found:
        yield _headline(found, language)
    for rule in report.rules:
        about = _thing(report.asked[rule.place], language) if len(report.asked) > 1 else ""
        yield from _rule(rule, about, language)


def _headline(found: Sequence[Answer], language: str) -> str:
    """The answer to all that is asked; if the answers differ, it lists the acts that are not permitted."""
    refused = [_thing(each.asked, language) for each in found if not each.is_permitted]
    if len(refused) in (0, len(found)):
        return pick(_MAY[not refused], language)
    listed = pick(LIST, language).join(refused)
    return pick(_SOME, language).format(len(found) - len(refused), len(found), listed)


def _thing(asked: RequestedAct, language: str) -> str:
    """The act that is asked for: its action and its target."""
    action = pick(ACTIONS.get(asked.action, (asked.action or "?",) * 2), language)
    return f"{action} ({asked.target})" if asked.target else action


def _rule(report: RuleReport, about: str, language: str) -> Iterator[str]:
    """The lines of one rule; `about` names the act that it is judged for, if there are several."""
    said = [pick(_ACTIVE[report.activation], language)]
    if report.performance is not None:
        said.append(pick(_PERFORMED[report.performance], language))
    if report.deontic is not None:
        said.append(pick(_DEONTIC[report.deontic], language))
    kind = pick(_KINDS.get(type(report.rule), _OBLIGATION), language)
    named = f" {report.rule.id}" if report.rule.id else ""
    beside = pick(_ABOUT, language).format(about) if about else ""
    yield f"{kind}{named} ({report.path}){beside}: {', '.join(said)}"
    for premise in report.premises:
        yield from _premise(premise, language, "  ")
    for condition in report.conditions:
        yield "  " + pick(_CONDITION, language).format(condition.value)


def _premise(premise: PremiseReport, language: str, indent: str) -> Iterator[str]:
    """The lines of one premise and those inside it; the depth is bounded by the limits of a policy."""
    said = pick(_PARTS[premise.kind], language)
    if premise.constraint is not None:
        said += f" {_written(premise.constraint)}"
    found = ", ".join(value.term.value for value in premise.values)
    shown = pick(_FOUND, language).format(found) if found else ""
    yield f"{indent}{said}: {pick(_VERDICTS[premise.verdict], language)}{shown}"
    for inner in premise.premises:
        yield from _premise(inner, language, indent + "  ")


def _written(constraint: Constraint) -> str:
    if isinstance(constraint, AtomicConstraint):
        return " ".join((constraint.left, constraint.operator, ", ".join(constraint.values))).strip()
    return constraint.op.value
