"""The figures of S01 from the counted entries of the ledgers, in whole numbers, decimals and fractions alone.

The names of the fields are the keys that the card's figures stand under. A mean has four decimals and a share two; a
half goes down, as the card prints 22.61875 as 22.6187.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_DOWN, Decimal
from fractions import Fraction
from typing import Any, Final

import msgspec
from msgspec import Struct

from xinfu_scenarios.s01.generator import CASES, CENTRAL_COUNTS, Count, Entry, Generated, Side
from xinfu_scenarios.words import Text

UNIT: Final = "0.01 yi"
FEN: Final = 100_000_000
"""Fen in 0.01 亿元."""
FIFTY: Final = 5000
"""50 亿元 in the unit of the amounts."""
LEAST: Final = 3
"""No sum over fewer agreements is shown to others."""
_YI: Final = "亿元"
_NUMBER: Final = "个"
_ALL: Final = "all"
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


class InFen(Struct, frozen=True, kw_only=True):
    """The sums in fen."""

    provincial: int
    central: int


class Figures(Struct, frozen=True, kw_only=True):
    """The figures that S01 computes, under the keys of the card."""

    agreements: int
    amount_yi: Decimal
    mean_provincial_yi: Decimal
    mean_central_yi: Decimal
    mean_all_yi: Decimal
    share_provincial_pct: Decimal
    share_central_pct: Decimal
    amount_in_cents: InFen
    seed: int
    unit: str
    provincial: tuple[int, ...]
    central: tuple[int, ...]
    projects: tuple[int, ...]
    sums: tuple[int, int, int]
    over_50_yi: int
    projects_per_group: Decimal

    def plain(self) -> dict[str, Any]:
        """The figures as plain JSON values."""
        found: dict[str, Any] = msgspec.json.decode(_ENCODER.encode(self))
        return found


class Row(Struct, frozen=True, kw_only=True):
    """A row of the derived product: a figure of a day, and the number of records in it.

    Args:
        op: `=`, or `>` for a count of which no more is known than that it is above.
        value: a number as text.
    """

    figure: str
    side: str
    op: str
    value: str
    unit: str
    records: int
    as_of: str


COLUMNS: Final = Row.__struct_fields__


def figures(entries: Sequence[Entry], projects: Sequence[int], made: Generated) -> Figures:
    """Compute the figures from the entries that count and the projects of each group."""
    found = {side: tuple(each.amount for each in entries if each.side is side) for side in Side}
    ours, theirs = found[Side.PROVINCIAL], found[Side.CENTRAL]
    whole = sum(ours) + sum(theirs)
    return Figures(
        agreements=len(ours) + len(theirs),
        amount_yi=yi(whole),
        mean_provincial_yi=_decimal(Fraction(sum(ours), 100 * len(ours)), 4),
        mean_central_yi=_decimal(Fraction(sum(theirs), 100 * len(theirs)), 4),
        mean_all_yi=_decimal(Fraction(whole, 100 * (len(ours) + len(theirs))), 4),
        share_provincial_pct=_decimal(Fraction(100 * sum(ours), whole), 2),
        share_central_pct=_decimal(Fraction(100 * sum(theirs), whole), 2),
        amount_in_cents=InFen(provincial=FEN * sum(ours), central=FEN * sum(theirs)),
        seed=made.seed,
        unit=UNIT,
        provincial=ours,
        central=theirs,
        projects=tuple(projects),
        sums=(sum(ours), sum(theirs), sum(projects)),
        over_50_yi=sum(amount > FIFTY for amount in (*ours, *theirs)),
        projects_per_group=_decimal(Fraction(sum(projects), len(projects)), 1),
    )


def yi(amount: int) -> Decimal:
    """Convert an amount in 0.01 亿元 to 亿元."""
    return Decimal(amount) / 100


def printed(value: Decimal) -> str:
    """A number as it is printed, without idle zeros."""
    return f"{value.normalize():f}"


def rows(found: Figures, counts: Sequence[Count], as_of: str) -> tuple[Row, ...]:
    """The rows of a day as they are published."""
    ours, theirs = len(found.provincial), len(found.central)
    told = [
        ("amount", Side.PROVINCIAL.value, "=", printed(yi(found.sums[0])), _YI, ours),
        ("amount", Side.CENTRAL.value, "=", printed(yi(found.sums[1])), _YI, theirs),
        ("amount", _ALL, "=", printed(found.amount_yi), _YI, ours + theirs),
        ("projects", Side.PROVINCIAL.value, "=", str(found.sums[2]), _NUMBER, found.sums[2]),
    ]
    for each in counts:
        side = _ALL if each == CASES else Side.CENTRAL.value
        told.append((each.name, side, each.op, str(each.value), _NUMBER, each.value))
    return tuple(
        Row(figure=figure, side=side, op=op, value=value, unit=unit, records=records, as_of=as_of)
        for figure, side, op, value, unit, records in told
    )


def sum_row(entries: Sequence[Entry], of: str, as_of: str) -> Row:
    """The sum of some entries as a row of the derived product."""
    amount = printed(yi(sum(each.amount for each in entries)))
    return Row(figure="amount", side=of, op="=", value=amount, unit=_YI, records=len(entries), as_of=as_of)


def qualified(count: Count) -> Text:
    """A count with its qualifier."""
    if count.op == ">":
        return Text(en=f"above {count.value}", zh=f"超过{count.value}")
    return Text(en=str(count.value), zh=str(count.value))


def of_the_page(found: Figures, counts: Sequence[Count]) -> tuple[int, int]:
    """How many of the page's printed figures were reproduced, and how many there are."""
    told = {each.name: each for each in counts}
    pairs = [
        (len(found.provincial), 16),
        (found.sums[0], 36190),
        (len(found.central), 8),
        (found.sums[1], 28540),
        (found.sums[2], 580),
        (len(found.projects), 8),
        *((told.get(each.name), each) for each in (*CENTRAL_COUNTS, CASES)),
    ]
    return sum(one == other for one, other in pairs), len(pairs)


def must_print(found: Figures, counts: Sequence[Count]) -> tuple[Text, ...]:
    """The lines that the card requires to be printed."""
    ours, theirs = len(found.provincial), len(found.central)
    amounts = [printed(yi(each)) for each in found.sums[:2]]
    said = {each.name: qualified(each) for each in counts}
    means = ", ".join(
        printed(each) for each in (found.mean_provincial_yi, found.mean_central_yi, found.mean_all_yi)
    )
    shares = f"{found.share_provincial_pct} %, {found.share_central_pct} %"
    fen = f"{found.amount_in_cents.provincial:,}, {found.amount_in_cents.central:,}"
    drawn = [" ".join(map(str, each)) for each in (found.provincial, found.central, found.projects)]
    whole = f"{found.agreements} 份协议 {printed(found.amount_yi)} 亿元"
    return (
        Text(
            en=f"{ours} agreements, {amounts[0]} 亿元; {theirs} agreements, {amounts[1]} 亿元; together "
            f"{found.agreements} agreements, {printed(found.amount_yi)} 亿元",
            zh=f"省属 {ours} 份协议 {amounts[0]} 亿元；央企 {theirs} 份协议 {amounts[1]} 亿元；合计 {whole}",
        ),
        Text(en=f"means {means} 亿元; shares {shares}", zh=f"均值 {means} 亿元；占比 {shares}"),
        Text(en=f"in fen: {fen}", zh=f"以分计：{fen}"),
        Text(en=f"generated provincial amounts: {drawn[0]}", zh=f"省属金额（模拟生成）：{drawn[0]}"),
        Text(en=f"generated central amounts: {drawn[1]}", zh=f"央企金额（模拟生成）：{drawn[1]}"),
        Text(
            en=f"agreements above 50 亿元: {found.over_50_yi}",
            zh=f"超过 50 亿元的协议：{found.over_50_yi} 份",
        ),
        Text(
            en=f"projects by group: {drawn[2]}; sum {found.sums[2]}; {found.projects_per_group} a group",
            zh=f"各集团项目数：{drawn[2]}；合计 {found.sums[2]}；平均每家 {found.projects_per_group}",
        ),
        Text(
            en=f"central projects {said['central-projects'].en}, subsidiaries {said['subsidiaries'].en}, "
            f"cases {said['cases'].en}, provincial groups {len(found.projects)}",
            zh=f"央企项目{said['central-projects'].zh}个，在株子企业 {said['subsidiaries'].zh} 家，"
            f"案例 {said['cases'].zh} 个，省属集团 {len(found.projects)} 家",
        ),
    )


def _decimal(value: Fraction, places: int) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_DOWN)
