"""What several tests of the peers need."""

from collections.abc import AsyncIterator

import pytest
from tests.peers.authority import Authority
from tests.peers.wire import Wire


@pytest.fixture
async def canary() -> AsyncIterator[Wire]:
    """A server on loopback that nobody may reach."""
    async with Wire().open() as wire:
        yield wire


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A private CA that nobody trusts unless told to."""
    return Authority(tmp_path_factory.mktemp("authority"))
