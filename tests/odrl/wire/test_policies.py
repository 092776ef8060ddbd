"""Reading is lenient about form and strict about meaning; writing is what the DSP schemas describe."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from xinfu import odrl
from xinfu.errors import InputError, ProtocolError
from xinfu.odrl import (
    AtomicConstraint,
    Conflict,
    Logic,
    LogicalConstraint,
    Permission,
    Policy,
    PolicyKind,
    read,
    write,
)

OFFER: dict[str, Any] = {
    "@id": "urn:offer:1",
    "@type": "Offer",
    "permission": [
        {
            "action": "use",
            "constraint": [
                {"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": ["a", "b"]},
                {"or": [{"leftOperand": "spatial", "operator": "eq", "rightOperand": "CN"}]},
            ],
            "duty": [{"action": "delete"}],
        }
    ],
    "prohibition": [{"action": "distribute"}],
    "obligation": [{"action": "inform"}],
}

EDC = {
    "@id": "1ce864d7",
    "@type": "odrl:Agreement",
    "odrl:permission": {
        "odrl:action": {"@id": "odrl:use"},
        "odrl:constraint": {
            "odrl:leftOperand": {"@id": "odrl:purpose"},
            "odrl:operator": {"@id": "odrl:eq"},
            "odrl:rightOperand": "research",
        },
    },
    "odrl:prohibition": [],
    "odrl:obligation": [],
    "odrl:assignee": "consumer",
    "odrl:assigner": "provider",
    "odrl:target": {"@id": "asset-2"},
}

ODRL = "http://www.w3.org/ns/odrl/2/"
EXPANDED = {
    "@id": "1ce864d7",
    "@type": [f"{ODRL}Agreement"],
    f"{ODRL}permission": [
        {
            f"{ODRL}action": [{"@id": f"{ODRL}use"}],
            f"{ODRL}constraint": [
                {
                    f"{ODRL}leftOperand": [{"@id": f"{ODRL}purpose"}],
                    f"{ODRL}operator": [{"@id": f"{ODRL}eq"}],
                    f"{ODRL}rightOperand": [{"@value": "research"}],
                }
            ],
        }
    ],
    f"{ODRL}assignee": [{"@id": "consumer"}],
    f"{ODRL}assigner": [{"@id": "provider"}],
    f"{ODRL}target": [{"@id": "asset-2"}],
}


def test_the_compact_form_survives_reading_and_writing() -> None:
    assert write(read(OFFER)) == OFFER


def test_reading_changes_nothing_in_the_document() -> None:
    before = copy.deepcopy(OFFER)
    read(OFFER)
    assert before == OFFER


@pytest.mark.parametrize("document", [EDC, EXPANDED], ids=["edc", "expanded"])
def test_r_pol_the_forms_of_edc_say_the_same_as_the_compact_one(document: dict[str, object]) -> None:
    purpose = AtomicConstraint(left="purpose", operator="eq", right="research")
    read_policy = read(document)
    right = read_policy.permissions[0].constraints[0]
    assert isinstance(right, AtomicConstraint)
    assert right.values == purpose.values
    assert write(read_policy)["target"] == "asset-2"
    assert (read_policy.kind, read_policy.assigner, read_policy.assignee) == (
        PolicyKind.AGREEMENT,
        "provider",
        "consumer",
    )
    assert read_policy.unread == read_policy.permissions[0].unread == right.unread == ()


@pytest.mark.parametrize("spelling", ["dateTime", "odrl:dateTime", f"{ODRL}dateTime"])
def test_t18_all_spellings_of_a_left_operand_are_one(spelling: str) -> None:
    assert _constraint({"leftOperand": spelling, "operator": "lt", "rightOperand": "x"}).left == "dateTime"


@pytest.mark.parametrize("spelling", ["odrl:neg", f"{ODRL}neg", "neg", "neq", "odrl:neq"])
def test_t20_neg_is_read_as_neq(spelling: str) -> None:
    found = _constraint({"leftOperand": "purpose", "operator": spelling, "rightOperand": "x"})
    assert found.operator == "neq"


@pytest.mark.parametrize(
    ("value", "values", "data_type"),
    [
        (5, ("5",), None),
        (True, ("true",), None),
        (5.5, ("5.5",), None),
        ({"@value": 5, "@type": "xsd:integer"}, ("5",), "xsd:integer"),
        ({"@value": "5", "@type": "http://www.w3.org/2001/XMLSchema#integer"}, ("5",), "xsd:integer"),
        ({"@id": "urn:x"}, ("urn:x",), None),
        ({"@list": ["a", {"@id": "b"}]}, ("a", "b"), None),
        ([], (), None),
    ],
)
def test_r_pol_11_a_right_operand_is_text_and_never_a_bare_number(
    value: object, values: tuple[str, ...], data_type: str | None
) -> None:
    found = _constraint({"leftOperand": "count", "operator": "lteq", "rightOperand": value})
    assert (found.values, found.data_type) == (values, data_type)
    written = _written_constraint(found)["rightOperand"]
    assert isinstance(written, str | dict | list)


@pytest.mark.parametrize(
    "right",
    [
        {"@value": "a", "@language": "en"},
        {"@id": "a", "label": "b"},
        [{"@value": "1", "@type": "xsd:integer"}, "x"],
        [["nested"]],
        None,
    ],
    ids=["language", "more than an id", "mixed types", "nested", "null"],
)
def test_a_right_operand_that_says_more_than_text_is_kept_and_not_read(right: object) -> None:
    document = {"leftOperand": "purpose", "operator": "eq", "rightOperand": right}
    found = _constraint(document)
    assert found.values == ()
    assert _written_constraint(found).get("rightOperand") == right


@pytest.mark.parametrize(
    ("folded", "values"),
    [
        ('[{"@value":"CN"},{"@value":"DE"}]', ("CN", "DE")),
        ('[{"@value":5},{"@value":true}]', ("5", "true")),
        ('[{"@value":"CN"}]', ("CN",)),
    ],
)
def test_a_list_that_edc_folds_into_a_text_is_a_list_again(folded: str, values: tuple[str, ...]) -> None:
    found = _constraint({"leftOperand": "spatial", "operator": "isAnyOf", "rightOperand": folded})
    assert found.right == values
    assert found.unread == ()
    assert _written_constraint(found)["rightOperand"] == list(values)


@pytest.mark.parametrize("text", ['[{"@value":', '[{"@value":"CN"}] and more', '["CN"]', "[]"])
def test_a_text_that_only_looks_like_a_folded_list_stays_a_text(text: str) -> None:
    found = _constraint({"leftOperand": "spatial", "operator": "eq", "rightOperand": text})
    assert found.right == text


def test_a_missing_right_operand_is_not_an_empty_list() -> None:
    absent = _constraint({"leftOperand": "purpose", "operator": "isNoneOf"})
    empty = _constraint({"leftOperand": "purpose", "operator": "isNoneOf", "rightOperand": []})
    assert absent.unread
    assert not empty.unread
    assert _written_constraint(absent) == {"leftOperand": "purpose", "operator": "isNoneOf"}


def test_d14_keys_that_nobody_reads_survive_at_every_level() -> None:
    document = copy.deepcopy(OFFER)
    document["ex:policy"] = {"a": [1, None, "x"]}
    document["permission"][0]["ex:rule"] = True
    document["permission"][0]["constraint"][0]["unit"] = "EUR"
    document["permission"][0]["constraint"][1]["ex:logic"] = "x"
    document["permission"][0]["duty"][0]["ex:duty"] = "x"
    document["prohibition"][0]["remedy"] = [{"action": "delete", "ex:remedy": 1}]
    document["obligation"][0]["consequence"] = [{"action": "compensate"}]
    assert write(read(document)) == document


@pytest.mark.parametrize("junk", ["x", 5, {"@id": "urn:shared-rule"}, ["nested"]])
def test_a_rule_or_constraint_that_is_no_object_is_kept_and_not_read(junk: object) -> None:
    document = {"@id": "urn:x", "@type": "Set", "permission": [junk, {"action": "use", "constraint": [junk]}]}
    assert write(read(document)) == document


def test_two_spellings_of_one_key_are_both_kept_and_neither_is_read() -> None:
    document = {"@id": "x", "@type": "Set", "permission": [{"action": "use"}], "odrl:permission": []}
    policy = read(document)
    assert policy.permissions == ()
    assert write(policy) == document


def test_an_action_with_refinements_is_read_and_written_as_it_stood() -> None:
    refinement = {"leftOperand": "resolution", "operator": "lteq", "rightOperand": "1200", "unit": "dpi"}
    action = {"rdf:value": {"@id": "odrl:print"}, "refinement": [refinement, {"leftOperand": "resolution"}]}
    policy = read({"@id": "x", "@type": "Set", "permission": [{"action": action}]})
    rule = policy.permissions[0]
    assert (rule.action, len(rule.refinements), rule.unread) == ("print", 2, ())
    assert write(policy)["permission"] == [{"action": action}]


def test_an_action_that_says_more_than_a_name_and_refinements_is_not_read() -> None:
    action = {"rdf:value": {"@id": "odrl:print"}, "ex:colour": "red"}
    policy = read({"@id": "x", "@type": "Set", "permission": [{"action": action}]})
    assert policy.permissions[0].action == ""
    assert write(policy)["permission"] == [{"action": action}]


def test_deprecated_actions_are_read_as_what_they_mean_today() -> None:
    policy = read({"permission": [{"action": "odrl:copy"}, {"action": "pay"}, {"action": "write"}]})
    assert [rule.action for rule in policy.permissions] == ["reproduce", "compensate", "modify"]


def test_r_pol_08_a_target_that_all_rules_share_is_the_policys() -> None:
    rules = [{"action": "use", "target": "urn:a"}, {"action": "read", "target": {"@id": "urn:a"}}]
    policy = read({"@id": "x", "@type": "Set", "permission": rules})
    assert policy.target == "urn:a"
    assert write(policy)["permission"] == [{"action": "use"}, {"action": "read"}]


@pytest.mark.parametrize("kind", [PolicyKind.OFFER, PolicyKind.AGREEMENT])
def test_r_pol_08_a_second_target_in_a_rule_of_a_message_is_not_read(kind: PolicyKind) -> None:
    document = {"target": "urn:a", "permission": [{"action": "use", "target": "urn:b"}]}
    policy = read(document, kind=kind)
    assert [member.key for member in policy.permissions[0].unread] == ["target"]


@pytest.mark.parametrize(
    ("written", "kind", "expected", "is_read"),
    [
        ("Offer", None, PolicyKind.OFFER, True),
        ("odrl:Set", None, PolicyKind.SET, True),
        ("Policy", PolicyKind.OFFER, PolicyKind.OFFER, True),
        (None, PolicyKind.AGREEMENT, PolicyKind.AGREEMENT, True),
        (None, None, PolicyKind.SET, True),
        ("Agreement", PolicyKind.OFFER, PolicyKind.OFFER, False),
        ("Ticket", None, PolicyKind.SET, False),
    ],
)
def test_r_odrl_pol_02_the_kind_comes_from_its_place_or_its_type(
    written: str | None, kind: PolicyKind | None, expected: PolicyKind, is_read: bool
) -> None:
    policy = read({"@type": written, "permission": [{"action": "use"}]}, kind=kind)
    assert policy.kind is expected
    assert (policy.unread == ()) is is_read


def test_conflict_is_read_and_a_strategy_that_nobody_knows_is_kept() -> None:
    assert read({"conflict": {"@id": "odrl:prohibit"}}).conflict is Conflict.PROHIBIT
    assert [member.key for member in read({"conflict": "latest"}).unread] == ["conflict"]


@pytest.mark.parametrize("document", [None, "x", 5, [], [{"permission": []}]])
def test_what_is_no_object_is_unreadable(document: object) -> None:
    with pytest.raises(ProtocolError) as refused:
        read(document)  # type: ignore[arg-type]  # a peer may send anything
    assert refused.value.code == "policy.unreadable"


@pytest.mark.parametrize(
    "value",
    [b"x", object(), {1: "x"}, "\ud800", float("nan"), float("inf")],
    ids=["bytes", "object", "key", "surrogate", "nan", "infinity"],
)
def test_what_json_cannot_say_is_unreadable(value: object) -> None:
    with pytest.raises(ProtocolError) as refused:
        read({"ex:x": value})
    assert refused.value.code == "policy.unreadable"


Validate = Callable[[dict[str, object], str], None]


@pytest.fixture(scope="module")
def validate(shared: Path) -> Validate:
    """Holds a document against one definition of the published contract schema."""
    text = (
        (shared / "spec/dsp/negotiation/contract-schema.json")
        .read_text()
        .replace('"#definitions/', '"#/definitions/')
    )
    schema = json.loads(text)
    registry = Registry().with_resource(schema["$id"], Resource.from_contents(schema))

    def check(document: dict[str, object], definition: str) -> None:
        pointer = {"$ref": f"{schema['$id']}#/definitions/{definition}"}
        jsonschema.Draft201909Validator(pointer, registry=registry).validate(document)

    return check


@pytest.mark.parametrize("document", [OFFER, EDC, EXPANDED], ids=["compact", "edc", "expanded"])
def test_r_pol_01_what_is_written_fits_the_published_schema(
    validate: Validate, document: dict[str, object]
) -> None:
    policy = read(document)
    validate(write(policy), policy.kind.value)


def test_r_pol_03_a_message_offer_and_an_agreement_fit_the_published_schema(validate: Validate) -> None:
    nested = LogicalConstraint(
        op=Logic.XONE,
        parts=(
            AtomicConstraint(left="count", operator="lteq", right="5", data_type="xsd:integer"),
            LogicalConstraint(
                op=Logic.AND, parts=(AtomicConstraint(left="purpose", operator="eq", right="a"),)
            ),
        ),
    )
    policy = Policy(
        kind=PolicyKind.OFFER,
        id="urn:x",
        target="urn:ds",
        permissions=(Permission(action="use", constraints=(nested,)),),
    )
    validate(write(policy), "MessageOffer")
    agreement = read(
        write(policy)
        | {"@type": "Agreement", "assigner": "a", "assignee": "b", "timestamp": "2026-01-01T00:00:00Z"}
    )
    validate(write(agreement), "Agreement")
    assert write(agreement)["timestamp"] == "2026-01-01T00:00:00Z"


def test_the_published_examples_are_read_whole_and_written_to_fit(shared: Path, validate: Validate) -> None:
    folder = shared / "spec/dsp/negotiation/example"
    seen = 0
    for path in sorted(folder.glob("*.json")):
        message = json.loads(path.read_text())
        for key, definition in (("offer", "MessageOffer"), ("agreement", "Agreement")):
            if key in message:
                policy = read(message[key])
                validate(write(policy), definition)
                assert write(policy) == {k: v for k, v in message[key].items() if k != "@context"}
                seen += 1
    assert seen >= 5


def _constraint(document: dict[str, object]) -> AtomicConstraint:
    found = read({"permission": [{"action": "use", "constraint": [document]}]}).permissions[0].constraints[0]
    assert isinstance(found, AtomicConstraint)
    return found


def _written_constraint(constraint: AtomicConstraint) -> dict[str, object]:
    rule = Permission(action="use", constraints=(constraint,))
    document: Any = write(Policy(kind=PolicyKind.SET, permissions=(rule,)))
    written: dict[str, object] = document["permission"][0]["constraint"][0]
    return written


def test_a_uid_that_repeats_the_id_says_nothing_more() -> None:
    rule = {"@id": "urn:r", "uid": "urn:r", "action": "use"}
    policy = read({"@id": "urn:p", "uid": "urn:p", "permission": [rule, {"uid": "urn:s", "action": "use"}]})
    assert (policy.id, policy.unread) == ("urn:p", ())
    assert [(rule.id, rule.unread) for rule in policy.permissions] == [("urn:r", ()), ("urn:s", ())]
    other = read({"@id": "urn:p", "uid": "urn:q", "permission": [{"action": "use"}]})
    assert [member.key for member in other.unread] == ["uid"]


def test_an_action_may_stand_as_an_object_of_its_name() -> None:
    rule = {"action": {"@id": "odrl:read", "@type": "odrl:Action"}}
    assert odrl.read({"permission": [rule]}).permissions[0].action == "read"


@pytest.mark.parametrize("name", ["valid", "available", "accessRights", "conformsTo", "license"])
def test_a_term_of_dublin_core_that_decides_is_no_remark(name: str) -> None:
    policy = odrl.read({"permission": [{"action": "use", f"dct:{name}": "2020-01-01"}]})
    with pytest.raises(InputError) as caught:
        odrl.check(policy)
    assert caught.value.code == "policy.key-unknown"
