"""A request and the state of the world, as the ODRL evaluator test suite states them, and how a constraint fares there.

The world is closed: what it does not state is not so (R-ODRL-TS-08), and what cannot be compared is not satisfied.
The comparisons are those of access decisions; only the values come from the request and the state, and what sort they
are from the operand or, where nobody knows it, from the type of the right side. Follows: ODRL-RULES parts 3, 4 and 6.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from xinfu.odrl.model.policy import AtomicConstraint
from xinfu.odrl.operands import operand
from xinfu.odrl.report.rdf import Term, TermKind
from xinfu.odrl.values.operators import LISTS, TABLE, FactValue, Maker, Test
from xinfu.odrl.values.sorts import READERS, Moment, Sort, Value
from xinfu.odrl.values.taxonomy import Taxonomy
from xinfu.odrl.values.terms import XSD, short
from xinfu.verdict import Verdict, every, some

_NUMBERS: Final = frozenset(
    [
        "integer",
        "decimal",
        "double",
        "float",
        "int",
        "long",
        "short",
        "byte",
        "nonNegativeInteger",
        "positiveInteger",
        "nonPositiveInteger",
        "negativeInteger",
        "unsignedInt",
        "unsignedLong",
        "unsignedShort",
        "unsignedByte",
    ]
)
_MOMENTS: Final = frozenset({"dateTime", "dateTimeStamp", "date"})
_DURATIONS: Final = frozenset({"duration", "dayTimeDuration", "yearMonthDuration"})
_COLLECTIONS: Final = frozenset({"AssetCollection", "PartyCollection"})
_ORDERS: Final = frozenset({"lt", "lteq", "gt", "gteq"})
_BY_TYPE: Final = frozenset({Sort.CLAIM, Sort.EVENT, Sort.UNIT, Sort.WINDOW})
"""Sorts of operands whose values are read as their type says."""
_TOGETHER: Final = frozenset({Sort.TERM, Sort.PARTY, Sort.ID, Sort.CLAIM})
"""Sorts whose tests take several values at once."""


class StatedValue(msgspec.Struct, frozen=True):
    """A value as it is written, with its unit where it has one."""

    term: Term
    unit: str = ""


class RequestedAct(msgspec.Struct, frozen=True, kw_only=True):
    """An act that a request asks for.

    Attributes:
        rule: the request's rule itself.
        values: what the request says of the act, by left operand.
    """

    rule: Term
    action: str = ""
    assignee: str | None = None
    target: str | None = None
    values: Mapping[str, tuple[StatedValue, ...]] = {}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request; if it asks for nothing, the rules are judged without an act."""

    id: Term | None = None
    asked: tuple[RequestedAct, ...] = ()


class KnownRule(msgspec.Struct, frozen=True, kw_only=True):
    """The state's report on one rule: its performance, and its deontic state.

    Attributes:
        report: the report itself.
        rule: the rule it is about, empty when it does not say.
        performance: short name of its performance state, empty when it does not say; `deontic` likewise.
    """

    report: Term
    kind: str
    rule: str = ""
    performance: str = ""
    deontic: str = ""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the world.

    Attributes:
        time: as it is written there.
        part_of: each member and the collections it is stated to be part of.
        broader: each term and what it is an instance, a subclass, a part or a narrower term of.
        included_in: actions of other vocabularies and those that include them.
        values: what is stated of the world, by left operand.
    """

    time: Term | None = None
    part_of: Mapping[str, frozenset[str]] = {}
    broader: Mapping[str, tuple[str, ...]] = {}
    included_in: Mapping[str, tuple[str, ...]] = {}
    values: Mapping[str, tuple[StatedValue, ...]] = {}
    known: tuple[KnownRule, ...] = ()

    def is_collection(self, name: str) -> bool:
        """Whether it is stated that this is a collection; a policy may leave that to the world."""
        return not _COLLECTIONS.isdisjoint(self.broader.get(short(name), ()))

    @property
    def now(self) -> datetime | None:
        """The time, if it can be read."""
        moment = READERS[Sort.INSTANT](self.time.value) if self.time is not None else None
        return moment.start if isinstance(moment, Moment) else None


def find_values(constraint: AtomicConstraint, asked: RequestedAct, state: State) -> tuple[StatedValue, ...]:
    """The values of the left operand: what the policy itself states, else the request, else the world."""
    left = constraint.left
    if constraint.status is not None:
        return (StatedValue(Term(constraint.status, TermKind.LITERAL), constraint.unit or ""),)
    stated = asked.values.get(left) or state.values.get(left)
    if stated:
        return stated
    if left == "dateTime":
        return (StatedValue(state.time),) if state.time is not None else ()
    if left in ("assignee", "recipient") and asked.assignee:
        return (StatedValue(Term(asked.assignee)),)
    return ()


def judge(constraint: AtomicConstraint, facts: tuple[StatedValue, ...], state: State) -> Verdict:
    """How `constraint` fares with `facts` as the values of its left operand."""
    sort = _sort(constraint)
    make = _maker(sort, constraint.operator) if sort is not None else None
    if sort is None or make is None or not facts or constraint.reference is not None or constraint.unread:
        return Verdict.UNKNOWN
    if constraint.operator not in LISTS and len(constraint.values) != 1:
        return Verdict.UNKNOWN
    values = _right(constraint, sort)
    read = _read(((fact.term.value, fact.unit) for fact in facts), sort)
    if values is None or read is None:
        return Verdict.UNKNOWN
    return _tested(constraint.operator, make(values, Taxonomy(broader=state.broader)), read, sort)


def _maker(sort: Sort, operator: str) -> Maker | None:
    """How values of a sort are compared; a list is any of its values, for whatever knows `eq`."""
    made, equal = TABLE[sort].get(operator), TABLE[sort].get("eq")
    if made is not None or equal is None or operator not in ("isAnyOf", "isNoneOf"):
        return made

    def make(values: tuple[Value, ...], taxonomy: Taxonomy) -> Test:
        tests = [equal((value,), taxonomy) for value in values]

        def test(fact: FactValue) -> Verdict:
            found = some(each(fact) for each in tests) if tests else Verdict.NO
            return found if operator == "isAnyOf" else ~found

        return test

    return make


def _tested(operator: str, test: Test, facts: tuple[Value, ...], sort: Sort) -> Verdict:
    if sort in _TOGETHER and len(facts) > 1:
        return test(tuple(str(fact) for fact in facts))
    verdicts = [test(_fact(fact, sort)) for fact in facts]
    return some(verdicts) if operator in ("eq", "isAnyOf", "hasPart", "isA", "isPartOf") else every(verdicts)


def _fact(value: Value, sort: Sort) -> FactValue:
    if isinstance(value, Moment):
        return value.start
    return (str(value),) if sort is Sort.CLAIM else value


def _right(constraint: AtomicConstraint, sort: Sort) -> tuple[Value, ...] | None:
    return _read(((text, constraint.unit or "") for text in constraint.values), sort)


def _read(written: Iterable[tuple[str, str]], sort: Sort) -> tuple[Value, ...] | None:
    """The values with their units; None when one of them is not of the sort."""
    reader = READERS[sort]
    values = [reader(f"{text} {short(unit)}" if unit else text) for text, unit in written]
    return None if None in values else tuple(value for value in values if value is not None)


def _sort(constraint: AtomicConstraint) -> Sort | None:
    """The sort of the values: that of the operand if it can read the right side, otherwise by the data type.

    A moment is never anything else: without an offset it is unknown, and no mere name.
    """
    known = operand(constraint.left, "")
    if known is not None and known.sort is Sort.INSTANT:
        return known.sort
    if (
        known is not None
        and known.sort not in _BY_TYPE
        and constraint.operator in TABLE[known.sort]
        and _right(constraint, known.sort) is not None
    ):
        return known.sort
    name = (constraint.data_type or "").removeprefix("xsd:").removeprefix(XSD)
    if name in _MOMENTS:
        return Sort.INSTANT
    if name in _DURATIONS:
        return Sort.DURATION
    if name in _NUMBERS:
        return Sort.DECIMAL
    if known is not None and known.sort is Sort.CLAIM and not name:
        return known.sort
    return _guessed(constraint) if constraint.operator in _ORDERS else Sort.TERM


def _guessed(constraint: AtomicConstraint) -> Sort | None:
    """A sort with an order, for a right side that names no type; texts have no order."""
    for sort in (Sort.DECIMAL, Sort.INSTANT, Sort.DURATION):
        if _right(constraint, sort) is not None:
            return sort
    return None
