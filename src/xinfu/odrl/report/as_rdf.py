"""A compliance report as triples, in the vocabulary of the ODRL evaluator test suite.

An atomic constraint that is satisfied states both sides and its operator, one that is not only the value that was
found. Follows: Compliance Report Model 0.9.0; ODRL-RULES part 5.
"""

from collections.abc import Iterator
from itertools import count

from xinfu.odrl.model.policy import (
    AtomicConstraint,
    Constraint,
    LogicalConstraint,
    Permission,
    Prohibition,
    Rule,
)
from xinfu.odrl.report.compliance import PolicyReport, PremiseReport, RuleReport
from xinfu.odrl.report.rdf import DCT, RDF, REPORT, Term, TermKind, Triple, is_iri
from xinfu.odrl.values.terms import ODRL, iri
from xinfu.verdict import Verdict


def triples(report: PolicyReport) -> tuple[Triple, ...]:
    """The statements of `report`; its own nodes are blank, so that two equal reports are equal graphs."""
    return tuple(_Writer().policy(report))


class _Writer:
    """The writing of one report; numbers its blank nodes."""

    def __init__(self) -> None:
        self.numbers = count()

    def node(self) -> Term:
        return Term(f"r{next(self.numbers)}", TermKind.BLANK)

    def named(self, name: str | None) -> Term:
        """The node with that id, or a blank one."""
        return Term(name) if name and is_iri(name) else self.node()

    def policy(self, report: PolicyReport) -> Iterator[Triple]:
        node = self.node()
        yield node, RDF + "type", Term(REPORT + "PolicyReport")
        if report.created is not None:
            yield node, DCT + "created", report.created
        yield node, REPORT + "policy", self.named(report.policy)
        if report.request is not None:
            yield node, REPORT + "policyRequest", report.request
        for rule in report.rules:
            inner = self.node()
            yield node, REPORT + "ruleReport", inner
            yield from self.rule(inner, rule)

    def rule(self, node: Term, report: RuleReport) -> Iterator[Triple]:
        yield node, RDF + "type", Term(REPORT + _class(report.rule))
        yield node, REPORT + "rule", self.named(report.rule.id)
        if report.asked is not None:
            yield node, REPORT + "ruleRequest", report.asked
        yield node, REPORT + "attemptState", Term(REPORT + report.attempt)
        yield node, REPORT + "activationState", Term(REPORT + report.activation)
        if report.performance is not None:
            yield node, REPORT + "performanceState", Term(REPORT + report.performance)
        if report.deontic is not None:
            yield node, REPORT + "deonticState", Term(REPORT + report.deontic)
        for condition in report.conditions:
            yield node, REPORT + "conditionReport", condition
        yield from self.premises(node, report.premises)

    def premises(self, node: Term, premises: tuple[PremiseReport, ...]) -> Iterator[Triple]:
        for premise in premises:
            inner = self.node()
            yield node, REPORT + "premiseReport", inner
            yield inner, RDF + "type", Term(REPORT + premise.kind)
            satisfied = "Satisfied" if premise.verdict is Verdict.YES else "Unsatisfied"
            yield inner, REPORT + "satisfactionState", Term(REPORT + satisfied)
            if premise.constraint is not None:
                yield inner, REPORT + "constraint", self.named(premise.constraint.id)
                yield from _compared(inner, premise, premise.constraint)
            yield from self.premises(inner, premise.premises)


def _class(rule: Rule) -> str:
    if isinstance(rule, Permission):
        return "PermissionReport"
    return "ProhibitionReport" if isinstance(rule, Prohibition) else "DutyReport"


def _compared(node: Term, premise: PremiseReport, constraint: Constraint) -> Iterator[Triple]:
    if isinstance(constraint, LogicalConstraint):
        yield node, REPORT + "constraintLogicalOperand", Term(ODRL + constraint.op)
        return
    for value in premise.values:
        yield node, REPORT + "constraintLeftOperand", value.term
    if premise.verdict is Verdict.YES:
        yield node, REPORT + "constraintOperator", Term(iri(constraint.operator))
        for text in constraint.values:
            yield node, REPORT + "constraintRightOperand", _right(text, constraint)


def _right(text: str, constraint: AtomicConstraint) -> Term:
    """The right side as it stood: with its type, or an IRI, or a plain text."""
    if constraint.data_type is not None and constraint.data_type != "xsd:string":
        return Term(text, TermKind.LITERAL, iri(constraint.data_type))
    if constraint.data_type is None and is_iri(text):
        return Term(text)
    return Term(text, TermKind.LITERAL)
