"""Seeded schedules between sides of two workers each on PostgreSQL: the invariants of one process on a file hold.

What only many workers can break is here: two that take the same message, keep the same promise, conclude the same
agreement, number the same log, and one that dies while the other goes on. team.py says what a seed fixes there.
"""

import os
from functools import partial
from typing import Final

import pytest
from tests.simulation import people
from tests.simulation.schedule import hold
from tests.simulation.stage import both, staged
from tests.simulation.team import SharedWorld
from tests.simulation.template import CONSUMER
from tests.simulation.test_heads import is_found
from tests.simulation.world import World

from xinfu.dsp.negotiation import State

pytestmark = pytest.mark.usefixtures("postgres")

SEEDS: Final = int(os.environ.get("XINFU_SHARED_SCHEDULES", "24"))
"""How many schedules of each kind are played."""

holds = partial(hold, make=SharedWorld)


def test_two_workers_a_side_negotiate() -> None:
    async def story(world: World) -> None:
        await people.open_negotiation(world.parties[CONSUMER], "request")
        await world.loop.stillness()
        assert [each.state for each in await both(world)] == [State.FINALIZED, State.FINALIZED]

    staged(story, SharedWorld)


def test_the_named_schedule_holds() -> None:
    holds(int(os.environ.get("XINFU_SEED", "17")))


@pytest.mark.slow
def test_workers_agree_on_a_negotiation_whatever_goes_wrong() -> None:
    for seed in range(0, 2 * SEEDS, 2):
        holds(seed)


@pytest.mark.slow
def test_workers_agree_on_a_transfer_whatever_goes_wrong() -> None:
    for seed in range(1, 2 * SEEDS, 2):
        holds(seed)


@pytest.mark.slow
def test_workers_agree_how_an_agreement_stands_whatever_goes_wrong() -> None:
    for seed in range(1, 1 + SEEDS):
        holds(-seed)


@pytest.mark.slow
def test_a_database_that_was_set_back_is_found_whatever_the_clocks_do() -> None:
    found = [is_found(seed, SharedWorld) for seed in range(SEEDS // 2)]
    assert all(found), [seed for seed, each in enumerate(found) if not each]
