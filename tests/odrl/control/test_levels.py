"""A level claims no more than the decision keeps."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinfu import odrl
from xinfu.odrl import Control, Situation, levels, read
from xinfu.verdict import Verdict


def c(left: str, right: str, operator: str = "eq") -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


TIME = c("dateTime", "2026-06-01T00:00:00Z", "lt")
PURPOSE = c("purpose", "research")
MEMBER = c("membership", "active")
COUNT = c("count", "3", "lteq")
SHARE = c("percentage", "50", "lteq")
UNHEARD = c("phaseOfTheMoon", "full")
P, C, X = Control.PROVIDER, Control.CONTRACT, Control.CLOSED


@pytest.mark.parametrize(
    ("constraints", "permitted", "barred"),
    [
        ([TIME, PURPOSE], C, C),
        ([TIME, SHARE], X, P),
        ([{"or": [TIME, SHARE]}], P, X),
        ([{"or": [PURPOSE, SHARE]}], C, X),
        ([{"and": [PURPOSE, UNHEARD]}], X, C),
        ([{"xone": [TIME, SHARE]}], X, X),
        ([{"andSequence": [TIME, MEMBER]}], X, X),
        ([{"or": [SHARE, UNHEARD]}], X, X),
        ([COUNT], P, X),
        ([COUNT, c("unitOfCount", "day")], P, X),
    ],
)
def test_what_nobody_can_tell_closes_a_rule_unless_another_part_is_enough(
    constraints: list[Any], permitted: Control, barred: Control
) -> None:
    for kind, level in (("permission", permitted), ("prohibition", barred)):
        [found] = levels(read({kind: [{"action": "use", "constraint": constraints}]}))
        assert (kind, found.level) == (kind, level)


CONSTRAINTS = st.recursive(
    st.sampled_from([TIME, PURPOSE, MEMBER, COUNT, SHARE, UNHEARD]),
    lambda inner: st.builds(
        lambda op, parts: {op: parts},
        st.sampled_from(["and", "or", "xone"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
SITUATIONS = [
    Situation(
        now=datetime(year, 1, 1, tzinfo=UTC),
        purpose=purpose,
        claims={"MembershipCredential": ()} if member else {},
        counts={"permission[0]": spent},
    )
    for year in (2026, 2027)
    for purpose in (None, "research", "marketing")
    for member in (False, True)
    for spent in (0, 3)
]
"""All that a node can know: never a share of the dataset, and nothing of what nobody has heard of."""


@given(CONSTRAINTS)
def test_under_a_closed_rule_nothing_is_handed_out_whatever_the_facts(constraint: dict[str, Any]) -> None:
    rule = {"action": "use", "constraint": [constraint]}
    permitting = read({"@type": "Agreement", "permission": [rule]})
    barring = read(
        {
            "@type": "Agreement",
            "permission": [{"action": "use"}],
            "prohibition": [rule],
            "conflict": "prohibit",
        }
    )
    for policy in (permitting, barring):
        if levels(policy)[-1].level is Control.CLOSED:
            program = odrl.compile(policy)
            assert all(odrl.evaluate(program, each).verdict is not Verdict.YES for each in SITUATIONS)


def test_a_rule_that_nobody_asks_a_node_for_is_by_contract_and_a_vault_is_asked_for_export_too() -> None:
    found = levels(
        read({"permission": [{"action": name} for name in ("stream", "derive", "reproduce", "read")]})
    )
    assert [each.level for each in found] == [C, C, C, P]
    assert [each.inside for each in found] == [None, None, Control.ENVIRONMENT, Control.ENVIRONMENT]
    assert "受控存储" in found[2].zh
    assert "no proof" in found[2].en


def test_a_declared_vault_stays_by_contract_and_is_known_inside() -> None:
    [found] = levels(read({"permission": [{"action": "use", "constraint": [c("executionEnv", "01")]}]}))
    assert (found.level, found.inside) == (C, Control.ENVIRONMENT)


@pytest.mark.parametrize(
    ("duty", "level", "inside"),
    [
        ({"action": "delete"}, C, Control.ENVIRONMENT),
        ({"action": "delete", "constraint": [c("elapsedTime", "P30D", "lteq")]}, C, Control.ENVIRONMENT),
        ({"action": "delete", "constraint": [c("purpose", "research")]}, C, C),
        ({"action": "inform"}, C, None),
        ({"action": "compensate"}, P, None),
        ({"action": "anonymize"}, X, None),
        ({"action": "fold"}, X, None),
    ],
)
def test_a_duty_that_nobody_can_do_closes_its_permission(
    duty: dict[str, Any], level: Control, inside: Control | None
) -> None:
    rule, owed = levels(read({"permission": [{"action": "use", "duty": [duty]}]}))
    assert (owed.level, owed.inside) == (level, inside)
    assert rule.level is (X if level is X else P)


def test_a_policy_over_its_limits_is_closed_as_a_whole() -> None:
    large = read({"permission": [{"action": "use"}], "profile": "urn:example:unheard"})
    assert [each.level for each in levels(large)] == [X]
