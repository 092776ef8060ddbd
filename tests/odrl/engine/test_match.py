"""A rule speaks of the target and the party it names, or of what is part of the collection it names."""

from typing import Any

import pytest

from xinfu import odrl
from xinfu.odrl import FactKind, Situation, evaluate, read
from xinfu.verdict import Verdict

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
GROUP = {"@type": "PartyCollection", "@id": "urn:group", "source": "urn:list"}
SHELF = {"@type": "AssetCollection", "@id": "urn:shelf"}


def judge(rule: dict[str, Any], situation: Situation, **policy: Any) -> Verdict:
    return evaluate(
        odrl.compile(read({"permission": [{"action": "use", **rule}], **policy})), situation
    ).verdict


@pytest.mark.parametrize(
    ("part_of", "expected"),
    [
        ({"did:c": frozenset({"urn:group"})}, YES),
        ({"did:c": frozenset({"urn:list", "urn:x"})}, YES),
        ({"did:c": frozenset({"urn:x"})}, NO),
        ({"did:c": frozenset[str]()}, NO),
        ({"did:d": frozenset({"urn:group"})}, UNKNOWN),
        ({}, UNKNOWN),
    ],
)
def test_a_party_belongs_to_a_collection_that_the_situation_states(
    part_of: dict[str, frozenset[str]], expected: Verdict
) -> None:
    situation = Situation(assignee="did:c", part_of=part_of)
    assert judge({"assignee": GROUP}, situation) is expected
    assert judge({}, situation, assignee=GROUP) is expected


def test_a_collection_is_itself_and_an_asset_that_is_named_is_no_collection() -> None:
    assert judge({"target": SHELF}, Situation(target="urn:shelf")) is YES
    inside = Situation(target="urn:x", part_of={"urn:x": frozenset({"urn:shelf"})})
    assert judge({"target": SHELF}, inside) is YES
    assert judge({"target": "urn:shelf"}, inside) is NO


def test_a_prohibition_on_a_collection_holds_while_membership_is_unknown() -> None:
    barrier = {"prohibition": [{"action": "use", "target": SHELF}], "conflict": "prohibit"}
    assert judge({}, Situation(target="urn:x"), **barrier) is UNKNOWN
    assert judge({}, Situation(target="urn:x", part_of={"urn:x": frozenset()}), **barrier) is YES


def test_a_target_of_its_own_stands_for_that_rule_alone() -> None:
    document = {"target": "urn:a", "permission": [{"action": "use"}, {"action": "use", "target": "urn:b"}]}
    program = odrl.compile(read(document))
    verdicts = [evaluate(program, Situation(target=name)).verdict for name in ("urn:a", "urn:b", "urn:c")]
    assert verdicts == [YES, YES, NO]


@pytest.mark.parametrize(("purpose", "expected"), [("research", YES), ("sale", NO), (None, UNKNOWN)])
def test_refinements_of_action_target_and_party_must_all_hold(purpose: str | None, expected: Verdict) -> None:
    refinement = {"refinement": [{"leftOperand": "purpose", "operator": "eq", "rightOperand": "research"}]}
    situation = Situation(
        purpose=purpose,
        assignee="did:c",
        target="urn:x",
        part_of={"did:c": frozenset({"urn:group"}), "urn:x": frozenset({"urn:shelf"})},
    )
    for rule in (
        {"action": {"rdf:value": {"@id": "odrl:use"}, **refinement}},
        {"assignee": GROUP | refinement},
        {"target": SHELF | refinement},
    ):
        assert judge(rule, situation) is expected


def test_a_program_says_whose_collections_it_needs() -> None:
    program = odrl.compile(read({"permission": [{"action": "use", "assignee": GROUP, "target": "urn:a"}]}))
    assert {(fact.kind, fact.name) for fact in program.needs} == {
        (FactKind.PART_OF, "assignee"),
        (FactKind.ASSIGNEE, ""),
        (FactKind.TARGET, ""),
    }


@pytest.mark.parametrize(
    "extra",
    [{"unit": "EUR"}, {"rightOperandReference": "urn:x"}, {"status": "a"}],
)
def test_an_extra_that_nobody_uses_makes_the_constraint_unknown(extra: dict[str, str]) -> None:
    constraint = {"leftOperand": "purpose", "operator": "eq", "rightOperand": "a", **extra}
    assert judge({"constraint": [constraint]}, Situation(purpose="a")) is UNKNOWN


def test_a_policy_that_takes_over_rules_opens_nothing_by_itself() -> None:
    assert judge({}, Situation(), inheritFrom="urn:parent") is UNKNOWN
