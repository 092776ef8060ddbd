"""The faults that make a constraint or a rule unusable, found without a situation.

There is one list for two readers: publication refuses a policy by its first fault, and the compiler makes a rule
with a fault always unknown.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from xinfu.odrl.engine.registry import Registry
from xinfu.odrl.model.meters import SELECTORS, SUMS, Measure, is_selected
from xinfu.odrl.model.policy import (
    AtomicConstraint,
    Constraint,
    Duty,
    Logic,
    LogicalConstraint,
    Permission,
    Policy,
    Reference,
    Rule,
    UnreadMember,
    leaves,
)
from xinfu.odrl.model.transforms import TRANSFORMS, Transform, read_rows, states_transform, transforms_of
from xinfu.odrl.operands import Operand
from xinfu.odrl.values.operators import LISTS
from xinfu.odrl.values.sorts import READERS, UNITED, Sort, Value, read_moment, read_number
from xinfu.odrl.values.terms import KNOWN_ACTIONS, OPERATORS, is_remark, short
from xinfu.odrl.values.windows import CounterOwner, Per, Window, read_unit

_FORMS: Final = {"valueExpression": "city = '长沙' and level >= 3"}
"""Left operands that say in which form data leaves, and an example of each."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a policy that cannot be used.

    Attributes:
        code: the reason's code, `operand.unknown`; publication refuses with `policy.operand-unknown`.
        path: path of the part, `permission[0].constraint[1]`.
        name: the key, term or value itself, as written.
        hint: what would be right, if that is a short list.
    """

    code: str
    path: str
    name: str
    hint: tuple[str, ...] = ()


def unread_fault(unread: Iterable[UnreadMember], path: str) -> Fault | None:
    """The fault of the first member that is not understood and not a mere remark; None if there is none."""
    for member in unread:
        if not is_remark(member.key):
            return Fault(code="key.unknown", path=path, name=member.key)
    return None


def policy_faults(policy: Policy, registry: Registry) -> Iterator[Fault]:
    """The faults that make every rule unknown: an unread member, rules to inherit, an unknown profile."""
    unread = unread_fault(policy.unread, "")
    if unread is not None:
        yield _wrapper_fault(policy) or unread
    if policy.inherits:
        yield Fault(code="key.unknown", path="", name="inheritFrom")
    for name in policy.profile:
        if name not in registry.profiles:
            yield Fault(code="profile.unknown", path="profile", name=name, hint=tuple(registry.profiles))


def _wrapper_fault(policy: Policy) -> Fault | None:
    """The fault of a definition as EDC's clients write it, which holds the policy inside; None for anything else."""
    keys = {re.split("[:/]", member.key)[-1] for member in policy.unread}
    has_rules = policy.permissions or policy.prohibitions or policy.obligations
    return (
        Fault(code="policy.wrapped", path="", name="policy") if "policy" in keys and not has_rules else None
    )


def rule_faults(rule: Rule, path: str) -> Iterator[Fault]:
    """The faults of the rule itself: an unread member, of it or of what it names, its selectors, or its action."""
    unread = unread_fault(rule.unread, path)
    if unread is not None:
        yield unread
    for name, reference in references(rule):
        unread = unread_fault(reference.unread, f"{path}.{name}")
        if unread is not None:
            yield unread
    alone = selector_fault(rule.constraints, path)
    if alone is not None:
        yield alone
    if rule.action not in KNOWN_ACTIONS:
        yield Fault(code="action.unknown", path=path, name=rule.action, hint=tuple(KNOWN_ACTIONS))


def references(rule: Rule) -> Iterator[tuple[str, Reference]]:
    """The assets and parties that `rule` itself names, each with its role, such as "target"."""
    scope = (("target", rule.target), ("assigner", rule.assigner), ("assignee", rule.assignee))
    yield from ((name, reference) for name, reference in scope if reference is not None)
    if isinstance(rule, Duty):
        yield from ((each.function, each.party) for each in rule.parties)


def conditions(rule: Rule, path: str) -> Iterator[tuple[Constraint, str]]:
    """All constraints of `rule` with their paths: its own, of its action, and of the collections that it names."""
    yield from ((each, f"{path}.refinement[{i}]") for i, each in enumerate(rule.refinements))
    for name, reference in references(rule):
        inside = f"{path}.{name}.refinement"
        yield from ((each, f"{inside}[{i}]") for i, each in enumerate(reference.refinements))
    yield from ((each, f"{path}.constraint[{i}]") for i, each in enumerate(rule.constraints))


def judged_conditions(rule: Rule, path: str, registry: Registry) -> Iterator[tuple[Constraint, str]]:
    """The `conditions` of `rule`, without those that say how the data is changed if this node can do that."""
    changed = carried_out(rule, registry) if isinstance(rule, Permission | Duty) else None
    for constraint, where in conditions(rule, path):
        if changed is None or not states_transform(rule, constraint):
            yield constraint, where


def carried_out(rule: Permission | Duty, registry: Registry) -> tuple[Transform, ...] | None:
    """The changes that `rule` makes to the data; None if they cannot be read, or this node cannot do all of them."""
    found = transforms_of(rule)
    return found if found is not None and all(each.needs in registry.transforms for each in found) else None


def duty_fault(duty: Duty, path: str, registry: Registry) -> Fault | None:
    """The fault of a duty that changes the data in a way this node cannot; None if there is none."""
    if duty.action in TRANSFORMS and carried_out(duty, registry) is None:
        return Fault(code="duty.unavailable", path=path, name=duty.action, hint=tuple(registry.transforms))
    return None


def logical_fault(constraint: LogicalConstraint, path: str) -> Fault | None:
    """Why the parts of `constraint` are never combined; None when they are."""
    unread = unread_fault(constraint.unread, path)
    if unread is not None:
        return unread
    if not constraint.parts:
        return Fault(code="constraint.empty", path=path, name=constraint.op.value)
    selectors = selector_fault(constraint.parts, path, is_and=constraint.op is Logic.AND)
    if selectors is not None:
        return selectors
    if constraint.op is Logic.AND_SEQUENCE:
        # The order of events would decide, and a situation holds none.
        return Fault(code="sequence.unknown", path=path, name=constraint.op.value)
    return None


def selector_fault(constraints: Sequence[Constraint], path: str, *, is_and: bool = True) -> Fault | None:
    """The fault of selectors that count nothing, are alternatives or contradict each other; None if there is none."""
    chosen = [each for each in constraints if isinstance(each, AtomicConstraint) and each.left in SELECTORS]
    if not chosen:
        return None
    units = {read_unit(each.values[0]) for each in chosen if len(each.values) == 1}
    for kind in (Window, CounterOwner):
        if len([unit for unit in units if isinstance(unit, kind)]) > 1:
            return Fault(code="selector.several", path=path, name=chosen[0].left)
    inside = (leaf for each in constraints for leaf, _ in leaves(each, ""))
    counted = [leaf for leaf in inside if isinstance(leaf, AtomicConstraint) and is_selected(leaf.left)]
    if not is_and or not counted:
        return Fault(code="selector.alone", path=path, name=chosen[0].left)
    if any(read_unit(value) is Per.USE for each in chosen for value in each.values):
        return _price_fault(counted, path)
    return None


def _price_fault(counted: Sequence[AtomicConstraint], path: str) -> Fault | None:
    """Why these state no price of a use, which is an amount of money with `gteq`; None if they state one."""
    for each in counted:
        if each.left != Measure.PAID.value:
            return Fault(code="selector.alone", path=path, name=f"unitOfCount {Per.USE.value}")
        if each.operator != "gteq":
            return Fault(code="operator.unknown", path=path, name=each.operator, hint=("gteq",))
    return None


def atomic_fault(
    constraint: AtomicConstraint, path: str, operand: Operand | None, registry: Registry
) -> Fault | None:
    """Why `constraint` can never be judged; None when it can."""
    unread = unread_fault(constraint.unread, path)
    if unread is not None:
        return unread
    if constraint.reference is not None:
        return Fault(code="key.unknown", path=path, name="rightOperandReference")
    if constraint.status is not None:
        # Its value would stand in the policy and never change: the constraint would bind nobody (D-40).
        return Fault(code="status.stated", path=path, name=constraint.left)
    if operand is None and _FORMS.get(constraint.left) and not _says_form(constraint):
        return Fault(
            code="value.unreadable", path=path, name=constraint.values[0], hint=(_FORMS[constraint.left],)
        )
    if operand is None:
        return Fault(code="operand.unknown", path=path, name=constraint.left, hint=tuple(registry.operands))
    if constraint.unit is not None and not _takes_unit(operand, constraint.unit):
        return Fault(code="key.unknown", path=path, name="unit")
    if operand.name == "frequency" and constraint.unit is None:
        return Fault(code="unit.missing", path=path, name=constraint.left)
    usable = operand.usable
    if constraint.operator not in usable or constraint.operator not in OPERATORS:
        return Fault(code="operator.unknown", path=path, name=constraint.operator, hint=tuple(usable))
    if constraint.operator not in LISTS and len(constraint.values) != 1:
        return Fault(code="value.unreadable", path=path, name=f"{len(constraint.values)} values", hint=("1",))
    return _value_fault(constraint, path, operand)


def _says_form(constraint: AtomicConstraint) -> bool:
    """Whether the right side can be read as the form in which data leaves; the operator is not judged here."""
    if len(constraint.values) != 1 or constraint.operator != "eq":
        return True
    return read_rows(constraint.values[0]) is not None


def _value_fault(constraint: AtomicConstraint, path: str, operand: Operand) -> Fault | None:
    ordered = operand.sort is Sort.CLAIM and constraint.operator in ("lt", "lteq", "gt", "gteq")
    for text in with_unit(constraint, operand):
        if operand.worded is not None and operand.worded(text) is None:
            return Fault(code="value.unreadable", path=path, name=text, hint=(operand.example,))
        orderable = not ordered or _orderable(text)
        if not orderable or READERS[operand.sort](text) is None:
            return Fault(code="value.unreadable", path=path, name=text, hint=(operand.example,))
    return None


def _takes_unit(operand: Operand, unit: str) -> bool:
    """Whether `operand` takes `unit`: a number with a unit takes any, a counted operand a unit of counting."""
    counted = operand.meter is not None and operand.meter.measure in SUMS
    said = read_unit(short(unit))
    return operand.sort in UNITED or (counted and said is not None and said is not Per.USE)


def with_unit(constraint: AtomicConstraint, operand: Operand | None) -> tuple[str, ...]:
    """The right side as it is read, with the unit of a number appended to it."""
    if operand is not None and operand.worded is not None:
        return tuple(operand.worded(text) or text for text in constraint.values)
    if constraint.unit is None or operand is None or operand.sort not in UNITED:
        return constraint.values
    return tuple(f"{text} {constraint.unit}" for text in constraint.values)


def _orderable(text: str) -> bool:
    return read_number(text) is not None or read_moment(text) is not None


def values_of(constraint: AtomicConstraint, operand: Operand) -> tuple[Value, ...]:
    """The right side, read; a text that is not of the sort is left out."""
    read = READERS[operand.sort]
    found = (read(text) for text in with_unit(constraint, operand))
    return tuple(value for value in found if value is not None)
