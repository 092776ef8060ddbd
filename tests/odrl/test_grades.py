"""Grades: each asks for all that lower ones do, is kept by its own default, and by nothing that may not apply."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinfu import odrl
from xinfu.odrl import Policy, PolicyKind
from xinfu.odrl.grades import GRADES, asked, default_policy, read_grade, shortfalls

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)


def made(*constraints: tuple[str, str, Any], action: str = "use", **more: Any) -> Policy:
    """A policy of one permission."""
    names = ("leftOperand", "operator", "rightOperand")
    rule: dict[str, Any] = {"action": action, **more.pop("rule", {})}
    if constraints:
        rule["constraint"] = [dict(zip(names, each, strict=True)) for each in constraints]
    return odrl.read({"@type": "Set", "permission": [rule], **more}, kind=PolicyKind.SET)


def lacks(policy: Policy, grade: int) -> set[str]:
    return {each.demand for each in shortfalls(policy, grade)}


MEMBER: Final = ("membership", "eq", "active")
PURPOSE: Final = ("purpose", "eq", "research")
END: Final = ("dateTime", "lteq", "2030-01-01T00:00:00Z")
TIMES: Final = ("count", "lteq", "3")
NAMED: Final = ("recipient", "eq", "did:web:b.example")
COLUMNS: Final = ("dataField", "isAnyOf", ["day", "level"])
NO_PASSING_ON: Final[dict[str, Any]] = {"conflict": "prohibit", "prohibition": [{"action": "distribute"}]}
DELETED: Final[dict[str, Any]] = {"duty": [{"action": "delete"}]}
IN_VAULT: Final = ("executionEnv", "eq", "01")

ENOUGH: Final = {
    1: made(),
    2: made(MEMBER, **NO_PASSING_ON),
    3: made(MEMBER, PURPOSE, END, **NO_PASSING_ON),
    4: made(MEMBER, PURPOSE, END, TIMES, action="read", rule=DELETED),
    5: made(NAMED, PURPOSE, END, TIMES, COLUMNS, action="read", rule=DELETED),
}
"""The least for each grade."""


@pytest.mark.parametrize("grade", GRADES)
def test_the_least_is_enough_for_its_grade_and_those_below(grade: int) -> None:
    assert [each for each in range(1, grade + 1) if lacks(ENOUGH[grade], each)] == []
    assert lacks(ENOUGH[grade], grade + 1) if grade < 5 else True


@pytest.mark.parametrize("grade", [each.number for each in GRADES.values() if each.default])
def test_the_default_of_a_grade_can_be_published_and_keeps_what_it_asks_for(grade: int) -> None:
    document = default_policy(grade, NOW)
    assert document is not None
    policy = odrl.read(document, kind=PolicyKind.SET)
    odrl.check(policy)
    assert lacks(policy, grade) == set()


def test_important_data_has_no_default() -> None:
    assert default_policy(5, NOW) is None


def test_each_grade_asks_for_more_than_the_one_below() -> None:
    names = [{each.name for each in asked(grade)} for grade in GRADES]
    assert all(lower < higher for lower, higher in pairwise(names))
    assert names[0] == set()


WEAK: Final[dict[str, tuple[int, Policy, set[str]]]] = {
    "anybody": (2, made(**NO_PASSING_ON), {"members"}),
    "anybody but one": (2, made(("recipient", "neq", "did:web:b.example"), **NO_PASSING_ON), {"members"}),
    "passed on": (2, made(MEMBER), {"passing-on"}),
    "passed on under a condition": (
        2,
        made(
            MEMBER,
            prohibition=[
                {
                    "action": "distribute",
                    "constraint": [{"leftOperand": "purpose", "operator": "eq", "rightOperand": "x"}],
                }
            ],
        ),
        {"passing-on"},
    ),
    "a prohibition that a permission beats": (
        2,
        made(MEMBER, conflict="perm", prohibition=[{"action": "distribute"}]),
        {"passing-on"},
    ),
    "without purpose or end": (3, made(MEMBER, **NO_PASSING_ON), {"purpose", "end"}),
    "a beginning is no end": (
        3,
        made(MEMBER, PURPOSE, ("dateTime", "gteq", "2020-01-01T00:00:00Z"), **NO_PASSING_ON),
        {"end"},
    ),
    "out of the vault": (4, made(MEMBER, PURPOSE, END, TIMES, rule=DELETED, **NO_PASSING_ON), {"vault"}),
    "another environment": (
        4,
        made(
            MEMBER,
            PURPOSE,
            END,
            TIMES,
            ("executionEnv", "isAnyOf", ["01", "07"]),
            rule=DELETED,
            **NO_PASSING_ON,
        ),
        {"vault"},
    ),
    "without count or deletion": (
        4,
        made(MEMBER, PURPOSE, END, action="read"),
        {"count", "deletion"},
    ),
    "what only the contract binds": (
        4,
        made(MEMBER, PURPOSE, END, TIMES, IN_VAULT, action="derive", rule=DELETED),
        {"technical"},
    ),
    "any member, as it lies there": (5, ENOUGH[4], {"recipient", "form"}),
}


@pytest.mark.parametrize(("grade", "policy", "missing"), WEAK.values(), ids=WEAK)
def test_what_is_too_weak_is_told_by_what_it_lacks(grade: int, policy: Policy, missing: set[str]) -> None:
    assert lacks(policy, grade) == missing


KEPT: Final[dict[str, tuple[int, Policy]]] = {
    "a claim of a credential": (2, made(("vc:FrameworkAgreement", "eq", "active"), **NO_PASSING_ON)),
    "a party that the policy names": (2, made(assignee="did:web:b.example", **NO_PASSING_ON)),
    "reading includes no passing on": (2, made(MEMBER, action="read")),
    "the vault as environment": (
        4,
        made(MEMBER, PURPOSE, END, TIMES, IN_VAULT, rule=DELETED, **NO_PASSING_ON),
    ),
    "an end that counts from the agreement": (
        3,
        made(MEMBER, PURPOSE, ("inForceDate", "lteq", "contractAgreement+30d"), **NO_PASSING_ON),
    ),
    "rows in place of uses": (
        4,
        made(MEMBER, PURPOSE, END, ("rows", "lteq", "10"), action="read", rule=DELETED),
    ),
    "deletion as an obligation": (
        4,
        made(MEMBER, PURPOSE, END, TIMES, action="read", obligation=[{"action": "delete"}]),
    ),
    "masked columns": (
        5,
        made(
            NAMED,
            PURPOSE,
            END,
            TIMES,
            action="read",
            rule={
                "duty": [
                    {"action": "delete"},
                    {
                        "action": [
                            {
                                "rdf:value": {"@id": "odrl:anonymize"},
                                "refinement": [
                                    {
                                        "leftOperand": "dataField",
                                        "operator": "isAnyOf",
                                        "rightOperand": ["name"],
                                    }
                                ],
                            }
                        ]
                    },
                ]
            },
        ),
    ),
}


@pytest.mark.parametrize(("grade", "policy"), KEPT.values(), ids=KEPT)
def test_other_ways_to_keep_the_same(grade: int, policy: Policy) -> None:
    assert lacks(policy, grade) == set()


def test_one_of_several_alternatives_keeps_nothing() -> None:
    either = {
        "or": [
            dict(zip(("leftOperand", "operator", "rightOperand"), each, strict=True))
            for each in (MEMBER, PURPOSE)
        ]
    }
    policy = odrl.read({"permission": [{"action": "read", "constraint": [either]}]}, kind=PolicyKind.SET)
    assert lacks(policy, 2) == {"members"}


def test_every_permission_is_looked_at_and_named() -> None:
    strict, open_ = ENOUGH[3].permissions[0], ENOUGH[1].permissions[0]
    both = Policy(kind=PolicyKind.SET, permissions=(strict, open_), prohibitions=ENOUGH[3].prohibitions)
    assert {(each.rule, each.demand) for each in shortfalls(both, 3)} == {
        ("permission[1]", "members"),
        ("permission[1]", "purpose"),
        ("permission[1]", "end"),
    }
    assert all(each.zh and each.en and each.help_zh and each.help_en for each in shortfalls(both, 3))


CONSTRAINTS: Final = st.sampled_from([MEMBER, PURPOSE, END, TIMES, NAMED, IN_VAULT, COLUMNS])


@given(
    some=st.lists(CONSTRAINTS, unique_by=str),
    more=st.lists(CONSTRAINTS, unique_by=str),
    action=st.sampled_from(["use", "read", "derive"]),
    grade=st.integers(1, 5),
)
def test_a_rule_that_asks_for_more_never_keeps_less(
    some: list[Any], more: list[Any], action: str, grade: int
) -> None:
    wider = lacks(made(*some, action=action), grade)
    narrower = lacks(made(*some, *(each for each in more if each not in some), action=action), grade)
    assert narrower <= wider
    assert all(lacks(made(*some, action=action), lower) <= wider for lower in range(1, grade))


@pytest.mark.parametrize("text", ["0", "6", "A", "", "1.0", "１"])
def test_what_is_no_grade_is_none(text: str) -> None:
    assert read_grade(text) is None
    assert read_grade("3") == 3
