"""The figures of S03, computed exactly from files, with no side effect but reading them.

The names of the fields are the keys that the card's figures stand under; they stay the same when a
parameter changes the year or the stations behind them.
Follows: HJ 633-2012; Hunan plan for heavy pollution weather as amended in 2024.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

from msgspec import Struct

from xinfu_scenarios import readings
from xinfu_scenarios.aqi import Concentration, Index, Mean, Pollutant, category, of_hour, sub_index
from xinfu_scenarios.episodes import Alert, Day, Episode, Level, announce, episodes, lift, linkage
from xinfu_scenarios.s03 import errors
from xinfu_scenarios.s03.params import AlertTerms, Beijing, Linkage, Params
from xinfu_scenarios.stations import Station, Window, city_days, days_between, read_stations

PUBLISHED_COLUMNS = {
    Pollutant.PM25: "pm2_5",
    Pollutant.PM10: "pm10",
    Pollutant.SO2: "so2",
    Pollutant.NO2: "no2",
    Pollutant.CO: "co",
    Pollutant.O3: "o3",
}


class EpisodeFigure(Struct, frozen=True, kw_only=True):
    """An episode as it is printed."""

    start: str
    end: str
    days: int
    max_aqi: int
    level: Level


class Summary(Struct, frozen=True, kw_only=True):
    """The summary of a row of days. `days` counts those with a value; classes that do not occur are left out."""

    days: int
    categories: dict[str, int]
    days_over_200: int
    days_over_150: int
    max_aqi: int | None
    episodes_by_level: dict[str, int]
    orange_or_red: tuple[EpisodeFigure, ...]


class LinkageFigure(Struct, frozen=True, kw_only=True):
    """The number of days on which the cities are linked; `first` is None if they never are."""

    days_with_3_or_more_cities: int
    days_with_all_6: int
    first: str | None


class HourFigure(Struct, frozen=True, kw_only=True):
    """Published indices of an hour compared with the computed ones; mean (4 decimals) and maximum of the computed."""

    stations: int
    recomputed_equals_published: int
    mean_aqi: float | None
    max_aqi: int | None


class AlertFigure(Struct, frozen=True, kw_only=True):
    """The alert record; `end` is None until a later decision."""

    level: Level
    response: str
    known_at: datetime
    start: datetime
    forecast_days: tuple[date, ...]
    end: datetime | None


class Figures(Struct, frozen=True, kw_only=True):
    """The figures that S03 computes, under the keys of the card."""

    zhuzhou_2014: Summary
    linkage_2014: LinkageFigure
    beijing_2015_11_2016_01: Summary
    primary: dict[str, int]
    hour_zhuzhou: HourFigure
    hour_all: HourFigure
    alert: AlertFigure


def sources(params: Params) -> tuple[str, ...]:
    """The files that the figures need, relative to the data folder, each once."""
    named = (params.zhuzhou.file, params.linkage.file, *params.beijing.paths(), params.hour.file)
    return tuple(dict.fromkeys(named))


def figures(files: Mapping[str, Path], params: Params) -> Figures:
    """Compute the figures of the scenario.

    Args:
        files: where each of `sources(params)` lies.

    Raises:
        InputError: a file cannot be read or holds nothing of what the parameters ask for.
        RefusedError: the parameters give the alert an end without a decision.
    """
    indices = beijing_indices([files[name] for name in params.beijing.paths()], params)
    hour = _published_hour(files[params.hour.file])
    cities = _daily_cities(files[params.linkage.file], params.linkage)
    own_city = _daily_city(files[params.zhuzhou.file], params.zhuzhou.year)
    return Figures(
        zhuzhou_2014=summary(own_city, episodes(own_city, params.plan)),
        linkage_2014=_linked(cities, params),
        beijing_2015_11_2016_01=summary(as_days(indices), episodes(as_days(indices), params.plan)),
        primary=chief_days(indices),
        hour_zhuzhou=_hour_figure([one for one in hour if one.city == params.hour.city]),
        hour_all=_hour_figure(hour),
        alert=alert_figure(alert_of(params.alert)),
    )


def summary(days: Sequence[Day], found: Sequence[Episode]) -> Summary:
    """Summarize days and their episodes."""
    values = [day.value for day in days if day.value is not None]
    return Summary(
        days=len(values),
        categories=dict(Counter(category(value).value for value in values)),
        days_over_200=sum(value > 200 for value in values),
        days_over_150=sum(value > 150 for value in values),
        max_aqi=max(values, default=None),
        episodes_by_level=dict(Counter(episode.level.value for episode in found)),
        orange_or_red=tuple(_printed(one) for one in found if one.level in (Level.ORANGE, Level.RED)),
    )


def _printed(episode: Episode) -> EpisodeFigure:
    return EpisodeFigure(
        start=episode.days[0].label,
        end=episode.days[-1].label,
        days=len(episode.days),
        max_aqi=episode.peak,
        level=episode.level,
    )


def as_days(indices: Mapping[date, Index | None]) -> tuple[Day, ...]:
    """Dated indices as days, in order."""
    return tuple(
        Day(label=day.isoformat(), value=None if found is None else found.value)
        for day, found in sorted(indices.items())
    )


def chief_days(indices: Mapping[date, Index | None]) -> dict[str, int]:
    """The days by chief pollutant. A day on which several share the largest sub-index counts for each (HJ 633)."""
    return dict(Counter(each.value for one in indices.values() if one is not None for each in one.chief))


def beijing_indices(paths: Sequence[Path], params: Params) -> Mapping[date, Index | None]:
    """The city's index of each day in the window, from the stations that the parameters name.

    Raises:
        InputError: a file cannot be read, or a station that was named is in none of them.
    """
    wanted = params.beijing
    window = Window(first=wanted.first, last=wanted.last)
    found: dict[str, Station] = {}
    for path in paths:
        for station in read_stations(path, window=window, columns=params.columns):
            if found.setdefault(station.name, station) is not station:
                raise errors.READINGS_STATION_TWICE(name=station.name, path_name=path.name)
    _require_stations(wanted, found)
    chosen = [found[name] for name in wanted.stations]
    return city_days(chosen, days_between(wanted.first, wanted.last), params.validity)


def _require_stations(wanted: Beijing, found: Mapping[str, Station]) -> None:
    absent = [name for name in wanted.stations if name not in found]
    if absent:
        raise errors.SCENARIO_STATION_ABSENT(
            absent=", ".join(absent),
            first=wanted.first,
            last=wanted.last,
            found=", ".join(found) or "none",
            absent_zh="、".join(absent),
            found_zh="、".join(found) or "无",
        )


class _DailyRow(Struct, frozen=True, kw_only=True):
    city: str
    number: int
    value: Concentration | None


def _daily_rows(path: Path, year: int, *, by_city: bool) -> list[_DailyRow]:
    columns = ("year", "doy", "pm25_ugm3", *(("city",) if by_city else ()))

    def read(row: readings.Row) -> _DailyRow | None:
        if readings.whole(row, "year", least=1900, most=9999) != year:
            return None
        return _DailyRow(
            city=row.cells["city"].strip() if by_city else "",
            number=readings.whole(row, "doy", least=1, most=366),
            value=readings.concentration(row, "pm25_ugm3"),
        )

    return readings.collect(path, columns, read)


def _daily_city(path: Path, year: int) -> tuple[Day, ...]:
    return _numbered(path, year, _daily_rows(path, year, by_city=False))


def _daily_cities(path: Path, asked: Linkage) -> dict[str, tuple[Day, ...]]:
    rows = _daily_rows(path, asked.year, by_city=True)
    return {
        city: _numbered(path, asked.year, [row for row in rows if row.city == city], city)
        for city in asked.cities
    }


def _numbered(path: Path, year: int, rows: Sequence[_DailyRow], city: str = "") -> tuple[Day, ...]:
    """Days 1 to the last one of the file; a missing number is a day without a value."""
    who = f"{city} {year}".strip()
    values = {row.number: row.value for row in rows}
    if not rows or len(values) != len(rows):
        en = "no day of" if not rows else "a day twice of"
        zh = "没有数据" if not rows else "有日期重复"
        raise errors.SCENARIO_DAYS_WRONG(name=path.name, en=en, who=who, zh=zh)
    return tuple(_day(year, number, values.get(number)) for number in range(1, max(values) + 1))


def _day(year: int, number: int, value: Concentration | None) -> Day:
    part = None if value is None else sub_index(Pollutant.PM25, Mean.DAY, value)
    return Day(label=f"{year}-{number:03d}", value=part)


def _linked(cities: Mapping[str, Sequence[Day]], params: Params) -> LinkageFigure:
    found = {city: episodes(days, params.plan) for city, days in cities.items()}
    together = linkage(found, level=params.linkage.level)
    linked = sorted(day for day, count in together.items() if count >= params.linkage.cities_needed)
    return LinkageFigure(
        days_with_3_or_more_cities=len(linked),
        days_with_all_6=sum(count == len(cities) for count in together.values()),
        first=linked[0] if linked else None,
    )


class _PublishedStation(Struct, frozen=True, kw_only=True):
    city: str
    published: int
    ours: int


def _published_hour(path: Path) -> list[_PublishedStation]:
    columns = ("area", "aqi", *PUBLISHED_COLUMNS.values())

    def read(row: readings.Row) -> _PublishedStation | None:
        measured = {one: readings.concentration(row, name) for one, name in PUBLISHED_COLUMNS.items()}
        ours = of_hour({one: value for one, value in measured.items() if value is not None})
        if readings.concentration(row, "aqi") is None or ours is None:
            return None
        published = readings.whole(row, "aqi", least=0, most=500)
        return _PublishedStation(city=row.cells["area"].strip(), published=published, ours=ours.value)

    return readings.collect(path, columns, read)


def _hour_figure(stations: Sequence[_PublishedStation]) -> HourFigure:
    ours = [station.ours for station in stations]
    return HourFigure(
        stations=len(ours),
        recomputed_equals_published=sum(station.ours == station.published for station in stations),
        mean_aqi=float(round(Fraction(sum(ours), len(ours)), 4)) if ours else None,
        max_aqi=max(ours, default=None),
    )


def alert_of(terms: AlertTerms) -> Alert:
    """The alert record of the terms.

    Raises:
        RefusedError: the terms name an end that no later decision gives.
    """
    alert = announce(
        terms.level, known_at=terms.known_at, start=terms.start, forecast_days=terms.forecast_days
    )
    return lift(alert, terms.lifting, end=terms.end)


def alert_figure(alert: Alert) -> AlertFigure:
    """The alert as it is printed."""
    return AlertFigure(
        level=alert.level,
        response=alert.response,
        known_at=alert.known_at,
        start=alert.start,
        forecast_days=alert.forecast_days,
        end=alert.end,
    )
