"""The parts of duties that a decision leaves out: remedies, and duties that name parties of their own."""

from collections.abc import Iterator

from xinfu.odrl.cells.topics import IncomparablePolicy
from xinfu.odrl.engine.faults import Fault, atomic_fault, conditions, logical_fault, rule_faults
from xinfu.odrl.engine.registry import Registry, in_duties
from xinfu.odrl.model.policy import AtomicConstraint, Duty, Policy, leaves


def binds_others(duty: Duty) -> bool:
    """Whether `duty` names parties or a target of its own, and so may bind the party that grants."""
    waiting = [duty]
    while waiting:
        each = waiting.pop()
        if each.assigner or each.assignee or each.parties or each.target:
            return True
        waiting += each.consequences
    return False


def judge_remedies(policy: Policy, registry: Registry) -> None:
    """Check the remedies, which a program leaves out: they apply only after a prohibition was infringed.

    Raises:
        IncomparablePolicy: one of them cannot be judged.
    """
    waiting = [
        (remedy, f"prohibition[{i}].remedy[{j}]")
        for i, barrier in enumerate(policy.prohibitions)
        for j, remedy in enumerate(barrier.remedies)
    ]
    while waiting:
        duty, path = waiting.pop()
        fault = next(_faults(duty, path, registry), None)
        if fault is not None:
            raise IncomparablePolicy(fault.code, path=fault.path, name=fault.name)
        waiting += [(each, f"{path}.consequence[{i}]") for i, each in enumerate(duty.consequences)]


def _faults(duty: Duty, path: str, registry: Registry) -> Iterator[Fault]:
    """The faults of the duty itself, without its consequences."""
    yield from rule_faults(duty, path)
    for condition, where in conditions(duty, path):
        for part, at in leaves(condition, where):
            if isinstance(part, AtomicConstraint):
                known = in_duties(registry)
                fault = atomic_fault(part, at, known.operand(part.left, at), known)
            else:
                fault = logical_fault(part, at)
            if fault is not None:
                yield fault
