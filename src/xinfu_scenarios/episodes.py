"""Episodes of heavy pollution: maximal runs of bad days, their alert level, linkage, the alert record.

A day without a value breaks a run: nobody may count it as bad or as clean. The measured days stand for
the forecast (a hindcast). A level has alternatives; an alternative holds when each of its conditions does.
An alert starts without an end. Only a later decision, itself a record, gives it one.
Follows: Hunan plan for heavy pollution weather as amended in 2024, grading after the national guidance.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct, structs

from xinfu_scenarios import errors


class Level(StrEnum):
    """Alert levels, lowest first."""

    NONE = "none"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"


RESPONSE: Final[Mapping[Level, str]] = {Level.YELLOW: "Ⅲ", Level.ORANGE: "Ⅱ", Level.RED: "Ⅰ"}
LEVEL_ZH: Final[Mapping[Level, str]] = {
    Level.NONE: "未达预警",
    Level.YELLOW: "黄色",
    Level.ORANGE: "橙色",
    Level.RED: "红色",
}


class Condition(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition of a level: at least `days` days in a row with an index above `above`."""

    above: int
    days: int


Alternatives = tuple[tuple[Condition, ...], ...]


def _all(*pairs: tuple[int, int]) -> tuple[Condition, ...]:
    return tuple(Condition(above=above, days=days) for above, days in pairs)


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The thresholds of a plan.

    Args:
        episode_above: a day belongs to an episode when its index is above this.
        yellow, orange, red: alternatives of a level; each is a list of conditions that must all hold.
    """

    episode_above: int = 150
    yellow: Alternatives = (_all((200, 1)), _all((150, 2)))
    orange: Alternatives = (_all((200, 2)), _all((150, 3)))
    red: Alternatives = (_all((200, 3), (300, 1)),)


class Day(Struct, frozen=True, kw_only=True):
    """A day: its label as printed (a date, or year and day number), and its index; None without a value."""

    label: str
    value: int | None


class Episode(Struct, frozen=True, kw_only=True):
    """A maximal run of days above the plan's mark.

    Args:
        days: the days of the run in order.
        level: the highest level that the run meets.
    """

    days: tuple[Day, ...]
    level: Level

    @property
    def peak(self) -> int:
        """The highest index of the run."""
        return max(day.value for day in self.days if day.value is not None)


def grade(values: Sequence[int], plan: Plan) -> Level:
    """The highest level that a run of daily indices meets."""
    for level, alternatives in (
        (Level.RED, plan.red),
        (Level.ORANGE, plan.orange),
        (Level.YELLOW, plan.yellow),
    ):
        if any(all(_holds(one, values) for one in conditions) for conditions in alternatives if conditions):
            return level
    return Level.NONE


def _holds(condition: Condition, values: Sequence[int]) -> bool:
    row = longest = 0
    for value in values:
        row = row + 1 if value > condition.above else 0
        longest = max(longest, row)
    return longest >= condition.days


def episodes(days: Iterable[Day], plan: Plan) -> tuple[Episode, ...]:
    """The episodes of consecutive `days`, in order; a day without a value ends a run."""
    found: list[Episode] = []
    run: list[Day] = []
    for day in (*days, Day(label="", value=None)):
        if day.value is not None and day.value > plan.episode_above:
            run.append(day)
        elif run:
            found.append(_episode(run, plan))
            run = []
    return tuple(found)


def _episode(run: Sequence[Day], plan: Plan) -> Episode:
    values = [day.value for day in run if day.value is not None]
    return Episode(days=tuple(run), level=grade(values, plan))


def linkage(cities: Mapping[str, Sequence[Episode]], *, level: Level) -> Counter[str]:
    """The number of cities in an episode of `level` or above, for each day on which there is one."""
    order = tuple(Level)
    together: Counter[str] = Counter()
    for found in cities.values():
        for episode in found:
            if order.index(episode.level) >= order.index(level):
                together.update(day.label for day in episode.days)
    return together


class Alert(Struct, frozen=True, kw_only=True):
    """An alert as it was announced.

    Args:
        level: yellow, orange or red.
        response: the response level of the plan, Ⅲ to Ⅰ.
        known_at, start: when it was made known and when it begins to hold; aware.
        forecast_days: the days it was given for.
        end: None until a later decision ends it; shown as "另行通知".
    """

    level: Level
    response: str
    known_at: datetime
    start: datetime
    forecast_days: tuple[date, ...]
    end: datetime | None = None


class Lifting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A later decision that ends an alert.

    Args:
        decision: the number or name of the decision.
        known_at: when it was made known; aware.
        end: from when on the alert no longer holds; aware.
    """

    decision: str
    known_at: datetime
    end: datetime


def announce(level: Level, *, known_at: datetime, start: datetime, forecast_days: Sequence[date]) -> Alert:
    """Announce a new alert, without an end.

    Raises:
        InputError: no alert exists for the level, times are naive or out of order, or no day is forecast.
    """
    if level not in RESPONSE:
        raise errors.ALERT_NO_LEVEL(level=level)
    if known_at.tzinfo is None or start.tzinfo is None:
        raise errors.ALERT_NAIVE_TIME()
    if start < known_at or not forecast_days:
        raise errors.ALERT_OUT_OF_ORDER()
    days = tuple(sorted(forecast_days))
    return Alert(level=level, response=RESPONSE[level], known_at=known_at, start=start, forecast_days=days)


def lift(alert: Alert, by: Lifting | None, *, end: datetime | None = None) -> Alert:
    """Give the alert the end that a later decision sets.

    Args:
        by: the decision; None means there is none.
        end: the end that somebody asks for; must be the decision's own.

    Raises:
        RefusedError: an end without a decision (`alert.end-invented`), one that differs from the
            decision's, or a decision that does not come after the start.
    """
    if by is None and end is None:
        return alert
    if by is None or not by.decision or (end is not None and end != by.end):
        raise errors.ALERT_END_INVENTED()
    if by.known_at < alert.start or by.end < by.known_at:
        raise errors.ALERT_END_TOO_EARLY()
    return structs.replace(alert, end=by.end)
