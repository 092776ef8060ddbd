"""SIGKILL of real nodes at every message of a negotiation (D-16): the exchange completes, nothing lost or doubled."""

from pathlib import Path

import pytest
from tests.journeys.kill.run import through
from tests.journeys.kill.ways import NEGOTIATIONS, points


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_negotiation_outlives_a_kill_at_any_point(tmp_path: Path) -> None:
    wanted = points(NEGOTIATIONS)
    assert len(wanted) == 40
    assert await through(wanted, tmp_path) == []
