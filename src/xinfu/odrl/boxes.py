"""Normal form of a rule, for comparing and for asking whether it can ever open.

`normal` gives every rule one spelling: no wrappers that say nothing, parts in one order, values by meaning.
`boxes` turns the constraints of a permission into alternatives (a disjunctive normal form): each box has one
dimension for each thing that is asked, and a dimension in which nothing is left makes the box empty. What a
box cannot express is left open, so that a rule is called empty only if it is. Follows: usage-control §8.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

import msgspec

from xinfu.odrl.faults import atomic_fault, references, values_of
from xinfu.odrl.operands import Operand
from xinfu.odrl.operators import LISTS
from xinfu.odrl.policy import (
    AtomicConstraint,
    Constraint,
    Duty,
    Logic,
    Permission,
    Reference,
    Rule,
    Unread,
)
from xinfu.odrl.regions import Region, part_of
from xinfu.odrl.registry import Registry
from xinfu.odrl.sorts import Moment, Sort, Value
from xinfu.verdict import Verdict

MAX_BOXES: Final = 10_000

Normal = tuple["Normal | str", ...]
"""Nested tuples of text; equal when, and only when, the rules say the same."""


def normal(rule: Rule, registry: Registry) -> Normal:
    """`rule` in its one spelling, without its id."""
    duties = [normal(duty, registry) for duty in duties_of(rule)]
    return (
        type(rule).__name__,
        rule.action,
        _all_of(rule.constraints, registry),
        _sorted(duties),
        normal_unread(rule.unread),
        _all_of(rule.refinements, registry),
        _sorted((name, _normal_reference(each, registry)) for name, each in references(rule)),
    )


def _all_of(constraints: Iterable[Constraint], registry: Registry) -> Normal:
    return _unique(_flat(Logic.AND, (normal_constraint(part, registry) for part in constraints)))


def _normal_reference(reference: Reference, registry: Registry) -> Normal:
    return (
        _sorted((name,) for name in reference.names),
        str(reference.is_collection),
        _all_of(reference.refinements, registry),
        normal_unread(reference.unread),
    )


def duties_of(rule: Rule) -> tuple[Duty, ...]:
    """The duties inside `rule`: of a permission, remedies of a prohibition, consequences of a duty."""
    if isinstance(rule, Permission):
        return rule.duties
    return rule.consequences if isinstance(rule, Duty) else rule.remedies


def normal_constraint(constraint: Constraint, registry: Registry) -> Normal:
    """`constraint` in its one spelling."""
    if isinstance(constraint, AtomicConstraint):
        return _normal_atomic(constraint, registry)
    parts = [normal_constraint(part, registry) for part in constraint.parts]
    kept = normal_unread(constraint.unread)
    op = constraint.op
    if kept or op is Logic.AND_SEQUENCE or not parts:
        return (op.value, tuple(parts), kept)
    if op is Logic.XONE:
        listed = _sorted(parts)
    else:
        listed = _unique(_flat(op, parts))
    only = listed[0]
    return only if len(listed) == 1 and isinstance(only, tuple) else (op.value, listed, ())


def normal_unread(unread: Iterable[Unread]) -> Normal:
    """Members that nobody reads, in one order; the order of keys inside them says nothing."""
    return _sorted((member.key, _canonical(member.json)) for member in unread)


def _canonical(json: str) -> str:
    return msgspec.json.encode(msgspec.json.decode(json), order="sorted").decode()


def _normal_atomic(constraint: AtomicConstraint, registry: Registry) -> Normal:
    operand = registry.operand(constraint.left, "")
    kept = normal_unread(constraint.unread)
    if operand is None or atomic_fault(constraint, "", operand, registry) is not None:
        typed = constraint.data_type or ""
        more = (constraint.unit or "", constraint.status or "", constraint.reference or "")
        return ("atom", constraint.left, constraint.operator, constraint.values, typed, kept, more)
    values = tuple(spelled(value) for value in values_of(constraint, operand))
    if constraint.status is not None:
        kept = (*kept, ("status", constraint.status))
    operator = constraint.operator
    if operator in LISTS:
        values = tuple(sorted(set(values)))
    if len(values) == 1:
        operator = {"isAnyOf": "eq", "isNoneOf": "neq"}.get(operator, operator)
    return ("atom", operand.name, operator, values, "", kept)


def spelled(value: Value) -> str:
    """One spelling for equal values."""
    match value:
        case Moment():
            return f"{value.start.isoformat()}/{value.end.isoformat()}"
        case Region():
            return "-".join(value.path)
    return str(value)


def _flat(op: Logic, parts: Iterable[Normal]) -> Iterator[Normal]:
    """The parts, with those of a part that has the same `op` in its place."""
    for part in parts:
        inner = part[1]
        if part[0] == op.value and part[2] == () and isinstance(inner, tuple) and inner:
            yield from (item for item in inner if isinstance(item, tuple))
        else:
            yield part


def _sorted(parts: Iterable[Normal]) -> Normal:
    return tuple(sorted(parts, key=repr))


def _unique(parts: Iterable[Normal]) -> Normal:
    return _sorted(set(parts))


class Span(msgspec.Struct, frozen=True):
    """Moments from `start` up to but not including `end`; None is open."""

    start: datetime | None
    end: datetime | None


class Choice(msgspec.Struct, frozen=True):
    """One of `names`, or with `others` anything but `names`."""

    names: frozenset[str]
    others: bool = False


class Places(msgspec.Struct, frozen=True):
    """Somewhere in one of these regions."""

    regions: frozenset[Region]


class Uses(msgspec.Struct, frozen=True):
    """The first `top` uses."""

    top: int


Dimension = Span | Choice | Places | Uses
Box = Mapping[str, Dimension]


def boxes(constraints: Iterable[Constraint], registry: Registry) -> list[Box] | None:
    """The non-empty alternatives under which all `constraints` can hold; None over the budget."""
    found: list[Box] = [{}]
    for constraint in constraints:
        ways = _ways(constraint, registry)
        if ways is None or len(found) * len(ways) > MAX_BOXES:
            return None
        met = (meet(one, other) for one, other in itertools.product(found, ways))
        found = [box for box in met if box is not None]
    return found


def _ways(constraint: Constraint, registry: Registry) -> list[Box] | None:
    if isinstance(constraint, AtomicConstraint):
        box = _box(constraint, registry)
        return [] if box is None else [box]
    if constraint.op in (Logic.AND, Logic.AND_SEQUENCE):
        return boxes(constraint.parts, registry)
    ways: list[Box] = []
    for part in constraint.parts:
        inner = _ways(part, registry)
        if inner is None or len(ways) + len(inner) > MAX_BOXES:
            return None
        ways += inner
    return ways


def meet(one: Box, other: Box) -> Box | None:
    """What lies in both; None when nothing does."""
    both = dict(one)
    for name, dimension in other.items():
        shared = _meet(both[name], dimension) if name in both else dimension
        if shared is None:
            return None
        both[name] = shared
    return both


def _meet(one: Dimension, other: Dimension) -> Dimension | None:
    match one, other:
        case Span(), Span():
            return _meet_spans(one, other)
        case Choice(), Choice():
            return _meet_choices(one, other)
        case Places(), Places():
            return _meet_places(one, other)
        case Uses(), Uses():
            return Uses(min(one.top, other.top))
    return one


def _meet_spans(one: Span, other: Span) -> Span | None:
    starts = [start for start in (one.start, other.start) if start is not None]
    ends = [end for end in (one.end, other.end) if end is not None]
    start, end = max(starts, default=None), min(ends, default=None)
    return None if start is not None and end is not None and start >= end else Span(start, end)


def _meet_choices(one: Choice, other: Choice) -> Choice | None:
    if one.others and other.others:
        return Choice(one.names | other.names, others=True)
    if one.others:
        one, other = other, one
    names = one.names - other.names if other.others else one.names & other.names
    return Choice(names) if names else None


def _meet_places(one: Places, other: Places) -> Places | None:
    if len(one.regions) * len(other.regions) > MAX_BOXES:
        return one
    pairs = itertools.product(one.regions, other.regions)
    regions = frozenset(
        a if len(a.path) >= len(b.path) else b
        for a, b in pairs
        if part_of(a, b) is not Verdict.NO or part_of(b, a) is not Verdict.NO
    )
    return Places(regions) if regions else None


def _box(constraint: AtomicConstraint, registry: Registry) -> Box | None:
    """One constraint as a box; without dimensions when a box cannot say it, None when it is empty."""
    operand = registry.operand(constraint.left, "")
    if operand is None or atomic_fault(constraint, "", operand, registry) is not None:
        return {}
    if constraint.status is not None:
        return {}
    values = values_of(constraint, operand)
    match operand.sort:
        case Sort.INSTANT:
            return _named(operand, _span(constraint.operator, values[0]))
        case Sort.COUNT:
            top = int(str(values[0])) - (constraint.operator == "lt")
            return {operand.name: Uses(top)} if top > 0 else None
        case Sort.TERM | Sort.PARTY:
            return _choice(operand, constraint.operator, values)
        case Sort.REGION if constraint.operator in ("eq", "isAnyOf", "isPartOf", "isA"):
            places = frozenset(value for value in values if isinstance(value, Region))
            return {operand.name: Places(places)} if places else None
    return {}


def _named(operand: Operand, span: Span | None) -> Box | None:
    return {operand.name: span} if span is not None else {}


def _span(operator: str, value: Value) -> Span | None:
    if not isinstance(value, Moment):
        return None
    ends = {"lt": value.start, "lteq": value.end, "eq": value.end}
    starts = {"gt": value.end, "gteq": value.start, "eq": value.start}
    return Span(starts.get(operator), ends.get(operator)) if operator != "neq" else None


def _choice(operand: Operand, operator: str, values: tuple[Value, ...]) -> Box | None:
    """Who asks is one party, whether the policy calls it recipient or assignee."""
    name = "party" if operand.sort is Sort.PARTY else operand.name
    names = frozenset(str(value) for value in values)
    if operator in ("neq", "isNoneOf"):
        return {name: Choice(names, others=True)}
    if operator in ("eq", "isAnyOf"):
        return {name: Choice(names)} if names else None
    if operator == "isAllOf":
        return {name: Choice(names)} if len(names) == 1 else None
    return {}
