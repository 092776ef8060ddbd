"""A policy takes over what its parents say (R-ODRL-POL-20 to 23)."""

from typing import Any

import pytest

from xinfu import odrl
from xinfu.errors import ProtocolError
from xinfu.odrl import Conflict, Policy, Situation, evaluate, read
from xinfu.odrl.model.inherit import inherit
from xinfu.odrl.report import documents
from xinfu.verdict import Verdict


def family(**documents: dict[str, Any]) -> dict[str, Policy]:
    return {name: read({"@id": name} | document) for name, document in documents.items()}


def permit(action: str, **more: Any) -> dict[str, Any]:
    return {"permission": [{"action": action, **more}]}


def test_pol_20_rules_of_all_ancestors_are_put_in() -> None:
    known = family(
        child=permit("read") | {"inheritFrom": ["parent", "other"]},
        parent=permit("print") | {"inheritFrom": "grand", "profile": "http://www.w3.org/ns/odrl/2/core"},
        grand=permit("play") | {"obligation": [{"action": "inform"}]},
        other={"prohibition": [{"action": "sell"}], "conflict": "prohibit"},
    )
    found = inherit(known["child"], known)
    assert [rule.action for rule in found.permissions] == ["read", "print", "play"]
    assert [rule.action for rule in found.prohibitions] == ["sell"]
    assert [rule.action for rule in found.obligations] == ["inform"]
    assert (found.inherits, found.conflict, len(found.profile)) == ((), Conflict.PROHIBIT, 1)
    assert evaluate(odrl.compile(found), Situation(action="play")).verdict is Verdict.YES


def test_pol_20_targets_and_parties_go_for_all_rules_together() -> None:
    known = family(
        child=permit("read") | {"inheritFrom": "parent", "target": "urn:a"},
        parent=permit("print") | {"target": "urn:b", "assignee": "urn:p"},
    )
    found = inherit(known["child"], known)
    pairs = {(rule.action, rule.target.id if rule.target else None) for rule in found.permissions}
    assert pairs == {("read", "urn:a"), ("read", "urn:b"), ("print", "urn:a"), ("print", "urn:b")}
    assert (found.target, found.assignee) == (None, "urn:p")


def test_pol_20_a_rule_with_a_target_of_its_own_gets_the_others_beside_it() -> None:
    known = family(
        child={
            "permission": [{"action": "read", "target": "urn:own"}, {"action": "play"}],
            "inheritFrom": "parent",
        },
        parent=permit("print") | {"target": "urn:b"},
    )
    found = inherit(known["child"], known)
    targets = [rule.target.id if rule.target else None for rule in found.permissions]
    assert (found.target, targets) == (None, ["urn:own", "urn:b", "urn:b", "urn:b"])


@pytest.mark.parametrize("depth", [1, 2, 20])
def test_pol_21_a_cycle_is_an_error(depth: int) -> None:
    known = family(**{f"p{i}": permit("use") | {"inheritFrom": f"p{(i + 1) % depth}"} for i in range(depth)})
    with pytest.raises(ProtocolError) as refused:
        inherit(known["p0"], known)
    assert refused.value.code == "policy.cyclic"


def test_pol_21_a_parent_that_is_not_there_opens_nothing() -> None:
    known = family(
        child=permit("use") | {"inheritFrom": "parent"}, parent=permit("use") | {"inheritFrom": "gone"}
    )
    for name in known:
        decision = evaluate(odrl.compile(inherit(known[name], known)), Situation())
        assert decision.verdict is Verdict.UNKNOWN


def test_p5_a_line_of_ancestors_without_end_is_refused() -> None:
    known = family(
        **{f"p{i}": permit("use") | {"inheritFrom": f"p{i + 1}"} for i in range(1000)}, p1000=permit("use")
    )
    with pytest.raises(ProtocolError) as refused:
        inherit(known["p0"], known)
    assert refused.value.code == "policy.too-large"


def test_p5_many_ways_to_one_ancestor_are_walked_once() -> None:
    layers = {
        f"p{i}{side}": permit("use") | {"inheritFrom": [f"p{i + 1}a", f"p{i + 1}b"]}
        for i in range(30)
        for side in "ab"
    }
    known = family(**layers, p30a=permit("read"), p30b=permit("print"))
    found = inherit(known["p0a"], known)
    assert {rule.action for rule in found.permissions} == {"use", "read", "print"}


def test_pol_22_a_status_is_not_taken_over() -> None:
    constraint = {"leftOperand": "count", "operator": "lteq", "rightOperand": "3", "status": "2"}
    known = family(
        child=permit("use") | {"inheritFrom": "parent"},
        parent=permit(
            "use", constraint=[{"or": [constraint]}], duty=[{"action": "inform", "constraint": [constraint]}]
        ),
    )
    assert '"status":"2"' not in str(odrl.write(inherit(known["child"], known))).replace("'", '"').replace(
        " ", ""
    )


@pytest.mark.parametrize(
    ("child", "parent", "expected"),
    [
        (None, None, None),
        (None, "perm", Conflict.PERM),
        ("perm", None, Conflict.PERM),
        ("perm", "perm", Conflict.PERM),
        ("perm", "prohibit", Conflict.INVALID),
    ],
)
def test_pol_23_strategies_that_differ_void_a_policy_in_conflict(
    child: str | None, parent: str | None, expected: Conflict | None
) -> None:
    known = family(
        child=permit("use") | {"inheritFrom": "parent", "conflict": child}, parent={"conflict": parent}
    )
    assert inherit(known["child"], known).conflict is expected


def test_two_policies_that_inherit_from_each_other_are_named_as_such() -> None:
    rule = "odrl:permission [ odrl:action odrl:use ]"
    text = "@prefix odrl: <http://www.w3.org/ns/odrl/2/> . " + " ".join(
        f"<urn:{one}> a odrl:Set ; odrl:inheritFrom <urn:{other}> ; {rule} ." for one, other in ("pq", "qp")
    )
    with pytest.raises(ProtocolError) as refused:
        documents.read_policy(text)
    assert refused.value.code == "policy.cyclic"
