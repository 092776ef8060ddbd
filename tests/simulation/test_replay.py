"""One schedule by its seed: `XINFU_SEED=17 pytest tests/simulation/test_replay.py -s` tells its whole story."""

import os

from tests.simulation.plan import plan_of
from tests.simulation.world import play


def test_the_named_schedule_holds() -> None:
    world = play(plan_of(int(os.environ.get("XINFU_SEED", "17"))))
    print("\n".join([repr(world.plan), *world.trace]))
    assert not world.faults


def test_a_seed_always_gives_the_same_story() -> None:
    first, second = play(plan_of(31)), play(plan_of(31))
    assert len(first.trace) > 5
    assert first.trace == second.trace
