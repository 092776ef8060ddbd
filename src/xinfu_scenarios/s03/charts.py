"""The drawings of the page: calendar by AQI class, strip of the alert, seal of a contract.

Each is an SVG without styles of its own (the page has them, by class) and without scripts; texts stand
there once in each language, and the page shows one. Every drawing has a table twin on the page.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Final

import svg
from msgspec import Struct

from xinfu_scenarios.aqi import Category, Index
from xinfu_scenarios.drawing import drawing, text
from xinfu_scenarios.episodes import LEVEL_ZH, RESPONSE, Alert, Episode, Level
from xinfu_scenarios.words import BEIJING_TIME, Text, minute

CATEGORY_CLASS: Final[Mapping[Category, str]] = {
    one: f"aqi-{number}" for number, one in enumerate(Category, 1)
}
CATEGORY_EN: Final[Mapping[Category, str]] = {
    Category.EXCELLENT: "excellent",
    Category.GOOD: "good",
    Category.LIGHT: "light pollution",
    Category.MODERATE: "moderate pollution",
    Category.HEAVY: "heavy pollution",
    Category.SEVERE: "severe pollution",
}
UNTIL_NOTICE: Final = Text(en="until further notice", zh="另行通知")
_PITCH: Final = 28
_CELL: Final = 26
_LEFT: Final = 70
_ROW: Final = 52
_TOP: Final = 22
_RIGHT: Final = 104
_TAG: Final = 140
"""How wide the words of a tag may become."""


class _Place(Struct, frozen=True, kw_only=True):
    x: float
    y: float


class Layout(Struct, frozen=True, kw_only=True):
    """The layout of a calendar on the page.

    Args:
        name: part of the drawing's class and of its ids, which are unique on a page.
        columns: the heading of each column.
        row: the label of the row that a day belongs to; days of one row follow each other.
        column: the column of a day, 0 first.
    """

    name: str
    columns: tuple[Text | str, ...]
    row: Callable[[date], str]
    column: Callable[[date], int]


MONTHS: Final = Layout(
    name="months",
    columns=tuple(str(number) for number in range(1, 32)),
    row=lambda day: f"{day.year}-{day.month:02d}",
    column=lambda day: day.day - 1,
)
WEEKS: Final = Layout(
    name="weeks",
    columns=tuple(
        Text(en=en, zh=zh)
        for en, zh in zip(("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"), "一二三四五六日", strict=True)
    ),
    row=lambda day: (day - timedelta(days=day.weekday())).isoformat(),
    column=lambda day: day.weekday(),
)


def calendar(
    days: Mapping[date, Index | None], episodes: Sequence[Episode], alert: Alert | None, layout: Layout
) -> str:
    """A calendar with a cell for each day in its class, and episodes outlined in the colour of their level.

    The outline of an alert without an end has an open right edge.
    """
    rows = list(dict.fromkeys(layout.row(day) for day in sorted(days)))
    places = {
        day: _Place(x=_LEFT + layout.column(day) * _PITCH, y=_TOP + rows.index(layout.row(day)) * _ROW + 18)
        for day in days
    }
    elements: list[svg.Element] = [_hatch(layout)]
    for number, words in enumerate(layout.columns):
        elements += text(_LEFT + number * _PITCH + _CELL / 2, 14, words, "axis", anchor="middle")
    for number, label in enumerate(rows):
        elements += text(_LEFT - 10, _TOP + number * _ROW + 35, label, "axis", anchor="end")
    for day, found in days.items():
        elements += _cell(places[day], day, found, layout)
    elements += _outlines(episodes, places, alert)
    name = Text(
        en="AQI of each day, by class, episodes outlined", zh="逐日 AQI 等级日历图，过程以预警颜色框出"
    )
    width = _LEFT + len(layout.columns) * _PITCH + _RIGHT
    css = f"calendar-{layout.name}"
    return drawing(width, _TOP + len(rows) * _ROW + 4, elements, name=name, css=css)


def _hatch(layout: Layout) -> svg.Element:
    line = svg.Line(x1=0, y1=0, x2=0, y2=6, class_=["hatch-line"])
    pattern = svg.Pattern(
        id=f"no-value-{layout.name}",
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
        patternTransform=[svg.Rotate(45)],
        elements=[line],
    )
    return svg.Defs(elements=[pattern])


def _cell(place: _Place, day: date, found: Index | None, layout: Layout) -> list[svg.Element]:
    css = "empty" if found is None else CATEGORY_CLASS[found.category]
    said = "– 无有效值 no value" if found is None else f"{found.value} {found.category}"
    box = svg.Rect(
        x=place.x,
        y=place.y,
        width=_CELL,
        height=_CELL,
        rx=3,
        class_=["day", css],
        elements=[svg.Title(text=f"{day.isoformat()}: {said}")],
    )
    if found is None:
        box.fill = f"url(#no-value-{layout.name})"
    words = "–" if found is None else str(found.value)
    return [box, *text(place.x + _CELL / 2, place.y + 17, words, "value", f"on-{css}", anchor="middle")]


def _outlines(
    episodes: Sequence[Episode], places: Mapping[date, _Place], alert: Alert | None
) -> list[svg.Element]:
    elements: list[svg.Element] = []
    tagged = [one for one in episodes if one.level is not Level.NONE]
    starts = [places[_first_day(one)] for one in tagged]
    for episode in episodes:
        elements += _outline(episode, places, alert)
    for number, episode in enumerate(tagged):
        after = starts[number + 1] if number + 1 < len(starts) else None
        crowded = after is not None and after.y == starts[number].y and after.x - starts[number].x < _TAG
        # Where days follow, there is no room for words behind the open edge: they stand in the tag.
        says_open = _is_open(episode, alert) and date.fromisoformat(episode.days[-1].label) != max(places)
        elements += _tag(starts[number], episode, short=crowded, is_open=says_open)
    return elements


def _first_day(episode: Episode) -> date:
    return date.fromisoformat(episode.days[0].label)


def _is_open(episode: Episode, alert: Alert | None) -> bool:
    """Whether it is the episode of an alert that has not ended."""
    return (
        alert is not None
        and alert.end is None
        and episode.days[-1].label == alert.forecast_days[-1].isoformat()
    )


def _outline(episode: Episode, places: Mapping[date, _Place], alert: Alert | None) -> list[svg.Element]:
    days = [date.fromisoformat(day.label) for day in episode.days]
    is_open = _is_open(episode, alert)
    rows = [list(row) for _, row in groupby(days, key=lambda day: places[day].y)]
    elements: list[svg.Element] = []
    for number, row in enumerate(rows):
        first, last = number == 0, number == len(rows) - 1
        elements += _frame(places[row[0]], places[row[-1]], episode.level, first, last and not is_open)
    if is_open:
        elements += _open_edge(places[days[-1]], episode.level, room=days[-1] == max(places))
    return elements


def _frame(
    start: _Place, end: _Place, level: Level, closed_left: bool, closed_right: bool
) -> list[svg.Element]:
    left, right = start.x - 2.5, end.x + _CELL + 2.5
    top, bottom = start.y - 2.5, start.y + _CELL + 2.5
    path: list[svg.PathData] = [svg.M(right, top), svg.H(left)]
    path += [svg.V(bottom) if closed_left else svg.M(left, bottom), svg.H(right)]
    if closed_right:
        path.append(svg.V(top))
    return _two_strokes(path, level)


def _two_strokes(path: list[svg.PathData], level: Level) -> list[svg.Element]:
    # A dark stroke under the coloured one: yellow shows on white, red on red cells.
    under = [] if level is Level.NONE else [svg.Path(d=path, class_=["frame-under"])]
    return [*under, svg.Path(d=path, class_=["frame", f"level-{level.value}"])]


def _open_edge(last: _Place, level: Level, *, room: bool) -> list[svg.Element]:
    start = last.x + _CELL + 2.5
    tip = start + (24 if room else 10)
    top, bottom, middle = last.y - 2.5, last.y + _CELL + 2.5, last.y + _CELL / 2
    css = f"level-{level.value}"
    dashes: list[svg.PathData] = [svg.M(start, top), svg.H(tip), svg.M(start, bottom), svg.H(tip)]
    edge: list[svg.Element] = [svg.Path(d=dashes, class_=["frame", "frame-open", css])]
    if not room:
        return edge
    arrow: list[svg.PathData] = [svg.M(tip, middle - 5), svg.L(tip + 7, middle), svg.L(tip, middle + 5)]
    return [
        *edge,
        svg.Path(d=arrow, class_=["arrow", css]),
        *text(tip + 13, middle + 4, UNTIL_NOTICE, "open-end"),
    ]


def _tag(first: _Place, episode: Episode, *, short: bool, is_open: bool) -> list[svg.Element]:
    level = episode.level
    en, zh = level.value, f"{LEVEL_ZH[level]} {RESPONSE[level]}"
    if not short:
        en, zh = f"{en} · highest {episode.peak}", f"{zh} · 最高 {episode.peak}"
    if is_open:
        en, zh = f"{en} · {UNTIL_NOTICE.en}", f"{zh} · {UNTIL_NOTICE.zh}"
    mark = svg.Circle(cx=first.x + 2, cy=first.y - 9.5, r=3.5, class_=["tag-mark", f"level-{level.value}"])
    return [mark, *text(first.x + 9, first.y - 6, Text(en=en, zh=zh), "tag")]


def strip(alert: Alert, days: Mapping[date, Index | None]) -> str:
    """The alert on a time line: announcement, start, forecast days, and no end."""
    first, last = alert.known_at.astimezone(BEIJING_TIME).date(), alert.forecast_days[-1]
    count = (last - first).days + 1
    left, width, base = 12, 1000, 74
    day_width = (width - left - 215) / count

    def place(moment_day: date, hours: float) -> float:
        return left + ((moment_day - first).days + hours / 24) * day_width

    elements: list[svg.Element] = []
    for number in range(count):
        day = first + timedelta(days=number)
        elements += _strip_day(place(day, 0), base, day, days.get(day), forecast=day in alert.forecast_days)
    begin, known = (one.astimezone(BEIJING_TIME) for one in (alert.start, alert.known_at))
    start_x, known_x = (place(one.date(), one.hour + one.minute / 60) for one in (begin, known))
    end_x = place(last, 24)
    css = f"level-{alert.level.value}"
    finish = place(alert.end.astimezone(BEIJING_TIME).date(), 12) if alert.end else end_x
    elements += [
        svg.Path(d=[svg.M(start_x, base), svg.H(min(finish, end_x))], class_=["run", css]),
        *_moment(known_x, base, Text(en="made known", zh="发布"), minute(known)[11:], up=True),
        *_moment(start_x, base, Text(en="starts", zh="启动"), minute(begin)[11:], up=False),
    ]
    elements += _strip_end(alert, end_x, base, css)
    name = Text(en="The alert on a line of time", zh="预警时间线")
    return drawing(width, 122, elements, name=name, css="strip")


def _strip_day(x: float, base: float, day: date, found: Index | None, *, forecast: bool) -> list[svg.Element]:
    words = f"{day.month:02d}-{day.day:02d}"
    elements: list[svg.Element] = [svg.Line(x1=x, y1=16, x2=x, y2=base + 26, class_=["tick"])]
    elements += text(x + 6, 26, words, "axis")
    if found is not None and forecast:
        css = CATEGORY_CLASS[found.category]
        elements.append(svg.Rect(x=x + 44, y=12, width=96, height=20, rx=10, class_=["day", css]))
        chip = Text(en=f"AQI {found.value}", zh=f"{found.value} {found.category}")
        elements += text(x + 92, 26, chip, "value", f"on-{css}", anchor="middle")
    return elements


def _moment(x: float, base: float, words: Text, clock: str, *, up: bool) -> list[svg.Element]:
    y = base - 16 if up else base + 26
    both = Text(en=f"{clock} {words.en}", zh=f"{clock} {words.zh}")
    anchor = "end" if up else "start"
    return [
        svg.Circle(cx=x, cy=base, r=6, class_=["moment"]),
        *text(x + (6 if up else -6), y, both, "label", anchor=anchor),
    ]


def _strip_end(alert: Alert, x: float, base: float, css: str) -> list[svg.Element]:
    if alert.end is not None:
        ended = Text(en=f"ended {minute(alert.end)}", zh=f"{minute(alert.end)} 解除")
        return text(x + 14, base + 5, ended, "label")
    arrow: list[svg.PathData] = [svg.M(x + 46, base - 8), svg.L(x + 58, base), svg.L(x + 46, base + 8)]
    return [
        svg.Path(d=[svg.M(x, base), svg.H(x + 46)], class_=["run", "run-open", css]),
        svg.Path(d=arrow, class_=["arrow", css]),
        *text(x + 66, base + 5, UNTIL_NOTICE, "open-end"),
    ]


def seal(digest: str) -> str:
    """The seal of a contract: two halves of a tally that fit, its pattern drawn from the contract's hash.

    Args:
        digest: hex, at least 16 digits.
    """
    bits = int(digest[:16], 16)
    side, cells = 10, []
    for row in range(6):
        for column in range(3):
            if bits >> (row * 3 + column) & 1:
                y = 12 + row * side
                cells.append(
                    svg.Rect(x=11 + column * side, y=y, width=side, height=side, class_=["seal-ink"])
                )
                cells.append(
                    svg.Rect(x=75 - column * side, y=y, width=side, height=side, class_=["seal-ink"])
                )
    halves: list[svg.Element] = [
        svg.Rect(x=6, y=7, width=40, height=70, rx=3, class_=["seal-frame"]),
        svg.Rect(x=50, y=7, width=40, height=70, rx=3, class_=["seal-frame"]),
    ]
    name = Text(en="Seal drawn from the hash of the contract", zh="由合约哈希生成的印记")
    return drawing(96, 84, [*halves, *cells], name=name, css="seal")
