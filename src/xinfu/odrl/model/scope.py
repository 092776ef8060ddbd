"""One way to say what rules are about: at the policy for all of them, or at each of them, never mixed.

A target at the policy goes for every rule, beside what the rule itself names (R-ODRL-POL-10). So as soon as one rule
names a target of its own, all of them do. The same goes for the parties.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

from msgspec.structs import replace

from xinfu.odrl.model.policy import Duty, Permission, Policy, Prohibition, Reference

SCOPE: Final = ("target", "assigner", "assignee")

R = TypeVar("R", Permission, Prohibition, Duty)


def spell_out(policy: Policy, *, of_duties: bool = True) -> Policy:
    """`policy`, whose rules name what the policy names, where one of them names something else.

    Args:
        of_duties: a party that an obligation names counts; else it stands in the place of the policy's there alone.
    """
    rules = (*policy.permissions, *policy.prohibitions, *(policy.obligations if of_duties else ()))
    mixed = {
        name: Reference(id=getattr(policy, name))
        for name in SCOPE
        if getattr(policy, name) is not None and any(getattr(rule, name) is not None for rule in rules)
    }
    if not mixed:
        return policy
    return replace(
        policy,
        permissions=tuple(_rule(rule, mixed) for rule in policy.permissions),
        prohibitions=tuple(_rule(rule, mixed) for rule in policy.prohibitions),
        obligations=tuple(_rule(rule, mixed) for rule in policy.obligations),
        **dict.fromkeys(mixed),
    )


def _rule(rule: R, named: Mapping[str, Reference]) -> R:
    missing = {name: reference for name, reference in named.items() if getattr(rule, name) is None}
    return replace(rule, **missing)


def scope_of(policy: Policy, rule: Permission | Prohibition | Duty, name: str) -> Reference | None:
    """What `rule` is about under `name` (`target`, `assigner`, `assignee`): its own, else the policy's; None: anything."""
    own: Reference | None = getattr(rule, name)
    common: str | None = getattr(policy, name)
    return own if own is not None or common is None else Reference(id=common)


def reaches(policy: Policy, part: Prohibition | Duty, rule: Permission) -> bool:
    """Whether `part` is about every target and every party that `rule` is about; a difference counts as less."""
    return all(
        scope_of(policy, part, name) in (None, scope_of(policy, rule, name))
        for name in ("target", "assignee")
    )
