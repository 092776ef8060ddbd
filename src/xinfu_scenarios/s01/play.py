"""The story from end to end: ledgers, three-party contracts, sums, a correction, the province's view, six refusals.

It leaves a folder: three pages, one for each kind of visitor, receipts, and the DID documents that `xinfu verify` needs.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from msgspec import Struct

from xinfu.client import Node
from xinfu_scenarios import proof
from xinfu_scenarios.diary import Diary, ReceiptFile, now, participant
from xinfu_scenarios.diary import Side as Place
from xinfu_scenarios.s01 import (
    city,
    correction,
    errors,
    exchange,
    figures,
    generator,
    pages,
    people,
    province,
    texts,
)
from xinfu_scenarios.s01.city import Gathered
from xinfu_scenarios.s01.exchange import Concluded
from xinfu_scenarios.s01.figures import Figures
from xinfu_scenarios.s01.generator import LEDGER, Generated, Side
from xinfu_scenarios.s01.ledger import Ledger, signed
from xinfu_scenarios.s01.people import OPERATOR, Member
from xinfu_scenarios.s01.province import Delegated
from xinfu_scenarios.s01.stage import Contracts, Stage
from xinfu_scenarios.s01.story import Corrected, FirmLedger, Opened, Story
from xinfu_scenarios.s01.terms import CITY, PERMITTED, PROVINCE, Terms
from xinfu_scenarios.scenario import Say

CORRECTS: Final = 2
"""The group that corrects an amount, and the one that edits one in place; counted from 0."""
EDITS: Final = 6
REFUSALS: Final = 6
"""Kinds of refusal that the card wants."""


class Played(Struct, frozen=True, kw_only=True):
    """The results of the steps, from which the story is made."""

    gathered: Gathered
    found: Figures
    corrected: Corrected
    supplement: Concluded
    delegated: Delegated
    opened: tuple[Opened, ...]


async def play(nodes: Mapping[str, Node], made: Generated, *, out: Path, say: Say) -> Story:
    """Play the story and write its pages.

    Raises:
        XinfuError: a node did not do its part, something was not refused, or a figure differs.
    """
    stage = await _staged(nodes, made, out, say)
    written = await city.publish(stage)
    contracts = await city.contract(stage, written)
    gathered = await city.gather(stage, contracts)
    found = figures.figures(gathered.entries(), gathered.projects, made)
    before_at = now()
    await _publish_sums(stage, contracts, gathered, found, before_at)
    delegated = await province.delegate(stage)
    corrected, supplement, gathered = await _correct(stage, contracts, gathered, before_at)
    opened = await province.open_columns(stage)
    read = await province.read_sums(stage, delegated)
    await asyncio.to_thread(city.write_figures, stage.database(stage.province), read.rows)
    await province.pass_on(stage, delegated)
    await _other_group(stage)
    editing = stage.groups[EDITS % len(stage.groups)]
    await correction.edit_in_place(stage, editing, written[editing.key][0], contracts)
    played = Played(
        gathered=gathered,
        found=found,
        corrected=corrected,
        supplement=supplement,
        delegated=read,
        opened=opened,
    )
    return await _told(stage, played, out)


async def _staged(nodes: Mapping[str, Node], made: Generated, out: Path, say: Say) -> Stage:
    firms = people.firms(made.groups)
    folder = out / "published"
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)

    async def member(key: str) -> Member:
        name = dict(firms).get(key) or people.NAMES[key]
        return Member(key=key, name=name, node=nodes[key], id=await participant(nodes[key]))

    return Stage(
        made=made,
        terms=Terms(until=now() + PERMITTED),
        firms=tuple([await member(key) for key, _ in firms]),
        city=await member(CITY),
        province=await member(PROVINCE),
        operator=await member(OPERATOR),
        folder=folder,
        diary=Diary(say),
        refusals=[],
    )


async def _publish_sums(
    stage: Stage, contracts: Contracts, gathered: Gathered, found: Figures, at: datetime
) -> None:
    """Publish the current figures, and a sum over two agreements of one group, which stays the same."""
    as_of, one = at.isoformat(timespec="milliseconds"), stage.groups[0].key
    counted = gathered.ledgers[one].counted[: figures.LEAST - 1]
    few = figures.sum_row([each.entry for each in counted], one, as_of)
    rows = [*figures.rows(found, gathered.counts, as_of), few]
    await asyncio.to_thread(city.write_figures, stage.database(stage.city), rows)
    await asyncio.to_thread(city.write_rows, stage.database(stage.city), gathered.entries())
    await city.publish_sums(stage, [each.agreement for each in contracts.ledgers.values()])


async def _correct(
    stage: Stage, contracts: Contracts, gathered: Gathered, before_at: datetime
) -> tuple[Corrected, Concluded, Gathered]:
    """Let a group correct an amount; the derived product then holds the sums of both days."""
    firm = stage.groups[CORRECTS % len(stage.groups)]
    old = gathered.ledgers[firm.key].counted[0].entry
    said, begun = await correction.correct(stage, firm, old, contracts)
    ledger = await correction.countersign(firm, begun, contracts)
    before = _sum(gathered)
    after = Gathered(
        ledgers={**gathered.ledgers, firm.key: ledger}, projects=gathered.projects, counts=gathered.counts
    )
    moved = Corrected(
        said=said,
        firm=firm.name,
        signed=signed(begun.ours.view),
        before=before,
        before_at=before_at,
        after=_sum(after),
        after_at=now(),
    )
    found = figures.figures(after.entries(), after.projects, stage.made)
    as_of = moved.after_at.isoformat(timespec="milliseconds")
    rows = figures.rows(found, after.counts, as_of)
    await asyncio.to_thread(city.write_figures, stage.database(stage.city), rows)
    stage.diary.note(Place.CONSUMER, texts.COUNTERSIGNS, texts.moved(moved), passes=True)
    return moved, begun, after


def _sum(gathered: Gathered) -> int:
    return sum(each.amount for each in gathered.entries() if each.side is Side.PROVINCIAL)


async def _other_group(stage: Stage) -> None:
    """Let a group look for another group's ledger; the answer is the same as for a ledger that does not exist."""
    one, other = stage.groups[:2]

    async def looked_for(dataset: str) -> object:
        return (await one.node.catalog(other.id, dataset=dataset)).dataset(dataset)

    error = await exchange.must_refuse(partial(looked_for, LEDGER))
    nothing = await exchange.must_refuse(partial(looked_for, "no-such-table"))
    is_same = (error.code, error.en.replace(LEDGER, "no-such-table")) == (nothing.code, nothing.en)
    if not is_same or len(await one.node.catalog(other.id)):
        raise errors.SCENARIO_REVEALED()
    facts = {"code": error.code, "dataset": LEDGER}
    await stage.refused(1, texts.OTHER_GROUP, error, rule=texts.RULE_UNSEEN, at=other, facts=facts)


async def _told(stage: Stage, played: Played, out: Path) -> Story:
    """Compare the figures with those that were generated, keep the receipts, and write the pages."""
    kept = _kept(stage, played)
    lines = (*figures.must_print(played.found, played.gathered.counts), texts.moved(played.corrected))
    receipts = await _receipts(stage, played, out)
    story = Story(
        played_at=now(),
        found=played.found,
        counts=played.gathered.counts,
        rows=played.delegated.rows,
        ledgers=_ledgers(stage, played.gathered),
        opened=played.opened,
        corrected=played.corrected,
        delegated=signed(played.delegated.concluded.ours.view),
        reads=played.delegated.reads,
        refusals=tuple(stage.refusals),
        events=tuple(stage.diary.events),
        receipt_files=receipts,
        trust_files=await _trust(stage, out),
        counts_kept=kept,
        page=out / pages.PUBLIC,
        receipts=tuple(out / one.name for one in receipts),
        lines=(*lines, texts.counter(played.delegated.reads), texts.ending(kept)),
    )
    await asyncio.to_thread(pages.write, story, out)
    return story


def _kept(stage: Stage, played: Played) -> tuple[tuple[int, int], ...]:
    """How many figures and refusals are as expected, and how many there are.

    Raises:
        IntegrityError: `scenario.figures-differ`.
    """
    made = stage.made
    entries = (*generator.provincial(made), *generator.central(made))
    drawn = figures.figures(entries, generator.projects(made), made).plain()
    found = played.found.plain()
    computed = (sum(found[key] == value for key, value in drawn.items()), len(drawn))
    page = figures.of_the_page(played.found, played.gathered.counts) if made == Generated() else (0, 0)
    refusals = (len({one.number for one in stage.refusals}), REFUSALS)
    kept = (page, computed, refusals)
    if any(got != of for got, of in kept):
        said = texts.ending(kept)
        raise errors.SCENARIO_FIGURES_DIFFER(en=said.en, zh=said.zh)
    return kept


def _ledgers(stage: Stage, gathered: Gathered) -> tuple[FirmLedger, ...]:
    projects: Sequence[int | None] = (*gathered.projects, None)
    ledgers: Sequence[Ledger] = list(gathered.ledgers.values())
    return tuple(
        FirmLedger(name=firm.name, ledger=ledger, projects=number)
        for firm, ledger, number in zip(stage.firms, ledgers, projects, strict=True)
    )


async def _receipts(stage: Stage, played: Played, out: Path) -> tuple[ReceiptFile, ...]:
    """Write the receipts that are worth keeping into the pages' folder."""
    node = stage.city.node
    found = await node.receipts(played.supplement.ours.id)
    asked = [(one, found) for one in texts.OF_THE_CORRECTION]
    wire_id = played.delegated.concluded.agreement.view.wire_id
    kept = []
    for wanted, listed in asked:
        fitting = [one for one in listed if wanted.fits(one["proven"]["entry"])]
        kept += [(wanted, fitting[-1])] if fitting else []
    kept += await proof.receipts_of(node, wire_id, texts.OF_THE_QUOTA)
    files = []
    for wanted, receipt in kept:
        name = f"{proof.RECEIPTS}/{wanted.name}.json"
        path = await asyncio.to_thread(proof.keep, out / name, proof.written(receipt))
        files.append(ReceiptFile(name=name, about=wanted.about, sha256=proof.sha256_of(path)))
    return tuple(files)


async def _trust(stage: Stage, out: Path) -> tuple[str, ...]:
    """Write the DID document of the city, fetched as anyone can."""
    name = f"trust/{stage.city.key}.did.json"
    document = await asyncio.to_thread(proof.fetch_did_document, stage.city.id)
    await asyncio.to_thread(proof.keep, out / name, document)
    return (name,)
