"""Counted constraints with their selectors: `and [count lteq 3, timeWindow eq P1D]` is one condition, not two."""

from collections.abc import Sequence
from typing import Final

from xinfu.odrl.engine.faults import selector_fault
from xinfu.odrl.model.meters import SELECTORS, SUMS, Selection, select
from xinfu.odrl.model.policy import AtomicConstraint, Constraint, Logic, LogicalConstraint
from xinfu.odrl.values.terms import short
from xinfu.odrl.values.windows import read_unit

_COUNTED: Final = frozenset({*(measure.value for measure in SUMS), "payAmount"})


def spread(constraints: Sequence[Constraint]) -> list[tuple[int, Constraint]]:
    """The constraints with their places; selectors that say how all are counted are joined to each counted one."""
    chosen = tuple(each for each in constraints if is_selector(each))
    if not chosen or selector_fault(constraints, "") is not None:
        return list(enumerate(constraints))
    return [
        (i, LogicalConstraint(op=Logic.AND, parts=(each, *chosen)) if is_sum(each) else each)
        for i, each in enumerate(constraints)
        if each not in chosen
    ]


def counted_constraint(constraint: Constraint) -> AtomicConstraint | None:
    """The single constraint here, counted or not, without its selectors; None for a real group."""
    if isinstance(constraint, AtomicConstraint):
        return constraint
    if constraint.op is not Logic.AND or constraint.unread:
        return None
    rest = [each for each in constraint.parts if not is_selector(each)]
    only = rest[0] if len(rest) == 1 and len(rest) < len(constraint.parts) else None
    return only if isinstance(only, AtomicConstraint) and is_sum(only) else None


def selection_of(constraint: Constraint) -> Selection:
    """The selection that says how `constraint` is counted."""
    parts = constraint.parts if isinstance(constraint, LogicalConstraint) else (constraint,)
    unit = next((each.unit for each in parts if isinstance(each, AtomicConstraint) and each.unit), None)
    return select(parts, Selection()).with_unit(read_unit(short(unit)) if unit else None)


def is_sum(constraint: Constraint) -> bool:
    """Whether `constraint` bounds a sum, such as uses or money."""
    return isinstance(constraint, AtomicConstraint) and constraint.left in _COUNTED


def is_selector(constraint: Constraint) -> bool:
    """Whether `constraint` says how others are counted."""
    return isinstance(constraint, AtomicConstraint) and constraint.left in SELECTORS
