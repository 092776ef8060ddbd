"""Plays one schedule and says what went wrong, with the command that plays it again."""

import os
from typing import Final

from tests.simulation.plan import plan_of
from tests.simulation.world import World, play

SCHEDULES: Final = int(os.environ.get("XINFU_SCHEDULES", "2600"))
"""How many schedules of each kind are played."""
AGREEMENTS: Final = SCHEDULES // 2
"""How many of agreements."""
CHUNKS: Final = 20


def seeds(chunk: int, first: int) -> range:
    """The seeds of a chunk: even ones are negotiations (first 0), odd ones are transfers (first 1)."""
    return range(2 * chunk + first, 2 * SCHEDULES, 2 * CHUNKS)


def hold(seed: int, make: type[World] = World) -> None:
    """Play a seed's schedule; fails with its story when an invariant is broken."""
    world = play(plan_of(seed), make)
    if world.faults:
        print("\n".join([repr(world.plan), *world.trace]))
    assert not world.faults, (
        f"seed {seed}: {'; '.join(world.faults)}\nPlay it again: XINFU_SEED={seed} pytest -s {make.REPLAY}"
    )
