"""The topics of a rule's single questions, so that two rules which ask the same question can be compared."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from xinfu.odrl.engine.compile import CompiledRule
from xinfu.odrl.engine.nodes import Node
from xinfu.odrl.model.policy import Logic
from xinfu.odrl.model.situation import Fact, FactKind, Situation
from xinfu.odrl.values.sorts import Sort
from xinfu.verdict import Verdict

_NOTHING: Final = Situation()
_SELECTORS: Final = frozenset({Sort.UNIT, Sort.WINDOW})
"""Sorts of what says how others are counted."""
_SCOPE: Final = frozenset({FactKind.ASSIGNEE, FactKind.TARGET, FactKind.PART_OF})


class IncomparablePolicy(Exception):  # noqa: N818 - nobody's error: what was asked is then unknown
    """A part of a policy cannot be compared: the code says why, `name` and `path` say where."""

    def __init__(self, code: str, *, path: str = "", name: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.path = path
        self.name = name


class Topic(NamedTuple):
    """The subject of a question; questions with the same topic share an axis.

    Attributes:
        name: name of the fact; for a meter, without the rule that it belongs to.
        also: further facts that are read.
        names: for a collection of parties or assets, the names by which it is known.
    """

    kind: FactKind
    name: str
    also: tuple[Fact, ...] = ()
    sort: Sort = Sort.PARTY
    names: tuple[str, ...] = ()


def questions(rule: CompiledRule) -> Iterator[tuple[Node, Topic]]:
    """Yield the single questions of `rule` with their topics, without its duties and what needs no fact.

    Raises:
        IncomparablePolicy: nobody can answer one of them.
    """
    for node in rule.node.walk():
        if node.op is not None and node.code:
            raise IncomparablePolicy(node.code, path=node.path, name=node.name)
        if node.op is Logic.AND_SEQUENCE:
            raise IncomparablePolicy("sequence.unknown", path=node.path, name=node.op.value)
        if node.op is None and not is_duty(node) and not selects(node) and settled_verdict(node) is None:
            yield node, _topic(node, rule)


def is_duty(node: Node) -> bool:
    """Whether `node` asks that a duty was done."""
    return node.fact is not None and node.fact.kind is FactKind.DUTY


def selects(node: Node) -> bool:
    """Whether `node` only says how others are counted; it is part of the meter's name, and always holds.

    It needs the time, which a node knows whenever it lets something be used.
    """
    return node.operand is not None and node.operand.sort in _SELECTORS


def settled_verdict(node: Node) -> Verdict | None:
    """The verdict of a question that reads no fact; None for a question that reads one.

    Raises:
        IncomparablePolicy: nobody can answer it.
    """
    if node.fact is not None:
        return None
    verdict = node.answers.use(_NOTHING)
    if verdict is Verdict.UNKNOWN:
        raise IncomparablePolicy(node.code, path=node.path, name=node.name)
    return verdict


def _topic(node: Node, rule: CompiledRule) -> Topic:
    fact, operand = node.fact, node.operand
    if fact is None or (operand is None and fact.kind not in _SCOPE):
        raise IncomparablePolicy(node.code, path=node.path, name=node.name)
    if operand is None:
        names = tuple(str(value) for value in node.values) if fact.kind is FactKind.PART_OF else ()
        return Topic(kind=fact.kind, name=fact.name, names=names)
    is_own = fact.name.startswith(rule.counter)
    if is_own and rule.key.startswith("prohibition"):
        raise IncomparablePolicy("compare.counter", path=node.path, name=rule.key)
    name = fact.name.removeprefix(rule.counter) if is_own else fact.name
    return Topic(kind=fact.kind, name=name, also=operand.also, sort=operand.sort)
