"""Two policies: do they say the same, and can one ever open anything."""

import hashlib

import msgspec

from xinfu.odrl.boxes import Normal, boxes, normal, normal_unread
from xinfu.odrl.faults import conditions, references
from xinfu.odrl.policy import Conflict, Permission, Policy, Rule
from xinfu.odrl.registry import REGISTRY, Registry
from xinfu.odrl.terms import CORE_PROFILE, including


def equivalent(one: Policy, other: Policy, *, registry: Registry = REGISTRY) -> bool:
    """Whether both say the same rules about the same things.

    Exact up to order, ids, spelling of terms and values, one value or a list of one, and wrappers that say
    nothing. What nobody reads counts, letter by letter. Kind, id and time stamp do not count; a target or a
    party counts where both policies name it, so that an agreement can be held against its offer.
    """
    return _scopes_agree(one, other) and _normal(one, registry) == _normal(other, registry)


def fingerprint(policy: Policy, *, registry: Registry = REGISTRY) -> str:
    """SHA-256 of the normal form, hexadecimal: the same for policies with equivalent rules."""
    return hashlib.sha256(msgspec.json.encode(_normal(policy, registry))).hexdigest()


def can_open(policy: Policy, *, registry: Registry = REGISTRY) -> bool:
    """False when no situation at all satisfies a permission that no prohibition bars for ever."""
    return any(_can_hold(rule, registry) and not _barred(policy, rule) for rule in policy.permissions)


def _scopes_agree(one: Policy, other: Policy) -> bool:
    pairs = [(one.target, other.target), (one.assigner, other.assigner), (one.assignee, other.assignee)]
    return all(a is None or b is None or a == b for a, b in pairs)


def _normal(policy: Policy, registry: Registry) -> Normal:
    # A second rule that says the same is a second counter, so rules are not made unique.
    permissions = _rules(policy.permissions, registry)
    prohibitions = _rules(policy.prohibitions, registry)
    can_conflict = permissions and prohibitions
    conflict = (policy.conflict or Conflict.INVALID).value if can_conflict else ""
    profiles = tuple(sorted(set(policy.profile) - {CORE_PROFILE, "odrl:core"}))
    unread = normal_unread(policy.unread)
    inherits = tuple(sorted(policy.inherits))
    obligations = _rules(policy.obligations, registry)
    return (permissions, prohibitions, obligations, conflict, profiles, inherits, unread)


def _rules(rules: tuple[Rule, ...], registry: Registry) -> Normal:
    return tuple(sorted((normal(rule, registry) for rule in rules), key=repr))


def _can_hold(rule: Permission, registry: Registry) -> bool:
    found = boxes(rule.constraints, registry)
    return found is None or len(found) > 0


def _barred(policy: Policy, rule: Permission) -> bool:
    """A prohibition that nothing narrows covers the permission, and the permission does not win."""
    if policy.conflict is Conflict.PERM:
        return False
    return any(
        barrier.action in including(rule.action)
        and next(conditions(barrier, ""), None) is None
        and next(references(barrier), None) is None
        for barrier in policy.prohibitions
    )
