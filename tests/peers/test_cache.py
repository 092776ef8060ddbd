"""Answers are asked for once, kept for their life, and one caller's end is not the others'."""

import asyncio

import pytest

from xinfu.errors import PeerError
from xinfu.peers.cache import TimedCache

GONE = PeerError("peer.unreachable", "gone", "gone")


class Source:
    """Counts how often it is asked; answers when told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked = 0
        self.ready = asyncio.Event()
        self._error = error

    async def __call__(self) -> int:
        self.asked += 1
        mine = self.asked
        await self.ready.wait()
        if self._error is not None:
            raise self._error
        return mine


async def test_many_who_wait_ask_once() -> None:
    kept: TimedCache[str, int] = TimedCache(life_s=60)
    source = Source()
    waiting = [asyncio.ensure_future(kept.get("a", source)) for _ in range(5)]
    await asyncio.sleep(0)
    source.ready.set()
    assert await asyncio.gather(*waiting) == [1] * 5


async def test_an_answer_is_asked_for_anew_after_its_life() -> None:
    kept: TimedCache[str, int] = TimedCache(life_s=0)
    source = Source()
    source.ready.set()
    assert [await kept.get("a", source), await kept.get("a", source)] == [1, 2]


async def test_an_error_of_the_peer_is_kept_for_its_own_life() -> None:
    for life, asked in ((60.0, 1), (0.0, 2)):
        kept: TimedCache[str, int] = TimedCache(life_s=60, failure_life_s=life)
        source = Source(GONE)
        source.ready.set()
        for _ in range(2):
            with pytest.raises(PeerError):
                await kept.get("a", source)
        assert source.asked == asked


async def test_an_error_of_our_own_is_never_kept() -> None:
    kept: TimedCache[str, int] = TimedCache(life_s=60)
    source = Source(KeyError("bug"))
    source.ready.set()
    for _ in range(2):
        with pytest.raises(KeyError):
            await kept.get("a", source)
    assert source.asked == 2


async def test_a_caller_that_is_cancelled_leaves_the_answer_to_the_others() -> None:
    kept: TimedCache[str, int] = TimedCache(life_s=60)
    source = Source()
    first, second = (asyncio.ensure_future(kept.get("a", source)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    source.ready.set()
    assert await second == 1


async def test_what_was_learned_elsewhere_is_not_asked_for() -> None:
    kept: TimedCache[str, int] = TimedCache(life_s=60)
    source = Source()
    kept.put("a", 7)
    assert await kept.get("a", source) == 7
    assert source.asked == 0


async def test_the_oldest_go_when_there_are_too_many() -> None:
    kept: TimedCache[int, int] = TimedCache(life_s=60, most=2)
    source = Source()
    source.ready.set()
    for key in (1, 2, 3):
        await kept.get(key, source)
    await kept.get(3, source)
    assert source.asked == 3
    await kept.get(1, source)
    assert source.asked == 4
