"""Plays one schedule and says what went wrong, with the command that plays it again."""

import os
from typing import Final

from tests.simulation.plan import plan_of
from tests.simulation.world import play

SCHEDULES: Final = int(os.environ.get("XINFU_SCHEDULES", "2600"))
"""How many schedules of each kind are played."""
AGREEMENTS: Final = SCHEDULES // 2
"""How many of agreements."""
CHUNKS: Final = 20


def seeds(chunk: int, first: int) -> range:
    """The seeds of a chunk: even ones are negotiations (first 0), odd ones are transfers (first 1)."""
    return range(2 * chunk + first, 2 * SCHEDULES, 2 * CHUNKS)


def hold(seed: int) -> None:
    """Play a seed's schedule; fails with its story when an invariant is broken."""
    world = play(plan_of(seed))
    if world.faults:
        print("\n".join([repr(world.plan), *world.trace]))
    assert not world.faults, (
        f"seed {seed}: {'; '.join(world.faults)}\n"
        f"Play it again: XINFU_SEED={seed} pytest tests/simulation/test_replay.py -s"
    )
