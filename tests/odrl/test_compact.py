"""A compact policy is split into atomic rules (R-ODRL-POL-10 to 12); assets, parties and their collections."""

from typing import Any

import pytest

from xinfu.errors import ProtocolError
from xinfu.odrl import PolicyKind, Reference, fingerprint, read, sentences, write


def targets(document: dict[str, Any]) -> list[str | None]:
    return [rule.target.id if rule.target else None for rule in read(document).permissions]


def test_pol_10_a_rule_of_several_parts_becomes_all_their_pairings() -> None:
    rule = {"@id": "urn:r", "action": ["read", "print"], "target": ["urn:a", "urn:b"], "assignee": "urn:p"}
    policy = read({"permission": [rule | {"duty": [{"action": "delete"}]}]})
    found = [(each.action, each.target.id) for each in policy.permissions if each.target]
    assert found == [("read", "urn:a"), ("read", "urn:b"), ("print", "urn:a"), ("print", "urn:b")]
    assert {each.id for each in policy.permissions} == {"urn:r"}
    assert all(len(each.duties) == 1 for each in policy.permissions)
    assert policy.assignee == "urn:p"


def test_pol_10_what_a_policy_says_for_all_rules_goes_into_each() -> None:
    document = {"action": "read", "target": ["urn:a", "urn:b"], "permission": [{}], "prohibition": [{}]}
    policy = read(document)
    assert [(rule.action, rule.target) for rule in policy.prohibitions] == [
        ("read", Reference(id="urn:a")),
        ("read", Reference(id="urn:b")),
    ]
    assert policy.target is None


def test_pol_10_a_second_target_multiplies_the_rule() -> None:
    assert targets({"target": "urn:a", "permission": [{"action": "use", "target": "urn:b"}]}) == [
        "urn:a",
        "urn:b",
    ]
    assert targets({"target": "urn:a", "permission": [{"action": "use", "target": "urn:a"}]}) == [None]


def test_each_rule_may_have_a_target_and_parties_of_its_own() -> None:
    rules = [{"action": "use", "target": "urn:a", "assignee": "urn:p"}, {"action": "use", "target": "urn:b"}]
    policy = read({"@id": "x", "@type": "Set", "permission": rules})
    assert policy.target is None
    assert write(policy)["permission"] == rules


COLLECTION = {
    "@type": "AssetCollection",
    "source": "urn:all",
    "refinement": [{"leftOperand": "resolution", "operator": "lteq", "rightOperand": "10"}],
}


def test_a_collection_is_read_and_written_as_it_stood() -> None:
    policy = read({"@id": "x", "@type": "Set", "permission": [{"action": "use", "target": COLLECTION}]})
    target = policy.permissions[0].target
    assert target is not None
    assert (target.id, target.source, target.is_collection, len(target.refinements)) == (
        None,
        "urn:all",
        True,
        1,
    )
    assert write(policy)["permission"] == [{"action": "use", "target": COLLECTION}]


def test_a_collection_at_the_policy_goes_into_its_rules() -> None:
    policy = read(
        {"target": COLLECTION, "permission": [{"action": "use"}], "obligation": [{"action": "inform"}]}
    )
    assert policy.target is None
    assert policy.permissions[0].target == policy.obligations[0].target is not None


def test_parties_of_a_duty_stand_by_their_function() -> None:
    duty = {"action": "inform", "informedParty": ["urn:p", "urn:q"], "assignee": "urn:me", "target": "urn:t"}
    document = {"@id": "x", "@type": "Set", "permission": [{"action": "use", "duty": [duty]}]}
    policy = read(document)
    found = policy.permissions[0].duties[0]
    assert [(each.function, each.party.id) for each in found.parties] == [
        ("informedParty", "urn:p"),
        ("informedParty", "urn:q"),
    ]
    assert (found.assignee, found.target) == (Reference(id="urn:me"), Reference(id="urn:t"))
    assert write(policy) == document


@pytest.mark.parametrize("target", [{"@id": "urn:a", "ex:x": 1}, {"@id": "urn:a", "@type": "ex:Thing"}])
def test_d14_what_nobody_reads_of_an_asset_survives(target: dict[str, object]) -> None:
    policy = read({"@id": "x", "@type": "Set", "permission": [{"action": "use", "target": target}]})
    reference = policy.permissions[0].target
    assert reference is not None
    assert reference.unread
    written: Any = write(policy)["permission"]
    assert written[0]["target"].items() >= target.items()


@pytest.mark.parametrize("junk", [5.5, True, {}, {"@type": "Asset"}, [["x"]], ["urn:a", None], ""])
def test_a_target_that_names_nothing_is_kept_or_is_a_name(junk: object) -> None:
    policy = read({"permission": [{"action": "use", "target": junk}, {"action": "read"}]})
    rule = policy.permissions[0]
    assert rule.unread or rule.target is not None


def test_extras_of_a_constraint_are_read_and_written_as_they_stood() -> None:
    constraint = {
        "leftOperand": "payAmount",
        "operator": "lteq",
        "rightOperand": "5",
        "unit": "CNY",
        "status": "3",
    }
    fetched = {"leftOperand": "purpose", "operator": "eq", "rightOperandReference": "urn:x"}
    document: dict[str, Any] = {"@id": "x", "@type": "Set", "inheritFrom": "urn:parent"}
    document |= {"permission": [{"action": "use", "constraint": [constraint, fetched]}]}
    policy = read(document)
    assert policy.inherits == ("urn:parent",)
    assert write(policy) == document


@pytest.mark.parametrize(
    "document",
    [
        {"permission": [{"action": ["use", "read"], "target": [f"urn:{i}" for i in range(501)]}]},
        {"permission": [{"action": "use", "target": ["a"] * 400, "assignee": "b"}]}
        | {"target": [f"urn:{i}" for i in range(900)], "assignee": [f"did:{i}" for i in range(900)]},
        {"target": ["urn:a", "urn:b"], "permission": [{"action": "use"}] * 600},
    ],
    ids=["one rule", "the policy's", "many rules"],
)
def test_p5_a_policy_that_splits_into_too_many_rules_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as refused:
        read(document)
    assert refused.value.code == "policy.too-large"


def test_a_message_keeps_the_target_of_its_offer_alone() -> None:
    document = {"target": "urn:a", "permission": [{"action": "use", "target": {"@id": "urn:a"}}]}
    policy = read(document, kind=PolicyKind.OFFER)
    assert (policy.target, policy.permissions[0].target, policy.permissions[0].unread) == ("urn:a", None, ())


ATOM = {"leftOperand": "purpose", "operator": "eq", "rightOperand": "a"}
APART: list[dict[str, Any]] = [
    {"action": "use"},
    {"action": {"rdf:value": "use", "refinement": [ATOM]}},
    {"action": "use", "constraint": [ATOM]},
    {"action": "use", "constraint": [ATOM | {"unit": "EUR"}]},
    {"action": "use", "constraint": [ATOM | {"status": "a"}]},
    {"action": "use", "constraint": [ATOM | {"status": "b"}]},
    {"action": "use", "target": COLLECTION},
    {"action": "use", "target": {"@type": "AssetCollection", "source": "urn:all"}},
    {"action": "use", "target": {"@id": "urn:all"}, "assignee": {"@type": "PartyCollection", "@id": "urn:p"}},
    {"action": "use", "target": {"@id": "urn:all"}, "assignee": {"@type": "Party", "@id": "urn:q"}},
    {"action": "use", "duty": [{"action": "inform", "informedParty": "urn:p"}]},
    {"action": "use", "duty": [{"action": "inform", "informedParty": "urn:q"}]},
]


def test_rules_that_differ_in_any_part_are_not_taken_for_the_same() -> None:
    filler = {"action": "read", "target": "urn:filler", "assignee": "urn:filler"}
    policies = [read({"permission": [rule, filler]}) for rule in APART]
    assert len({fingerprint(policy) for policy in policies}) == len(APART)
    assert fingerprint(policies[0]) != fingerprint(
        read({"inheritFrom": "x", "permission": [APART[0], filler]})
    )


def test_a_sentence_tells_whom_and_what_a_rule_alone_is_for() -> None:
    rules = [{"action": "use", "target": "urn:a"}, {"action": "use", "target": COLLECTION}]
    first, second, *_ = sentences(read({"permission": rules}), "en")
    assert "urn:a" in first
    assert "urn:all" in second
    assert "resolution" in second


@pytest.mark.parametrize(
    "document",
    [
        {"target": "urn:a", "permission": [{"action": "use", "target": "urn:b"}, {"action": "read"}]},
        {
            "assignee": "did:a",
            "permission": [{"action": "use", "assignee": {"@type": "PartyCollection", "@id": "g"}}],
        },
        {
            "target": "urn:a",
            "permission": [{"action": "use", "duty": [{"action": "delete", "target": "urn:copy"}]}],
        },
    ],
)
def test_what_was_split_is_not_split_again(document: dict[str, Any]) -> None:
    policy = read(document)
    assert read(write(policy)) == policy
    assert all(len(rule.duties) < 2 for rule in policy.permissions)
