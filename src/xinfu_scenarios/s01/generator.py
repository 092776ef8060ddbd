"""Generate the ledgers: agreements that add up to the yearly totals, and projects likewise. None of them is real.

Amounts are whole numbers of 0.01 亿元, which is a million yuan; the deterministic draw gives the same ones everywhere.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, timedelta
from enum import StrEnum
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta, Struct

from xinfu_scenarios.draw import share, weight
from xinfu_scenarios.words import Text

SEED: Final = 20241225
FIRST_DAY: Final = date(2024, 1, 1)
DAYS: Final = 350
"""Agreements are signed before the middle of December."""
LEDGER: Final = "ledger"
PROJECTS: Final = "projects"
COUNTS: Final = "counts"


class Side(StrEnum):
    """The side to which a firm belongs."""

    PROVINCIAL = "provincial"
    CENTRAL = "central"


SIDE_NAMES: Final = {
    Side.PROVINCIAL: Text(en="provincial groups", zh="省属集团"),
    Side.CENTRAL: Text(en="central firms", zh="央企"),
}


class Entry(Struct, frozen=True, kw_only=True):
    """A row of a ledger, with its seven columns in order.

    Args:
        amount: in 0.01 亿元.
        status: `signed`, `corrected` or `terminated`.
    """

    id: str
    party: str
    side: Side
    amount: int
    signed: date
    status: str
    terms: str

    def cells(self) -> tuple[str | int, ...]:
        """The row as cells of a table."""
        return (
            self.id,
            self.party,
            self.side.value,
            self.amount,
            self.signed.isoformat(),
            self.status,
            self.terms,
        )


COLUMNS: Final = Entry.__struct_fields__


class Count(Struct, frozen=True, kw_only=True):
    """A count of the page with its qualifier; `>` means that only "above" is known."""

    name: str
    op: str
    value: int


class Generated(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters: seed, totals in 0.01 亿元, projects of the provincial groups, and the number of shares of each.

    Args:
        groups: provincial groups.
        provincial_agreements: of all groups together, at least one each; central_agreements: of the central firms.
    """

    seed: int = SEED
    provincial: Annotated[int, Meta(ge=100, le=10**9)] = 36190
    central: Annotated[int, Meta(ge=100, le=10**9)] = 28540
    projects: Annotated[int, Meta(ge=100, le=9999)] = 580
    groups: Annotated[int, Meta(ge=2, le=24)] = 8
    provincial_agreements: Annotated[int, Meta(ge=3, le=99)] = 16
    central_agreements: Annotated[int, Meta(ge=3, le=99)] = 8


CENTRAL_COUNTS: Final = (
    Count(name="central-projects", op=">", value=40),
    Count(name="subsidiaries", op="=", value=35),
)
"""The counts that the central firms' subsidiaries publish."""
CASES: Final = Count(name="cases", op="=", value=67)
"""Good cases of the year that were published with the city's: its own record."""


def amounts(seed: int, key: str, total: int, number: int) -> tuple[int, ...]:
    """The amounts of `key:1` to `key:number`, which add up to `total`."""
    return share(total, [weight(seed, f"{key}:{i}") for i in range(1, number + 1)])


def provincial(made: Generated) -> tuple[Entry, ...]:
    """The agreements of the provincial groups."""
    drawn = amounts(made.seed, "prov", made.provincial, made.provincial_agreements)
    return tuple(_entries(made.seed, "prov", Side.PROVINCIAL, drawn))


def central(made: Generated) -> tuple[Entry, ...]:
    """The agreements of the central firms."""
    drawn = amounts(made.seed, "cent", made.central, made.central_agreements)
    return tuple(_entries(made.seed, "cent", Side.CENTRAL, drawn))


def by_group(entries: Sequence[Entry], groups: int) -> tuple[tuple[Entry, ...], ...]:
    """The agreements of each group, in order, divided evenly; the first groups get one more if there is a rest."""
    each = share(len(entries), [1] * groups)
    ends = list(accumulate(each))
    return tuple(tuple(entries[end - number : end]) for end, number in zip(ends, each, strict=True))


def projects(made: Generated) -> tuple[int, ...]:
    """The number of projects of each group."""
    return amounts(made.seed, "group", made.projects, made.groups)


def write_group(path: Path, ledger: Sequence[Entry], number_of_projects: int) -> None:
    """Write the database of a group: its ledger and its projects. Blocking."""
    with closing(sqlite3.connect(path)) as database, database:
        _write_ledger(database, ledger)
        database.execute("CREATE TABLE projects (id TEXT PRIMARY KEY)")
        rows = [(f"{path.stem}-{number:03d}",) for number in range(1, number_of_projects + 1)]
        database.executemany("INSERT INTO projects VALUES (?)", rows)


def write_central(path: Path, ledger: Sequence[Entry], counts: Sequence[Count]) -> None:
    """Write the database of the central firms: their ledger and their counts. Blocking."""
    with closing(sqlite3.connect(path)) as database, database:
        _write_ledger(database, ledger)
        database.execute("CREATE TABLE counts (name TEXT PRIMARY KEY, op TEXT, value INTEGER)")
        rows = [(each.name, each.op, each.value) for each in counts]
        database.executemany("INSERT INTO counts VALUES (?, ?, ?)", rows)


def append(path: Path, entry: Entry) -> None:
    """Append an entry to the ledger of a database. Blocking."""
    with closing(sqlite3.connect(path)) as database, database:
        _insert(database, [entry])


def edit_in_place(path: Path, id_: str, amount: int) -> None:
    """Overwrite an amount in a ledger, which the city must find out. Blocking."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE ledger SET amount = ? WHERE id = ?", (amount, id_))


def _write_ledger(database: sqlite3.Connection, ledger: Sequence[Entry]) -> None:
    database.execute(
        "CREATE TABLE ledger (id TEXT PRIMARY KEY, party TEXT, side TEXT, amount INTEGER, signed TEXT, "
        "status TEXT, terms TEXT)"
    )
    _insert(database, ledger)


def _insert(database: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    database.executemany(
        "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)", [each.cells() for each in entries]
    )


def _entries(seed: int, key: str, side: Side, drawn: Sequence[int]) -> Iterator[Entry]:
    for number, amount in enumerate(drawn, 1):
        later = weight(seed, f"signed:{key}:{number}") * DAYS // 1001
        years = 1 + weight(seed, f"terms:{key}:{number}") % 5
        yield Entry(
            id=f"{key}-{number:02d}",
            party=f"合作方 {key.upper()}-{number:02d}（模拟生成）",
            side=side,
            amount=amount,
            signed=FIRST_DAY + timedelta(days=later),
            status="signed",
            terms=f"分期投资，{years} 年内建成（模拟生成）",
        )
