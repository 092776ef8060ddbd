"""What the emergency bureau computes from the files that arrived."""

from datetime import date, datetime
from pathlib import Path

import pytest

from xinfu.errors import InputError
from xinfu_scenarios.episodes import Day, Episode, Level
from xinfu_scenarios.s03.air import alert_of_last, grade, read_measured
from xinfu_scenarios.s03.params import Params
from xinfu_scenarios.s03.story import Story
from xinfu_scenarios.words import BEIJING_TIME

HEAD = "year,month,day,hour,PM2.5,PM10,SO2,NO2,CO,O3,station"


def hours_file(path: Path, *days: str, station: str = "S") -> Path:
    lines = [f"{day},{hour},40,50,5,20,800,30,{station}" for day in days for hour in range(24)]
    path.write_text("\n".join([HEAD, *lines]) + "\n")
    return path


def episode(level: Level, *days: str) -> Episode:
    return Episode(days=tuple(Day(label=day, value=210) for day in days), level=level)


def test_the_generated_months_end_in_the_alert_of_the_page(generated_story: Story) -> None:
    alert = generated_story.air.alert
    assert alert is not None
    assert (alert.level, alert.response, alert.end) == (Level.ORANGE, "Ⅱ", None)
    assert alert.known_at == datetime(2024, 12, 24, 18, tzinfo=BEIJING_TIME)
    assert alert.start == datetime(2024, 12, 24, 20, tzinfo=BEIJING_TIME)
    assert alert.forecast_days == (date(2024, 12, 25), date(2024, 12, 26), date(2024, 12, 27))


def test_an_episode_without_a_level_raises_no_alert() -> None:
    assert alert_of_last([episode(Level.NONE, "2024-12-25")]) is None
    assert alert_of_last([]) is None


def test_the_last_episode_with_a_level_raises_the_alert() -> None:
    found = [
        episode(Level.RED, "2024-12-01"),
        episode(Level.YELLOW, "2024-12-09"),
        episode(Level.NONE, "2024-12-20"),
    ]
    alert = alert_of_last(found)
    assert alert is not None
    assert alert.level is Level.YELLOW
    assert alert.known_at.date() == date(2024, 12, 8)


def test_a_day_between_two_measured_ones_has_no_value(tmp_path: Path) -> None:
    measured = read_measured([hours_file(tmp_path / "a.csv", "2024,12,1", "2024,12,3")], Params())
    days = grade(measured, Params()).days
    assert [found is None for found in days.values()] == [False, True, False]
    assert measured.hours == (48,)


def test_a_station_in_two_files_is_refused(tmp_path: Path) -> None:
    files = [hours_file(tmp_path / name, "2024,12,1") for name in ("a.csv", "b.csv")]
    with pytest.raises(InputError) as caught:
        read_measured(files, Params())
    assert caught.value.code == "readings.station-twice"


def test_days_that_lie_a_century_apart_are_refused(tmp_path: Path) -> None:
    measured = read_measured([hours_file(tmp_path / "a.csv", "1924,12,1", "2024,12,1")], Params())
    with pytest.raises(InputError) as caught:
        grade(measured, Params())
    assert caught.value.code == "scenario.window-too-long"
