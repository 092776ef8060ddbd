"""Seeded schedules of transfers between two nodes (D-16), on a standing agreement or after a negotiation.

Start, suspension, resumption, completion and an end by either side at any time; the token that the consumer
holds opens exactly what runs.
"""

import pytest
from tests.simulation.schedule import CHUNKS, hold, seeds


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_both_sides_agree_on_a_transfer_whatever_goes_wrong(chunk: int) -> None:
    for seed in seeds(chunk, 1):
        hold(seed)
