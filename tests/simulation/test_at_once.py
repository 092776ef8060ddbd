"""Several negotiations at the same moment, each with its transfer, between sides of two workers on PostgreSQL.

The network takes no time, so all that can meet does: an acknowledgement and the next message, two promises of one
process, steps of different workers. In test_workers.py the time on the way keeps most of them apart.
"""

import asyncio
from typing import Final

import pytest
from msgspec.structs import replace
from tests.simulation import people
from tests.simulation.network import Weather
from tests.simulation.stage import staged
from tests.simulation.team import SharedWorld
from tests.simulation.template import CONSUMER, PROVIDER, template
from tests.simulation.world import World

from xinfu.dsp import negotiation, transfer
from xinfu.services.processes.requests import request_agreement

pytestmark = pytest.mark.usefixtures("postgres")

SEEDS: Final = 8
AT_ONCE: Final = 8
NO_WAY: Final = Weather(slowest=0.0)
HARSH: Final = replace(NO_WAY, crash_before=0.02, crash_after=0.04, lose_answer=0.1, double=0.1)
HEALS_S: Final = 60.0


async def ask(world: World) -> None:
    """One more negotiation, whose data is asked for as soon as it is finalized."""
    consumer, provider = (world.parties[name] for name in (CONSUMER, PROVIDER))
    if process := world.reached(consumer.processes()):
        work = request_agreement(
            process.parts,
            process.context,
            peer=provider.context.participant,
            base=provider.context.protocol_base,
            offer=template().offer,
            then_pull=True,
        )
        await asyncio.wait({process.spawn(work)})


def test_each_negotiation_of_a_moment_gives_one_agreement_and_one_running_transfer() -> None:
    for seed in range(SEEDS):
        world = staged(_crowd, SharedWorld, seed=seed)
        assert world.faults == [], (seed, *world.trace)
        for seen in world.looks.values():
            assert [each.state for each in seen.negotiations] == [negotiation.State.FINALIZED] * AT_ONCE
            assert [each.state for each in seen.transfers] == [transfer.State.STARTED] * AT_ONCE


async def _crowd(world: World) -> None:
    world.network.weather = NO_WAY
    await asyncio.gather(*(ask(world) for _ in range(AT_ONCE)))
    await world.settle("still")


@pytest.mark.slow
def test_both_sides_agree_on_what_happened_in_a_moment_whatever_goes_wrong() -> None:
    for seed in range(SEEDS):
        world = staged(_harsh_crowd, SharedWorld, seed=seed)
        assert world.faults == [], (seed, *world.trace)


async def _harsh_crowd(world: World) -> None:
    world.network.weather = HARSH
    rng = world.network.rng
    await asyncio.gather(*(ask(world) for _ in range(AT_ONCE)))
    for _ in range(AT_ONCE):
        await asyncio.sleep(rng.random())
        if process := world.reached(world.parties[rng.choice([PROVIDER, CONSUMER])].processes()):
            await asyncio.wait({process.spawn(people.acts(process, None, rng))})
    await asyncio.sleep(HEALS_S)
    world.network.weather = NO_WAY
    await world.settle("healed")
