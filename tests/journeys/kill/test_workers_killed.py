"""SIGKILL of one of two workers of each node on PostgreSQL: the other one takes up what it held (D-16).

A sample of the points of both processes; `XINFU_POINTS=84 pytest tests/journeys/kill/test_workers_killed.py -s` plays all,
and XINFU_SEED draws another sample.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from tests.journeys.kill.pair import CONSUMER, PROVIDER
from tests.journeys.kill.run import through
from tests.journeys.kill.ways import NEGOTIATIONS, TRANSFERS, points
from tests.stores import postgres_server

SAMPLE = int(os.environ.get("XINFU_POINTS", "6"))
SEED = int(os.environ.get("XINFU_SEED", "9"))


@pytest.fixture
def databases() -> Iterator[dict[str, str]]:
    """A database for each of the two nodes."""
    with postgres_server.serving() as server:
        yield {name: server.bare() for name in (PROVIDER, CONSUMER)}


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_an_exchange_outlives_the_death_of_a_worker_at_a_point(
    databases: dict[str, str], tmp_path: Path
) -> None:
    everywhere = points(NEGOTIATIONS) + points(TRANSFERS)
    wanted = Random(SEED).sample(everywhere, min(SAMPLE, len(everywhere)))
    assert await through(wanted, tmp_path, [databases]) == []
