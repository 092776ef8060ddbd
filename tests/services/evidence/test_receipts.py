"""Receipts of what has just happened: the node waits for its own log instead of sending the caller away."""

import asyncio

import pytest
from tests.nodes import World

from xinfu.services.evidence import receipts
from xinfu.services.evidence.notes import record_state

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _recorded(world: World, process: str, number: int = 1) -> None:
    parts = world.provider.node.parts
    async with parts.store.step("provider") as step:
        for _ in range(number):
            await record_state(
                step,
                parts.clock,
                "transfer",
                process=process,
                before="STARTED",
                after="SUSPENDED",
                by="us",
                peer=world.consumer.did,
            )


async def test_the_receipt_of_an_entry_is_there_right_after_the_commit(world: World) -> None:
    parts = world.provider.node.parts
    process = parts.clock.new_id()
    for number in range(1, 6):
        await _recorded(world, process)
        found = await receipts.receipts_of_process(parts, "provider", process)
        assert len(found) == number


async def test_many_who_ask_at_once_are_all_answered(world: World) -> None:
    parts = world.provider.node.parts
    process = parts.clock.new_id()
    await _recorded(world, process, 3)
    found = await asyncio.gather(
        *(receipts.receipts_of_process(parts, "provider", process) for _ in range(8))
    )
    assert [len(each) for each in found] == [3] * 8
