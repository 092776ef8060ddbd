"""A compact policy is split into atomic rules (R-ODRL-POL-10 to 12); assets, parties and their collections."""

from typing import Any

import msgspec
import pytest

from xinfu import odrl
from xinfu.errors import ProtocolError
from xinfu.odrl import (
    PolicyKind,
    Reference,
    Situation,
    difference,
    equivalent,
    evaluate,
    fingerprint,
    read,
    sentences,
    within,
    write,
)
from xinfu.odrl.model.inherit import inherit
from xinfu.verdict import Verdict


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


THREE = {"leftOperand": "count", "operator": "lteq", "rightOperand": "3"}
GROUP = {"@type": "AssetCollection", "source": "urn:shelf"}
ONCE: dict[str, tuple[dict[str, Any], int]] = {
    "an action that includes the other": ({"permission": [{"action": ["use", "read"]}]}, 2),
    "the policy's party, and another": (
        {"assignee": "did:a", "permission": [{"action": "read", "assignee": ["did:a", "did:b"]}]},
        2,
    ),
    "the policy's target, and another": (
        {"target": "urn:d:1", "permission": [{"action": "read", "target": ["urn:d:1", "urn:d:2"]}]},
        2,
    ),
    "a target, and a collection with it": (
        {"permission": [{"action": "read", "target": ["urn:d:1", GROUP]}]},
        2,
    ),
    "the policy's target, as an object": (
        {
            "target": "urn:d:1",
            "permission": [{"action": "read", "target": {"@type": "Asset", "@id": "urn:d:1"}}],
        },
        1,
    ),
    "two rules of one id": (
        {"permission": [{"@id": "urn:r", "action": "use"}, {"@id": "urn:r", "action": "read"}]},
        2,
    ),
}


@pytest.mark.parametrize(("document", "count"), ONCE.values(), ids=ONCE)
def test_a_written_rule_has_one_counter_however_many_pieces_it_has(
    document: dict[str, Any], count: int
) -> None:
    made = {**document, "permission": [rule | {"constraint": [THREE]} for rule in document["permission"]]}
    policy = read(made, kind=PolicyKind.SET)
    assert len(policy.permissions) == count
    asked = Situation(
        action="read", target="urn:d:1", assignee="did:a", part_of={"urn:d:1": frozenset({"urn:shelf"})}
    )
    for each in (policy, read(write(policy)), *(read(write(policy), kind=kind) for kind in PolicyKind)):
        program = odrl.compile(msgspec.structs.replace(each, kind=PolicyKind.SET))
        assert program.counters == ("permission[0]",)
        assert {meter.meter.key for rule in program.permissions for meter in rule.meters} == {"permission[0]"}
    program = odrl.compile(policy)
    for spent, verdict in ((2, Verdict.YES), (3, Verdict.NO)):
        counts = {"permission[0]": spent}
        assert evaluate(program, msgspec.structs.replace(asked, counts=counts)).verdict is verdict
    for language, limit in (("en", "at most 3 uses"), ("zh", "最多使用 3 次")):
        assert sum(line.count(limit) for line in sentences(policy, language)) == 1


def test_pieces_of_two_rules_are_counted_apart() -> None:
    rules = [{"action": ["use", "read"], "constraint": [THREE]}, {"action": "play", "constraint": [THREE]}]
    policy = read({"permission": rules})
    assert odrl.compile(policy).counters == ("permission[0]", "permission[2]")
    assert {rule.id for rule in policy.permissions[2:]} == {None}
    again = read(write(policy))
    assert again == policy
    assert odrl.compile(again).counters == ("permission[0]", "permission[2]")


def test_a_rule_under_which_nothing_is_counted_gets_no_name_of_ours() -> None:
    assert {rule.id for rule in read({"permission": [{"action": ["use", "read"]}]}).permissions} == {None}


def test_pol_20_a_rule_spread_over_the_targets_of_heir_and_parent_has_one_counter() -> None:
    rule = {"action": "read", "constraint": [THREE]}
    parents = {
        name: read({"@id": name, "target": name, "permission": [rule]}) for name in ("urn:p:1", "urn:p:2")
    }
    heir = read({"@id": "urn:heir", "inheritFrom": list(parents), "permission": [{"action": "play"}]})
    program = odrl.compile(inherit(heir, parents))
    counted = [rule.counter for rule in program.permissions if rule.meters]
    assert len(counted) == 4
    assert len(set(counted)) == 2, "one counter for the rule of each parent"


def test_whether_pieces_share_a_counter_is_part_of_what_a_policy_says() -> None:
    shared = read({"permission": [{"action": ["use", "play"], "constraint": [THREE]}]})
    apart = read({"permission": [{"action": each, "constraint": [THREE]} for each in ("use", "play")]})
    assert not equivalent(shared, apart)
    assert fingerprint(shared) != fingerprint(apart)
    assert within(shared, apart).verdict is Verdict.YES
    assert within(apart, shared).verdict is Verdict.UNKNOWN
    assert [each.about for each in difference(apart, shared)] == ["shared"]
    assert not equivalent(apart, shared)


def test_actions_that_have_nothing_in_common_spend_one_counter_together() -> None:
    actions = ("play", "distribute")
    shared = read({"permission": [{"action": list(actions), "constraint": [THREE]}]})
    apart = read({"permission": [{"action": each, "constraint": [THREE]} for each in actions]})
    assert within(apart, shared).code == "compare.counter"
    assert within(shared, apart).verdict is Verdict.YES
    assert within(shared, shared).verdict is Verdict.YES


COMPENSATE = {
    "action": "compensate",
    "constraint": [{"leftOperand": "payAmount", "operator": "eq", "rightOperand": "100 CNY"}],
}


def test_whether_permissions_share_a_duty_is_part_of_what_a_policy_says() -> None:
    """Who negotiates must not turn two payments into one by giving them one name."""
    apart, shared = (
        read({"permission": [{"action": each, "duty": [duty]} for each in ("use", "distribute")]})
        for duty in (COMPENSATE, COMPENSATE | {"@id": "urn:duty"})
    )
    assert not equivalent(apart, shared)
    assert within(apart, shared).verdict is Verdict.YES
    assert within(shared, apart).verdict is Verdict.UNKNOWN
    assert equivalent(shared, read(write(shared)))
