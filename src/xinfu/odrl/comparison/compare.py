"""Two policies: do they say the same."""

import hashlib

import msgspec

from xinfu.odrl.comparison.normal import normal_policy
from xinfu.odrl.engine.registry import REGISTRY, Registry
from xinfu.odrl.model.policy import Policy
from xinfu.odrl.model.rule_ids import names_no_rule, without_ids


def equivalent(one: Policy, other: Policy, *, registry: Registry = REGISTRY) -> bool:
    """Whether both say the same rules about the same things.

    Exact up to order, ids, spelling of terms and values, one value or a list of one, and wrappers that say
    nothing. What nobody reads counts, letter by letter. Kind, id and time stamp do not count; a target or a
    party counts where both policies name it, so that an agreement can be held against its offer.
    """
    return _scopes_agree(one, other) and normal_policy(one, registry) == normal_policy(other, registry)


def lost_its_ids(asked: Policy, ours: Policy, *, registry: Registry = REGISTRY) -> bool:
    """Whether `asked` is `ours` as a peer gives it back that keeps no ids of rules and duties (decision 0050).

    Such a peer cannot say which rules share a counter or a duty. A policy that names any rule is a policy of its own.
    """
    if not names_no_rule(asked) or names_no_rule(ours):
        return False
    return equivalent(asked, without_ids(ours), registry=registry)


def fingerprint(policy: Policy, *, registry: Registry = REGISTRY) -> str:
    """SHA-256 of the normal form, hexadecimal: the same for policies with equivalent rules."""
    return hashlib.sha256(msgspec.json.encode(normal_policy(policy, registry))).hexdigest()


def _scopes_agree(one: Policy, other: Policy) -> bool:
    pairs = [(one.target, other.target), (one.assigner, other.assigner), (one.assignee, other.assignee)]
    return all(a is None or b is None or a == b for a, b in pairs)
