"""What is counted, how selectors choose it, and what a decision asks to be set aside."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinfu import odrl
from xinfu.errors import InputError
from xinfu.odrl import (
    CounterOwner,
    Decision,
    Marks,
    Measure,
    Phase,
    PolicyKind,
    Situation,
    evaluate,
    explanation,
    read,
    sentences,
)
from xinfu.odrl.values.terms import CHINA_TIME
from xinfu.odrl.values.windows import Window, begins, ends
from xinfu.verdict import Verdict

NOW = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)


def constraint(left: str, operator: str, right: str, **more: Any) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right, **more}


def decided(*constraints: dict[str, Any], **facts: Any) -> Decision:
    document = {"permission": [{"action": "use", "constraint": list(constraints)}]}
    program = odrl.compile(read(document, kind=PolicyKind.AGREEMENT))
    meters = {fact.meter.key for fact in program.needs if fact.meter is not None}
    known: dict[str, Any] = {
        "counts": dict.fromkeys(meters, 0),
        "marks": dict.fromkeys(meters, Marks()),
        "now": NOW,
    } | facts
    return evaluate(program, Situation(**known))


def test_a_selector_holds_for_all_that_is_counted_beside_it() -> None:
    decision = decided(
        constraint("count", "lteq", "10"),
        constraint("timeWindow", "eq", "P1D"),
        constraint("bytes", "lt", "1 KiB"),
        constraint("unitOfCount", "eq", "participant"),
    )
    assert [(each.key, each.limit) for each in decision.reserve] == [
        ("permission[0]/P1D/participant", 10),
        ("permission[0]/bytes/P1D/participant", 1023),
    ]
    assert {each.meter.selection.whose for each in decision.reserve} == {CounterOwner.PARTICIPANT}


def test_selectors_of_an_inner_list_are_its_own() -> None:
    inner = {"and": [constraint("bytes", "lteq", "5"), constraint("unitOfCount", "eq", "month")]}
    decision = decided(inner, constraint("count", "lteq", "3"))
    assert [each.key for each in decision.reserve] == ["permission[0]", "permission[0]/bytes/P1M"]


def test_a_unit_chooses_for_its_own_constraint() -> None:
    decision = decided(
        constraint("count", "lteq", "100", unit="month"),
        constraint("count", "lteq", "10", unit="odrl:day"),
        constraint("frequency", "lteq", "2", unit="PT60M"),
        constraint("count", "lteq", "1000"),
    )
    assert [(each.key, each.limit) for each in decision.reserve] == [
        ("permission[0]", 1000),
        ("permission[0]/P1D", 10),
        ("permission[0]/P1M", 100),
        ("permission[0]/PT1H", 2),
    ]


def test_the_tightest_limit_of_one_meter_counts() -> None:
    decision = decided(constraint("count", "lteq", "7"), constraint("count", "lt", "4"))
    assert [(each.key, each.limit) for each in decision.reserve] == [("permission[0]", 3)]


@pytest.mark.parametrize(
    ("constraints", "code"),
    [
        ([constraint("timeWindow", "eq", "P1D")], "policy.selector-alone"),
        ([constraint("unitOfCount", "eq", "day"), constraint("purpose", "eq", "a")], "policy.selector-alone"),
        (
            [{"or": [constraint("count", "lteq", "1"), constraint("timeWindow", "eq", "P1D")]}],
            "policy.selector-alone",
        ),
        (
            [constraint("count", "lteq", "1"), constraint("timeWindow", "eq", "P2D")],
            "policy.value-unreadable",
        ),
        (
            [constraint("count", "lteq", "1"), constraint("timeWindow", "lteq", "P1D")],
            "policy.operator-unknown",
        ),
        ([constraint("frequency", "lteq", "1")], "policy.unit-missing"),
        ([constraint("count", "lteq", "1", unit="fortnight")], "policy.key-unknown"),
        ([constraint("dateTime", "lt", "2027-01-01Z", unit="day")], "policy.key-unknown"),
        ([constraint("bytes", "lteq", "10", unit="parsec")], "policy.value-unreadable"),
        ([constraint("count", "gteq", "1")], "policy.operator-unknown"),
        ([constraint("dataField", "isNoneOf", "a")], "policy.operand-unknown"),
        ([constraint("absoluteSize", "lteq", "5")], "policy.operand-unknown"),
    ],
)
def test_what_nobody_can_count_is_refused_by_name_and_never_opens(
    constraints: list[dict[str, Any]], code: str
) -> None:
    document = {"permission": [{"action": "use", "constraint": constraints}]}
    with pytest.raises(InputError) as refused:
        odrl.check(read(document))
    assert refused.value.code == code
    assert decided(*constraints).verdict is Verdict.UNKNOWN


def test_a_unit_of_size_stands_behind_the_number_or_beside_it() -> None:
    beside = decided(constraint("dataSize", "lteq", "10", unit="KiB"))
    behind = decided(constraint("bytes", "lteq", "10 KiB"))
    assert [each.limit for each in beside.reserve] == [each.limit for each in behind.reserve] == [10_240]


@pytest.mark.parametrize(
    ("minutes", "verdict", "until"),
    [(0, Verdict.YES, 60), (59, Verdict.YES, 1), (60, Verdict.YES, 0), (61, Verdict.NO, None)],
)
def test_elapsed_time_runs_from_the_first_use_and_ends_the_answer(
    minutes: int, verdict: Verdict, until: int | None
) -> None:
    marks = {"permission[0]/elapsedTime": Marks(NOW - timedelta(minutes=minutes), NOW)}
    decision = decided(constraint("elapsedTime", "lteq", "PT1H"), marks=marks)
    assert decision.verdict is verdict
    step = timedelta(microseconds=1 if until == 0 else 0)
    assert decision.until == (None if until is None else NOW + timedelta(minutes=until) + step)


def test_before_the_first_use_no_time_has_gone_by() -> None:
    decision = decided(constraint("elapsedTime", "lteq", "PT1H"))
    assert decision.until == NOW + timedelta(hours=1)
    assert [(each.key, each.limit) for each in decision.reserve] == [("permission[0]/elapsedTime", None)]


def test_a_clock_set_back_before_the_first_use_gains_nothing() -> None:
    marks = {"permission[0]/elapsedTime": Marks(NOW + timedelta(hours=1), NOW)}
    assert decided(constraint("elapsedTime", "lteq", "PT9H"), marks=marks).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(("minutes", "verdict"), [(None, Verdict.YES), (59, Verdict.NO), (60, Verdict.YES)])
def test_an_interval_runs_from_the_last_use(minutes: int | None, verdict: Verdict) -> None:
    last = None if minutes is None else NOW - timedelta(minutes=minutes)
    marks = {"permission[0]/timeInterval": Marks(last, last)}
    decision = decided(constraint("timeInterval", "gteq", "PT1H"), marks=marks)
    assert decision.verdict is verdict
    assert minutes != 59 or decision.until == NOW + timedelta(minutes=1)


def test_what_is_spent_says_when_it_is_counted_anew() -> None:
    decision = decided(constraint("count", "lteq", "3", unit="month"), counts={"permission[0]/P1M": 3})
    [reason] = decision.reasons
    assert (reason.code, reason.found, reason.resets) == (
        "count.exhausted",
        ("3",),
        "2026-02-01T00:00:00+00:00",
    )
    assert "2026-02-01" in explanation(decision.reasons, "en")
    assert "2026-02-01" in explanation(decision.reasons, "zh")


def test_a_meter_that_nobody_read_opens_nothing() -> None:
    for left, right in (("bytes", "5"), ("rows", "5"), ("meteredTime", "PT1H"), ("count", "5")):
        assert decided(constraint(left, "lteq", right), counts={}).verdict is Verdict.UNKNOWN
        assert decided(constraint(left, "lteq", right), counts={}).reserve == ()


def test_a_negotiation_leaves_meters_to_the_use() -> None:
    document = {"permission": [{"action": "use", "constraint": [constraint("bytes", "lteq", "5")]}]}
    program = odrl.compile(read(document))
    assert evaluate(program, Situation(now=NOW), phase=Phase.NEGOTIATION).verdict is Verdict.YES


@pytest.mark.parametrize(
    ("window", "start", "end"),
    [
        (Window.MINUTE, "2026-01-31T23:30:00", "2026-01-31T23:31:00"),
        (Window.HOUR, "2026-01-31T23:00:00", "2026-02-01T00:00:00"),
        (Window.DAY, "2026-01-31T00:00:00", "2026-02-01T00:00:00"),
        (Window.WEEK, "2026-01-26T00:00:00", "2026-02-02T00:00:00"),
        (Window.MONTH, "2026-01-01T00:00:00", "2026-02-01T00:00:00"),
        (Window.YEAR, "2026-01-01T00:00:00", "2027-01-01T00:00:00"),
    ],
)
def test_a_window_begins_by_the_clock_and_the_calendar(window: Window, start: str, end: str) -> None:
    assert begins(window, NOW, UTC) == datetime.fromisoformat(f"{start}+00:00")
    assert ends(window, NOW, UTC) == datetime.fromisoformat(f"{end}+00:00")


@given(
    st.sampled_from(Window),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.integers(-14 * 60, 14 * 60),
)
def test_windows_are_half_open_and_leave_no_gap(window: Window, at: datetime, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    start, end = begins(window, at, zone), ends(window, at, zone)
    assert start <= at < end
    assert begins(window, end, zone) == end
    assert ends(window, end - timedelta(microseconds=1), zone) == end


def test_every_measure_has_its_own_name() -> None:
    assert len({measure.value for measure in Measure}) == len(Measure)


def test_windows_of_a_policy_begin_by_the_clock_that_its_profile_names() -> None:
    limit = constraint("count", "lteq", "3", unit="day")
    document = {"profile": CHINA_TIME, "permission": [{"action": "use", "constraint": [limit]}]}
    program = odrl.compile(read(document, kind=PolicyKind.AGREEMENT))
    [meter] = [fact.meter for fact in program.needs if fact.meter is not None]
    at = datetime(2026, 1, 31, 16, 0, tzinfo=UTC)
    assert meter.begins(at) == at
    assert meter.ends(at) == at + timedelta(days=1)
    assert meter.key == "permission[0]/P1D+480"
    assert "UTC+08:00" in sentences(read(document), "en")[-1]
    assert "东八区" in sentences(read(document), "zh")[-1]


@pytest.mark.parametrize(("spent", "reserved"), [(0, [1]), (1, [])])
def test_a_limit_that_is_spent_takes_nothing_where_another_condition_opens(
    spent: int, reserved: list[int]
) -> None:
    """Beside a purpose, under `or`: with the count spent the purpose alone opens, and nothing is set aside."""
    either = {"or": [constraint("count", "lteq", "1"), constraint("purpose", "eq", "a")]}
    program = odrl.compile(read({"permission": [{"action": "use", "constraint": [either]}]}))
    facts = Situation(now=NOW, purpose="a", counts={"permission[0]": spent})
    decision = evaluate(program, facts)
    assert decision.verdict is Verdict.YES
    assert [each.limit for each in decision.reserve] == reserved


@pytest.mark.parametrize(("operator", "apart"), [("gteq", 3_600_000_000), ("gt", 3_600_000_001)])
def test_more_than_an_hour_apart_is_a_step_more_than_an_hour(operator: str, apart: int) -> None:
    decision = decided(
        constraint("timeInterval", operator, "PT1H"), marks={"permission[0]/timeInterval": Marks()}
    )
    assert [each.microseconds for reserve in decision.reserve for each in reserve.apart] == [apart]
