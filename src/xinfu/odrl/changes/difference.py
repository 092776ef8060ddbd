"""The steps from one policy to another, for people to read: a counter-offer shown as its changes.

Rules are matched first by content, then by action, then by order. The steps only explain; `within` decides whether
one policy lies within another.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

from msgspec.structs import replace

from xinfu.odrl.changes.change import Change, ChangeEffect, ChangeKind, bound_step, effect, step
from xinfu.odrl.comparison.grouping import counted_constraint, selection_of, spread
from xinfu.odrl.comparison.normal import normal, normal_constraint, normal_policy
from xinfu.odrl.comparison.strength import at_least
from xinfu.odrl.engine.faults import conditions
from xinfu.odrl.engine.registry import REGISTRY, Registry, in_duties
from xinfu.odrl.model.limits import too_large
from xinfu.odrl.model.policy import (
    Conflict,
    Constraint,
    Duty,
    Logic,
    LogicalConstraint,
    Permission,
    Policy,
    Prohibition,
    Rule,
    duties_of,
)
from xinfu.odrl.values.terms import covered_actions
from xinfu.odrl.words.lexicon import ACTIONS, Words
from xinfu.odrl.words.sentences import clause
from xinfu.verdict import Verdict

Part = Permission | Prohibition | Duty | Constraint
S = TypeVar("S", Permission, Prohibition, Duty)
R = TypeVar("R", Permission, Prohibition)

MAX_EFFECTS: Final = 64
"""Changed constraints whose effect is proven; the effect of further ones is left open."""

_SIDES: Final = {"lt": "upper", "lteq": "upper", "gt": "lower", "gteq": "lower"}
_UNREAD: Final[Words] = ("无法读取的内容", "what nobody reads")
_SHARED: Final[Words] = (
    "哪些规则合并计数、哪些义务只须履行一次",
    "which rules count together, and which duties are done once",
)
_CONFLICT: Final[Words] = ("允许与禁止冲突时的处理", "what counts where a permission meets a prohibition")
_LARGE: Final[Words] = ("策略过大，不逐项比较", "the policy is too large to be compared step by step")
_RULE_SCOPE: Final[Words] = ("规则所针对的对象", "what the rule itself is about")
_NO_DUTIES: Final[dict[type, dict[str, object]]] = {
    Permission: {"duties": ()},
    Prohibition: {"remedies": ()},
}
_SCOPE: Final[dict[str, Words]] = {
    "target": ("数据产品", "data product"),
    "assigner": ("授权方", "assigner"),
    "assignee": ("被授权方", "assignee"),
}


def difference(before: Policy, after: Policy, *, registry: Registry = REGISTRY) -> tuple[Change, ...]:
    """The changes from `before` to `after`, permissions first; empty when both say the same.

    Targets and parties are compared only if both policies name one.
    """
    if too_large(before) or too_large(after):
        return (step(ChangeKind.CHANGES, ChangeEffect.OTHER, "policy", "", _LARGE),)
    return tuple(_Steps(registry).all(before, after))


class _Steps:
    """Finds steps with one vocabulary."""

    def __init__(self, registry: Registry, effects: int = MAX_EFFECTS) -> None:
        self.registry = registry
        self.effects = effects

    def all(self, before: Policy, after: Policy) -> Iterator[Change]:
        """Every step, in the order of rules."""
        yield from self._rules("permission", before.permissions, after.permissions, ChangeEffect.LOOSER)
        yield from self._rules("prohibition", before.prohibitions, after.prohibitions, ChangeEffect.STRICTER)
        yield from self._duties("obligation", before.obligations, after.obligations)
        if before.prohibitions and after.prohibitions:
            yield from _conflict(before.conflict, after.conflict)
        yield from _scopes(before, after)
        one, other = (normal_policy(policy, self.registry) for policy in (before, after))
        if one[4:7] != other[4:7]:
            yield step(ChangeKind.CHANGES, ChangeEffect.OTHER, "policy", "unread", _UNREAD)
        if one[:7] == other[:7] and one != other:
            yield step(ChangeKind.CHANGES, ChangeEffect.OTHER, "policy", "shared", _SHARED)

    def _rules(
        self, name: str, before: Sequence[R], after: Sequence[R], more: ChangeEffect
    ) -> Iterator[Change]:
        """Steps of permissions or prohibitions; `more` is the effect of an additional one."""
        for place, old, new in self._matched(before, after):
            key = f"{name}[{place}]"
            if old is not None and new is not None:
                is_clear = more is ChangeEffect.LOOSER and len(before) == len(after) == 1
                steps = self._rule(key, old, new, more)
                yield from steps if is_clear else (self._placed(each, new) for each in steps)
            else:
                yield from self._one(key, old, new, more)

    def _rule(self, key: str, old: R, new: R, more: ChangeEffect) -> Iterator[Change]:
        if old.action != new.action:
            grows = {True: more, False: more.opposite}
            inside = old.action in covered_actions(new.action), new.action in covered_actions(old.action)
            found = ChangeEffect.OTHER if inside[0] is inside[1] else grows[inside[0]]
            said = _arrow(_action(old.action), _action(new.action))
            yield step(
                ChangeKind.CHANGES, found, key, "action", said, before=(old.action,), after=(new.action,)
            )
        turned = more is ChangeEffect.STRICTER
        yield from self.constraints(key, _flat(old), _flat(new), turned=turned)
        yield from self._duties(f"{key}.{'remedy' if turned else 'duty'}", duties_of(old), duties_of(new))
        if self._scope(old) != self._scope(new):
            yield step(ChangeKind.CHANGES, ChangeEffect.OTHER, key, "scope", _RULE_SCOPE)

    def _placed(self, change: Change, rule: R) -> Change:
        """The step with its rule added to the sentences."""
        bare = replace(rule, constraints=(), refinements=(), **_NO_DUTIES[type(rule)])
        zh, en = self._said(bare)
        return replace(change, zh=f"{change.zh}（{zh}）", en=f"{change.en} ({en})")

    def _scope(self, rule: R) -> object:
        """The parties, targets and unread members of a rule, in normal form."""
        bare = replace(rule, action="", constraints=(), refinements=(), **_NO_DUTIES[type(rule)])
        return normal(bare, self.registry)

    def constraints(
        self, key: str, before: Sequence[Constraint], after: Sequence[Constraint], *, turned: bool = False
    ) -> Iterator[Change]:
        said = {normal_constraint(each, self.registry) for each in before}
        kept = {normal_constraint(each, self.registry) for each in after} & said
        old = [each for each in before if normal_constraint(each, self.registry) not in kept]
        new = [each for each in after if normal_constraint(each, self.registry) not in kept]
        for each in list(new):
            other = _predecessor(each, old)
            if other is None:
                continue
            old.remove(other)
            new.remove(each)
            found = self._effect(other, each)
            if found is not None:
                yield self._bound(key, other, each, found.opposite if turned else found)
        stricter = ChangeEffect.LOOSER if turned else ChangeEffect.STRICTER
        for each in new:
            yield from self._one(key, None, each, stricter)
        for each in old:
            yield from self._one(key, each, None, stricter)

    def _bound(self, key: str, old: Constraint, new: Constraint, found: ChangeEffect) -> Change:
        """The step of a bound that moves; if it is counted over another time, both constraints are shown whole."""
        before, after = counted_constraint(old), counted_constraint(new)
        if before is not None and after is not None and selection_of(old) == selection_of(new):
            return bound_step(key, before, after, found, self.registry)
        said = _arrow(self._said(old), self._said(new))
        return step(
            ChangeKind.CHANGES, found, key, _about(new), said, before=_values(old), after=_values(new)
        )

    def _effect(self, old: Constraint, new: Constraint) -> ChangeEffect | None:
        if self.effects == 0:
            return ChangeEffect.OTHER
        self.effects -= 1
        return effect((old,), (new,), self.registry)

    def _duties(self, key: str, before: Sequence[Duty], after: Sequence[Duty]) -> Iterator[Change]:
        for _, old, new in self._matched(before, after):
            if old is None or new is None:
                yield from self._one(key, old, new, ChangeEffect.STRICTER)
            else:
                yield from self._duty(key, old, new)

    def _duty(self, key: str, old: Duty, new: Duty) -> Iterator[Change]:
        """The steps of a changed duty: a changed deadline or amount by itself, anything else as one step."""
        inner = _Steps(in_duties(self.registry), self.effects)
        steps = list(inner.constraints(key, _flat(old), _flat(new)))
        self.effects = inner.effects
        bare = [replace(each, constraints=()) for each in (old, new)]
        found = self._duty_effect(old, new)
        if len(steps) == 1 and normal(bare[0], self.registry) == normal(bare[1], self.registry):
            only = steps[0]
            zh, en = _action(new.action)
            yield replace(only, effect=found, zh=f"{only.zh}，{zh}", en=f"{only.en}, {en}")
        else:
            yield step(ChangeKind.CHANGES, found, key, new.action, _arrow(self._said(old), self._said(new)))

    def _duty_effect(self, old: Duty, new: Duty) -> ChangeEffect:
        if at_least(new, old, self.registry) is Verdict.YES:
            return ChangeEffect.STRICTER
        return ChangeEffect.LOOSER if at_least(old, new, self.registry) is Verdict.YES else ChangeEffect.OTHER

    def _one(self, key: str, old: Part | None, new: Part | None, added: ChangeEffect) -> Iterator[Change]:
        """The step of a part that only one of the policies has."""
        if new is not None:
            about, said = _about(new), self._said(new)
            yield step(ChangeKind.ADDS, added, key, about, said, after=_values(new))
        elif old is not None:
            about, said = _about(old), self._said(old)
            yield step(ChangeKind.DROPS, added.opposite, key, about, said, before=_values(old))

    def _said(self, part: Part) -> Words:
        return clause(part, "zh", self.registry), clause(part, "en", self.registry)

    def _matched(self, before: Sequence[S], after: Sequence[S]) -> Iterator[tuple[int, S | None, S | None]]:
        """Pair the rules that differ: first by action, then the last two if one is left on each side."""
        old, new = list(enumerate(before)), list(enumerate(after))
        for same in (self._equal, _of_one_action):
            for place, each in list(new):
                other = next(((i, one) for i, one in old if same(one, each)), None)
                if other is not None:
                    old.remove(other)
                    new.remove((place, each))
                    if same is _of_one_action:
                        yield place, other[1], each
        if len(old) == len(new) == 1:
            yield new[0][0], old[0][1], new[0][1]
            return
        yield from ((place, None, each) for place, each in new)
        yield from ((place, each, None) for place, each in old)

    def _equal(self, one: Rule, other: Rule) -> bool:
        return normal(one, self.registry) == normal(other, self.registry)


def _of_one_action(one: Rule, other: Rule) -> bool:
    return one.action == other.action


def _flat(rule: Rule) -> list[Constraint]:
    """All conditions of a rule, with each `and` split up; what is counted stays with how it is counted."""
    found: list[Constraint] = []
    waiting = [each for _, each in spread([each for each, _ in conditions(rule, "")])][::-1]
    while waiting:
        each = waiting.pop()
        is_group = isinstance(each, LogicalConstraint) and each.op is Logic.AND and not each.unread
        if isinstance(each, LogicalConstraint) and is_group and counted_constraint(each) is None:
            waiting += [part for _, part in spread(each.parts)][::-1]
        else:
            found.append(each)
    return found


def _predecessor(constraint: Constraint, before: Iterable[Constraint]) -> Constraint | None:
    """The constraint that this one replaces, preferably one counted over the same time; None if there is none."""
    found = [each for each in before if _same_bound(each, constraint)]
    return min(found, key=lambda each: selection_of(each) != selection_of(constraint), default=None)


def _same_bound(one: Constraint, other: Constraint) -> bool:
    """Whether one replaces the other: the same operand and, if it is ordered, the same side."""
    old, new = counted_constraint(one), counted_constraint(other)
    if old is None or new is None:
        return False
    return old.left == new.left and _SIDES.get(old.operator) == _SIDES.get(new.operator)


def _about(part: Part) -> str:
    if not isinstance(part, Constraint):
        return part.action
    alone = counted_constraint(part)
    if isinstance(part, LogicalConstraint) and alone is None:
        return part.op.value
    return alone.left if alone is not None else ""


def _values(part: Part) -> tuple[str, ...]:
    alone = counted_constraint(part) if isinstance(part, Constraint) else None
    return alone.values if alone is not None else ()


def _action(name: str) -> Words:
    return ACTIONS.get(name, (name, name))


def _arrow(before: Words, after: Words) -> Words:
    return f"{before[0]} → {after[0]}", f"{before[1]} → {after[1]}"


def _conflict(before: Conflict | None, after: Conflict | None) -> Iterator[Change]:
    """The step of a changed conflict strategy: looser if the permission now wins, stricter if it no longer does.

    A policy that is void permits no more than one where the permission loses, so any other change is neither.
    """
    old, new = (each or Conflict.INVALID for each in (before, after))
    if old is not new:
        found = ChangeEffect.OTHER
        if Conflict.PERM in (old, new):
            found = ChangeEffect.LOOSER if new is Conflict.PERM else ChangeEffect.STRICTER
        said = (f"{_CONFLICT[0]} {old.value} → {new.value}", f"{_CONFLICT[1]}: {old.value} → {new.value}")
        yield step(
            ChangeKind.CHANGES, found, "policy", "conflict", said, before=(old.value,), after=(new.value,)
        )


def _scopes(before: Policy, after: Policy) -> Iterator[Change]:
    for name, words in _SCOPE.items():
        old, new = getattr(before, name), getattr(after, name)
        if old is not None and new is not None and old != new:
            said = (f"{words[0]} {old} → {new}", f"{words[1]} {old} → {new}")
            yield step(
                ChangeKind.CHANGES, ChangeEffect.OTHER, "policy", name, said, before=(old,), after=(new,)
            )
