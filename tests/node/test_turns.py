"""Turns of streams: one in each round of the loop, first come, first served, and nobody is waited for who is gone."""

import asyncio
from collections import Counter

from xinfu.node.turns import Turns


async def test_one_goes_on_in_each_round_and_others_of_the_loop_are_not_held_up() -> None:
    turns, went, rounds = Turns(), Counter[int](), 0

    async def stream(number: int) -> None:
        while True:
            await turns.wait()
            went[number] += 1

    streams = [asyncio.create_task(stream(number)) for number in range(64)]
    while rounds < 640:
        await asyncio.sleep(0)
        rounds += 1
    for each in streams:
        each.cancel()
    assert 600 <= went.total() <= rounds
    assert max(went.values()) - min(went.values()) <= 1


async def test_who_was_cancelled_is_passed_over() -> None:
    turns = Turns()
    waiting = [asyncio.create_task(turns.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    waiting[1].cancel()
    async with asyncio.timeout(30):
        await waiting[2]
        await turns.wait()


async def test_a_single_stream_waits_for_a_round_and_no_longer() -> None:
    turns = Turns()
    async with asyncio.timeout(30):
        for _ in range(1000):
            await turns.wait()
