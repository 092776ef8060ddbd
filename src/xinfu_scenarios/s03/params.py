"""The parameters of scenario S03, and how a file of them is read.

Every key has the card's own value as its default, so a file names only what it changes. A key that
nobody reads is refused by its name. The keys are documented in docs/reference/scenarios.md.
"""

from datetime import date, datetime
from typing import Final

import msgspec
from msgspec import Struct

from xinfu_scenarios.aqi import Validity
from xinfu_scenarios.episodes import Level, Lifting, Plan
from xinfu_scenarios.s03 import errors
from xinfu_scenarios.stations import Columns
from xinfu_scenarios.words import BEIJING_TIME

SIX_CITIES: Final = ("Changde", "Changsha", "Xiangtan", "Yueyang", "Zhangjiajie", "Zhuzhou")


class Zhuzhou(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The daily PM2.5 of one city: the file and the year."""

    file: str = "air-zhuzhou/zhuzhou_pm25_daily_2014_2016.csv"
    year: int = 2014


class Linkage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The cities that are compared, and how many "yes" link them.

    Args:
        level: an answer is "yes" on the days of an episode of this level or above.
        cities_needed: as many "yes" link the cities.
    """

    file: str = "air-zhuzhou/neighbours_pm25_daily_2014_2016.csv.gz"
    year: int = 2014
    cities: tuple[str, ...] = SIX_CITIES
    cities_needed: int = 3
    level: Level = Level.YELLOW


class Beijing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The hourly series: the stations, and the first and last day, both included.

    Args:
        files: one or more; None means one file a station, named as in the data's own folder.
    """

    stations: tuple[str, ...] = ("Changping", "Dongsi", "Huairou")
    first: date = date(2015, 11, 1)
    last: date = date(2016, 1, 31)
    files: tuple[str, ...] | None = None

    def paths(self) -> tuple[str, ...]:
        """The files, relative to the data folder."""
        if self.files is not None:
            return self.files
        return tuple(f"air-beijing/PRSA_Data_{name}_20130301-20170228.csv.gz" for name in self.stations)


class Hour(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A published hour of many stations, and the city that is examined separately."""

    file: str = "air-cn-hour/china_stations_20180220T07.csv"
    city: str = "株洲市"


class AlertTerms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The alert of the page. `end` needs `lifting`, the later decision that gives it."""

    level: Level = Level.ORANGE
    known_at: datetime = datetime(2024, 12, 24, 18, tzinfo=BEIJING_TIME)
    start: datetime = datetime(2024, 12, 24, 20, tzinfo=BEIJING_TIME)
    forecast_days: tuple[date, ...] = (date(2024, 12, 25), date(2024, 12, 26), date(2024, 12, 27))
    end: datetime | None = None
    lifting: Lifting | None = None


class Generated(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of the generator for the demo: seed, first and last day, and names of the stations."""

    seed: int = 20241225
    first: date = date(2024, 9, 28)
    last: date = date(2024, 12, 27)
    stations: tuple[str, ...] = ("Generated-1", "Generated-2", "Generated-3")


class Params(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of S03."""

    zhuzhou: Zhuzhou = Zhuzhou()
    linkage: Linkage = Linkage()
    beijing: Beijing = Beijing()
    hour: Hour = Hour()
    plan: Plan = Plan()
    validity: Validity = Validity()
    columns: Columns = Columns()
    alert: AlertTerms = AlertTerms()
    generator: Generated = Generated()


def read_params(text: bytes | str) -> Params:
    """Read the parameters from a JSON text; those that it does not name keep the card's value.

    Raises:
        InputError: it is not JSON, a key is unknown (named), or a value is of the wrong kind.
    """
    try:
        params = msgspec.json.decode(text, type=Params)
    except msgspec.DecodeError as error:
        raise errors.SCENARIO_PARAMS_WRONG(error=error) from error
    _check(params)
    return params


def _check(params: Params) -> None:
    wrong = [
        (
            params.beijing.first > params.beijing.last,
            "beijing.first",
            "is after beijing.last",
            "晚于 beijing.last",
        ),
        (not params.beijing.stations, "beijing.stations", "is empty", "为空"),
        (not params.linkage.cities, "linkage.cities", "is empty", "为空"),
        (params.linkage.cities_needed < 1, "linkage.cities_needed", "is below 1", "小于 1"),
        (params.linkage.level is Level.NONE, "linkage.level", "is none", "为 none"),
        (params.generator.first > params.generator.last, "generator.first", "is after its last", "晚于 last"),
        (not params.generator.stations, "generator.stations", "is empty", "为空"),
    ]
    for failed, key, en, zh in wrong:
        if failed:
            raise errors.SCENARIO_PARAMS_WRONG_VALUE(key=key, en=en, zh=zh)
