"""Values are read by meaning; what has no certain meaning is not read."""

from datetime import UTC, datetime, timedelta

import pytest

from xinfu.odrl.values.quantities import read_decimal
from xinfu.odrl.values.regions import part_of_region, read_region, same_region
from xinfu.odrl.values.sorts import read_count, read_moment
from xinfu.odrl.values.taxonomy import Taxonomy
from xinfu.verdict import Verdict

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("text", "start", "length"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05+00:00", timedelta(microseconds=1)),
        ("2026-01-02T03:04Z", "2026-01-02T03:04:00+00:00", timedelta(microseconds=1)),
        ("2026-01-02T03:04:05.5+08:00", "2026-01-01T19:04:05.500000+00:00", timedelta(microseconds=1)),
        ("2026-01-02T24:00:00Z", "2026-01-03T00:00:00+00:00", timedelta(microseconds=1)),
        ("2026-01-02T00:00:00.123456789Z", "2026-01-02T00:00:00.123457+00:00", timedelta(0)),
        ("2026-01-02T00:00:00.123456000Z", "2026-01-02T00:00:00.123456+00:00", timedelta(microseconds=1)),
        ("2026-01-02Z", "2026-01-02T00:00:00+00:00", timedelta(days=1)),
        ("2026-01-02+08:00", "2026-01-01T16:00:00+00:00", timedelta(days=1)),
        (" 2026-01-02T03:04:05-14:00 ", "2026-01-02T17:04:05+00:00", timedelta(microseconds=1)),
    ],
)
def test_t07_a_moment_is_read_with_or_without_seconds(text: str, start: str, length: timedelta) -> None:
    found = read_moment(text)
    assert found is not None
    assert (found.start.isoformat(), found.end - found.start) == (start, length)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-02T03:04:05",
        "2026-01-02",
        "2026-13-02T03:04:05Z",
        "2026-02-30Z",
        "2026-01-02T25:00:00Z",
        "2026-01-02T24:00:01Z",
        "2026-01-02T03:60:05Z",
        "2026-01-02T03:04:05+15:00",
        "2026-01-02T03:04:05+01:99",
        "2026-01-02T03:04:05.1234567891Z",
        "9999-12-31T23:59:59.999999Z",
        "0001-01-01T00:00:00+14:00",
        "0000-01-01T00:00:00Z",
        "20260102T030405Z",
        "2026-01-02 03:04:05Z",
        "now",
        "",
        "٢٠٢٦-01-02T03:04:05Z",
    ],
)
def test_a_moment_without_an_offset_or_out_of_range_is_not_read(text: str) -> None:
    assert read_moment(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("+5", 5), ("005", 5), ("5.0", 5), (" 7 ", 7), ("0", 0), ("9" * 64, int("9" * 64))],
)
def test_a_count_is_a_whole_number(text: str, value: int) -> None:
    assert read_count(text) == value


@pytest.mark.parametrize("text", ["-1", "5.5", "1e3", "", "five", "9" * 65, "0x5", "5 6", "٥"])
def test_what_is_no_whole_number_is_no_count(text: str) -> None:
    assert read_count(text) is None


@pytest.mark.parametrize("text", ["1", "-1.5", ".5", "5.", "9" * 64])
def test_a_decimal_is_read_exactly(text: str) -> None:
    assert str(read_decimal(text)) == text.replace("5.", "5") or read_decimal(text) is not None


@pytest.mark.parametrize(
    "text", ["1e400", "NaN", "Infinity", ".", "", "--1", "9" * 65, "0." + "1" * 65, "1_000"]
)
def test_number_bombs_are_no_decimals(text: str) -> None:
    assert read_decimal(text) is None


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("CN", ("CN",)),
        ("cn", ("CN",)),
        ("CN-HN", ("CN", "43")),
        ("CN-43", ("CN", "43")),
        ("43", ("CN", "43")),
        ("430000", ("CN", "43")),
        ("4302", ("CN", "43", "02")),
        ("430200", ("CN", "43", "02")),
        ("430211", ("CN", "43", "02", "11")),
        ("CN-430200", ("CN", "43", "02")),
        ("HK", ("HK",)),
        ("CN-HK", ("HK",)),
        ("810000", ("HK",)),
        ("CN-71", ("TW",)),
        ("DE-BY", ("DE", "BY")),
    ],
)
def test_all_codes_of_a_place_are_one_region(text: str, path: tuple[str, ...]) -> None:
    found = read_region(text)
    assert found is not None
    assert found.path == path


@pytest.mark.parametrize(
    "text",
    ["", "EU", "XX", "CN-", "CN-ZZ", "99", "430", "43000", "430011", "000000", "DE-BAYERN", "Hunan", "-"],
)
def test_what_is_no_code_of_a_place_is_no_region(text: str) -> None:
    assert read_region(text) is None


@pytest.mark.parametrize(
    ("inner", "outer", "verdict"),
    [
        ("430200", "CN", YES),
        ("430200", "CN-HN", YES),
        ("430200", "430200", YES),
        ("430200", "CN-BJ", NO),
        ("CN", "US", NO),
        ("CN", "CN-HN", UNKNOWN),
        ("DE-BY", "DE", YES),
        ("FR-75", "FR-IDF", UNKNOWN),
        ("HK", "CN", UNKNOWN),
        ("HK", "CN-HN", NO),
        ("HK", "HK", YES),
    ],
)
def test_a_place_lies_in_another_only_where_the_codes_say_so(
    inner: str, outer: str, verdict: Verdict
) -> None:
    one, other = read_region(inner), read_region(outer)
    assert one is not None
    assert other is not None
    assert part_of_region(one, other) is verdict


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [("CN", "CN", YES), ("CN", "US", NO), ("430200", "CN", UNKNOWN), ("HK", "CN", UNKNOWN)],
)
def test_a_place_inside_another_is_not_surely_another(one: str, other: str, verdict: Verdict) -> None:
    first, second = read_region(one), read_region(other)
    assert first is not None
    assert second is not None
    assert same_region(first, second) is same_region(second, first) is verdict


TREE = Taxonomy(
    broader={
        "care": ("health",),
        "research": ("science", "health"),
        "health": ("any",),
        "science": ("any",),
        "any": (),
        "a": ("b",),
        "b": ("a",),
        **{f"n{i}": (f"n{i + 1}",) for i in range(40)},
        "n40": (),
    }
)


@pytest.mark.parametrize(
    ("term", "above", "verdict"),
    [
        ("research", "research", YES),
        ("research", "health", YES),
        ("research", "any", YES),
        ("health", "research", NO),
        ("care", "science", NO),
        ("a", "any", NO),
        ("n0", "n32", YES),
        ("n0", "n40", UNKNOWN),
        ("other", "any", UNKNOWN),
        ("care", "other", UNKNOWN),
    ],
)
def test_a_term_is_below_another_by_the_taxonomy_or_it_is_unknown(
    term: str, above: str, verdict: Verdict
) -> None:
    assert TREE.within(term, above) is verdict


def test_moments_are_in_utc() -> None:
    found = read_moment("2026-01-02T03:04:05+08:00")
    assert found is not None
    assert found.start == datetime(2026, 1, 1, 19, 4, 5, tzinfo=UTC)
    assert found.start.tzinfo is UTC
