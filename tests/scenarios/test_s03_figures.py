"""The figures of S03: every one exact, every parameter changes what it says."""

import json
from datetime import date
from pathlib import Path

import msgspec
import pytest

from xinfu.errors import InputError, RefusedError
from xinfu_scenarios.aqi import Pollutant, index
from xinfu_scenarios.s03.figures import Figures, chief_days, figures, sources
from xinfu_scenarios.s03.params import Params, read_params

KEYS = ("zhuzhou_2014", "linkage_2014", "beijing_2015_11_2016_01", "primary", "hour_zhuzhou", "hour_all")


def played(shared: Path, params: Params) -> Figures:
    return figures({name: shared / "data" / name for name in sources(params)}, params)


def changed(shared: Path, **parts: object) -> Figures:
    return played(shared, read_params(json.dumps(parts)))


@pytest.fixture(scope="module")
def of_the_card(shared: Path) -> dict[str, object]:
    found: dict[str, object] = msgspec.json.decode(msgspec.json.encode(played(shared, Params())))
    return found


@pytest.mark.parametrize("key", KEYS)
def test_a_figure_of_the_card_is_exact(of_the_card: dict[str, object], shared: Path, key: str) -> None:
    expected = json.loads((shared / "scenarios/expected/S03.json").read_text())
    assert of_the_card[key] == expected[key]


def test_pollutants_that_share_the_largest_sub_index_are_all_chief() -> None:
    """HJ 633-2012; made data."""
    tied = index({Pollutant.PM25: 100, Pollutant.PM10: 100, Pollutant.NO2: 50})
    alone = index({Pollutant.PM25: 150, Pollutant.PM10: 100})
    clean = index({Pollutant.PM25: 20, Pollutant.PM10: 20})
    days = {date(2024, 12, number): found for number, found in enumerate((tied, alone, clean, None), 1)}
    assert chief_days(days) == {"PM2.5": 2, "PM10": 1}


def test_the_figures_stand_under_the_keys_of_the_card_and_the_alert(
    of_the_card: dict[str, object], shared: Path
) -> None:
    expected = json.loads((shared / "scenarios/expected/S03.json").read_text())
    assert set(of_the_card) == {*expected, "alert"}


def test_the_alert_record_is_that_of_the_page(of_the_card: dict[str, object]) -> None:
    assert of_the_card["alert"] == {
        "level": "orange",
        "response": "Ⅱ",
        "known_at": "2024-12-24T18:00:00+08:00",
        "start": "2024-12-24T20:00:00+08:00",
        "forecast_days": ["2024-12-25", "2024-12-26", "2024-12-27"],
        "end": None,
    }


def test_other_dates_and_stations_give_other_figures(shared: Path) -> None:
    found = changed(shared, beijing={"stations": ["Dongsi"], "first": "2016-12-01", "last": "2016-12-31"})
    assert found.beijing_2015_11_2016_01.days == 31
    assert all(one.start.startswith("2016-12") for one in found.beijing_2015_11_2016_01.orange_or_red)


def test_another_year_is_another_label(shared: Path) -> None:
    found = changed(shared, zhuzhou={"year": 2015}, linkage={"year": 2015})
    assert found.zhuzhou_2014.days == 365
    assert {one.start[:4] for one in found.zhuzhou_2014.orange_or_red} <= {"2015"}


def test_more_cities_needed_never_gives_more_linked_days(shared: Path) -> None:
    days = [
        changed(shared, linkage={"cities_needed": needed}).linkage_2014.days_with_3_or_more_cities
        for needed in (1, 3, 6)
    ]
    assert days == sorted(days, reverse=True)
    assert days[1:] == [38, 10]


def test_a_day_that_needs_24_hours_is_rarer(shared: Path) -> None:
    found = changed(shared, validity={"hours_a_day": 24, "window_hours": 8, "windows_a_day": 17})
    assert found.beijing_2015_11_2016_01.days < 91


def test_another_plan_grades_otherwise(shared: Path) -> None:
    found = changed(shared, plan={"red": [[{"above": 200, "days": 1}]]})
    assert found.zhuzhou_2014.episodes_by_level["red"] > 1


def test_a_key_that_nobody_reads_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="sations"):
        read_params(b'{"beijing": {"sations": ["Dongsi"]}}')
    with pytest.raises(InputError, match="beijng"):
        read_params(b'{"beijng": {}}')


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"[]",
        b'{"zhuzhou": {"year": "2014"}}',
        b'{"beijing": {"first": "2016-02-01"}}',
        b'{"beijing": {"stations": []}}',
        b'{"linkage": {"level": "none"}}',
        b'{"linkage": {"cities_needed": 0}}',
    ],
    ids=["cut", "list", "kind", "order", "no station", "no level", "no city"],
)
def test_parameters_that_cannot_be_used_are_refused(text: bytes) -> None:
    with pytest.raises(InputError) as caught:
        read_params(text)
    assert caught.value.code == "scenario.params-wrong"


def test_an_invented_end_of_the_alert_is_refused(shared: Path) -> None:
    with pytest.raises(RefusedError) as caught:
        changed(shared, alert={"end": "2024-12-28T08:00:00+08:00"})
    assert caught.value.code == "alert.end-invented"


def test_a_later_decision_ends_the_alert(shared: Path) -> None:
    decision = {"decision": "91", "known_at": "2024-12-28T08:00:00+08:00", "end": "2024-12-28T10:00:00+08:00"}
    found = changed(shared, alert={"lifting": decision})
    assert found.alert.end is not None
    assert found.alert.end.isoformat() == "2024-12-28T10:00:00+08:00"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (
            {
                "beijing": {
                    "stations": ["Nowhere"],
                    "files": ["air-beijing/PRSA_Data_Dongsi_20130301-20170228.csv.gz"],
                }
            },
            "scenario.station-absent",
        ),
        ({"zhuzhou": {"year": 1999}}, "scenario.days-wrong"),
        ({"linkage": {"cities": ["Atlantis"]}}, "scenario.days-wrong"),
    ],
    ids=["station", "year", "city"],
)
def test_what_no_file_holds_is_refused_by_name(shared: Path, parts: dict[str, object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        changed(shared, **parts)
    assert caught.value.code == code
