"""The space of all situations that a few policies distinguish: its axes, and the boxes where a rule is YES or NO.

It is built from compiled programs, so that comparison and enforcement agree. Verdicts have three values: the boxes
of YES and of NO are found separately, and a situation in neither is unknown, for example because a fact is missing.
A part that cannot be judged is in neither, and makes the whole comparison unknown.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import Final

from xinfu.odrl.cells.axes import Axis
from xinfu.odrl.cells.boxes import Box, Budget, meets
from xinfu.odrl.cells.nesting import Nest
from xinfu.odrl.cells.samples import NamedValues, axis
from xinfu.odrl.cells.topics import IncomparablePolicy, Topic, is_duty, questions, selects, settled_verdict
from xinfu.odrl.engine.compile import CompiledRule, Program
from xinfu.odrl.engine.nodes import Node
from xinfu.odrl.engine.registry import Registry
from xinfu.odrl.model.policy import Logic
from xinfu.odrl.model.situation import FactKind, Situation
from xinfu.odrl.values.operators import Test
from xinfu.odrl.values.sorts import Sort
from xinfu.odrl.values.terms import KNOWN_ACTIONS
from xinfu.verdict import Verdict

ACTIONS: Final = tuple(KNOWN_ACTIONS)
ACTION: Final = 0
"""The axis of what is asked for; its cells are `ACTIONS`."""

MAX_WORK: Final = 200_000
"""Comparisons of samples with what is named."""

Cells = tuple[int, int]
"""The cells in which something is YES, and in which it is NO."""


class Space:
    """The axes of several programs; the programs must live as long as the space.

    Raises:
        IncomparablePolicy: a rule of them cannot be judged, or an axis has too many cells.
    """

    def __init__(self, programs: Sequence[Program], registry: Registry) -> None:
        self._registry = registry
        self.budget = Budget()
        self.axes: list[Axis] = []
        self.nest = Nest()
        self.full: list[int] = [(1 << len(ACTIONS)) - 1]
        self._cells: dict[int, tuple[int, Cells]] = {}
        self._covers: dict[int, int] = {}
        self._free: dict[int, list[Box]] = {}
        self._work = 0
        self._holds: dict[int, list[Box]] = {}
        asked: dict[Topic, list[Node]] = {}
        for program in programs:
            for rule in (*program.permissions, *program.prohibitions):
                for node, topic in questions(rule):
                    asked.setdefault(topic, []).append(node)
        for topic, nodes in asked.items():
            self._cut(topic, nodes)

    def _cut(self, topic: Topic, nodes: list[Node]) -> None:
        named = [NamedValues(operator=_operator(node), values=node.values) for node in nodes]
        made = axis(topic, nodes[0].operand, named, self._registry.taxonomy)
        if made is None:
            raise IncomparablePolicy("compare.too-many", path=nodes[0].path)
        self.axes.append(made)
        self.full.append(made.full)
        meter = nodes[0].operand.meter if nodes[0].operand is not None else None
        if topic.kind is FactKind.COUNT and meter is not None:
            self.nest.add(len(self.axes), made, meter, (value for one in named for value in one.values))
        judged: dict[tuple[object, ...], Cells] = {}
        for node, one in zip(nodes, named, strict=True):
            same = (one.operator, one.values)
            if same not in judged:
                groups = list(made.alike(one.values))
                self._work += len(groups) * (len(one.values) if topic.sort is Sort.REGION else 1)
                if self._work > MAX_WORK:
                    raise IncomparablePolicy("compare.too-many", path=node.path)
                judged[same] = made.judged(self._test(node), groups)
            self._cells[id(node)] = (len(self.axes), judged[same])

    def _test(self, node: Node) -> Test:
        if node.operand is not None and node.constraint is not None:
            return node.operand.usable[node.constraint.operator](node.values, self._registry.taxonomy)
        kind = None if node.fact is None else node.fact.kind
        if kind is FactKind.PART_OF:
            return lambda sample: Verdict.YES if sample else Verdict.NO
        if kind is FactKind.ASSIGNEE:
            return lambda sample: node.answers.use(Situation(assignee=str(sample)))
        return lambda sample: node.answers.use(Situation(target=str(sample)))

    def covers(self, rule: CompiledRule) -> int:
        """The cells of the actions that `rule` covers; for a prohibition, also of actions that imply one of these."""
        known = self._covers.get(id(rule))
        if known is None:
            known = sum(1 << i for i, action in enumerate(ACTIONS) if self._meant(rule, action))
            self._covers[id(rule)] = known
        return known

    def _meant(self, rule: CompiledRule, action: str) -> bool:
        implies = self._registry.implies
        if action in rule.covers or not implies or not rule.key.startswith("prohibition"):
            return action in rule.covers
        performed = [action]
        for each in performed:
            performed += [name for name in implies.get(each, ()) if name not in performed]
        return not rule.covers.isdisjoint(performed)

    def holds(self, rule: CompiledRule) -> list[Box]:
        """The boxes in which `rule` covers the action and is YES, without regard to its duties."""
        known = self._holds.get(id(rule))
        if known is None:
            known = meets([{ACTION: self.covers(rule)}], self.yes(rule.node), self.budget)
            self._holds[id(rule)] = known
        return known

    def free_of(self, rule: CompiledRule) -> list[Box]:
        """The boxes in which a prohibition bars nothing: it covers other actions, or it is NO."""
        known = self._free.get(id(rule))
        if known is None:
            others = self.full[ACTION] & ~self.covers(rule)
            known = [*([{ACTION: others}] if others else []), *self.no(rule.node)]
            self._free[id(rule)] = known
        return known

    def yes(self, node: Node) -> list[Box]:
        """The boxes in which `node` is YES; the limits of a policy bound the depth."""
        match node.op:
            case None:
                return self._one(node, Verdict.YES)
            case Logic.OR:
                return self._any(self.yes(part) for part in node.parts)
            case Logic.XONE:
                return self._exactly_one(node.parts)
        return self._all(self.yes(part) for part in node.parts)

    def no(self, node: Node) -> list[Box]:
        """The boxes in which `node` is NO."""
        match node.op:
            case None:
                return self._one(node, Verdict.NO)
            case Logic.OR:
                return self._all(self.no(part) for part in node.parts)
            case Logic.XONE:
                return self._none_or_two(node.parts)
        return self._any(self.no(part) for part in node.parts)

    def _one(self, node: Node, wanted: Verdict) -> list[Box]:
        verdict = Verdict.YES if is_duty(node) or selects(node) else settled_verdict(node)
        if verdict is not None:
            return [{}] if verdict is wanted else []
        place, (yes, no) = self._cells[id(node)]
        cells = yes if wanted is Verdict.YES else no
        return [{place: cells}] if cells else []

    def _all(self, parts: Iterator[list[Box]]) -> list[Box]:
        found: list[Box] = [{}]
        for part in parts:
            found = meets(found, part, self.budget)
        return found

    def _any(self, parts: Iterator[list[Box]]) -> list[Box]:
        found: list[Box] = []
        for part in parts:
            for box in part:
                self.budget.make()
                found.append(box)
        return found

    def _exactly_one(self, parts: Sequence[Node]) -> list[Box]:
        """The boxes in which one part is YES and all others are NO."""
        held, failed = [self.yes(part) for part in parts], [self.no(part) for part in parts]
        return self._any(
            self._all(held[j] if j == i else failed[j] for j in range(len(parts))) for i in range(len(parts))
        )

    def _none_or_two(self, parts: Sequence[Node]) -> list[Box]:
        """The boxes in which all parts are NO, or two are YES, whatever the others are."""
        held = [self.yes(part) for part in parts]
        pairs = itertools.combinations(held, 2)
        found = [self._all(self.no(part) for part in parts)]
        return self._any(itertools.chain(found, (meets(one, other, self.budget) for one, other in pairs)))


def _operator(node: Node) -> str:
    return "eq" if node.constraint is None else node.constraint.operator
