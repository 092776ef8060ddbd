"""A policy with the rules of the policies that it inherits from (R-ODRL-POL-20 to 23).

Targets, parties and rules of each parent are added, including those that it inherits itself. What parents and child
state for all rules applies to all rules together. A status belongs to the parent and is not taken over. If strategies
for conflicts differ, a conflict voids the policy. A missing parent keeps the policy from opening anything.
Follows: ODRL Information Model 2.2, Policy Inheritance.
"""

import itertools
from collections.abc import Iterable, Mapping
from typing import TypeVar

from msgspec.structs import replace

from xinfu.odrl import errors
from xinfu.odrl.model.limits import MAX_DEPTH, measure_pieces
from xinfu.odrl.model.policy import (
    Conflict,
    Constraint,
    Duty,
    LogicalConstraint,
    Permission,
    Policy,
    Prohibition,
    Reference,
)
from xinfu.odrl.model.rule_ids import pieces
from xinfu.odrl.model.scope import SCOPE, spell_out

R = TypeVar("R", Permission, Prohibition, Duty)


def inherit(policy: Policy, known: Mapping[str, Policy]) -> Policy:
    """`policy` with the rules of its parents.

    Args:
        known: the policies that can be taken over, by id.

    Raises:
        ProtocolError: `policy.cyclic` when a policy inherits from itself, `policy.too-large` over a limit.
    """
    return _Heir(known).whole(policy, ())


class _Heir:
    """The merge of one policy; a parent of several children is merged once."""

    def __init__(self, known: Mapping[str, Policy]) -> None:
        self.known = known
        self.done: dict[str, Policy] = {}

    def whole(self, policy: Policy, above: tuple[str, ...]) -> Policy:
        if len(above) > MAX_DEPTH:
            raise errors.POLICY_TOO_LARGE_INHERITED(max_depth=MAX_DEPTH)
        if any(name not in self.known for name in policy.inherits):
            return policy
        path = (*above, policy.id or "")
        parents = [self._parent(name, path) for name in policy.inherits]
        if any(parent.inherits for parent in parents):
            return policy
        return _merged(policy, parents) if parents else policy

    def _parent(self, name: str, path: tuple[str, ...]) -> Policy:
        if name in path:
            raise errors.POLICY_CYCLIC(name=name)
        if name not in self.done:
            self.done[name] = self.whole(self.known[name], path)
        return self.done[name]


def _merged(policy: Policy, parents: list[Policy]) -> Policy:
    listed = [policy, *(_without_status(parent) for parent in parents)]
    strategies = {each.conflict for each in listed if each.conflict is not None}
    common = {name: _named(listed, name) for name in SCOPE}
    plain = {name: names[0] if len(names) == 1 else None for name, names in common.items()}
    merged = replace(
        policy,
        permissions=_spread(((each, each.permissions) for each in listed), common, "permission"),
        prohibitions=_spread(((each, each.prohibitions) for each in listed), common, "prohibition"),
        obligations=_spread(((each, each.obligations) for each in listed), common, "obligation"),
        conflict=strategies.pop() if len(strategies) == 1 else Conflict.INVALID if strategies else None,
        profile=tuple(dict.fromkeys(name for each in listed for name in each.profile)),
        inherits=(),
        unread=tuple(dict.fromkeys(member for each in listed for member in each.unread)),
        **plain,
    )
    return spell_out(merged)


def _named(policies: Iterable[Policy], name: str) -> tuple[str, ...]:
    """The names that the policies state at their top under `name`, each once."""
    names: Iterable[str | None] = (getattr(policy, name) for policy in policies)
    return tuple(dict.fromkeys(found for found in names if found is not None))


def _spread(
    found: Iterable[tuple[Policy, tuple[R, ...]]], common: Mapping[str, tuple[str, ...]], name: str
) -> tuple[R, ...]:
    """The rules of all, each once for every target and party that applies to all rules."""
    spread: dict[R, None] = {}
    for policy, rules in found:
        for i, rule in enumerate(rules):
            choices = [_choices(policy, rule, each, common[each]) for each in SCOPE]
            chosen = (dict(zip(SCOPE, each, strict=True)) for each in itertools.product(*choices))
            for piece in pieces((replace(rule, **each) for each in chosen), policy.id, f"{name}-{i}"):
                spread[piece] = None
                measure_pieces(len(spread))
    return tuple(spread)


def _choices(
    policy: Policy, rule: Permission | Prohibition | Duty, name: str, common: tuple[str, ...]
) -> tuple[Reference | None, ...]:
    """The references of `rule` under `name`; None means the single one at the top of the heir."""
    own: Reference | None = getattr(rule, name)
    above = tuple(Reference(id=each) for each in common) if len(common) > 1 else (None,)
    if own is None:
        return above
    spelled_out = getattr(policy, name) is not None or not common
    return (own,) if spelled_out else (own, *above)


def _without_status(policy: Policy) -> Policy:
    return replace(
        policy,
        permissions=tuple(_rule(rule) for rule in policy.permissions),
        prohibitions=tuple(_rule(rule) for rule in policy.prohibitions),
        obligations=tuple(_rule(rule) for rule in policy.obligations),
    )


def _rule(rule: R) -> R:
    inner = {
        name: tuple(_rule(duty) for duty in getattr(rule, name))
        for name in ("duties", "remedies", "consequences")
        if hasattr(rule, name)
    }
    refinements, constraints = _constraints(rule.refinements), _constraints(rule.constraints)
    return replace(rule, refinements=refinements, constraints=constraints, **inner)


def _constraints(constraints: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    return tuple(_constraint(each) for each in constraints)


def _constraint(constraint: Constraint) -> Constraint:
    if isinstance(constraint, LogicalConstraint):
        return replace(constraint, parts=_constraints(constraint.parts))
    return replace(constraint, status=None)
