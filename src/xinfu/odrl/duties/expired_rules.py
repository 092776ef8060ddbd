"""Rules whose time is over before they begin: by their own constraints of time, they can never hold from now on.

Only what must hold in every case counts: an alternative (`or`) that is over leaves the others.
"""

from datetime import datetime

from xinfu.odrl.duties.life import owed_duties
from xinfu.odrl.engine.compile import CompiledRule
from xinfu.odrl.engine.compile import compile as compile_policy
from xinfu.odrl.model.policy import AtomicConstraint, Policy
from xinfu.odrl.values.sorts import READERS, Moment, Sort


def over(policy: Policy, now: datetime) -> tuple[str, ...]:
    """Keys of the rules that never hold from `now` on, `permission[0]`, and of duties that would be late at once."""
    program = compile_policy(policy)
    rules = [each.key for each in (*program.permissions, *program.prohibitions) if _never(each, now)]
    late = [
        key for key, duty in owed_duties(policy) if any(_is_before(each, now) for each in duty.constraints)
    ]
    return tuple(sorted({*rules, *late}))


def _never(rule: CompiledRule, now: datetime) -> bool:
    windows = [each.window for each in rule.node.answers.together if each.window is not None]
    return any(window.end is not None and window.end <= now for window in windows)


def _is_before(constraint: object, now: datetime) -> bool:
    if not isinstance(constraint, AtomicConstraint) or constraint.left != "dateTime":
        return False
    moment = READERS[Sort.INSTANT](constraint.values[0]) if constraint.values else None
    return constraint.operator in {"lt", "lteq"} and isinstance(moment, Moment) and moment.end <= now
