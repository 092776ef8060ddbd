"""Write the story as self-contained pages, one for each kind of visitor: the public, the city, the province.

A page holds what its visitor may see and nothing else, so that nothing has to be hidden in it: the public page sums
alone, the province's four columns of each record, the city's all of them with both signatures.
"""

from enum import StrEnum
from pathlib import Path
from typing import Final

from markupsafe import Markup
from msgspec import Struct

from xinfu_scenarios.paper import printed as page
from xinfu_scenarios.s01 import charts, errors, texts
from xinfu_scenarios.s01.figures import LEAST, printed, qualified, yi
from xinfu_scenarios.s01.generator import SIDE_NAMES, Side
from xinfu_scenarios.s01.ledger import STATUS_NAMES, Signed
from xinfu_scenarios.s01.story import Refused, Story
from xinfu_scenarios.s01.terms import CLOSED_COLUMNS
from xinfu_scenarios.words import Text, clock_time, minute

PUBLIC: Final = "ledger.html"


class View(StrEnum):
    """The kind of visitor that reads a page."""

    PUBLIC = "public"
    CITY = "city"
    PROVINCE = "province"


FILES: Final = {View.PUBLIC: PUBLIC, View.CITY: "city.html", View.PROVINCE: "province.html"}
TITLES: Final = {
    View.PUBLIC: Text(en="Cooperation of the city and state-owned firms, 2024", zh="2024 年度央地合作"),
    View.CITY: Text(en="The city's view of the ledgers", zh="市级部门视图：台账"),
    View.PROVINCE: Text(en="The province's view of the ledgers", zh="省级部门视图：台账"),
}
_SHOWN: Final = {
    View.PUBLIC: frozenset({5}),
    View.CITY: frozenset({1, 3, 5, 6}),
    View.PROVINCE: frozenset({2, 4, 6}),
}
"""The refusals on each page: those that its visitor received, or that protect it."""


class Sum(Struct, frozen=True, kw_only=True):
    """A sum of one side as a visitor sees it."""

    side: Side
    name: Text
    amount: str
    agreements: int


class Line(Struct, frozen=True, kw_only=True):
    """A record behind a sum; the visitor may not see the members that are None."""

    id: str
    side: Side
    amount: str
    status: Text
    stands_on: str
    party: str | None = None
    signed: str | None = None
    terms: str | None = None
    contract: Signed | None = None
    corrected: Signed | None = None
    before: str = ""


def write(story: Story, out: Path) -> None:
    """Write all pages into the folder `out`. Blocking."""
    for view, name in FILES.items():
        (out / name).write_text(render(story, view), encoding="utf-8")


def render(story: Story, view: View) -> str:
    """The page of a visitor as text.

    Raises:
        RefusedError: `figure.too-few`: a sum for others goes over too few agreements.
    """
    trust = [f"--trust {name}" for name in story.trust_files]
    verify = ["xinfu verify", *trust, *(one.name for one in story.receipt_files)]
    return page(
        "xinfu_scenarios.s01",
        "page.html",
        view=view.value,
        title=TITLES[view],
        story=story,
        sums=sums(story, view),
        lines={side: _lines(story, view, side) for side in Side},
        closed=CLOSED_COLUMNS,
        figures=texts.figures(story),
        in_fen=texts.in_fen(story),
        counts=[(texts.COUNT_NAMES[each.name], qualified(each)) for each in story.counts],
        groups=[(firm.name, firm.projects) for firm in story.ledgers if firm.projects is not None],
        bars=_safe(charts.bars(story.found)),
        treemap=_safe(charts.treemap(story.ledgers)),
        timeline=_safe(charts.timeline(story.ledgers, story.corrected)),
        contracts=[(firm.name, firm.ledger.counted[0].signed) for firm in story.ledgers],
        moved=texts.moved(story.corrected),
        correction=texts.correction(story.corrected.said),
        counter=texts.counter(story.reads),
        rows=story.rows if view is not View.PUBLIC else (),
        refusals=_refusals(story, view),
        ending=texts.ending(story.counts_kept),
        verify_command=" \\\n  ".join(verify),
        files={each.value: name for each, name in FILES.items()},
        clock=clock_time,
        minute=minute,
        yi=lambda amount: printed(yi(amount)),
    )


def sums(story: Story, view: View) -> tuple[Sum, ...]:
    """The sums of both sides, as they were signed.

    Raises:
        RefusedError: `figure.too-few`.
    """
    found = story.found
    made = tuple(
        Sum(side=side, name=SIDE_NAMES[side], amount=printed(yi(amount)), agreements=len(each))
        for side, amount, each in zip(Side, found.sums[:2], (found.provincial, found.central), strict=True)
    )
    few = next((one for one in made if one.agreements < LEAST and view is not View.CITY), None)
    if few is not None:
        raise errors.FIGURE_TOO_FEW(en=few.name.en, agreements=few.agreements, least=LEAST, zh=few.name.zh)
    return made


def _lines(story: Story, view: View, side: Side) -> list[Line]:
    if view is View.PUBLIC:
        return []
    if view is View.PROVINCE:
        return [
            Line(
                id=row.id,
                side=side,
                amount=printed(yi(row.amount)),
                status=STATUS_NAMES[row.status],
                stands_on=row.agreement,
            )
            for row in story.opened
            if row.side == side.value
        ]
    counted = [each for firm in story.ledgers for each in firm.ledger.counted if each.entry.side is side]
    return [
        Line(
            id=each.entry.id,
            side=side,
            amount=printed(yi(each.entry.amount)),
            status=STATUS_NAMES[each.entry.status],
            stands_on=each.signed.number,
            party=each.entry.party,
            signed=each.entry.signed.isoformat(),
            terms=each.entry.terms,
            contract=each.signed,
            corrected=each.corrected,
            before=f"{each.old.id}: {printed(yi(each.old.amount))}" if each.old else "",
        )
        for each in counted
    ]


def _refusals(story: Story, view: View) -> list[Refused]:
    return [one for one in story.refusals if one.number in _SHOWN[view]]


def _safe(drawn: str) -> Markup:
    return Markup(drawn)  # noqa: S704  escaped where it is drawn
