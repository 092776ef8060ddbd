"""Names as readers of JSON-LD need them."""

from typing import Any

import pytest

from xinfu import odrl
from xinfu.odrl.values.terms import INCLUDED_IN, LEFT_OPERANDS, expand_name, short

EVERYWHERE: dict[str, Any] = {
    "@type": "Set",
    "permission": [
        {
            "action": "distribute",
            "constraint": [
                {"leftOperand": "dateTime", "operator": "lt", "rightOperand": "2030-01-01T00:00:00Z"},
                {"or": [{"leftOperand": "purpose", "operator": "eq", "rightOperand": "research"}]},
                {"leftOperand": "membership", "operator": "eq", "rightOperand": "active"},
                {"leftOperand": "inForceDate", "operator": "lt", "rightOperand": "contractAgreement+1d"},
            ],
            "duty": [{"action": "inform", "consequence": [{"action": "delete"}]}],
        },
        {"action": "use"},
    ],
    "prohibition": [{"action": "commercialize", "remedy": [{"action": "anonymize"}]}],
    "obligation": [{"action": "delete"}],
}


def test_each_name_of_odrl_is_written_with_its_prefix() -> None:
    written: Any = odrl.write(odrl.link(odrl.read(EVERYWHERE)))
    first, second = written["permission"]
    assert first["action"] == "odrl:distribute"
    assert [each.get("leftOperand") for each in first["constraint"]] == [
        "odrl:dateTime",
        None,
        "urn:xinfu:operand:membership",
        "https://w3id.org/edc/v0.0.1/ns/inForceDate",
    ]
    assert first["constraint"][1]["or"][0]["leftOperand"] == "odrl:purpose"
    assert first["duty"] == [{"action": "odrl:inform", "consequence": [{"action": "odrl:delete"}]}]
    assert second == {"action": "use"}
    [prohibited] = written["prohibition"]
    assert prohibited["action"] == "http://creativecommons.org/ns#CommercialUse"
    assert prohibited["remedy"] == [{"action": "odrl:anonymize"}]
    assert written["obligation"] == [{"action": "odrl:delete"}]


def test_it_says_the_same_when_it_is_read_again() -> None:
    policy = odrl.read(EVERYWHERE)
    assert odrl.read(odrl.write(odrl.link(policy))) == policy


@pytest.mark.parametrize("name", sorted({*LEFT_OPERANDS, *INCLUDED_IN}))
def test_a_whole_name_is_read_as_the_short_one(name: str) -> None:
    assert short(expand_name(name)) == name
    assert name == "use" or ":" in expand_name(name)


def _left(name: str) -> str:
    """The left operand `name` as it is written."""
    constraint = {"leftOperand": name, "operator": "eq", "rightOperand": "x"}
    policy = odrl.read({"permission": [{"action": "use", "constraint": [constraint]}]})
    written: Any = odrl.write(odrl.link(policy))
    left: str = written["permission"][0]["constraint"][0]["leftOperand"]
    return left


@pytest.mark.parametrize("name", ["membership", "assignee", "MembershipCredential.memberOf"])
def test_an_operand_of_ours_is_written_as_a_urn_and_read_by_its_name(name: str) -> None:
    assert _left(name) == f"urn:xinfu:operand:{name}"
    assert _left(f"urn:xinfu:operand:{name}") == f"urn:xinfu:operand:{name}"


def test_a_name_of_catena_x_is_written_so_that_its_partners_know_it() -> None:
    for name in ("Membership", "urn:xinfu:operand:Membership"):
        assert _left(name) == "https://w3id.org/catenax/2025/9/policy/Membership"


@pytest.mark.parametrize("name", ["mood", "vc:Type.path", "edc:x", "https://example.org/x", "urn:x"])
def test_other_names_stay_as_they_are(name: str) -> None:
    assert _left(name) == name
