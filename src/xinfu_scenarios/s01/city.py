"""The part of the city: it signs with each firm, reads the ledgers, counts the signed entries, and publishes sums."""

import asyncio
import csv
import io
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from msgspec import Struct

from xinfu.client import Agreement, in_database
from xinfu_scenarios.diary import Side
from xinfu_scenarios.s01 import exchange, generator, terms, texts
from xinfu_scenarios.s01.exchange import Concluded
from xinfu_scenarios.s01.figures import Row
from xinfu_scenarios.s01.generator import CASES, COUNTS, LEDGER, PROJECTS, Count, Entry
from xinfu_scenarios.s01.ledger import Ledger, ledger_term, read_ledger, read_rows, signed
from xinfu_scenarios.s01.people import Member
from xinfu_scenarios.s01.stage import Contracts, Stage
from xinfu_scenarios.words import Text

SUMS: Final = "cooperation-sums"
_MADE: Final = "figures"


class Gathered(Struct, frozen=True, kw_only=True):
    """The data that the city gathered: the ledger of each firm, the projects of each group, and the counts."""

    ledgers: dict[str, Ledger]
    projects: tuple[int, ...]
    counts: tuple[Count, ...]

    def entries(self) -> list[Entry]:
        """The entries that count, in the order of the firms."""
        return [each.entry for ledger in self.ledgers.values() for each in ledger.counted]


async def publish(stage: Stage) -> dict[str, tuple[Entry, ...]]:
    """Write the databases and offer their tables; return the ledgers as written."""
    ledgers = generator.by_group(generator.provincial(stage.made), stage.made.groups)
    projects = generator.projects(stage.made)
    written = {stage.central.key: generator.central(stage.made)}
    await asyncio.to_thread(
        generator.write_central,
        stage.database(stage.central),
        written[stage.central.key],
        generator.CENTRAL_COUNTS,
    )
    for number, group in enumerate(stage.groups, 1):
        written[group.key] = ledgers[number - 1]
        await asyncio.to_thread(
            generator.write_group, stage.database(group), written[group.key], projects[number - 1]
        )
    await asyncio.gather(*(_offer(stage, firm) for firm in stage.firms))
    said = Text(en=f"{len(stage.firms)} ledgers", zh=f"{len(stage.firms)} 份台账")
    stage.diary.note(Side.PROVIDER, texts.PUBLISH, said)
    return written


async def _offer(stage: Stage, firm: Member) -> None:
    database = stage.database(firm)
    await exchange.offer(firm, database, LEDGER, stage.terms.whole(), grade=terms.SENSITIVE)
    await exchange.offer_to_the_province(firm, stage.terms.four_columns())
    more = COUNTS if firm is stage.central else PROJECTS
    await exchange.offer(firm, database, more, stage.terms.for_the_city(), grade=terms.INTERNAL)


async def contract(stage: Stage, written: dict[str, tuple[Entry, ...]]) -> Contracts:
    """Negotiate with each firm, and sign the contract that names the digest of its ledger."""

    async def one(firm: Member) -> Concluded:
        agreement = await exchange.agree(stage.city.node, firm, LEDGER)
        begun = await exchange.begin(firm, stage.city.node, agreement, [ledger_term(written[firm.key])])
        return await exchange.conclude(begun)

    concluded = await asyncio.gather(*(one(firm) for firm in stage.firms))
    stage.diary.note(Side.CONSUMER, texts.SIGN, texts.filed(len(concluded)), passes=True)
    return Contracts(
        ledgers={firm.key: each for firm, each in zip(stage.firms, concluded, strict=True)}, corrections=[]
    )


async def gather(stage: Stage, contracts: Contracts) -> Gathered:
    """Read all ledgers, projects and counts, and count the signed entries."""
    ledgers = await asyncio.gather(*(ledger(firm, contracts) for firm in stage.firms))
    projects = await asyncio.gather(*(_table(stage, group, PROJECTS) for group in stage.groups))
    counts = await _table(stage, stage.central, COUNTS)
    found = Gathered(
        ledgers={firm.key: each for firm, each in zip(stage.firms, ledgers, strict=True)},
        projects=tuple(len(each) for each in projects),
        counts=(*(Count(name=row["name"], op=row["op"], value=int(row["value"])) for row in counts), CASES),
    )
    number = len(found.entries())
    stage.diary.note(
        Side.CONSUMER, texts.COUNTS, Text(en=f"{number} agreements", zh=f"{number} 份协议"), passes=True
    )
    return found


async def ledger(firm: Member, contracts: Contracts) -> Ledger:
    """Read the current ledger of a firm, and count the signed entries.

    Raises:
        IntegrityError: `ledger.edited`, `ledger.unsigned`.
    """
    concluded = contracts.ledgers[firm.key]
    rows = read_rows(await exchange.pull(concluded.agreement))
    corrections = [
        signed((await each.ours.refresh()).view) for key, each in contracts.corrections if key == firm.key
    ]
    return read_ledger(rows, signed(concluded.ours.view), corrections)


async def _table(stage: Stage, firm: Member, table: str) -> list[dict[str, str]]:
    came = await exchange.pull(await exchange.agree(stage.city.node, firm, table))
    return list(csv.DictReader(io.StringIO(came.decode())))


def write_figures(path: Path, rows: Iterable[Row]) -> None:
    """Append the figures of a day to the derived product, which keeps its earlier rows. Blocking."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE TABLE IF NOT EXISTS figures (figure TEXT, side TEXT, op TEXT, value TEXT, unit TEXT, "
            "records INTEGER, as_of TEXT)"
        )
        cells = [(r.figure, r.side, r.op, r.value, r.unit, r.records, r.as_of) for r in rows]
        database.executemany("INSERT INTO figures VALUES (?, ?, ?, ?, ?, ?, ?)", cells)


def write_rows(path: Path, entries: Iterable[Entry]) -> None:
    """Write the rows of all ledgers into one table, which the city may not offer to anyone. Blocking."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE rows (id TEXT, party TEXT, amount INTEGER, terms TEXT)")
        cells = [(each.id, each.party, each.amount, each.terms) for each in entries]
        database.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", cells)


async def publish_sums(stage: Stage, sources: Sequence[Agreement]) -> None:
    """Offer the sums to the province, after trying all offers that the contracts do not permit."""
    database = stage.database(stage.city)

    async def offer(
        id_: str, table: str, policy: dict[str, object], access: dict[str, object] | None
    ) -> None:
        await stage.city.node.publish(
            in_database(f"sqlite:{database}#{table}", formats=("csv",)),
            id=id_,
            grade=terms.INTERNAL,
            policy=policy,
            access=access,
            title={"zh": "央地合作年度汇总（模拟生成）", "en": "Yearly sums of cooperation (generated)"},
            generated=True,
            derived_from=[each.view.wire_id for each in sources],
        )

    to_the_province = terms.seen_by(terms.PROVINCE)
    for number, tried, table, policy, access in (
        (5, texts.TOO_FEW, _MADE, stage.terms.any_sums(), to_the_province),
        (6, texts.ROWS_ON, "rows", stage.terms.any_rows(), to_the_province),
        (6, texts.TO_ALL, _MADE, stage.terms.to_members(), None),
    ):
        error = await exchange.must_refuse(partial(offer, "refused", table, policy, access))
        await stage.refused(number, tried, error, rule=texts.way_out(error), at=stage.city)
    await offer(SUMS, _MADE, stage.terms.delegated(), to_the_province)
    said = Text(en=f"derived from {len(sources)} contracts", zh=f"由 {len(sources)} 份合约派生")
    stage.diary.note(Side.CONSUMER, texts.DERIVES, said)
