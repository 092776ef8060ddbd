"""A use that lasts is asked about again: what ends it, and what has become of its cause without ending it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from tests.services.usage.conftest import Bureau, Make

from xinfu.errors import RefusedError, StoreError, XinfuError
from xinfu.services.memory.running import Run
from xinfu.services.parts import Parts
from xinfu.services.usage.rechecks import recheck, still_allowed
from xinfu.services.usage.use import use


class Asked:
    """What a test lets the questions be answered with, and how often they were asked."""

    def __init__(self, error: XinfuError | None) -> None:
        self._error = error
        self._times = 0
        self._news = asyncio.Event()

    async def __call__(self) -> None:
        self._times += 1
        self._news.set()
        if self._error is not None:
            raise self._error

    async def at_least(self, times: int) -> None:
        async with asyncio.timeout(20):
            while self._times < times:
                self._news.clear()
                await self._news.wait()


def often(bureau: Bureau) -> Parts:
    """The node's parts, by which a use is asked about again and again."""
    return replace(bureau.node.parts, recheck=timedelta(milliseconds=5))


def refused(code: str) -> RefusedError:
    return RefusedError(code, "No.", "否。")


@pytest.mark.parametrize("code", ["count.exhausted", "bytes.exhausted", "payment.exhausted", "time.too-soon"])
async def test_a_use_that_was_paid_outlives_what_was_left_when_it_began(bureau_of: Make, code: str) -> None:
    bureau = await bureau_of()
    run, asked = Run("bureau", "t"), Asked(refused(code))
    with recheck(often(bureau), run, asked):
        await asked.at_least(3)
    assert run.reason is None


@pytest.mark.parametrize(
    "code", ["purpose.not-included", "agreement.terminated", "time.after", "transform.changed"]
)
async def test_any_other_no_ends_it_with_its_reason(bureau_of: Make, code: str) -> None:
    bureau = await bureau_of()
    run = Run("bureau", "t")
    with recheck(often(bureau), run, Asked(refused(code))):
        await asyncio.wait_for(run.stopped.wait(), 20)
    assert run.reason is not None
    assert run.reason.code == code


async def test_that_nobody_can_tell_ends_it_as_well(bureau_of: Make) -> None:
    bureau = await bureau_of()
    run = Run("bureau", "t")
    with recheck(often(bureau), run, Asked(StoreError("store.away", "Away.", "不可用。"))):
        await asyncio.wait_for(run.stopped.wait(), 20)
    assert run.reason is not None
    assert run.reason.code == "use.unsure"


async def test_a_use_that_has_ended_is_asked_about_no_more(bureau_of: Make) -> None:
    bureau = await bureau_of()
    run, asked = Run("bureau", "t"), Asked(None)
    with recheck(often(bureau), run, asked):
        await asked.at_least(1)
    asked._news.clear()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asked._news.wait(), 0.1)


async def test_the_last_bytes_under_a_limit_arrive_though_nothing_is_left_for_others(bureau_of: Make) -> None:
    size = 3_000_000
    limit = {"leftOperand": "bytes", "operator": "lteq", "rightOperand": str(size)}
    bureau = await bureau_of(limit, size=size)
    parts = often(bureau)
    async with use(parts, bureau.ask()) as held:
        got = b""
        async for chunk in held.chunks():
            got += chunk
            await _looked(parts, bureau, times=2)
    assert got == bureau.data


async def _looked(parts: Parts, bureau: Bureau, *, times: int) -> None:
    """Wait until another use, which is asked about as often, has been asked about so many times."""
    run = Run("bureau", bureau.transfer)
    seen = Asked(None)
    asking = partial(still_allowed, parts, bureau.ask())
    with recheck(parts, run, asking), recheck(parts, Run("bureau", "t"), seen):
        await seen.at_least(times)
    assert run.reason is None
