"""Grades: each asks for all that lower ones do, is kept by its own default, and by nothing that may not apply."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinfu import odrl
from xinfu.odrl import Policy, PolicyKind
from xinfu.odrl.control.grades import GRADES, default_policy, demands_of, read_grade, shortfalls

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)


def made(*constraints: tuple[str, str, Any], action: str = "use", **more: Any) -> Policy:
    """A policy of one permission."""
    names = ("leftOperand", "operator", "rightOperand")
    rule: dict[str, Any] = {"action": action, **more.pop("rule", {})}
    if constraints:
        rule["constraint"] = [dict(zip(names, each, strict=True)) for each in constraints]
    return odrl.read({"@type": "Set", "permission": [rule], **more}, kind=PolicyKind.SET)


def lacks(policy: Policy, grade: int) -> set[str]:
    return {each.demand for each in shortfalls(policy, grade, NOW)}


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
    names = [{each.name for each in demands_of(grade)} for grade in GRADES]
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


def deleted(*constraints: dict[str, Any], **more: Any) -> Policy:
    """Enough for grade 4, but for a deletion under these terms."""
    rule = {"duty": [{"action": "delete", "constraint": list(constraints), **more}]}
    return made(MEMBER, PURPOSE, END, TIMES, action="read", rule=rule)


def said(left: str, operator: str, right: str) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


COLUMN: Final = {"leftOperand": "dataField", "operator": "eq", "rightOperand": "a"}
NEVER_DELETED: Final[dict[str, Policy]] = {
    "under another purpose": deleted(said("purpose", "eq", "zzz")),
    "by the provider": deleted(assignee="did:web:provider.example"),
    "by a third party": deleted(informingParty="did:web:other.example"),
    "something else": deleted(target="urn:other"),
    "one column": deleted(action=[{"rdf:value": {"@id": "odrl:delete"}, "refinement": [COLUMN]}]),
    "after a thousand years": deleted(said("delayPeriod", "gteq", "P1000Y")),
    "within a million years": deleted(said("elapsedTime", "lteq", "P999999Y")),
    "within eleven years": deleted(said("elapsedTime", "lteq", "P11Y")),
    "at the end of time": deleted(said("dateTime", "lteq", "9999-12-31T23:59:59Z")),
    "while it is used": deleted(said("dateTime", "lteq", "2029-01-01T00:00:00Z")),
    "before it is used": deleted(said("event", "lt", "policyUsage")),
    "as one of two": deleted({"or": [said("elapsedTime", "lteq", "P1D"), said("purpose", "eq", "a")]}),
    "by a time that nobody can read": deleted(said("elapsedTime", "lteq", "soon")),
    "as an obligation about something else": made(
        MEMBER, PURPOSE, END, TIMES, action="read", obligation=[{"action": "delete", "target": "urn:other"}]
    ),
    "as an obligation of the provider": made(
        MEMBER,
        PURPOSE,
        END,
        TIMES,
        action="read",
        obligation=[{"action": "delete", "assignee": "did:web:provider.example"}],
    ),
}


@pytest.mark.parametrize("policy", NEVER_DELETED.values(), ids=NEVER_DELETED)
def test_a_deletion_that_may_never_come_is_none(policy: Policy) -> None:
    assert lacks(policy, 4) == {"deletion"}


DELETED_IN_THE_END: Final[dict[str, Policy]] = {
    "thirty days after the use": deleted(said("elapsedTime", "lteq", "P30D")),
    "not before a week": deleted(said("delayPeriod", "gteq", "P7D"), said("elapsedTime", "lteq", "P14D")),
    "after the use": deleted(said("event", "gt", "odrl:policyUsage")),
    "when no use can follow": deleted(said("dateTime", "lteq", "2030-01-01T00:00:00Z")),
    "by the user, by name": made(
        NAMED,
        PURPOSE,
        END,
        TIMES,
        action="read",
        assignee="did:web:b.example",
        rule={"duty": [{"action": "delete", "assignee": "did:web:b.example"}]},
    ),
}


@pytest.mark.parametrize("policy", DELETED_IN_THE_END.values(), ids=DELETED_IN_THE_END)
def test_a_deletion_that_comes_in_every_case_is_enough(policy: Policy) -> None:
    assert lacks(policy, 4) == set()


@pytest.mark.parametrize(
    "end",
    [
        ("dateTime", "lteq", "9999-12-31T23:59:59Z"),
        ("dateTime", "lt", "2036-01-03T00:00:00Z"),
        ("inForceDate", "lteq", "contractAgreement+3700d"),
        ("elapsedTime", "lteq", "P999999Y"),
    ],
)
def test_an_end_beyond_ten_years_is_none(end: tuple[str, str, str]) -> None:
    assert lacks(made(MEMBER, PURPOSE, end, **NO_PASSING_ON), 3) == {"end"}


@pytest.mark.parametrize(
    "end",
    [
        ("dateTime", "lt", "2036-01-01T00:00:00Z"),
        ("inForceDate", "lteq", "contractAgreement+3650d"),
        ("elapsedTime", "lteq", "P10Y"),
    ],
)
def test_an_end_within_ten_years_is_one(end: tuple[str, str, str]) -> None:
    assert lacks(made(MEMBER, PURPOSE, end, **NO_PASSING_ON), 3) == set()


@pytest.mark.parametrize(
    "count",
    [
        ("count", "lteq", "1" + "0" * 40),
        ("count", "lteq", "1000001"),
        ("bytes", "lteq", "999999 TB"),
        ("rows", "lteq", "1000000000001"),
        ("meteredTime", "lteq", "P11Y"),
    ],
)
def test_a_count_that_nobody_reaches_is_none(count: tuple[str, str, str]) -> None:
    assert lacks(made(MEMBER, PURPOSE, END, count, action="read", rule=DELETED), 4) == {"count"}


@pytest.mark.parametrize("action", ["transfer", "give", "sell"])
def test_handing_over_to_others_is_passing_on(action: str) -> None:
    assert lacks(made(MEMBER, action=action), 2) == {"passing-on"}


def test_what_is_barred_for_one_party_is_not_barred_for_others() -> None:
    group = {"@type": "PartyCollection", "uid": "urn:group"}
    policy = odrl.read(
        {
            "permission": [{"action": "use", "assignee": group}],
            "prohibition": [{"action": "distribute", "assignee": "did:web:b.example"}],
            "conflict": "prohibit",
        },
        kind=PolicyKind.SET,
    )
    assert lacks(policy, 2) == {"members", "passing-on"}


UNSOUND: Final = [
    ("membership", "like", "active"),
    ("purpose", "lteq", "research"),
    ("dateTime", "lteq", "2030-01-01T00:00:00"),
    ("count", "gteq", "3"),
    ("recipient", "eq", "did:web:b.ex\u0430mple"),
]


@pytest.mark.parametrize("constraint", UNSOUND, ids=[each[0] for each in UNSOUND])
def test_what_nobody_can_judge_keeps_nothing(constraint: tuple[str, str, str]) -> None:
    with_it = lacks(made(constraint, action="read"), 5) - {"technical"}
    assert with_it == lacks(made(action="read"), 5) - {"technical"}


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
    assert {(each.rule, each.demand) for each in shortfalls(both, 3, NOW)} == {
        ("permission[1]", "members"),
        ("permission[1]", "purpose"),
        ("permission[1]", "end"),
    }
    assert all(each.zh and each.en and each.help_zh and each.help_en for each in shortfalls(both, 3, NOW))


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


DELETIONS: Final = [
    said("elapsedTime", "lteq", "P30D"),
    said("elapsedTime", "lteq", "P999999Y"),
    said("delayPeriod", "gteq", "P1D"),
    said("purpose", "eq", "zzz"),
    said("event", "gt", "policyUsage"),
    said("dateTime", "lteq", "2031-01-01T00:00:00Z"),
]


@given(
    constraints=st.lists(st.sampled_from(DELETIONS), max_size=3, unique_by=str),
    more=st.sampled_from(DELETIONS),
    days=st.integers(0, 20_000),
)
def test_a_deletion_with_one_more_condition_never_counts_for_more(
    constraints: list[dict[str, Any]], more: dict[str, Any], days: int
) -> None:
    assert lacks(deleted(*constraints), 4) <= lacks(deleted(*constraints, more), 4)
    in_days = deleted(said("elapsedTime", "lteq", f"P{days}D"))
    assert ("deletion" in lacks(in_days, 4)) is (days > 3652)


@given(years=st.integers(2026, 9998), grade=st.integers(3, 5))
def test_an_end_counts_up_to_ten_years_and_never_beyond(years: int, grade: int) -> None:
    policy = made(MEMBER, PURPOSE, ("dateTime", "lteq", f"{years}-06-01T00:00:00Z"), **NO_PASSING_ON)
    assert ("end" in lacks(policy, grade)) is (years > 2035)


@pytest.mark.parametrize("text", ["0", "6", "A", "", "1.0", "１"])
def test_what_is_no_grade_is_none(text: str) -> None:
    assert read_grade(text) is None
    assert read_grade("3") == 3
