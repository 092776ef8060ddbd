"""Laws of the compliance report, over policies, requests and states that Hypothesis makes up."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.odrl.test_laws import LAWS, OPERATORS, POLICIES, PROHIBITIONS, VALUES

from xinfu.odrl import AtomicConstraint, Policy, Prohibition
from xinfu.odrl.report.as_rdf import triples
from xinfu.odrl.report.as_text import lines
from xinfu.odrl.report.compliance import Activation, Reading, permits, report
from xinfu.odrl.report.rdf import Syntax, Term, TermKind, write_triples
from xinfu.odrl.report.world import KnownRule, Request, RequestedAct, State, StatedValue, judge
from xinfu.odrl.values.terms import LEFT_OPERANDS, XSD
from xinfu.verdict import Verdict

TEXTS = [
    "a",
    "b",
    "5",
    "5.0",
    "-1",
    "P1M",
    "P30D",
    "2026-01-01Z",
    "2026-01-01T00:00:00Z",
    "CN",
    "100 CNY",
    "",
]
TYPES = [
    None,
    *(f"xsd:{name}" for name in ("string", "integer", "decimal", "dateTime", "date", "duration", "x")),
]
LEFTS = sorted([*LEFT_OPERANDS, *VALUES, "ex:own"])
TERMS = st.builds(Term, st.sampled_from(TEXTS), st.sampled_from([TermKind.LITERAL, TermKind.IRI]))
STATED = st.builds(StatedValue, TERMS, st.sampled_from(["", "", "urn:unit"]))
VALUED = st.dictionaries(st.sampled_from(LEFTS), st.lists(STATED, max_size=2).map(tuple), max_size=3)
ASKED = st.builds(
    RequestedAct,
    rule=st.just(Term("urn:asked")),
    action=st.sampled_from(["use", "read", "distribute", "ex:dance", ""]),
    assignee=st.sampled_from(["did:a", "did:b", None]),
    target=st.sampled_from(["urn:ds", "urn:other", None]),
    values=VALUED,
)
REQUESTS = st.builds(Request, id=st.just(Term("urn:request")), asked=st.lists(ASKED, max_size=2).map(tuple))
KNOWN = st.builds(
    KnownRule,
    report=st.just(Term("urn:known")),
    kind=st.sampled_from(["DutyReport", "ProhibitionReport"]),
    performance=st.sampled_from(["", "Performed", "Unperformed", "Unknown", "Odd"]),
    deontic=st.sampled_from(["", "Fulfilled", "Violated", "NonSet", "Odd"]),
)
STATES = st.builds(
    State,
    time=st.sampled_from(
        [None, Term("2026-01-01T00:00:00Z", TermKind.LITERAL), Term("soon", TermKind.LITERAL)]
    ),
    part_of=st.sampled_from([{}, {"urn:ds": frozenset({"urn:shelf"}), "did:a": frozenset({"urn:group"})}]),
    values=VALUED,
    known=st.lists(KNOWN, max_size=2).map(tuple),
)


@LAWS
@given(POLICIES, REQUESTS, STATES, st.sampled_from(Reading))
def test_a_report_is_total_and_the_same_each_time(
    policy: Policy, request: Request, state: State, reading: Reading
) -> None:
    found = report(policy, request, state, reading=reading)
    assert found == report(policy, request, state, reading=reading)
    count = len(policy.permissions) + len(policy.prohibitions) + len(policy.obligations)
    assert len(found.rules) == count * max(1, len(request.asked))
    for language in ("zh", "en"):
        assert list(lines(found, policy, language))
    assert write_triples(triples(found), Syntax.TURTLE)


@LAWS
@given(POLICIES, REQUESTS, STATES)
def test_ts_03_active_is_what_all_premises_of_a_prohibition_are(
    policy: Policy, request: Request, state: State
) -> None:
    for rule in report(policy, request, state).rules:
        satisfied = all(premise.verdict is Verdict.YES for premise in rule.premises)
        if isinstance(rule.rule, Prohibition):
            assert (rule.activation is Activation.ACTIVE) is satisfied
        elif rule.activation is Activation.ACTIVE:
            assert satisfied


@LAWS
@given(POLICIES, PROHIBITIONS, REQUESTS, STATES)
def test_adding_a_prohibition_never_permits_more(
    policy: Policy, barrier: Prohibition, request: Request, state: State
) -> None:
    more = msgspec.structs.replace(policy, prohibitions=(*policy.prohibitions, barrier))
    if not permits(report(policy, request, state), policy):
        assert not permits(report(more, request, state), more)


@LAWS
@given(
    st.sampled_from(LEFTS),
    st.sampled_from(OPERATORS),
    st.lists(st.sampled_from(TEXTS), max_size=2).map(tuple),
    st.sampled_from(TYPES),
    st.sampled_from([None, "urn:unit"]),
    st.lists(STATED, max_size=3).map(tuple),
)
def test_any_operator_on_any_values_has_a_verdict(
    left: str,
    operator: str,
    right: tuple[str, ...],
    kind: str | None,
    unit: str | None,
    facts: tuple[StatedValue, ...],
) -> None:
    constraint = AtomicConstraint(left=left, operator=operator, right=right, data_type=kind, unit=unit)
    state = State(broader={"a": ("b",), "b": ("a",)})
    verdict = judge(constraint, facts, state)
    assert verdict in Verdict
    if not facts:
        assert verdict is Verdict.UNKNOWN


def test_every_type_of_number_is_a_number() -> None:
    for name in ("integer", "decimal", "double", "long", "nonNegativeInteger"):
        for data_type in (f"xsd:{name}", XSD + name):
            constraint = AtomicConstraint(left="ex:n", operator="lt", right="10", data_type=data_type)
            assert judge(constraint, (StatedValue(Term("9", TermKind.LITERAL)),), State()) is Verdict.YES
