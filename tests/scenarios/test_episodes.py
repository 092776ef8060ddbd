"""Runs of bad days, levels, linkage, and the alert without an end."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinfu.errors import InputError, RefusedError
from xinfu_scenarios.episodes import (
    Alert,
    Condition,
    Day,
    Level,
    Lifting,
    Plan,
    announce,
    episodes,
    grade,
    lift,
    linkage,
)

ZONE = timezone(timedelta(hours=8))
KNOWN = datetime(2024, 12, 24, 18, tzinfo=ZONE)
START = datetime(2024, 12, 24, 20, tzinfo=ZONE)
DAYS = (date(2024, 12, 25), date(2024, 12, 26), date(2024, 12, 27))
LATER = datetime(2024, 12, 28, 9, tzinfo=ZONE)


def days(values: Sequence[int | None]) -> list[Day]:
    return [Day(label=f"{number:03d}", value=value) for number, value in enumerate(values, 1)]


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ([160], Level.NONE),
        ([201], Level.YELLOW),
        ([160, 160], Level.YELLOW),
        ([201, 201], Level.ORANGE),
        ([160, 160, 160], Level.ORANGE),
        ([201, 160, 201], Level.ORANGE),
        ([201, 201, 201], Level.ORANGE),
        ([201, 301, 201], Level.RED),
        ([301, 301], Level.ORANGE),
        ([301, 160, 201, 201, 201], Level.RED),
    ],
)
def test_a_run_has_the_highest_level_that_it_meets(values: list[int], level: Level) -> None:
    assert grade(values, Plan()) is level


def test_exactly_at_a_mark_is_not_above_it() -> None:
    assert episodes(days([150, 150, 150]), Plan()) == ()
    assert grade([200, 200], Plan()) is Level.YELLOW


def test_a_day_without_a_value_breaks_the_run() -> None:
    found = episodes(days([160, 160, None, 160]), Plan())
    assert [[day.label for day in one.days] for one in found] == [["001", "002"], ["004"]]
    assert [one.level for one in found] == [Level.YELLOW, Level.NONE]
    unbroken = episodes(days([160, 160, 160, 160]), Plan())
    assert [one.level for one in unbroken] == [Level.ORANGE]


@given(st.lists(st.one_of(st.none(), st.integers(0, 500)), max_size=60))
def test_every_bad_day_is_in_exactly_one_episode(values: list[int | None]) -> None:
    found = episodes(days(values), Plan())
    inside = [day.label for one in found for day in one.days]
    bad = [f"{number:03d}" for number, value in enumerate(values, 1) if value is not None and value > 150]
    assert inside == bad


@given(st.lists(st.integers(151, 500), min_size=1, max_size=12), st.data())
def test_worse_air_never_lowers_the_level(values: list[int], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(values) - 1))
    worse = [*values[:place], data.draw(st.integers(values[place], 500)), *values[place + 1 :]]
    order = tuple(Level)
    assert order.index(grade(worse, Plan())) >= order.index(grade(values, Plan()))


def test_a_plan_can_have_other_thresholds() -> None:
    strict = Plan(red=((Condition(above=100, days=1),),))
    assert grade([160], strict) is Level.RED


def test_a_level_without_conditions_is_never_met() -> None:
    assert grade([500, 500, 500], Plan(red=((),), orange=(), yellow=())) is Level.NONE


def test_linkage_counts_cities_in_an_episode_of_the_level_or_above() -> None:
    bad, mild = episodes(days([160, 160, 160]), Plan()), episodes(days([160]), Plan())
    together = linkage({"a": bad, "b": bad, "c": mild}, level=Level.YELLOW)
    assert dict(together) == {"001": 2, "002": 2, "003": 2}


def alert() -> Alert:
    return announce(Level.ORANGE, known_at=KNOWN, start=START, forecast_days=DAYS)


def test_an_alert_starts_without_an_end() -> None:
    assert alert().response == "Ⅱ"
    assert alert().end is None
    assert lift(alert(), None) == alert()


def test_an_invented_end_is_refused() -> None:
    with pytest.raises(RefusedError) as refused:
        lift(alert(), None, end=LATER)
    assert refused.value.code == "alert.end-invented"


def test_an_end_that_is_not_the_decisions_own_is_refused() -> None:
    decision = Lifting(decision="2024-91", known_at=LATER, end=LATER)
    with pytest.raises(RefusedError):
        lift(alert(), decision, end=LATER + timedelta(hours=1))


def test_a_later_decision_gives_the_end() -> None:
    decision = Lifting(decision="2024-91", known_at=LATER, end=LATER)
    assert lift(alert(), decision).end == LATER


@pytest.mark.parametrize(
    ("known", "end"), [(KNOWN, LATER), (LATER, START)], ids=["before the start", "ends before known"]
)
def test_a_decision_that_comes_too_early_is_refused(known: datetime, end: datetime) -> None:
    with pytest.raises(RefusedError) as refused:
        lift(alert(), Lifting(decision="2024-91", known_at=known, end=end))
    assert refused.value.code == "alert.end-too-early"


@pytest.mark.parametrize(
    ("level", "known", "start", "forecast"),
    [
        (Level.NONE, KNOWN, START, DAYS),
        (Level.RED, START, KNOWN, DAYS),
        (Level.RED, KNOWN, START, ()),
        (Level.RED, KNOWN.replace(tzinfo=None), START, DAYS),
    ],
    ids=["no level", "starts before known", "no day", "naive"],
)
def test_an_alert_that_makes_no_sense_is_refused(
    level: Level, known: datetime, start: datetime, forecast: tuple[date, ...]
) -> None:
    with pytest.raises(InputError):
        announce(level, known_at=known, start=start, forecast_days=forecast)
