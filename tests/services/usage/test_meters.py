"""Bytes, time and windows under an agreement, counted on real reads."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.services.usage.conftest import PEER, Bureau, Make, start_transfer

from xinfu import odrl
from xinfu.errors import RefusedError
from xinfu.odrl import CounterOwner, Measure, Meter, PolicyKind, Reserve
from xinfu.odrl.model.meters import Selection
from xinfu.odrl.values.windows import Window
from xinfu.services.agreements import lifecycle
from xinfu.services.usage.blocks import Blocks
from xinfu.services.usage.grant_lookup import ReadRequest
from xinfu.services.usage.meters import Taker, counter_name
from xinfu.services.usage.use import use

SIZE = 1000


def limit(left: str, right: str, operator: str = "lteq", **more: Any) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right, **more}


def per(unit: str) -> dict[str, Any]:
    return limit("unitOfCount", unit, "eq")


async def taken(bureau: Bureau, ask: ReadRequest) -> int:
    got = 0
    async with use(bureau.node.parts, ask) as held:
        async for chunk in held.chunks():
            got += len(chunk)
    return got


async def refused(bureau: Bureau, ask: ReadRequest) -> RefusedError:
    with pytest.raises(RefusedError) as raised:
        await taken(bureau, ask)
    return raised.value


async def spent(bureau: Bureau, meter: Meter) -> tuple[int, int]:
    async with bureau.node.parts.store.view("bureau") as view:
        return await view.quotas.used(counter_name(bureau.agreement, meter, bureau.clock.at))


async def test_bytes_are_counted_to_the_byte_and_begin_anew_with_the_day(bureau_of: Make) -> None:
    bureau = await bureau_of(limit("bytes", "2500"), per("day"), size=SIZE)
    assert [await taken(bureau, bureau.ask()) for _ in range(2)] == [SIZE, SIZE]
    error = await refused(bureau, bureau.ask())
    assert error.code == "bytes.exhausted"
    assert error.facts == {
        "limit": "2500",
        "spent": "2000",
        "asked": "1000",
        "resets": "2024-12-25T00:00:00.000Z",
    }
    assert "500 bytes are left" in error.help_en
    assert await taken(bureau, bureau.ask(range="bytes=0-499")) == 500
    assert (await refused(bureau, bureau.ask(range="bytes=0-0"))).code == "bytes.exhausted"
    bureau.clock.at += timedelta(minutes=59)
    bureau.clock.at = bureau.clock.at.replace(hour=0, minute=0) + timedelta(days=1)
    fresh = await another(bureau)
    assert await taken(bureau, fresh) == SIZE
    bureau.clock.at -= timedelta(days=1)
    assert (await refused(bureau, fresh)).code == "data.token-expired", "its token was made in a time to come"
    again = await another(bureau)
    assert (await refused(bureau, again)).code == "bytes.exhausted", (
        "the clock goes back, and the day is spent"
    )


async def another(bureau: Bureau, life: timedelta = timedelta(days=9)) -> ReadRequest:
    transfer, token = await start_transfer(bureau.node, bureau.clock, bureau.agreement, None, {}, life)
    return bureau.ask(transfer=transfer, token=token)


async def test_a_read_that_is_cut_counts_what_left_and_gives_back_the_rest(bureau_of: Make) -> None:
    size = 3 * 1024 * 1024
    bureau = await bureau_of(limit("bytes", str(size)), size=size)
    meter = Meter(rule="permission[0]", measure=Measure.BYTES)
    async with use(bureau.node.parts, bureau.ask()) as held:
        async for chunk in held.chunks():
            assert await spent(bureau, meter) == (0, size)
            assert len(chunk) == 1024 * 1024
            break
    assert await spent(bureau, meter) == (1024 * 1024, 0)
    assert (await refused(bureau, bureau.ask())).code == "bytes.exhausted"
    assert await taken(bureau, bureau.ask(range=f"bytes={1024 * 1024}-")) == 2 * 1024 * 1024
    assert await spent(bureau, meter) == (size, 0)


async def test_what_one_participant_uses_counts_under_all_its_agreements(bureau_of: Make) -> None:
    rules = (limit("count", "2"), per("participant"))
    bureau = await bureau_of(*rules, size=SIZE)
    policy = odrl.read(
        {"permission": [{"action": "use", "constraint": list(rules)}]}, kind=PolicyKind.AGREEMENT
    )
    second = await lifecycle.take_over(
        bureau.node.parts,
        "bureau",
        wire_id="urn:example:second",
        peer=PEER,
        dataset="air",
        role="provider",
        policy=msgspec.structs.replace(policy, target="air", assignee=PEER),
    )
    other = msgspec.structs.replace(bureau, agreement=second)
    assert await taken(bureau, bureau.ask()) == SIZE
    assert await taken(other, await another(other)) == SIZE
    assert (await refused(bureau, await another(bureau))).code == "count.exhausted"
    assert (await refused(other, await another(other))).code == "count.exhausted"


async def test_uses_of_a_month_begin_anew_with_the_next(bureau_of: Make) -> None:
    bureau = await bureau_of(limit("count", "1", unit="month"), size=SIZE)
    assert await taken(bureau, bureau.ask()) == SIZE
    error = await refused(bureau, await another(bureau))
    assert (error.code, "2025-01-01" in error.help_en, "2025-01-01" in error.help_zh) == (
        "count.exhausted",
        True,
        True,
    )
    bureau.clock.at += timedelta(days=8)
    assert await taken(bureau, await another(bureau)) == SIZE


async def test_the_time_since_the_first_use_ends_uses_and_a_running_one(bureau_of: Make) -> None:
    bureau = await bureau_of(limit("elapsedTime", "PT1H"), life=timedelta(days=1))
    bureau.clock.at += timedelta(hours=5)
    async with use(bureau.node.parts, bureau.ask()) as held:
        chunks = held.chunks()
        assert await anext(chunks)
        bureau.clock.at += timedelta(minutes=60)
        with pytest.raises(RefusedError) as ended:
            await anext(chunks)
    assert ended.value.code == "use.time-over"
    bureau.clock.at += timedelta(seconds=1)
    assert (await refused(bureau, bureau.ask())).code == "time.exhausted"
    bureau.clock.at -= timedelta(hours=2)
    assert (await refused(bureau, bureau.ask())).code == "fact.missing", (
        "before the first use nothing is known"
    )


async def test_uses_are_apart_and_a_use_that_goes_on_is_none_of_its_own(bureau_of: Make) -> None:
    bureau = await bureau_of(limit("timeInterval", "PT1H", "gteq"), size=SIZE, life=timedelta(days=1))
    assert await taken(bureau, bureau.ask(range="bytes=0-499")) == 500
    assert await taken(bureau, bureau.ask(range="bytes=500-999")) == 500
    error = await refused(bureau, bureau.ask())
    assert (error.code, error.facts["last"]) == ("time.too-soon", "2024-12-24T12:00:00.000Z")
    assert (await refused(bureau, await another(bureau))).code == "time.too-soon"
    bureau.clock.at += timedelta(hours=1)
    assert await taken(bureau, bureau.ask()) == SIZE


async def test_a_delay_runs_from_the_agreement(bureau_of: Make) -> None:
    bureau = await bureau_of(limit("delayPeriod", "P2D", "gteq"), size=SIZE)
    concluded = bureau.agreement.concluded
    assert concluded <= bureau.clock.at
    assert (await refused(bureau, bureau.ask())).code == "time.too-soon"
    bureau.clock.at += timedelta(days=2, seconds=1)  # at the very moment the answer is about to change
    assert await taken(bureau, await another(bureau)) == SIZE


async def test_rows_of_a_source_that_counts_none_stay_unknown(bureau_of: Make) -> None:
    bureau = await bureau_of(limit("rows", "10"), size=SIZE)
    assert (await refused(bureau, bureau.ask())).code == "fact.missing"


async def test_what_is_known_of_the_dataset_is_a_fact(bureau_of: Make) -> None:
    bureau = await bureau_of(
        limit("product", "air", "eq"),
        limit("fileFormat", "application/octet-stream", "eq"),
        limit("deliveryMethod", "01", "eq"),
        limit("deliveryChannel", "HttpData-PULL", "eq"),
        size=SIZE,
    )
    assert await taken(bureau, bureau.ask()) == SIZE
    silent = await bureau_of_other(bureau, limit("language", "zh", "eq"))
    assert (await refused(silent, await another(silent))).code == "fact.missing"


async def bureau_of_other(bureau: Bureau, *rules: dict[str, Any]) -> Bureau:
    """The same node with one more agreement."""
    policy = odrl.read(
        {"permission": [{"action": "use", "constraint": list(rules)}]}, kind=PolicyKind.AGREEMENT
    )
    record = await lifecycle.take_over(
        bureau.node.parts,
        "bureau",
        wire_id="urn:example:other",
        peer=PEER,
        dataset="air",
        role="provider",
        policy=msgspec.structs.replace(policy, target="air", assignee=PEER),
    )
    return msgspec.structs.replace(bureau, agreement=record)


def bytes_up_to(most: int, whose: CounterOwner = CounterOwner.AGREEMENT) -> Reserve:
    chosen = Selection(window=Window.DAY, whose=whose)
    return Reserve(meter=Meter(rule="permission[0]", measure=Measure.BYTES, selection=chosen), limit=most)


async def test_a_stream_of_unknown_length_is_trimmed_at_the_limit(bureau_of: Make) -> None:
    bureau = await bureau_of(size=SIZE)
    store, clock = bureau.node.parts.store, bureau.clock
    taker = Taker(agreement=bureau.agreement, expires=clock.at + timedelta(hours=1))
    tight, wide = bytes_up_to(2_500_000), bytes_up_to(9_000_000, CounterOwner.PARTICIPANT)
    blocks = Blocks(clock, taker, (wide, tight), Measure.BYTES)
    assert [await blocks.take(store, 1_000_000) for _ in range(4)] == [1_000_000, 1_000_000, 500_000, 0]
    assert blocks.over is not None
    assert (blocks.over.code, blocks.over.facts["limit"]) == ("bytes.exhausted", "2500000")
    async with store.step("bureau") as step:
        await blocks.settle(step.quotas, 2_400_000)
    for each in (tight, wide):
        assert await spent(bureau, each.meter) == (2_400_000, 0)


async def test_streams_side_by_side_never_take_more_than_there_is(bureau_of: Make) -> None:
    bureau = await bureau_of(size=SIZE)
    store, clock = bureau.node.parts.store, bureau.clock
    taker = Taker(agreement=bureau.agreement, expires=clock.at + timedelta(hours=1))
    total = bytes_up_to(20_000_001)

    async def stream() -> int:
        blocks, got = Blocks(clock, taker, (total,), Measure.BYTES), 0
        while granted := await blocks.take(store, 300_000):
            got += granted
        async with store.step("bureau") as step:
            await blocks.settle(step.quotas, got)
        return got

    assert sum(await asyncio.gather(*(stream() for _ in range(16)))) == 20_000_001
    assert await spent(bureau, total.meter) == (20_000_001, 0)


async def test_windows_that_ended_long_ago_are_forgotten(bureau_of: Make) -> None:
    bureau = await bureau_of(limit("count", "9"), per("day"), size=SIZE, life=timedelta(days=400))
    meter = Meter(rule="permission[0]", measure=Measure.COUNT, selection=Selection(window=Window.DAY))
    first = bureau.clock.at
    for days in (0, 1, 31, 32):
        bureau.clock.at = first + timedelta(days=days)
        assert await taken(bureau, await another(bureau)) == SIZE
    known = []
    for days in (0, 1, 31, 32):
        async with bureau.node.parts.store.view("bureau") as view:
            at = first + timedelta(days=days)
            known.append((await view.quotas.used(counter_name(bureau.agreement, meter, at)))[0])
    assert known == [0, 1, 1, 1]
