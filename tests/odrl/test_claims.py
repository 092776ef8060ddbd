"""Claims are compared by value: the issuer of a credential chooses how a number or an instant is spelled."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinfu import odrl
from xinfu.odrl.model.policy import AtomicConstraint
from xinfu.odrl.report.rdf import Term, TermKind
from xinfu.odrl.report.world import State, StatedValue, judge
from xinfu.odrl.values import sorts
from xinfu.odrl.values.sorts import read_moment
from xinfu.verdict import Verdict

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
LEFT = "vc:R.level"


def held(operator: str, right: Any) -> dict[str, Any]:
    return {"leftOperand": LEFT, "operator": operator, "rightOperand": right}


def decided(operator: str, right: Any, *claim: str, prohibit: bool = False) -> Verdict:
    rule = {"action": "use", "constraint": [held(operator, right)]}
    rules = {"permission": [{"action": "use"}], "prohibition": [rule], "conflict": "prohibit"}
    program = odrl.compile(odrl.read(rules if prohibit else {"permission": [rule]}))
    return odrl.evaluate(program, odrl.Situation(claims={"R.level": claim})).verdict


NOON = "2026-01-01T12:00:00Z"
CASES: list[tuple[str, Any, tuple[str, ...], Verdict]] = [
    ("eq", 5, ("5.0",), YES),
    ("eq", "5.00", ("5",), YES),
    ("eq", "-0", ("0.0",), YES),
    ("neq", 5, ("5.0",), NO),
    ("neq", 5, ("6",), YES),
    ("isAnyOf", [4, 5], ("5.0",), YES),
    ("isNoneOf", [5, 6], ("5.0",), NO),
    ("isAllOf", [5, 6], ("6.0", "5.0", "7"), YES),
    ("isAllOf", [5, 6], ("5.0",), NO),
    ("hasPart", 5, ("4", "5.0"), YES),
    ("isPartOf", 5, ("5.0",), YES),
    ("isA", 5, ("5.0",), YES),
    ("eq", NOON, ("2026-01-01T20:00:00+08:00",), YES),
    ("neq", NOON, ("2026-01-01T20:00:00+08:00",), NO),
    ("neq", NOON, ("2026-01-01T20:00:01+08:00",), YES),
    ("eq", "2026-01-01Z", (NOON,), YES),
    ("eq", NOON, ("2026-01-01Z",), NO),
    ("eq", "2026-01-01Z", ("2026-01-02T00:00:00Z",), NO),
    ("eq", "2026-01-02+12:00", ("2026-01-01-12:00",), YES),
    ("eq", 5, ("05",), NO),
    ("eq", "05", ("05",), YES),
    ("eq", "active", ("active",), YES),
    ("eq", "active", ("Active",), NO),
    ("isAllOf", [], ("5",), UNKNOWN),
    ("isAnyOf", [], ("5",), NO),
    ("isNoneOf", [], ("5",), YES),
]


@pytest.mark.parametrize(("operator", "right", "claim", "expected"), CASES)
def test_equal_values_are_equal_however_they_are_spelled(
    operator: str, right: Any, claim: tuple[str, ...], expected: Verdict
) -> None:
    assert decided(operator, right, *claim) is expected
    assert decided(operator, right, *claim, prohibit=True) is {YES: NO, NO: YES, UNKNOWN: UNKNOWN}[expected]


@pytest.mark.parametrize(("operator", "right", "claim", "expected"), CASES)
def test_a_report_compares_them_alike(
    operator: str, right: Any, claim: tuple[str, ...], expected: Verdict
) -> None:
    constraint = (
        odrl.read({"permission": [{"constraint": [held(operator, right)]}]}).permissions[0].constraints[0]
    )
    assert isinstance(constraint, AtomicConstraint)
    stated = tuple(StatedValue(Term(each, TermKind.LITERAL)) for each in claim)
    assert judge(constraint, stated, State()) is expected


def test_eq_agrees_with_at_least_and_at_most() -> None:
    for claim in ("5", "5.0", "5.000", "4.9", "5.1", "-5"):
        both = decided("gteq", 5, claim) & decided("lteq", 5, claim)
        assert decided("eq", 5, claim) is both


def test_a_code_has_no_order() -> None:
    """What is not equal to 5 is neither at least nor at most 5: nothing opens by it, and a prohibition holds."""
    for operator in ("lt", "lteq", "gt", "gteq"):
        assert decided(operator, 5, "05") is UNKNOWN
        assert decided(operator, 5, "05", prohibit=True) is UNKNOWN


def policy(operator: str, right: Any) -> odrl.Policy:
    return odrl.read({"permission": [{"action": "use", "constraint": [held(operator, right)]}]})


@pytest.mark.parametrize(
    ("one", "other", "relation"),
    [
        (("eq", 5), ("eq", "5.0"), "equivalent"),
        (("neq", "5.00"), ("neq", 5), "equivalent"),
        (("isAnyOf", [5, "5.0", 6]), ("isAnyOf", ["6.0", 5]), "equivalent"),
        (("eq", NOON), ("eq", "2026-01-01T20:00:00+08:00"), "equivalent"),
        (("eq", NOON), ("eq", "2026-01-01Z"), "within"),
        (("isAnyOf", [NOON, "2026-01-03T12:00:00Z"]), ("eq", "2026-01-01Z"), "conflicting"),
        (("eq", 5), ("eq", "05"), "conflicting"),
    ],
)
def test_policies_are_compared_by_value(one: tuple[str, Any], other: tuple[str, Any], relation: str) -> None:
    pair = policy(*one), policy(*other)
    assert odrl.compare(*pair).relation == relation
    assert odrl.equivalent(*pair) is (relation == "equivalent")
    assert (not odrl.difference(*pair)) is (relation == "equivalent")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3), st.integers(0, 3))
def test_a_number_has_one_spelling(number: Decimal, zeros: int) -> None:
    text = f"{number:f}"
    spelled = sorts.read_claim(text)
    assert spelled is not None
    assert Decimal(spelled) == number
    assert sorts.read_claim(text + "0" * zeros) == spelled == sorts.read_claim(spelled)


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(microsecond=0)),
    st.integers(-14, 14),
    st.booleans(),
)
def test_a_moment_has_one_spelling_and_stays_what_it_was(at: datetime, hours: int, is_day: bool) -> None:
    zone = f"{'-' if hours < 0 else '+'}{abs(hours):02}:00"
    text = (at.date().isoformat() if is_day else at.isoformat()) + zone
    spelled = sorts.read_claim(text)
    assert spelled is not None
    assert read_moment(spelled) == read_moment(text)
    assert sorts.read_claim(spelled) == spelled
