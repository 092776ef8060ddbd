"""The generator: the same bytes for the same seed, marked, and with the episodes that the story needs."""

import hashlib
from datetime import date
from pathlib import Path

import pytest

from xinfu_scenarios.episodes import Level, episodes
from xinfu_scenarios.readings import rows
from xinfu_scenarios.s03.figures import as_days
from xinfu_scenarios.s03.generator import HEAD, MARK, generated_rows, write_generated
from xinfu_scenarios.s03.params import Generated, Params
from xinfu_scenarios.stations import Columns, Window, city_days, days_between, read_stations

SEEDS = (20241225, 0, 1, 7)


def test_the_bytes_of_the_card_seed_never_change(tmp_path: Path) -> None:
    path = write_generated(tmp_path, Generated())
    assert hashlib.sha256(path.read_bytes()).hexdigest() == (
        "6674b9f6f57227c0def4b4ef033993bc2b82e7613edb0207c2588858b5f65ee1"
    )


def test_another_seed_gives_other_bytes() -> None:
    day = date(2024, 12, 25)
    made = [list(generated_rows(Generated(seed=seed, first=day, last=day))) for seed in (1, 2)]
    assert made[0] != made[1]


def test_every_row_is_marked_and_has_the_columns_of_the_beijing_files(tmp_path: Path, shared: Path) -> None:
    made = list(rows(write_generated(tmp_path, Generated()), HEAD))
    assert {row.cells["origin"] for row in made} == {MARK}
    real = shared / "data/air-beijing/PRSA_Data_Dongsi_20130301-20170228.csv.gz"
    first = next(iter(rows(real, ())))
    assert tuple(first.cells) == HEAD[:-1]


def test_three_stations_have_every_hour_of_three_months(tmp_path: Path) -> None:
    made = list(rows(write_generated(tmp_path, Generated()), HEAD))
    assert len(made) == 3 * 91 * 24


@pytest.mark.parametrize("seed", SEEDS)
def test_the_last_three_days_are_an_orange_episode_whatever_the_seed(tmp_path: Path, seed: int) -> None:
    terms = Generated(seed=seed)
    stations = read_stations(write_generated(tmp_path, terms), window=Window(), columns=Columns())
    found = as_days(city_days(stations, days_between(terms.first, terms.last), Params().validity))
    levels = [one.level for one in episodes(found, Params().plan)]
    assert levels == [Level.YELLOW, Level.NONE, Level.RED, Level.NONE, Level.ORANGE]
    assert [day.label for day in episodes(found, Params().plan)[-1].days] == [
        "2024-12-25",
        "2024-12-26",
        "2024-12-27",
    ]
    assert [day.value for day in found].count(None) == 1
    assert all(station.generated for station in stations)


def test_a_short_window_holds_the_last_episode_alone(tmp_path: Path) -> None:
    terms = Generated(first=date(2024, 12, 24), last=date(2024, 12, 27), stations=('A "b", c',))
    (station,) = read_stations(write_generated(tmp_path, terms), window=Window(), columns=Columns())
    found = as_days(city_days([station], days_between(terms.first, terms.last), Params().validity))
    assert [one.level for one in episodes(found, Params().plan)] == [Level.ORANGE]
    assert station.name == 'A "b", c'
