"""Hourly series of monitoring stations, read from files in the form of the Beijing data, and their days.

A file has one row an hour: year, month, day, hour, six concentrations, station; other columns are left
alone. A column `origin` that says "generated" marks the whole station as generated, wherever it is shown.
CO of such files is in micrograms and is divided by 1000. Follows: HJ 633-2012 for the value of a day.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Final

from msgspec import Struct

from xinfu.errors import InputError
from xinfu_scenarios import errors, readings
from xinfu_scenarios.aqi import Concentration, Index, Pollutant, Validity, daily_mean, of_day

CO_DIVISOR: Final = 1000
ORIGIN: Final = "origin"


class Columns(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The names of the columns of an hourly file.

    Args:
        pollutants: column by pollutant; those left out keep the pollutant's own name.
    """

    year: str = "year"
    month: str = "month"
    day: str = "day"
    hour: str = "hour"
    station: str = "station"
    pollutants: dict[Pollutant, str] = {}

    def of(self, pollutant: Pollutant) -> str:
        """The column of a pollutant."""
        return self.pollutants.get(pollutant, pollutant.value)

    def names(self) -> tuple[str, ...]:
        """Every column that must be there."""
        return (
            self.year,
            self.month,
            self.day,
            self.hour,
            *(self.of(one) for one in Pollutant),
            self.station,
        )


class Window(Struct, frozen=True, kw_only=True):
    """A window of days, first and last included; None leaves a side open."""

    first: date | None = None
    last: date | None = None

    def holds(self, day: date) -> bool:
        """Whether a day lies in the window."""
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)


Hours = dict[int, dict[Pollutant, Concentration]]


class Station(Struct, frozen=True, kw_only=True):
    """The hours of one station.

    Args:
        name: its name in the file.
        days: hour of the day to what was measured in it, for each day in the window.
        generated: whether the file marks any of its rows as generated.
    """

    name: str
    days: dict[date, Hours]
    generated: bool

    def valid_values(self, day: date, validity: Validity) -> dict[Pollutant, Fraction]:
        """The valid daily values of one day; CO in milligrams."""
        hours = self.days.get(day, {})
        found = {}
        for one in Pollutant:
            value = daily_mean(one, [hours.get(hour, {}).get(one) for hour in range(24)], validity)
            if value is not None:
                found[one] = value / CO_DIVISOR if one is Pollutant.CO else value
        return found


class _Hour(Struct, frozen=True, kw_only=True):
    line: int
    station: str
    day: date
    hour: int
    values: dict[Pollutant, Concentration]
    generated: bool


def read_stations(path: Path, *, window: Window, columns: Columns) -> tuple[Station, ...]:
    """The stations of one hourly file, with the days of `window`.

    Raises:
        InputError: the file cannot be read, a row is bad, or an hour of a station occurs twice.
    """
    found = readings.collect(path, columns.names(), lambda row: _hour(row, window, columns))
    days: dict[str, dict[date, Hours]] = {}
    generated = set()
    for one in found:
        hours = days.setdefault(one.station, {}).setdefault(one.day, {})
        if one.hour in hours:
            raise _twice(path, one)
        hours[one.hour] = one.values
        if one.generated:
            generated.add(one.station)
    return tuple(Station(name=name, days=days[name], generated=name in generated) for name in days)


def _hour(row: readings.Row, window: Window, columns: Columns) -> _Hour | None:
    day = _day(row, columns)
    if not window.holds(day):
        return None
    values = {one: readings.concentration(row, columns.of(one)) for one in Pollutant}
    return _Hour(
        line=row.line,
        station=row.cells[columns.station].strip(),
        day=day,
        hour=readings.whole(row, columns.hour, least=0, most=23),
        values={one: value for one, value in values.items() if value is not None},
        generated="generated" in row.cells.get(ORIGIN, ""),
    )


def _day(row: readings.Row, columns: Columns) -> date:
    year = readings.whole(row, columns.year, least=1900, most=9999)
    month = readings.whole(row, columns.month, least=1, most=12)
    day = readings.whole(row, columns.day, least=1, most=31)
    try:
        return date(year, month, day)
    except ValueError as error:
        text = f"{year}-{month:02d}-{day:02d}"
        raise readings.BadCellError(
            columns.day, text, "is not a day of the calendar", "不是日历上的日期"
        ) from error


def _twice(path: Path, hour: _Hour) -> InputError:
    when = f"{hour.day.isoformat()} {hour.hour:02d}:00"
    return errors.READINGS_HOUR_TWICE(name=path.name, line=hour.line, station=hour.station, when=when)


def days_between(first: date, last: date) -> tuple[date, ...]:
    """The days from `first` to `last`, both included."""
    return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))


def city_days(
    stations: Iterable[Station], days: Sequence[date], validity: Validity
) -> Mapping[date, Index | None]:
    """The index of each day for the city of these stations; None where the day has no value."""
    all_stations = tuple(stations)
    return {day: of_day([one.valid_values(day, validity) for one in all_stations], validity) for day in days}
