"""The table of operators and sorts, row by row, through the whole engine."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from xinfu import odrl
from xinfu.odrl import Registry, Situation, Taxonomy, evaluate, read
from xinfu.odrl.values.operators import TABLE
from xinfu.odrl.values.sorts import Sort
from xinfu.odrl.values.terms import OPERATORS
from xinfu.verdict import Verdict

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
TAXONOMY = Taxonomy(broader={"research": ("science",), "science": (), "sales": ()})
REGISTRY = Registry(taxonomy=TAXONOMY)

ORDERED = "eq neq lt lteq gt gteq isAnyOf isNoneOf isAllOf"
TEXTS = "eq neq isAnyOf isNoneOf isAllOf"
USABLE = {
    Sort.INSTANT: "eq neq lt lteq gt gteq",
    Sort.DURATION: ORDERED,
    Sort.COUNT: ORDERED,
    Sort.SIZE: ORDERED,
    Sort.DECIMAL: ORDERED,
    Sort.MONEY: ORDERED,
    Sort.RATIO: ORDERED,
    Sort.TERM: f"{TEXTS} isA isPartOf hasPart",
    Sort.PARTY: TEXTS,
    Sort.ID: TEXTS,
    Sort.ADDRESS: f"{TEXTS} isA isPartOf hasPart",
    Sort.REGION: f"{TEXTS} isA isPartOf hasPart",
    Sort.EVENT: "lt gt",
    Sort.UNIT: "eq",
    Sort.WINDOW: "eq",
    Sort.CLAIM: f"{TEXTS} isA isPartOf hasPart lt lteq gt gteq",
}
NAMES = {
    "dateTime": "2026-01-01T00:00:00Z",
    "count": "3",
    "delayPeriod": "P1D",
    "purpose": "research",
    "recipient": "did:c",
    "spatial": "CN-HN",
    "T.level": "3",
    "payAmount": "100.00 CNY",
    "percentage": "50",
    "resolution": "10 m",
    "virtualLocation": "10.0.0.0/8",
    "systemDevice": "urn:d:1",
    "event": "policyUsage",
    "fileFormat": "text/csv",
    "industry": "C35",
}
FULL = Situation(
    now=datetime(2026, 1, 1, tzinfo=UTC),
    assignee="did:c",
    purpose="research",
    spatial="CN-HN",
    claims={
        "T.level": ("3",),
        "T.roles": ("a", "b"),
        "T.since": ("2025-01-01Z",),
        "T.kind": ("research",),
        "MembershipCredential.industry": ("C35",),
    },
    counts={"permission[0]": 2},
    agreed=datetime(2025, 12, 1, tzinfo=UTC),
    paid={"CNY": Decimal("99.50")},
    events=frozenset({"policyUsage"}),
    traits={
        "percentage": ("50.0",),
        "resolution": ("10.0 m",),
        "virtualLocation": ("10.1.2.3",),
        "systemDevice": ("urn:d:1",),
        "fileFormat": ("text/csv",),
        "deliveryMethod": ("01",),
    },
)


def ask(situation: Situation, left: str, operator: str, right: object) -> Verdict:
    constraint = {"leftOperand": left, "operator": operator, "rightOperand": right}
    policy = read({"permission": [{"action": "use", "constraint": [constraint]}]})
    return evaluate(odrl.compile(policy, registry=REGISTRY), situation).verdict


@pytest.mark.parametrize("sort", list(Sort))
def test_each_sort_has_just_its_operators(sort: Sort) -> None:
    assert set(TABLE[sort]) == set(USABLE[sort].split())


@pytest.mark.parametrize(("left", "operator"), list(product(NAMES, sorted(OPERATORS))))
def test_an_operator_that_an_operand_does_not_take_is_unknown(left: str, operator: str) -> None:
    known = REGISTRY.operand(left, "permission[0]")
    assert known is not None
    verdict = ask(FULL, left, operator, NAMES[left])
    assert operator in known.usable or verdict is UNKNOWN


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
    ("count", "gteq", "3", {}, UNKNOWN),
    # stretches of time: since the agreement of 2025-12-01
    ("delayPeriod", "gteq", "P1M", {}, YES),
    ("delayPeriod", "gt", "P1M", {}, NO),
    ("delayPeriod", "gteq", "P31D", {}, YES),
    ("delayPeriod", "gteq", "P32D", {}, NO),
    ("delayPeriod", "gteq", "P60M", {}, NO),
    ("delayPeriod", "gteq", "-P1D", {}, UNKNOWN),
    ("delayPeriod", "gteq", "P1D", {"agreed": None}, UNKNOWN),
    ("delayPeriod", "gteq", "P1D", {"agreed": datetime(2026, 2, 1, tzinfo=UTC)}, UNKNOWN),
    # money and quantities: never across units
    ("payAmount", "eq", "99.5 CNY", {}, YES),
    ("payAmount", "gteq", "100.00 CNY", {}, NO),
    ("payAmount", "isAnyOf", ["1 CNY", "99.500 CNY"], {}, YES),
    ("payAmount", "lteq", "100.00 EUR", {}, UNKNOWN),
    ("payAmount", "neq", "100.00 EUR", {}, UNKNOWN),
    ("payAmount", "lteq", "100.00", {}, UNKNOWN),
    ("payAmount", "lteq", "100 CNY", {"paid": None}, UNKNOWN),
    ("payAmount", "lteq", "100 CNY", {"paid": {"CNY": Decimal(1), "EUR": Decimal(1)}}, UNKNOWN),
    ("percentage", "lteq", "50", {}, YES),
    ("percentage", "lt", "50.00", {}, NO),
    ("percentage", "lteq", "101", {}, UNKNOWN),
    ("resolution", "gteq", "10 m", {}, YES),
    ("resolution", "gteq", "10 km", {}, UNKNOWN),
    ("resolution", "gteq", "10", {}, UNKNOWN),
    ("resolution", "isAllOf", [], {}, UNKNOWN),
    ("resolution", "isAnyOf", [], {}, NO),
    ("resolution", "isNoneOf", [], {}, YES),
    # addresses
    ("virtualLocation", "isPartOf", "10.0.0.0/8", {}, YES),
    ("virtualLocation", "isA", "192.168.0.0/16", {}, NO),
    ("virtualLocation", "eq", "10.1.2.3/32", {}, YES),
    ("virtualLocation", "isPartOf", "example.com", {}, UNKNOWN),
    ("virtualLocation", "isPartOf", "10.0.0.1/8", {}, UNKNOWN),
    ("virtualLocation", "isPartOf", "example.com", {"traits": {"virtualLocation": ("a.Example.com",)}}, YES),
    ("virtualLocation", "isPartOf", "example.com", {"traits": {"virtualLocation": ("badexample.com",)}}, NO),
    ("virtualLocation", "eq", "ex\u0430mple.com", {"traits": {"virtualLocation": ("example.com",)}}, UNKNOWN),
    # events, devices, traits
    ("event", "gt", "policyUsage", {}, YES),
    ("event", "lt", "odrl:policyUsage", {}, NO),
    ("event", "lt", "policyUsage", {"events": frozenset()}, YES),
    ("event", "lt", "policyUsage", {"events": None}, UNKNOWN),
    ("event", "lt", "fullMoon", {}, UNKNOWN),
    ("systemDevice", "isAnyOf", ["urn:d:2", "urn:d:1"], {}, YES),
    ("systemDevice", "eq", "urn:D:1", {}, NO),
    ("fileFormat", "eq", "text/csv", {}, YES),
    ("fileFormat", "neq", "text/csv", {"traits": {}}, UNKNOWN),
    ("deliveryMethod", "eq", "01", {}, YES),
    ("deliveryMethod", "neq", "01", {}, NO),
    ("region", "isPartOf", "CN", {}, YES),
    ("time", "lt", "20260101000000", {}, UNKNOWN),
    ("industry", "eq", "C35", {}, YES),
    ("recipient", "eq", "did:web:\u0435xample", {"assignee": "did:web:example"}, UNKNOWN),
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
