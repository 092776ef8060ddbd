"""The small world in which identities are tested."""

import pytest
from tests.identities.world import World


@pytest.fixture
async def world() -> World:
    return World()
