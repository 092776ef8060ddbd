"""Rules and duties that occur in several places of a policy and are one.

A compact rule is split when it is read, and its pieces keep its id; whoever writes a rule in several pieces gives them
one id, as JSON-LD does. All pieces of a written rule are counted by one counter. A duty that several permissions share by
its id is done once (R-ODRL-POL-13), if it says the same in every place.
Follows: ODRL 2.2, Compact Policy; R-ODRL-POL-11 to 13; decision 0042.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from xinfu.odrl.model.meters import is_selected
from xinfu.odrl.model.policy import AtomicConstraint, Duty, Permission, Policy, Prohibition, Rule, leaves

R = TypeVar("R", Permission, Prohibition, Duty)


def firsts(rules: Sequence[Rule]) -> tuple[int, ...]:
    """The place, for each rule, of the first piece of the written rule to which it belongs."""
    known: dict[str, int] = {}
    return tuple(i if rule.id is None else known.setdefault(rule.id, i) for i, rule in enumerate(rules))


def pieces(rules: Iterable[R], policy: str | None, place: str) -> list[R]:
    """`rules`, the pieces of one written rule, with one id where one counter counts for them all.

    Args:
        policy: id of the policy in which the rule was written.
        place: its place there, "permission-0".
    """
    found = list(rules)
    if len(found) < 2 or found[0].id is not None or not is_counted(found[0]):
        return found
    named = f"-{hashlib.sha256(policy.encode()).hexdigest()[:12]}" if policy else ""
    return [replace(rule, id=f"_:{place}{named}") for rule in found]


def whole_rules(rules: Sequence[R]) -> Iterator[tuple[R, ...]]:
    """The written rules in the order of the policy, each as its pieces.

    Rules with one id are pieces of one written rule if they differ in action, target and parties alone.
    """
    found: dict[object, list[R]] = {}
    for i, rule in enumerate(rules):
        bare = replace(rule, action="", target=None, assigner=None, assignee=None)
        found.setdefault(i if rule.id is None else bare, []).append(rule)
    yield from map(tuple, found.values())


def is_counted(rule: Rule) -> bool:
    """Whether something is counted under `rule`."""
    return any(
        isinstance(part, AtomicConstraint) and is_selected(part.left)
        for constraint in rule.constraints
        for part, _ in leaves(constraint, "")
    )


def same_duties(policy: Policy) -> Mapping[str, tuple[str, ...]]:
    """The keys of all places of each duty of a permission, by every one of its keys, in the order of the policy."""
    found: dict[tuple[str, Duty], list[str]] = {}
    alone: dict[str, tuple[str, ...]] = {}
    for i, rule in enumerate(policy.permissions):
        for j, duty in enumerate(rule.duties):
            key = f"permission[{i}].duty[{j}]"
            if duty.id is None:
                alone[key] = (key,)
            else:
                found.setdefault((duty.id, duty), []).append(key)
    return alone | {key: tuple(keys) for keys in found.values() for key in keys}


def distinct_duties(policy: Policy) -> tuple[Duty, ...]:
    """The duties of all permissions, each as often as it has to be done."""
    places = same_duties(policy)
    listed = (
        (f"permission[{i}].duty[{j}]", duty)
        for i, rule in enumerate(policy.permissions)
        for j, duty in enumerate(rule.duties)
    )
    return tuple(duty for key, duty in listed if places[key][0] == key)


def names_no_rule(policy: Policy) -> bool:
    """Whether no rule and no duty of the policy has an id."""
    return policy == without_ids(policy)


def without_ids(policy: Policy) -> Policy:
    """The policy with no id at any rule or duty: each piece of a rule is a rule by itself."""
    return replace(
        policy,
        permissions=tuple(
            replace(each, id=None, duties=_unnamed(each.duties)) for each in policy.permissions
        ),
        prohibitions=tuple(
            replace(each, id=None, remedies=_unnamed(each.remedies)) for each in policy.prohibitions
        ),
        obligations=_unnamed(policy.obligations),
    )


def _unnamed(duties: Sequence[Duty]) -> tuple[Duty, ...]:
    return tuple(replace(each, id=None, consequences=_unnamed(each.consequences)) for each in duties)
