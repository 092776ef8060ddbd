"""Steps from one policy to another, as values and as sentences: each adds, shortens, raises or drops something.

Each step is stricter, looser or neither for the one who uses the data, as `within` proves it.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

from xinfu.odrl.comparison.subsume import within
from xinfu.odrl.engine.faults import atomic_fault, values_of
from xinfu.odrl.engine.registry import Registry
from xinfu.odrl.model.policy import AtomicConstraint, Constraint, Permission, Policy, PolicyKind
from xinfu.odrl.operands import Operand
from xinfu.odrl.values.durations import SECOND, Duration
from xinfu.odrl.values.sorts import Sort
from xinfu.odrl.words.lexicon import LIST, Words, pick
from xinfu.odrl.words.sentences import clause
from xinfu.verdict import Verdict


class ChangeEffect(StrEnum):
    """The effect of a step on the party that uses the data."""

    STRICTER = "stricter"
    LOOSER = "looser"
    OTHER = "other"

    @property
    def opposite(self) -> "ChangeEffect":
        """The effect of the same step in a prohibition."""
        return _OPPOSITE[self]


class ChangeKind(StrEnum):
    """The kind of change that a step makes."""

    ADDS = "adds"
    DROPS = "drops"
    SHORTENS = "shortens"
    EXTENDS = "extends"
    LOWERS = "lowers"
    RAISES = "raises"
    NARROWS = "narrows"
    WIDENS = "widens"
    CHANGES = "changes"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One step from a policy to another, with its effect and its sentences.

    Attributes:
        rule: the rule that it is about, in the policy that has it; `policy` for the whole.
        about: name of the left operand, the action or the member.
        before: the old values, as texts; empty if something is added. `after` likewise.
        zh: the step as a sentence without its effect, in Chinese; `en` in English.
    """

    kind: ChangeKind
    effect: ChangeEffect
    rule: str
    about: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    zh: str
    en: str


_OPPOSITE: Final = {
    ChangeEffect.STRICTER: ChangeEffect.LOOSER,
    ChangeEffect.LOOSER: ChangeEffect.STRICTER,
    ChangeEffect.OTHER: ChangeEffect.OTHER,
}
_KINDS: Final[dict[ChangeKind, Words]] = {
    ChangeKind.ADDS: ("增加", "adds"),
    ChangeKind.DROPS: ("删去", "drops"),
    ChangeKind.SHORTENS: ("缩短", "shortens"),
    ChangeKind.EXTENDS: ("延长", "extends"),
    ChangeKind.LOWERS: ("降低", "lowers"),
    ChangeKind.RAISES: ("提高", "raises"),
    ChangeKind.NARROWS: ("收窄", "narrows"),
    ChangeKind.WIDENS: ("放宽", "widens"),
    ChangeKind.CHANGES: ("更改", "changes"),
}
_EFFECTS: Final[dict[ChangeEffect, Words]] = {
    ChangeEffect.STRICTER: ("更严", "stricter"),
    ChangeEffect.LOOSER: ("更宽", "looser"),
    ChangeEffect.OTHER: ("其他变化", "other"),
}
_TIMES: Final = frozenset({Sort.INSTANT, Sort.DURATION})
_NUMBERS: Final = frozenset({Sort.COUNT, Sort.SIZE, Sort.MONEY, Sort.RATIO, Sort.DECIMAL})
_UPPER: Final = frozenset({"lt", "lteq"})
_LOWER: Final = frozenset({"gt", "gteq"})
_UNITS: Final[tuple[tuple[int, Words], ...]] = (
    (86_400 * SECOND, ("天", "days")),
    (3_600 * SECOND, ("小时", "hours")),
    (60 * SECOND, ("分钟", "minutes")),
    (SECOND, ("秒", "seconds")),
)


def step(
    kind: ChangeKind,
    effect: ChangeEffect,
    rule: str,
    about: str,
    said: Words,
    *,
    before: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
) -> Change:
    """Make a step; each of its sentences is its kind followed by `said`."""
    zh, en = _KINDS[kind]
    return Change(
        kind=kind,
        effect=effect,
        rule=rule,
        about=about,
        before=before,
        after=after,
        zh=f"{zh}：{said[0]}",
        en=f"{en}: {said[1]}",
    )


def change_lines(changes: Iterable[Change], language: str) -> list[str]:
    """One line for each step, with its effect."""
    form = "- {0}（{1}）" if language == "zh" else "- {0} ({1})"
    return [
        form.format(each.zh if language == "zh" else each.en, pick(_EFFECTS[each.effect], language))
        for each in changes
    ]


def effect(
    before: Iterable[Constraint], after: Iterable[Constraint], registry: Registry
) -> ChangeEffect | None:
    """The effect of asking for `after` in place of `before`; None when both say the same."""
    old, new = (_asking(tuple(constraints)) for constraints in (before, after))
    inside = within(new, old, registry=registry).verdict
    outside = within(old, new, registry=registry).verdict
    if inside is Verdict.YES and outside is Verdict.YES:
        return None
    if inside is Verdict.YES:
        return ChangeEffect.STRICTER
    return ChangeEffect.LOOSER if outside is Verdict.YES else ChangeEffect.OTHER


def _asking(constraints: tuple[Constraint, ...]) -> Policy:
    permission = Permission(action="use", constraints=constraints)
    return Policy(kind=PolicyKind.SET, permissions=(permission,))


def bound_step(
    rule: str, before: AtomicConstraint, after: AtomicConstraint, found: ChangeEffect, registry: Registry
) -> Change:
    """The step from one constraint to another on the same operand."""
    operand = registry.operand(after.left, "")
    kind = _kind(operand, after.operator, found)
    said = tuple(_between(before, after, operand, language, registry) for language in ("zh", "en"))
    about = after.left if operand is None else operand.name
    return step(kind, found, rule, about, (said[0], said[1]), before=before.values, after=after.values)


def _kind(operand: Operand | None, operator: str, found: ChangeEffect) -> ChangeKind:
    if operand is None or found is ChangeEffect.OTHER:
        return ChangeKind.CHANGES
    grows = (found is ChangeEffect.LOOSER) is (operator in _UPPER)
    if (operator in _UPPER and operand.sort in _TIMES) or (
        operator in _LOWER and operand.sort is Sort.DURATION
    ):
        return ChangeKind.EXTENDS if grows else ChangeKind.SHORTENS
    if operand.sort in _NUMBERS | _TIMES and operator in _UPPER | _LOWER:
        return ChangeKind.RAISES if grows else ChangeKind.LOWERS
    return ChangeKind.WIDENS if found is ChangeEffect.LOOSER else ChangeKind.NARROWS


def _between(
    before: AtomicConstraint,
    after: AtomicConstraint,
    operand: Operand | None,
    language: str,
    registry: Registry,
) -> str:
    """`3 → 5 uses`, `30 → 7 days`; else both constraints in words."""
    bounds = _UPPER | _LOWER
    is_judged = operand is not None and not any(
        atomic_fault(each, "", operand, registry) is not None for each in (before, after)
    )
    if operand is None or not is_judged or not {before.operator, after.operator} <= bounds:
        return " → ".join(clause(each, language, registry) for each in (before, after))
    name = pick((operand.zh, operand.en), language)
    if operand.sort is Sort.DURATION:
        said = _durations(values_of(before, operand)[0], values_of(after, operand)[0], language)
        return f"{said}（{name}）" if language == "zh" else f"{said} ({name})"
    if operand.name == "count":
        limits = [_limit(each, operand) for each in (before, after)]
        return f"{limits[0]} → {limits[1]} " + pick(("次使用", "uses"), language)
    said = " → ".join(pick(LIST, language).join(_plain(each, operand)) for each in (before, after))
    return f"{said}（{name}）" if language == "zh" else f"{said} ({name})"


def _plain(constraint: AtomicConstraint, operand: Operand) -> tuple[str, ...]:
    if operand.sort is Sort.INSTANT:
        return tuple(value.replace("T", " ", 1) for value in constraint.values)
    return constraint.values


def _limit(constraint: AtomicConstraint, operand: Operand) -> int:
    value = values_of(constraint, operand)[0]
    return (value if isinstance(value, int) else 0) - (constraint.operator == "lt")


def _durations(before: object, after: object, language: str) -> str:
    """Both lengths in the largest unit that expresses them without a remainder."""
    if not (isinstance(before, Duration) and isinstance(after, Duration)):
        return f"{before} → {after}"
    if before.months or after.months:
        return f"{before} → {after}"
    for length, words in _UNITS:
        if before.microseconds % length == after.microseconds % length == 0:
            counts = (each.microseconds // length for each in (before, after))
            return " → ".join(map(str, counts)) + f" {pick(words, language)}"
    return f"{before} → {after}"
