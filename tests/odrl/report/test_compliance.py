"""The compliance report: the cases of the ODRL evaluator test suite, and one case for every rule beside them."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import rdflib

from xinfu.odrl.model.policy import Policy
from xinfu.odrl.report.as_rdf import triples
from xinfu.odrl.report.as_text import lines
from xinfu.odrl.report.compliance import (
    Activation,
    Attempt,
    Deontic,
    Performance,
    PolicyReport,
    Premise,
    Reading,
    RuleReport,
    answers,
    permits,
    report,
)
from xinfu.odrl.report.documents import read_policy, read_request, read_state
from xinfu.odrl.report.rdf import REPORT, Syntax, write_triples
from xinfu.verdict import Verdict

PREFIXES = """
@prefix odrl: <http://www.w3.org/ns/odrl/2/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix report: <https://w3id.org/force/compliance-report#> .
@prefix temp: <http://example.com/request/> .
@prefix ex: <http://example.org/> .
"""
REQUEST = "odrl:assignee ex:alice ; odrl:action odrl:read ; odrl:target ex:x"
NOW = 'temp:currentTime dct:issued "2024-02-12T11:20:10.999Z"^^xsd:dateTime .'
YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN


def judged(
    rules: str,
    *,
    request: str = REQUEST,
    state: str = NOW,
    more: str = "",
    reading: Reading = Reading.COMPLIANCE,
) -> tuple[PolicyReport, Policy]:
    policy = read_policy(f"{PREFIXES} ex:policy a odrl:Set ; {rules} . {more}")
    asked = read_request(
        f"{PREFIXES} ex:request a odrl:Request ; odrl:permission ex:asked . ex:asked {request} ."
    )
    return report(policy, asked, read_state(PREFIXES + state), reading=reading), policy


def one(rules: str, **given: Any) -> RuleReport:
    return judged(rules, **given)[0].rules[0]


def permission(inside: str, **given: Any) -> RuleReport:
    return one(f"odrl:permission [ a odrl:Permission ; {inside} ]", **given)


def is_active(found: RuleReport) -> bool:
    return found.activation is Activation.ACTIVE


def _cases() -> list[str]:
    return [f"{number:03}" for number in range(2, 69, 2)]


@pytest.fixture(scope="module")
def suite(shared: Path) -> dict[str, dict[str, str]]:
    """The cases by number, as the index lists them."""
    index = json.loads((shared / "spec/odrl/cases.json").read_text())["cases"]
    return {Path(case["file"]).name.split("-")[1]: case for case in index}


@pytest.mark.parametrize("number", _cases())
@pytest.mark.parametrize("syntax", list(Syntax))
def test_a_case_of_the_suite_gives_the_expected_graph(
    suite: dict[str, dict[str, str]], shared: Path, number: str, syntax: Syntax
) -> None:
    folder, case = shared / "spec/odrl", suite[number]
    texts = {name: (folder / case[name]).read_text() for name in ("policy", "request", "sotw")}
    found = report(read_policy(texts["policy"]), read_request(texts["request"]), read_state(texts["sotw"]))
    ours = rdflib.Graph().parse(
        data=write_triples(triples(found), syntax),
        format={Syntax.TURTLE: "turtle", Syntax.JSON_LD: "json-ld"}[syntax],
    )
    (root,) = ours.subjects(rdflib.RDF.type, rdflib.URIRef(REPORT + "PolicyReport"))
    expected = rdflib.Graph().parse(folder / case["file"], format="turtle")
    assert tree(ours, root) == tree(expected, rdflib.URIRef(case["expectedReport"]))


Tree = Any


def tree(graph: rdflib.Graph, node: rdflib.term.Node) -> Tree:
    """All that is said about a report and the reports in it, without the names of these.

    Reports are trees, so two of them are equal graphs, up to these names, when their trees are equal.
    """
    about = list(graph.predicate_objects(node))
    if not any(str(name).startswith(REPORT) for name, _ in about):
        return str(node)
    return frozenset(Counter((str(name), tree(graph, value)) for name, value in about).items())


def test_the_same_files_say_the_same_in_json_ld(suite: dict[str, dict[str, str]], shared: Path) -> None:
    for number in ("030", "054", "060", "066"):
        case = suite[number]
        turtle = {
            name: (shared / "spec/odrl" / case[name]).read_text() for name in ("policy", "request", "sotw")
        }
        linked = {
            name: rdflib.Graph().parse(data=text, format="turtle").serialize(format="json-ld")
            for name, text in turtle.items()
        }
        reports = [
            triples(
                report(
                    read_policy(texts["policy"]), read_request(texts["request"]), read_state(texts["sotw"])
                )
            )
            for texts in (turtle, linked)
        ]
        assert len(reports[0]) == len(reports[1])


def test_ts_01_a_rule_has_a_premise_for_each_part_that_it_has() -> None:
    assert permission("").premises == ()
    assert is_active(permission(""))
    whole = permission("odrl:assignee ex:alice ; odrl:action odrl:use ; odrl:target ex:x")
    assert [premise.kind for premise in whole.premises] == [Premise.TARGET, Premise.PARTY, Premise.ACTION]
    assert is_active(whole)


ACTIONS = [
    ("odrl:use", "odrl:read", True),
    ("odrl:read", "odrl:read", True),
    ("odrl:read", "odrl:use", False),
    ("odrl:use", "odrl:sell", False),
    ("odrl:transfer", "odrl:sell", True),
    ("odrl:transfer", "odrl:give", True),
    ("odrl:play", "odrl:display", True),
    ("odrl:use", "odrl:display", True),
    ("odrl:reproduce", "odrl:extract", True),
    ("odrl:use", "odrl:write", True),
    ("odrl:modify", "odrl:write", True),
    ("odrl:write", "odrl:modify", True),
    ("odrl:read", "odrl:write", False),
    ("<http://creativecommons.org/ns#Sharing>", "odrl:share", True),
    ("odrl:lease", "odrl:lease", True),
    ("ex:own", "ex:own", True),
    ("odrl:use", "ex:own", False),
    ("odrl:use", "ex:below", True),
    ("odrl:transfer", "ex:below", False),
]


@pytest.mark.parametrize(("rule", "asked", "covered"), ACTIONS)
def test_an_action_covers_itself_and_what_is_included_in_it(rule: str, asked: str, covered: bool) -> None:
    state = f"{NOW} ex:below odrl:includedIn ex:between . ex:between odrl:includedIn odrl:read ."
    for kind in ("permission", "prohibition"):
        found = one(f"odrl:{kind} [ odrl:action {rule} ]", request=f"odrl:action {asked}", state=state)
        assert is_active(found) is covered


DATES = {"eq": "=", "neq": "<>", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}
COMPARED = {
    "2024-02-12T11:20:10.998Z": ">",
    "2024-02-12T11:20:10.999Z": "=",
    "2024-02-12T12:20:10.999+01:00": "=",
    "2024-02-12T11:20:11Z": "<",
}


@pytest.mark.parametrize("operator", DATES)
@pytest.mark.parametrize("right", COMPARED)
def test_ts_06_moments_are_compared_with_the_time_of_the_state(operator: str, right: str) -> None:
    constraint = (
        f'odrl:leftOperand odrl:dateTime ; odrl:operator odrl:{operator} ; odrl:rightOperand "{right}"'
    )
    found = permission(f"odrl:constraint [ {constraint}^^xsd:dateTime ]")
    assert is_active(found) is (COMPARED[right] in DATES[operator])


@pytest.mark.parametrize(
    ("operator", "listed", "expected"),
    [
        ("isAnyOf", ["2024-02-12T12:20:10.999+01:00", "2030-01-01T00:00:00Z"], True),
        ("isAnyOf", ["2024-02-12Z"], True),
        ("isAnyOf", ["2030-01-01T00:00:00Z"], False),
        ("isNoneOf", ["2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"], True),
        ("isNoneOf", ["2030-01-01T00:00:00Z", "2024-02-12T11:20:10.999Z"], False),
        ("isNoneOf", ["2030-01-01T00:00:00"], False),
    ],
)
def test_a_list_of_moments_is_any_of_them(operator: str, listed: list[str], expected: bool) -> None:
    right = ", ".join(f'"{each}"' for each in listed)
    constraint = f"odrl:leftOperand odrl:dateTime ; odrl:operator odrl:{operator} ; odrl:rightOperand {right}"
    assert is_active(permission(f"odrl:constraint [ {constraint} ]")) is expected


CONSTRAINTS = [
    ("odrl:count", "lteq", '"5"^^xsd:integer', "4", YES),
    ("odrl:count", "lteq", '"5"^^xsd:integer', "5.0", YES),
    ("odrl:count", "lt", "5", "5", NO),
    ("odrl:count", "eq", "5.0", "5", YES),
    ("odrl:count", "neq", "5", "4", YES),
    ("odrl:count", "gt", "5", "6", YES),
    ("odrl:count", "gteq", "5", "4", NO),
    ("odrl:percentage", "lteq", "50.5", "50.50", YES),
    ("ex:score", "gt", "1.5", "1.6", YES),
    ("ex:score", "gt", "1.5", '"high"', UNKNOWN),
    ("ex:score", "isAnyOf", "1, 2", "2.0", YES),
    ("ex:score", "isNoneOf", "1, 2", "2.0", NO),
    ("odrl:elapsedTime", "lt", '"P30D"^^xsd:duration', '"P29D"^^xsd:duration', YES),
    ("odrl:elapsedTime", "lt", '"P1M"^^xsd:duration', '"P30D"^^xsd:duration', UNKNOWN),
    ("odrl:elapsedTime", "eq", '"PT24H"^^xsd:duration', '"P1D"^^xsd:duration', YES),
    ("odrl:purpose", "eq", "ex:research", "ex:research", YES),
    ("odrl:purpose", "eq", "ex:research", "ex:sale", NO),
    ("odrl:purpose", "neq", "ex:research", "ex:sale", YES),
    ("odrl:purpose", "isAnyOf", "ex:research, ex:teaching", "ex:teaching", YES),
    ("odrl:purpose", "isAnyOf", "ex:research, ex:teaching", "ex:sale", NO),
    ("odrl:purpose", "isNoneOf", "ex:sale, ex:ads", "ex:research", YES),
    ("odrl:purpose", "isNoneOf", "ex:sale, ex:ads", "ex:ads", NO),
    ("odrl:purpose", "isAllOf", "ex:a, ex:b", "ex:a, ex:b, ex:c", YES),
    ("odrl:purpose", "isAllOf", "ex:a, ex:b", "ex:a", NO),
    ("odrl:purpose", "isA", "ex:science", "ex:physics", YES),
    ("odrl:purpose", "isA", "ex:physics", "ex:science", NO),
    ("odrl:purpose", "isA", "ex:science", "ex:nowhere", UNKNOWN),
    ("odrl:purpose", "isPartOf", "ex:europe", "ex:ghent", YES),
    ("odrl:purpose", "hasPart", "ex:ghent", "ex:europe", YES),
    ("odrl:purpose", "hasPart", "ex:europe", "ex:ghent", NO),
    ("odrl:spatial", "isPartOf", '"CN"', '"CN-HN"', YES),
    ("odrl:spatial", "eq", '"CN"', '"DE"', NO),
    ("odrl:spatial", "isPartOf", "ex:europe", "ex:ghent", YES),
    ("odrl:language", "eq", '"en"', '"en"', YES),
    ("odrl:purpose", "lt", "ex:a", "ex:b", UNKNOWN),
    ("odrl:purpose", "eq", "ex:a", None, UNKNOWN),
    ("odrl:recipient", "eq", "ex:alice", None, YES),
    ("odrl:assignee", "isNoneOf", "ex:alice, ex:bob", None, NO),
    ("odrl:dateTime", "lteq", '"2024-02-12Z"^^xsd:date', None, YES),
    ("odrl:dateTime", "lt", '"2024-02-12Z"^^xsd:date', None, NO),
    ("odrl:dateTime", "eq", '"2024-02-12Z"^^xsd:date', None, YES),
    ("odrl:dateTime", "lt", '"soon"^^xsd:dateTime', None, UNKNOWN),
]
WORLD = (
    NOW
    + " ex:physics a ex:natural . ex:natural rdfs:subClassOf ex:science . ex:ghent odrl:partOf ex:flanders . "
    "ex:flanders odrl:partOf ex:europe ."
)


@pytest.mark.parametrize(("left", "operator", "right", "value", "expected"), CONSTRAINTS)
def test_every_operator_is_judged_with_what_the_request_or_the_state_says(
    left: str, operator: str, right: str, value: str | None, expected: Verdict
) -> None:
    inside = f"odrl:constraint [ odrl:leftOperand {left} ; odrl:operator odrl:{operator} ; odrl:rightOperand {right} ]"
    said = f"odrl:leftOperand {left} ; odrl:operator odrl:eq ; odrl:rightOperand {value}"
    in_request = f"{REQUEST} ; odrl:constraint [ {said} ]" if value else REQUEST
    in_state = f"{WORLD} ex:fact {said} ." if value else WORLD
    for given in ({"request": in_request, "state": WORLD}, {"state": in_state}):
        found = permission(inside, **given)
        assert found.premises[0].verdict is expected
        assert is_active(found) is (expected is YES)


def test_con_04_units_are_not_mixed() -> None:
    inside = "odrl:leftOperand odrl:payAmount ; odrl:operator odrl:lteq ; odrl:rightOperand 5.00 ; odrl:unit"
    for unit, expected in (("ex:EUR", YES), ("ex:USD", UNKNOWN)):
        fact = f"ex:fact odrl:leftOperand odrl:payAmount ; odrl:rightOperand 4.00 ; odrl:unit {unit} ."
        found = permission(f"odrl:constraint [ {inside} ex:EUR ]", state=NOW + fact)
        assert found.premises[0].verdict is expected


def test_con_02_a_right_side_elsewhere_is_not_fetched_and_con_03_a_status_is_the_value() -> None:
    elsewhere = "odrl:leftOperand odrl:purpose ; odrl:operator odrl:eq ; odrl:rightOperandReference ex:p"
    assert not is_active(permission(f"odrl:constraint [ {elsewhere} ]"))
    stated = "odrl:leftOperand odrl:count ; odrl:operator odrl:lt ; odrl:rightOperand 5 ; odrl:status 4"
    assert is_active(permission(f"odrl:constraint [ {stated} ]"))


TRUE = 'odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lt ; odrl:rightOperand "2025-01-01T00:00:00Z"^^xsd:dateTime'
FALSE = TRUE.replace("odrl:lt", "odrl:gt")
OPEN = "odrl:leftOperand ex:nothing ; odrl:operator odrl:eq ; odrl:rightOperand 1"
LOGIC = [
    ("and", (TRUE, TRUE), YES),
    ("and", (TRUE, FALSE), NO),
    ("and", (TRUE, OPEN), UNKNOWN),
    ("and", (FALSE, OPEN), NO),
    ("or", (FALSE, FALSE), NO),
    ("or", (TRUE, FALSE), YES),
    ("or", (TRUE, OPEN), YES),
    ("or", (FALSE, OPEN), UNKNOWN),
    ("xone", (TRUE, FALSE), YES),
    ("xone", (TRUE, TRUE), NO),
    ("xone", (FALSE, FALSE), NO),
    ("xone", (TRUE, OPEN), UNKNOWN),
    ("xone", (TRUE, TRUE, OPEN), NO),
]


@pytest.mark.parametrize(("op", "parts", "expected"), LOGIC)
def test_ts_07_a_logical_constraint_reports_every_part(
    op: str, parts: tuple[str, ...], expected: Verdict
) -> None:
    listed = " , ".join(f"[ {part} ]" for part in parts)
    (premise,) = permission(f"odrl:constraint [ odrl:{op} {listed} ]").premises
    assert (premise.verdict, len(premise.premises)) == (expected, len(parts))


@pytest.mark.parametrize(("parts", "expected"), [((TRUE, TRUE), YES), ((TRUE, FALSE), NO)])
def test_a_sequence_is_judged_as_all_of_it(parts: tuple[str, ...], expected: Verdict) -> None:
    listed = " ".join(f"[ {part} ]" for part in parts)
    (premise,) = permission(f"odrl:constraint [ odrl:andSequence ( {listed} ) ]").premises
    assert (premise.verdict, len(premise.premises)) == (expected, 2)


def test_logical_constraints_nest() -> None:
    inner = f"[ odrl:or [ {FALSE} ] , [ odrl:xone [ {TRUE} ] , [ {FALSE} ] ] ]"
    assert is_active(permission(f"odrl:constraint [ odrl:and [ {TRUE} ] , {inner} ]"))
    assert not is_active(permission(f"odrl:constraint [ odrl:and [ {FALSE} ] , {inner} ]"))


def test_con_09_all_constraints_of_a_rule_must_hold() -> None:
    assert is_active(permission(f"odrl:constraint [ {TRUE} ] , [ {TRUE} ]"))
    found = permission(f"odrl:constraint [ {TRUE} ] , [ {FALSE} ]")
    assert (is_active(found), len(found.premises)) == (False, 2)


def test_a_fact_that_is_not_satisfied_states_only_the_value_found() -> None:
    for constraint, predicates in ((TRUE, 3), (FALSE, 1)):
        found, _ = judged(f"odrl:permission [ odrl:constraint [ {constraint} ] ]")
        stated = [name for _, name, _ in triples(found) if "Operand" in name or name.endswith("Operator")]
        assert len(stated) == predicates


GROUPS = "ex:group a odrl:PartyCollection ; odrl:source ex:list . ex:shelf a odrl:AssetCollection ."
MEMBERS = NOW + " ex:alice odrl:partOf ex:group . ex:x odrl:partOf ex:shelf ."


@pytest.mark.parametrize(
    ("inside", "state", "expected"),
    [
        ("odrl:assignee ex:group", MEMBERS, True),
        ("odrl:assignee ex:group", NOW, False),
        ("odrl:assignee ex:group", NOW + " ex:alice odrl:partOf ex:list .", True),
        ("odrl:assignee ex:group", NOW + " ex:bob odrl:partOf ex:group .", False),
        ("odrl:target ex:shelf", MEMBERS, True),
        ("odrl:target ex:shelf", NOW, False),
        ("odrl:target ex:shelf ; odrl:assignee ex:group", MEMBERS, True),
        ("odrl:target ex:shelf ; odrl:assignee ex:bob", MEMBERS, False),
        ("odrl:target ex:other", NOW + " ex:x odrl:partOf ex:other .", False),
        (
            "odrl:target ex:other",
            NOW + " ex:x odrl:partOf ex:other . ex:other a odrl:AssetCollection .",
            True,
        ),
    ],
)
def test_ts_08_a_collection_is_what_the_state_says_is_part_of_it(
    inside: str, state: str, expected: bool
) -> None:
    assert is_active(permission(inside, more=GROUPS, state=state)) is expected


def test_refinements_are_judged_on_the_request() -> None:
    wanted = "odrl:leftOperand odrl:resolution ; odrl:operator odrl:lteq ; odrl:rightOperand 600"
    action = f"odrl:action [ rdf:value odrl:read ; odrl:refinement [ {wanted} ] ]"
    group = f"odrl:assignee [ a odrl:PartyCollection ; odrl:source ex:group ; odrl:refinement [ {wanted} ] ]"
    shelf = f"odrl:target [ a odrl:AssetCollection ; odrl:source ex:shelf ; odrl:refinement [ {wanted} ] ]"
    for inside in (action, group, shelf):
        for asked, expected in (("300", True), ("1200", False)):
            said = f"odrl:leftOperand odrl:resolution ; odrl:operator odrl:eq ; odrl:rightOperand {asked}"
            refined = f"odrl:action [ rdf:value odrl:read ; odrl:refinement [ {said} ] ]"
            request = REQUEST.replace("odrl:action odrl:read", refined)
            found = permission(inside, request=request, state=MEMBERS)
            assert is_active(found) is expected
            assert [len(premise.premises) for premise in found.premises] == [1]


DUTY = "odrl:action odrl:read ; odrl:duty ex:duty"
PAY = "ex:duty a odrl:Duty ; odrl:action odrl:compensate ."


def told(rule: str, kind: str = "DutyReport", **states: str) -> str:
    said = " ; ".join(f"report:{name}State report:{state}" for name, state in states.items())
    return f"{NOW} ex:known a report:{kind} ; report:rule {rule} ; {said} ."


@pytest.mark.parametrize(
    ("states", "compliance", "formal"),
    [
        ({"performance": "Performed", "deontic": "Fulfilled"}, True, True),
        ({"performance": "Performed"}, True, True),
        ({"performance": "Unperformed", "deontic": "Violated"}, False, False),
        ({"performance": "Unperformed"}, False, False),
        ({"performance": "Unknown", "deontic": "NonSet"}, True, False),
        ({"performance": "Unknown"}, True, False),
    ],
)
def test_ts_09_a_duty_that_the_state_knows_conditions_its_permission(
    states: dict[str, str], compliance: bool, formal: bool
) -> None:
    for reading, expected in ((Reading.COMPLIANCE, compliance), (Reading.FORMAL, formal)):
        found = permission(DUTY, more=PAY, state=told("ex:duty", **states), reading=reading)
        assert is_active(found) is expected
        assert [condition.value for condition in found.conditions] == ["http://example.org/known"]


def test_a_duty_that_nothing_is_known_of_is_not_violated_and_not_fulfilled() -> None:
    assert is_active(permission(DUTY, more=PAY))
    assert permission(DUTY, more=PAY).conditions == ()
    assert not is_active(permission(DUTY, more=PAY, reading=Reading.FORMAL))


@pytest.mark.parametrize(("constraint", "owed"), [(TRUE, True), (FALSE, False)], ids=["holds", "does not"])
def test_a_duty_whose_constraint_does_not_hold_is_not_owed(constraint: str, owed: bool) -> None:
    more = f"{PAY} ex:duty odrl:constraint [ {constraint} ] ."
    assert is_active(permission(DUTY, more=more, reading=Reading.FORMAL)) is not owed


def test_a_report_about_another_duty_is_linked_by_being_there() -> None:
    found = permission(DUTY, more=PAY, state=told("ex:another", performance="Performed", deontic="Fulfilled"))
    assert (is_active(found), len(found.conditions)) == (True, 1)
    assert (
        permission("odrl:action odrl:read", state=told("ex:another", performance="Performed")).conditions
        == ()
    )


def test_rule_08_a_duty_done_late_needs_its_consequences_too() -> None:
    late = told("ex:duty", performance="Performed", deontic="Violated")
    more = PAY + " ex:duty odrl:consequence ex:fine . ex:fine odrl:action odrl:compensate ."
    assert not is_active(permission(DUTY, more=more, state=late))
    fined = (
        late + " ex:paid a report:DutyReport ; report:rule ex:fine ; report:deonticState report:Fulfilled ."
    )
    assert is_active(permission(DUTY, more=more, state=fined))


def test_the_formal_reading_leaves_the_match_out_of_what_is_active() -> None:
    inside = f"odrl:target ex:other ; odrl:constraint [ {TRUE} ]"
    assert not is_active(permission(inside))
    assert is_active(permission(inside, reading=Reading.FORMAL))


OBLIGED = "odrl:obligation ex:tell"
TELL = f"ex:tell a odrl:Duty ; odrl:action odrl:inform ; odrl:constraint [ {TRUE} ] ."
DONE = [
    (TRUE, "Performed", Performance.PERFORMED, Deontic.FULFILLED),
    (TRUE, "Unperformed", Performance.UNPERFORMED, Deontic.VIOLATED),
    (TRUE, "Unknown", Performance.UNKNOWN, Deontic.NON_SET),
    (FALSE, "Performed", Performance.PERFORMED, Deontic.NON_SET),
    (FALSE, "Unperformed", Performance.UNPERFORMED, Deontic.NON_SET),
]


@pytest.mark.parametrize(("constraint", "state", "performance", "deontic"), DONE)
def test_an_obligation_has_its_states_from_the_table(
    constraint: str, state: str, performance: Performance, deontic: Deontic
) -> None:
    more = TELL.replace(TRUE, constraint)
    found = one(OBLIGED, more=more, state=told("ex:tell", performance=state))
    assert (found.performance, found.deontic) == (performance, deontic)
    assert is_active(found) is (constraint == TRUE)
    assert found.attempt is Attempt.NOT_ATTEMPTED


def test_an_obligation_nothing_is_known_of_is_unknown_and_not_set() -> None:
    found = one(OBLIGED, more=TELL)
    assert (found.performance, found.deontic) == (Performance.UNKNOWN, Deontic.NON_SET)


FORBIDDEN = "odrl:prohibition ex:ban"
BAN = "ex:ban a odrl:Prohibition ; odrl:action odrl:read ; odrl:remedy ex:cure . ex:cure odrl:action odrl:delete ."


def test_rule_07_a_prohibition_is_infringed_until_its_remedies_are_fulfilled() -> None:
    broken = told("ex:ban", "ProhibitionReport", performance="Performed")
    found = one(FORBIDDEN, more=BAN, state=broken)
    assert (found.activation, found.deontic) == (Activation.ACTIVE, Deontic.VIOLATED)
    cured = (
        broken + " ex:done a report:DutyReport ; report:rule ex:cure ; report:deonticState report:Fulfilled ."
    )
    assert one(FORBIDDEN, more=BAN, state=cured).deontic is Deontic.NON_SET
    assert one(FORBIDDEN, more=BAN).deontic is None


BOTH = "odrl:permission [ odrl:action odrl:use ] ; odrl:prohibition [ odrl:action odrl:read ]"


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("", False),
        ("odrl:conflict odrl:perm ;", True),
        ("odrl:conflict odrl:prohibit ;", False),
        ("odrl:conflict odrl:invalid ;", False),
    ],
)
def test_a_conflict_is_settled_by_the_strategy(strategy: str, expected: bool) -> None:
    found, policy = judged(f"{strategy} {BOTH}")
    assert permits(found, policy) is expected
    assert [is_active(rule) for rule in found.rules] == [True, True]


def test_eval_07_nothing_that_permits_is_a_no() -> None:
    found, policy = judged("odrl:obligation [ odrl:action odrl:inform ]")
    assert not permits(found, policy)


@pytest.mark.parametrize(
    "rules",
    [
        "odrl:permission [ odrl:action odrl:read ; ex:only 1 ]",
        "odrl:profile ex:profile ; odrl:permission [ odrl:action odrl:read ]",
        "odrl:inheritFrom ex:elsewhere ; odrl:permission [ odrl:action odrl:read ]",
        "dct:isReplacedBy ex:newer ; odrl:permission [ odrl:action odrl:read ]",
    ],
)
def test_d14_what_nobody_reads_keeps_a_permission_inactive(rules: str) -> None:
    found, policy = judged(rules)
    assert not permits(found, policy)


def test_pol_03_an_offer_grants_nothing() -> None:
    policy = read_policy(PREFIXES + "ex:p a odrl:Offer ; odrl:permission [ odrl:action odrl:read ] .")
    request = read_request(f"{PREFIXES} ex:q a odrl:Request ; odrl:permission [ {REQUEST} ] .")
    assert not is_active(report(policy, request, read_state(PREFIXES + NOW)).rules[0])


def test_pol_12_each_atomic_piece_reports_under_its_source_rule() -> None:
    found, policy = judged(
        "odrl:permission ex:r", more="ex:r odrl:action odrl:print, odrl:read ; odrl:target ex:x, ex:y ."
    )
    assert len(found.rules) == 4
    assert {rule.rule.id for rule in found.rules} == {"http://example.org/r"}
    assert sum(map(is_active, found.rules)) == 1
    assert permits(found, policy)


def test_the_report_is_the_same_each_time_and_in_any_order() -> None:
    rules = [
        f"odrl:permission [ odrl:action odrl:read ; odrl:constraint [ {TRUE} ] , [ {FALSE} ] ]",
        FORBIDDEN,
    ]
    found = [triples(judged(" ; ".join(order), more=BAN)[0]) for order in (rules, rules, rules[::-1])]
    assert found[0] == found[1]
    assert len(found[0]) == len(found[2])


def test_a_report_without_a_request_watches_the_rules_alone() -> None:
    policy = read_policy(f"{PREFIXES} ex:p a odrl:Set ; {OBLIGED} . {TELL}")
    request = read_request(f"{PREFIXES} ex:q a odrl:Request .")
    (found,) = report(policy, request, read_state(told_all())).rules
    assert (found.asked, found.deontic) == (None, Deontic.FULFILLED)


def told_all() -> str:
    return PREFIXES + told("ex:tell", performance="Performed", deontic="Fulfilled")


@pytest.mark.parametrize(("language", "word"), [("en", "not satisfied"), ("zh", "不满足")])
def test_the_report_as_lines_names_every_premise(language: str, word: str) -> None:
    found, policy = judged(
        f"odrl:permission [ {REQUEST} ; odrl:constraint [ odrl:or [ {FALSE} ] , [ {TRUE} ] ] ]"
    )
    written = list(lines(found, policy, language))
    assert len(written) == 1 + 1 + 3 + 3
    assert sum(word in line for line in written) == 1
    assert sum("dateTime lt " in line or "dateTime gt " in line for line in written) == 2


def test_states_stand_by_their_names_in_the_vocabulary(shared: Path) -> None:
    vocabulary = rdflib.Graph().parse(shared / "spec/odrl/vocabulary/ComplianceReportModel.ttl")
    for names in (Activation, Attempt, Performance, Deontic, Premise):
        for name in names:
            assert (rdflib.URIRef(REPORT + name), rdflib.RDF.type, None) in vocabulary


ELSEWHERE = "odrl:action odrl:read ; odrl:target ex:OTHER ; odrl:assignee ex:bob"


@pytest.mark.parametrize("reading", list(Reading))
@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (f"odrl:permission [ {ELSEWHERE} ]", False),
        (f"odrl:permission [ {REQUEST} ]", True),
        (f"odrl:permission [ {REQUEST} ] ; odrl:prohibition [ {ELSEWHERE} ]", True),
        (f"odrl:permission [ {REQUEST} ] ; odrl:prohibition [ {REQUEST} ]", False),
    ],
)
def test_eval_03_only_a_rule_that_matches_permits_or_forbids(
    rules: str, expected: bool, reading: Reading
) -> None:
    found, policy = judged(rules, reading=reading)
    assert permits(found, policy) is expected
    headline = "What is asked is permitted." if expected else "What is asked is not permitted."
    assert next(lines(found, policy, "en")) == headline


def asking(rules: str, *asked: str, reading: Reading = Reading.COMPLIANCE) -> tuple[PolicyReport, Policy]:
    policy = read_policy(f"{PREFIXES} ex:policy a odrl:Set ; {rules} .")
    listed = " , ".join(f"[ {each} ]" for each in asked)
    request = read_request(f"{PREFIXES} ex:request a odrl:Request ; odrl:permission {listed} .")
    return report(policy, request, read_state(PREFIXES + NOW), reading=reading), policy


READ, SELL = ("odrl:action odrl:read ; odrl:target ex:x", "odrl:action odrl:sell ; odrl:target ex:x")


@pytest.mark.parametrize("reading", list(Reading))
def test_of_two_things_asked_each_has_its_own_answer(reading: Reading) -> None:
    for asked in ((READ, SELL), (SELL, READ)):
        found, policy = asking(f"odrl:permission [ {READ} ]", *asked, reading=reading)
        assert not permits(found, policy)
        answered = {each.asked.action: each.is_permitted for each in answers(found, policy)}
        assert answered == {"read": True, "sell": False}
        english, chinese = (next(lines(found, policy, language)) for language in ("en", "zh"))
        assert english == "Permitted: 1 of 2. Not permitted: sale (http://example.org/x)."
        assert chinese == "请求共 2 项，允许 1 项；未允许：出售 (http://example.org/x)。"
    found, policy = asking(f"odrl:permission [ {READ} ] , [ {SELL} ]", READ, SELL, reading=reading)
    assert next(lines(found, policy, "en")) == "What is asked is permitted."


def test_the_same_thing_asked_twice_is_answered_twice() -> None:
    found, policy = asking(f"odrl:permission [ {READ} ]", READ, READ)
    assert [each.is_permitted for each in answers(found, policy)] == [True, True]


def test_what_a_policy_without_rules_is_asked_for_is_not_permitted() -> None:
    found, policy = asking("ex:remark 1", READ)
    assert next(lines(found, policy, "en")) == "What is asked is not permitted."
    assert answers(found, policy)[0].is_permitted is False
