"""The place of a target or party: at the policy for all of its rules, or at each of them, never mixed.

A target at the policy applies to every rule, in addition to what the rule itself names (R-ODRL-POL-10). So as soon as
one rule names a target of its own, all of them do. The same holds for the parties.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

from msgspec.structs import replace

from xinfu.odrl.model.policy import Duty, Permission, Policy, Prohibition, Reference

SCOPE: Final = ("target", "assigner", "assignee")

R = TypeVar("R", Permission, Prohibition, Duty)


def spell_out(policy: Policy, *, of_duties: bool = True) -> Policy:
    """`policy`, with its own target and parties moved to its rules if one of the rules names another.

    Args:
        of_duties: whether a name at an obligation counts; if not, it only replaces the policy's name there.
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
    """The reference of `rule` under `name`, such as `target`: its own, else the policy's; None: any."""
    own: Reference | None = getattr(rule, name)
    common: str | None = getattr(policy, name)
    return own if own is not None or common is None else Reference(id=common)


def reaches(policy: Policy, part: Prohibition | Duty, rule: Permission) -> bool:
    """Whether `part` covers every target and every party of `rule`; if they differ, it does not."""
    return all(
        scope_of(policy, part, name) in (None, scope_of(policy, rule, name))
        for name in ("target", "assignee")
    )
