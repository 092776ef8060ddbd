"""Durations are a partial order, and a stretch between two moments is always decided."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinfu.odrl.values.durations import (
    SECOND,
    Duration,
    Stretch,
    after,
    order_durations,
    order_of,
    read_duration,
)

DURATIONS = st.builds(Duration, st.integers(0, 40), st.integers(0, 1200 * 86_400 * SECOND))


def of(text: str) -> Duration:
    found = read_duration(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "months", "seconds"),
    [
        ("P60M", 60, 0),
        ("PT60M", 0, 3600),
        ("P1Y2M3DT4H5M6S", 14, 3 * 86_400 + 4 * 3600 + 5 * 60 + 6),
        ("P0D", 0, 0),
        (" PT36H ", 0, 36 * 3600),
    ],
)
def test_a_duration_is_months_and_seconds(text: str, months: int, seconds: int) -> None:
    assert of(text) == Duration(months, seconds * SECOND)


@pytest.mark.parametrize(
    "text",
    [
        "P",
        "PT",
        "P1DT",
        "1D",
        "-P1D",
        "P1.5D",
        "P1W",
        "PT1.1234567S",
        "P1D2M",
        "P" + "9" * 10 + "D",
        "p1d",
        "",
        "P١D",
    ],
)
def test_what_is_no_duration_is_not_read(text: str) -> None:
    assert read_duration(text) is None


@pytest.mark.parametrize(
    ("one", "other", "sign"),
    [
        ("P1M", "P30D", None),
        ("P1M", "P27D", 1),
        ("P1M", "P32D", -1),
        ("P1Y", "P12M", 0),
        ("P1Y", "P365D", None),
        ("P5M", "P150D", None),
        ("P5M", "P154D", -1),
        ("PT24H", "P1D", 0),
        ("P1M", "PT0S", 1),
        ("P999999999Y", "P1D", 1),
    ],
)
def test_durations_compare_only_where_every_month_agrees(one: str, other: str, sign: int | None) -> None:
    assert order_durations(of(one), of(other)) == sign
    assert order_durations(of(other), of(one)) == (None if sign is None else -sign)


@given(DURATIONS, DURATIONS)
def test_the_order_agrees_with_the_calendar_wherever_it_is_decided(one: Duration, other: Duration) -> None:
    found = order_durations(one, other)
    for start in (datetime(1696, 9, 1, tzinfo=UTC), datetime(1903, 3, 1, tzinfo=UTC)):
        a, b = after(start, one), after(start, other)
        assert a is not None
        assert b is not None
        assert found is None or found == (a > b) - (a < b)


@given(DURATIONS, st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))
def test_a_duration_is_never_shorter_than_its_least_length(duration: Duration, start: datetime) -> None:
    end = after(start, duration)
    assert end is not None
    # 29, 30 and 31 of a month are cut to its last day
    assert end - start >= timedelta(microseconds=duration.least_microseconds) - timedelta(days=3)


def test_a_month_after_the_last_of_january_is_the_last_of_february() -> None:
    assert after(datetime(2028, 1, 31, tzinfo=UTC), of("P1M")) == datetime(2028, 2, 29, tzinfo=UTC)
    assert after(datetime(2026, 1, 1, tzinfo=UTC), of("P9999Y")) is None
    assert after(datetime(2026, 1, 1, tzinfo=UTC), of("P999999999D")) is None


@pytest.mark.parametrize(
    ("end", "text", "sign"),
    [
        (datetime(2026, 2, 28, 23, 59, tzinfo=UTC), "P1M", -1),
        (datetime(2026, 3, 1, tzinfo=UTC), "P1M", 0),
        (datetime(2026, 3, 1, tzinfo=UTC), "P28D", 0),
        (datetime(2026, 3, 1, 0, 0, 1, tzinfo=UTC), "P1M", 1),
        (datetime(2026, 3, 1, tzinfo=UTC), "P999999999Y", -1),
    ],
)
def test_a_stretch_is_held_against_a_duration_by_its_beginning(end: datetime, text: str, sign: int) -> None:
    assert order_of(Stretch(datetime(2026, 2, 1, tzinfo=UTC), end), of(text)) == sign


def test_a_stretch_without_a_beginning_is_longer_than_anything() -> None:
    assert order_of(Stretch(None, datetime(2026, 1, 1, tzinfo=UTC)), of("P999Y")) == 1


@pytest.mark.parametrize("text", ["PT0S", "P1M", "P1DT1H", "PT1M1S"])
def test_a_duration_is_written_as_it_is_read(text: str) -> None:
    assert str(of(text)) == text
