"""The story from end to end: offer, counter-offer, contract, three reads and no fourth, a revocation, the deletion.

It leaves a folder: the page, the printed contract, the receipts, and the DID documents of both sides, so that
`xinfu verify` can be run on them on any machine.
"""

import asyncio
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from xinfu.client import Agreement, Contract, Node, VaultObject
from xinfu.errors import RefusedError
from xinfu_scenarios import proof
from xinfu_scenarios.diary import Diary, ReceiptFile, Refusal, Side, now, participant
from xinfu_scenarios.maintenance import errors, exchange, terms, texts
from xinfu_scenarios.maintenance.page import render
from xinfu_scenarios.maintenance.story import Deletion, Read, Story, Stream
from xinfu_scenarios.scenario import Say
from xinfu_scenarios.words import Text

PAGE: Final = "maintenance.html"
CONTRACT: Final = "contract.html"
TELEMETRY: Final = "spindle-telemetry"
RECORDING: Final = "vibration-recording"


class Files(Struct, frozen=True, kw_only=True):
    """The files that the builder publishes. `generated` is about the telemetry; the recording is always generated."""

    telemetry: Path
    generated: bool
    recording: Path


class Stage(Struct, frozen=True, kw_only=True):
    """The stage of the play: the two nodes, their identifiers, the output folder and the diary."""

    builder: Node
    firm: Node
    builder_id: str
    firm_id: str
    out: Path
    diary: Diary


class Agreed(Struct, frozen=True, kw_only=True):
    """An agreement, from the nodes of both sides."""

    ours: Agreement
    theirs: Agreement


async def play(builder: Node, firm: Node, files: Files, *, out: Path, say: Say) -> Story:
    """Play the story with these files and write its page.

    Raises:
        XinfuError: a node did not do its part.
    """
    stage = Stage(
        builder=builder,
        firm=firm,
        builder_id=await participant(builder),
        firm_id=await participant(firm),
        out=out,
        diary=Diary(say),
    )
    offered, changes, agreed = await _agree(stage, files)
    contract, theirs = await _sign(stage, agreed)
    filed, checked = contract.view, await contract.check()
    landed, reads = await _use(stage, agreed, files.telemetry)
    refusals = [await _fourth_pull(stage, agreed), await _fourth_read(stage, landed[0])]
    explanation = await builder.explain(stage.firm_id, TELEMETRY, action="read", purpose=terms.PURPOSE)
    explained = texts.explained(explanation)
    stage.diary.note(Side.PROVIDER, texts.EXPLAINS, texts.joined(explained))
    stream, revoked = await _revoke(stage, files.recording)
    deletion = await _end(stage, agreed, theirs, landed)
    await contract.wait("06")
    kept = await _keep(stage, agreed, landed[0], deletion)
    await asyncio.to_thread(proof.keep, out / CONTRACT, await contract.document())
    story = Story(
        played_at=now(),
        generated=files.generated,
        file=files.telemetry.name,
        size_bytes=reads[0].size_bytes,
        parties=texts.parties(stage.builder_id, stage.firm_id),
        offered=offered,
        agreed=texts.rules(agreed.theirs.view.policy),
        levels=texts.levels(agreed.theirs.view.policy),
        changes=changes,
        contract=filed,
        signatures_hold=checked.holds,
        ended=contract.status,
        reads=tuple(reads),
        refusals=tuple(one for one, _ in [*refusals, revoked]),
        explained=explained,
        stream=stream,
        deletion=deletion,
        events=tuple(stage.diary.events),
        receipt_files=kept,
        trust_files=await _keep_trust(stage),
        page=out / PAGE,
        receipts=tuple(out / one.name for one in kept),
        lines=texts.ending(len(reads), refusals[0][1], stream, deletion),
    )
    await asyncio.to_thread((out / PAGE).write_text, render(story), encoding="utf-8")
    return story


async def _agree(stage: Stage, files: Files) -> tuple[Any, tuple[Text, ...], Agreed]:
    """Make an offer and a counter-offer, and agree without a person."""
    note, at = stage.diary.note, now()
    mark = Text(en=" (generated)", zh="（模拟生成）") if files.generated else Text(en="", zh="")
    await stage.builder.publish(
        files.telemetry,
        id=TELEMETRY,
        grade=terms.TELEMETRY_GRADE,
        policy=terms.offered(at),
        title={"zh": f"主轴遥测数据{mark.zh}", "en": f"Spindle telemetry{mark.en}"},
        generated=files.generated,
    )
    name = files.telemetry.name
    note(Side.PROVIDER, texts.PUBLISHES, Text(en=f"{name}{mark.en}", zh=f"{name}{mark.zh}"))
    await stage.builder.answers.set("narrower", on="requested", do=["agree-within"], dataset=TELEMETRY)
    note(Side.PROVIDER, texts.ANSWERS, texts.AGREE_WITHIN)
    dataset = (await stage.firm.catalog(stage.builder_id, dataset=TELEMETRY)).dataset(TELEMETRY)
    negotiation = await dataset.negotiate(purpose=terms.PURPOSE, policy=terms.wanted(at))
    theirs = await negotiation.agreed()
    difference = (await negotiation.refresh()).view.difference
    if difference is None or difference.within != "yes":
        raise errors.SCENARIO_NOT_WITHIN()
    changes = texts.changes(difference)
    note(Side.CONSUMER, texts.COUNTERS, texts.joined(changes), passes=True)
    ours = await exchange.as_the_builder_has_it(stage.builder, theirs)
    wire_id = Text(en=ours.view.wire_id, zh=ours.view.wire_id)
    note(Side.PROVIDER, texts.AGREES, wire_id, passes=True)
    return texts.rules(dataset.offers[0].policy), changes, Agreed(ours=ours, theirs=theirs)


async def _sign(stage: Stage, agreed: Agreed) -> tuple[Contract, Contract]:
    """Sign the digital contract by both sides, and file it with the operator's platform."""
    pair = await exchange.sign(stage.builder, stage.firm, agreed.theirs.view.wire_id)
    shown = pair[0].view
    detail = Text(
        en=f"{shown.number}, {shown.status_en} ({shown.status})",
        zh=f"{shown.number}，{shown.status_zh}（{shown.status}）",
    )
    stage.diary.note(Side.PROVIDER, texts.SIGN, detail, passes=True)
    return pair


async def _use(stage: Stage, agreed: Agreed, file: Path) -> tuple[list[VaultObject], list[Read]]:
    """Use the data as often as agreed: land it in the vault each time, and read it there."""
    digest = await asyncio.to_thread(proof.sha256_of, file)
    landed, reads = [], []
    for number in range(1, terms.WANTED_USES + 1):
        landed.append(await exchange.land(agreed.theirs))
        reads.append(await exchange.read(landed[-1]))
        if reads[-1].sha256 != digest:
            raise errors.SCENARIO_NOT_THE_FILE()
        detail = Text(
            en=f"use {number} of {terms.WANTED_USES}: {reads[-1].size_bytes:,} bytes, SHA-256 {digest[:16]}…",
            zh=f"第 {number} 次（共 {terms.WANTED_USES} 次）：{reads[-1].size_bytes:,} 字节，SHA-256 {digest[:16]}…",
        )
        stage.diary.note(Side.CONSUMER, texts.READS, detail, passes=True)
    return landed, reads


async def _fourth_pull(stage: Stage, agreed: Agreed) -> tuple[Refusal, RefusedError]:
    stage.diary.note(Side.CONSUMER, texts.ASKS_AGAIN, texts.FOURTH_PULL, passes=True)
    error = await exchange.must_refuse(exchange.land(agreed.theirs))
    return _refused(stage, Side.PROVIDER, texts.REFUSES, texts.FOURTH_PULL, error)


async def _fourth_read(stage: Stage, landed: VaultObject) -> tuple[Refusal, RefusedError]:
    error = await exchange.must_refuse(exchange.read(landed))
    return _refused(stage, Side.CONSUMER, texts.VAULT_REFUSES, texts.FOURTH_READ, error)


def _refused(
    stage: Stage, side: Side, title: Text, tried: Text, error: RefusedError
) -> tuple[Refusal, RefusedError]:
    answer, way_out = texts.answer(error), texts.way_out(error)
    detail = Text(en=f"{answer.en} {way_out.en}".strip(), zh=f"{answer.zh}{way_out.zh}")
    stage.diary.note(side, title, detail, passes=side is Side.PROVIDER)
    at = stage.diary.events[-1].at
    return Refusal(tried=tried, code=error.code, answer=answer, way_out=way_out, at=at), error


async def _revoke(stage: Stage, recording: Path) -> tuple[Stream, tuple[Refusal, RefusedError]]:
    """Make a second agreement, revoke it while its data flows, then ask for the data once more."""
    await stage.builder.publish(
        recording,
        id=RECORDING,
        grade=terms.RECORDING_GRADE,
        policy=terms.streamed(now()),
        title={"zh": "振动录波（模拟生成）", "en": "Vibration recording (generated)"},
        generated=True,
    )
    dataset = (await stage.firm.catalog(stage.builder_id, dataset=RECORDING)).dataset(RECORDING)
    theirs = await (await dataset.negotiate(purpose=terms.PURPOSE)).agreed()
    ours = await exchange.as_the_builder_has_it(stage.builder, theirs)
    transfer = await (await theirs.transfer(purpose=terms.PURPOSE)).started()
    name = Text(en=f"{recording.name} (generated)", zh=f"{recording.name}（模拟生成）")
    stage.diary.note(Side.CONSUMER, texts.STREAMS, name, passes=True)
    stream = await exchange.revoked_while_running(stage.builder, ours, transfer, texts.WHY_REVOKED)
    stage.diary.note(Side.PROVIDER, texts.REVOKES, texts.stopped(stream), passes=True)
    error = await exchange.must_refuse(theirs.transfer(purpose=terms.PURPOSE))
    return stream, _refused(stage, Side.CONSUMER, texts.REFUSES, texts.PULL_REVOKED, error)


async def _end(stage: Stage, agreed: Agreed, contract: Contract, landed: list[VaultObject]) -> Deletion:
    """Let the firm end the contract; the landed data is destroyed, and the builder gets the proof."""
    await contract.end(texts.WHY_ENDED, clause=terms.CLAUSE)
    shown = contract.view
    status = Text(en=f"{shown.status_en} ({shown.status})", zh=f"{shown.status_zh}（{shown.status}）")
    stage.diary.note(Side.CONSUMER, texts.ENDS, status, passes=True)
    deletion = await exchange.deleted(stage.builder, stage.firm, agreed.ours, landed)
    stage.diary.note(Side.CONSUMER, texts.DESTROYS, texts.gone(deletion), passes=True)
    stage.diary.note(Side.PROVIDER, texts.FULFILLED, texts.fulfilled(deletion))
    return deletion


async def _keep(
    stage: Stage, agreed: Agreed, landed: VaultObject, deletion: Deletion
) -> tuple[ReceiptFile, ...]:
    """Write the receipts that are worth keeping into the page's folder."""
    found = await proof.receipts_of(stage.builder, agreed.ours.view.wire_id, texts.OF_BUILDER)
    for node, process, wanted in (
        (stage.firm, landed.id, texts.DESTROYED),
        (stage.builder, deletion.duty.id, texts.DUTY_FULFILLED),
    ):
        fitting = [one for one in await node.receipts(process) if wanted.fits(one["proven"]["entry"])]
        found += [(wanted, one) for one in fitting[-1:]]
    kept = []
    for wanted, receipt in found:
        name = f"{proof.RECEIPTS}/{wanted.name}.json"
        path = await asyncio.to_thread(proof.keep, stage.out / name, proof.written(receipt))
        kept.append(ReceiptFile(name=name, about=wanted.about, sha256=proof.sha256_of(path)))
    return tuple(kept)


async def _keep_trust(stage: Stage) -> tuple[str, ...]:
    """Write the DID documents of both sides, fetched as anyone can."""
    names = []
    for name, did in (("builder", stage.builder_id), ("firm", stage.firm_id)):
        names.append(f"trust/{name}.did.json")
        document = await asyncio.to_thread(proof.fetch_did_document, did)
        await asyncio.to_thread(proof.keep, stage.out / names[-1], document)
    return tuple(names)
