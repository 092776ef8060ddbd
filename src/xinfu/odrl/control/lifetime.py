"""The last moment at which a policy permits anything, as far as time alone decides it."""

from datetime import datetime
from typing import Final

from xinfu.odrl.model.meters import is_metered
from xinfu.odrl.model.policy import AtomicConstraint, Constraint, Logic, LogicalConstraint, Permission, Policy
from xinfu.odrl.values.sorts import read_moment
from xinfu.odrl.values.terms import IN_FORCE

_TIMES: Final = frozenset({"dateTime", IN_FORCE})


def ends(policy: Policy) -> datetime | None:
    """The moment from which no permission of `policy` can hold any more; None: unknown, or never.

    A time that counts from the agreement has to be a moment by now (`anchor`). Only what must hold in every case
    ends a permission: its own constraints and the parts of an `and`.
    """
    found = [last_use(rule) for rule in policy.permissions]
    known = [each for each in found if each is not None]
    return max(known) if known and len(known) == len(found) else None


def is_spendable(policy: Policy) -> bool:
    """Whether every permission can be used up, because it is metered."""
    return bool(policy.permissions) and all(
        any(is_metered(each.left) for each in must(rule.constraints)) for rule in policy.permissions
    )


def last_use(rule: Permission) -> datetime | None:
    """The moment from which `rule` can no longer hold, as far as time alone decides it; None: unknown, or never."""
    moments = [_last(each) for each in must(rule.constraints)]
    return min((each for each in moments if each is not None), default=None)


def must(constraints: tuple[Constraint, ...]) -> list[AtomicConstraint]:
    """The constraints that must hold in every case: those given, and the parts of an `and`."""
    waiting, found = list(constraints), []
    while waiting:
        each = waiting.pop()
        if isinstance(each, LogicalConstraint):
            waiting += each.parts if each.op is Logic.AND else ()
        else:
            found.append(each)
    return found


def _last(constraint: AtomicConstraint) -> datetime | None:
    """The moment at which a constraint of time holds for the last time."""
    if constraint.left not in _TIMES or len(constraint.values) != 1:
        return None
    moment = read_moment(constraint.values[0])
    if moment is None:
        return None
    return {"lt": moment.start, "lteq": moment.end, "eq": moment.end}.get(constraint.operator)
