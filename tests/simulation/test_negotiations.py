"""Seeded schedules of negotiations between two nodes (D-16): loss, repeats, delay, crashes, clocks that jump.

Every way to open one, offers and counter-offers, acceptance, agreement, and an end by either side at any time.
"""

import pytest
from tests.simulation.schedule import CHUNKS, hold, seeds


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_both_sides_agree_on_a_negotiation_whatever_goes_wrong(chunk: int) -> None:
    for seed in seeds(chunk, 0):
        hold(seed)
