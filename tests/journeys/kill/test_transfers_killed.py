"""SIGKILL of real nodes at every message of a transfer (D-16): the exchange completes, nothing lost or doubled."""

from pathlib import Path

import pytest
from tests.journeys.kill.run import through
from tests.journeys.kill.ways import TRANSFERS, points


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_transfer_outlives_a_kill_at_any_point(tmp_path: Path) -> None:
    wanted = points(TRANSFERS)
    assert len(wanted) == 44
    assert await through(wanted, tmp_path) == []
