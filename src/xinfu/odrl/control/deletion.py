"""Whether what a permission hands out is deleted in the end, whatever the case.

A duty `delete` does that if whoever uses the data owes it, of all that the permission is about, under no condition, and
by a time that comes: `delayPeriod` and `elapsedTime` no longer than `bounds.LONGEST`, `dateTime` no farther away and not
before the last moment of use, as what is used afterwards would stay. Without a time it is due when all is over.
"""

from datetime import datetime
from typing import Final

from xinfu.odrl.control.bounds import is_near
from xinfu.odrl.control.lifetime import last_use
from xinfu.odrl.duties.life import TIMES
from xinfu.odrl.duties.parties import debtor_of
from xinfu.odrl.engine.faults import atomic_fault, values_of
from xinfu.odrl.engine.registry import REGISTRY, in_duties
from xinfu.odrl.model.policy import AtomicConstraint, Constraint, Duty, Permission, Policy
from xinfu.odrl.model.scope import reaches, scope_of
from xinfu.odrl.values.sorts import Moment
from xinfu.odrl.values.terms import short

_AFTER_USE: Final = ("event", "gt", ["policyUsage"])


def is_deleted(policy: Policy, rule: Permission, now: datetime) -> bool:
    """Whether whoever uses it owes its deletion in every case, by a time that comes."""
    about = scope_of(policy, rule, "target")
    inside = [duty for duty in rule.duties if duty.target in (None, about)]
    whole = [duty for duty in policy.obligations if reaches(policy, duty, rule)]
    return any(_deletes(policy, rule, duty, now) for duty in (*inside, *whole))


def _deletes(policy: Policy, rule: Permission, duty: Duty, now: datetime) -> bool:
    whom = scope_of(policy, rule, "assignee")
    debtor = debtor_of(duty)
    owed_by_user = debtor is None or (whom is not None and debtor in whom.names)
    is_whole = duty.action == "delete" and not duty.refinements and not duty.unread
    last = last_use(rule)
    return is_whole and owed_by_user and all(_comes(each, now, last) for each in duty.constraints)


def _comes(constraint: Constraint, now: datetime, last: datetime | None) -> bool:
    """Whether this says of a duty only when it is due, and that comes; `last` is the last moment of use, if that is known."""
    if not isinstance(constraint, AtomicConstraint):
        return False
    known = in_duties(REGISTRY)
    operand = known.operand(constraint.left, "")
    if operand is None or atomic_fault(constraint, "", operand, known) is not None:
        return False
    if (constraint.left, constraint.operator, [short(each) for each in constraint.values]) == _AFTER_USE:
        return True
    [*values] = values_of(constraint, operand)
    too_soon = any(isinstance(each, Moment) and (last is None or each.end < last) for each in values)
    return constraint.left in TIMES and not too_soon and all(is_near(each, now) for each in values)
