"""The compliance report: how every rule of a policy fares with a request in a state of the world.

All premises are judged, satisfied or not; a rule has one for each part that it has, and none for what it leaves open
(R-ODRL-TS-01, 02). There are two readings of "active". In that of the compliance report (the one of the ODRL
evaluator test suite) target, party and action count among the premises, and a duty bars its permission when it is
violated. In that of the formal semantics only constraints make a rule active, and a duty has to be fulfilled; access
decisions (`evaluate`) go by that one, and fail closed beyond it. Follows: ODRL-RULES parts 4 and 5; Compliance Report
Model 0.9.0; W3C community draft ODRL Formal Semantics.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

import msgspec

from xinfu.odrl.engine.faults import policy_faults, unread_fault
from xinfu.odrl.engine.registry import REGISTRY, Registry
from xinfu.odrl.model.policy import (
    AtomicConstraint,
    Conflict,
    Constraint,
    Duty,
    Logic,
    Permission,
    Policy,
    PolicyKind,
    Prohibition,
    Reference,
    Rule,
)
from xinfu.odrl.report.rdf import Term
from xinfu.odrl.report.world import KnownRule, Request, RequestedAct, State, StatedValue, find_values, judge
from xinfu.odrl.values.terms import including_actions
from xinfu.verdict import Verdict, exactly_one, some

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN


class Reading(StrEnum):
    """The readings of "active": for compliance, or formal."""

    COMPLIANCE = "compliance"
    FORMAL = "formal"


class Activation(StrEnum):
    """Whether a rule is in effect."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"


class Attempt(StrEnum):
    """Whether a request tries what the rule speaks of."""

    ATTEMPTED = "Attempted"
    NOT_ATTEMPTED = "NotAttempted"


class Performance(StrEnum):
    """Whether the action was performed; `Unperformed`: it was not and no longer can be."""

    PERFORMED = "Performed"
    UNPERFORMED = "Unperformed"
    UNKNOWN = "Unknown"


class Deontic(StrEnum):
    """The deontic state of a rule."""

    NON_SET = "NonSet"
    VIOLATED = "Violated"
    FULFILLED = "Fulfilled"


class Premise(StrEnum):
    """The parts of a rule that are judged, by the class of their report."""

    TARGET = "TargetReport"
    PARTY = "PartyReport"
    ACTION = "ActionReport"
    CONSTRAINT = "ConstraintReport"


DERIVED: Final[dict[tuple[type[Rule], Activation, Performance], Deontic]] = {
    (Permission, Activation.ACTIVE, Performance.PERFORMED): Deontic.FULFILLED,
    (Permission, Activation.INACTIVE, Performance.PERFORMED): Deontic.VIOLATED,
    (Prohibition, Activation.ACTIVE, Performance.PERFORMED): Deontic.VIOLATED,
    (Duty, Activation.ACTIVE, Performance.PERFORMED): Deontic.FULFILLED,
    (Duty, Activation.ACTIVE, Performance.UNPERFORMED): Deontic.VIOLATED,
}
"""The deontic state by kind of rule, activation and performance; `NonSet` for any other combination."""


class PremiseReport(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one part of a rule.

    Attributes:
        verdict: satisfied is YES; NO and UNKNOWN are both unsatisfied in the report.
        constraint: the constraint, in a constraint report.
        values: the values found for the left operand.
        premises: the parts of a logical constraint, and the refinements of an action, asset or party.
    """

    kind: Premise
    verdict: Verdict
    constraint: Constraint | None = None
    values: tuple[StatedValue, ...] = ()
    premises: tuple["PremiseReport", ...] = ()


class RuleReport(msgspec.Struct, frozen=True, kw_only=True):
    """How one atomic rule fares with one thing that is asked.

    Attributes:
        path: where the rule stands, `permission[0]`.
        asked: what is asked, None when nothing is.
        conditions: reports of the state about the duties that the permission depends on.
        performance: where the state knows of it; `deontic` likewise.
        place: which of the things that are asked it is, from 0.
        matches: target, party and action of the rule are those of what is asked.
    """

    path: str
    rule: Rule
    asked: Term | None
    attempt: Attempt
    activation: Activation
    premises: tuple[PremiseReport, ...] = ()
    conditions: tuple[Term, ...] = ()
    performance: Performance | None = None
    deontic: Deontic | None = None
    place: int = 0
    matches: bool = True


class PolicyReport(msgspec.Struct, frozen=True, kw_only=True):
    """How a policy fares.

    Attributes:
        created: the time of the state, as written there.
        asked: the things that are asked, in the order of the request.
    """

    policy: str | None
    request: Term | None
    created: Term | None
    asked: tuple[RequestedAct, ...] = ()
    rules: tuple[RuleReport, ...] = ()


def report(
    policy: Policy,
    request: Request,
    state: State,
    *,
    reading: Reading = Reading.COMPLIANCE,
    registry: Registry = REGISTRY,
) -> PolicyReport:
    """The report of `policy`; the same input gives the same report, whatever the order of its rules' parts."""
    run = _Run(policy, state, reading, closed=next(policy_faults(policy, registry), None) is not None)
    asked = tuple(enumerate(request.asked or (None,)))
    rules = tuple(run.rule(path, rule, each, place) for path, rule in _rules(policy) for place, each in asked)
    return PolicyReport(
        policy=policy.id, request=request.id, created=state.time, asked=request.asked, rules=rules
    )


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Whether one of the things that a request asks for may be done."""

    asked: RequestedAct
    is_permitted: bool


def answers(report: PolicyReport, policy: Policy) -> tuple[Answer, ...]:
    """Whether each thing that is asked may be done, in the order of the request; empty when nothing is asked.

    It may be done if a permission that matches it is active and no prohibition that wins over it is active and
    matches. Where both are active and no strategy is named, the policy is void and permits nothing.
    Follows: R-ODRL-EVAL-03, 07 and 08. In the formal reading "active" does not say that a rule matches.
    """
    found: list[set[type[Rule]]] = [set() for _ in report.asked]
    for rule in report.rules:
        if report.asked and rule.matches and rule.activation is Activation.ACTIVE:
            found[rule.place].add(type(rule.rule))
    wins = policy.conflict is Conflict.PERM
    return tuple(
        Answer(asked=asked, is_permitted=Permission in kinds and (wins or Prohibition not in kinds))
        for asked, kinds in zip(report.asked, found, strict=True)
    )


def permits(report: PolicyReport, policy: Policy) -> bool:
    """Whether all that is asked may be done (`answers`); False when nothing is asked."""
    found = answers(report, policy)
    return bool(found) and all(each.is_permitted for each in found)


def _rules(policy: Policy) -> Iterator[tuple[str, Rule]]:
    yield from ((f"permission[{i}]", rule) for i, rule in enumerate(policy.permissions))
    yield from ((f"prohibition[{i}]", rule) for i, rule in enumerate(policy.prohibitions))
    yield from ((f"obligation[{i}]", rule) for i, rule in enumerate(policy.obligations))


class _Run:
    """The judgement of one policy in one state."""

    def __init__(self, policy: Policy, state: State, reading: Reading, *, closed: bool) -> None:
        self.policy = policy
        self.state = state
        self.reading = reading
        self.closed = closed or policy.kind is PolicyKind.OFFER

    def rule(self, path: str, rule: Rule, asked: RequestedAct | None, place: int) -> RuleReport:
        given = asked or RequestedAct(rule=Term(""))
        constraints = (self._constraint(each, given) for each in rule.constraints)
        scope = tuple(self._scope(rule, given))
        premises = (*scope, *constraints)
        conditions = self._conditions(rule)
        activation = self._activation(rule, premises, conditions)
        performance = self._performance(rule)
        return RuleReport(
            path=path,
            rule=rule,
            asked=asked.rule if asked is not None else None,
            attempt=_attempt(rule, asked),
            activation=activation,
            premises=premises,
            place=place,
            matches=all(each.verdict is YES for each in scope),
            conditions=tuple(known.report for known in conditions),
            performance=performance,
            deontic=None if performance is None else self._deontic(rule, activation, performance),
        )

    def _scope(self, rule: Rule, asked: RequestedAct) -> Iterator[PremiseReport]:
        """Target, party and action, as far as the rule has them.

        An obligation is owed whatever is asked, so that only its party counts.
        """
        target, assignee = self._reference(rule, "target"), self._reference(rule, "assignee")
        if target is not None and not isinstance(rule, Duty):
            yield self._named(Premise.TARGET, target, asked.target, asked)
        if assignee is not None:
            yield self._named(Premise.PARTY, assignee, asked.assignee, asked)
        if rule.action and not isinstance(rule, Duty):
            refined = tuple(self._constraint(each, asked) for each in rule.refinements)
            verdict = _all([_said(self._covers(rule.action, asked.action)), *_verdicts(refined)])
            yield PremiseReport(kind=Premise.ACTION, verdict=verdict, premises=refined)

    def _reference(self, rule: Rule, name: str) -> Reference | None:
        own: Reference | None = getattr(rule, name)
        common: str | None = getattr(self.policy, name)
        return own or (Reference(id=common) if common is not None else None)

    def _named(
        self, kind: Premise, reference: Reference, given: str | None, asked: RequestedAct
    ) -> PremiseReport:
        """The report on a target or party: the requested one is named, or is stated to be part of the named one."""
        names = set(reference.names)
        is_collection = reference.is_collection or any(map(self.state.is_collection, names))
        is_member = is_collection and not names.isdisjoint(self.state.part_of.get(given or "", ()))
        refined = tuple(self._constraint(each, asked) for each in reference.refinements)
        verdict = _all([_said(given in names or is_member), *_verdicts(refined)])
        return PremiseReport(kind=kind, verdict=verdict, premises=refined)

    def _covers(self, action: str, asked: str) -> bool:
        """Whether a rule about `action` speaks of what is asked: the same, or below it in the tree."""
        seen, waiting = {""}, [asked]
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.update(including_actions(name))
                waiting += [
                    above
                    for each in including_actions(name)
                    for above in self.state.included_in.get(each, ())
                ]
        return action in seen

    def _constraint(self, constraint: Constraint, asked: RequestedAct) -> PremiseReport:
        """The report on one constraint; the depth is bounded by the limits of a policy."""
        if isinstance(constraint, AtomicConstraint):
            values = find_values(constraint, asked, self.state)
            verdict = judge(constraint, values, self.state)
            return PremiseReport(
                kind=Premise.CONSTRAINT, verdict=verdict, constraint=constraint, values=values
            )
        parts = tuple(self._constraint(part, asked) for part in constraint.parts)
        is_read = parts and unread_fault(constraint.unread, "") is None
        verdict = _combined(constraint.op, _verdicts(parts)) if is_read else UNKNOWN
        return PremiseReport(kind=Premise.CONSTRAINT, verdict=verdict, constraint=constraint, premises=parts)

    def _conditions(self, rule: Rule) -> tuple[KnownRule, ...]:
        """The state's reports on the duties of a permission; if it names none of them, its reports on any duties."""
        if not isinstance(rule, Permission) or not rule.duties:
            return ()
        duties = {duty.id for duty in rule.duties}
        known = [each for each in self.state.known if each.kind == "DutyReport"]
        return tuple([each for each in known if each.rule in duties] or known)

    def _activation(
        self, rule: Rule, premises: tuple[PremiseReport, ...], conditions: tuple[KnownRule, ...]
    ) -> Activation:
        counted = premises
        if self.reading is Reading.FORMAL:
            counted = tuple(each for each in premises if each.kind is Premise.CONSTRAINT)
        holds = all(each.verdict is YES for each in counted)
        if isinstance(rule, Permission):
            unread = self.closed or unread_fault(rule.unread, "") is not None
            holds = holds and not unread and self._may(rule, conditions)
        return Activation.ACTIVE if holds else Activation.INACTIVE

    def _may(self, rule: Permission, conditions: tuple[KnownRule, ...]) -> bool:
        """Whether the duties let the permission be active."""
        if self.reading is Reading.FORMAL:
            return all(self._fulfilled(duty) for duty in rule.duties)
        duties = {duty.id: duty for duty in rule.duties if duty.id is not None}
        return not any(self._violated(known, duties.get(known.rule)) for known in conditions)

    def _violated(self, known: KnownRule, duty: Duty | None) -> bool:
        """Whether a duty is violated; if done late, not once its consequences are fulfilled (R-ODRL-RULE-08)."""
        if known.deontic:
            is_violated = known.deontic == Deontic.VIOLATED
        else:
            is_violated = known.performance == Performance.UNPERFORMED
        if not is_violated or duty is None or not duty.consequences:
            return is_violated
        done = known.performance == Performance.PERFORMED
        return not (done and all(self._fulfilled(each) for each in duty.consequences))

    def _fulfilled(self, duty: Duty) -> bool:
        """Whether the state knows that `duty` was fulfilled, or its constraints say that it is not owed."""
        known = [each for each in self.state.known if each.rule == duty.id]
        if any(
            (each.deontic or each.performance) in (Deontic.FULFILLED, Performance.PERFORMED) for each in known
        ):
            return True
        nobody = RequestedAct(rule=Term(""))
        return any(self._constraint(each, nobody).verdict is NO for each in duty.constraints)

    def _performance(self, rule: Rule) -> Performance | None:
        """The performance of a rule that the state reports; without a report UNKNOWN for an obligation, else None."""
        known = [
            each.performance for each in self.state.known if rule.id is not None and each.rule == rule.id
        ]
        names = [name for name in known if name in list(Performance)]
        if names:
            return Performance(names[0])
        return Performance.UNKNOWN if isinstance(rule, Duty) else None

    def _deontic(self, rule: Rule, activation: Activation, performance: Performance) -> Deontic:
        """The deontic state by the table; `NonSet` if all remedies of a prohibition are done (R-ODRL-RULE-07)."""
        derived = DERIVED.get((type(rule), activation, performance), Deontic.NON_SET)
        if isinstance(rule, Prohibition) and rule.remedies and all(map(self._fulfilled, rule.remedies)):
            return Deontic.NON_SET
        return derived


def _attempt(rule: Rule, asked: RequestedAct | None) -> Attempt:
    """A request attempts every permission and prohibition; nothing asks for an obligation."""
    return Attempt.NOT_ATTEMPTED if asked is None or isinstance(rule, Duty) else Attempt.ATTEMPTED


def _verdicts(premises: tuple[PremiseReport, ...]) -> list[Verdict]:
    return [premise.verdict for premise in premises]


def _said(holds: bool) -> Verdict:
    return YES if holds else NO


def _all(verdicts: list[Verdict]) -> Verdict:
    lowest = YES
    for verdict in verdicts:
        lowest = lowest & verdict
    return lowest


def _combined(op: Logic, verdicts: list[Verdict]) -> Verdict:
    """The verdict of a logical constraint; a sequence is judged as `and`, as the state has no order of events."""
    match op:
        case Logic.OR:
            return some(verdicts)
        case Logic.XONE:
            return exactly_one(verdicts)
    return _all(verdicts)
