"""Reads under a key: a repeat is no second use, whoever asks at the same moment and whatever dies."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.services.usage.conftest import Bureau, Make, start_transfer

from xinfu.errors import CapacityError, ConflictError, RefusedError, XinfuError
from xinfu.node.build import build
from xinfu.node.config import load
from xinfu.odrl import Measure, Meter
from xinfu.odrl.model.meters import Selection
from xinfu.odrl.values.windows import Window
from xinfu.ports.records import ASSETS, KEYED_READS
from xinfu.services.offering.assets import AssetForm, save_asset
from xinfu.services.usage import read_keys
from xinfu.services.usage.grant_lookup import ReadRequest
from xinfu.services.usage.manifests import manifest_of
from xinfu.services.usage.meters import counter_name
from xinfu.services.usage.use import use

SIZE = 1000
USES = Meter(rule="permission[0]", measure=Measure.COUNT)
MONTHLY = Meter(rule="permission[0]", measure=Measure.COUNT, selection=Selection(window=Window.MONTH))


def limit(left: str, right: str, **more: str) -> dict[str, Any]:
    return {"leftOperand": left, "operator": "lteq", "rightOperand": right, **more}


async def taken(bureau: Bureau, ask: ReadRequest) -> bytes:
    async with use(bureau.node.parts, ask) as held:
        return b"".join([chunk async for chunk in held.chunks()])


async def outcome(bureau: Bureau, ask: ReadRequest) -> str:
    """The code of its refusal; "" where all of it came."""
    try:
        await taken(bureau, ask)
    except XinfuError as error:
        return error.code
    return ""


async def spent(bureau: Bureau, meter: Meter = USES) -> tuple[int, int]:
    async with bureau.node.parts.store.view("bureau") as view:
        return await view.quotas.used(counter_name(bureau.agreement, meter, bureau.clock.at))


async def test_a_repeat_under_the_same_key_gives_the_same_bytes_and_takes_no_use(bureau_of: Make) -> None:
    bureau = await bureau_of(limit("count", "2"), size=SIZE)
    ask = bureau.ask(key="r-1")
    assert [await taken(bureau, ask) for _ in range(3)] == [bureau.data] * 3
    assert await spent(bureau) == (1, 0)
    assert await taken(bureau, bureau.ask(key="r-2")) == bureau.data
    assert await outcome(bureau, bureau.ask(key="r-3")) == "count.exhausted"
    assert await taken(bureau, ask) == bureau.data, "what was read can be repeated when all uses are spent"
    assert (await manifest_of(bureau.node.parts, ask)).size_bytes == SIZE
    assert await spent(bureau) == (2, 0)


async def test_evidence_says_which_read_was_a_repeat_and_never_its_key(bureau_of: Make) -> None:
    bureau = await bureau_of(size=SIZE)
    for key in ("secret-id", "secret-id", "another"):
        await taken(bureau, bureau.ask(key=key))
    entries = await bureau.entries("use")
    assert [each["repeats"] for each in entries] == [False, True, False]
    assert entries[0]["request"] == entries[1]["request"] != entries[2]["request"]
    assert "secret-id" not in str(entries)


async def test_a_keyed_read_and_the_account_of_a_transfer_do_not_mix(bureau_of: Make) -> None:
    bureau = await bureau_of(limit("count", "3"), size=SIZE)
    await taken(bureau, bureau.ask())
    await taken(bureau, bureau.ask(key="a", range="bytes=0-99"))
    await taken(bureau, bureau.ask())
    assert await spent(bureau) == (3, 0)
    assert await taken(bureau, bureau.ask(key="a", range="bytes=10-99")) == bureau.data[10:100]
    assert await spent(bureau) == (3, 0)


@pytest.mark.parametrize(
    ("first", "then", "code"),
    [
        ("bytes=0-99", "bytes=0-100", "read.key-reused"),
        ("bytes=10-99", "bytes=9-99", "read.key-reused"),
        ("bytes=0-99", None, "read.key-reused"),
        ("bytes=0-99", "bytes=50-99", ""),
        (None, "bytes=0-99", ""),
        (None, "bytes=500-", ""),
    ],
)
async def test_a_key_stands_for_the_bytes_that_were_first_asked_for(
    bureau_of: Make, first: str | None, then: str | None, code: str
) -> None:
    bureau = await bureau_of(limit("count", "1"), size=SIZE)
    await taken(bureau, bureau.ask(key="k", range=first))
    assert await outcome(bureau, bureau.ask(key="k", range=then)) == code
    assert await spent(bureau) == (1, 0)


async def test_what_was_published_anew_is_not_read_under_the_old_key(bureau_of: Make, tmp_path: Path) -> None:
    bureau = await bureau_of(limit("count", "2"), size=SIZE)
    await taken(bureau, bureau.ask(key="k"))
    async with bureau.node.parts.store.view("bureau") as view:
        asset = await view.of(ASSETS).get("air")
    assert asset is not None
    (tmp_path / "air.csv").write_bytes(b"anew")
    await save_asset(bureau.node.parts, "bureau", AssetForm(id="air", source=asset.source), new=False)
    assert await outcome(bureau, bureau.ask(key="k")) == "read.key-over"
    assert await outcome(bureau, bureau.ask(key="l")) == ""
    assert await spent(bureau) == (2, 0)


async def test_bytes_count_each_time_that_they_leave(bureau_of: Make) -> None:
    bureau = await bureau_of(limit("bytes", str(2 * SIZE)), limit("count", "1"), size=SIZE)
    ask = bureau.ask(key="k")
    assert [await outcome(bureau, ask) for _ in range(3)] == ["", "", "bytes.exhausted"]


async def test_a_read_of_which_nothing_left_gives_use_and_key_back(bureau_of: Make) -> None:
    bureau = await bureau_of(limit("count", "1"), size=SIZE)
    async with use(bureau.node.parts, bureau.ask(key="k")):
        assert await spent(bureau) == (0, 1)
    assert await spent(bureau) == (0, 0)
    assert await outcome(bureau, bureau.ask(key="k", range="bytes=0-9")) == "", "the key is free again"
    assert await spent(bureau) == (1, 0)


async def test_a_use_is_not_given_back_while_a_repeat_goes_on(bureau_of: Make) -> None:
    bureau = await bureau_of(limit("count", "1"), size=SIZE)
    async with (
        use(bureau.node.parts, bureau.ask(key="k")),
        use(bureau.node.parts, bureau.ask(key="k")) as two,
    ):
        pass_on = [chunk async for chunk in two.chunks()]
    assert b"".join(pass_on) == bureau.data
    assert await spent(bureau) == (1, 0)


async def test_64_callers_at_once_take_one_use_a_key_and_never_one_too_many(bureau_of: Make) -> None:
    bureau = await bureau_of(limit("count", "20"), size=SIZE)
    same = await asyncio.gather(*(outcome(bureau, bureau.ask(key="one")) for _ in range(64)))
    assert same == [""] * 64
    assert await spent(bureau) == (1, 0)
    others = await asyncio.gather(*(outcome(bureau, bureau.ask(key=f"k-{n}")) for n in range(64)))
    assert sorted(others) == [""] * 19 + ["count.exhausted"] * 45
    again = await asyncio.gather(*(outcome(bureau, bureau.ask(key=f"k-{n}")) for n in range(64)))
    assert again == others
    assert await spent(bureau) == (20, 0)


async def test_a_key_holds_under_all_transfers_of_its_agreement(bureau_of: Make) -> None:
    bureau = await bureau_of(limit("count", "1"), size=SIZE)
    await taken(bureau, bureau.ask(key="k"))
    transfer, token = await start_transfer(
        bureau.node, bureau.clock, bureau.agreement, None, {}, timedelta(hours=1)
    )
    assert await outcome(bureau, bureau.ask(transfer=transfer, token=token, key="k")) == ""
    assert await outcome(bureau, bureau.ask(transfer=transfer, token=token)) == "count.exhausted"


async def test_a_key_lives_as_long_as_the_window_in_which_its_use_counts(
    bureau_of: Make,
) -> None:
    bureau = await bureau_of(
        limit("count", "9", unit="month"), limit("count", "2", unit="day"), size=SIZE, life=timedelta(days=90)
    )
    for key in ("a", "b", "a"):
        await taken(bureau, bureau.ask(key=key))
    bureau.clock.at = datetime(2024, 12, 31, 23, 59, tzinfo=UTC)
    await taken(bureau, bureau.ask(key="a"))
    assert await spent(bureau, MONTHLY) == (2, 0)
    bureau.clock.at = datetime(2025, 1, 1, 0, 0, tzinfo=UTC)
    await taken(bureau, bureau.ask(key="a"))
    assert await spent(bureau, MONTHLY) == (1, 0)
    async with bureau.node.parts.store.view("bureau") as view:
        kept = await view.of(KEYED_READS).find()
    assert len(kept) == 1, "the keys of December are gone"


async def test_keys_are_bounded(bureau_of: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_keys, "MOST", 3)
    bureau = await bureau_of(limit("count", "9"), size=SIZE)
    for key in ("a", "b", "c", "a"):
        await taken(bureau, bureau.ask(key=key))
    with pytest.raises(CapacityError) as full:
        await taken(bureau, bureau.ask(key="d"))
    assert full.value.code == "read.keys-full"
    assert await spent(bureau) == (3, 0)
    assert await outcome(bureau, bureau.ask()) == ""


async def test_a_refusal_under_a_key_is_evidence(bureau_of: Make) -> None:
    bureau = await bureau_of(size=SIZE)
    await taken(bureau, bureau.ask(key="k", range="bytes=0-9"))
    with pytest.raises(ConflictError):
        await taken(bureau, bureau.ask(key="k"))
    assert [each["code"] for each in await bureau.entries("refusal")] == ["read.key-reused"]


async def test_two_uses_have_to_be_apart_and_a_repeat_is_none(bureau_of: Make) -> None:
    apart = {"leftOperand": "timeInterval", "operator": "gteq", "rightOperand": "PT1H"}
    bureau = await bureau_of(apart, size=SIZE)
    await taken(bureau, bureau.ask(key="a"))
    assert await outcome(bureau, bureau.ask(key="a")) == ""
    with pytest.raises(RefusedError) as early:
        await taken(bureau, bureau.ask(key="b"))
    assert early.value.code == "time.too-soon"


async def test_a_key_is_remembered_by_the_next_process(bureau_of: Make, tmp_path: Path) -> None:
    bureau = await bureau_of(limit("count", "1"), size=SIZE)
    held = use(bureau.node.parts, bureau.ask(key="k"))
    opened = await held.__aenter__()
    assert await anext(opened.chunks())
    again = await build(load(tmp_path / "node.toml", {}), clock=bureau.clock)  # the first one never settles
    try:
        after = msgspec.structs.replace(bureau, node=again)
        assert await outcome(after, bureau.ask(key="k")) == ""
        assert await outcome(after, bureau.ask(key="l")) == "count.exhausted"
        assert await spent(after) == (0, 1)
    finally:
        await again.close()
        await held.__aexit__(None, None, None)
    assert await spent(bureau) == (1, 0)
