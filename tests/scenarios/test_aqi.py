"""Sub-indices, index, classes, and what makes a day valid."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinfu_scenarios.aqi import (
    CORNERS,
    STEPS,
    Category,
    Concentration,
    Mean,
    Pollutant,
    Validity,
    category,
    daily_mean,
    index,
    of_day,
    of_hour,
    sub_index,
)

TABLES = sorted(CORNERS)
CONCENTRATIONS = st.fractions(min_value=0, max_value=5000, max_denominator=1000)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: "-".join(table))
def test_every_corner_of_the_table_has_its_own_step(table: tuple[Pollutant, Mean]) -> None:
    found = [sub_index(*table, corner) for corner in CORNERS[table]]
    assert found == list(STEPS[: len(found)])


@given(st.sampled_from(TABLES), CONCENTRATIONS, CONCENTRATIONS)
def test_more_of_a_pollutant_never_lowers_its_sub_index(
    table: tuple[Pollutant, Mean], one: Fraction, other: Fraction
) -> None:
    low, high = sub_index(*table, min(one, other)), sub_index(*table, max(one, other))
    assert high is None or (low is not None and low <= high)


@given(st.sampled_from(TABLES), CONCENTRATIONS)
def test_a_sub_index_is_the_straight_line_rounded_up(table: tuple[Pollutant, Mean], value: Fraction) -> None:
    corners = CORNERS[table]
    found = sub_index(*table, value)
    if value > corners[-1]:
        assert found == (500 if len(corners) == 8 else None)
        return
    step = next(number for number in range(1, 8) if value <= corners[number])
    part = (value - corners[step - 1]) / Fraction(corners[step] - corners[step - 1])
    line = STEPS[step - 1] + part * (STEPS[step] - STEPS[step - 1])
    assert found is not None
    assert 0 <= found - line < 1


@pytest.mark.parametrize(
    ("pollutant", "mean", "value", "expected"),
    [
        (Pollutant.PM25, Mean.DAY, Fraction("35.000001"), 51),
        (Pollutant.PM25, Mean.DAY, 38, 54),
        (Pollutant.PM25, Mean.DAY, 600, 500),
        (Pollutant.SO2, Mean.HOUR, 801, None),
        (Pollutant.O3, Mean.EIGHT_HOURS, 801, None),
        (Pollutant.CO, Mean.DAY, Fraction("0.1"), 3),
    ],
)
def test_worked_values_hold(
    pollutant: Pollutant, mean: Mean, value: Concentration, expected: int | None
) -> None:
    assert sub_index(pollutant, mean, value) == expected


def test_a_concentration_below_0_is_refused() -> None:
    with pytest.raises(ValueError, match="below 0"):
        sub_index(Pollutant.CO, Mean.DAY, -1)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "优"),
        (50, "优"),
        (51, "良"),
        (101, "轻度污染"),
        (200, "中度污染"),
        (201, "重度污染"),
        (301, "严重污染"),
    ],
)
def test_the_class_of_a_value_is_that_of_the_standard(value: int, expected: str) -> None:
    assert category(value) is Category(expected)


def test_the_chief_pollutants_are_all_that_gave_the_index() -> None:
    found = index({Pollutant.NO2: 60, Pollutant.PM25: 60, Pollutant.O3: 59})
    assert found is not None
    assert found.chief == (Pollutant.PM25, Pollutant.NO2)


def test_up_to_50_no_pollutant_is_chief() -> None:
    found = index({Pollutant.PM25: 50})
    assert found is not None
    assert found.chief == ()
    assert found.category is Category.EXCELLENT


def test_no_measurement_is_no_value() -> None:
    assert of_hour({}) is None
    assert of_day([], Validity()) is None


@pytest.mark.parametrize(("present", "valid"), [(24, True), (20, True), (19, False), (0, False)])
def test_a_day_needs_20_hourly_values(present: int, valid: bool) -> None:
    hours = [10] * present + [None] * (24 - present)
    assert daily_mean(Pollutant.PM25, hours, Validity()) == (10 if valid else None)


def test_no_setting_makes_a_mean_of_nothing() -> None:
    nothing = Validity(hours_a_day=0, window_hours=0, windows_a_day=0)
    assert daily_mean(Pollutant.PM25, [None] * 24, nothing) is None
    assert daily_mean(Pollutant.O3, [None] * 24, nothing) is None


def test_the_day_of_ozone_is_its_largest_eight_hours_inside_the_day() -> None:
    hours: list[Concentration | None] = [*[10] * 16, *[90] * 8]
    assert daily_mean(Pollutant.O3, hours, Validity()) == 90
    hours[-3:] = [None, None, None]  # the last window has 5 values left: the one before it counts
    assert daily_mean(Pollutant.O3, hours, Validity()) == Fraction(5 * 90 + 10, 6)


@pytest.mark.parametrize(("missing", "valid"), [(5, True), (6, False)])
def test_a_day_of_ozone_needs_14_windows_of_6_values(missing: int, valid: bool) -> None:
    hours = [None] * missing + [10] * (24 - missing)
    windows = sum(sum(value is not None for value in hours[first : first + 8]) >= 6 for first in range(17))
    assert (windows >= 14) is valid
    assert (daily_mean(Pollutant.O3, hours, Validity()) is not None) is valid


def test_a_day_without_its_particles_has_no_value_whatever_the_rest_says() -> None:
    clean = {Pollutant.SO2: Fraction(3), Pollutant.O3: Fraction(20), Pollutant.PM10: Fraction(9)}
    assert of_day([clean], Validity()) is None
    assert of_day([clean], Validity(pollutants_needed=(Pollutant.PM10,))) is not None


def test_a_city_counts_with_the_mean_of_the_stations_that_are_valid() -> None:
    one = {Pollutant.PM25: Fraction(30), Pollutant.PM10: Fraction(40)}
    other = {Pollutant.PM25: Fraction(40)}
    found = of_day([one, other], Validity())
    assert found is not None
    assert found.parts == {Pollutant.PM25: 50, Pollutant.PM10: 40}
