"""Turtle and JSON-LD from anyone: read as it is spelled, fetched never, bounded always."""

import sys
import time

import pytest

from xinfu.errors import ConfigError, InputError, ProtocolError
from xinfu.odrl.report.documents import read_policy, read_request, read_state
from xinfu.odrl.report.rdf import Syntax, Term, TermKind, read_triples, syntax_of, write_triples
from xinfu.odrl.values.terms import XSD

ODRL = "@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix ex: <http://example.org/> . "
BUDGET_S = 10


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"@id": "urn:x"}', Syntax.JSON_LD),
        (' \n[{"@id": "urn:x"}]', Syntax.JSON_LD),
        ("[]", Syntax.JSON_LD),
        ("[ a <urn:x> ] .", Syntax.TURTLE),
        ("# {\n<urn:a> <urn:b> <urn:c> .", Syntax.TURTLE),
        ("", Syntax.TURTLE),
    ],
)
def test_the_syntax_is_seen_from_the_first_sign(text: str, expected: Syntax) -> None:
    assert syntax_of(text) is expected


@pytest.mark.parametrize("syntax", Syntax)
@pytest.mark.parametrize(
    "value",
    [
        Term("2024-01-01T00:00:00.000Z", TermKind.LITERAL, XSD + "dateTime"),
        Term("5.50", TermKind.LITERAL, XSD + "decimal"),
        Term("soon", TermKind.LITERAL, XSD + "dateTime"),
        Term("长沙 \"'\\ \n", TermKind.LITERAL),
        Term("hei", TermKind.LITERAL, "", "nb"),
        Term("urn:x"),
    ],
)
def test_a_literal_keeps_its_spelling(value: Term, syntax: Syntax) -> None:
    triple = (Term("urn:a"), "urn:b", value)
    assert read_triples(write_triples([triple], syntax)) == (triple,)


SAME = [
    """{"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Set", "uid": "urn:p", "permission":
       [{"action": "read", "target": "urn:x", "constraint": [{"leftOperand": "purpose", "operator": "eq",
       "rightOperand": {"@id": "urn:research"}}]}]}""",
    """{"@type": "Set", "@id": "urn:p", "permission": {"action": "odrl:read", "target": "urn:x", "constraint":
       {"leftOperand": "odrl:purpose", "operator": "odrl:eq", "rightOperand": {"@id": "urn:research"}}}}""",
    """[{"@id": "urn:p", "@type": ["http://www.w3.org/ns/odrl/2/Set"], "http://www.w3.org/ns/odrl/2/permission":
       [{"http://www.w3.org/ns/odrl/2/action": [{"@id": "http://www.w3.org/ns/odrl/2/read"}],
       "http://www.w3.org/ns/odrl/2/target": [{"@id": "urn:x"}],
       "http://www.w3.org/ns/odrl/2/constraint": [{"http://www.w3.org/ns/odrl/2/leftOperand":
       [{"@id": "http://www.w3.org/ns/odrl/2/purpose"}], "http://www.w3.org/ns/odrl/2/operator":
       [{"@id": "http://www.w3.org/ns/odrl/2/eq"}], "http://www.w3.org/ns/odrl/2/rightOperand":
       [{"@id": "urn:research"}]}]}]}]""",
    ODRL
    + """<urn:p> a odrl:Set ; odrl:uid <urn:p> ; odrl:permission [ odrl:action odrl:read ; odrl:target <urn:x> ;
       odrl:constraint [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:eq ; odrl:rightOperand <urn:research> ] ] .""",
]


@pytest.mark.parametrize("text", SAME[1:])
def test_all_forms_of_one_policy_are_the_same(text: str) -> None:
    assert read_policy(text) == read_policy(SAME[0])


def test_a_sequence_keeps_its_order() -> None:
    listed = ", ".join(
        f'{{"leftOperand": "purpose", "operator": "eq", "rightOperand": "p{i}"}}' for i in range(9)
    )
    policy = read_policy(
        f'{{"permission": {{"action": "use", "constraint": {{"andSequence": [{listed}]}}}}}}'
    )
    (constraint,) = policy.permissions[0].constraints
    assert [part.right for part in getattr(constraint, "parts", ())] == [f"p{i}" for i in range(9)]


def test_parents_in_the_same_file_are_taken_over() -> None:
    text = (
        ODRL
        + "ex:c a odrl:Set ; odrl:inheritFrom ex:p . ex:p a odrl:Set ; odrl:permission [ odrl:action odrl:use ] ."
    )
    assert [rule.action for rule in read_policy(text).permissions] == ["use"]


def test_pol_06_an_asset_or_a_party_that_has_the_policy_is_meant_by_all_its_rules() -> None:
    text = ODRL + (
        "ex:p a odrl:Set ; odrl:permission [ odrl:action odrl:use ] . ex:x odrl:hasPolicy ex:p . "
        "ex:me odrl:assignerOf ex:p . ex:you odrl:assigneeOf ex:p ."
    )
    policy = read_policy(text)
    assert (policy.target, policy.assigner, policy.assignee) == (
        "http://example.org/x",
        "http://example.org/me",
        "http://example.org/you",
    )


def test_an_action_may_be_described_beside_the_state() -> None:
    policy = (
        ODRL
        + "ex:p a odrl:Set ; odrl:permission [ odrl:action odrl:use ] . ex:look odrl:includedIn odrl:read ."
    )
    assert read_state("", policy).included_in == {"http://example.org/look": ("read",)}
    assert read_policy(policy).permissions[0].action == "use"


def deep(levels: int) -> str:
    inner = "[ odrl:leftOperand odrl:purpose ; odrl:operator odrl:eq ; odrl:rightOperand 1 ]"
    for _ in range(levels):
        inner = f"[ odrl:and {inner} ]"
    return f"{ODRL} ex:p a odrl:Set ; odrl:permission [ odrl:action odrl:use ; odrl:constraint {inner} ] ."


def doubling(levels: int) -> str:
    """A net of few nodes and very many ways through it."""
    rows = [
        f"ex:c{i} odrl:and ex:c{i + 1}, ex:d{i + 1} . ex:d{i} odrl:or ex:c{i + 1}, ex:d{i + 1} ."
        for i in range(levels)
    ]
    return f"{ODRL} ex:p a odrl:Set ; odrl:permission [ odrl:action odrl:use ; odrl:constraint ex:c0 ] . {' '.join(rows)}"


def wide(count: int) -> str:
    listed = " , ".join(
        f"[ odrl:leftOperand odrl:purpose ; odrl:operator odrl:eq ; odrl:rightOperand {i} ]"
        for i in range(count)
    )
    return f"{ODRL} ex:p a odrl:Set ; odrl:permission [ odrl:action odrl:use ; odrl:constraint {listed} ] ."


HOSTILE = {
    "40 deep": deep(40),
    "1000 deep": deep(1000),
    "a cycle": f"{ODRL} ex:p a odrl:Set ; odrl:permission ex:r . ex:r odrl:constraint ex:c . ex:c odrl:and ex:c .",
    "a net that doubles": doubling(30),
    "10000 constraints": wide(10_000),
    "a list without end": f"{ODRL} ex:p a odrl:Set ; odrl:permission ex:r . ex:r odrl:constraint ex:c . "
    "ex:c odrl:andSequence ex:l . ex:l <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> ex:c ; "
    "<http://www.w3.org/1999/02/22-rdf-syntax-ns#rest> ex:l .",
    "policies that inherit from each other": f"{ODRL} ex:a a odrl:Set ; odrl:inheritFrom ex:b . "
    "ex:b a odrl:Set ; odrl:inheritFrom ex:a .",
    "five megabytes": "#" * (5 << 20),
    "json 1000 deep": '{"@id":"urn:x","urn:y":' * 1000 + "1" + "}" * 1000,
    "a context elsewhere": '{"@context": ["http://127.0.0.1:9/context.jsonld"], "permission": []}',
    "an import": '{"@context": {"@import": "http://127.0.0.1:9/context.jsonld"}, "permission": []}',
    "a context inside": '{"permission": {"@context": "http://127.0.0.1:9/c", "action": "use"}}',
    "a context of a term": '{"@context": {"x": {"@id": "urn:x", "@context": "http://127.0.0.1:9/c"}}, "x": {}}',
    "no text": "\x00\x01",
    "a surrogate": '"\ud800"',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_p5_what_is_made_to_hurt_is_refused_by_a_code(text: str) -> None:
    began = time.process_time()
    with pytest.raises((InputError, ProtocolError)) as refused:
        read_policy(text)
    assert refused.value.code in ("policy.too-large", "policy.unreadable", "policy.cyclic")
    assert time.process_time() - began <= BUDGET_S


@pytest.mark.parametrize("text", ["", "junk", "<urn:a> <urn:b> <urn:c> ."])
def test_a_request_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_request(text)


def test_an_empty_state_knows_nothing() -> None:
    state = read_state("")
    assert (state.time, state.now, state.part_of, state.known) == (None, None, {}, ())


def test_the_current_time_is_not_that_of_a_report() -> None:
    text = """@prefix dct: <http://purl.org/dc/terms/> . <urn:a> dct:issued "2020-01-01T00:00:00Z" .
        <http://example.com/request/currentTime> dct:issued "2024-01-01T00:00:00Z" ."""
    time_of = read_state(text).time
    assert time_of is not None
    assert time_of.value == "2024-01-01T00:00:00Z"


def test_a_key_that_stands_twice_is_refused_so_that_no_rule_is_lost() -> None:
    with pytest.raises(InputError, match="prohibition") as refused:
        read_policy(
            '{"@id": "urn:p", "permission": [{}], "prohibition": [{"action": "read"}], "prohibition": []}'
        )
    assert refused.value.code == "policy.unreadable"


def test_a_mark_of_byte_order_says_nothing() -> None:
    assert read_policy(f"\ufeff{ODRL} ex:p a odrl:Set .").id == "http://example.org/p"


def test_what_is_nested_too_deeply_is_too_large() -> None:
    with pytest.raises(InputError) as refused:
        read_policy(f"{ODRL} ex:p odrl:permission {'[ odrl:duty ' * 3000} ex:x {']' * 3000} .")
    assert refused.value.code == "policy.too-large"


def test_more_policies_than_anyone_inherits_from_are_too_large() -> None:
    with pytest.raises(InputError) as refused:
        read_policy(ODRL + "".join(f"<urn:{i}> a odrl:Set ." for i in range(101)))
    assert refused.value.code == "policy.too-large"


def test_nothing_is_told_past_the_caller(capfd: pytest.CaptureFixture[str]) -> None:
    """rdflib writes the traceback of a literal that it cannot convert."""
    read_triples('<urn:a> <urn:b> "2024-02-30T24:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> .')
    assert capfd.readouterr().err == ""


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rdflib", None)
    with pytest.raises(ConfigError) as caught:
        read_triples("<urn:a> <urn:b> <urn:c> .")
    assert caught.value.code == "policy.library-absent"
    assert "xinfu[rdf]" in (caught.value.help_en or "")
