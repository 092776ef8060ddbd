"""Generate hourly air quality of invented stations, in the columns of the Beijing files.

Whole numbers and the deterministic draw only: a seed gives the same bytes on every machine. Each row
says "generated / 模拟生成" in the column `origin`, so that nobody can show it without the mark. The last
three days are an orange episode; longer windows also hold a red one, a single bad day, and one that a
day without a value breaks in two.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from xinfu_scenarios.draw import weight
from xinfu_scenarios.s03.params import Generated
from xinfu_scenarios.stations import ORIGIN, days_between

MARK: Final = "generated / 模拟生成"
FILE_NAME: Final = "air-quality-hourly-generated.csv"
HEAD: Final = (
    *("No", "year", "month", "day", "hour", "PM2.5", "PM10", "SO2", "NO2", "CO", "O3"),
    *("TEMP", "PRES", "DEWP", "RAIN", "wd", "WSPM", "station", ORIGIN),
)
WINDS: Final = (
    "N",
    "NNE",
    "NE",
    "ENE",
    "E",
    "ESE",
    "SE",
    "SSE",
    "S",
    "SSW",
    "SW",
    "WSW",
    "W",
    "WNW",
    "NW",
    "NNW",
)

NO_VALUE: Final = 0
LAST_EPISODE: Final = (176, 221, 203)
"""Daily PM2.5 in micrograms a cubic metre: above 200 for three days, never above 300 (orange)."""
EARLIER_EPISODES: Final = (
    (138, 131, NO_VALUE, 136),  # would be three days and orange; the day without a value breaks it
    (158, 219, 292, 266, 171),  # red
    (124,),  # one bad day: no level
)
DAYS_FOR_EARLIER: Final = 45
MISSING_IN_1000: Final = 12
DAY_SHAPE: Final = (
    *(112, 110, 107, 104, 101, 99, 98, 100, 103, 104, 101, 96),
    *(91, 87, 85, 85, 88, 93, 99, 104, 107, 109, 111, 106),
)
"""Per cent of the daily level, hour by hour; the mean of the day is 100."""
SUN_SHAPE: Final = (6, 5, 5, 4, 4, 4, 5, 8, 14, 24, 38, 52, 63, 70, 72, 68, 58, 44, 31, 22, 16, 12, 9, 7)
"""Ozone of a clear day, micrograms a cubic metre."""
TRAFFIC_SHAPE: Final = (
    *(88, 80, 74, 70, 70, 78, 95, 118, 124, 112, 98, 90),
    *(86, 82, 82, 86, 96, 114, 130, 128, 118, 108, 100, 93),
)


def write_generated(folder: Path, terms: Generated) -> Path:
    """Write the table into `folder` and return its path; the same terms give the same bytes."""
    path = folder / FILE_NAME
    lines = (",".join(f'"{name}"' for name in HEAD), *generated_rows(terms))
    path.write_bytes(("\n".join(lines) + "\n").encode())
    return path


def generated_rows(terms: Generated) -> Iterator[str]:
    """The rows without the head: station by station, hour by hour."""
    days = days_between(terms.first, terms.last)
    levels = _levels(terms.seed, len(days))
    for place, station in enumerate(terms.stations):
        for number, day in enumerate(days):
            for hour in range(24):
                key = f"{station}:{day.isoformat()}:{hour:02d}"
                measured = _measured(terms.seed, key, levels[number], place, hour)
                row = (number * 24 + hour + 1, day.year, day.month, day.day, hour, *measured)
                yield ",".join(
                    str(cell)
                    for cell in (*row, *_weather(terms.seed, key, day, hour), _quoted(station), _quoted(MARK))
                )


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _levels(seed: int, count: int) -> list[int]:
    """PM2.5 of each day: an ordinary course, then the episodes laid over it."""
    drawn = [12 + weight(seed, f"level:{number}") ** 2 * 110 // 1000**2 for number in range(count + 2)]
    levels = [(drawn[number] + 2 * drawn[number + 1] + drawn[number + 2]) // 4 for number in range(count)]
    last = LAST_EPISODE[-count:]
    levels[count - len(last) :] = last
    if count >= DAYS_FOR_EARLIER:
        room = (count - len(last) - 2) // len(EARLIER_EPISODES)
        for number, episode in enumerate(EARLIER_EPISODES):
            free = room - len(episode) - 2
            first = number * room + 1 + free * weight(seed, f"episode:{number}") // 1000
            levels[first : first + len(episode)] = episode
    return levels


def _measured(seed: int, key: str, level: int, place: int, hour: int) -> list[int | str]:
    """PM2.5, PM10, SO2, NO2, CO and O3 of an hour; NA where nothing was measured."""
    dead = level == NO_VALUE and 7 <= hour <= 16
    day = level or 134
    traffic = 18 + weight(seed, f"traffic:{key.rsplit(':', 1)[0]}") * 34 // 1000
    pm25 = day * (97 + 3 * (place % 3)) * (DAY_SHAPE[hour] + _spread(seed, f"pm25:{key}", 6)) // 10000
    values = (
        max(3, pm25),
        max(6, pm25 * 13 // 10 + 6 + _spread(seed, f"pm10:{key}", 6)),
        5 + day // 20 + _spread(seed, f"so2:{key}", 3),
        max(4, (traffic + day // 7) * TRAFFIC_SHAPE[hour] // 100 + _spread(seed, f"no2:{key}", 5)),
        (300 + day * 9 + 12 * _spread(seed, f"co:{key}", 9)) // 100 * 100,
        max(2, SUN_SHAPE[hour] * max(35, 120 - day // 2) // 100 + _spread(seed, f"o3:{key}", 3)),
    )
    return [
        "NA" if dead or _missing(seed, f"{number}:{key}") else value for number, value in enumerate(values)
    ]


def _spread(seed: int, key: str, most: int) -> int:
    return weight(seed, key) * (2 * most + 1) // 1001 - most


def _missing(seed: int, key: str) -> bool:
    return weight(seed, f"missing:{key}") <= MISSING_IN_1000


def _weather(seed: int, key: str, day: date, hour: int) -> list[str]:
    """TEMP, PRES, DEWP, RAIN, wd and WSPM of an hour, as text with one decimal."""
    warmth = 240 - 16 * ((day.month - 9) % 12) * 10 // 7 + SUN_SHAPE[hour] + _spread(seed, f"temp:{key}", 9)
    rain = max(0, weight(seed, f"rain:{day.isoformat()}") - 900) // 25
    return [
        _tenths(warmth),
        _tenths(10190 + _spread(seed, f"pres:{key}", 40)),
        _tenths(warmth - 45 - _spread(seed, f"dewp:{key}", 20)),
        _tenths(rain),
        f'"{WINDS[weight(seed, f"wind:{key}") % 16]}"',
        _tenths(6 + weight(seed, f"speed:{key}") * 24 // 1000),
    ]


def _tenths(value: int) -> str:
    return f"{'-' if value < 0 else ''}{abs(value) // 10}.{abs(value) % 10}"
