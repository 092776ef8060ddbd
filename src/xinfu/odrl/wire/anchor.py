"""`contractAgreement+30d` -> the moment it means, once it is known when the agreement was made.

EDC counts times of use from the agreement: `inForceDate lteq contractAgreement+30d`. The sign may be minus,
the unit s, m, h or d. Whatever is written otherwise stays as it stands, and is unknown if nobody reads it.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from msgspec.structs import replace

from xinfu.odrl.model.policy import (
    AtomicConstraint,
    Constraint,
    Duty,
    LogicalConstraint,
    Permission,
    Policy,
    Prohibition,
)
from xinfu.odrl.values.terms import IN_FORCE

_COUNTED: Final = re.compile(r"contractAgreement([+-])(\d{1,9})([smhd])", re.ASCII)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

R = TypeVar("R", Permission, Prohibition, Duty)


def anchor(policy: Policy, agreed: datetime) -> Policy:
    """`policy` with every time that counts from the agreement as a moment.

    Args:
        agreed: when the agreement was made, or now while there is none.
    """
    return replace(
        policy,
        permissions=tuple(_rule(rule, agreed) for rule in policy.permissions),
        prohibitions=tuple(_rule(rule, agreed) for rule in policy.prohibitions),
        obligations=tuple(_rule(rule, agreed) for rule in policy.obligations),
    )


def counts_from_agreement(text: str) -> bool:
    """Whether `text` is a time that counts from the agreement."""
    return _COUNTED.fullmatch(text.strip()) is not None


def from_agreement(text: str) -> tuple[bool, str] | None:
    """Whether `text` is a time after the agreement, and how long after or before it as an xsd:duration; None: neither."""
    found = _COUNTED.fullmatch(text.strip())
    if found is None:
        return None
    sign, count, unit = found.groups()
    return sign == "+", f"P{count}D" if unit == "d" else f"PT{count}{unit.upper()}"


def _rule(rule: R, agreed: datetime) -> R:
    inner = {
        name: tuple(_rule(duty, agreed) for duty in getattr(rule, name))
        for name in ("duties", "remedies", "consequences")
        if hasattr(rule, name)
    }
    return replace(
        rule,
        refinements=tuple(constraint_at(each, agreed) for each in rule.refinements),
        constraints=tuple(constraint_at(each, agreed) for each in rule.constraints),
        **inner,
    )


def constraint_at(constraint: Constraint, agreed: datetime) -> Constraint:
    """`constraint` with a time that counts from the agreement as a moment."""
    if isinstance(constraint, LogicalConstraint):
        return replace(constraint, parts=tuple(constraint_at(each, agreed) for each in constraint.parts))
    if constraint.left != IN_FORCE or not isinstance(constraint.right, str):
        return constraint
    moment = _moment(constraint.right, agreed)
    return constraint if moment is None else _at(constraint, moment)


def _at(constraint: AtomicConstraint, moment: datetime) -> AtomicConstraint:
    return replace(constraint, right=moment.astimezone(UTC).isoformat().replace("+00:00", "Z"))


def _moment(text: str, agreed: datetime) -> datetime | None:
    found = _COUNTED.fullmatch(text.strip())
    if found is None:
        return None
    sign, count, unit = found.groups()
    try:
        stretch = timedelta(**{_UNITS[unit]: int(count)})
        return agreed + stretch if sign == "+" else agreed - stretch
    except OverflowError:
        return None
