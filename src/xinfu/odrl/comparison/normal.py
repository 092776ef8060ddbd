"""The normal form of a rule: no wrappers that say nothing, parts in one order, values by meaning.

Two rules with the same normal form say the same, even if they cannot be judged. Follows: usage-control §8.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from xinfu.odrl.engine.faults import atomic_fault, references, selector_fault, values_of
from xinfu.odrl.engine.registry import Registry
from xinfu.odrl.model.meters import SELECTORS, Selection, select
from xinfu.odrl.model.policy import (
    AtomicConstraint,
    Conflict,
    Constraint,
    Logic,
    Policy,
    Reference,
    Rule,
    UnreadMember,
    duties_of,
)
from xinfu.odrl.model.rule_ids import firsts, is_counted
from xinfu.odrl.values.operators import LISTS
from xinfu.odrl.values.regions import Region
from xinfu.odrl.values.sorts import Moment, Value
from xinfu.odrl.values.terms import CORE_PROFILE, short
from xinfu.odrl.values.windows import read_unit

Normal = tuple["Normal | str", ...]
"""Nested tuples of text; equal when, and only when, the rules say the same."""
ALONE: Final = Selection()
"""How something is counted if no selector says so."""


def normal_policy(policy: Policy, registry: Registry) -> Normal:
    """The rules of `policy` in normal form, without its kind, id, parties, target and time stamp."""
    # A second rule that says the same is a second counter, so rules are not made unique.
    permissions = _rules(policy.permissions, registry)
    prohibitions = _rules(policy.prohibitions, registry)
    can_conflict = permissions and prohibitions
    conflict = (policy.conflict or Conflict.INVALID).value if can_conflict else ""
    profiles = tuple(sorted(set(policy.profile) - {CORE_PROFILE, "odrl:core"}))
    unread = normal_unread(policy.unread)
    inherits = tuple(sorted(policy.inherits))
    obligations = _rules(policy.obligations, registry)
    found = (permissions, prohibitions, obligations, conflict, profiles, inherits, unread)
    shared = _shared(policy, registry)
    return (*found, shared) if shared else found


def _shared(policy: Policy, registry: Registry) -> Normal:
    """Which permissions are pieces of one rule and share its counters, and which have a duty in common."""
    rules, places = policy.permissions, firsts(policy.permissions)
    groups = {first: [i for i, place in enumerate(places) if place == first] for first in set(places)}
    counted = (
        _sorted(normal(rules[i], registry) for i in group)
        for group in groups.values()
        if len(group) > 1 and any(is_counted(rules[i]) for i in group)
    )
    duties = (
        (normal(duty, registry), _sorted(normal(rule, registry) for rule in rules if duty in rule.duties))
        for duty in {duty for rule in rules for duty in rule.duties if duty.id is not None}
        if sum(rule.duties.count(duty) for rule in rules) > 1
    )
    return _sorted((*counted, *duties))


def _rules(rules: tuple[Rule, ...], registry: Registry) -> Normal:
    return tuple(sorted((normal(rule, registry) for rule in rules), key=repr))


def normal(rule: Rule, registry: Registry) -> Normal:
    """`rule` in normal form, without its id."""
    duties = [normal(duty, registry) for duty in duties_of(rule)]
    chosen = select(rule.constraints, ALONE)
    return (
        type(rule).__name__,
        rule.action,
        _unique(_flat(Logic.AND, _listed(rule.constraints, registry, ALONE))),
        _sorted(duties),
        normal_unread(rule.unread),
        _all_of(rule.refinements, registry, chosen),
        _sorted((name, _normal_reference(each, registry)) for name, each in references(rule)),
    )


def _all_of(constraints: Iterable[Constraint], registry: Registry, selection: Selection = ALONE) -> Normal:
    return _unique(_flat(Logic.AND, (normal_constraint(part, registry, selection) for part in constraints)))


def _listed(constraints: Sequence[Constraint], registry: Registry, outer: Selection) -> Iterator[Normal]:
    """The constraints that must all hold, in normal form; selectors go with what they count, not by themselves."""
    selection = select(constraints, outer)
    is_told = selector_fault(constraints, "") is None
    for part in constraints:
        if not (is_told and _selects(part, registry)):
            yield normal_constraint(part, registry, selection)


def _selects(constraint: Constraint, registry: Registry) -> bool:
    if not isinstance(constraint, AtomicConstraint) or constraint.left not in SELECTORS:
        return False
    operand = registry.operand(constraint.left, "")
    return atomic_fault(constraint, "", operand, registry) is None


def _normal_reference(reference: Reference, registry: Registry) -> Normal:
    return (
        _sorted((name,) for name in reference.names),
        str(reference.is_collection),
        _all_of(reference.refinements, registry),
        normal_unread(reference.unread),
    )


def normal_constraint(constraint: Constraint, registry: Registry, selection: Selection = ALONE) -> Normal:
    """`constraint` in normal form; `selection` says how it and its parts are counted."""
    if isinstance(constraint, AtomicConstraint):
        return _normal_atomic(constraint, registry, selection)
    op = constraint.op
    if op is Logic.AND:
        parts = list(_listed(constraint.parts, registry, selection))
    else:
        parts = [normal_constraint(part, registry, selection) for part in constraint.parts]
    kept = normal_unread(constraint.unread)
    if kept or op is Logic.AND_SEQUENCE or not parts:
        return (op.value, tuple(parts), kept)
    if op is Logic.XONE:
        listed = _sorted(parts)
    else:
        listed = _unique(_flat(op, parts))
    only = listed[0]
    return only if len(listed) == 1 and isinstance(only, tuple) else (op.value, listed, ())


def normal_unread(unread: Iterable[UnreadMember]) -> Normal:
    """Members that are not understood, in one order; the order of keys inside them says nothing."""
    return _sorted((member.key, _canonical(member.json)) for member in unread)


def _canonical(json: str) -> str:
    return msgspec.json.encode(msgspec.json.decode(json), order="sorted").decode()


def _normal_atomic(constraint: AtomicConstraint, registry: Registry, selection: Selection) -> Normal:
    operand = registry.operand(constraint.left, "")
    kept = normal_unread(constraint.unread)
    if operand is None or atomic_fault(constraint, "", operand, registry) is not None:
        typed = constraint.data_type or ""
        more = (constraint.unit or "", constraint.status or "", constraint.reference or "")
        return ("atom", constraint.left, constraint.operator, constraint.values, typed, kept, more)
    values = tuple(spell(value) for value in values_of(constraint, operand))
    operator = constraint.operator
    if operator in LISTS:
        values = tuple(sorted(set(values)))
    if len(values) == 1:
        operator = {"isAnyOf": "eq", "isNoneOf": "neq"}.get(operator, operator)
    unit = read_unit(short(constraint.unit)) if constraint.unit else None
    meter = operand.selected(selection.with_unit(unit)).meter
    return ("atom", operand.name, operator, values, meter.key if meter else "", kept)


def spell(value: Value) -> str:
    """`value` in a text that is the same for equal values."""
    match value:
        case Moment():
            return f"{value.start.isoformat()}/{value.end.isoformat()}"
        case Region():
            return "-".join(value.path)
    return str(value)


def _flat(op: Logic, parts: Iterable[Normal]) -> Iterator[Normal]:
    """The parts, where a part with the same `op` is replaced by its own parts."""
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
