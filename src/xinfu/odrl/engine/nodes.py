"""A constraint as a tree of nodes: each with its closures, and with what an explanation has to name."""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from xinfu.odrl.engine.faults import Fault, atomic_fault, logical_fault, values_of
from xinfu.odrl.engine.logic import (
    Answers,
    Ask,
    Outlook,
    UseWindow,
    all_of,
    always,
    any_of,
    at_use,
    now_in,
    one_of,
    same,
)
from xinfu.odrl.engine.registry import Registry
from xinfu.odrl.model.meters import Selection, select
from xinfu.odrl.model.policy import AtomicConstraint, Constraint, Logic, LogicalConstraint
from xinfu.odrl.model.situation import Fact, FactKind, Phase, Situation
from xinfu.odrl.operands import Operand
from xinfu.odrl.values.operators import FactValue, Test, before, since
from xinfu.odrl.values.sorts import Moment, Sort, Value
from xinfu.odrl.values.terms import short
from xinfu.odrl.values.windows import read_unit
from xinfu.verdict import Verdict

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN


class Node(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A part of a rule that can be judged.

    Attributes:
        path: path of the part in the policy, `permission[0].constraint[1].or[0]`.
        code: of the reason when it is not YES; empty where `operand` or `parts` give it.
        name: what `code` speaks of.
        values: the right side, read.
        fact: what the situation must hold for it.
        also: what else it must hold.
        is_broken: whether it cannot be judged, and is always unknown.
    """

    path: str
    answers: Answers
    code: str = ""
    name: str = ""
    operand: Operand | None = None
    constraint: AtomicConstraint | None = None
    values: tuple[Value, ...] = ()
    fact: Fact | None = None
    also: tuple[Fact, ...] = ()
    op: Logic | None = None
    parts: tuple["Node", ...] = ()
    is_broken: bool = False

    @property
    def facts(self) -> tuple[Fact, ...]:
        """All facts that the situation must hold for this part alone."""
        also = self.operand.also if self.operand is not None else self.also
        return also if self.fact is None else (self.fact, *also)

    def ask(self, situation: Situation, phase: Phase) -> Verdict:
        """The verdict of this part in `phase`; a negotiation is judged hopefully."""
        answers = self.answers
        return answers.use(situation) if phase is Phase.USE else answers.outlook(situation)[0]

    def fear(self, situation: Situation, phase: Phase) -> Verdict:
        """The worst verdict of this part in `phase`: a negotiation is NO as soon as a use may bring NO."""
        answers = self.answers
        return answers.use(situation) if phase is Phase.USE else answers.outlook(situation)[1]

    def walk(self) -> Iterator["Node"]:
        """This node and all below it."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(node.parts)


def broken_part(fault: Fault) -> Node:
    """A part that is always unknown, because of `fault`."""
    return Node(path=fault.path, answers=always(UNKNOWN), code=fault.code, name=fault.name, is_broken=True)


def group(path: str, parts: Iterable[Node]) -> Node:
    """The conjunction of all parts; YES if there are none."""
    listed = tuple(parts)
    return Node(path=path, answers=all_of([part.answers for part in listed]), op=Logic.AND, parts=listed)


def constraint_node(
    constraint: Constraint, path: str, counter: str, registry: Registry, selection: Selection
) -> Node:
    """`constraint` with its closures; depth is bounded by the limits of a policy.

    Args:
        selection: how the counted constraints of its list are counted.
    """
    if isinstance(constraint, AtomicConstraint):
        return _atomic(constraint, path, counter, registry, selection)
    return _logical(constraint, path, counter, registry, selection)


def _logical(
    constraint: LogicalConstraint, path: str, counter: str, registry: Registry, selection: Selection
) -> Node:
    op = constraint.op
    if op is Logic.AND:
        selection = select(constraint.parts, selection)
    parts = tuple(
        constraint_node(part, f"{path}.{op.value}[{i}]", counter, registry, selection)
        for i, part in enumerate(constraint.parts)
    )
    fault = logical_fault(constraint, path)
    if fault is not None:
        return msgspec.structs.replace(broken_part(fault), op=op, parts=parts)
    combine = {Logic.AND: all_of, Logic.OR: any_of, Logic.XONE: one_of}[op]
    return Node(path=path, answers=combine([part.answers for part in parts]), op=op, parts=parts)


def _atomic(
    constraint: AtomicConstraint, path: str, counter: str, registry: Registry, selection: Selection
) -> Node:
    operand = registry.operand(constraint.left, counter)
    fault = atomic_fault(constraint, path, operand, registry)
    if fault is not None or operand is None:
        return broken_part(fault or Fault(code="operand.unknown", path=path, name=constraint.left))
    unit = read_unit(short(constraint.unit)) if constraint.unit else None
    operand = operand.given(constraint.values).selected(selection.with_unit(unit))
    values = values_of(constraint, operand)
    test = operand.usable[constraint.operator](values, registry.taxonomy)
    answers = _answers(constraint, operand, values, test)
    key = (operand.name, operand.fact, operand.also, constraint.operator, values, id(registry))
    return Node(
        path=path,
        answers=msgspec.structs.replace(answers, key=key),
        operand=operand,
        constraint=constraint,
        values=values,
        fact=operand.fact,
    )


def _answers(
    constraint: AtomicConstraint, operand: Operand, values: tuple[Value, ...], test: Test
) -> Answers:
    use = _bound(operand, test)
    if operand.at_use:
        return at_use(use)
    moment = values[0] if values else None
    if operand.sort is Sort.INSTANT and isinstance(moment, Moment):
        return _in_time(constraint.operator, operand, moment, use)
    return same(use)


def _in_time(operator: str, operand: Operand, moment: Moment, use: Ask) -> Answers:
    """Time passes: what has an end can still fail, what has a beginning can still hold."""
    if operator in ("lt", "lteq", "eq"):
        in_time = _bound(operand, before(moment.start if operator == "lt" else moment.end))
        return _timed(use, lambda situation: (in_time(situation), NO), operator, operand, moment)
    begun = _bound(operand, since(moment.start if operator == "gteq" else moment.end))
    return _timed(use, lambda situation: (YES, begun(situation)), operator, operand, moment)


def _timed(
    use: Ask, outlook: Callable[[Situation], Outlook], operator: str, operand: Operand, moment: Moment
) -> Answers:
    """The answers of a constraint of time, as a window if the fact is the clock and the operator leaves no gap."""
    if operand.fact.kind is not FactKind.NOW or operator == "neq":
        return Answers(use=use, outlook=outlook)
    starts = {"gt": moment.end, "gteq": moment.start, "eq": moment.start}
    ends = {"lt": moment.start, "lteq": moment.end, "eq": moment.end}
    window = UseWindow(starts.get(operator), ends.get(operator))
    return Answers(use=now_in(window), outlook=outlook, window=window)


def _bound(operand: Operand, test: Test) -> Ask:
    read = operand.read

    def ask(situation: Situation) -> Verdict:
        fact: FactValue | None = read(situation)
        return UNKNOWN if fact is None else test(fact)

    return ask
