"""What is proven of policies is true; what cannot be told is left open, and needs a person."""

import itertools
import random
from collections import Counter
from typing import Any

import pytest
from tests.odrl.by_force import asked

from xinfu import odrl
from xinfu.odrl import Duty, Phase, Policy, Situation, Taxonomy, read
from xinfu.odrl.comparison.strength import at_least
from xinfu.odrl.comparison.subsume import conflicts, satisfiable, within
from xinfu.odrl.engine.registry import Registry
from xinfu.odrl.values.windows import Window
from xinfu.verdict import Verdict

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN


def c(left: str, operator: str, right: object) -> dict[str, object]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def permit(*constraints: object, action: str = "use", **more: Any) -> Policy:
    return read({"permission": [{"action": action, "constraint": list(constraints)}], **more})


def owing(*duties: object, **more: Any) -> Policy:
    return read({"permission": [{"action": "use", "duty": list(duties)}], **more})


def by(when: str) -> dict[str, object]:
    return {"action": "delete", "constraint": [c("dateTime", "lteq", when)]}


def per(unit: str, left: str, right: str) -> dict[str, object]:
    """A limit that is counted anew in each `unit`, or for a participant."""
    return {**c(left, "lteq", right), "unit": unit}


OPEN = permit()
RESEARCH = c("purpose", "eq", "research")
TEACHING = c("purpose", "eq", "teaching")
EITHER = c("purpose", "isAnyOf", ["research", "teaching"])
UNREAD: dict[str, Any] = {"ex:k": 1}
DISTRIBUTE = [{"action": "distribute"}]

INSIDE: dict[str, tuple[Policy, Policy]] = {
    "a condition more": (permit(RESEARCH), OPEN),
    "one of two purposes": (permit(RESEARCH), permit(EITHER)),
    "two purposes of two rules": (
        permit(EITHER),
        read({"permission": [{"action": "use", "constraint": [each]} for each in (RESEARCH, TEACHING)]}),
    ),
    "less time": (
        permit(c("dateTime", "lt", "2026-06-01T00:00:00Z")),
        permit(c("dateTime", "lteq", "2026-06-01T00:00:00Z")),
    ),
    "a day within two moments": (
        permit(c("dateTime", "eq", "2026-06-01Z")),
        permit(c("dateTime", "gteq", "2026-06-01T00:00:00Z"), c("dateTime", "lt", "2026-06-02T00:00:00Z")),
    ),
    "fewer uses": (permit(c("count", "lteq", "3")), permit(c("count", "lt", "6"))),
    "a counter is above its limit or within it, and never missing": (
        permit(RESEARCH),
        permit({"or": [c("count", "lteq", "3"), {"xone": [c("count", "lteq", "3"), RESEARCH]}]}),
    ),
    "so many in all, a day": (permit(c("count", "lteq", "3")), permit(per("day", "count", "3"))),
    "so many a day, an hour": (permit(per("day", "count", "3")), permit(per("hour", "count", "3"))),
    "so many bytes in all, a day": (
        permit(c("bytes", "lteq", "3")),
        permit(c("bytes", "lteq", "3 kB"), c("timeWindow", "eq", "P1D")),
    ),
    "so much time in all, a week": (
        permit(c("meteredTime", "lteq", "PT3H")),
        permit(c("meteredTime", "lteq", "PT4H"), c("unitOfCount", "eq", "week")),
    ),
    "as the window stands beside it": (
        permit(c("count", "lteq", "3")),
        permit(c("count", "lteq", "3"), c("unitOfCount", "eq", "day")),
    ),
    "a participant's, an agreement's": (
        permit(per("participant", "count", "3")),
        permit(c("count", "lteq", "3")),
    ),
    "the same target in the rules": (
        permit(prohibition=DISTRIBUTE, conflict="perm"),
        read({"permission": [{"action": "use", "target": "urn:a"}]}),
    ),
    "a town of a province": (permit(c("spatial", "eq", "430200")), permit(c("spatial", "isPartOf", "CN-HN"))),
    "everything but one, by two ways": (
        permit(c("purpose", "isNoneOf", ["sale", "resale"])),
        permit(c("purpose", "neq", "sale")),
    ),
    "an action that is included": (permit(action="read"), OPEN),
    "a prohibition more": (permit(prohibition=DISTRIBUTE), OPEN),
    "the prohibition is kept": (permit(RESEARCH, prohibition=DISTRIBUTE), permit(prohibition=DISTRIBUTE)),
    "an action that is not the prohibited one": (permit(action="read"), permit(prohibition=DISTRIBUTE)),
    "exactly one of two that cannot both hold": (
        permit({"xone": [RESEARCH, TEACHING]}),
        permit(EITHER),
    ),
    "a deletion that is due sooner": (
        owing({"action": "delete", "constraint": [c("delayPeriod", "eq", "P7D")]}),
        owing({"action": "delete", "constraint": [c("delayPeriod", "gteq", "P30D")]}),
    ),
    "a duty more": (owing({"action": "inform"}), OPEN),
    "fewer days to delete": (
        owing({"action": "delete", "constraint": [c("elapsedTime", "lteq", "P7D")]}),
        owing({"action": "delete", "constraint": [c("elapsedTime", "lteq", "P30D")]}),
    ),
    "more to pay": (
        owing({"action": "compensate", "constraint": [c("payAmount", "eq", "120 CNY")]}),
        owing({"action": "compensate", "constraint": [c("payAmount", "eq", "100 CNY")]}),
    ),
    "an earlier deadline": (owing(by("2026-01-07T00:00:00Z")), owing(by("2026-01-30T00:00:00Z"))),
    "an obligation for a duty": (read({"permission": [{"action": "use"}], "obligation": [{"action": "inform"}]}), owing({"action": "inform"})),
    "one party of any": (permit(assignee="did:a"), OPEN),
    "a party of a list": (permit(c("recipient", "eq", "did:a")), permit(c("assignee", "isAnyOf", ["did:a", "did:b"]))),
    "a number among larger ones": (permit(c("vc:T.level", "gt", "3.5")), permit(c("vc:T.level", "gteq", "3"))),
    "what can never be used": (permit(RESEARCH, TEACHING), permit(c("purpose", "eq", "sale"))),
    "unread words that are the same": (permit(RESEARCH, **UNREAD), permit(RESEARCH, **UNREAD)),
}  # fmt: skip


@pytest.mark.parametrize(("inner", "outer"), INSIDE.values(), ids=INSIDE)
def test_narrower_terms_lie_within(inner: Policy, outer: Policy) -> None:
    assert within(inner, outer).verdict is YES


OUTSIDE: dict[str, tuple[Policy, Policy]] = {
    "a condition less": (OPEN, permit(RESEARCH)),
    "another purpose": (permit(TEACHING), permit(RESEARCH)),
    "a purpose more": (permit(EITHER), permit(RESEARCH)),
    "a moment more": (
        permit(c("dateTime", "lteq", "2026-06-01T00:00:00Z")),
        permit(c("dateTime", "lt", "2026-06-01T00:00:00Z")),
    ),
    "a use more": (permit(c("count", "lteq", "5")), permit(c("count", "lt", "5"))),
    "so many a day, in all": (permit(per("day", "count", "3")), permit(c("count", "lteq", "3"))),
    "so many in all, fewer a day": (permit(c("count", "lteq", "3")), permit(per("day", "count", "2"))),
    "a week is in no month": (permit(per("week", "count", "3")), permit(per("month", "count", "3"))),
    "a week by another clock": (
        permit(per("week", "count", "3"), profile="urn:xinfu:profile:utc+08:00"),
        permit(per("day", "count", "3")),
    ),
    "an agreement's, a participant's": (
        permit(c("count", "lteq", "3")),
        permit(per("participant", "count", "3")),
    ),
    "another target of the policy": (
        read({"permission": [{"action": "use", "target": "urn:d:3"}], "prohibition": DISTRIBUTE}),
        permit(target="urn:d:2", prohibition=DISTRIBUTE),
    ),
    "without a counter": (OPEN, permit(c("count", "lteq", "5"))),
    "a larger place": (permit(c("spatial", "isPartOf", "CN")), permit(c("spatial", "isPartOf", "CN-HN"))),
    "an action that includes it": (OPEN, permit(action="read")),
    "without the prohibition": (OPEN, permit(prohibition=DISTRIBUTE)),
    "with a prohibition that loses": (
        permit(prohibition=DISTRIBUTE, conflict="perm"),
        permit(prohibition=DISTRIBUTE, conflict="prohibit"),
    ),
    "one of two, for exactly one": (
        permit({"or": [RESEARCH, c("spatial", "eq", "CN-HN")]}),
        permit({"xone": [RESEARCH, c("spatial", "eq", "CN-HN")]}),
    ),
    "without the duty": (OPEN, owing({"action": "inform"})),
    "less to pay": (
        owing({"action": "compensate", "constraint": [c("payAmount", "eq", "80 CNY")]}),
        owing({"action": "compensate", "constraint": [c("payAmount", "eq", "100 CNY")]}),
    ),
    "a later deadline": (owing(by("2026-01-30T00:00:00Z")), owing(by("2026-01-07T00:00:00Z"))),
    "the end of the day is later than noon": (owing(by("2026-01-07Z")), owing(by("2026-01-07T12:00:00Z"))),
    "any party": (OPEN, permit(assignee="did:a")),
    "another dataset": (permit(target="urn:a"), permit(target="urn:b")),
    "any claim for one": (permit(c("vc:T.level", "neq", "3")), permit(c("vc:T.level", "gteq", "3"))),
}


@pytest.mark.parametrize(("inner", "outer"), OUTSIDE.values(), ids=OUTSIDE)
def test_wider_terms_do_not_and_a_situation_shows_it(inner: Policy, outer: Policy) -> None:
    proof = within(inner, outer)
    assert proof.verdict is NO
    assert proof.witness is not None
    first, second = proof.witness.decisions
    assert first.verdict is YES
    assert second.verdict is not YES or second.duties != first.duties


def test_a_situation_that_shows_it_knows_every_counter() -> None:
    """A meter that never ran shows 0; "so many in all" is no more than "so many a day" because a day is unknown."""
    pairs = itertools.permutations(
        [
            permit(c("count", "lteq", "3")),
            *(permit(per(unit, "count", "3")) for unit in ("hour", "day", "week")),
        ],
        2,
    )
    for inner, outer in pairs:
        proof = within(inner, outer)
        if proof.witness is not None:
            found = proof.witness.situation.counts
            assert len(found) == 2
            assert "fact.missing" not in {each.code for each in proof.witness.decisions[1].reasons}
            spent = {meter.selection.window: counted for meter, counted in proof.witness.counted}
            order = [None, Window.WEEK, Window.DAY, Window.HOUR]
            listed = [spent[window] for window in order if window in spent]
            assert listed == sorted(listed, reverse=True), "no day has counted more than its week"


def test_what_a_day_has_counted_is_counted_in_all() -> None:
    proof = within(permit(c("count", "lteq", "9")), permit(per("day", "count", "2")))
    assert proof.witness is not None
    spent = {meter.selection.window: counted for meter, counted in proof.witness.counted}
    assert spent == {None: 2, Window.DAY: 2}


def test_a_target_of_the_policy_and_one_of_its_rules_are_the_same_target() -> None:
    rules = read({"permission": [{"action": "use", "target": "urn:d:3"}]})
    more = read(
        {
            "conflict": "perm",
            "permission": [{"action": "use", "target": "urn:d:3"}],
            "prohibition": DISTRIBUTE,
        }
    )
    found = odrl.compare(rules, more)
    assert (found.relation, found.silent) == (odrl.Relation.EQUIVALENT, None)


def test_a_policy_without_a_target_is_about_the_others_and_says_so() -> None:
    named = permit(target="urn:d:3")
    assert odrl.compare(OPEN, named).silent == 0
    assert odrl.compare(named, OPEN).silent == 1
    assert odrl.compare(OPEN, OPEN).silent is None
    assert odrl.compare(named, permit(target="urn:d:4")).silent is None
    spelled = read({"permission": [{"action": "use", "target": {"@type": "Asset", "@id": "urn:d:3"}}]})
    assert (odrl.compare(named, spelled).relation, odrl.compare(OPEN, spelled).silent) == (
        odrl.Relation.EQUIVALENT,
        0,
    )
    apart = read({"permission": [{"action": "use", "target": f"urn:d:{i}"} for i in (1, 2)]})
    found = odrl.compare(OPEN, apart)
    assert (found.relation, found.inner, found.silent) == (odrl.Relation.WITHIN, 1, None)


OPEN_QUESTIONS: dict[str, tuple[Policy, Policy, str]] = {
    "an unread key": (permit(RESEARCH, **UNREAD), OPEN, "key.unknown"),
    "an unknown operand": (permit(c("weather", "eq", "fine")), OPEN, "operand.unknown"),
    "an unknown operand in the wider one": (permit(RESEARCH), permit(c("weather", "eq", "x")), "operand.unknown"),
    "an unknown action": (permit(action="ex:dance"), OPEN, "action.unknown"),
    "a value without a zone": (permit(c("dateTime", "lt", "2026-01-01")), OPEN, "value.unreadable"),
    "an unknown profile": (permit(profile="https://example.org/p"), OPEN, "profile.unknown"),
    "a sequence": (permit({"andSequence": [RESEARCH]}), OPEN, "sequence.unknown"),
    "two rules on one counter": (
        read({"permission": [{"action": a, "constraint": [c("count", "lteq", "5")]} for a in ("read", "print")]}),
        permit(c("count", "lteq", "5")),
        "compare.counter",
    ),
    "a prohibition that counts": (
        permit(prohibition=[{"action": "use", "constraint": [c("count", "lteq", "5")]}], conflict="prohibit"),
        OPEN,
        "compare.counter",
    ),
    "two providers": (permit(RESEARCH, assigner="did:p"), permit(assigner="did:q"), "compare.assigner"),
    "a duty under another condition": (
        owing({"action": "inform", "constraint": [RESEARCH]}),
        owing({"action": "inform"}),
        "compare.duty",
    ),
    "a duty of the other side": (
        owing({"action": "compensate", "assignee": "did:provider"}),
        OPEN,
        "compare.duty",
    ),
    "a duty that is hidden in a consequence": (
        owing({"action": "inform", "consequence": [{"action": "compensate", "assignee": "did:provider"}]}),
        OPEN,
        "compare.duty",
    ),
    "a remedy of the other side": (
        permit(prohibition=[{"action": "sell", "remedy": [{"action": "compensate", "assignee": "did:p"}]}]),
        OPEN,
        "compare.remedy",
    ),
    "a delay for a deadline": (
        owing({"action": "delete", "constraint": [c("delayPeriod", "gteq", "P1D")]}),
        owing({"action": "delete", "constraint": [c("elapsedTime", "lteq", "P7D")]}),
        "compare.duty",
    ),
    "without the deadline": (owing({"action": "delete"}), owing(by("2026-01-07T00:00:00Z")), "compare.duty"),
    "a deadline for at once": (owing(by("2026-01-07T00:00:00Z")), owing({"action": "delete"}), "compare.duty"),
    "a remedy that nobody reads": (
        permit(prohibition=[{"action": "sell", "remedy": [{"action": "delete", "ex:k": 1}]}]),
        OPEN,
        "key.unknown",
    ),
    "a remedy with a condition that nobody knows": (
        permit(prohibition=[{"action": "sell", "remedy": [{"action": "inform", "constraint": [c("x", "eq", "y")]}]}]),
        OPEN,
        "operand.unknown",
    ),
    "another who grants": (permit(RESEARCH, assigner="did:p"), permit(assigner="did:q"), "compare.assigner"),
    "without the remedy": (
        permit(prohibition=DISTRIBUTE),
        permit(prohibition=[{"action": "distribute", "remedy": [{"action": "delete"}]}]),
        "compare.remedy",
    ),
    "a claim of too many texts": (
        permit(*(c("vc:T.name", "neq", f"n{i}") for i in range(9))),
        permit(c("vc:T.name", "eq", "n1")),
        "compare.too-many",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("inner", "outer", "code"), OPEN_QUESTIONS.values(), ids=OPEN_QUESTIONS)
def test_what_cannot_be_told_needs_a_person(inner: Policy, outer: Policy, code: str) -> None:
    proof = within(inner, outer)
    assert (proof.verdict, proof.code) == (UNKNOWN, code)
    assert proof.witness is None


def test_alternatives_that_multiply_are_given_up_within_the_budget() -> None:
    wide = permit(*({"or": [c(f"vc:T.a{i}", "eq", "1"), c(f"vc:T.b{i}", "eq", "1")]} for i in range(14)))
    for proof in (within(wide, permit(RESEARCH)), within(permit(RESEARCH), wide), satisfiable(wide)):
        assert proof.verdict is UNKNOWN
        assert proof.code == "compare.too-many"


def test_terms_of_a_taxonomy_lie_within_what_is_broader() -> None:
    broader = {"medicine": ("research",), "oncology": ("medicine",), "research": (), "sale": ()}
    registry = Registry(taxonomy=Taxonomy(broader=broader))
    research, oncology = permit(c("purpose", "isA", "research")), permit(c("purpose", "isA", "oncology"))
    named = permit(c("purpose", "isAnyOf", ["medicine", "oncology"]))
    assert within(oncology, research, registry=registry).verdict is YES
    assert within(named, research, registry=registry).verdict is YES
    assert within(research, named, registry=registry).verdict is NO
    sale = permit(c("purpose", "isA", "research"), c("purpose", "isA", "sale"))
    assert satisfiable(sale, registry=registry).verdict is NO


BARRED = {"action": "use", "constraint": [RESEARCH]}


def test_a_permission_meets_a_prohibition_of_what_includes_its_action() -> None:
    proof = conflicts(permit(EITHER, action="read"), read({"prohibition": [BARRED]}))
    assert (proof.verdict, proof.path, proof.name) == (YES, "permission[0]", "prohibition[0]")
    assert proof.witness is not None
    assert proof.witness.situation.purpose == "research"
    assert proof.witness.situation.action == "read"
    assert conflicts(permit(TEACHING), read({"prohibition": [BARRED]})).verdict is NO
    assert conflicts(permit(EITHER, action="transfer"), read({"prohibition": [BARRED]})).verdict is NO


def test_where_codes_do_not_tell_a_contradiction_is_left_open() -> None:
    barred = read({"prohibition": [{"action": "use", "constraint": [c("spatial", "isPartOf", "US-NY")]}]})
    assert conflicts(permit(c("spatial", "isPartOf", "US-CA")), barred).verdict is UNKNOWN


def test_a_policy_that_can_be_used_shows_how() -> None:
    proof = satisfiable(permit(EITHER, c("purpose", "neq", "research"), c("count", "lteq", "1")))
    assert proof.verdict is YES
    assert proof.witness is not None
    assert proof.witness.situation.purpose == "teaching"
    assert satisfiable(permit(RESEARCH, TEACHING)).verdict is NO


@pytest.mark.parametrize("block", range(8))
def test_random_policies_agree_with_every_situation_of_a_grid(block: int) -> None:
    """2,000 pairs; `python -m tests.odrl.by_force 10000` asks about more of them, and looks closer."""
    said: Counter[str] = Counter()
    for seed in range(block * 250, (block + 1) * 250):
        said += asked(seed, drawn=60)
    assert min(said[f"within {verdict}"] for verdict in ("YES", "NO")) > 100
    assert (
        said["within UNKNOWN"] == said["compare.counter"] + said["compare.duty"] + said["compare.unconfirmed"]
    )
    assert said["within UNKNOWN"] < 100
    assert said["compare.unconfirmed"] < 5


def test_what_is_compared_is_what_is_decided_in_a_negotiation_too() -> None:
    proof = within(OPEN, permit(c("dateTime", "lt", "2026-06-01T00:00:00Z")))
    assert proof.witness is not None
    outer = odrl.compile(permit(c("dateTime", "lt", "2026-06-01T00:00:00Z")))
    assert odrl.evaluate(outer, proof.witness.situation, phase=Phase.NEGOTIATION).verdict is NO


def m(left: str, operator: str, right: object) -> Policy:
    return permit(c(left, operator, right))


DAY = c("timeWindow", "eq", "P1D")
NARROWER: dict[str, tuple[Policy, Policy]] = {
    "bytes": (m("bytes", "lteq", "1 GB"), m("bytes", "lteq", "1 GiB")),
    "rows": (m("rows", "lt", "100"), m("rows", "lteq", "100")),
    "metered time": (m("meteredTime", "lteq", "PT1H"), m("meteredTime", "lteq", "PT90M")),
    "time since the first use": (m("elapsedTime", "lt", "P7D"), m("elapsedTime", "lteq", "P30D")),
    "days and months": (m("elapsedTime", "lteq", "P27D"), m("elapsedTime", "lteq", "P1M")),
    "time between uses": (m("timeInterval", "gteq", "PT2H"), m("timeInterval", "gteq", "PT1H")),
    "uses in a day": (permit(c("count", "lteq", "3"), DAY), permit(c("count", "lteq", "5"), DAY)),
    "time since the agreement": (m("delayPeriod", "gteq", "P7D"), m("delayPeriod", "gt", "P6D")),
    "money": (m("payAmount", "gteq", "100 CNY"), m("payAmount", "gteq", "99.99 CNY")),
    "a share": (m("percentage", "lteq", "12.5"), m("percentage", "lt", "50")),
    "a quantity": (m("resolution", "gteq", "100 m"), m("resolution", "gteq", "10 m")),
    "a host of a network": (
        m("virtualLocation", "eq", "10.1.2.3"),
        m("virtualLocation", "isPartOf", "10.0.0.0/8"),
    ),
    "a network of a network": (
        m("virtualLocation", "isPartOf", "2001:db8:1::/48"),
        m("virtualLocation", "isPartOf", "2001:db8::/32"),
    ),
    "a network with a hole": (
        permit(c("virtualLocation", "isPartOf", "10.0.0.0/8"), c("virtualLocation", "neq", "10.1.1.1")),
        m("virtualLocation", "isPartOf", "10.0.0.0/8"),
    ),
    "a domain of a domain": (
        m("virtualLocation", "isPartOf", "lab.example.org"),
        m("virtualLocation", "isPartOf", "example.org"),
    ),
    "formats": (m("fileFormat", "eq", "text/csv"), m("fileFormat", "isAnyOf", ["text/csv", "text/html"])),
    "a device": (m("systemDevice", "eq", "urn:d:1"), m("systemDevice", "neq", "urn:d:2")),
    "an event": (permit(c("event", "gt", "policyUsage"), RESEARCH), m("event", "gt", "policyUsage")),
}


@pytest.mark.parametrize(("inner", "outer"), NARROWER.values(), ids=NARROWER)
def test_every_sort_of_value_is_compared(inner: Policy, outer: Policy) -> None:
    assert within(inner, outer).verdict is YES
    assert satisfiable(inner).verdict is YES
    proof = within(outer, inner)
    assert proof.verdict is NO
    assert proof.witness is not None
    assert proof.witness.decisions[0].verdict is YES
    assert proof.witness.decisions[1].verdict is not YES


UNLIKE: dict[str, tuple[Policy, Policy]] = {
    "two currencies": (m("payAmount", "gteq", "100 CNY"), m("payAmount", "gteq", "10 EUR")),
    "two units": (m("resolution", "gteq", "100 m"), m("resolution", "gteq", "1 km")),
}


@pytest.mark.parametrize(("inner", "outer"), UNLIKE.values(), ids=UNLIKE)
def test_amounts_of_different_units_never_lie_within_each_other(inner: Policy, outer: Policy) -> None:
    assert within(inner, outer).verdict is not YES
    assert within(outer, inner).verdict is not YES


def test_a_month_and_thirty_days_are_not_put_in_order() -> None:
    proof = within(m("delayPeriod", "gteq", "P1M"), m("delayPeriod", "gteq", "P30D"))
    assert (proof.verdict, proof.code) == (UNKNOWN, "compare.too-many")


def test_what_is_counted_in_a_day_is_counted_in_all() -> None:
    """Three uses in all are never more than five a day: no situation says so but one without a clock."""
    ever, daily = permit(c("count", "lteq", "3")), permit(c("count", "lteq", "5"), DAY)
    shown = within(ever, daily).witness
    assert shown is None or shown.situation.now is None
    proof = within(daily, ever)
    assert proof.verdict is NO
    assert proof.witness is not None
    counts = proof.witness.situation.counts
    assert counts["permission[0]"] >= counts["permission[0]/P1D"]


ABLE = Registry(
    transforms=frozenset({"columns", "rows", "mask", "resolution", "whole-resolution", "watermark"})
)
COLUMNS = c("dataField", "isAnyOf", ["id", "city"])
CHANGED: dict[str, tuple[Policy, Policy]] = {
    "fewer columns": (m("dataField", "eq", "city"), permit(COLUMNS)),
    "some columns of all": (permit(COLUMNS), OPEN),
    "fewer rows": (
        m("valueExpression", "eq", "city = 'x' and level > 3"),
        m("valueExpression", "eq", "city = 'x'"),
    ),
    "more that is masked": (
        owing({"action": {"rdf:value": "anonymize", "refinement": [COLUMNS]}}),
        owing({"action": {"rdf:value": "desensitize", "refinement": [c("dataField", "eq", "id")]}}),
    ),
    "a coarser resolution": (
        owing({"action": {"rdf:value": "transform", "refinement": [c("resolution", "gteq", "100 m")]}}),
        owing({"action": {"rdf:value": "transform", "refinement": [c("resolution", "gteq", "10 m")]}}),
    ),
    "a watermark": (owing({"action": "watermark"}), OPEN),
}


@pytest.mark.parametrize(("inner", "outer"), CHANGED.values(), ids=CHANGED)
def test_what_takes_more_from_the_data_lies_within(inner: Policy, outer: Policy) -> None:
    assert within(inner, outer, registry=ABLE).verdict is YES
    proof = within(outer, inner, registry=ABLE)
    assert proof.verdict is NO
    assert proof.witness is not None
    assert proof.witness.decisions[0].transforms != proof.witness.decisions[1].transforms


def test_a_duty_to_change_data_is_compared_by_what_it_changes_and_left_open_where_nobody_reads_it() -> None:
    def change(operator: str, column: str | list[str]) -> Duty:
        refined = {"rdf:value": "desensitize", "refinement": [c("dataField", operator, column)]}
        return (
            read({"permission": [{"action": "use", "duty": [{"action": refined}]}]}).permissions[0].duties[0]
        )

    known, unread = change("eq", "id"), change("neq", "id")
    both = change("isAnyOf", ["id", "name"])
    assert at_least(both, known, ABLE) is YES
    assert at_least(known, both, ABLE) is NO
    assert at_least(unread, known, ABLE) is UNKNOWN
    assert at_least(known, unread, ABLE) is UNKNOWN


def test_a_node_that_cannot_change_data_leaves_it_to_a_person() -> None:
    bare = Registry(transforms=frozenset())
    assert within(OPEN, permit(COLUMNS), registry=bare).verdict is UNKNOWN
    assert within(permit(COLUMNS), OPEN, registry=bare).verdict is UNKNOWN


def test_a_prohibition_bars_what_implies_its_action() -> None:
    registry = Registry(implies={"read": ("play",)})
    barred = permit(prohibition=[{"action": "play"}], conflict="prohibit")
    assert within(permit(action="read"), barred).verdict is YES
    proof = within(permit(action="read"), barred, registry=registry)
    assert proof.verdict is NO
    assert proof.witness is not None
    assert proof.witness.situation.action == "read"


ADDRESSES = [
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.2.3",
    "192.168.0.0/16",
    "fd00::/8",
    "fd00::1",
    "example.org",
    "a.example.org",
]


@pytest.mark.parametrize("seed", range(40))
def test_addresses_agree_with_a_grid(seed: int) -> None:
    dice = random.Random(seed)
    operators = ("eq", "neq", "isPartOf", "hasPart", "isAnyOf", "isNoneOf")

    def atom() -> dict[str, object]:
        return c("virtualLocation", dice.choice(operators), dice.choice(ADDRESSES))

    one, other = (permit(*(atom() for _ in range(dice.choice((1, 2))))) for _ in range(2))
    more = [f"10.{i}.{j}.{k}" for i in (1, 2) for j in (2, 3) for k in (3, 4)]
    grid = [
        *ADDRESSES,
        *more,
        "10.1.2.0/24",
        "0.0.0.0/0",
        "10.0.0.0/9",
        "fd00::/16",
        "fe80::1",
        "b.example.org",
        "org",
        "x",
    ]
    programs = [odrl.compile(each) for each in (one, other)]
    facts = [Situation(traits={"virtualLocation": (at,)}) for at in grid]
    opened = [[odrl.evaluate(each, fact).verdict is YES for fact in facts] for each in programs]
    more_is_open = any(a and not b for a, b in zip(*opened, strict=True))
    verdict = within(one, other).verdict
    assert not (more_is_open and verdict is YES)
    assert more_is_open or verdict is not UNKNOWN or satisfiable(one).verdict is UNKNOWN
    assert not (any(opened[0]) and satisfiable(one).verdict is NO)
