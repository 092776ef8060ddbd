"""The largest policy that lies within two others: a possible counter-offer that both sides can accept.

Every permission of the one is paired with every permission of the other; what both permit is permitted, with the
duties of both. The result is proven to lie within both before it is returned.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

from msgspec.structs import replace

from xinfu.odrl.comparison.normal import normal, normal_constraint
from xinfu.odrl.comparison.strength import at_least
from xinfu.odrl.comparison.subsume import satisfiable, within
from xinfu.odrl.engine.faults import atomic_fault
from xinfu.odrl.engine.registry import REGISTRY, Registry
from xinfu.odrl.model.limits import too_large
from xinfu.odrl.model.policy import (
    AtomicConstraint,
    Conflict,
    Constraint,
    Duty,
    Permission,
    Policy,
    PolicyKind,
    Prohibition,
)
from xinfu.odrl.model.situation import FactKind
from xinfu.odrl.values.sorts import Sort
from xinfu.odrl.values.terms import covered_actions
from xinfu.verdict import Verdict

R = TypeVar("R", Permission, Prohibition, Duty)

MAX_PAIRS: Final = 64
"""Pairs of permissions that are compared."""
MAX_JOINED: Final = 128
"""Attempts to join two constraints into one; further constraints are kept separate."""

_LISTED: Final = frozenset({"eq", "isAnyOf"})
_NAMES: Final = frozenset({Sort.TERM, Sort.PARTY, Sort.ID})
_SEVERAL: Final = frozenset({FactKind.CLAIM, FactKind.TRAIT})


def meet(one: Policy, other: Policy, *, registry: Registry = REGISTRY) -> Policy | None:
    """The policy of all that both permit, in the scope and kind of `one`; None if it is empty or cannot be proven."""
    if len(one.permissions) * len(other.permissions) > MAX_PAIRS or too_large(one) or too_large(other):
        return None
    if within(one, other, registry=registry).verdict is Verdict.YES:
        return one
    if within(other, one, registry=registry).verdict is Verdict.YES:
        return replace(other, kind=one.kind, id=one.id)
    found = _Meeting(registry).policy(one, other)
    proofs = (within(found, each, registry=registry) for each in (one, other))
    is_common = found.permissions and all(proof.verdict is Verdict.YES for proof in proofs)
    return found if is_common else None


class _Meeting:
    """Brings policies together with one vocabulary."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._tries = MAX_JOINED

    def policy(self, one: Policy, other: Policy) -> Policy:
        """The policy of all that both permit, not yet proven."""
        pairs = itertools.product(one.permissions, other.permissions)
        permissions = [found for pair in pairs if (found := self._permission(*pair)) is not None]
        barriers = self._unlike((*_barriers(one), *_barriers(other)))
        return replace(
            one,
            assigner=one.assigner or other.assigner,
            assignee=one.assignee or other.assignee,
            permissions=tuple(self._unlike(permissions)),
            prohibitions=tuple(barriers),
            obligations=self._duties((*one.obligations, *other.obligations)),
            conflict=Conflict.PROHIBIT if barriers else None,
            profile=tuple(dict.fromkeys((*one.profile, *other.profile))),
        )

    def _permission(self, one: Permission, other: Permission) -> Permission | None:
        """The permission of all that both open; None if that is nothing, or takes more than one rule."""
        action = _narrower(one.action, other.action)
        pairs = (
            (one.target, other.target),
            (one.assigner, other.assigner),
            (one.assignee, other.assignee),
        )
        if action is None or any(a and b and a != b for a, b in pairs):
            return None
        found = Permission(
            action=action,
            refinements=self._constraints(one.refinements, other.refinements),
            constraints=self._constraints(one.constraints, other.constraints),
            duties=self._duties((*one.duties, *other.duties)),
            target=one.target or other.target,
            assigner=one.assigner or other.assigner,
            assignee=one.assignee or other.assignee,
        )
        alone = Policy(kind=PolicyKind.SET, permissions=(found,))
        return None if satisfiable(alone, registry=self.registry).verdict is Verdict.NO else found

    def _constraints(
        self, ones: Sequence[Constraint], others: Sequence[Constraint]
    ) -> tuple[Constraint, ...]:
        """The constraints of both, where two that overlap are joined into one."""
        kept = list(ones)
        known = {normal_constraint(each, self.registry) for each in ones}
        for each in others:
            if normal_constraint(each, self.registry) in known:
                continue
            joined = ((i, self._joined(one, each)) for i, one in enumerate(kept))
            place, both = next(((i, found) for i, found in joined if found is not None), (len(kept), each))
            kept[place : place + 1] = [both]
        return tuple(kept)

    def _joined(self, one: Constraint, other: Constraint) -> Constraint | None:
        """A single constraint that says both; None if it takes two."""
        if not isinstance(one, AtomicConstraint) or not isinstance(other, AtomicConstraint):
            return None
        if one.left != other.left or self._tries == 0:
            return None
        self._tries -= 1
        if self._asks_less(one, other):
            return other
        return one if self._asks_less(other, one) else self._of_both_lists(one, other)

    def _asks_less(self, one: Constraint, other: Constraint) -> bool:
        wider, narrower = (
            Policy(kind=PolicyKind.SET, permissions=(Permission(action="use", constraints=(each,)),))
            for each in (one, other)
        )
        return within(narrower, wider, registry=self.registry).verdict is Verdict.YES

    def _of_both_lists(self, one: AtomicConstraint, other: AtomicConstraint) -> AtomicConstraint | None:
        """The names that both lists have, for a fact that is a single name."""
        operand = self.registry.operand(one.left, "")
        if operand is None or operand.sort not in _NAMES or operand.fact.kind in _SEVERAL:
            return None
        if not {one.operator, other.operator} <= _LISTED:
            return None
        if any(atomic_fault(each, "", operand, self.registry) for each in (one, other)):
            return None
        shared = tuple(value for value in one.values if value in other.values)
        return replace(one, operator="isAnyOf", right=shared) if shared else None

    def _duties(self, duties: Iterable[Duty]) -> tuple[Duty, ...]:
        """All duties, without those that another one covers."""
        kept: list[Duty] = []
        for duty in self._unlike(duties):
            if any(at_least(each, duty, self.registry) is Verdict.YES for each in kept):
                continue
            kept = [each for each in kept if at_least(duty, each, self.registry) is not Verdict.YES]
            kept.append(duty)
        return tuple(kept)

    def _unlike(self, rules: Iterable[R]) -> list[R]:
        """Rules that differ in meaning, each once."""
        return list({normal(rule, self.registry): rule for rule in rules}.values())


def _narrower(one: str, other: str) -> str | None:
    if one in covered_actions(other):
        return one
    return other if other in covered_actions(one) else None


def _barriers(policy: Policy) -> Iterator[Prohibition]:
    """The prohibitions that win over permissions."""
    yield from () if policy.conflict is Conflict.PERM else policy.prohibitions
