"""Air quality index: sub-indices, the index itself, its six classes, and the validity of a day.

A sub-index (IAQI) is found by straight lines between the corners of a table and rounded up; the index
(AQI) is the largest sub-index; the chief pollutant is that with the largest sub-index, if the index is above 50.
Everything is exact: concentrations are whole numbers or fractions, never floating point.
Follows: HJ 633-2012 (tables 1 and 2, section 4.4 rounding), GB 3095-2012 (validity of means).
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Final

from msgspec import Struct

Concentration = int | Fraction


class Pollutant(StrEnum):
    """The six pollutants of the index, in the order of the standard's daily table."""

    PM25 = "PM2.5"
    PM10 = "PM10"
    SO2 = "SO2"
    NO2 = "NO2"
    CO = "CO"
    O3 = "O3"


class Mean(StrEnum):
    """The period over which a concentration is averaged."""

    HOUR = "1h"
    EIGHT_HOURS = "8h"
    DAY = "24h"


class Category(StrEnum):
    """The six classes of the index (HJ 633-2012, table 2)."""

    EXCELLENT = "优"
    GOOD = "良"
    LIGHT = "轻度污染"
    MODERATE = "中度污染"
    HEAVY = "重度污染"
    SEVERE = "严重污染"


STEPS: Final = (0, 50, 100, 150, 200, 300, 400, 500)

_PM25: Final = (0, 35, 75, 115, 150, 250, 350, 500)
_PM10: Final = (0, 50, 150, 250, 350, 420, 500, 600)

CORNERS: Final[Mapping[tuple[Pollutant, Mean], tuple[int, ...]]] = {
    # Micrograms a cubic metre, CO in milligrams. The hour uses the 24 h table for particles.
    (Pollutant.PM25, Mean.DAY): _PM25,
    (Pollutant.PM25, Mean.HOUR): _PM25,
    (Pollutant.PM10, Mean.DAY): _PM10,
    (Pollutant.PM10, Mean.HOUR): _PM10,
    (Pollutant.SO2, Mean.DAY): (0, 50, 150, 475, 800, 1600, 2100, 2620),
    (Pollutant.SO2, Mean.HOUR): (0, 150, 500, 650, 800),
    (Pollutant.NO2, Mean.DAY): (0, 40, 80, 180, 280, 565, 750, 940),
    (Pollutant.NO2, Mean.HOUR): (0, 100, 200, 700, 1200, 2340, 3090, 3840),
    (Pollutant.CO, Mean.DAY): (0, 2, 4, 14, 24, 36, 48, 60),
    (Pollutant.CO, Mean.HOUR): (0, 5, 10, 35, 60, 90, 120, 150),
    (Pollutant.O3, Mean.HOUR): (0, 160, 200, 300, 400, 800, 1000, 1200),
    (Pollutant.O3, Mean.EIGHT_HOURS): (0, 100, 160, 215, 265, 800),
}
DAILY_MEAN: Final[Mapping[Pollutant, Mean]] = {
    one: Mean.EIGHT_HOURS if one is Pollutant.O3 else Mean.DAY for one in Pollutant
}


class Index(Struct, frozen=True, kw_only=True):
    """An air quality index and its parts.

    Args:
        value: the AQI, 0 to 500.
        chief: the pollutants that gave it, in the standard's order; empty up to 50.
        parts: every sub-index that took part.
    """

    value: int
    chief: tuple[Pollutant, ...]
    parts: dict[Pollutant, int]

    @property
    def category(self) -> Category:
        """The class of the value."""
        return category(self.value)


class Validity(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules that make the value of a day valid.

    Args:
        hours_a_day: hourly values that a daily mean needs (GB 3095-2012, table 4).
        window_hours: hourly values that an 8 h mean of O3 needs.
        windows_a_day: 8 h means that a day of O3 needs.
        pollutants_needed: pollutants without whose valid mean a day has no value.
    """

    hours_a_day: int = 20
    window_hours: int = 6
    windows_a_day: int = 14
    pollutants_needed: tuple[Pollutant, ...] = (Pollutant.PM25, Pollutant.PM10)


def sub_index(pollutant: Pollutant, mean: Mean, concentration: Concentration) -> int | None:
    """The sub-index of one concentration, rounded up; 500 above the last corner of a full table.

    Args:
        concentration: micrograms a cubic metre, CO in milligrams; 0 or more.

    Returns:
        None where the standard's table ends below the concentration (SO2 above 800 in an hour, O3 above
        800 in 8 hours): another mean has to be used.

    Raises:
        ValueError: the concentration is below 0.
    """
    if concentration < 0:
        raise ValueError(f"a concentration is never below 0: {pollutant} {concentration}")
    corners = CORNERS[pollutant, mean]
    for step in range(1, len(corners)):
        if concentration <= corners[step]:
            return _between(step, corners, concentration)
    return STEPS[-1] if len(corners) == len(STEPS) else None


def _between(step: int, corners: tuple[int, ...], concentration: Concentration) -> int:
    rise = STEPS[step] - STEPS[step - 1]
    run = corners[step] - corners[step - 1]
    exact = Fraction(rise, run) * (concentration - corners[step - 1]) + STEPS[step - 1]
    return -(-exact.numerator // exact.denominator)


def category(value: int) -> Category:
    """The class of an index value."""
    limits = (50, 100, 150, 200, 300)
    return tuple(Category)[sum(value > limit for limit in limits)]


def index(parts: Mapping[Pollutant, int]) -> Index | None:
    """The index of the sub-indices; None without any, because no value is not a clean value."""
    if not parts:
        return None
    value = max(parts.values())
    chief = tuple(one for one in Pollutant if value > 50 and parts.get(one) == value)
    return Index(value=value, chief=chief, parts={one: parts[one] for one in Pollutant if one in parts})


def of_hour(concentrations: Mapping[Pollutant, Concentration]) -> Index | None:
    """The index of one hour at one station, from the pollutants that were measured."""
    found = {one: sub_index(one, Mean.HOUR, value) for one, value in concentrations.items()}
    return index({one: value for one, value in found.items() if value is not None})


def daily_mean(
    pollutant: Pollutant, hours: Sequence[Concentration | None], validity: Validity
) -> Fraction | None:
    """The daily value of one pollutant at one station; None if it is not valid.

    Args:
        hours: 24 values, hour 0 first; None where nothing was measured.

    Returns:
        The mean of the day; for O3 the largest mean of 8 hours inside the day.
    """
    if pollutant is Pollutant.O3:
        return _largest_window(hours, validity)
    values = [value for value in hours if value is not None]
    return Fraction(sum(values)) / len(values) if len(values) >= max(validity.hours_a_day, 1) else None


def _largest_window(hours: Sequence[Concentration | None], validity: Validity) -> Fraction | None:
    means = []
    for first in range(len(hours) - 7):
        values = [value for value in hours[first : first + 8] if value is not None]
        if len(values) >= max(validity.window_hours, 1):
            means.append(Fraction(sum(values)) / len(values))
    return max(means) if len(means) >= max(validity.windows_a_day, 1) else None


def of_day(stations: Sequence[Mapping[Pollutant, Fraction]], validity: Validity) -> Index | None:
    """The index of a city's day, from the means over the stations that have a valid value.

    Args:
        stations: the valid daily values of each station.

    Returns:
        None when a pollutant that the day needs has no valid value at any station.
    """
    parts: dict[Pollutant, int] = {}
    for one in Pollutant:
        values = [station[one] for station in stations if one in station]
        if values:
            part = sub_index(one, DAILY_MEAN[one], sum(values, Fraction(0)) / len(values))
            parts[one] = STEPS[-1] if part is None else part
    if any(one not in parts for one in validity.pollutants_needed):
        return None
    return index(parts)
