"""The part of the province: four columns behind a sum, a hundred reads of the sums, and no more."""

import asyncio
import csv
import io
from typing import Final

import msgspec
from msgspec import Struct

from xinfu.client import Agreement, in_database
from xinfu_scenarios.diary import Side
from xinfu_scenarios.s01 import errors, exchange, terms, texts
from xinfu_scenarios.s01.city import SUMS
from xinfu_scenarios.s01.exchange import Concluded
from xinfu_scenarios.s01.figures import LEAST, Row
from xinfu_scenarios.s01.generator import LEDGER
from xinfu_scenarios.s01.people import Member
from xinfu_scenarios.s01.stage import Stage
from xinfu_scenarios.s01.story import Opened, Reads
from xinfu_scenarios.waiting import soon
from xinfu_scenarios.words import Text

CLOSED: Final = (("terms",), ("party",), ("signed",), ("id", "amount", "terms"))
"""Columns that the province asks for and may not have, alone and in a list."""


class Delegated(Struct, frozen=True, kw_only=True):
    """The sums that the province read under the delegated contract."""

    concluded: Concluded
    rows: tuple[Row, ...]
    reads: Reads


async def delegate(stage: Stage) -> Concluded:
    """Negotiate with the city for the sums, and sign the contract, which keeps the limits of the city's contracts."""
    agreement = await exchange.agree(stage.province.node, stage.city, SUMS)
    begun = await exchange.begin(stage.city, stage.province.node, agreement, [])
    concluded = await exchange.conclude(begun)
    number = concluded.ours.view.number
    stage.diary.note(Side.CONSUMER, texts.DELEGATED, Text(en=number, zh=number), passes=True)
    return concluded


async def open_columns(stage: Stage) -> tuple[Opened, ...]:
    """Open the four columns behind the sums in every ledger, then ask for a closed column."""

    async def one(firm: Member) -> tuple[Agreement, list[Opened]]:
        agreement = await exchange.agree(stage.province.node, firm, LEDGER)
        came = await exchange.pull(agreement)
        rows = list(csv.DictReader(io.StringIO(came.decode())))
        if any(tuple(row) != terms.PROVINCE_COLUMNS for row in rows):
            raise errors.SCENARIO_NOT_CLOSED()
        return agreement, [
            Opened(
                id=row["id"],
                side=row["side"],
                amount=int(row["amount"]),
                status=row["status"],
                agreement=agreement.view.wire_id,
            )
            for row in rows
        ]

    found = await asyncio.gather(*(one(firm) for firm in stage.firms))
    rows = [row for _, of_firm in found for row in of_firm]
    said = Text(en=f"{len(rows)} rows, {', '.join(terms.PROVINCE_COLUMNS)}", zh=f"{len(rows)} 行，仅四列")
    stage.diary.note(Side.CONSUMER, texts.OPENS, said, passes=True)
    await _ask_for_closed(stage, found[0][0])
    return tuple(rows)


async def _ask_for_closed(stage: Stage, agreement: Agreement) -> None:
    for columns in CLOSED:
        transfer = await exchange.opened(agreement)
        error = await exchange.must_refuse(transfer.asking(columns=columns).read)
        await stage.refused(2, texts.closed(columns), error, rule=texts.way_out(error), at=stage.firms[0])


async def read_sums(stage: Stage, concluded: Concluded) -> Delegated:
    """Read the sums once, repeat the request once, then read from 64 callers at once until the quota is used up.

    Raises:
        IntegrityError: `scenario.quota`: more or fewer reads were answered than agreed.
    """
    transfer = await exchange.opened(concluded.agreement)
    came = await transfer.once("first").read()
    if await transfer.once("first").read() != came:
        raise errors.SCENARIO_REPEAT()
    answered, refusal = await exchange.read_until_refused(transfer)
    recorded = await _recorded(stage, concluded, 1 + answered)
    reads = Reads(answered=1 + answered, granted=terms.READS, recorded=recorded)
    stage.diary.note(Side.CONSUMER, texts.READS, texts.counter(reads), passes=True)
    if not reads.answered == reads.granted == reads.recorded:
        raise errors.SCENARIO_QUOTA(answered=reads.answered, recorded=reads.recorded, granted=reads.granted)
    rule = concluded.agreement.view.policy.rules
    await stage.refused(4, texts.TOO_OFTEN, refusal, rule=Text(en=rule.en[0], zh=rule.zh[0]), at=stage.city)
    return Delegated(concluded=concluded, rows=_rows(came), reads=reads)


async def pass_on(stage: Stage, concluded: Concluded) -> None:
    """Try to offer the sums to others, as a product derived from them."""
    database = stage.database(stage.province)

    async def offer() -> None:
        await stage.province.node.publish(
            in_database(f"sqlite:{database}#figures", formats=("csv",)),
            id="passed-on",
            grade=terms.INTERNAL,
            policy=stage.terms.any_sums(),
            derived_from=[concluded.agreement.view.wire_id],
        )

    error = await exchange.must_refuse(offer)
    rules = concluded.agreement.view.policy.rules
    rule = Text(en=" ".join(rules.en), zh="".join(rules.zh))
    await stage.refused(6, texts.PASSED_ON, error, rule=rule, at=stage.province)


async def _recorded(stage: Stage, concluded: Concluded, least: int) -> int:
    """Count the reads of the sums in the city's evidence, without repeats; an entry follows its read by a moment.

    Raises:
        PeerError: `wait.over`: they stay fewer than `least`.
    """
    wire_id = concluded.agreement.view.wire_id

    async def look() -> int | None:
        uses = [each.entry for each in await stage.city.node.entries(kind="use")]
        ours = [each["facts"] for each in uses if each.get("agreement") == wire_id]
        number = sum(not facts.get("repeats") for facts in ours)
        return number if number >= least else None

    return await soon(stage.city.node, look)


def _rows(came: bytes) -> tuple[Row, ...]:
    rows = csv.DictReader(io.StringIO(came.decode()))
    found = tuple(msgspec.convert(row, Row, strict=False) for row in rows)
    if any(row.records < LEAST for row in found):
        raise errors.SCENARIO_TOO_FEW()
    return found
