"""Reads that come again and again: many under one use, each checked, counted and recorded for itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.services.usage.conftest import Bureau, Make
from tests.services.usage.test_hostile_use import folder_of

from xinfu.errors import IntegrityError, RefusedError, StoreError, XinfuError
from xinfu.odrl import Measure, Meter
from xinfu.ports.records import GRANTS, AgreementState
from xinfu.ports.store import Step
from xinfu.services.agreements import lifecycle
from xinfu.services.parts import Parts
from xinfu.services.usage.grant_lookup import ReadRequest
from xinfu.services.usage.meters import counter_name
from xinfu.services.usage.opening import open_use, settle_use, source_of
from xinfu.services.usage.quota import settle_lost
from xinfu.services.usage.series import Series, WholeRead
from xinfu.services.usage.uses import SPARE, TIMES, Uses

SIZE = 1000
USES = Meter(rule="permission[0]", measure=Measure.COUNT)
UNTIL = {"leftOperand": "dateTime", "operator": "lteq", "rightOperand": "2024-12-25T00:00:00Z"}


def times(count: int) -> dict[str, Any]:
    return {"leftOperand": "count", "operator": "lteq", "rightOperand": str(count)}


async def taken(bureau: Bureau, ask: ReadRequest | None = None) -> bytes:
    """The bytes of one read, as the data listener asks for it."""
    async with bureau.node.uses.open(ask or bureau.ask()) as held:
        if isinstance(held, WholeRead):
            return held.data
        return b"".join([chunk async for chunk in held.chunks()])


async def under_a_series(bureau: Bureau, **given: Any) -> None:
    """Read twice: the second read begins a series."""
    ask = bureau.ask(**given)
    await taken(bureau, ask)
    async with bureau.node.uses.open(ask) as held:
        assert isinstance(held, WholeRead)


async def used(bureau: Bureau) -> tuple[int, int]:
    """What the policy's counter says: used, and held."""
    async with bureau.node.parts.store.view("bureau") as view:
        return await view.quotas.used(counter_name(bureau.agreement, USES, bureau.clock.at))


async def test_each_read_of_a_series_gives_the_bytes_and_has_an_entry(bureau_of: Make) -> None:
    bureau = await bureau_of(size=SIZE)
    for _ in range(200):
        assert await taken(bureau) == bureau.data
    await bureau.node.uses.close()
    entries = await bureau.entries("use")
    assert len(entries) == 200
    assert {(each["bytes"], each["outcome"], *each["ranges"]) for each in entries} == {
        (SIZE, "completed", f"0-{SIZE}")
    }


async def test_the_log_says_how_many_reads_may_follow_before_the_first_of_them(bureau_of: Make) -> None:
    bureau = await bureau_of(size=SIZE)
    await under_a_series(bureau)
    first, second = await bureau.entries("use.begun")
    assert "times" not in first
    assert second["times"] == TIMES


async def test_a_single_read_begins_no_series(bureau_of: Make) -> None:
    bureau = await bureau_of(size=SIZE)
    await taken(bureau)
    await taken(bureau, bureau.ask(range="bytes=0-9"))
    assert [each.get("times") for each in await bureau.entries("use.begun")] == [None, None]
    assert len(await bureau.entries("use")) == 2


async def test_a_large_read_never_comes_under_a_series(bureau_of: Make) -> None:
    bureau = await bureau_of(size=65 * 1024)
    for _ in range(3):
        assert await taken(bureau) == bureau.data
    assert [each.get("times") for each in await bureau.entries("use.begun")] == [None] * 3


async def test_reads_of_a_series_are_counted_one_by_one_and_the_rest_is_given_back(bureau_of: Make) -> None:
    bureau = await bureau_of(times(10_000), size=SIZE)
    for _ in range(100):
        await taken(bureau)
    await bureau.node.uses.close()
    assert await used(bureau) == (100, 0)
    async with bureau.node.parts.store.view("bureau") as view:
        [grant] = await view.of(GRANTS).find(GRANTS.transfer.equals(bureau.transfer), limit=10)
    assert (grant.uses, grant.delivered[""]) == (100, 100 * SIZE)


async def test_parallel_readers_get_exactly_what_was_granted(bureau_of: Make) -> None:
    limit = SPARE + 2 * TIMES
    bureau = await bureau_of(times(limit), size=10)
    done = 0

    async def reader() -> None:
        nonlocal done
        with suppress(RefusedError):
            while True:
                assert await taken(bureau) == bureau.data
                done += 1

    await asyncio.gather(*(reader() for _ in range(16)))
    await bureau.node.uses.close()
    assert done == limit
    assert await used(bureau) == (limit, 0)
    assert any("times" in each for each in await bureau.entries("use.begun"))


async def test_near_its_limit_a_rule_is_counted_use_by_use(bureau_of: Make) -> None:
    bureau = await bureau_of(times(3), size=SIZE)
    for _ in range(3):
        assert await taken(bureau) == bureau.data
    with pytest.raises(RefusedError) as refused:
        await taken(bureau)
    assert refused.value.code == "count.exhausted"
    assert not any("times" in each for each in await bureau.entries("use.begun"))


async def test_another_file_read_meanwhile_keeps_its_use(bureau_of: Make, tmp_path: Path) -> None:
    bureau = await bureau_of(times(10_000), size=SIZE)
    await folder_of(bureau, tmp_path / "days", {"a.csv": b"a" * 10, "b.csv": b"b" * 10})
    await under_a_series(bureau, path="a.csv")
    for _ in range(5):
        assert await taken(bureau, bureau.ask(path="b.csv")) == b"b" * 10
    await bureau.node.uses.close()
    assert await used(bureau) == (
        5,
        0,
    )  # five whole readings of the folder, of which the first read a.csv twice


async def test_the_end_of_the_agreement_ends_a_series_at_once(bureau_of: Make) -> None:
    bureau = await bureau_of(size=SIZE)
    await under_a_series(bureau)
    await lifecycle.change(
        bureau.node.parts, "bureau", bureau.agreement.id, AgreementState.TERMINATED, by="us"
    )
    with pytest.raises(RefusedError) as refused:
        await taken(bureau)
    assert refused.value.code == "agreement.terminated"


@pytest.mark.parametrize("hours", [1, 13], ids=["of the token", "of the policy"])
async def test_no_read_of_a_series_is_given_after_the_end_of_its_time(bureau_of: Make, hours: int) -> None:
    bureau = await bureau_of(UNTIL, size=SIZE, life=timedelta(hours=hours))
    await under_a_series(bureau)
    bureau.clock.at += timedelta(hours=min(hours, 12), seconds=1)
    with pytest.raises(RefusedError):
        await taken(bureau)


async def test_a_file_that_changed_is_not_given_any_more(bureau_of: Make, tmp_path: Path) -> None:
    bureau = await bureau_of(size=SIZE)
    await under_a_series(bureau)
    (tmp_path / "air.csv").write_bytes(b"changed")
    with pytest.raises(IntegrityError):
        await taken(bureau)


async def test_a_read_that_broke_off_is_recorded_as_cut(bureau_of: Make) -> None:
    bureau = await bureau_of(size=SIZE)
    await under_a_series(bureau)
    with pytest.raises(ConnectionError):
        async with bureau.node.uses.open(bureau.ask()):
            raise ConnectionError
    await bureau.node.uses.close()
    assert [each["outcome"] for each in await bureau.entries("use")] == ["completed", "completed", "cut"]


async def test_what_a_crash_left_of_a_series_counts_in_full(bureau_of: Make) -> None:
    bureau = await bureau_of(times(10_000), size=SIZE)
    await under_a_series(bureau)
    assert await used(bureau) == (1, TIMES)
    bureau.clock.at += timedelta(hours=2)
    await settle_lost(bureau.node.parts)  # as the next start does
    assert await used(bureau) == (1 + TIMES, 0)


class Failing:
    """The store of a node, which takes no step while `fails`."""

    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self.fails = False
        self.failed = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @asynccontextmanager
    async def step(self, context: str, *, lazy: bool = False) -> AsyncIterator[Step]:
        if self.fails:
            self.failed.set()
            raise StoreError("store.broken", "It fails.", "出错。")
        async with self._store.step(context, lazy=lazy) as step:
            yield step


async def test_what_the_store_did_not_take_is_recorded_when_the_series_is_settled(bureau_of: Make) -> None:
    bureau = await bureau_of(size=SIZE)
    store = Failing(bureau.node.parts)
    uses = Uses(replace(bureau.node.parts, store=store))
    for _ in range(2):
        async with uses.open(bureau.ask()) as held:
            assert isinstance(held, WholeRead) or [each async for each in held.chunks()]
    store.fails = True
    async with uses.open(bureau.ask()) as held:
        assert isinstance(held, WholeRead)
    await asyncio.wait_for(store.failed.wait(), 20)
    store.fails = False
    await uses.close()
    assert len(await bureau.entries("use")) == 3


async def test_readers_beside_each_other_share_the_series_that_one_of_them_begins(bureau_of: Make) -> None:
    bureau = await bureau_of(size=SIZE)
    await taken(bureau)
    assert set(await asyncio.gather(*(taken(bureau) for _ in range(20)))) == {bureau.data}
    assert [each.get("times") for each in await bureau.entries("use.begun")] == [None, TIMES]


async def test_a_refused_series_leaves_the_ordinary_refusal(bureau_of: Make) -> None:
    bureau = await bureau_of(size=SIZE)
    await taken(bureau)
    await lifecycle.change(
        bureau.node.parts, "bureau", bureau.agreement.id, AgreementState.SUSPENDED, by="us"
    )
    with pytest.raises(XinfuError):
        await taken(bureau)
    assert len(await bureau.entries("refusal")) == 1


async def test_reads_are_recorded_while_their_series_goes_on(bureau_of: Make) -> None:
    bureau = await bureau_of(size=SIZE)
    parts = bureau.node.parts
    with parts.running.follow("bureau", bureau.transfer) as run:
        opening = await open_use(parts, bureau.ask(), run, times=TIMES)
        async with await source_of(parts, opening) as opened:
            series = Series(parts, opening, opened, run)
            recording = asyncio.create_task(series.recorded())
            for number in range(1, 4):
                async with series.read() as whole:
                    assert whole is not None
                async with asyncio.timeout(20):
                    while len(await bureau.entries("use")) < number:
                        await asyncio.sleep(0.01)
                assert not recording.done(), "the series goes on"
            series.end()
            await recording
        await settle_use(parts, opening, series.unrecorded, delivered=series.delivered, cut=0)
    assert [each["bytes"] for each in await bureau.entries("use")] == [SIZE] * 3


async def test_a_read_of_a_series_whose_reader_is_gone_counts_nothing(bureau_of: Make) -> None:
    bureau = await bureau_of(times(10_000), size=SIZE)
    await taken(bureau)
    async with bureau.node.uses.open(bureau.ask()) as held:
        assert isinstance(held, WholeRead)
        held.withhold()
    await bureau.node.uses.close()
    assert await used(bureau) == (1, 0)
    assert [each["bytes"] for each in await bureau.entries("use")] == [SIZE, 0]
