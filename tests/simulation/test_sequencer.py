"""A store that fails the sequencer is told of once, and so is that it works again."""

import asyncio

import pytest
from tests.simulation import people
from tests.simulation.stage import staged
from tests.simulation.template import CONSUMER, PROVIDER
from tests.simulation.world import World

from xinfu.ports.records import NEGOTIATIONS
from xinfu.services.processes import steps
from xinfu.services.processes.negotiation import NEGOTIATION


def test_a_disk_that_is_full_for_a_minute_makes_two_lines(caplog: pytest.LogCaptureFixture) -> None:
    async def story(world: World) -> None:
        world.network.cut.add(PROVIDER)
        party = world.parties[CONSUMER]
        await people.open_negotiation(party, "request")
        async with party.parts.store.step(CONSUMER) as step:
            record = (await step.of(NEGOTIATIONS).find(limit=1))[0]
            await steps.give_up(step, party.parts, NEGOTIATION, record, code="x", reason="x")
        party.store.full = True
        await asyncio.sleep(60)
        party.store.full = False
        await world.loop.stillness()
        async with party.parts.store.view(CONSUMER) as view:
            assert await view.log.pending(1) == []

    staged(story)
    assert [each for each in caplog.records if each.exc_info] == []
    told = [each for each in caplog.records if "the log of" in each.getMessage()]
    assert len(told) == 2, [each.getMessage() for each in told]
    assert "numbered again, after" in told[1].getMessage()
