"""Whether one duty asks for at least as much as another: a deadline not later, an amount not lower.

The order of values decides; a duty that differs in any other way is UNKNOWN.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec
from msgspec.structs import replace

from xinfu.odrl.comparison.normal import normal
from xinfu.odrl.comparison.transform_strength import as_strict
from xinfu.odrl.engine.faults import atomic_fault, values_of
from xinfu.odrl.engine.registry import Registry, in_duties
from xinfu.odrl.model.policy import AtomicConstraint, Constraint, Duty, Logic
from xinfu.odrl.model.transforms import TRANSFORMS, transforms_of
from xinfu.odrl.operands import Operand
from xinfu.odrl.operands.time import DELAY_OF_DUTY
from xinfu.odrl.values.durations import Duration
from xinfu.odrl.values.operators import TABLE
from xinfu.odrl.values.quantities import Quantity
from xinfu.odrl.values.sorts import Moment, Sort, Value
from xinfu.verdict import Verdict, every, some

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN

_DEADLINES: Final = frozenset({Sort.INSTANT, Sort.DURATION})
"""Sorts of which less is stricter: by when something is done."""
_AMOUNTS: Final = frozenset({Sort.COUNT, Sort.SIZE, Sort.MONEY, Sort.RATIO})
"""Sorts of which more is stricter: how much is done."""
_BY_WHEN: Final = frozenset({"lt", "lteq", "eq"})
_HOW_MUCH: Final = frozenset({"gt", "gteq", "eq"})
_STRICT: Final = frozenset({"lt", "gt"})


def keeps(given: Iterable[Duty], wanted: Iterable[Duty], registry: Registry) -> Verdict:
    """Whether for each duty of `wanted` there is one in `given` that is at least as strong."""
    given = tuple(given)
    kept = [some(at_least(duty, each, registry) for duty in given) for each in wanted]
    return every(kept) if kept else YES


def at_least(duty: Duty, wanted: Duty, registry: Registry) -> Verdict:
    """Whether doing `duty` also does `wanted`."""
    registry = in_duties(registry)
    if normal(duty, registry) == normal(wanted, registry):
        return YES
    if duty.action != wanted.action:
        return NO
    if duty.action in TRANSFORMS:
        mine, theirs = transforms_of(duty), transforms_of(wanted)
        return UNKNOWN if mine is None or theirs is None else as_strict(mine, theirs)
    if normal(_bare(duty), registry) != normal(_bare(wanted), registry):
        return UNKNOWN
    if keeps(duty.consequences, wanted.consequences, registry) is not YES:
        return UNKNOWN
    return _conditions(duty, wanted, registry)


def _bare(duty: Duty) -> Duty:
    return replace(duty, constraints=(), consequences=())


def _conditions(duty: Duty, wanted: Duty, registry: Registry) -> Verdict:
    """Whether `duty` keeps each bound of `wanted`, adding nothing but bounds."""
    mine = [_bound(each, registry) for each in _flat(duty.constraints)]
    theirs = [_bound(each, registry) for each in _flat(wanted.constraints)]
    given = [bound for bound in mine if bound is not None]
    asked = [bound for bound in theirs if bound is not None]
    if len(given) < len(mine) or len(asked) < len(theirs):
        return UNKNOWN
    if any(map(_is_deadline, given)) is not any(map(_is_deadline, asked)):
        return UNKNOWN  # without a deadline a duty is due at once, and nobody can tell which is earlier
    kept = [some(_tighter(each, other, registry) for each in given) for other in asked]
    return every(kept) if kept else YES


def _flat(constraints: Iterable[Constraint]) -> Iterator[Constraint]:
    for each in constraints:
        if not isinstance(each, AtomicConstraint) and each.op is Logic.AND and not each.unread:
            yield from _flat(each.parts)
        else:
            yield each


class _Bound(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline or an amount."""

    operand: Operand
    operator: str
    value: Value


def _bound(constraint: Constraint, registry: Registry) -> _Bound | None:
    """The deadline or amount of `constraint`; None if it is neither."""
    if not isinstance(constraint, AtomicConstraint):
        return None
    operand = registry.operand(constraint.left, "")
    if operand is None or atomic_fault(constraint, "", operand, registry) is not None:
        return None
    is_deadline = operand.sort in _DEADLINES and constraint.operator in _BY_WHEN
    is_amount = operand.sort in _AMOUNTS and constraint.operator in _HOW_MUCH
    is_delay = operand is DELAY_OF_DUTY
    if not (is_deadline or is_amount or is_delay):
        return None
    operator = (
        "lteq" if is_delay else constraint.operator
    )  # done promptly once it is due: the sooner the stronger
    return _Bound(operand=operand, operator=operator, value=values_of(constraint, operand)[0])


def _is_deadline(bound: _Bound) -> bool:
    return bound.operand.sort in _DEADLINES


def _tighter(one: _Bound, other: _Bound, registry: Registry) -> Verdict:
    """Whether keeping `one` also keeps `other`; an exact amount counts as a least amount."""
    if one.operand.name != other.operand.name:
        return UNKNOWN if DELAY_OF_DUTY in (one.operand, other.operand) else NO
    if isinstance(one.value, Moment) and isinstance(other.value, Moment):
        return YES if _end(one.operator, one.value) <= _end(other.operator, other.value) else NO
    is_strict = other.operator in _STRICT and one.operator not in _STRICT
    is_deadline = other.operand.sort in _DEADLINES
    operator = ("lt" if is_strict else "lteq") if is_deadline else ("gt" if is_strict else "gteq")
    test = TABLE[other.operand.sort][operator]((other.value,), registry.taxonomy)
    return test(one.value) if isinstance(one.value, int | Decimal | Duration | Quantity) else UNKNOWN


def _end(operator: str, moment: Moment) -> datetime:
    return moment.start if operator == "lt" else moment.end
