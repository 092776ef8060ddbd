"""The results that the emergency bureau computes from the hourly files: days, episodes, the alert.

The alert is that of the last episode that meets a level: made known at 18:00 on the day before it, in
force from 20:00, given for its days, without an end.
Follows: HJ 633-2012; Hunan plan for heavy pollution weather as amended in 2024.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from msgspec import Struct

from xinfu_scenarios.episodes import Alert, Episode, Level, announce, episodes
from xinfu_scenarios.s03 import errors
from xinfu_scenarios.s03.figures import as_days, chief_days, summary
from xinfu_scenarios.s03.params import Params
from xinfu_scenarios.s03.story import Air
from xinfu_scenarios.stations import Station, Window, city_days, days_between, read_stations
from xinfu_scenarios.words import BEIJING_TIME

KNOWN_AT: Final = time(18)
START_AT: Final = time(20)
LONGEST_WINDOW_DAYS: Final = 10 * 366


class Measured(Struct, frozen=True, kw_only=True):
    """The stations in a set of files.

    Args:
        hours: how many hours each file holds, in the order of the files.
    """

    stations: tuple[Station, ...]
    hours: tuple[int, ...]

    @property
    def generated(self) -> bool:
        """Whether any station is marked as generated."""
        return any(station.generated for station in self.stations)


def read_measured(paths: Sequence[Path], params: Params) -> Measured:
    """Read the stations of all files.

    Raises:
        InputError: a file cannot be used, or two of them have the same station.
    """
    found: dict[str, Station] = {}
    hours = []
    for path in paths:
        stations = read_stations(path, window=Window(), columns=params.columns)
        for station in stations:
            if found.setdefault(station.name, station) is not station:
                raise errors.READINGS_STATION_TWICE(name=station.name, path_name=path.name)
        hours.append(sum(len(day) for station in stations for day in station.days.values()))
    return Measured(stations=tuple(found.values()), hours=tuple(hours))


def grade(measured: Measured, params: Params) -> Air:
    """Compute days, episodes and the alert from the measurements.

    Raises:
        InputError: the days lie further apart than anything sensible.
    """
    dates = [day for station in measured.stations for day in station.days]
    days = city_days(measured.stations, _window(min(dates), max(dates)), params.validity)
    found = episodes(as_days(days), params.plan)
    return Air(
        stations=tuple(station.name for station in measured.stations),
        days=dict(days),
        episodes=found,
        summary=summary(as_days(days), found),
        chief=chief_days(days),
        alert=alert_of_last(found),
    )


def _window(first: date, last: date) -> tuple[date, ...]:
    if (last - first).days > LONGEST_WINDOW_DAYS:
        raise errors.SCENARIO_WINDOW_TOO_LONG(first=first, last=last)
    return days_between(first, last)


def alert_of_last(found: Sequence[Episode]) -> Alert | None:
    """The alert of the last episode that meets a level; None when none does."""
    alerting = [episode for episode in found if episode.level is not Level.NONE]
    if not alerting:
        return None
    last = alerting[-1]
    days = [date.fromisoformat(day.label) for day in last.days]
    eve = days[0] - timedelta(days=1)
    known, start = (datetime.combine(eve, clock, BEIJING_TIME) for clock in (KNOWN_AT, START_AT))
    return announce(last.level, known_at=known, start=start, forecast_days=days)
