"""The drawings of the pages: two bars, a treemap of projects, the ledger on a line of time.

Every drawing has a table twin on the page. Lengths are drawn from whole numbers; what is printed is the number itself.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import svg
from msgspec import Struct

from xinfu_scenarios.drawing import drawing, text
from xinfu_scenarios.s01.figures import Figures, printed, yi
from xinfu_scenarios.s01.generator import SIDE_NAMES, Side
from xinfu_scenarios.s01.ledger import Signature
from xinfu_scenarios.s01.story import Corrected, FirmLedger
from xinfu_scenarios.words import Text, clock_time

_WIDTH: Final = 1000
_BAR: Final = 700
_MAP: Final = 320
_LINE: Final = 900
"""How long the line of time is."""
_APART: Final = 18
"""Signatures of the same second are drawn side by side."""


def bars(found: Figures) -> str:
    """Two bars with their amounts and numbers of agreements."""
    elements: list[svg.Element] = []
    numbers = (len(found.provincial), len(found.central))
    most = max(found.sums[:2])
    for place, (side, amount, number) in enumerate(zip(Side, found.sums[:2], numbers, strict=True)):
        y, long = 12 + place * 64, _BAR * amount // most
        name = SIDE_NAMES[side]
        said = Text(en=f"{number} agreements", zh=f"{number} 份协议")
        elements += [
            svg.Rect(x=150, y=y, width=long, height=44, rx=3, class_=["amount", f"side-{side.value}"]),
            *text(140, y + 27, name, "label", anchor="end"),
            *text(150 + long + 10, y + 19, f"{printed(yi(amount))} 亿元", "big"),
            *text(150 + long + 10, y + 38, said, "axis"),
        ]
    name = Text(en="Amounts of both sides", zh="两方签约金额")
    return drawing(_WIDTH, 136, elements, name=name, css="amounts")


class Tile(Struct, frozen=True, kw_only=True):
    """A tile of a treemap."""

    place: int
    x: float
    y: float
    width: float
    height: float


def tiles(values: Sequence[int], width: float, height: float) -> list[Tile]:
    """Tiles with areas in proportion to the values, largest first; the rest is always cut along its longer side."""
    order = sorted(range(len(values)), key=lambda place: (-values[place], place))
    made: list[Tile] = []
    x = y = 0.0
    while order:
        left = sum(values[place] for place in order)
        half = 0
        some: list[int] = []
        while order and (not some or half + values[order[0]] <= left / 2):
            half += values[order[0]]
            some.append(order.pop(0))
        part = half / left
        if width >= height:
            made += _stacked(some, values, x, y, width * part, height, down=True)
            x, width = x + width * part, width * (1 - part)
        else:
            made += _stacked(some, values, x, y, width, height * part, down=False)
            y, height = y + height * part, height * (1 - part)
    return made


def _stacked(
    places: Sequence[int],
    values: Sequence[int],
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    down: bool,
) -> list[Tile]:
    whole, made = sum(values[place] for place in places), []
    for place in places:
        part = values[place] / whole
        wide, high = (width, height * part) if down else (width * part, height)
        made.append(Tile(place=place, x=x, y=y, width=wide, height=high))
        x, y = (x, y + high) if down else (x + wide, y)
    return made


def treemap(firms: Sequence[FirmLedger]) -> str:
    """The projects by group, as a treemap."""
    known = [firm for firm in firms if firm.projects]
    elements: list[svg.Element] = []
    for tile in tiles([firm.projects or 0 for firm in known], _WIDTH, _MAP):
        firm = known[tile.place]
        elements += [
            svg.Rect(
                x=tile.x + 1,
                y=tile.y + 1,
                width=tile.width - 2,
                height=tile.height - 2,
                rx=3,
                class_=["tile", f"tile-{tile.place % 4}"],
            ),
            *text(tile.x + 10, tile.y + 24, _short(firm.name, tile.width), "label", "on-tile"),
            *text(tile.x + 10, tile.y + 44, str(firm.projects), "big", "on-tile"),
        ]
    name = Text(en="Projects by group", zh="各集团项目数")
    return drawing(_WIDTH, _MAP, elements, name=name, css="treemap")


def _short(name: Text, width: float) -> Text:
    room = max(3, int(width // 8))
    return name if len(name.en) <= room else Text(en=name.en[: room - 1] + "…", zh=name.zh)


def timeline(firms: Sequence[FirmLedger], corrected: Corrected) -> str:
    """The filing of the ledger, contract by contract, then its correction with two signatures; the sum is above.

    The days on which the agreements themselves were signed are not shown: not every visitor may see them.
    """
    filed = [firm.ledger.counted[0].signed.filed for firm in firms]
    signed = [one.at for one in corrected.signed.signatures]
    moments = [at for at in (*filed, *signed, corrected.after_at) if at is not None]
    first, last = min(moments), max(moments)
    whole = max((last - first) / timedelta(milliseconds=1), 1)

    def at(moment: datetime) -> float:
        return 40 + _LINE * ((moment - first) / timedelta(milliseconds=1)) / whole

    base = 84
    elements: list[svg.Element] = [svg.Line(x1=40, y1=base, x2=40 + _LINE, y2=base, class_=["tick"])]
    elements += [svg.Circle(cx=at(each), cy=base, r=6, class_=["filed"]) for each in filed if each]
    free = 0.0
    for place, one in enumerate(corrected.signed.signatures):
        if one.at is not None:
            x = max(at(one.at), free)
            elements += _signature(x, base, 112 + place * 22, one)
            free = x + _APART
    before, after = printed(yi(corrected.before)), printed(yi(corrected.after))
    elements += [
        *_sum(at(corrected.before_at), base, 24, f"{before} 亿元", corrected.before_at),
        *_sum(at(corrected.after_at), base, 52, f"{after} 亿元", corrected.after_at),
    ]
    name = Text(en="The ledger on a line of time, with its correction", zh="台账时间线与更正")
    return drawing(_WIDTH, 150, elements, name=name, css="timeline")


def _signature(x: float, base: float, y: float, one: Signature) -> list[svg.Element]:
    clock = f"{one.name} {clock_time(one.at)[:8]}" if one.at else one.name
    return [
        svg.Line(x1=x, y1=base, x2=x, y2=y - 10, class_=["corrects"]),
        svg.Circle(cx=x, cy=base, r=6, class_=["signature"]),
        *text(x - 8, y, clock, "axis", anchor="end"),
    ]


def _sum(x: float, base: float, y: float, amount: str, at: datetime) -> list[svg.Element]:
    return [
        svg.Line(x1=x, y1=y + 4, x2=x, y2=base, class_=["tick"]),
        *text(x, y, f"{amount} ({clock_time(at)[:8]})", "label", anchor="end"),
    ]
