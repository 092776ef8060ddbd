"""Write the story as a self-contained page in both languages, without scripts and without loading anything.

The language is switched by style alone. The page carries a content security policy that allows its own
style by hash and nothing else; every word from outside is escaped. Every drawing has a table twin.
"""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup
from msgspec import Struct

from xinfu_scenarios.aqi import Category, Validity
from xinfu_scenarios.diary import SIDE_NAMES
from xinfu_scenarios.episodes import LEVEL_ZH, Alert, Episode, Level, Plan
from xinfu_scenarios.paper import printed
from xinfu_scenarios.s03 import charts
from xinfu_scenarios.s03.story import Air, Control, Story
from xinfu_scenarios.words import Text, clock_time, minute

CONTROL_NAMES: Final = {
    Control.PROVIDER.value: Text(en="checked at the provider on each access", zh="提供侧技术管控"),
    Control.ENVIRONMENT.value: Text(en="inside the use environment", zh="使用环境技术管控"),
    Control.CONTRACT.value: Text(en="by contract and audit only", zh="仅合约约束"),
}


class _Tile(Struct, frozen=True, kw_only=True):
    words: Text
    value: str


class _Legend(Struct, frozen=True, kw_only=True):
    css: str
    category: str
    en: str
    days: int


class _LevelLegend(Struct, frozen=True, kw_only=True):
    level: str
    words: Text


class _EpisodeRow(Struct, frozen=True, kw_only=True):
    first: str
    last: str
    days: int
    peak: int
    level: Text


class _DayRow(Struct, frozen=True, kw_only=True):
    day: str
    value: str
    category: Text
    chief: str


def render(story: Story, *, plan: Plan, validity: Validity) -> str:
    """The page as text."""
    air, alert = story.air, story.air.alert
    return printed(
        "xinfu_scenarios.s03",
        "page.html",
        story=story,
        headline=_headline(alert),
        stations=_stations(air.stations),
        alert=alert,
        **(_alert_words(alert, air) if alert else {}),
        tiles=_tiles(air),
        calendars=_calendars(air),
        legend=_legend(air),
        level_legend=_level_legend(),
        episodes=[_episode_row(one, alert) for one in air.episodes],
        episode_above=plan.episode_above,
        day_rows=_day_rows(air),
        hours_a_day=validity.hours_a_day,
        seal=Markup(charts.seal(story.contracts[0].digest)),  # noqa: S704  drawn from hex digits
        side_names=SIDE_NAMES,
        control_names=CONTROL_NAMES,
        verify_commands=_verify_commands(story),
        clock=clock_time,
        played=minute(story.played_at),
    )


def _calendars(air: Air) -> list[Markup]:
    """Two calendars of the same days: months for wide pages and paper, weeks for narrow pages."""
    drawn = [charts.calendar(air.days, air.episodes, air.alert, one) for one in (charts.MONTHS, charts.WEEKS)]
    return [Markup(one) for one in drawn]  # noqa: S704  escaped where it is drawn


def _headline(alert: Alert | None) -> Text:
    if alert is None:
        return Text(en="Governed air quality data, and no alert due", zh="受控流通的空气质量数据：无需预警")
    return Text(
        en=f"A heavy-pollution {alert.level.value} alert, from governed data",
        zh=f"重污染天气{LEVEL_ZH[alert.level]}预警：从受控流通的数据得出",
    )


def _stations(names: Sequence[str]) -> Text:
    zh = f"{len(names)} 个监测站（{'、'.join(names)}）"
    return Text(en=f"{len(names)} stations ({', '.join(names)})", zh=zh)


def _alert_words(alert: Alert, air: Air) -> dict[str, object]:
    """The words of the template about an alert."""
    until = charts.UNTIL_NOTICE
    if alert.end is not None:
        until = Text(en=minute(alert.end), zh=minute(alert.end))
    return {
        "alert_title": Text(
            en=f"{alert.level.value.capitalize()} alert, response level {alert.response}",
            zh=f"{LEVEL_ZH[alert.level]}预警，启动 {alert.response} 级应急响应",
        ),
        "alert_known": minute(alert.known_at),
        "alert_start": minute(alert.start),
        "forecast_days": " ".join(f"{day.month:02d}-{day.day:02d}" for day in alert.forecast_days),
        "alert_end": until,
        "alert_reason": _reason(alert, air),
        "strip": Markup(charts.strip(alert, air.days)),  # noqa: S704  escaped where it is drawn
    }


def _reason(alert: Alert, air: Air) -> Text:
    values = [found.value for day in alert.forecast_days if (found := air.days.get(day)) is not None]
    row = ", ".join(str(value) for value in values)
    return Text(en=f"Graded from daily AQI {row}.", zh=f"依据逐日 AQI {row} 定级。")


def _tiles(air: Air) -> list[_Tile]:
    found = air.summary
    return [
        _Tile(words=Text(en="days with a value", zh="有效天数"), value=f"{found.days} / {len(air.days)}"),
        _Tile(words=Text(en="days above 150", zh="AQI > 150 天数"), value=str(found.days_over_150)),
        _Tile(words=Text(en="days above 200", zh="AQI > 200 天数"), value=str(found.days_over_200)),
        _Tile(words=Text(en="highest AQI", zh="最高 AQI"), value=str(found.max_aqi if found.days else "–")),
        _Tile(words=Text(en="episodes", zh="污染过程"), value=str(len(air.episodes))),
    ]


def _legend(air: Air) -> list[_Legend]:
    counts = air.summary.categories
    return [
        _Legend(
            css=charts.CATEGORY_CLASS[one],
            category=one.value,
            en=charts.CATEGORY_EN[one],
            days=counts.get(one.value, 0),
        )
        for one in Category
    ]


def _level_legend() -> list[_LevelLegend]:
    levels = (Level.YELLOW, Level.ORANGE, Level.RED)
    return [
        _LevelLegend(level=one.value, words=Text(en=f"{one.value} episode", zh=f"{LEVEL_ZH[one]}过程"))
        for one in levels
    ]


def _level_words(level: Level) -> Text:
    return Text(en="no level" if level is Level.NONE else level.value, zh=LEVEL_ZH[level])


def _episode_row(episode: Episode, alert: Alert | None) -> _EpisodeRow:
    return _EpisodeRow(
        first=episode.days[0].label,
        last=episode.days[-1].label,
        days=len(episode.days),
        peak=episode.peak,
        level=_episode_words(episode, alert),
    )


def _episode_words(episode: Episode, alert: Alert | None) -> Text:
    words = _level_words(episode.level)
    if (
        alert is None
        or alert.end is not None
        or episode.days[-1].label != alert.forecast_days[-1].isoformat()
    ):
        return words
    return Text(en=f"{words.en}, until further notice", zh=f"{words.zh}，解除时间另行通知")


def _day_rows(air: Air) -> list[_DayRow]:
    rows = []
    for day, found in air.days.items():
        if found is None:
            rows.append(
                _DayRow(day=day.isoformat(), value="–", category=Text(en="no value", zh="无有效值"), chief="")
            )
            continue
        words = Text(en=charts.CATEGORY_EN[found.category], zh=found.category.value)
        chief = ", ".join(one.value for one in found.chief)
        rows.append(_DayRow(day=day.isoformat(), value=str(found.value), category=words, chief=chief))
    return rows


def _verify_commands(story: Story) -> list[str]:
    """The commands that check the receipts and show that the altered one is broken."""
    trust = [f"--trust {name}" for name in story.trust_files]
    whole = ["xinfu verify", *trust, *(one.name for one in story.receipt_files)]
    return [" \\\n  ".join(whole), " \\\n  ".join(["xinfu verify", *trust, story.altered_file])]
