"""The main job of S03 from end to end: publish, find, negotiate, pull, compute, grade, then meet the refusals.

It leaves a folder: the page, the copies that arrived, the receipts, and the DID documents of both sides,
so that `xinfu verify` can be run on them on any machine.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from xinfu.client import Node
from xinfu.errors import RefusedError
from xinfu_scenarios import proof
from xinfu_scenarios.diary import Diary, ReceiptFile, Refusal, Side, now, participant
from xinfu_scenarios.s03 import exchange, texts
from xinfu_scenarios.s03.air import Measured, grade, read_measured
from xinfu_scenarios.s03.exchange import Agreed, Product, Pulled
from xinfu_scenarios.s03.page import render
from xinfu_scenarios.s03.params import Params
from xinfu_scenarios.s03.story import Contract, Delivery, Story
from xinfu_scenarios.s03.terms import PURPOSE, Terms, rules
from xinfu_scenarios.scenario import Say
from xinfu_scenarios.words import Text

PAGE: Final = "alert.html"
DATASET: Final = "air-quality-hourly"


class Stage(Struct, frozen=True, kw_only=True):
    """The stage of the play: the two nodes, their identifiers, the output folder and the diary."""

    provider: Node
    consumer: Node
    provider_id: str
    consumer_id: str
    out: Path
    diary: Diary


class Exchanged(Struct, frozen=True, kw_only=True):
    """A product that was exchanged, and its receipts.

    Args:
        digest: SHA-256 of the agreed policy, as the evidence has it.
    """

    product: Product
    agreed: Agreed
    pulled: Pulled
    receipts: tuple[ReceiptFile, ...] = ()
    digest: str = ""


async def play(
    provider: Node, consumer: Node, files: Sequence[Path], *, out: Path, params: Params, say: Say
) -> Story:
    """Play the main job with these tables and write its page.

    Raises:
        XinfuError: a table cannot be used, or a node did not do its part.
    """
    stage = Stage(
        provider=provider,
        consumer=consumer,
        provider_id=await participant(provider),
        consumer_id=await participant(consumer),
        out=out,
        diary=Diary(say),
    )
    offered = await asyncio.to_thread(read_measured, files, params)
    terms = Terms(until=now() + exchange.PERMITTED)
    products = _products(files, offered)
    across = [await _go_across(stage, product, terms) for product in products]
    measured = await asyncio.to_thread(read_measured, [one.pulled.path for one in across], params)
    air = await asyncio.to_thread(grade, measured, params)
    stage.diary.note(Side.CONSUMER, texts.GRADES, texts.grading(air))
    refusals = [await _other_purpose(stage, across[0]), await _too_late(stage, products[0])]
    trust = await _keep_trust(stage)
    across = [await _keep_receipts(stage, one, number) for number, one in enumerate(across)]
    refusals.append(await _one_byte(stage, across[0], trust))
    kept = [receipt for one in across for receipt in one.receipts]
    story = Story(
        played_at=now(),
        generated=measured.generated,
        parties=texts.parties(stage.provider_id, stage.consumer_id),
        rules=rules(terms),
        contracts=tuple(_contract(one) for one in across),
        deliveries=_deliveries(across, measured),
        events=tuple(stage.diary.events),
        air=air,
        receipt_files=tuple(kept),
        trust_files=tuple(str(path.relative_to(out)) for path in trust),
        altered_file=f"{proof.RECEIPTS}/{proof.ALTERED}",
        refusals=tuple(refusals),
        page=out / PAGE,
        receipts=tuple(out / one.name for one in kept),
        lines=(texts.grading(air),),
    )
    text = render(story, plan=params.plan, validity=params.validity)
    await asyncio.to_thread((out / PAGE).write_text, text, encoding="utf-8")
    return story


def _products(files: Sequence[Path], measured: Measured) -> list[Product]:
    """The products, one for each table; several are numbered."""
    return [
        Product(
            id=DATASET if len(files) == 1 else f"{DATASET}-{number}",
            title=Text(en=f"Hourly air quality ({path.name})", zh=f"逐时空气质量（{path.name}）"),
            path=path,
            generated=measured.generated,
        )
        for number, path in enumerate(files, 1)
    ]


async def _go_across(stage: Stage, product: Product, terms: Terms) -> Exchanged:
    """Publish, find, agree on and pull a product, from the provider's folder to the consumer's."""
    note, title = stage.diary.note, product.title
    await exchange.publish(stage.provider, product, terms)
    note(Side.PROVIDER, texts.PUBLISHES, title, command=texts.publish_command(product, terms))
    wanted = Text(en=f"{title.en}, for {PURPOSE}", zh=f"{title.zh}，用途 {PURPOSE}")
    note(Side.CONSUMER, texts.FINDS, wanted, passes=True)
    agreed = await exchange.negotiate(stage.consumer, stage.provider_id, product)
    ms = Text(
        en=f"{agreed.took_ms} ms from request to final, both sides signed",
        zh=f"从请求到生效 {agreed.took_ms} 毫秒，双方均已签名",
    )
    note(Side.PROVIDER, texts.AGREES, ms, passes=True)
    target = stage.out / "received" / product.id / product.path.name
    pulled = await exchange.pull(agreed, target)
    size = Text(en=f"{pulled.size_bytes:,} bytes", zh=f"{pulled.size_bytes:,} 字节")
    note(Side.PROVIDER, texts.DELIVERS, size, passes=True)
    digest = Text(en=f"SHA-256 {pulled.sha256[:16]}…", zh=f"SHA-256 {pulled.sha256[:16]}…")
    command = texts.get_command(stage.provider_id, product)
    note(Side.CONSUMER, texts.CHECKS, digest, command=command)
    return Exchanged(product=product, agreed=agreed, pulled=pulled)


async def _other_purpose(stage: Stage, across: Exchanged) -> Refusal:
    stage.diary.note(Side.CONSUMER, texts.ASKS_AGAIN, texts.OTHER_PURPOSE_TRIED, passes=True)
    error = await exchange.ask_for_another_purpose(across.agreed)
    return _refused(stage, texts.OTHER_PURPOSE_TRIED, error)


async def _too_late(stage: Stage, product: Product) -> Refusal:
    stage.diary.note(Side.CONSUMER, texts.ASKS_AGAIN, texts.LATE_TRIED, passes=True)
    short = msgspec.structs.replace(product, id=f"{product.id}-for-seconds")
    error = await exchange.read_too_late(stage.provider, stage.consumer, short)
    return _refused(stage, texts.LATE_TRIED, error)


def _refused(stage: Stage, tried: Text, error: RefusedError) -> Refusal:
    answer = texts.sentence(error)
    stage.diary.note(Side.PROVIDER, texts.REFUSES, answer, passes=True)
    at = stage.diary.events[-1].at
    return Refusal(tried=tried, code=error.code, answer=answer, way_out=texts.way_out(error), at=at)


async def _keep_trust(stage: Stage) -> list[Path]:
    """Write the DID documents of both sides, fetched as anyone can."""
    kept = []
    for name, did in (("provider", stage.provider_id), ("consumer", stage.consumer_id)):
        document = await asyncio.to_thread(proof.fetch_did_document, did)
        kept.append(await asyncio.to_thread(proof.keep, stage.out / "trust" / f"{name}.did.json", document))
    return kept


async def _keep_receipts(stage: Stage, across: Exchanged, number: int) -> Exchanged:
    """Write the receipts that are worth keeping into the page's folder."""
    kept, digest = [], ""
    asked = ((stage.consumer, texts.OF_CONSUMER), (stage.provider, texts.OF_PROVIDER))
    for node, wanted in asked:
        for one, receipt in await proof.receipts_of(node, across.agreed.wire_id, wanted):
            name = f"{proof.RECEIPTS}/{one.name}{f'-{number + 1}' if number else ''}.json"
            path = await asyncio.to_thread(proof.keep, stage.out / name, proof.written(receipt))
            kept.append(ReceiptFile(name=name, about=one.about, sha256=proof.sha256_of(path)))
            digest = receipt["proven"]["entry"]["facts"].get("policy_digest", digest)
    return msgspec.structs.replace(across, receipts=tuple(kept), digest=digest)


async def _one_byte(stage: Stage, across: Exchanged, trust: Sequence[Path]) -> Refusal:
    """Change one byte of a receipt, and check both with the command that the page shows to visitors."""
    honest = stage.out / across.receipts[0].name
    await proof.must_hold(honest, trust=trust)
    changed = proof.alter(await asyncio.to_thread(honest.read_bytes))
    path = await asyncio.to_thread(proof.keep, honest.with_name(proof.ALTERED), changed)
    found = await proof.must_break(path, trust=trust)
    stage.diary.note(Side.CONSUMER, texts.FINDS_OUT, found.sentence)
    at = stage.diary.events[-1].at
    return Refusal(
        tried=texts.BYTE_TRIED, code=found.name, answer=found.sentence, way_out=texts.BYTE_WAY_OUT, at=at
    )


def _contract(across: Exchanged) -> Contract:
    return Contract(
        id=across.agreed.wire_id,
        product=across.product.title,
        digest=across.digest,
        agreed_at=across.agreed.agreement.view.concluded,
        finalized_after_ms=across.agreed.took_ms,
    )


def _deliveries(across: Sequence[Exchanged], measured: Measured) -> tuple[Delivery, ...]:
    return tuple(
        Delivery(
            name=one.pulled.path.name, size_bytes=one.pulled.size_bytes, sha256=one.pulled.sha256, hours=hours
        )
        for one, hours in zip(across, measured.hours, strict=True)
    )
