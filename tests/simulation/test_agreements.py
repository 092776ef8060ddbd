"""Seeded schedules of one agreement that both sides suspend, resume, fulfil and end at any time (D-16).

When all is quiet it stands alike at both sides, whatever was lost, crossed or repeated on the way.
"""

import asyncio

import msgspec
import pytest
from tests.simulation import people
from tests.simulation.schedule import AGREEMENTS, CHUNKS, hold
from tests.simulation.stage import staged
from tests.simulation.template import AGREEMENT, CONSUMER, PROVIDER
from tests.simulation.verdicts import Entry
from tests.simulation.world import World

from xinfu.ports.records import AgreementRecord, AgreementState
from xinfu.services.agreements import lifecycle
from xinfu.services.agreements.lifecycle import AgreementMove

CROSSED = (33, 1290)
"""Schedules in which a suspension crosses a resumption."""


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_both_sides_agree_how_an_agreement_stands_whatever_goes_wrong(chunk: int) -> None:
    for seed in range(1 + chunk, 1 + AGREEMENTS, CHUNKS):
        hold(-seed)


@pytest.mark.parametrize("seed", CROSSED)
def test_both_sides_agree_who_suspended(seed: int) -> None:
    hold(-seed)


async def standing(world: World, name: str) -> AgreementRecord:
    """The agreement as one side has it."""
    async with world.parties[name].parts.store.view(name) as view:
        found = await lifecycle.by_wire_id(view, AGREEMENT, "provider" if name == PROVIDER else "consumer")
    assert found is not None
    return found


async def settled(world: World, name: str) -> list[Entry]:
    """What a side settled, by its evidence."""
    async with world.parties[name].parts.store.view(name) as view:
        rows = await view.log.find(kind="agreement.settled", limit=10)
    return [msgspec.json.decode(each.canonical, type=Entry) for each in rows]


def test_an_end_with_its_clause_that_crosses_a_fulfilment_shows_at_both_sides() -> None:
    async def story(world: World) -> None:
        world.network.cut.add(CONSUMER)
        await people.acts(world.parties[PROVIDER], AgreementMove.FULFIL, world.network.rng)
        await people.acts(world.parties[CONSUMER], AgreementMove.TERMINATE, world.network.rng)
        await asyncio.sleep(5)
        world.network.cut.clear()
        await world.loop.stillness()
        for name in (PROVIDER, CONSUMER):
            found = await standing(world, name)
            assert (found.state, found.ended_clause, found.reason, found.ended_by) == (
                AgreementState.TERMINATED,
                "clause of consumer",
                "terminate by the consumer",
                world.parties[CONSUMER].context.participant,
            )
        (entry,) = await settled(world, PROVIDER)
        assert entry.facts["from"] == "FULFILLED"
        assert entry.facts["clause"] == "clause of consumer"
        assert await settled(world, CONSUMER) == []

    staged(story)


def test_what_was_given_up_is_asked_once_the_other_side_answers() -> None:
    async def story(world: World) -> None:
        world.network.cut.add(CONSUMER)
        await people.acts(world.parties[PROVIDER], AgreementMove.TERMINATE, world.network.rng)
        await asyncio.sleep(2 * 3600)
        world.network.cut.clear()
        await world.loop.stillness()
        assert (await standing(world, CONSUMER)).state is AgreementState.TERMINATED

    staged(story, give_up_after_s=600.0)
