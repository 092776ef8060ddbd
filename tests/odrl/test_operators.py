"""The table of operators and sorts, row by row, through the whole engine."""

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from xinfu import odrl
from xinfu.odrl import Registry, Situation, Taxonomy, evaluate, read
from xinfu.odrl.operators import TABLE
from xinfu.odrl.sorts import Sort
from xinfu.odrl.terms import OPERATORS
from xinfu.verdict import Verdict

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
TAXONOMY = Taxonomy(broader={"research": ("science",), "science": (), "sales": ()})
REGISTRY = Registry(taxonomy=TAXONOMY)

USABLE = {
    Sort.INSTANT: "eq neq lt lteq gt gteq",
    Sort.COUNT: "lt lteq",
    Sort.TERM: "eq neq isAnyOf isNoneOf isAllOf isA isPartOf hasPart",
    Sort.PARTY: "eq neq isAnyOf isNoneOf isAllOf",
    Sort.REGION: "eq neq isAnyOf isNoneOf isAllOf isA isPartOf hasPart",
    Sort.CLAIM: "eq neq isAnyOf isNoneOf isAllOf isA isPartOf hasPart lt lteq gt gteq",
}
NAMES = {
    Sort.INSTANT: ("dateTime", "2026-01-01T00:00:00Z"),
    Sort.COUNT: ("count", "3"),
    Sort.TERM: ("purpose", "research"),
    Sort.PARTY: ("recipient", "did:c"),
    Sort.REGION: ("spatial", "CN-HN"),
    Sort.CLAIM: ("T.level", "3"),
}
FULL = Situation(
    now=datetime(2026, 1, 1, tzinfo=UTC),
    assignee="did:c",
    purpose="research",
    spatial="CN-HN",
    claims={"T.level": ("3",), "T.roles": ("a", "b"), "T.since": ("2025-01-01Z",), "T.kind": ("research",)},
    counts={"permission[0]": 2},
)


def ask(situation: Situation, left: str, operator: str, right: object) -> Verdict:
    constraint = {"leftOperand": left, "operator": operator, "rightOperand": right}
    policy = read({"permission": [{"action": "use", "constraint": [constraint]}]})
    return evaluate(odrl.compile(policy, registry=REGISTRY), situation).verdict


@pytest.mark.parametrize(("sort", "operator"), list(product(Sort, sorted(OPERATORS))))
def test_an_operator_outside_the_table_of_its_sort_is_unknown(sort: Sort, operator: str) -> None:
    left, right = NAMES[sort]
    is_usable = operator in USABLE[sort].split()
    assert (operator in TABLE[sort]) is is_usable
    assert (ask(FULL, left, operator, right) is not UNKNOWN) is is_usable


ROWS: list[tuple[str, str, object, Any, Verdict]] = [
    # dateTime: an instant
    *(
        ("dateTime", operator, "2026-01-01T08:00:00+08:00", {"now": now}, verdict)
        for operator, verdicts in {
            "lt": (YES, NO, NO),
            "lteq": (YES, YES, NO),
            "gt": (NO, NO, YES),
            "gteq": (NO, YES, YES),
            "eq": (NO, YES, NO),
            "neq": (YES, NO, YES),
        }.items()
        for now, verdict in zip(
            (
                datetime(2025, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
                datetime(2026, 1, 1, tzinfo=UTC),
                datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
            ),
            verdicts,
            strict=True,
        )
    ),
    # dateTime: a date is its whole day
    *(
        ("dateTime", operator, "2026-01-01+08:00", {"now": now}, verdict)
        for operator, verdicts in {
            "lt": (YES, NO, NO, NO),
            "lteq": (YES, YES, YES, NO),
            "gt": (NO, NO, NO, YES),
            "gteq": (NO, YES, YES, YES),
            "eq": (NO, YES, YES, NO),
            "neq": (YES, NO, NO, YES),
        }.items()
        for now, verdict in zip(
            (
                datetime(2025, 12, 31, 15, 59, tzinfo=UTC),
                datetime(2025, 12, 31, 16, tzinfo=UTC),
                datetime(2026, 1, 1, 15, 59, tzinfo=UTC),
                datetime(2026, 1, 1, 16, tzinfo=UTC),
            ),
            verdicts,
            strict=True,
        )
    ),
    # count: the use that is asked for is the third
    ("count", "lteq", "3", {}, YES),
    ("count", "lteq", "2", {}, NO),
    ("count", "lt", "4", {}, YES),
    ("count", "lt", "3", {}, NO),
    ("count", "lteq", "3", {"counts": {"permission[0]": -1}}, UNKNOWN),
    ("count", "lteq", "3", {"counts": {"permission[1]": 0}}, UNKNOWN),
    # purpose: a term
    ("purpose", "eq", "odrl:research", {}, YES),
    ("purpose", "eq", "Research", {}, NO),
    ("purpose", "neq", "sales", {}, YES),
    ("purpose", "isAnyOf", ["sales", "research"], {}, YES),
    ("purpose", "isAnyOf", "research", {}, YES),
    ("purpose", "isAnyOf", [], {}, NO),
    ("purpose", "isNoneOf", [], {}, YES),
    ("purpose", "isAllOf", [], {}, UNKNOWN),
    ("purpose", "isNoneOf", ["sales"], {}, YES),
    ("purpose", "isNoneOf", ["research"], {}, NO),
    ("purpose", "isAllOf", ["research", "research"], {}, YES),
    ("purpose", "isAllOf", ["research", "sales"], {}, NO),
    ("purpose", "isA", "science", {}, YES),
    ("purpose", "isPartOf", "science", {}, YES),
    ("purpose", "isA", "sales", {}, NO),
    ("purpose", "isA", "health", {}, UNKNOWN),
    ("purpose", "hasPart", "research", {"purpose": "science"}, YES),
    ("purpose", "hasPart", "science", {}, NO),
    ("purpose", "eq", "research", {"purpose": ""}, UNKNOWN),
    # party
    ("recipient", "eq", "did:c", {}, YES),
    ("recipient", "eq", "DID:c", {}, NO),
    ("recipient", "neq", "did:c", {}, NO),
    ("recipient", "isAllOf", ["did:c"], {}, YES),
    ("assignee", "isNoneOf", ["did:c", "did:x"], {}, NO),
    ("recipient", "eq", "did:c", {"assignee": ""}, UNKNOWN),
    # spatial: a region
    ("spatial", "eq", "430000", {}, YES),
    ("spatial", "neq", "430000", {}, NO),
    ("spatial", "eq", "CN", {}, UNKNOWN),
    ("spatial", "neq", "CN", {}, UNKNOWN),
    ("spatial", "isAnyOf", ["US", "CN-HN"], {}, YES),
    ("spatial", "isNoneOf", ["US", "DE"], {}, YES),
    ("spatial", "isNoneOf", ["US", "CN"], {}, UNKNOWN),
    ("spatial", "isAllOf", ["CN-HN", "43"], {}, YES),
    ("spatial", "isPartOf", "CN", {}, YES),
    ("spatial", "isPartOf", "US", {}, NO),
    ("spatial", "isPartOf", "430200", {}, UNKNOWN),
    ("spatial", "hasPart", "430200", {}, YES),
    ("spatial", "isPartOf", "CN", {"spatial": "Atlantis"}, UNKNOWN),
    # claims
    ("T.level", "eq", "3", {}, YES),
    ("vc:T.level", "odrl:neg", "3", {}, NO),
    ("T.level", "lt", "10", {}, YES),
    ("T.level", "gt", "2.5", {}, YES),
    ("T.level", "gteq", "3.0", {}, YES),
    ("T.level", "lteq", "2", {}, NO),
    ("T.since", "lt", "2026-01-01Z", {}, YES),
    ("T.since", "gt", "2026-01-01Z", {}, NO),
    ("T.since", "gt", "5", {}, UNKNOWN),
    ("T.roles", "gt", "5", {}, UNKNOWN),
    ("T.roles", "eq", "b", {}, YES),
    ("T.roles", "neq", "b", {}, NO),
    ("T.roles", "isAnyOf", ["x", "a"], {}, YES),
    ("T.roles", "isNoneOf", ["x", "a"], {}, NO),
    ("T.roles", "isAllOf", ["a", "b"], {}, YES),
    ("T.roles", "isAllOf", ["a", "c"], {}, NO),
    ("T.roles", "hasPart", "a", {}, YES),
    ("T.kind", "isA", "science", {}, YES),
    ("T.absent", "isNoneOf", ["x"], {}, UNKNOWN),
    ("T.level", "eq", "3", {"claims": {"T.level": ()}}, UNKNOWN),
    ("vc:T", "eq", "active", {"claims": {"T": ()}}, YES),
    ("vc:T", "neq", "active", {"claims": {"T": ()}}, NO),
    ("vc:T", "eq", "active", {"claims": {}}, UNKNOWN),
    ("membership", "neq", "active", {"claims": {"MembershipCredential": ()}}, NO),
    ("membership", "neq", "urn:s", {"claims": {"MembershipCredential": ()}}, UNKNOWN),
    ("membership", "neq", "urn:s", {"claims": {"MembershipCredential.memberOf": ("urn:t",)}}, UNKNOWN),
    (
        "membership",
        "neq",
        "urn:s",
        {"claims": {"MembershipCredential": (), "MembershipCredential.memberOf": ("urn:t",)}},
        YES,
    ),
]


@pytest.mark.parametrize(
    ("left", "operator", "right", "facts", "verdict"),
    ROWS,
    ids=[f"{i}-{row[0]}-{row[1]}" for i, row in enumerate(ROWS)],
)
def test_each_comparison_is_what_the_table_says(
    left: str, operator: str, right: object, facts: dict[str, Any], verdict: Verdict
) -> None:
    situation = Situation(**{name: getattr(FULL, name) for name in Situation.__struct_fields__} | facts)
    assert ask(situation, left, operator, right) is verdict
