"""Hours of stations and the days made of them."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from xinfu.errors import InputError
from xinfu_scenarios.aqi import Pollutant, Validity
from xinfu_scenarios.stations import Columns, Station, Window, city_days, days_between, read_stations

HEAD = "year,month,day,hour,PM2.5,PM10,SO2,NO2,CO,O3,station"
DAY = date(2024, 12, 25)


def station(tmp_path: Path, lines: list[str], head: str = HEAD, columns: Columns | None = None) -> Station:
    path = tmp_path / "hours.csv"
    path.write_text("\n".join([head, *lines]) + "\n")
    (found,) = read_stations(path, window=Window(), columns=columns or Columns())
    return found


def hours(count: int, cells: str = "40,50,5,20,800,30") -> list[str]:
    return [f"2024,12,25,{hour},{cells},S" for hour in range(count)]


def test_carbon_monoxide_counts_in_milligrams(tmp_path: Path) -> None:
    found = station(tmp_path, hours(24)).valid_values(DAY, Validity())
    assert found[Pollutant.CO] == Fraction(4, 5)
    assert found[Pollutant.PM25] == 40


@pytest.mark.parametrize(("count", "valid"), [(20, True), (19, False)])
def test_a_day_with_fewer_than_20_hours_has_no_value(tmp_path: Path, count: int, valid: bool) -> None:
    one = station(tmp_path, hours(count))
    assert (city_days([one], [DAY], Validity())[DAY] is not None) is valid


def test_a_day_of_marks_has_no_value_and_is_not_clean(tmp_path: Path) -> None:
    one = station(tmp_path, hours(24, "NA,50,5,20,800,30"))
    assert city_days([one], [DAY], Validity())[DAY] is None


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    head = HEAD.replace("PM2.5", "pm25").replace("station", "站点")
    names = Columns(station="站点", pollutants={Pollutant.PM25: "pm25"})
    assert station(tmp_path, hours(24), head, names).name == "S"


def test_an_hour_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        station(tmp_path, [*hours(3), *hours(1)])
    assert caught.value.code == "readings.hour-twice"
    assert "line 5" in caught.value.en


def test_a_day_that_is_not_in_the_calendar_is_a_bad_row(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 2"):
        station(tmp_path, ["2024,2,30,1,1,1,1,1,1,1,S"])


def test_only_the_days_of_the_window_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "hours.csv"
    path.write_text("\n".join([HEAD, *hours(2), "2024,12,26,0,1,1,1,1,1,1,S"]) + "\n")
    (found,) = read_stations(path, window=Window(first=date(2024, 12, 26)), columns=Columns())
    assert list(found.days) == [date(2024, 12, 26)]


def test_days_between_includes_both_ends() -> None:
    assert len(days_between(date(2015, 11, 1), date(2016, 1, 31))) == 92
