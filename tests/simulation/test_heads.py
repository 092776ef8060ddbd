"""Seeded schedules in which a store is set back to an older state: the other side always finds it."""

import asyncio
from datetime import timedelta
from random import Random
from typing import Final

import pytest
from tests.simulation import people
from tests.simulation.party import Side
from tests.simulation.stage import staged
from tests.simulation.template import CONSUMER, PROVIDER
from tests.simulation.world import World

from xinfu.services.background.peer_logs import ask_all
from xinfu.services.evidence.heads import head_in

SEEDS: Final = 100
OFF_S: Final = (0.0, 0.0, 40.0, -40.0, 3600.0, -3600.0)
"""How far a clock may be set in the meantime."""


@pytest.mark.slow
def test_a_store_that_was_set_back_is_found_whatever_the_clocks_do() -> None:
    found = [is_found(seed) for seed in range(SEEDS)]
    assert all(found), [seed for seed, each in enumerate(found) if not each]


def is_found(seed: int, make: type[World] = World) -> bool:
    """Whether the other side has recorded it when both have asked each other."""
    rng, found = Random(f"set back {seed}"), list[str]()

    async def story(world: World) -> None:
        back, other = (world.parties[name] for name in rng.sample([PROVIDER, CONSUMER], 2))
        await asyncio.sleep(1)
        older = await back.copy()
        size = await own_size(back)
        await people.open_negotiation(world.parties[CONSUMER], "request")
        for _ in range(rng.randrange(4)):
            await asyncio.sleep(rng.random())
            await people.acts(rng.choice([back, other]), None, world.network.rng)
        await world.loop.stillness()
        await ask_all(other.parts, other.name)  # as every node does when its log has grown
        assert await held_size(other, back) > size, world.trace
        assert await contradictions(other) == await contradictions(back) == []
        for party in (back, other):
            party.clock.off = timedelta(seconds=rng.choice(OFF_S))
        await back.set_back(older)
        await world.loop.stillness()
        for party in (back, other):
            party.clock.off = timedelta(0)
        await ask_all(other.parts, other.name)
        await world.loop.stillness()
        found.extend(await contradictions(other))

    staged(story, make, seed=seed)
    return "log.contradicted" in found


async def own_size(party: Side) -> int:
    async with party.store.view(party.name) as view:
        note = await view.log.checkpoint()
    return 0 if note is None else head_in(note).size


async def held_size(party: Side, peer: Side) -> int:
    """Entries of the largest head of a peer's log that a party holds."""
    async with party.store.view(party.name) as view:
        kept = await view.peer_logs.newest(peer.context.participant)
    return 0 if kept is None else kept.size


async def contradictions(party: Side) -> list[str]:
    async with party.store.view(party.name) as view:
        return [each.kind for each in await view.log.find(kind="log.contradicted")]
